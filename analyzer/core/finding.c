/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding.c: the rules by which findings are made, and how they are put together. */
#include "finding.h"

#include <string.h>

enum { TEXT_BYTES = 768, FILTER_BYTES = 256 };

struct findings {
    struct ka_finding finding[2 * KA_FINDING_COUNT];
    char text[2 * KA_FINDING_COUNT][TEXT_BYTES];
    char filter[2 * KA_FINDING_COUNT][FILTER_BYTES];
};

/* ---- the table --------------------------------------------------------------------------- */

/* The weightiest first: so they are told, and ka_finding_rules() promises it. */
/* clang-format off */
#define ROWS(ROW)                                                                                  \
    ROW(RST_SENDER_GOES_ON, ERROR, rst_sender_goes_on,                                             \
        "Linux nf_conntrack: an INVALID packet is not translated; kubernetes issue 74839")         \
    ROW(RST_FROM_MIDDLEBOX, ERROR, rst_from_middlebox,                                             \
        "Weaver, Sommer, Paxson, \"Detecting Forged TCP Reset Packets\", NDSS 2009")               \
    ROW(RST_FROM_REBOOTED, ERROR, rst_from_rebooted,                                               \
        "RFC 9293 3.5.1 (half-open connections), 3.10.7.1; Linux tcp_v4_send_reset()")             \
    ROW(ANSWERS_LOST, ERROR, answers_lost,                                                         \
        "Linux tcp_keepalive_timer(): after an answer the next probe leaves idle later, not interval") \
    ROW(PATH_UNREACHABLE, ERROR, path_unreachable,                                                 \
        "RFC 1122 4.2.3.9; Linux tcp_v4_err() ignores errors that quote a probe")                  \
    ROW(DEAD_PEER_SPOKE, ERROR, dead_peer_spoke,                                                   \
        "RFC 1122 4.2.3.6: an unanswered probe does not prove that the connection is dead")        \
    ROW(PATH_IDLE_TIMER, WARNING, path_idle_timer,                                                 \
        "ka_path_timers(); AWS NLB 350 s, Azure 240 s, IPVS 900 s, conntrack 5 days")              \
    ROW(HEARTBEAT_FOUND_DEATH, WARNING, heartbeat_found_death,                                     \
        "MQTT 3.1.1 3.1.2.10 (1.5 x keep alive); RFC 9113 6.7; AMQP 0-9-1 4.2.7")                  \
    ROW(SILENT_DEATH_PROVED, WARNING, silent_death_proved,                                         \
        "Linux tcp_write_err() sends nothing; RFC 9293 3.10.7.1 answers what comes later")         \
    ROW(KEEPALIVE_SUSPENDED, WARNING, keepalive_suspended,                                         \
        "Linux tcp_keepalive_timer(): no probe while packets_out or the write queue is not empty") \
    ROW(KEEPALIVE_ABSENT, WARNING, keepalive_absent,                                               \
        "RFC 9293 3.8.4: keep-alive is off unless the application asks for it")                    \
    ROW(SINGLE_PROBE_DECIDES, WARNING, single_probe_decides,                                       \
        "Linux tcp_keepalive_timer(), TCP_USER_TIMEOUT; grpc-go issue 6250")                       \
    ROW(GAVE_UP_EARLY, WARNING, gave_up_early,                                                     \
        "Linux retransmits_timed_out(), tcp_model_timeout(): tcp_retries2; TCP_USER_TIMEOUT")      \
    ROW(ANSWERS_NOT_FROM_PEER, WARNING, answers_not_from_peer,                                     \
        "a hop limit or round trip unlike that of the peer's other segments")                      \
    ROW(WINDOW_STAYS_CLOSED, WARNING, window_stays_closed,                                         \
        "RFC 9293 3.8.6.1: a closed window is held open for as long as it is acknowledged")        \
    ROW(REQUEST_UNANSWERED, WARNING, request_unanswered,                                           \
        "RFC 1122 4.2.3.6: keep-alive checks the peer's TCP, not its application")                 \
    ROW(OUTAGE_SURVIVED, WARNING, outage_survived,                                                 \
        "RFC 1122 4.2.3.6: an unanswered probe does not prove that the connection is dead")        \
    ROW(RST_FROM_ENDPOINT, NOTE, rst_from_endpoint,                                                \
        "RFC 9293 3.10.5 (ABORT); Linux tcp_send_active_reset()")                                  \
    ROW(RST_ORIGIN_UNKNOWN, NOTE, rst_origin_unknown,                                              \
        "Weaver, Sommer, Paxson, \"Detecting Forged TCP Reset Packets\", NDSS 2009")               \
    ROW(CLOSED_WHILE_KEPT_ALIVE, NOTE, closed_while_kept_alive,                                    \
        "Envoy and AWS idle timeouts count data, not keep-alive; ka_path_timers()")                \
    ROW(PROBE_LOSS, NOTE, probe_loss,                                                              \
        "RFC 1122 4.2.3.6: probes and their answers are not delivered reliably")                   \
    ROW(PROBE_RTT_ROSE, NOTE, probe_rtt_rose,                                                      \
        "the answer to a probe leaves at once (RFC 9293 3.10.7.4): its time is the path's")        \
    ROW(USER_TIMEOUT_OR_COUNT, NOTE, user_timeout_or_count,                                        \
        "Linux tcp_keepalive_timer(): TCP_USER_TIMEOUT replaces the count")                        \
    ROW(INTERVAL_LONGER_THAN_IDLE, NOTE, interval_longer_than_idle,                                \
        "Linux tcp_keepalive_timer(): after an answered probe the timer runs for the interval")    \
    ROW(KEEPALIVE_ONE_SIDED, NOTE, keepalive_one_sided,                                            \
        "RFC 9293 3.8.4: each end decides for itself; Linux tcp_sequence() discards probes")       \
    ROW(KEEPALIVE_SLOW, NOTE, keepalive_slow,                                                      \
        "RFC 9293 3.8.4: two hours at least by default; moby issue 37822")                         \
    ROW(KEEPALIVE_AGGRESSIVE, NOTE, keepalive_aggressive,                                          \
        "RFC 1122 4.2.3.6: keep-alive costs traffic; mobile radios wake up for each probe")        \
    ROW(KEEPALIVE_ASYMMETRIC, NOTE, keepalive_asymmetric,                                          \
        "RFC 9293 3.8.4: each end decides for itself")                                             \
    ROW(HEARTBEAT_MASKS_KEEPALIVE, NOTE, heartbeat_masks_keepalive,                                \
        "Linux tcp_keepalive_timer(), keepalive_time_elapsed(): since anything was received")      \
    ROW(PROBE_WITH_DATA, NOTE, probe_with_data,                                                    \
        "RFC 1122 4.2.3.6: a byte of garbage, for implementations that answer nothing else")       \
    ROW(SILENT_GIVE_UP, NOTE, silent_give_up,                                                      \
        "Linux tcp_write_err(); illumos tcp_clean_death(); gVisor resetConnectionLocked()")
