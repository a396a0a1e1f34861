/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop.h: the wish to end reading early, which also wakes who waits for input that does not come.
 */
#ifndef KA_STOP_H
#define KA_STOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

/* One thread at a time asks, any number look; none of those changes anything. */
struct stop {
    atomic_bool is_asked;
    int fd;      /* readable from then on, to be polled */
    int wake_fd; /* the only other end of it, or -1: no other process may hold it */
};

/* Nobody has asked. False, with errno: no descriptors. */
bool stop_open(struct stop *stop);

/* Ask everybody to stop. */
void stop_ask(struct stop *stop);

/* Whether somebody has asked; `stop` may be NULL, which nobody asks. */
static inline bool stop_is_asked(const struct stop *stop)
{
    return stop && atomic_load_explicit(&stop->is_asked, memory_order_relaxed);
}

/* Wait until reading this descriptor gives something, if only an error. False: asked to stop. */
bool stop_wait(const struct stop *stop, int fd);

/*
 * A stream that reads from this descriptor, and is at its end when asked to stop; `stop` must
 * outlive it, and the descriptor stays open. NULL, with errno, if that fails.
 */
FILE *stop_fdopen(const struct stop *stop, int fd);

/* Close the descriptors. */
void stop_close(struct stop *stop);

#endif
