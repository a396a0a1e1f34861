/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source_pcapng.c: pcapng files as a source. */
#include <stdlib.h>

#include "pcapng.h"
#include "source_backend.h"

enum { RECORDS_AT_ONCE = 64, LINKTYPE_ETHERNET = 1 };

bool source_begin_pcapng(struct source *source, struct pcapng *pcapng, struct stream *stream)
{
    if (!pcapng_begin(pcapng, stream))
        return false;
    for (size_t i = 0; i < pcapng->count; i++)
        links_find(&source->links, pcapng->interfaces[i].link_type);
    /* Without interfaces there can be no packets, but a filter is checked all the same. */
    if (pcapng->count == 0)
        links_find(&source->links, LINKTYPE_ETHERNET);
    return true;
}

static bool open_pcapng(struct source *source, struct source_failure *failure)
{
    struct pcapng *pcapng = calloc(1, sizeof *pcapng);

    source->reader = pcapng;
    if (pcapng && source_begin_pcapng(source, pcapng, source->stream))
        return true;
    source_fail(failure, SOURCE_NO_CAPTURE, "%s", pcapng ? pcapng->message : "out of memory");
    return false;
}

static void close_pcapng(struct source *source)
{
    pcapng_end(source->reader);
    free(source->reader);
}

/* A record that is no packet has a frame number, a time and no link type that could be decoded. */
static void set_packet(struct source *source, struct packet *packet,
                       const struct pcapng_record *record)
{
    struct link *link =
        record->is_packet ? links_find(&source->links, record->link_type) : &source->links.other;

    *packet = (struct packet){
        .frame = ++source->frames,
        .caplen = record->caplen,
        .wirelen = record->wirelen,
        .link_type = record->is_packet ? link->link_type : -1,
        .bytes = record->bytes,
        .is_wanted =
            !record->is_packet || links_wants(link, record->bytes, record->caplen, record->wirelen),
    };
    link->is_used = true;
    if (record->has_time)
        source_set_time(packet, record->seconds, record->ns);
}

static enum source_error error_of(enum pcapng_error error)
{
    switch (error) {
    case PCAPNG_OK:
        return SOURCE_OK;
    case PCAPNG_CUT:
        return SOURCE_CUT;
    case PCAPNG_DAMAGED:
    case PCAPNG_READ_ERROR:
    case PCAPNG_NO_MEMORY:
        return SOURCE_DAMAGED;
    }
    return SOURCE_DAMAGED;
}

size_t source_read_pcapng(struct source *source, struct pcapng *pcapng, struct packet *packets,
                          size_t count, struct source_failure *failure)
{
    struct pcapng_record records[RECORDS_AT_ONCE];
    size_t taken = pcapng_read(pcapng, records, count < RECORDS_AT_ONCE ? count : RECORDS_AT_ONCE);

    for (size_t i = 0; i < taken; i++)
        set_packet(source, &packets[i], &records[i]);
    if (taken > 0)
        return taken;
    *failure = (struct source_failure){.error = SOURCE_OK};
    if (pcapng->error != PCAPNG_OK)
        source_fail(failure, error_of(pcapng->error), "%s (after packet %llu)", pcapng->message,
                    (unsigned long long)source->frames);
    return 0;
}

static size_t read_pcapng(struct source *source, struct packet *packets, size_t count,
                          struct source_failure *failure)
{
    return source_read_pcapng(source, source->reader, packets, count, failure);
}

const struct backend backend_pcapng = {open_pcapng, read_pcapng, close_pcapng};
