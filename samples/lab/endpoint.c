/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * endpoint.c: one end of a TCP connection that plays a list of actions and keeps an account of
 * them: a JSON line on standard error for each call, with its wall-clock time, result and errno.
 *
 *   endpoint listen  ADDR PORT ACTION...      accepts one connection, then plays the actions
 *   endpoint connect ADDR PORT ACTION...
 *   endpoint relay   ADDR PORT TO_ADDR TO_PORT [OPTION...]   a TCP proxy for one connection
 *
 * Options act on the socket at their place in the list, and before connect() when they come first:
 *   keepalive[=IDLE_S,INTVL_S,COUNT] user_timeout=MS rcvbuf=BYTES sndbuf=BYTES nodelay port=LOCAL
 *   read_timeout=S
 *   isn=NUMBER (first sequence number)
 * Actions:
 *   write=BYTES  send=TOTAL_BYTES  type=KEYS,GAP_S  beat=PERIOD_S,COUNT,BYTES[,JITTER_S]
 *   ask=PERIOD_S,COUNT,BYTES (each answered)  read=BYTES  echo
 *   hex=BYTES (written as they are)  ask_hex=PERIOD_S,COUNT,BYTES  answer=BYTES (to whatever comes)
 *   sleep=S  wait (for EOF or an error, reading)  hang=S (neither reads nor writes, sees errors)
 *   shutdown  close  abort (RST)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16 };

struct endpoint {
    const char *role;
    int fd;
};

static char buffer[BUFFER_BYTES];

static void account(const struct endpoint *self, const char *act, long n)
{
    int error = n < 0 ? errno : 0;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(stderr, "{\"who\":\"%s\",\"t\":%lld.%09ld,\"act\":\"%s\",\"n\":%ld,\"err\":\"%s\"}\n",
            self->role, (long long)now.tv_sec, now.tv_nsec, act, n,
            error != 0 ? strerrorname_np(error) : "");
}

static void sleep_s(double s)
{
    struct timespec t = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - floor(s)) * 1e9)};

    nanosleep(&t, NULL);
}

static void set(const struct endpoint *self, int level, int option, int value)
{
    if (setsockopt(self->fd, level, option, &value, sizeof value) < 0)
        account(self, "setsockopt", -1);
}

/* ---- options: return false when the word is not theirs -------------------------------------- */

