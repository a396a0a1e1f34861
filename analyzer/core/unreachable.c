/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unreachable.c: ICMP errors that quote a segment of a connection. */
#include "engine.h"

#include <string.h>

enum { QUOTED_DEPTH = 256 }; /* segments of the connection among which a quoted one is looked for */

/* A router reports a datagram once: the same again is the capture's second copy of the report. */
static bool is_icmp_copy(const struct view *v, struct watch *watch)
{
    const struct ka_segment *segment = v->segment;
    bool same =
        watch->icmp_seq == segment->seq && watch->icmp_ip_id == segment->ip_id &&
        segment->time_ns - watch->icmp_ns < (segment->ip_id ? KA_SECOND / 10 : KA_SECOND / 500);
    bool copy = same && watch->icmp_type == segment->icmp_type &&
                memcmp(&watch->icmp_from, &segment->icmp_from, sizeof watch->icmp_from) == 0;
    watch->icmp_seq = segment->seq;
    watch->icmp_ip_id = segment->ip_id;
    watch->icmp_type = segment->icmp_type;
    watch->icmp_from = segment->icmp_from;
    watch->icmp_ns = segment->time_ns;
    return copy;
}

void series_icmp(struct view *v)
{
    struct watch *watch = engine_watch(v->ka, v->number);
    if (!watch)
        return;
    if (is_icmp_copy(v, watch))
        return;
    uint64_t heard = end_is(v->conn, v->to, END_SEEN) ? heard_frame(v->conn, v->rest, v->to) : 0;
    if (watch->icmp_heard[v->from] != heard) {
        watch->icmp_heard[v->from] = heard;
        watch->icmp[v->from] = 0;
    }
    watch->icmp[v->from]++;
    watch->icmp_frame[v->from] = v->segment->frame;

    const struct trail_entry *quoted = trail_at(&v->ka->trail, v->conn->trail, v->number);
    for (int depth = 0;
         quoted && !(trail_from(quoted) == v->from && quoted->seq == v->segment->seq); depth++)
        quoted = depth < QUOTED_DEPTH ? trail_at(&v->ka->trail, quoted->previous, v->number) : NULL;
    struct ka_frame frame = series_frame(v, rules_proof(PROOF_ICMP));
    frame.icmp.type = v->segment->icmp_type;
    frame.icmp.code = v->segment->icmp_code;
    frame.icmp.quoted_frame = quoted ? quoted->frame : 0;
    engine_show(v->ka, &frame, false);
}
