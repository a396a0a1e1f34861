/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_value.c: one field of a report against the text of an expectation. */
#include "script_value.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "script_numbers.h"

enum type {
    TYPE_U8,
    TYPE_U32,
    TYPE_U64,
    TYPE_FRAME,
    TYPE_NS,
    TYPE_TIME,
    TYPE_RATIO,
    TYPE_NOMINAL, /* struct ka_estimate: the nominal value, which its range contains */
    TYPE_RANGE,   /* struct ka_estimate: a value that its range contains */
    TYPE_KIND,
    TYPE_ENDED,
    TYPE_MECHANISM,
    TYPE_DECLARED, /* struct ka_detection */
    TYPE_RULE,
    TYPE_TEXT,
};

struct key {
    const char *set, *name;
    enum type type;
    size_t offset;
};

#define FRAME(member) offsetof(struct ka_frame, member)
#define DETECTION(member) offsetof(struct ka_detection, member)
#define KEEPALIVE(member) offsetof(struct ka_keepalive, member)
#define BACKOFF(member) offsetof(struct ka_backoff, member)

static const struct key keys[] = {
    {"frame", "rule", TYPE_RULE, FRAME(rule)},
    {"frame", "time", TYPE_TIME, FRAME(time_ns)},
    {"probe", "number", TYPE_U32, FRAME(probe.number)},
    {"probe", "idle", TYPE_NS, FRAME(probe.idle_ns)},
    {"probe", "answered", TYPE_FRAME, FRAME(probe.answered_frame)},
    {"ack", "probe", TYPE_FRAME, FRAME(ack.probe_frame)},
    {"ack", "rtt", TYPE_NS, FRAME(ack.rtt_ns)},
    {"retransmission", "kind", TYPE_KIND, FRAME(retransmission.kind)},
    {"retransmission", "step", TYPE_U32, FRAME(retransmission.step)},
    {"retransmission", "gap", TYPE_NS, FRAME(retransmission.gap_ns)},
    {"retransmission", "ratio", TYPE_RATIO, FRAME(retransmission.ratio)},
    {"retransmission", "original", TYPE_FRAME, FRAME(retransmission.original_frame)},
    {"rst", "after", TYPE_U32, FRAME(rst.after_probes)},
    {"rst", "first", TYPE_FRAME, FRAME(rst.first_frame)},
    {"rst", "latency", TYPE_NS, FRAME(rst.latency_ns)},
    {"icmp_unreachable", "type", TYPE_U8, FRAME(icmp.type)},
    {"icmp_unreachable", "code", TYPE_U8, FRAME(icmp.code)},
    {"icmp_unreachable", "quoted", TYPE_FRAME, FRAME(icmp.quoted_frame)},
    {"detection", "mechanism", TYPE_MECHANISM, DETECTION(mechanism)},
    {"detection", "last_heard", TYPE_FRAME, DETECTION(last_heard_frame)},
    {"detection", "last_heard_t", TYPE_TIME, DETECTION(last_heard_ns)},
    {"detection", "first_unanswered", TYPE_FRAME, DETECTION(first_unanswered_frame)},
    {"detection", "first_unanswered_t", TYPE_TIME, DETECTION(first_unanswered_ns)},
    {"detection", "declared", TYPE_DECLARED, 0},
    {"detection", "declared_frame", TYPE_FRAME, DETECTION(declared_frame)},
    {"detection", "declared_t", TYPE_TIME, DETECTION(declared_ns)},
    {"detection", "latency", TYPE_NS, DETECTION(latency_ns)},
    {"detection", "latency_min", TYPE_NS, DETECTION(latency_min_ns)},
    {"detection", "latency_expected", TYPE_NS, DETECTION(latency_expected_ns)},
    {"detection", "expected_t", TYPE_TIME, DETECTION(expected_ns)},
    {"detection", "unanswered", TYPE_U32, DETECTION(unanswered)},
    {"detection", "unreachable", TYPE_U32, DETECTION(unreachable_messages)},
    {"keepalive", "idle", TYPE_NOMINAL, KEEPALIVE(idle)},
    {"keepalive", "idle_has", TYPE_RANGE, KEEPALIVE(idle)},
    {"keepalive", "idle_min", TYPE_NS, KEEPALIVE(idle.min_ns)},
    {"keepalive", "idle_max", TYPE_NS, KEEPALIVE(idle.max_ns)},
    {"keepalive", "idle_observed", TYPE_NS, KEEPALIVE(idle.observed_ns)},
    {"keepalive", "intvl", TYPE_NOMINAL, KEEPALIVE(intvl)},
    {"keepalive", "intvl_has", TYPE_RANGE, KEEPALIVE(intvl)},
    {"keepalive", "intvl_min", TYPE_NS, KEEPALIVE(intvl.min_ns)},
    {"keepalive", "intvl_max", TYPE_NS, KEEPALIVE(intvl.max_ns)},
    {"keepalive", "intvl_observed", TYPE_NS, KEEPALIVE(intvl.observed_ns)},
    {"keepalive", "count", TYPE_U32, KEEPALIVE(count)},
    {"keepalive", "preset", TYPE_TEXT, KEEPALIVE(preset)},
    {"keepalive", "user_timeout_min", TYPE_NS, KEEPALIVE(user_timeout_min_ns)},
    {"keepalive", "user_timeout_max", TYPE_NS, KEEPALIVE(user_timeout_max_ns)},
    {"keepalive", "probes", TYPE_U32, KEEPALIVE(probes)},
    {"keepalive", "answered", TYPE_U32, KEEPALIVE(answered)},
    {"keepalive", "unanswered", TYPE_U32, KEEPALIVE(unanswered)},
    {"keepalive", "rtt_min", TYPE_NS, KEEPALIVE(rtt_min_ns)},
    {"keepalive", "rtt_median", TYPE_NS, KEEPALIVE(rtt_median_ns)},
    {"keepalive", "rtt_max", TYPE_NS, KEEPALIVE(rtt_max_ns)},
    {"backoff", "kind", TYPE_KIND, BACKOFF(kind)},
    {"backoff", "ended", TYPE_ENDED, BACKOFF(ended)},
    {"backoff", "steps", TYPE_U32, BACKOFF(steps)},
    {"backoff", "first", TYPE_FRAME, BACKOFF(first_frame)},
    {"backoff", "last", TYPE_FRAME, BACKOFF(last_frame)},
    {"backoff", "first_gap", TYPE_NS, BACKOFF(first_gap_ns)},
    {"backoff", "last_gap", TYPE_NS, BACKOFF(last_gap_ns)},
    {"backoff", "cap", TYPE_NS, BACKOFF(cap_ns)},
    {"backoff", "give_up_t", TYPE_TIME, BACKOFF(give_up_ns)},
    {"period", "period", TYPE_NS, offsetof(struct ka_heartbeat, period_ns)},
    {"period", "bytes", TYPE_U32, offsetof(struct ka_heartbeat, bytes)},
    {"period", "count", TYPE_U32, offsetof(struct ka_heartbeat, count)},
    {"traffic", "packets", TYPE_U64, offsetof(struct ka_connection, packets)},
    {"traffic", "bytes", TYPE_U64, offsetof(struct ka_connection, bytes)},
    {"traffic", "first", TYPE_FRAME, offsetof(struct ka_connection, first_frame)},
    {"traffic", "last", TYPE_FRAME, offsetof(struct ka_connection, last_frame)},
    {"traffic", "refused", TYPE_U8, offsetof(struct ka_connection, refused)},
    {"traffic", "dropped", TYPE_U64, offsetof(struct ka_connection, backoffs_dropped)},
};

