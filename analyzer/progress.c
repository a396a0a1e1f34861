/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress.c: one line on a terminal, out of the way of everything else. */
#include "progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "units.h"

/* A run that ends sooner shows nothing; the rate is taken over so long. */
static const int64_t show_after_ns = 500000000, rate_every_ns = 2000000000, ns_per_s = 1000000000;

enum { COLUMNS_DEFAULT = 80 };

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * ns_per_s + now.tv_nsec;
}

bool progress_open(struct progress *progress)
{
    memset(progress, 0, sizeof *progress);
    pthread_mutex_init(&progress->mutex, NULL);
    progress->start_ns = progress->rate_ns = now_ns();
    return stop_open(&progress->stop);
}

/* Another program may draw on the terminal behind a pipe; in the background others do. */
static bool has_room(FILE *report)
{
    const char *term = getenv("TERM");
    struct stat status;

    if (!isatty(STDERR_FILENO) || !term || strcmp(term, "dumb") == 0)
        return false;
    return !report || fstat(fileno(report), &status) != 0 ||
           !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

void progress_show(struct progress *progress, FILE *report)
{
    pthread_mutex_lock(&progress->mutex);
    progress->shows = has_room(report);
    pthread_mutex_unlock(&progress->mutex);
}

/* ---- the line ---------------------------------------------------------------------------- */

static unsigned long long count_of(atomic_ullong *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static const char *bytes_text(char text[static UNITS_TEXT_BYTES], unsigned long long bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes / 1000;
    size_t unit = 0;

    while (value >= 999.95 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    snprintf(text, UNITS_TEXT_BYTES, "%.1f %s", value, units[unit]);
    return text;
}

/* In one unit, or two of which the greater is small: "3 h 20 min", "45 s". */
static const char *left_text(char text[static UNITS_TEXT_BYTES], double seconds)
{
    unsigned long long s = seconds < 1e9 ? (unsigned long long)seconds + 1 : 1000000000;

    if (s < 120)
        snprintf(text, UNITS_TEXT_BYTES, "%llu s", s);
    else if (s < 7200)
        snprintf(text, UNITS_TEXT_BYTES, "%llu min", (s + 59) / 60);
    else
        snprintf(text, UNITS_TEXT_BYTES, "%llu h %llu min", s / 3600, s % 3600 / 60);
    return text;
}

/* "3 of 40": how many there are besides those passed over, where that is known. */
static void add_of(char line[static PROGRESS_LINE_BYTES], unsigned long long all,
                   const char *(*text_of)(char *text, unsigned long long value))
{
    char text[UNITS_TEXT_BYTES];
    size_t used = strlen(line);

    if (all > 0)
        snprintf(line + used, PROGRESS_LINE_BYTES - used, " of %s", text_of(text, all));
}

static const char *count_text(char *text, unsigned long long value)
{
    return units_count(text, value);
}

static const char *size_text(char *text, unsigned long long value)
{
    return bytes_text(text, value);
}

__attribute__((format(printf, 2, 3))) static void add(char line[static PROGRESS_LINE_BYTES],
                                                      const char *format, ...)
{
    size_t used = strlen(line);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line + used, PROGRESS_LINE_BYTES - used, format, arguments);
    va_end(arguments);
}

/* What remains of a number of all; 0: not known. A file may have grown since it was counted. */
static unsigned long long all_but(unsigned long long all, unsigned long long passed,
                                  unsigned long long done)
{
    if (all == 0)
        return 0;
    all = all > passed ? all - passed : 0;
    return all > done ? all : done;
}

char *progress_text(struct progress *progress, int64_t elapsed_ns,
                    char line[static PROGRESS_LINE_BYTES])
{
    unsigned long long files = count_of(&progress->files), bytes = count_of(&progress->bytes);
    unsigned long long deaths = count_of(&progress->deaths);
    unsigned long long files_all =
        all_but(count_of(&progress->files_all), count_of(&progress->passed_files), files);
    unsigned long long bytes_all =
        all_but(count_of(&progress->bytes_all), count_of(&progress->passed_bytes), bytes);
    double seconds = (double)elapsed_ns / (double)ns_per_s;
    char text[UNITS_TEXT_BYTES];

    line[0] = '\0';
    add(line, "%s", units_count(text, files));
    add_of(line, files_all, count_text);
    add(line, " file%s, %s", files == 1 && files_all <= 1 ? "" : "s", bytes_text(text, bytes));
    add_of(line, bytes_all, size_text);
    add(line, ", %s packets/s", units_count(text, (uint64_t)progress->packets_a_second));
    if (bytes_all > bytes && bytes > 0)
        add(line, ", %s left",
            left_text(text, seconds * (double)(bytes_all - bytes) / (double)bytes));
    add(line, ", %s dead peer%s", units_count(text, deaths), deaths == 1 ? "" : "s");
    return line;
}

/* ---- the terminal ------------------------------------------------------------------------ */

static unsigned columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col
                                                                           : COLUMNS_DEFAULT;
}

/* ECMA-48 8.3.41 (EL): erase to the end of the line. */
static void erase(struct progress *progress)
{
    if (progress->is_drawn)
        fputs("\r\33[K", stderr);
    progress->is_drawn = false;
}

static void count_rate(struct progress *progress, int64_t time_ns)
{
    unsigned long long packets = count_of(&progress->packets);
    int64_t passed_ns = time_ns - progress->rate_ns;

    /* The first seconds count from the start, so that there is a rate at once. */
    if (passed_ns > 0)
        progress->packets_a_second =
            (double)(packets - progress->rate_packets) * (double)ns_per_s / (double)passed_ns;
    if (passed_ns < rate_every_ns)
        return;
    progress->rate_ns = time_ns;
    progress->rate_packets = packets;
}

bool progress_draw(struct progress *progress)
{
    int64_t time_ns = now_ns();
    char line[PROGRESS_LINE_BYTES];
    bool shows;

    pthread_mutex_lock(&progress->mutex);
    shows = progress->shows;
    if (shows && !progress->in_line && time_ns - progress->start_ns >= show_after_ns &&
        tcgetpgrp(STDERR_FILENO) == getpgrp()) {
        count_rate(progress, time_ns);
        progress_text(progress, time_ns - progress->start_ns, line);
        fprintf(stderr, "\r%.*s\33[K", (int)columns() - 1, line);
        fflush(stderr);
        progress->is_drawn = true;
    }
    pthread_mutex_unlock(&progress->mutex);
    return shows;
}

void progress_print(struct progress *progress)
{
    int64_t time_ns = now_ns();
    char line[PROGRESS_LINE_BYTES];

    pthread_mutex_lock(&progress->mutex);
    erase(progress);
    count_rate(progress, time_ns);
    fprintf(stderr, "ka-analyze: %s\n",
            progress_text(progress, time_ns - progress->start_ns, line));
    pthread_mutex_unlock(&progress->mutex);
}

void progress_say(struct progress *progress, const char *text)
{
    pthread_mutex_lock(&progress->mutex);
    erase(progress);
    fputs(text, stderr);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_hide(struct progress *progress)
{
    pthread_mutex_lock(&progress->mutex);
    erase(progress);
    progress->shows = false;
    pthread_mutex_unlock(&progress->mutex);
}

void progress_close(struct progress *progress)
{
    stop_close(&progress->stop);
    pthread_mutex_destroy(&progress->mutex);
}

/* ---- other output to the terminal -------------------------------------------------------- */

struct shared {
    struct progress *progress;
    FILE *target;
};

static ssize_t write_shared(void *cookie, const char *text, size_t n)
{
    struct shared *shared = cookie;
    bool is_written;

    pthread_mutex_lock(&shared->progress->mutex);
    erase(shared->progress);
    is_written = fwrite(text, 1, n, shared->target) == n && fflush(shared->target) == 0;
    if (n > 0)
        shared->progress->in_line = text[n - 1] != '\n';
    pthread_mutex_unlock(&shared->progress->mutex);
    return is_written ? (ssize_t)n : 0; /* 0 is an error (fopencookie(3)) */
}

static int close_shared(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *progress_stream(struct progress *progress, FILE *target)
{
    struct shared *shared = malloc(sizeof *shared);
    FILE *stream;

    if (!shared)
        return NULL;
    *shared = (struct shared){.progress = progress, .target = target};
    stream = fopencookie(shared, "w",
                         (cookie_io_functions_t){.write = write_shared, .close = close_shared});
    if (!stream)
        free(shared);
    else
        setvbuf(stream, NULL, _IOLBF, 0); /* as a terminal's */
    return stream;
}
