/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trail.c: the latest segments of the capture, chained by connection. */
#include "trail.h"

#include "seq.h"

/*
 * How far the copy of a datagram may come after it: less than the shortest retransmission timeout
 * (TCP_RTO_MIN, 200 ms) where the IP identification is the same; next to nothing where there is
 * none, as in IPv6, and only the times speak for a copy.
 */
static const int64_t copy_same_id_ns = 150 * KA_SECOND / 1000;
static const int64_t copy_no_id_ns = 2 * KA_SECOND / 1000;

enum { COPY_DEPTH = 16, SEARCH_DEPTH = 256 }; /* entries of the connection looked at */

bool trail_init(struct trail *trail, struct mem *mem)
{
    trail->entries = mem_zeroed(mem, TRAIL_ENTRIES * sizeof *trail->entries);
    trail->next = 1;
    return trail->entries != NULL;
}

void trail_free(struct trail *trail, struct mem *mem)
{
    mem_free(mem, trail->entries, TRAIL_ENTRIES * sizeof *trail->entries);
}

uint32_t trail_add(struct trail *trail, const struct ka_segment *segment, uint32_t connection,
                   int from, uint32_t previous, bool tagged)
{
    uint32_t place = trail->next++;
    if (place == 0) /* 0 means none */
        place = trail->next++;
    trail->entries[place % TRAIL_ENTRIES] = (struct trail_entry){
        .ns = segment->time_ns,
        .frame = segment->frame,
        .connection = connection,
        .previous = previous,
        .seq = segment->seq,
        .ack = segment->ack,
        .len = segment->len,
        .tsval = segment->tsval,
        .ip_id = segment->ip_id,
        .window = segment->window,
        .flags = segment->flags,
        .ttl = segment->ttl,
        .first_byte = segment->first_byte,
        .marks = (uint8_t)(from | segment->has_first_byte * TRAIL_HAS_FIRST_BYTE |
                           tagged * TRAIL_TAGGED),
    };
    return place;
}

const struct trail_entry *trail_at(const struct trail *trail, uint32_t place, uint32_t connection)
{
    if (place == 0 || trail->next - place > TRAIL_ENTRIES)
        return NULL;
    const struct trail_entry *entry = &trail->entries[place % TRAIL_ENTRIES];
    return entry->connection == connection ? entry : NULL;
}

static bool same_datagram(const struct trail_entry *entry, const struct ka_segment *segment)
{
    return entry->seq == segment->seq && entry->ack == segment->ack && entry->len == segment->len &&
           entry->flags == segment->flags && entry->window == segment->window &&
           entry->ip_id == segment->ip_id && entry->tsval == segment->tsval;
}

bool trail_is_copy(const struct trail *trail, const struct ka_segment *segment, uint32_t connection,
                   int from, uint32_t latest, bool mirrored)
{
    bool answer =
        (segment->flags & KA_RST) || (segment->flags & (KA_SYN | KA_ACK)) == (KA_SYN | KA_ACK);
    if (segment->ip_id == 0 && answer && !mirrored)
        return false;
    /* A time stamp counts milliseconds: a sender's next segment has another one. */
    bool marked = segment->ip_id || segment->has_timestamps || answer;
    int64_t window_ns = marked ? copy_same_id_ns : copy_no_id_ns;
    const struct trail_entry *entry = trail_at(trail, latest, connection);
    for (int depth = 0; entry && depth < COPY_DEPTH; depth++) {
        if (segment->time_ns - entry->ns > window_ns)
            return false;
        if (trail_from(entry) == from && same_datagram(entry, segment))
            return true;
        entry = trail_at(trail, entry->previous, connection);
    }
    return false;
}

static bool carries(const struct trail_entry *entry, uint32_t seq)
{
    uint32_t extent = entry->len + ((entry->flags & KA_SYN) != 0) + ((entry->flags & KA_FIN) != 0);
    return seq - entry->seq < extent;
}

const struct trail_entry *trail_first_with(const struct trail *trail, uint32_t connection, int from,
                                           uint32_t seq, uint32_t latest)
{
    const struct trail_entry *first = NULL;
    const struct trail_entry *entry = trail_at(trail, latest, connection);
    for (int depth = 0; entry && depth < SEARCH_DEPTH; depth++) {
        if (trail_from(entry) == from && carries(entry, seq))
            first = entry;
        entry = trail_at(trail, entry->previous, connection);
    }
    return first;
}

bool trail_claim(struct trail *trail, uint32_t connection, uint32_t latest, uint64_t frame)
{
    const struct trail_entry *entry = trail_at(trail, latest, connection);
    for (int depth = 0; entry && depth < SEARCH_DEPTH && entry->frame != frame; depth++)
        entry = trail_at(trail, entry->previous, connection);
    if (!entry || entry->frame != frame)
        return true;
    bool is_new = !(entry->marks & TRAIL_TAGGED);
    trail->entries[entry - trail->entries].marks |= TRAIL_TAGGED;
    return is_new;
}
