/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stack.c: a small TCP client in user space on a tun device, which probes, retransmits and gives up
 * as other systems do. The rules are those of their sources; the peer is a real kernel.
 *
 *   stack TUN OWN_ADDR SYSTEM ADDR PORT ACTION...
 *
 * Actions: keepalive=IDLE_S,INTVL_S,COUNT (0,0,0: off)  write=BYTES  run=S (until then, or the end)
 *          abort  shutdown
 * Its account goes to standard error, a JSON line for what it sends or gets that is not plain data.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    FIN = 1,
    SYN = 2,
    RST = 4,
    PSH = 8,
    ACK = 16,
    IP_BYTES = 20,
    TCP_BYTES = 20,
    PACKET_BYTES = 2048
};

struct system {
    const char *name;
    int idle_s, intvl_s, count;
    int probe_bytes;    /* 0, or 1 byte of garbage below SND.NXT */
    uint8_t probe_push; /* flags added to a probe's ACK */
    double doubling_s;  /* not 0: probe gaps start here and double up to 60 s */
    double abort_s;     /* doubling: declared dead after idle + this */
    bool probe_resets;  /* RST|ACK at the end of unanswered probes */
    double rto_s;       /* first retransmission; then by `law` */
    const int *law;     /* multiples of rto_s, the last one repeated */
    double slop_s;      /* added to each */
    int retries;
    bool data_resets; /* RST|ACK when the retransmissions are used up */
    bool window_byte; /* window probe: one new byte; otherwise none at SND.UNA-1 */
};

static const int doubling[] = {1, 2, 4, 8, 16, 32, 64, 0};
static const int bsd_law[] = {1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64, 64, 64, 0};
static const int freebsd_law[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512, 512, 0};
static const int lwip_law[] = {1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128, 128, 128, 0};

static const struct system systems[] = {
    /* TCP_MAXRT and TcpMaxDataRetransmissions: 5 copies, then RST|ACK. */
    {.name = "windows",
     .idle_s = 7200,
     .intvl_s = 1,
     .count = 10,
     .probe_bytes = 1,
     .probe_resets = true,
     .rto_s = 0.3,
     .law = doubling,
     .retries = 5,
     .data_resets = true,
     .window_byte = true},
    /* tcp_timer_keep, tcp_backoff[], TCPTV_CPU_VAR; persist sends one byte. */
    {.name = "freebsd",
     .idle_s = 7200,
     .intvl_s = 75,
     .count = 8,
     .probe_resets = true,
     .rto_s = 0.03,
     .law = freebsd_law,
     .slop_s = 0.2,
     .retries = 12,
     .data_resets = true,
     .window_byte = true},
    {.name = "openbsd",
     .idle_s = 7200,
     .intvl_s = 75,
     .count = 8,
     .probe_resets = true,
     .rto_s = 1,
     .law = bsd_law,
     .retries = 12,
     .data_resets = true,
     .window_byte = true},
    /* tcp_keepalive_timer: the RTO doubles up to 60 s; after 8 min a silent end. */
    {.name = "illumos",
     .idle_s = 7200,
     .probe_bytes = 1,
     .doubling_s = 0.4,
     .abort_s = 480,
     .rto_s = 0.4,
     .law = doubling,
     .retries = 11,
     .window_byte = true},
    {.name = "lwip",
     .idle_s = 7200,
     .intvl_s = 75,
     .count = 9,
     .probe_resets = true,
     .rto_s = 1.5,
     .law = lwip_law,
     .retries = 12,
     .window_byte = true},
    /* pico_tcp_keepalive: tcp_send_empty with PSH|ACK one below; nothing at the end. */
    {.name = "picotcp",
     .idle_s = 7200,
     .intvl_s = 75,
     .count = 9,
     .probe_push = PSH,
     .rto_s = 0.07,
     .law = freebsd_law,
     .retries = 10},
    {.name = "zephyr",
     .idle_s = 7200,
     .intvl_s = 75,
     .count = 9,
     .rto_s = 0.2,
     .law = doubling,
     .retries = 9},
};

