/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_run.c: feed a timeline script to the engine and compare what it says. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "script_value.h"
#include "support.h"

/* Initial sequence numbers of A and B. The third makes the probe of an end that sent nothing
 * 0xffffffff: its SND.UNA is 0. In the others numbers begin at 0, wrap soon, and are ordinary. */
static const uint32_t isns[SCRIPT_ISNS][2] = {
    {0, 0},
    {0xffffff80, 0xfffffff0},
    {0xffffffff, 0xffffffff},
    {0x12345678, 0x9abcdef0},
};

/* How far apart the initial numbers of connections with the same ports are. */
enum { REUSE_STEP = 0x01000000 };

/* ---- segments ------------------------------------------------------------------------------ */

struct script_wire script_wire(const struct script *script, struct script_variant variant)
{
    return (struct script_wire){
        .script = script,
        .variant = variant,
        .next_id = {0x1000, 0x8000},
    };
}

static void set_endpoints(const struct script_wire *wire, enum ka_side from,
                          struct ka_segment *segment)
{
    const struct talk talk = wire->variant.ipv6 ? talk_ipv6() : talk_ipv4();
    struct ka_endpoint a = talk.endpoint[KA_CLIENT], b = talk.endpoint[KA_SERVER];

    if (wire->variant.swapped) {
        struct ka_addr addr = a.addr;
        a.addr = b.addr;
        b.addr = addr;
    }
    segment->from = from == KA_CLIENT ? a : b;
    segment->to = from == KA_CLIENT ? b : a;
}

static void set_options(struct script_wire *wire, const struct script_step *step,
                        struct ka_segment *segment)
{
    const enum ka_side to = step->from == KA_CLIENT ? KA_SERVER : KA_CLIENT;

    if (!wire->variant.ipv6)
        segment->ip_id = step->has_id ? step->id : wire->next_id[step->from]++;
    segment->has_timestamps = wire->script->timestamps || step->has_ts;
    if (step->has_ts) {
        segment->tsval = step->tsval;
        segment->tsecr = step->tsecr;
    } else if (segment->has_timestamps) {
        segment->tsval = 1000000 * (step->from + 1u) + (uint32_t)(step->t_ns / 1000000);
        segment->tsecr = wire->echo[step->from];
    }
    if (segment->has_timestamps)
        wire->echo[to] = segment->tsval;
}

static struct ka_segment own_segment(struct script_wire *wire, const struct script_step *step)
{
    const uint32_t *isn = isns[wire->variant.isns];
    const uint32_t reused = step->connection * REUSE_STEP;
    const enum ka_side to = step->from == KA_CLIENT ? KA_SERVER : KA_CLIENT;
    struct ka_segment segment = {
        .seq = isn[step->from] + reused + step->seq,
        .ack = step->flags & KA_ACK ? isn[to] + reused + step->ack : 0,
        .len = step->len,
        .window = step->window,
        .flags = (uint8_t)step->flags,
        .ttl = step->ttl,
        .first_byte = step->first_byte,
        .has_first_byte = step->has_first_byte,
    };
    set_endpoints(wire, step->from, &segment);
    set_options(wire, step, &segment);
    wire->latest[step->from] = segment;
    return segment;
}

/* A router's error about the latest segment of the side. */
static struct ka_segment icmp_segment(const struct script_wire *wire,
                                      const struct script_step *step)
{
    /* By enum script_icmp; RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1. */
    static const uint8_t v4_code[] = {0, 1, 0, 13}, v6_code[] = {0, 3, 0, 1};
    struct ka_segment segment = wire->latest[step->from];

    segment.quoted = true;
    segment.icmp_type = wire->variant.ipv6 ? 1 : 3;
    segment.icmp_code = (wire->variant.ipv6 ? v6_code : v4_code)[step->icmp];
    segment.icmp_from = segment.to.addr;
    segment.icmp_from.bytes[15] = 254;
    segment.has_first_byte = false;
    segment.has_timestamps = false; /* 8 bytes of TCP are quoted */
    segment.tsval = segment.tsecr = 0;
    segment.flags = 0;
    segment.window = 0;
    segment.ack = 0;
    return segment;
}

