/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story.c: what happened to a connection, in plain English, with the arithmetic behind it. */
#include "story.h"

#include <inttypes.h>

#include "finding_list.h"
#include "story_place.h"
#include "units.h"

/* Room for the few durations of one sentence. */
struct words {
    char a[UNITS_TEXT_BYTES], b[UNITS_TEXT_BYTES], c[UNITS_TEXT_BYTES], d[UNITS_TEXT_BYTES];
};

enum { BACKOFF_STEPS_MIN = 3, BACKOFF_ROWS_MAX = 4 };

/* A timer wheel rounds up by at most an eighth (Linux kernel/time/timer.c, calc_index()). */
enum { TIMER_ROUNDING_MAX = 8 };

static const char *side_name(enum ka_side side)
{
    return side == KA_CLIENT ? "client" : "server";
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

bool story_is_worth_telling(const struct ka_connection *connection)
{
    if (connection->outcome != KA_OUTCOME_ALIVE && connection->outcome != KA_OUTCOME_CLOSED)
        return true;
    if (connection->keepalive[KA_CLIENT] || connection->keepalive[KA_SERVER] ||
        connection->heartbeat || connection->counts[KA_TAG_WINDOW_PROBE] ||
        connection->counts[KA_TAG_ICMP_UNREACHABLE])
        return true;
    for (size_t i = 0; i < connection->backoffs; i++)
        if (connection->backoff[i].steps >= BACKOFF_STEPS_MIN)
            return true;
    return connection->findings > 0;
}

/* ---- verdict ----------------------------------------------------------------------------- */

/* What was sent once and is waited for. */
static const char *first_name(enum ka_mechanism mechanism)
{
    switch (mechanism) {
    case KA_MECHANISM_SYN:
        return "the SYN is";
    case KA_MECHANISM_FIN:
        return "a FIN is";
    case KA_MECHANISM_RETRANSMISSION:
    case KA_MECHANISM_KEEPALIVE:
    case KA_MECHANISM_WINDOW_PROBE:
    case KA_MECHANISM_PEER_RESET:
    case KA_MECHANISM_COUNT:
        break;
    }
    return "data is";
}

static void add_latency(struct prose *prose, const struct ka_detection *detection)
{
    struct words w;

    if (detection && detection->declared && detection->latency_ns != KA_UNKNOWN)
        prose_add(prose, " after %s", units_duration(w.a, detection->latency_ns));
}

static void connect_verdict(struct prose *prose, const struct ka_connection *connection)
{
    const struct ka_detection *d = connection->detection;
    struct words w;

    prose_add(prose, "NEVER CONNECTED");
    if (d)
        prose_add(prose, ": %" PRIu32 " SYNs unanswered, given up %s after the first",
                  d->unanswered + 1, units_duration(w.a, d->declared_ns - connection->first_ns));
}

static void undecided_verdict(struct prose *prose, const struct ka_detection *d)
{
    prose_add(prose, "UNDECIDED");
    if (d && d->unanswered > 0)
        prose_add(prose, ": %" PRIu32 " %s%s unanswered when the capture ends", d->unanswered,
                  ka_mechanism_check(d->mechanism), plural(d->unanswered));
    else
        prose_add(prose, ": %s not yet acknowledged when the capture ends",
                  d ? first_name(d->mechanism) : "something is");
}

static const char *abort_words(const struct ka_connection *connection)
{
    if (connection->refused)
        return "refused";
    return finding_list_find(connection, KA_FINDING_RST_FROM_MIDDLEBOX)
               ? "aborted by a RST, likely of a box in the path"
               : "aborted by a RST";
}

/* Whose RST it was is what the findings say. */
static const char *reset_words(const struct ka_connection *connection)
{
    if (finding_list_find(connection, KA_FINDING_RST_FROM_MIDDLEBOX))
        return ", likely by a box in the path";
    if (finding_list_find(connection, KA_FINDING_RST_SENDER_GOES_ON))
        return " in the name of a peer that goes on";
    if (finding_list_find(connection, KA_FINDING_RST_ORIGIN_UNKNOWN))
        return " by the peer, which no longer knew the connection, or by a box in the path";
    return ": the peer no longer knew the connection";
}

void story_verdict(struct prose *prose, const struct ka_connection *connection)
{
    const struct ka_detection *detection = connection->detection;

    switch (connection->outcome) {
    case KA_OUTCOME_ALIVE:
        prose_add(prose, "alive when the capture ends");
        return;
    case KA_OUTCOME_CLOSED:
        prose_add(prose, "closed in order");
        return;
    case KA_OUTCOME_ABORTED:
        prose_add(prose, "%s", abort_words(connection));
        return;
    case KA_OUTCOME_DEAD_KEEPALIVE:
        prose_add(prose, "DEAD, found by keep-alive");
        break;
    case KA_OUTCOME_PEER_RESET:
        prose_add(prose, "RESET%s", reset_words(connection));
        if (detection && detection->declared && detection->latency_ns != KA_UNKNOWN)
            prose_add(prose, ", noticed");
        break;
    case KA_OUTCOME_DEAD_RETRANSMISSION:
        prose_add(prose, "DEAD, found by unanswered retransmissions");
        break;
    case KA_OUTCOME_DEAD_WINDOW_PROBE:
        prose_add(prose, "DEAD, found by unanswered window probes");
        break;
    case KA_OUTCOME_CONNECT_FAILED:
        connect_verdict(prose, connection);
        return;
    case KA_OUTCOME_CLOSE_FAILED:
        prose_add(prose, "NEVER CLOSED: the FIN stayed unanswered, given up");
        break;
    case KA_OUTCOME_UNDECIDED:
        undecided_verdict(prose, detection);
        return;
    case KA_OUTCOME_COUNT:
        return;
    }
    add_latency(prose, detection);
}

/* ---- detection --------------------------------------------------------------------------- */

/* Where a row of the story goes. */
struct telling {
    FILE *stream;
    unsigned width;
    const struct capture *capture;
    const struct ka_connection *connection;
};

static void print_row(const struct telling *telling, const char *label, const struct prose *prose)
{
    prose_print(telling->stream, telling->width, label, prose);
}

static void tell_last_heard(const struct telling *telling)
{
    const struct ka_detection *d = telling->connection->detection;
    struct prose prose = {0};
    struct words w;

    if (d->last_heard_ns == KA_UNKNOWN || d->last_heard_frame == 0)
        prose_add(&prose, "never in this capture");
    else
        prose_add(&prose, "frame %" PRIu64 " at %s, %s into the capture", d->last_heard_frame,
                  units_moment(w.a, d->last_heard_ns),
                  units_duration(w.b, d->last_heard_ns - telling->capture->first_ns));
    print_row(telling, "last heard", &prose);
}

static void tell_unanswered(const struct telling *telling)
{
    const struct ka_detection *d = telling->connection->detection;
    const struct ka_keepalive *k = telling->connection->keepalive[d->detector];
    struct prose prose = {0};
    struct words w;

    if (d->unanswered == 0) {
        if (d->declared || d->first_unanswered_frame == 0)
            return;
        prose_add(&prose, "the %s's frame %" PRIu64 ", sent once", side_name(d->detector),
                  d->first_unanswered_frame);
        print_row(telling, "unanswered", &prose);
        return;
    }
    prose_add(&prose, "%" PRIu32 " %s%s of the %s", d->unanswered, ka_mechanism_check(d->mechanism),
              plural(d->unanswered), side_name(d->detector));
    if (d->first_unanswered_frame)
        prose_add(&prose, " from frame %" PRIu64 " on", d->first_unanswered_frame);
    if (d->mechanism == KA_MECHANISM_KEEPALIVE && d->unanswered > 1 && k &&
        k->intvl.nominal_ns != KA_UNKNOWN)
        prose_add(&prose, ", one every %s", units_duration(w.a, k->intvl.observed_ns));
    if (d->first_unanswered_frame && d->last_heard_frame && d->last_heard_ns != KA_UNKNOWN &&
        d->first_unanswered_ns >=
            d->last_heard_ns) /* the peer may still send when it hears nothing */
        prose_add(&prose, ", the first %s after the peer was last heard",
                  units_duration(w.a, d->first_unanswered_ns - d->last_heard_ns));
    print_row(telling, "unanswered", &prose);
}

static void tell_declared(const struct telling *telling)
{
    const struct ka_detection *d = telling->connection->detection;
    struct prose prose = {0};
    struct words w;

    units_duration(w.a, d->latency_min_ns);
    units_moment(w.b, d->declared_ns);
    switch (d->declared_by) {
    case KA_DECLARED_RST:
        prose_add(&prose, "by the %s's RST in frame %" PRIu64, side_name(d->detector),
                  d->declared_frame);
        break;
    case KA_DECLARED_PEER_RST:
        prose_add(&prose,
                  finding_list_find(telling->connection, KA_FINDING_RST_FROM_MIDDLEBOX)
                      ? "by the RST in the peer's name in frame %" PRIu64
                      : "by the peer's RST in frame %" PRIu64,
                  d->declared_frame);
        break;
    case KA_DECLARED_INFERRED:
        prose_add(&prose, "in silence %s %s, computed from the series",
                  d->declared_at_latest ? "at the latest at" : "at about", w.b);
        break;
    case KA_DECLARED_COUNT:
        break;
    }
    if (d->unanswered > 0 && d->latency_min_ns != KA_UNKNOWN)
        prose_add(&prose, ", %s after the first of them", w.a);
    print_row(telling, d->mechanism == KA_MECHANISM_PEER_RESET ? "ended" : "given up", &prose);
}

static void tell_expected(const struct telling *telling)
{
    const struct ka_detection *d = telling->connection->detection;
    int64_t end_ns = telling->capture->latest_ns;
    struct prose prose = {0};
    struct words w;

    if (d->expected_ns == KA_UNKNOWN)
        prose_add(&prose, "when the stack would give up cannot be told from this capture");
    else if (d->expected_ns > end_ns)
        prose_add(&prose, "if it stays silent, at %s, %s after the capture's end",
                  units_moment(w.a, d->expected_ns), units_duration(w.b, d->expected_ns - end_ns));
    else
        prose_add(&prose, "at %s", units_moment(w.a, d->expected_ns));
    print_row(telling, "give-up due", &prose);
}

/* The sum that the settings promise, beside the time that it took. */
static void tell_why(const struct telling *telling)
{
    const struct ka_detection *d = telling->connection->detection;
    const struct ka_keepalive *k = telling->connection->keepalive[d->detector];
    struct prose prose = {0};
    struct words w;
    int64_t expected_ns, first_ns, more_ns;

    if (d->mechanism != KA_MECHANISM_KEEPALIVE || !k || !k->count || !d->declared ||
        d->latency_expected_ns == KA_UNKNOWN || k->idle.nominal_ns == KA_UNKNOWN ||
        k->intvl.nominal_ns == KA_UNKNOWN)
        return;
    expected_ns = d->latency_expected_ns;
    first_ns = k->idle.nominal_ns;
    if (first_ns < k->intvl.nominal_ns &&
        d->first_unanswered_ns - d->last_heard_ns >= k->intvl.nominal_ns) {
        /* Linux tcp_keepalive_timer(): once probing, it runs again an interval later. */
        expected_ns += k->intvl.nominal_ns - first_ns;
        first_ns = k->intvl.nominal_ns;
    }
    prose_add(&prose, "%s %s + %" PRIu32 " x %s = %s by the settings", units_setting(w.a, first_ns),
              first_ns == k->idle.nominal_ns ? "idle" : "interval, longer than idle,", k->count,
              units_setting(w.b, k->intvl.nominal_ns), units_duration(w.c, expected_ns));
    more_ns = d->latency_ns - expected_ns;
    if (more_ns > 0 && more_ns <= expected_ns / TIMER_ROUNDING_MAX)
        prose_add(&prose, ", the other %s by the rounding of the stack's timers",
                  units_duration(w.d, more_ns));
    else if (more_ns > 0)
        prose_add(&prose, "; these settings do not explain the other %s",
                  units_duration(w.d, more_ns));
    else if (d->first_unanswered_ns - d->last_heard_ns < k->idle.min_ns)
        prose_add(&prose,
                  "; less here, since the idle time had begun before the peer was last heard");
    print_row(telling, "why so long", &prose);
}

/* The RST of an aborted connection: nothing that TCP checked explains it. */
static void tell_abort(const struct telling *telling)
{
    const struct ka_connection *connection = telling->connection;
    struct prose prose = {0};

    if (connection->outcome != KA_OUTCOME_ABORTED || connection->reset_frame == 0)
        return;
    prose_add(&prose, "by the %s's RST in frame %" PRIu64 ", %s", side_name(connection->reset_by),
              connection->reset_frame,
              connection->refused ? "its answer to the SYN" : "which no failed check explains");
    print_row(telling, "ended", &prose);
}

static void tell_detection(const struct telling *telling)
{
    const struct ka_detection *d = telling->connection->detection;
    struct prose prose = {0};

    tell_abort(telling);
    if (!d)
        return;
    tell_last_heard(telling);
    tell_unanswered(telling);
    if (d->declared) {
        tell_declared(telling);
        tell_why(telling);
    } else {
        tell_expected(telling);
    }
    if (d->unreachable_messages) {
        prose_add(&prose, "%" PRIu32 " ICMP message%s said meanwhile that the peer is unreachable",
                  d->unreachable_messages, plural(d->unreachable_messages));
        print_row(telling, "icmp", &prose);
    }
}

/* ---- settings, series, heartbeats -------------------------------------------------------- */

/* "idle 7200 s", and what else would explain it: "idle 7200 s (7198.1 to 7200 s)". */
static void add_estimate(struct prose *prose, const char *name, const struct ka_estimate *estimate)
{
    struct words w;

    if (estimate->nominal_ns == KA_UNKNOWN) {
        prose_add(prose, "%s unknown", name);
        return;
    }
    prose_add(prose, "%s %s", name, units_setting(w.a, estimate->nominal_ns));
    if (estimate->min_ns != estimate->max_ns)
        prose_add(prose, " (possible: %s to %s)", units_setting(w.b, estimate->min_ns),
                  units_setting(w.c, estimate->max_ns));
}

static void tell_settings(const struct telling *telling, enum ka_side side)
{
    const struct ka_keepalive *k = telling->connection->keepalive[side];
    struct prose prose = {0};

    if (!k)
        return;
    prose_add(&prose, "%s: ", side_name(side));
    add_estimate(&prose, "idle", &k->idle);
    add_estimate(&prose, ", interval", &k->intvl);
    if (k->count)
        prose_add(&prose, ", count %" PRIu32, k->count);
    else
        prose_add(&prose, ", count unknown");
    if (k->preset)
        prose_add(&prose, "; preset %s", k->preset);
    print_row(telling, "settings", &prose);
}

static void tell_probes(const struct telling *telling, enum ka_side side)
{
    const struct ka_keepalive *k = telling->connection->keepalive[side];
    struct prose prose = {0};
    struct words w;

    if (!k)
        return;
    prose_add(&prose, "%s: %" PRIu32 " keep-alive probe%s", side_name(side), k->probes,
              plural(k->probes));
    if (k->answered > 0)
        prose_add(&prose, ", %" PRIu32 " answered", k->answered);
    if (k->answered > 1 && k->rtt_median_ns != KA_UNKNOWN)
        prose_add(&prose, " within %s to %s (median %s)", units_duration(w.a, k->rtt_min_ns),
                  units_duration(w.b, k->rtt_max_ns), units_duration(w.c, k->rtt_median_ns));
    else if (k->answered == 1 && k->rtt_median_ns != KA_UNKNOWN)
        prose_add(&prose, " within %s", units_duration(w.a, k->rtt_median_ns));
    if (k->unanswered > 0)
        prose_add(&prose, ", %" PRIu32 " not answered", k->unanswered);
    print_row(telling, "probes", &prose);
}

static const char *kind_words(enum ka_kind kind)
{
    switch (kind) {
    case KA_KIND_SYN:
        return "SYN";
    case KA_KIND_FIN:
        return "FIN";
    case KA_KIND_DATA:
        return "data";
    case KA_KIND_TLP:
        return "tail-loss probe";
    case KA_KIND_WINDOW_PROBE:
        return "window probe";
    case KA_KIND_COUNT:
        break;
    }
    return "segment";
}

static const char *ended_words(enum ka_ended ended)
{
    switch (ended) {
    case KA_ENDED_ANSWERED:
        return "then answered";
    case KA_ENDED_SILENT:
        return "never answered, given up in silence";
    case KA_ENDED_RST:
        return "ended by a RST";
    case KA_ENDED_CAPTURE_END:
        return "still unanswered when the capture ends";
    case KA_ENDED_COUNT:
        break;
    }
    return "";
}

static void tell_series(const struct telling *telling, const struct ka_backoff *series)
{
    bool is_probing = series->kind == KA_KIND_WINDOW_PROBE;
    struct prose prose = {0};
    struct words w;

    prose_add(&prose, "%s: %s ", side_name(series->sender), kind_words(series->kind));
    prose_add(&prose, "%s%" PRIu32 " time%s", is_probing ? "" : "sent again ", series->steps,
              plural(series->steps));
    units_duration(w.a, series->first_gap_ns);
    units_duration(w.b, series->last_gap_ns);
    if (series->steps == 1)
        prose_add(&prose, " in frame %" PRIu64, series->first_frame);
    else
        prose_add(&prose, " in frames %" PRIu64 " to %" PRIu64, series->first_frame,
                  series->last_frame);
    if (series->steps == 1 && series->first_gap_ns != KA_UNKNOWN)
        prose_add(&prose, ", %s later", w.a);
    else if (series->first_gap_ns != KA_UNKNOWN)
        prose_add(&prose, ", gaps from %s to %s", w.a, w.b);
    if (series->cap_ns != KA_UNKNOWN)
        prose_add(&prose, " (doubling stopped at %s)", units_duration(w.c, series->cap_ns));
    if (is_probing && telling->connection->outcome == KA_OUTCOME_ALIVE &&
        series->ended == KA_ENDED_CAPTURE_END)
        prose_add(&prose, ", answered, the window still closed when the capture ends");
    else
        prose_add(&prose, ", %s", ended_words(series->ended));
    print_row(telling, is_probing ? "zero window" : "backoff", &prose);
}

static void tell_backoff(const struct telling *telling)
{
    const struct ka_connection *connection = telling->connection;
    size_t rows = 0;
    uint64_t more = connection->backoffs_dropped;
    struct prose prose = {0};

    for (size_t i = 0; i < connection->backoffs; i++) {
        const struct ka_backoff *series = &connection->backoff[i];
        bool is_last = i + 1 == connection->backoffs;

        if ((series->steps >= BACKOFF_STEPS_MIN && rows < BACKOFF_ROWS_MAX) ||
            (is_last && series->ended != KA_ENDED_ANSWERED)) {
            tell_series(telling, series);
            rows++;
        } else {
            more++;
        }
    }
    if (rows > 0 && more > 0) {
        prose_add(&prose, "and %" PRIu64 " shorter or later series", more);
        print_row(telling, "", &prose);
    }
}

static void tell_heartbeat(const struct telling *telling)
{
    const struct ka_heartbeat *heartbeat = telling->connection->heartbeat;
    struct prose prose = {0};
    struct words w;

    if (!heartbeat)
        return;
    prose_add(&prose, "%s: %" PRIu32 " messages of %" PRIu32 " byte%s, every %s",
              side_name(heartbeat->from), heartbeat->count, heartbeat->bytes,
              plural(heartbeat->bytes), units_duration(w.a, heartbeat->period_ns));
    if (heartbeat->jitter_ns > heartbeat->period_ns / 1000)
        prose_add(&prose, " give or take %s", units_duration(w.b, heartbeat->jitter_ns));
    if (heartbeat->protocol)
        prose_add(&prose, ": %s %s", heartbeat->protocol, heartbeat->message);
    print_row(telling, "heartbeat", &prose);
}

static void tell_places(const struct telling *telling)
{
    struct prose prose = {0};

    story_places(&prose, telling->capture, telling->connection);
    print_row(telling, "to be found", &prose);
}

/* Each finding's sentence, and beneath it what to paste into Wireshark. */
static void tell_findings(const struct telling *telling)
{
    for (size_t i = 0; i < telling->connection->findings; i++) {
        const struct ka_finding *finding = &telling->connection->finding[i];
        struct prose why = {0}, filter = {0};

        prose_add(&why, "%s %s: %s", ka_severity_name(finding->severity),
                  ka_finding_name(finding->code), finding->text);
        prose_add(&filter, "%s", finding->filter);
        print_row(telling, i == 0 ? "why" : "", &why);
        print_row(telling, "", &filter);
    }
}

static void tell_facts(const struct telling *telling)
{
    tell_detection(telling);
    for (enum ka_side side = KA_CLIENT; side <= KA_SERVER; side++) {
        tell_settings(telling, side);
        tell_probes(telling, side);
    }
    tell_backoff(telling);
    tell_heartbeat(telling);
}

void story_print(FILE *stream, unsigned width, const struct capture *capture,
                 const struct ka_connection *connection)
{
    const struct telling telling = {stream, width, capture, connection};

    tell_facts(&telling);
    tell_findings(&telling);
    tell_places(&telling);
}

void story_print_facts(FILE *stream, unsigned width, const struct capture *capture,
                       const struct ka_connection *connection)
{
    const struct telling telling = {stream, width, capture, connection};

    tell_facts(&telling);
    tell_places(&telling);
}
