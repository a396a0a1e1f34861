/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding_beats.c: what heartbeats mean for keep-alive, and deaths that they found. */
#include "finding.h"

enum { ANSWERS_MIN = 3 };

/* An answer that was on its way would have come by then. */
static const int64_t answer_due_ns = KA_SECOND;

/* "a message of 2 bytes (mqtt PINGREQ)" */
static void put_message(struct text *text, const struct ka_heartbeat *heartbeat)
{
    text_put(text, "a message of ");
    text_counted(text, heartbeat->bytes, "byte", "bytes");
    if (!heartbeat->protocol)
        return;
    text_put(text, " (");
    text_put(text, heartbeat->protocol);
    text_put(text, " ");
    text_put(text, heartbeat->message);
    text_put(text, ")");
}

/*
 * tcp_keepalive_timer() waits for the idle time to pass since anything was received; a
 * message and its ACK start it again at both ends.
 */
bool heartbeat_masks_keepalive(const struct finding_case *c, enum ka_side about,
                               struct finding_draft *draft)
{
    const struct ka_heartbeat *heartbeat = c->report->heartbeat;
    if (!heartbeat || heartbeat->from != about || c->report->keepalive[KA_CLIENT] ||
        c->report->keepalive[KA_SERVER])
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " sends ");
    put_message(&draft->text, heartbeat);
    text_put(&draft->text, " every ");
    text_duration(&draft->text, heartbeat->period_ns);
    text_put(&draft->text,
             ": keep-alive with a longer idle time never gets its turn, at either end. If the path "
             "breaks, it is the retransmission of such a message that finds it, on Linux after "
             "about 16 minutes, unless the application or a user timeout (TCP_USER_TIMEOUT) is "
             "sooner.");
    finding_frame(draft, heartbeat->first_frame);
    finding_frame(draft, heartbeat->last_frame);
    return true;
}

/* The application hears no answer to its heartbeats any more, and ends the connection. */
bool heartbeat_found_death(const struct finding_case *c, enum ka_side about,
                           struct finding_draft *draft)
{
    const struct ka_heartbeat *heartbeat = c->report->heartbeat;
    if (!heartbeat || heartbeat->from != about || heartbeat->answers < ANSWERS_MIN ||
        heartbeat->end_frame == 0 || heartbeat->last_ns <= heartbeat->answer_ns ||
        heartbeat->end_ns - heartbeat->last_ns < answer_due_ns ||
        heartbeat->end_ns - heartbeat->last_ns < heartbeat->period_ns / 10)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s application ended the connection in frame ");
    text_number(&draft->text, heartbeat->end_frame);
    text_put(&draft->text, ", ");
    text_duration(&draft->text, heartbeat->end_ns - heartbeat->answer_ns);
    text_put(&draft->text, " after the ");
    text_put(&draft->text, side_word(other_side(about)));
    text_put(&draft->text, "'s last answer to its heartbeats (every ");
    text_duration(&draft->text, heartbeat->period_ns);
    text_put(&draft->text, "), the latest of which stayed without one: most likely its own timeout "
                           "found the peer gone, sooner than TCP.");
    finding_frame(draft, heartbeat->answer_frame);
    finding_frame(draft, heartbeat->last_frame);
    finding_frame(draft, heartbeat->end_frame);
    return true;
}
