/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signals.h: a thread to which all signals of a run go, and which draws its progress.
 *
 * There are no signal handlers: the thread reads what others would be interrupted by. SIGINT or
 * SIGTERM asks the run to stop; a second one ends the program at once. SIGUSR1 prints a line of
 * progress.
 */
#ifndef KA_SIGNALS_H
#define KA_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "progress.h"

struct signals {
    struct progress *progress;
    const char *temporary;    /* removed when the program is ended at once; or NULL */
    void (*scan)(void *user); /* count what there is to do, in progress; or NULL */
    void *user;
    sigset_t set, old_set;
    int fd;          /* signalfd(2) */
    struct stop end; /* of the thread */
    int caught;      /* the signal that asked to stop, or 0; the thread's until it has ended */
    pthread_t thread, scanner;
    bool has_thread, has_scanner;
};

/*
 * Start the thread, before any other; the members up to `user` are set. Signals that were ignored
 * stay so. Should there be no thread, signals do what they do by default.
 */
void signals_start(struct signals *signals);

/* End it. Returns the signal that asked the run to stop, or 0. */
int signals_end(struct signals *signals);

#endif
