/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stop.c: a flag for those who are busy, and a pipe for those who wait. */
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
    if (stop->wake_fd >= 0)
        close(stop->wake_fd); /* the other end is then readable for good: it is at its end */
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

void stop_close(struct stop *stop)
{
    if (stop->fd >= 0)
        close(stop->fd);
    if (stop->wake_fd >= 0)
        close(stop->wake_fd);
    stop->fd = stop->wake_fd = -1;
}