/* What is asked of a frame depends on its tag. */
static const char *set_of_tag(const char *tag)
{
    static const char *const sets[][2] = {
        {"keepalive_probe", "probe"}, {"window_probe", "probe"},   {"heartbeat", "probe"},
        {"keepalive_ack", "ack"},     {"window_probe_ack", "ack"}, {"heartbeat_ack", "ack"},
        {"final_rst", "rst"},         {"peer_rst", "rst"},         {"abort_rst", "rst"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (strcmp(tag, sets[i][0]) == 0)
            return sets[i][1];
    return tag;
}

static const struct key *find_key(const char *set, const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i].name, name) == 0 && strcmp(keys[i].set, set) == 0)
            return &keys[i];
    return NULL;
}

/* ---- parts --------------------------------------------------------------------------------- */

/* "A..B" or "A", of which the parts are seconds. */
static bool in_seconds(const char *text, int64_t ns)
{
    char low[VALUE_TEXT];
    int64_t low_ns, high_ns;
    const char *dots = strstr(text, "..");

    if (dots == NULL)
        return script_seconds(text, &low_ns) && ns == low_ns;
    snprintf(low, sizeof low, "%.*s", (int)(dots - text), text);
    return script_seconds(low, &low_ns) && script_seconds(dots + 2, &high_ns) && ns >= low_ns &&
           ns <= high_ns;
}