struct connection {
    const struct system *system;
    int tun, idle_s, intvl_s, count;
    uint32_t own_addr, peer_addr; /* network byte order */
    uint16_t own_port, peer_port;
    uint32_t una, nxt, rcv_nxt;
    uint32_t window;                   /* the peer's */
    uint32_t pending;                  /* bytes that wait for the window */
    int probes, copies, window_probes; /* unanswered */
    bool open, over, window_asked;
    double heard_s, next_probe_s, next_copy_s, next_window_s, probe_gap_s;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void account(const struct connection *c, const char *what, const char *tag, uint32_t seq)
{
    fprintf(stderr, "{\"who\":\"stack\",\"t\":%.6f,\"port\":%u,\"%s\":\"%s\",\"seq\":%u}\n",
            now_s(), c->own_port, what, tag, seq);
}

/* ---- packets -------------------------------------------------------------------------------- */

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i + 1 < bytes; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    if (bytes % 2 != 0)
        sum += (uint32_t)p[bytes - 1] << 8;
    return sum;
}

static uint16_t checksum(uint32_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void transmit(const struct connection *c, uint32_t seq, uint8_t flags, size_t bytes,
                     uint8_t fill)
{
    static uint16_t ident;
    uint8_t p[PACKET_BYTES] = {0x45};
    uint8_t *tcp = p + IP_BYTES;
    size_t total = IP_BYTES + TCP_BYTES + bytes;

    put16(p + 2, (uint32_t)total);
    put16(p + 4, ++ident);
    p[8] = 64;
    p[9] = 6;
    memcpy(p + 12, &c->own_addr, 4);
    memcpy(p + 16, &c->peer_addr, 4);
    put16(p + 10, checksum(sum16(0, p, IP_BYTES)));
    put16(tcp, c->own_port);
    put16(tcp + 2, c->peer_port);
    put32(tcp + 4, seq);
    put32(tcp + 8, flags & ACK ? c->rcv_nxt : 0);
    tcp[12] = TCP_BYTES / 4 << 4;
    tcp[13] = flags;
    put16(tcp + 14, 65535);
    memset(tcp + TCP_BYTES, fill, bytes);
    put16(tcp + 16, checksum(sum16(sum16(6 + (uint32_t)(TCP_BYTES + bytes), p + 12, 8), tcp,
                                   TCP_BYTES + bytes)));
    if (write(c->tun, p, total) < 0)
        perror("tun");
}

/* ---- timers --------------------------------------------------------------------------------- */

static double copy_gap_s(const struct connection *c)
{
    int step = 0;

    while (step < c->copies && c->system->law[step + 1] != 0)
        step++;
    return c->system->rto_s * c->system->law[step] + c->system->slop_s;
}

static void start_keepalive(struct connection *c, double t)
{
    c->probes = 0;
    c->probe_gap_s = c->system->doubling_s;
    c->next_probe_s = c->idle_s > 0 ? t + c->idle_s : 0;
}

static void die(struct connection *c, bool resets)
{
    c->over = true;
    if (resets) {
        account(c, "sent", "final_rst", c->nxt);
        transmit(c, c->nxt, RST | ACK, 0, 0);
    }
    account(c, "end", "ETIMEDOUT", c->nxt);
}

static void on_probe_time(struct connection *c, double t)
{
    const struct system *s = c->system;
    bool used_up =
        s->doubling_s > 0 ? t - c->heard_s > c->idle_s + s->abort_s : c->probes >= c->count;

    if (used_up) {
        die(c, s->probe_resets);
        return;
    }
    account(c, "sent", "keepalive_probe", c->nxt - 1);
    transmit(c, c->nxt - 1, (uint8_t)(ACK | s->probe_push), (size_t)s->probe_bytes, 0);
    c->probes++;
    c->next_probe_s += s->doubling_s > 0 ? c->probe_gap_s : c->intvl_s;
    c->probe_gap_s = c->probe_gap_s * 2 > 60 ? 60 : c->probe_gap_s * 2;
}

static void on_copy_time(struct connection *c, double t)
{
    if (c->copies >= c->system->retries) {
        die(c, c->system->data_resets);
        return;
    }
    account(c, "sent", "retransmission", c->una);
    if (c->open)
        transmit(c, c->una, ACK | PSH, c->nxt - c->una, 'k');
    else
        transmit(c, c->una, SYN, 0, 0);
    c->copies++;
    c->next_copy_s = t + copy_gap_s(c);
}

/* BSD's persist timer: 5 to 60 s, one byte beyond the window; the others as Linux. */
static void on_window_time(struct connection *c, double t)
{
    static const double gap_s[] = {5, 5, 6, 12, 24, 48, 60};
    int step = c->window_probes < 6 ? c->window_probes : 6;

    account(c, "sent", "window_probe", c->system->window_byte ? c->nxt : c->nxt - 1);
    transmit(c, c->system->window_byte ? c->nxt : c->nxt - 1, ACK, c->system->window_byte, 'k');
    c->window_probes++;
    c->window_asked = true;
    c->next_window_s = t + gap_s[step];
}

static void send_pending(struct connection *c, double t)
{
    uint32_t room = c->window - (c->nxt - c->una);
    uint32_t bytes = c->pending < room ? c->pending : room;

    if (c->window <= c->nxt - c->una)
        bytes = 0;
    while (bytes > 0) {
        uint32_t part = bytes < 1400 ? bytes : 1400;

        transmit(c, c->nxt, ACK | PSH, part, 'k');
        c->nxt += part;
        c->pending -= part;
        bytes -= part;
    }
    if (c->nxt != c->una && c->next_copy_s == 0)
        c->next_copy_s = t + copy_gap_s(c);
    if (c->pending > 0 && c->nxt == c->una && c->next_window_s == 0)
        c->next_window_s = t + 5;
}

/* ---- receiving ------------------------------------------------------------------------------ */

static void on_ack(struct connection *c, uint32_t ack, size_t payload, double t)
{
    if (c->probes > 0 && payload == 0)
        account(c, "got", "keepalive_ack", ack);
    else if (c->window_asked && payload == 0)
        account(c, "got", "window_probe_ack", ack);
    c->window_asked = false;
    if ((int32_t)(ack - c->una) > 0) {
        if ((int32_t)(ack - c->nxt) > 0) /* the window probe's byte was taken */
            c->nxt = ack, c->pending--;
        c->una = ack;
        c->copies = 0;
        c->next_copy_s = c->una == c->nxt ? 0 : t + copy_gap_s(c);
    }
    if (c->window > 0)
        c->next_window_s = 0, c->window_probes = 0;
    send_pending(c, t);
}

static void on_packet(struct connection *c, const uint8_t *p, size_t bytes, double t)
{
    const uint8_t *tcp = p + IP_BYTES;
    size_t payload;

    if (bytes < IP_BYTES + TCP_BYTES || p[0] != 0x45 || p[9] != 6 ||
        get32(tcp) != ((uint32_t)c->peer_port << 16 | c->own_port))
        return;
    payload = bytes - IP_BYTES - (size_t)(tcp[12] >> 4) * 4;
    if (tcp[13] & RST) {
        account(c, "end", "ECONNRESET", get32(tcp + 4));
        c->over = true;
        return;
    }
    if (tcp[13] & SYN) {
        c->rcv_nxt = get32(tcp + 4) + 1;
        c->open = true;
    }
    c->heard_s = t;
    c->window = (uint32_t)tcp[14] << 8 | tcp[15];
    on_ack(c, get32(tcp + 8), payload, t);
    start_keepalive(c, t);
    if (payload + (tcp[13] & FIN) > 0 && get32(tcp + 4) == c->rcv_nxt)
        c->rcv_nxt += (uint32_t)payload + (tcp[13] & FIN);
    if (payload + (tcp[13] & (FIN | SYN)) > 0)
        transmit(c, c->nxt, ACK, 0, 0);
}

static bool due(double *timer_s, double t)
{
    return *timer_s > 0 && *timer_s <= t;
}

static double earliest_s(const struct connection *c, double until_s)
{
    const double timer_s[] = {c->next_probe_s, c->next_copy_s, c->next_window_s};

    for (size_t i = 0; i < 3; i++)
        if (timer_s[i] > 0 && timer_s[i] < until_s)
            until_s = timer_s[i];
    return until_s;
}

static void run(struct connection *c, double until_s)
{
    uint8_t packet[PACKET_BYTES];

    while (!c->over && now_s() < until_s) {
        struct pollfd p = {.fd = c->tun, .events = POLLIN};
        double wait_s = earliest_s(c, until_s) - now_s(), t;

        /* poll() may be late by a thousandth of its time: come nearer in steps. */
        if (wait_s > 1)
            wait_s *= 0.99;
        if (poll(&p, 1, wait_s > 0 ? (int)(wait_s * 1000) + 1 : 0) > 0) {
            ssize_t r = read(c->tun, packet, sizeof packet);

            if (r > 0)
                on_packet(c, packet, (size_t)r, now_s());
            continue;
        }
        t = now_s();
        if (due(&c->next_copy_s, t))
            on_copy_time(c, t);
        else if (due(&c->next_window_s, t))
            on_window_time(c, t);
        else if (due(&c->next_probe_s, t))
            on_probe_time(c, t);
    }
}

/* ---- actions -------------------------------------------------------------------------------- */

static void act(struct connection *c, const char *word)
{
    unsigned bytes;
    double s;

    if (sscanf(word, "keepalive=%d,%d,%d", &c->idle_s, &c->intvl_s, &c->count) == 3) {
        start_keepalive(c, now_s());
    } else if (sscanf(word, "write=%u", &bytes) == 1) {
        c->pending += bytes;
        send_pending(c, now_s());
    } else if (sscanf(word, "run=%lf", &s) == 1) {
        run(c, now_s() + s);
    } else if (strcmp(word, "abort") == 0 && !c->over) {
        account(c, "sent", "abort_rst", c->nxt);
        transmit(c, c->nxt, RST | ACK, 0, 0);
        c->over = true;
    } else if (strcmp(word, "shutdown") == 0 && !c->over) {
        transmit(c, c->nxt++, FIN | ACK, 0, 0);
    }
}

static int open_tun(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR);

    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
        perror("stack: tun");
        exit(1);
    }
    return fd;
}

static const struct system *find_system(const char *name)
{
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++)
        if (strcmp(systems[i].name, name) == 0)
            return &systems[i];
    fprintf(stderr, "stack: no system %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    struct connection c = {.own_port = 50123, .una = 0xffffff00u, .nxt = 0xffffff01u};

    if (argc < 6) {
        fprintf(stderr, "usage: stack TUN OWN_ADDR SYSTEM ADDR PORT ACTION...\n");
        return 2;
    }
    c.tun = open_tun(argv[1]);
    inet_pton(AF_INET, argv[2], &c.own_addr);
    c.system = find_system(argv[3]);
    inet_pton(AF_INET, argv[4], &c.peer_addr);
    c.peer_port = (uint16_t)atoi(argv[5]);
    c.idle_s = c.system->idle_s;
    c.intvl_s = c.system->intvl_s;
    c.count = c.system->count;
    transmit(&c, c.una, SYN, 0, 0);
    c.next_copy_s = now_s() + copy_gap_s(&c);
    while (!c.open && !c.over)
        run(&c, now_s() + 0.01);
    for (char **word = argv + 6; *word != NULL && !c.over; word++)
        act(&c, *word);
    return 0;
}
