/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source_wiretap.c: captures in the formats that only Wireshark's libwiretap reads, through the
 * program ka-wiretap, which writes them as pcapng into a pipe. A file it reads itself; what comes
 * from a pipe or is compressed a thread hands to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"
#include "source_backend.h"
#include "wiretap/ka-wiretap.h"

enum { ERROR_BYTES = 200 };

/* Ends of pipes, -1 where there is none. */
struct pipe {
    int read, write;
};

struct reader_wiretap {
    struct pcapng pcapng;
    struct stream stream;       /* of what it writes */
    struct pipe out, error, in; /* its standard output, error and input */
    pthread_t feeder;
    bool is_fed;
    bool is_over;
    enum ka_wiretap_status status; /* then */
    struct source_failure ending;
};

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static void close_pipe(struct pipe *pipe)
{
    close_end(&pipe->read);
    close_end(&pipe->write);
}

static bool open_pipe(struct pipe *pipe)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *pipe = (struct pipe){ends[0], ends[1]};
    return true;
}

/* ---- feeding it -------------------------------------------------------------------------- */

/* Hand it the stream, until either has enough. It may end before: EPIPE instead of a signal. */
static void *feed(void *argument)
{
    struct source *source = argument;
    struct reader_wiretap *reader = source->reader;
    struct stream *stream = source->stream;
    ssize_t written = 0;

    while (written >= 0 && stream_peek(stream, 1, true)) {
        written = write(reader->in.write, stream->buffer + stream->at, stream->end - stream->at);
        if (written > 0)
            stream_take(stream, (size_t)written);
        else if (errno == EINTR)
            written = 0;
    }
    close_end(&reader->in.write);
    return NULL;
}

static bool start_feeding(struct source *source)
{
    struct reader_wiretap *reader = source->reader;
    sigset_t blocked, before;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    reader->is_fed = pthread_create(&reader->feeder, NULL, feed, source) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return reader->is_fed;
}

/* It waits for input of its own at most, so that it can be ended. */
static void stop_feeding(struct reader_wiretap *reader)
{
    if (!reader->is_fed)
        return;
    pthread_cancel(reader->feeder);
    pthread_join(reader->feeder, NULL);
    reader->is_fed = false;
}

/* ---- the end ----------------------------------------------------------------------------- */

/* The last it says is one line of a digit, its status, and a text. Nothing: it has failed. */
static enum ka_wiretap_status read_ending(struct reader_wiretap *reader,
                                          char text[static ERROR_BYTES])
{
    size_t length = 0;
    ssize_t got = 1;

    while (got > 0 && length < ERROR_BYTES - 1) {
        got = read(reader->error.read, text + length, ERROR_BYTES - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    text[length] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (*text < '0' + KA_WIRETAP_OK || *text > '0' + KA_WIRETAP_UNKNOWN)
        return KA_WIRETAP_FAILED;
    return (enum ka_wiretap_status)(*text - '0');
}

static void end_with(const struct source *source, struct reader_wiretap *reader, const char *text)
{
    struct source_failure *ending = &reader->ending;
    unsigned long long frames = source->frames;

    switch (reader->status) {
    case KA_WIRETAP_OK:
        break;
    case KA_WIRETAP_DAMAGED:
    case KA_WIRETAP_UNKNOWN:
        source_fail(ending, SOURCE_DAMAGED, "%s (after packet %llu)", text, frames);
        break;
    case KA_WIRETAP_CUT:
        source_fail(ending, SOURCE_CUT, "%s (after packet %llu)", text, frames);
        break;
    case KA_WIRETAP_FAILED:
        source_fail(ending, SOURCE_DAMAGED,
                    "Wireshark's reader of this format failed (after packet %llu)", frames);
        break;
    }
}

/* It has closed its output: why? *failure is what is wrong with that. */
static void conclude(const struct source *source, struct reader_wiretap *reader,
                     const struct source_failure *failure)
{
    char text[ERROR_BYTES];

    if (reader->is_over)
        return;
    reader->is_over = true;
    close_end(&reader->out.read); /* it is not to wait for anybody who reads on */
    reader->status = read_ending(reader, text);
    stop_feeding(reader);
    reader->ending = *failure;
    end_with(source, reader, *text ? text + 1 : text);
}

static void close_wiretap(struct source *source)
{
    struct reader_wiretap *reader = source->reader;

    close_pipe(&reader->out); /* it ends when it writes */
    stop_feeding(reader);
    close_pipe(&reader->in);
    close_pipe(&reader->error);
    pcapng_end(&reader->pcapng);
    stream_close(&reader->stream);
    free(reader);
}

/* ---- a source ---------------------------------------------------------------------------- */

/* Its ends of the pipes are its own from then on. */
static bool run(struct source *source, struct reader_wiretap *reader)
{
    int input = reader->in.read >= 0 ? reader->in.read : source->fd;
    bool runs = helper_run(source->helper, input, reader->out.write, reader->error.write);

    close_end(&reader->in.read);
    close_end(&reader->out.write);
    close_end(&reader->error.write);
    return runs;
}

/* A plain file it reads itself, because for some formats it has to go to and fro in it. */
static bool start(struct source *source, struct reader_wiretap *reader)
{
    bool is_file = source->size_bytes >= 0 && !source->decompressor &&
                   lseek(source->fd, 0, SEEK_CUR) == (off_t)source->raw.read_bytes &&
                   lseek(source->fd, 0, SEEK_SET) == 0;

    return (is_file || open_pipe(&reader->in)) && open_pipe(&reader->out) &&
           open_pipe(&reader->error) && run(source, reader) && (is_file || start_feeding(source)) &&
           stream_open(&reader->stream, reader->out.read);
}

static bool open_wiretap(struct source *source, struct source_failure *failure)
{
    struct reader_wiretap *reader = calloc(1, sizeof *reader);

    source->reader = reader;
    if (reader)
        reader->in = reader->out = reader->error = (struct pipe){-1, -1};
    if (!reader || !start(source, reader)) {
        source_fail(failure, SOURCE_NO_CAPTURE, "ka-wiretap: %s", strerror(errno));
        return false;
    }
    if (source_begin_pcapng(source, &reader->pcapng, &reader->stream))
        return true;
    *failure = (struct source_failure){.error = SOURCE_OK};
    conclude(source, reader, failure);
    *failure = reader->ending;
    if (reader->status == KA_WIRETAP_UNKNOWN)
        return source_refuse_unknown(source, failure);
    failure->error = SOURCE_NO_CAPTURE;
    return false;
}

static size_t read_wiretap(struct source *source, struct packet *packets, size_t count,
                           struct source_failure *failure)
{
    struct reader_wiretap *reader = source->reader;
    size_t got = source_read_pcapng(source, &reader->pcapng, packets, count, failure);

    if (got > 0)
        return got;
    conclude(source, reader, failure);
    *failure = reader->ending;
    return 0;
}

const struct backend backend_wiretap = {open_wiretap, read_wiretap, close_wiretap};