struct ka_segment script_segment(struct script_wire *wire, size_t at)
{
    const struct script_step *step = &wire->script->steps[at];
    struct ka_segment segment;

    if (step->icmp != SCRIPT_NO_ICMP)
        segment = icmp_segment(wire, step);
    else if (step->copy)
        segment = wire->latest[step->from];
    else
        segment = own_segment(wire, step);
    segment.time_ns = SCRIPT_EPOCH_NS + step->t_ns;
    segment.frame = at + 1;
    return segment;
}

/* ---- one run ------------------------------------------------------------------------------- */

struct run {
    struct script *script;
    struct script_variant variant;
    struct recorder recorder;
};

/* Note what is wrong, the first time. Always false. */
__attribute__((format(printf, 3, 4))) static bool wrong(struct run *run, int line,
                                                        const char *format, ...)
{
    static const char *const isn_names[SCRIPT_ISNS] = {"numbers from 0", "numbers that wrap",
                                                       "SND.UNA-1 = 0xffffffff", "any numbers"};
    struct script *script = run->script;
    const struct script_variant *variant = &run->variant;
    char what[SCRIPT_PROBLEM / 2];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (script->problem[0] == '\0')
        snprintf(script->problem, sizeof script->problem,
                 "%s:%d: %s (%s, A %s, %s, %s, from frame %zu)", script->path, line, what,
                 variant->ipv6 ? "IPv6" : "IPv4", variant->swapped ? "higher" : "lower",
                 isn_names[variant->isns], variant->batch ? "batch" : "one by one",
                 variant->start + 1);
    return false;
}

static bool feed(struct run *run)
{
    const struct script *script = run->script;
    struct script_wire wire = script_wire(script, run->variant);
    struct ka_segment *segments = calloc(script->step_count, sizeof *segments);
    struct ka_callbacks callbacks = recorder_callbacks();
    struct ka *ka = ka_new(NULL, &callbacks, &run->recorder);
    const size_t start = run->variant.start;
    bool fed = segments != NULL && ka != NULL;

    for (size_t i = 0; fed && i < script->step_count; i++)
        segments[i] = script_segment(&wire, i);
    if (fed && run->variant.batch)
        fed = ka_feed(ka, segments + start, script->step_count - start) == KA_OK;
    for (size_t i = start; fed && !run->variant.batch && i < script->step_count; i++)
        fed = ka_feed(ka, &segments[i], 1) == KA_OK;
    if (fed) {
        ka_reached(ka, SCRIPT_EPOCH_NS + script->end_ns);
        fed = ka_finish(ka) == KA_OK;
    }
    ka_free(ka);
    free(segments);
    return fed || wrong(run, 1, "out of memory");
}

/* ---- frames -------------------------------------------------------------------------------- */

static bool fields_match(struct run *run, const struct script_expect *expect, const void *base)
{
    for (size_t i = 0; i < expect->field_count; i++) {
        const struct script_field *field = &expect->fields[i];
        char actual[VALUE_TEXT];
        if (!script_value_matches(run->script, expect, expect->what, base, field, actual))
            return wrong(run, expect->line, "%s: %s is %s, not %s", expect->what, field->key,
                         actual, field->value);
    }
    return true;
}

static bool check_frame(struct run *run, size_t at)
{
    const struct script_step *step = &run->script->steps[at];
    const struct ka_frame *frame = recorder_frame(&run->recorder, at + 1);
    const char *wanted = step->expect.what ? step->expect.what : "none";
    const char *tag = frame ? ka_tag_name(frame->tag) : "none";

    if (strcmp(tag, wanted) != 0)
        return wrong(run, step->line, "frame %zu is %s%s%s, not %s", at + 1, tag,
                     frame ? " by " : "", frame ? frame->rule->name : "", wanted);
    if (frame == NULL)
        return true;
    if (frame->from != step->from || frame->time_ns != SCRIPT_EPOCH_NS + step->t_ns ||
        frame->rule->tag != frame->tag)
        return wrong(run, step->line, "frame %zu: side, time or rule is not the frame's", at + 1);
    /* A capture that begins at frame N numbers its connections from there. */
    const uint32_t earlier = run->script->steps[run->variant.start].connection;
    if (frame->connection != step->connection - earlier)
        return wrong(run, step->line, "frame %zu: connection %llu", at + 1,
                     (unsigned long long)frame->connection);
    return fields_match(run, &step->expect, frame);
}

