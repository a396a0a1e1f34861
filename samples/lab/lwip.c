/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lwip.c: a TCP client on the lwIP stack (Debian's liblwip), bound to a tun device, so that a stack
 * that is not Linux meets a real kernel. lwIP takes its time from the guest's clock.
 *
 *   lwip TUN OWN_ADDR ADDR PORT ACTION...
 *
 * Actions: keepalive=IDLE_S,INTVL_S,COUNT  write=BYTES  sleep=S  wait (for EOF or an error)  close
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <lwip/netif.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>

enum { MTU = 1500, IFREQ_NAME_BYTES = 16, IFREQ_REST_BYTES = 24 };

/* struct ifreq of Linux: its header and lwIP's socket.h cannot be included together. */
struct tun_request {
    char name[IFREQ_NAME_BYTES];
    short flags;
    char rest[IFREQ_REST_BYTES - sizeof(short)];
};

static int tun = -1;

static void account(const char *act, long n)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(stderr,
            "{\"who\":\"connect\",\"t\":%lld.%09ld,\"act\":\"%s\",\"n\":%ld,\"err\":\"%s\"}\n",
            (long long)now.tv_sec, now.tv_nsec, act, n,
            n >= 0                  ? ""
            : errno == ECONNABORTED ? "ECONNABORTED"
            : errno == ECONNRESET   ? "ECONNRESET"
                                    : strerror(errno));
}

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    char packet[MTU];
    u16_t bytes = pbuf_copy_partial(p, packet, sizeof packet, 0);

    (void)netif;
    (void)to;
    return write(tun, packet, bytes) == bytes ? ERR_OK : ERR_IF;
}

static err_t init_netif(struct netif *netif)
{
    netif->name[0] = 't';
    netif->name[1] = 'n';
    netif->mtu = MTU;
    netif->output = output;
    return ERR_OK;
}

static void receive(void *arg)
{
    struct netif *netif = arg;
    char packet[MTU];
    ssize_t bytes;

    while ((bytes = read(tun, packet, sizeof packet)) > 0) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)bytes, PBUF_POOL);

        if (p == NULL)
            continue;
        pbuf_take(p, packet, (u16_t)bytes);
        if (netif->input(p, netif) != ERR_OK)
            pbuf_free(p);
    }
}

static void open_tun(const char *name)
{
    struct tun_request request = {.flags = IFF_TUN | IFF_NO_PI};

    strncpy(request.name, name, sizeof request.name - 1);
    tun = open("/dev/net/tun", O_RDWR);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0) {
        perror("lwip: tun");
        exit(1);
    }
}

static void start_stack(const char *addr)
{
    static struct netif netif;
    ip4_addr_t own, mask, none;

    tcpip_init(NULL, NULL);
    ip4addr_aton(addr, &own);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&none, 0, 0, 0, 0);
    LOCK_TCPIP_CORE();
    netif_add(&netif, &own, &mask, &none, NULL, init_netif, tcpip_input);
    netif_set_default(&netif);
    netif_set_link_up(&netif);
    netif_set_up(&netif);
    UNLOCK_TCPIP_CORE();
    sys_thread_new("receive", receive, &netif, 0, 0);
}

static void set(int fd, int level, int option, int value)
{
    if (lwip_setsockopt(fd, level, option, &value, sizeof value) < 0)
        account("setsockopt", -1);
}

static void act(int fd, const char *word)
{
    static char buffer[4096];
    int idle_s, intvl_s, count;
    unsigned bytes, s;
    ssize_t r;

    if (sscanf(word, "keepalive=%d,%d,%d", &idle_s, &intvl_s, &count) == 3) {
        set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
        set(fd, IPPROTO_TCP, TCP_KEEPINTVL, intvl_s);
        set(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
    } else if (sscanf(word, "write=%u", &bytes) == 1) {
        memset(buffer, 'k', sizeof buffer);
        account("write", lwip_write(fd, buffer, bytes < sizeof buffer ? bytes : sizeof buffer));
    } else if (sscanf(word, "sleep=%u", &s) == 1) {
        sleep(s);
    } else if (strcmp(word, "wait") == 0) {
        while ((r = lwip_read(fd, buffer, sizeof buffer)) > 0)
            continue;
        account("wait", r);
    } else if (strcmp(word, "close") == 0) {
        account("close", lwip_close(fd));
    } else {
        fprintf(stderr, "lwip: what is %s?\n", word);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd;

    if (argc < 5) {
        fprintf(stderr, "usage: lwip TUN OWN_ADDR ADDR PORT ACTION...\n");
        return 2;
    }
    open_tun(argv[1]);
    start_stack(argv[2]);
    to.sin_port = lwip_htons((u16_t)atoi(argv[4]));
    ip4addr_aton(argv[3], (ip4_addr_t *)&to.sin_addr);
    fd = lwip_socket(AF_INET, SOCK_STREAM, 0);
    account("connecting", 0);
    if (lwip_connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        account("connect", -1);
        return 1;
    }
    account("connected", 0);
    for (char **word = argv + 5; *word != NULL; word++)
        act(fd, *word);
    account("exit", 0);
    return 0;
}