static bool seconds_match(const char *text, int64_t ns, char actual[VALUE_TEXT])
{
    if (ns == KA_UNKNOWN) {
        strcpy(actual, "?");
        return strcmp(text, "?") == 0;
    }
    const int64_t size_ns = ns < 0 ? -ns : ns;
    snprintf(actual, VALUE_TEXT, "%s%" PRId64 ".%09" PRId64, ns < 0 ? "-" : "", size_ns / KA_SECOND,
             size_ns % KA_SECOND);
    return in_seconds(text, ns);
}

/* A time of the capture, since the script's start or, with "@", since the origin. */
static bool time_matches(const struct script_expect *expect, const char *text, int64_t ns,
                         char actual[VALUE_TEXT])
{
    if (ns == KA_UNKNOWN)
        return seconds_match(text, ns, actual);
    int64_t since_ns = ns - SCRIPT_EPOCH_NS;
    if (*text != '@')
        return seconds_match(text, since_ns, actual);
    bool same = seconds_match(text + 1, since_ns - expect->origin_ns, actual);
    memmove(actual + 1, actual, strlen(actual) + 1);
    *actual = '@';
    return same;
}

/* "5"; "5+", which counts up with the repetition; "4..6". */
static bool count_matches(const struct script_expect *expect, const char *text, uint64_t count,
                          char actual[VALUE_TEXT])
{
    char *rest;
    uint64_t low = strtoull(text, &rest, 10);

    snprintf(actual, VALUE_TEXT, "%" PRIu64, count);
    if (rest == text)
        return false;
    if (strcmp(rest, "+") == 0)
        return count == low + expect->round;
    if (strncmp(rest, "..", 2) == 0)
        return count >= low && count <= strtoull(rest + 2, NULL, 10);
    return *rest == '\0' && count == low;
}

/* "+1" and "-1" from the frame at hand, a name, a number; "none". */
static bool frame_matches(const struct script *script, const struct script_expect *expect,
                          const char *text, uint64_t frame, char actual[VALUE_TEXT])
{
    uint64_t number;

    if (frame == 0)
        strcpy(actual, "none");
    else
        snprintf(actual, VALUE_TEXT, "%" PRIu64 " (line %d)", frame,
                 frame <= script->step_count ? script->steps[frame - 1].line : 0);
    if (strcmp(text, "none") == 0)
        return frame == 0;
    if (*text == '+' || *text == '-')
        return frame == expect->frame + (uint64_t)strtoll(text, NULL, 10);
    if (script_integer(text, UINT64_MAX, &number))
        return frame == number;
    return frame >= 1 && frame <= script->step_count && script->steps[frame - 1].label != NULL &&
           strcmp(script->steps[frame - 1].label, text) == 0;
}