/* The reports' counts are those of the frames handed out. */
static bool check_counts(struct run *run, const struct ka_connection *report)
{
    uint64_t counts[KA_TAG_COUNT] = {0};

    for (size_t i = 0; i < run->recorder.frame_count; i++)
        if (run->recorder.frames[i].connection == report->number)
            counts[run->recorder.frames[i].tag]++;
    for (int tag = 1; tag < KA_TAG_COUNT; tag++)
        if (counts[tag] != report->counts[tag])
            return wrong(run, 1, "connection %llu counts %llu %s, not %llu",
                         (unsigned long long)report->number,
                         (unsigned long long)report->counts[tag], ka_tag_name((enum ka_tag)tag),
                         (unsigned long long)counts[tag]);
    return true;
}

/* ---- reports ------------------------------------------------------------------------------- */

static bool check_backoff(struct run *run, const struct script_expect *claim,
                          const struct ka_connection *report, size_t *rows)
{
    if (strcmp(claim->subject, "none") == 0)
        return report->backoffs == 0 ||
               wrong(run, claim->line, "there are %zu rows", report->backoffs);
    if (*rows == report->backoffs)
        return wrong(run, claim->line, "there are only %zu rows", report->backoffs);
    const struct ka_backoff *row = &report->backoff[(*rows)++];
    if ((row->sender == KA_CLIENT) != (*claim->subject == 'A'))
        return wrong(run, claim->line, "row %zu is the other side's", *rows);
    return fields_match(run, claim, row);
}

/* A part of a report that may be missing, of `side`. */
static bool check_part(struct run *run, const struct script_expect *claim, const void *part,
                       enum ka_side side)
{
    if (strcmp(claim->subject, "none") == 0 || part == NULL)
        return (part == NULL) == (strcmp(claim->subject, "none") == 0) ||
               wrong(run, claim->line, "%s is %s", claim->what, part ? "there" : "missing");
    if ((side == KA_CLIENT) != (*claim->subject == 'A'))
        return wrong(run, claim->line, "%s is the other side's", claim->what);
    return fields_match(run, claim, part);
}

static bool check_heartbeat(struct run *run, const struct script_expect *claim,
                            const struct ka_heartbeat *heartbeat)
{
    struct script_expect period = *claim;

    period.what = "period"; /* "heartbeat" is the tag's name as well */
    return check_part(run, &period, heartbeat, heartbeat ? heartbeat->from : KA_CLIENT);
}

/* Whether the evidence holds the frame of this name. */
static bool is_evidence(const struct run *run, const struct ka_finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->frame_count; i++) {
        const size_t at = (size_t)finding->frames[i] - 1;
        const char *label = at < run->script->step_count ? run->script->steps[at].label : NULL;
        if (label && strcmp(label, name) == 0)
            return true;
    }
    return false;
}

/* Fields: about=A or B, frame=NAME of one among the evidence, says=WORD that the sentence holds. */
static bool finding_fits(const struct run *run, const struct script_expect *claim,
                         const struct ka_finding *finding)
{
    for (size_t i = 0; i < claim->field_count; i++) {
        const char *key = claim->fields[i].key, *value = claim->fields[i].value;
        bool fits = false;
        if (strcmp(key, "about") == 0)
            fits = (finding->about == KA_CLIENT) == (*value == 'A');
        else if (strcmp(key, "frame") == 0)
            fits = is_evidence(run, finding, value);
        else if (strcmp(key, "says") == 0)
            fits = strstr(finding->text, value) != NULL;
        if (!fits)
            return false;
    }
    return true;
}

static bool check_finding(struct run *run, const struct script_expect *claim,
                          const struct ka_connection *report)
{
    const bool wanted = strcmp(claim->what, "finding") == 0;
    bool found = false;

    if (strcmp(claim->subject, "none") == 0)
        return report->findings == 0 ||
               wrong(run, claim->line, "%s: %s", ka_finding_name(report->finding[0].code),
                     report->finding[0].text);
    for (size_t i = 0; i < report->findings && !found; i++)
        found = strcmp(ka_finding_name(report->finding[i].code), claim->subject) == 0 &&
                finding_fits(run, claim, &report->finding[i]);
    return found == wanted || wrong(run, claim->line, "the finding %s is %s", claim->subject,
                                    wanted ? "missing, or not so" : "made");
}

