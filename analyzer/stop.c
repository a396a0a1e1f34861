/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stop.c: a flag for those who are busy, and a pipe for those who wait. */
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

bool stop_open(struct stop *stop)
{
    int ends[2];

    atomic_init(&stop->is_asked, false);
    stop->fd = stop->wake_fd = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    stop->fd = ends[0];
    stop->wake_fd = ends[1];
    return true;
}

void stop_ask(struct stop *stop)
{
    atomic_store_explicit(&stop->is_asked, true, memory_order_relaxed);
    /* A pipe that nobody can write into is readable for good; unlike a write this cannot fail. */
    if (stop->wake_fd >= 0)
        close(stop->wake_fd);
    stop->wake_fd = -1;
}

bool stop_wait(const struct stop *stop, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = stop ? stop->fd : -1, .events = POLLIN}};

    while (!stop_is_asked(stop) && poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    return !stop_is_asked(stop);
}

struct reading {
    const struct stop *stop;
    int fd;
};

static ssize_t read_cookie(void *cookie, char *to, size_t n)
{
    const struct reading *reading = cookie;
    ssize_t got;

    do {
        if (!stop_wait(reading->stop, reading->fd))
            return 0;
        got = read(reading->fd, to, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

static int close_cookie(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *stop_fdopen(const struct stop *stop, int fd)
{
    struct reading *reading = malloc(sizeof *reading);
    FILE *stream;

    if (!reading)
        return NULL;
    *reading = (struct reading){.stop = stop, .fd = fd};
    stream = fopencookie(reading, "r",
                         (cookie_io_functions_t){.read = read_cookie, .close = close_cookie});
    if (!stream)
        free(reading);
    return stream;
}

void stop_close(struct stop *stop)
{
    if (stop->fd >= 0)
        close(stop->fd);
    if (stop->wake_fd >= 0)
        close(stop->wake_fd);
    stop->fd = stop->wake_fd = -1;
}