static bool keepalive(const struct endpoint *self, const char *word)
{
    int idle_s, intvl_s, count;

    if (strcmp(word, "keepalive") == 0) {
        set(self, SOL_SOCKET, SO_KEEPALIVE, 1);
        return true;
    }
    if (sscanf(word, "keepalive=%d,%d,%d", &idle_s, &intvl_s, &count) != 3)
        return false;
    set(self, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(self, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
    set(self, IPPROTO_TCP, TCP_KEEPINTVL, intvl_s);
    set(self, IPPROTO_TCP, TCP_KEEPCNT, count);
    return true;
}

static bool bind_port(const struct endpoint *self, int family, int port)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int r;

    set(self, SOL_SOCKET, SO_REUSEADDR, 1);
    if (family == AF_INET6)
        r = bind(self->fd, (struct sockaddr *)&a6, sizeof a6);
    else
        r = bind(self->fd, (struct sockaddr *)&a4, sizeof a4);
    if (r < 0)
        account(self, "bind", -1);
    return r == 0;
}

/* A socket under repair takes its first sequence number from its owner, and keeps it. */
static void first_sequence_number(const struct endpoint *self, unsigned isn)
{
    set(self, IPPROTO_TCP, TCP_REPAIR, 1);
    set(self, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
    set(self, IPPROTO_TCP, TCP_QUEUE_SEQ, (int)isn);
    set(self, IPPROTO_TCP, TCP_REPAIR, 0);
}

static void set_read_timeout(const struct endpoint *self, int s)
{
    struct timeval timeout = {.tv_sec = s};

    if (setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0)
        account(self, "setsockopt", -1);
}

static bool option(const struct endpoint *self, const char *word)
{
    int value;

    if (keepalive(self, word))
        return true;
    if (sscanf(word, "user_timeout=%d", &value) == 1)
        set(self, IPPROTO_TCP, TCP_USER_TIMEOUT, value);
    else if (sscanf(word, "rcvbuf=%d", &value) == 1)
        set(self, SOL_SOCKET, SO_RCVBUF, value);
    else if (sscanf(word, "sndbuf=%d", &value) == 1)
        set(self, SOL_SOCKET, SO_SNDBUF, value);
    else if (sscanf(word, "read_timeout=%d", &value) == 1)
        set_read_timeout(self, value);
    else if (strcmp(word, "nodelay") == 0)
        set(self, IPPROTO_TCP, TCP_NODELAY, 1);
    else
        return strncmp(word, "port=", 5) == 0 || strncmp(word, "isn=", 4) == 0;
    return true;
}

/* ---- actions: return false when the word is not theirs -------------------------------------- */

static void send_total(const struct endpoint *self, long total)
{
    long done = 0;

    while (done < total) {
        long r = write(self->fd, buffer, (size_t)(total - done < 4096 ? total - done : 4096));

        if (r < 0) {
            account(self, "send", r);
            return;
        }
        done += r;
    }
    account(self, "send", done);
}

/* Hexadecimal digits to bytes in the buffer; their number. */
static int unhex(const char *digits)
{
    int bytes = 0;
    unsigned value;

    while (sscanf(digits + 2 * (ptrdiff_t)bytes, "%2x", &value) == 1)
        buffer[bytes++] = (char)value;
    return bytes;
}

static void answer(const struct endpoint *self, const char *digits)
{
    static char got[BUFFER_BYTES];
    int bytes = unhex(digits);
    long r;

    while ((r = read(self->fd, got, sizeof got)) > 0)
        if (write(self->fd, buffer, (size_t)bytes) < 0)
            break;
    account(self, "answer", r);
}

/* Writes of `bytes`, period_s apart and each moved by up to jitter_s; may read answers. */
static void beat(const struct endpoint *self, double period_s, int count, int bytes,
                 double jitter_s, bool answered)
{
    char reply[BUFFER_BYTES];
    long r = 0;

    for (int i = 0; i < count && r >= 0; i++) {
        r = write(self->fd, buffer, (size_t)bytes);
        if (r >= 0 && answered)
            r = read(self->fd, reply, sizeof reply);
        if (r <= 0)
            break;
        sleep_s(period_s + jitter_s * (2.0 * random() / RAND_MAX - 1.0));
    }
    account(self, answered ? "ask" : "beat", r);
}

static void echo(const struct endpoint *self)
{
    long r;

    while ((r = read(self->fd, buffer, sizeof buffer)) > 0)
        if (write(self->fd, buffer, (size_t)r) < 0)
            break;
    account(self, "echo", r);
}

static void wait_end(const struct endpoint *self)
{
    struct pollfd p = {.fd = self->fd, .events = POLLIN};
    long r;

    do {
        poll(&p, 1, -1);
        r = read(self->fd, buffer, sizeof buffer);
    } while (r > 0);
    account(self, "wait", r);
}

/* An application that hangs: it takes nothing from the socket, only errors wake it. */
static void hang(const struct endpoint *self, double s)
{
    struct pollfd p = {.fd = self->fd, .events = 0};
    int error = 0;
    socklen_t size = sizeof error;

    if (poll(&p, 1, (int)(s * 1000)) == 0) {
        account(self, "hang", 0);
        return;
    }
    getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    account(self, "hang", error != 0 ? -1 : 0);
}

static void abort_connection(struct endpoint *self)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    account(self, "abort", close(self->fd));
}

static bool action_with_bytes(const struct endpoint *self, const char *word)
{
    double s;
    int count, at = 0;

    if (strncmp(word, "hex=", 4) == 0)
        account(self, "hex", write(self->fd, buffer, (size_t)unhex(word + 4)));
    else if (sscanf(word, "ask_hex=%lf,%d,%n", &s, &count, &at) == 2 && at > 0)
        beat(self, s, count, unhex(word + at), 0, true);
    else if (strncmp(word, "answer=", 7) == 0)
        answer(self, word + 7);
    else
        return false;
    return true;
}

static bool action_with_value(const struct endpoint *self, const char *word)
{
    long bytes;
    double s, jitter_s = 0;
    int count, size;

    if (sscanf(word, "write=%ld", &bytes) == 1)
        account(self, "write", write(self->fd, buffer, (size_t)bytes));
    else if (sscanf(word, "send=%ld", &bytes) == 1)
        send_total(self, bytes);
    else if (sscanf(word, "read=%ld", &bytes) == 1)
        account(self, "read", read(self->fd, buffer, (size_t)bytes));
    else if (sscanf(word, "type=%d,%lf", &count, &s) == 2)
        beat(self, s, count, 1, 0, false);
    else if (sscanf(word, "beat=%lf,%d,%d,%lf", &s, &count, &size, &jitter_s) >= 3)
        beat(self, s, count, size, jitter_s, false);
    else if (sscanf(word, "ask=%lf,%d,%d,%lf", &s, &count, &size, &jitter_s) >= 3)
        beat(self, s, count, size, jitter_s, true);
    else if (sscanf(word, "sleep=%lf", &s) == 1)
        sleep_s(s);
    else if (sscanf(word, "hang=%lf", &s) == 1)
        hang(self, s);
    else
        return false;
    return true;
}

static bool action(struct endpoint *self, const char *word)
{
    if (strcmp(word, "echo") == 0)
        echo(self);
    else if (strcmp(word, "wait") == 0)
        wait_end(self);
    else if (strcmp(word, "shutdown") == 0)
        account(self, "shutdown", shutdown(self->fd, SHUT_WR));
    else if (strcmp(word, "close") == 0)
        account(self, "close", close(self->fd));
    else if (strcmp(word, "abort") == 0)
        abort_connection(self);
    else
        return action_with_bytes(self, word) || action_with_value(self, word);
    return true;
}

/* ---- opening -------------------------------------------------------------------------------- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t parse_address(union address *to, const char *addr, const char *port)
{
    memset(to, 0, sizeof *to);
    if (strchr(addr, ':') != NULL) {
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons((uint16_t)atoi(port));
        inet_pton(AF_INET6, addr, &to->v6.sin6_addr);
        return sizeof to->v6;
    }
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons((uint16_t)atoi(port));
    inet_pton(AF_INET, addr, &to->v4.sin_addr);
    return sizeof to->v4;
}

static void leading_options(const struct endpoint *self, int family, char **word)
{
    int port;
    unsigned isn;

    for (; *word != NULL && option(self, *word); word++) {
        if (sscanf(*word, "port=%d", &port) == 1)
            bind_port(self, family, port);
        else if (sscanf(*word, "isn=%u", &isn) == 1)
            first_sequence_number(self, isn);
    }
}

static bool open_connect(struct endpoint *self, char **argument)
{
    union address to;
    socklen_t size = parse_address(&to, argument[0], argument[1]);
    long r;

    self->fd = socket(to.any.sa_family, SOCK_STREAM, 0);
    leading_options(self, to.any.sa_family, argument + 2);
    account(self, "connecting", 0);
    r = connect(self->fd, &to.any, size);
    account(self, r == 0 ? "connected" : "connect", r);
    return r == 0;
}

static bool open_listen(struct endpoint *self, char **argument)
{
    union address at;
    socklen_t size = parse_address(&at, argument[0], argument[1]);
    int listener;

    self->fd = listener = socket(at.any.sa_family, SOCK_STREAM, 0);
    set(self, SOL_SOCKET, SO_REUSEADDR, 1);
    leading_options(self, at.any.sa_family, argument + 2);
    if (bind(listener, &at.any, size) < 0 || listen(listener, 5) < 0) {
        account(self, "listen", -1);
        return false;
    }
    self->fd = accept(listener, NULL, NULL);
    close(listener);
    account(self, "accepted", self->fd < 0 ? -1 : 0);
    return self->fd >= 0;
}

/* Copies what one side sends to the other until both have ended; false on the first error. */
static void relay(struct endpoint *near, struct endpoint *far)
{
    struct endpoint *end[2] = {near, far};
    struct pollfd p[2] = {{.fd = near->fd, .events = POLLIN}, {.fd = far->fd, .events = POLLIN}};
    int open_sides = 2;

    while (open_sides > 0 && poll(p, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            long r;

            if (p[i].revents == 0)
                continue;
            r = read(end[i]->fd, buffer, sizeof buffer);
            if (r > 0 && write(end[!i]->fd, buffer, (size_t)r) == r)
                continue;
            account(end[i], "relay", r);
            if (r < 0)
                return;
            shutdown(end[!i]->fd, SHUT_WR);
            p[i].fd = -1;
            open_sides--;
        }
    }
}

static int run_relay(char **argument)
{
    struct endpoint near = {.role = "proxy-listen", .fd = -1},
                    far = {.role = "proxy-connect", .fd = -1};
    char *listen_at[] = {argument[0], argument[1], NULL};

    if (!open_listen(&near, listen_at) || !open_connect(&far, argument + 2))
        return 1;
    for (char **word = argument + 4; *word != NULL; word++)
        option(&near, *word);
    relay(&near, &far);
    return 0;
}

int main(int argc, char **argv)
{
    struct endpoint self = {.role = argc > 1 ? argv[1] : "", .fd = -1};
    bool opened;

    if (argc < 4) {
        fprintf(stderr, "usage: endpoint listen|connect|relay ADDR PORT ACTION...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    memset(buffer, 'k', sizeof buffer);
    if (strcmp(self.role, "relay") == 0)
        return run_relay(argv + 2);
    opened = strcmp(self.role, "listen") == 0 ? open_listen(&self, argv + 2)
                                              : open_connect(&self, argv + 2);
    if (!opened)
        return 1;
    for (char **word = argv + 4; *word != NULL; word++) {
        if (!option(&self, *word) && !action(&self, *word)) {
            fprintf(stderr, "endpoint: what is %s?\n", *word);
            return 2;
        }
    }
    account(&self, "exit", 0);
    return 0;
}