static bool check_claim(struct run *run, const struct script_expect *claim, size_t *rows)
{
    const struct ka_connection *report = recorder_connection(&run->recorder, claim->connection);

    if (report == NULL)
        return wrong(run, claim->line, "there is no connection %u", claim->connection);
    if (strcmp(claim->what, "outcome") == 0) {
        const char *outcome = ka_outcome_name(report->outcome);
        return strcmp(claim->subject, outcome) == 0 ||
               wrong(run, claim->line, "the outcome is %s", outcome);
    }
    if (strcmp(claim->what, "detection") == 0)
        return check_part(run, claim, report->detection,
                          report->detection ? report->detection->detector : KA_CLIENT);
    if (strcmp(claim->what, "keepalive") == 0) {
        enum ka_side side = *claim->subject == 'B' ? KA_SERVER : KA_CLIENT;
        if (strcmp(claim->subject, "none") == 0 && report->keepalive[KA_SERVER])
            return wrong(run, claim->line, "B has probed");
        return check_part(run, claim, report->keepalive[side], side);
    }
    if (strcmp(claim->what, "heartbeat") == 0)
        return check_heartbeat(run, claim, report->heartbeat);
    if (strcmp(claim->what, "finding") == 0 || strcmp(claim->what, "no_finding") == 0)
        return check_finding(run, claim, report);
    if (strcmp(claim->what, "backoff") == 0)
        return check_backoff(run, claim, report, rows);
    return run->variant.start > 0 || fields_match(run, claim, report);
}

/* Where one row of a connection's series is stated, all must be. */
static bool check_rows(struct run *run, const size_t *rows, uint32_t connections)
{
    for (uint32_t number = 0; number < connections; number++) {
        const struct ka_connection *report = recorder_connection(&run->recorder, number);
        if (rows[number] > 0 && report->backoffs != rows[number])
            return wrong(run, 1, "connection %u has %zu rows of backoff", number, report->backoffs);
    }
    return true;
}

static bool check_claims(struct run *run)
{
    const struct script *script = run->script;
    const uint32_t connections = script->steps[script->step_count - 1].connection + 1 -
                                 script->steps[run->variant.start].connection;
    size_t *rows = calloc(connections, sizeof *rows);
    bool right = rows != NULL && run->recorder.connection_count == connections;

    if (!right)
        wrong(run, 1, "%zu connections are reported", run->recorder.connection_count);
    for (size_t i = 0; right && i < script->claim_count; i++) {
        right = script->claims[i].connection < connections ||
                wrong(run, script->claims[i].line, "no such connection");
        right = right && check_claim(run, &script->claims[i], &rows[script->claims[i].connection]);
    }
    for (uint32_t number = 0; right && number < connections; number++)
        right = check_counts(run, recorder_connection(&run->recorder, number));
    right = right && check_rows(run, rows, connections);
    free(rows);
    return right;
}

bool script_run(struct script *script, struct script_variant variant)
{
    struct run run = {.script = script, .variant = variant};

    bool right = feed(&run);
    for (size_t i = variant.start; right && i < script->step_count; i++)
        right = check_frame(&run, i);
    right = right && check_claims(&run);
    recorder_clear(&run.recorder);
    return right;
}

bool script_run_all(struct script *script, size_t *runs)
{
    const int forms = 2 * 2 * 2 * SCRIPT_ISNS;

    *runs = 0;
    for (size_t start = 0; start <= script->start_count; start++)
        for (int form = 0; form < forms; form++) {
            struct script_variant variant = {
                .batch = form & 1,
                .swapped = form & 2,
                .ipv6 = form & 4,
                .isns = form >> 3,
                .start = start ? script->starts[start - 1] : 0,
            };
            if (variant.ipv6 && script->ipv4_only)
                continue;
            ++*runs;
            if (!script_run(script, variant))
                return false;
        }
    return true;
}
