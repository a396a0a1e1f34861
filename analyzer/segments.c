/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segments.c: tagged frames written by two threads: one writes a part to the report's stream while
 * the other writes the next part into memory, from where it follows. To put a frame into words
 * takes longer than to find it.
 */
#include "segments.h"

#include <pthread.h>
#include <stdlib.h>

#include "processors.h"
#include "text_stream.h"

enum { PART_EVENTS = 1 << 14 }; /* a hundred times as long as it takes to start a thread */

/* Consecutive events, and where they go. */
struct part {
    struct report report;
    const struct capture *capture;
    const struct events *events;
    size_t from, to;
};

static void *write_part(void *argument)
{
    struct part *part = argument;

    for (size_t i = part->from; i < part->to; i++)
        part->report.output->segment(&part->report, part->capture, events_at(part->events, i));
    return NULL;
}

static struct part part_after(size_t from, const struct report *report,
                              const struct capture *capture, const struct events *events)
{
    size_t left = events->count - from;

    return (struct part){.report = *report,
                         .capture = capture,
                         .events = events,
                         .from = from,
                         .to = from + (left < PART_EVENTS ? left : PART_EVENTS)};
}

/*
 * What was written aside follows what the stream has got. False:
 * memory ran out while it was written.
 */
static bool append(FILE *stream, struct text_stream *aside)
{
    bool complete = fflush(aside->stream) == 0 && !ferror(aside->stream);

    if (complete)
        fwrite(aside->text, 1, aside->length, stream);
    aside->length = 0;
    return complete;
}

/* Two parts at a time. Returns how many events have been reported. */
static size_t write_in_pairs(struct report *report, const struct capture *capture,
                             const struct events *events, struct text_stream *aside)
{
    size_t done = 0;
    bool complete = true;

    while (complete && events->count - done > PART_EVENTS) {
        struct part here = part_after(done, report, capture, events);
        struct part there = part_after(here.to, report, capture, events);
        pthread_t thread;

        there.report.stream = aside->stream;
        if (pthread_create(&thread, NULL, write_part, &there) != 0)
            break;
        write_part(&here);
        pthread_join(thread, NULL);
        complete = append(report->stream, aside);
        report->no_memory =
            report->no_memory || here.report.no_memory || there.report.no_memory || !complete;
        done = there.to;
    }
    return done;
}

void segments_report(struct report *report, const struct capture *capture,
                     const struct events *events, unsigned jobs)
{
    struct text_stream aside;
    size_t done = 0;

    if (events->count > PART_EVENTS && report->output->segments_apart && processors_spare(jobs) &&
        text_stream_open(&aside)) {
        done = write_in_pairs(report, capture, events, &aside);
        if (text_stream_close(&aside))
            free(aside.text);
    }
    for (; done < events->count; done++)
        report->output->segment(report, capture, events_at(events, done));
}
