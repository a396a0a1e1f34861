/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * box.c: a load balancer, NAT gateway or firewall as an endpoint meets it: a bump between two
 * interfaces that passes packets on unchanged, keeps a table of TCP flows, forgets a flow that
 * rests and then drops, resets, or has been answering in the peer's name all along.
 *
 *   box INNER OUTER OPTION...                    (INNER: towards the client)
 *
 *   idle=S            a flow is forgotten after S seconds without a packet
 *   data_only         packets without data do not count (keep-alive does not keep the flow)
 *   expire=drop       what belongs to no flow is dropped
 *   expire=reset      ... is answered with a RST to its sender; the other side is told nothing
 *   expire=both       both sides get a RST when the time is over; later packets are dropped
 *   spoof             keep-alive probes are answered here, in the peer's name, and go no further
 *   ttl=N ident=N     of the packets that the box makes (64; 0, or counted on from N)
 * Its account goes to standard error, a JSON line for each packet that it makes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    VNET_BYTES = sizeof(struct virtio_net_hdr),
    FRAME_BYTES = 70000,
    MADE_BYTES = 128,
    FLOWS = 256,
    TCPOPT_TS_WORDS = 3
};

enum expiry { EXPIRE_DROP, EXPIRE_RESET, EXPIRE_BOTH };

/* What one side of a flow has shown, as much as is needed to speak in its name. */
struct side {
    uint32_t addr;
    uint16_t port;
    uint16_t window; /* in network byte order, as sent */
    uint8_t mac[2 * ETH_ALEN];
    uint32_t next;
    uint32_t tsval;
    double tsval_s;
};

struct flow {
    bool live;
    struct side side[2]; /* towards the client, towards the server */
    double seen_s;
};

struct packet {
    int from; /* the interface it came in by */
    uint8_t *frame;
    struct iphdr *ip;
    struct tcphdr *tcp;
    uint32_t payload_bytes;
    uint8_t *timestamps; /* 8 bytes, or NULL */
};

struct box {
    int fd[2];
    double idle_s;
    enum expiry expire;
    bool data_only, spoof;
    uint8_t ttl;
    uint16_t ident;
    struct flow flow[FLOWS];
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- packets that the box makes ------------------------------------------------------------- */

static uint32_t sum(uint32_t s, const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i + 1 < bytes; i += 2)
        s += (uint32_t)p[i] << 8 | p[i + 1];
    return s;
}

static uint16_t folded(uint32_t s)
{
    while (s > 0xffff)
        s = (s & 0xffff) + (s >> 16);
    return htons((uint16_t)~s);
}

/* Sends a segment without data in the name of `as` to the other side, which is behind `out`. */
static void make(struct box *box, int out, const struct side *as, const struct side *to,
                 const struct tcphdr *like, const char *account, uint32_t tsecr)
{
    uint8_t made[MADE_BYTES] = {0};
    uint8_t *frame = made + VNET_BYTES;
    struct iphdr *ip = (struct iphdr *)(frame + ETH_HLEN);
    struct tcphdr *tcp = (struct tcphdr *)(ip + 1);
    uint8_t *option = (uint8_t *)(tcp + 1);
    size_t tcp_bytes = sizeof *tcp + (tsecr != 0 ? 4 * TCPOPT_TS_WORDS : 0);
    uint32_t value;

    memcpy(frame, to->mac + ETH_ALEN, ETH_ALEN);
    memcpy(frame + ETH_ALEN, to->mac, ETH_ALEN);
    frame[12] = ETHERTYPE_IP >> 8;
    *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = box->ttl, .protocol = IPPROTO_TCP};
    ip->tot_len = htons((uint16_t)(sizeof *ip + tcp_bytes));
    ip->id = htons(box->ident);
    if (box->ident != 0)
        box->ident++;
    ip->saddr = as->addr;
    ip->daddr = to->addr;
    ip->check = folded(sum(0, (uint8_t *)ip, sizeof *ip));
    *tcp = *like;
    tcp->source = as->port;
    tcp->dest = to->port;
    tcp->doff = (unsigned)(tcp_bytes / 4) & 15;
    if (tsecr != 0) {
        memcpy(option, "\1\1\10\12", 4);
        value = htonl(as->tsval + (uint32_t)((now_s() - as->tsval_s) * 1000));
        memcpy(option + 4, &value, 4);
        value = htonl(tsecr);
        memcpy(option + 8, &value, 4);
    }
    tcp->check = 0;
    tcp->check = folded(sum(sum(IPPROTO_TCP + (uint32_t)tcp_bytes, (uint8_t *)&ip->saddr, 8),
                            (uint8_t *)tcp, tcp_bytes));
    fprintf(stderr, "{\"who\":\"box\",\"t\":%.9f,\"sent\":\"%s\",\"port\":%d,\"seq\":%u}\n",
            now_s(), account, ntohs(tcp->source), ntohl(tcp->seq));
    if (send(box->fd[out], made, VNET_BYTES + ETH_HLEN + sizeof *ip + tcp_bytes, 0) < 0)
        fail("send");
}