static bool ratio_matches(const char *text, double ratio, char actual[VALUE_TEXT])
{
    char *rest;
    double low = strtod(text, &rest);
    double high = strncmp(rest, "..", 2) == 0 ? strtod(rest + 2, NULL) : low;

    snprintf(actual, VALUE_TEXT, "%.6f", ratio);
    return rest != text && ratio >= low && ratio <= high;
}

static bool text_matches(const char *text, const char *is, char actual[VALUE_TEXT])
{
    snprintf(actual, VALUE_TEXT, "%s", is ? is : "none");
    return strcmp(text, actual) == 0;
}

/* Whether the range contains the nominal value, or the one in the text. */
static bool estimate_matches(const char *text, const struct ka_estimate *estimate, bool nominal,
                             char actual[VALUE_TEXT])
{
    char value[24], low[24], high[24], part[VALUE_TEXT];
    int64_t ns = estimate->nominal_ns;

    if (ns == KA_UNKNOWN)
        return seconds_match(text, ns, actual);
    bool same = nominal ? seconds_match(text, ns, part) : script_seconds(text, &ns);
    seconds_match("", estimate->nominal_ns, part);
    snprintf(value, sizeof value, "%.23s", part);
    seconds_match("", estimate->min_ns, part);
    snprintf(low, sizeof low, "%.23s", part);
    seconds_match("", estimate->max_ns, part);
    snprintf(high, sizeof high, "%.23s", part);
    snprintf(actual, VALUE_TEXT, "%s in %s..%s", value, low, high);
    return same && estimate->min_ns <= ns && ns <= estimate->max_ns;
}

/* ---- the whole ----------------------------------------------------------------------------- */

bool script_value_matches(const struct script *script, const struct script_expect *expect,
                          const char *set, const void *base, const struct script_field *field,
                          char actual[VALUE_TEXT])
{
    const struct key *key = find_key(set_of_tag(set), field->key);
    const char *text = field->value;

    if (key == NULL && expect->frame != 0)
        key = find_key("frame", field->key);
    strcpy(actual, "no such field");
    if (key == NULL)
        return false;
    const void *at = (const char *)base + key->offset;
    const struct ka_detection *detection = base;
    switch (key->type) {
    case TYPE_U8:
        return count_matches(expect, text, *(const uint8_t *)at, actual);
    case TYPE_U32:
        return count_matches(expect, text, *(const uint32_t *)at, actual);
    case TYPE_U64:
        return count_matches(expect, text, *(const uint64_t *)at, actual);
    case TYPE_FRAME:
        return frame_matches(script, expect, text, *(const uint64_t *)at, actual);
    case TYPE_NS:
        return seconds_match(text, *(const int64_t *)at, actual);
    case TYPE_TIME:
        return time_matches(expect, text, *(const int64_t *)at, actual);
    case TYPE_RATIO:
        return ratio_matches(text, *(const double *)at, actual);
    case TYPE_NOMINAL:
        return estimate_matches(text, at, true, actual);
    case TYPE_RANGE:
        return estimate_matches(text, at, false, actual);
    case TYPE_KIND:
        return text_matches(text, ka_kind_name(*(const enum ka_kind *)at), actual);
    case TYPE_ENDED:
        return text_matches(text, ka_ended_name(*(const enum ka_ended *)at), actual);
    case TYPE_MECHANISM:
        return text_matches(text, ka_mechanism_name(*(const enum ka_mechanism *)at), actual);
    case TYPE_DECLARED:
        return text_matches(
            text, detection->declared ? ka_declared_name(detection->declared_by) : "no", actual);
    case TYPE_RULE:
        return text_matches(text, (*(const struct ka_rule *const *)at)->name, actual);
    case TYPE_TEXT:
        return text_matches(text, *(const char *const *)at, actual);
    }
    return false;
}
