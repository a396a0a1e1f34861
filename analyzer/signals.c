/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signals.c: signals as something to be read, by one thread. */
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { DRAW_EVERY_MS = 250 };

static void *run_scan(void *argument)
{
    struct signals *signals = argument;

    signals->scan(signals->user);
    return NULL;
}

/* Counting all there is may take long, and is done where somebody wants to know. */
static void start_scan(struct signals *signals)
{
    if (signals->scan && !signals->has_scanner)
        signals->has_scanner = pthread_create(&signals->scanner, NULL, run_scan, signals) == 0;
}

/* End the program as the signal does by default. */
static void end_program(struct signals *signals, int number)
{
    sigset_t set;

    if (signals->temporary)
        unlink(signals->temporary);
    progress_say(signals->progress, "");
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

static void take_signal(struct signals *signals)
{
    struct signalfd_siginfo info;

    if (read(signals->fd, &info, sizeof info) != sizeof info)
        return;
    if (info.ssi_signo == SIGUSR1) {
        start_scan(signals);
        progress_print(signals->progress);
    } else if (signals->caught) {
        end_program(signals, (int)info.ssi_signo);
    } else {
        signals->caught = (int)info.ssi_signo;
        stop_ask(&signals->progress->stop);
    }
}

static void *watch(void *argument)
{
    struct signals *signals = argument;
    struct pollfd fds[] = {{.fd = signals->fd, .events = POLLIN},
                           {.fd = signals->end.fd, .events = POLLIN}};
    bool shows = progress_draw(signals->progress);

    if (shows)
        start_scan(signals);
    while (!stop_is_asked(&signals->end)) {
        if (poll(fds, 2, shows ? DRAW_EVERY_MS : -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents)
            take_signal(signals);
        else if (shows)
            shows = progress_draw(signals->progress);
    }
    return NULL;
}

/* As the shell does with what it starts in the background. */
static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void signals_start(struct signals *signals)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};

    signals->has_thread = signals->has_scanner = false;
    signals->caught = 0;
    sigemptyset(&signals->set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!is_ignored(numbers[i]))
            sigaddset(&signals->set, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &signals->set, &signals->old_set);
    signals->fd = signalfd(-1, &signals->set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stop_open(&signals->end) && signals->fd >= 0)
        signals->has_thread = pthread_create(&signals->thread, NULL, watch, signals) == 0;
    if (!signals->has_thread)
        pthread_sigmask(SIG_SETMASK, &signals->old_set, NULL);
}

int signals_end(struct signals *signals)
{
    stop_ask(&signals->end);
    if (signals->has_thread)
        pthread_join(signals->thread, NULL);
    if (signals->has_scanner) {
        stop_ask(&signals->progress->stop); /* nobody wants to know any more */
        pthread_join(signals->scanner, NULL);
    }
    if (signals->fd >= 0)
        close(signals->fd);
    stop_close(&signals->end);
    pthread_sigmask(SIG_SETMASK, &signals->old_set, NULL);
    return signals->caught;
}