/* RFC 9293 3.10.7.1: the answer to a segment of a connection that does not exist. */
static void refuse(struct box *box, const struct packet *p)
{
    struct side to = {.addr = p->ip->saddr, .port = p->tcp->source};
    struct side as = {.addr = p->ip->daddr, .port = p->tcp->dest};
    struct tcphdr like = {.rst = 1, .seq = p->tcp->ack_seq};

    memcpy(to.mac, p->frame, sizeof to.mac);
    make(box, p->from, &as, &to, &like, "reset_reply", 0);
}

static void reset_both(struct box *box, const struct flow *flow)
{
    for (int to = 0; to < 2; to++) {
        const struct side *as = &flow->side[!to];
        struct tcphdr like = {.rst = 1, .ack = 1, .seq = htonl(as->next)};

        like.ack_seq = htonl(flow->side[to].next);
        make(box, to, as, &flow->side[to], &like, "box_reset", 0);
    }
}

/* ---- flows ---------------------------------------------------------------------------------- */

static bool is_side(const struct side *s, uint32_t addr, uint16_t port)
{
    return s->addr == addr && s->port == port;
}

static struct flow *find(struct box *box, const struct packet *p)
{
    for (size_t i = 0; i < FLOWS; i++) {
        struct flow *f = &box->flow[i];

        if (is_side(&f->side[p->from], p->ip->saddr, p->tcp->source) &&
            is_side(&f->side[!p->from], p->ip->daddr, p->tcp->dest))
            return f;
    }
    return NULL;
}

static struct flow *begin(struct box *box, const struct packet *p)
{
    struct flow *f = find(box, p);

    for (size_t i = 0; f == NULL && i < FLOWS; i++)
        if (!box->flow[i].live)
            f = &box->flow[i];
    if (f == NULL)
        return NULL;
    *f = (struct flow){.live = true};
    f->side[p->from].addr = p->ip->saddr;
    f->side[p->from].port = p->tcp->source;
    f->side[!p->from].addr = p->ip->daddr;
    f->side[!p->from].port = p->tcp->dest;
    return f;
}

static void learn(const struct box *box, struct flow *f, const struct packet *p)
{
    struct side *s = &f->side[p->from];
    uint32_t end = ntohl(p->tcp->seq) + p->payload_bytes + p->tcp->syn + p->tcp->fin;
    uint32_t value;

    if (p->tcp->syn || (int32_t)(end - s->next) > 0)
        s->next = end;
    s->window = p->tcp->window;
    memcpy(s->mac, p->frame, sizeof s->mac);
    if (p->timestamps != NULL) {
        memcpy(&value, p->timestamps, 4);
        s->tsval = ntohl(value);
        s->tsval_s = now_s();
    }
    if (p->payload_bytes > 0 || !box->data_only || p->tcp->syn)
        f->seen_s = now_s();
}

static void expire(struct box *box)
{
    for (size_t i = 0; i < FLOWS; i++) {
        struct flow *f = &box->flow[i];

        if (!f->live || now_s() - f->seen_s < box->idle_s)
            continue;
        f->live = false;
        if (box->expire == EXPIRE_BOTH)
            reset_both(box, f);
    }
}

/* Milliseconds until the next flow is to be forgotten, -1 for none. */
static int wait_ms(const struct box *box)
{
    double least_s = -1;

    for (size_t i = 0; i < FLOWS; i++) {
        double left_s = box->flow[i].seen_s + box->idle_s - now_s();

        if (box->flow[i].live && (least_s < 0 || left_s < least_s))
            least_s = left_s > 0 ? left_s : 0;
    }
    return least_s < 0 || least_s > 1e6 ? -1 : (int)(least_s * 1000) + 1;
}

/* ---- what passes ---------------------------------------------------------------------------- */

static uint8_t *timestamps(struct tcphdr *tcp)
{
    uint8_t *at = (uint8_t *)(tcp + 1), *end = (uint8_t *)tcp + 4 * tcp->doff;

    while (at < end && *at != TCPOPT_EOL) {
        if (*at == TCPOPT_TIMESTAMP && at + TCPOLEN_TIMESTAMP <= end)
            return at + 2;
        at += *at == TCPOPT_NOP || at + 1 >= end || at[1] < 2 ? 1 : at[1];
    }
    return NULL;
}