/* clang-format on */

#define PUBLIC_ROW(code, severity, predicate, source)                                              \
    {KA_FINDING_##code, KA_SEVERITY_##severity, source},
#define PREDICATE_ROW(code, severity, predicate, source) predicate,

static const struct ka_finding_rule rules[] = {ROWS(PUBLIC_ROW)};
static finding_predicate *const predicates[] = {ROWS(PREDICATE_ROW)};

enum { RULES = sizeof rules / sizeof rules[0] };
_Static_assert((int)RULES == (int)KA_FINDING_COUNT, "a row for every code");

const struct ka_finding_rule *ka_finding_rules(size_t *count)
{
    *count = RULES;
    return rules;
}

/* ---- what the rules share ---------------------------------------------------------------- */

void finding_frame(struct finding_draft *draft, uint64_t frame)
{
    bool known = frame == 0 || draft->frame_count == KA_FINDING_FRAMES;
    for (size_t i = 0; i < draft->frame_count; i++)
        known |= draft->frames[i] == frame;
    if (known)
        return;
    size_t at = draft->frame_count++;
    for (; at > 0 && draft->frames[at - 1] > frame; at--)
        draft->frames[at] = draft->frames[at - 1];
    draft->frames[at] = frame;
}

const char *side_word(enum ka_side side)
{
    return side == KA_CLIENT ? "client" : "server";
}

const struct wait *finding_wait(const struct finding_case *c, enum ka_side side)
{
    return &c->wait[side_end(c->conn, side)];
}

const struct prober *finding_prober(const struct finding_case *c, enum ka_side side)
{
    return c->watch ? c->watch->prober[side_end(c->conn, side)] : NULL;
}

/* ---- making them ------------------------------------------------------------------------- */

bool findings_init(struct ka *ka)
{
    if (!ka->findings)
        ka->findings = mem_zeroed(&ka->mem, sizeof *ka->findings);
    return ka->findings != NULL;
}

void findings_free(struct ka *ka)
{
    mem_free(&ka->mem, ka->findings, sizeof *ka->findings);
}

/* Wireshark's sets: "frame.number in {3, 17}". */
static void write_filter(const struct finding_draft *draft, char bytes[static FILTER_BYTES])
{
    struct text filter = text_in(bytes, FILTER_BYTES);
    text_put(&filter, draft->frame_count == 1 ? "frame.number == " : "frame.number in {");
    for (size_t i = 0; i < draft->frame_count; i++) {
        text_put(&filter, i ? ", " : "");
        text_number(&filter, draft->frames[i]);
    }
    text_put(&filter, draft->frame_count == 1 ? "" : "}");
}

static void try_rule(const struct finding_case *c, size_t row, enum ka_side side,
                     struct ka_connection *report)
{
    struct findings *room = c->ka->findings;
    size_t at = report->findings;
    struct finding_draft draft;
    draft.frame_count = 0;
    draft.limit_ns = KA_UNKNOWN;
    draft.text = text_in(room->text[at], TEXT_BYTES);
    if (!predicates[row](c, side, &draft) || draft.frame_count == 0)
        return;
    write_filter(&draft, room->filter[at]);
    struct ka_finding *finding = &room->finding[at];
    *finding = (struct ka_finding){
        .code = rules[row].code,
        .severity = rules[row].severity,
        .about = side,
        .frame_count = draft.frame_count,
        .text = room->text[at],
        .filter = room->filter[at],
        .limit_ns = draft.limit_ns,
    };
    memcpy(finding->frames, draft.frames, draft.frame_count * sizeof draft.frames[0]);
    report->findings++;
}

/*
 * Most connections have nothing to tell: no rule holds of them, unless
 * it is their silence at the end.
 */
static bool is_uneventful(const struct finding_case *c)
{
    const struct ka_connection *report = c->report;
    if (c->watch || c->mark)
        return false;
    if (report->outcome == KA_OUTCOME_ALIVE)
        return !finding_silent_at_end(c);
    return report->outcome == KA_OUTCOME_CLOSED;
}

void findings_make(const struct finding_case *c, struct ka_connection *report)
{
    report->findings = 0;
    if (is_uneventful(c))
        return;
    for (size_t row = 0; row < RULES; row++)
        for (int side = 0; side < 2; side++)
            try_rule(c, row, (enum ka_side)side, report);
    report->finding = report->findings ? c->ka->findings->finding : NULL;
}