static bool parse(struct packet *p, size_t bytes)
{
    p->ip = (struct iphdr *)(p->frame + ETH_HLEN);
    if (bytes < ETH_HLEN + sizeof *p->ip + sizeof *p->tcp || p->frame[12] != ETHERTYPE_IP >> 8 ||
        p->frame[13] != 0 || p->ip->protocol != IPPROTO_TCP)
        return false;
    p->tcp = (struct tcphdr *)((uint8_t *)p->ip + 4 * p->ip->ihl);
    p->payload_bytes = ntohs(p->ip->tot_len) - 4u * p->ip->ihl - 4u * p->tcp->doff;
    p->timestamps = timestamps(p->tcp);
    return true;
}

static bool is_probe(const struct flow *f, const struct packet *p)
{
    return !p->tcp->syn && !p->tcp->fin && !p->tcp->rst && p->payload_bytes <= 1 &&
           ntohl(p->tcp->seq) == f->side[p->from].next - 1;
}

static void answer_probe(struct box *box, const struct flow *f, const struct packet *p)
{
    const struct side *as = &f->side[!p->from];
    struct tcphdr like = {.ack = 1, .seq = htonl(as->next), .window = as->window};
    uint32_t tsecr = 0;

    like.ack_seq = htonl(f->side[p->from].next);
    if (p->timestamps != NULL)
        memcpy(&tsecr, p->timestamps, 4);
    make(box, p->from, as, &f->side[p->from], &like, "answer", ntohl(tsecr));
}

/* What the box does with a TCP segment; true if it goes on. */
static bool passes(struct box *box, const struct packet *p)
{
    struct flow *f = p->tcp->syn && !p->tcp->ack ? begin(box, p) : find(box, p);

    if (f == NULL || !f->live) {
        if (box->expire == EXPIRE_RESET && !p->tcp->rst)
            refuse(box, p);
        return false;
    }
    if (p->tcp->rst) {
        f->live = false;
        return true;
    }
    if (box->spoof && is_probe(f, p)) {
        answer_probe(box, f, p);
        return false;
    }
    learn(box, f, p);
    return true;
}

static void pass(struct box *box, int from)
{
    static uint8_t bytes[FRAME_BYTES];
    struct sockaddr_ll who;
    socklen_t size = sizeof who;
    struct packet p = {.from = from, .frame = bytes + VNET_BYTES};
    ssize_t r = recvfrom(box->fd[from], bytes, sizeof bytes, 0, (struct sockaddr *)&who, &size);

    if (r < 0 && errno == ENETDOWN)
        return;
    if (r < 0)
        fail("recv");
    if (who.sll_pkttype == PACKET_OUTGOING)
        return;
    if (r > VNET_BYTES && parse(&p, (size_t)r - VNET_BYTES) && !passes(box, &p))
        return;
    if (send(box->fd[!from], bytes, (size_t)r, 0) < 0)
        perror("box: send");
}

/* ---- opening -------------------------------------------------------------------------------- */

/* The offload header travels along, so that a checksum left to the hardware stays left to it. */
static int open_interface(const char *name)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), on = 1;

    at.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(name);
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0)
        fail(name);
    return fd;
}

static bool option(struct box *box, const char *word)
{
    static const char *const expiries[] = {"drop", "reset", "both"};
    int value;

    for (int i = EXPIRE_DROP; i <= EXPIRE_BOTH; i++) {
        if (strncmp(word, "expire=", 7) == 0 && strcmp(word + 7, expiries[i]) == 0) {
            box->expire = (enum expiry)i;
            return true;
        }
    }
    if (sscanf(word, "idle=%lf", &box->idle_s) == 1)
        return true;
    if (sscanf(word, "ttl=%d", &value) == 1)
        box->ttl = (uint8_t)value;
    else if (sscanf(word, "ident=%d", &value) == 1)
        box->ident = (uint16_t)value;
    else if (strcmp(word, "data_only") == 0)
        box->data_only = true;
    else if (strcmp(word, "spoof") == 0)
        box->spoof = true;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct box box = {.idle_s = 1e9, .ttl = 64};

    if (argc < 3) {
        fprintf(stderr, "usage: box INNER OUTER OPTION...\n");
        return 2;
    }
    for (char **word = argv + 3; *word != NULL; word++) {
        if (!option(&box, *word)) {
            fprintf(stderr, "box: what is %s?\n", *word);
            return 2;
        }
    }
    for (int i = 0; i < 2; i++)
        box.fd[i] = open_interface(argv[1 + i]);
    for (;;) {
        struct pollfd p[2] = {{.fd = box.fd[0], .events = POLLIN},
                              {.fd = box.fd[1], .events = POLLIN}};

        poll(p, 2, wait_ms(&box));
        expire(&box);
        for (int i = 0; i < 2; i++)
            if (p[i].revents & POLLIN)
                pass(&box, i);
    }
}
