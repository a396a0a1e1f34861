/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * beats.c: heartbeats: small application messages of one length at equal intervals. An application
 * that sends them never lets its connection idle, so keep-alive never fires.
 */
#include "beat_names.h"
#include "engine.h"

#include <string.h>

static const int64_t shortest_period_ns = KA_SECOND;
/* While nothing tells the period. */
static const int64_t longest_answer_ns = 5 * KA_SECOND;

enum {
    BEAT_BYTES = 256,     /* larger messages carry data of their own */
    BEATS_TO_BELIEVE = 4, /* three equal gaps: two can be chance */
};

/* A message of the series that has no tag yet, and its answer. */
struct beat {
    uint64_t frame, answer_frame;
    int64_t ns, answer_ns;
};

/* What only a believed series needs. */
struct believed {
    struct ka_samples gaps;      /* of the current series, while it is believed */
    struct ka_heartbeat longest; /* such series of this end, for the report; see settle_longest() */
};

/*
 * The messages of one end that may be heartbeats. Most such series are chance and soon forgotten,
 * so that what only a believed one needs is allocated apart.
 */
struct beats {
    struct beats *other;                 /* of the other end, or NULL */
    struct beat early[BEATS_TO_BELIEVE]; /* the first messages of the current series */
    struct believed *believed;           /* NULL: no series has been */
    int64_t last_ns;
    uint64_t last_frame;
    uint32_t count; /* messages of the current series */
    uint16_t len;
    uint8_t end;
    bool answered; /* the latest message has its answer */
    bool mixed;    /* not all messages of the current series have the same name */
    const struct beat_name *name, *answer_name; /* of the current series; or NULL */
    uint32_t answers;                           /* to messages of this end, in all */
    uint64_t answer_frame, end_frame;           /* the latest answer; this end's FIN or RST */
    int64_t answer_ns, end_ns;
};

bool beats_followed(const struct conn_rest *rest)
{
    return rest->beats;
}

/* The messages of this end, or NULL while none are followed. */
static struct beats *beats_of(const struct conn_rest *rest, int end)
{
    struct beats *beats = rest->beats;
    while (beats && beats->end != end)
        beats = beats->other;
    return beats;
}

static void free_one(struct mem *mem, struct beats *beats)
{
    mem_free(mem, beats->believed, sizeof *beats->believed);
    mem_free(mem, beats, sizeof *beats);
}

/* The gaps between the messages of a series that is not believed yet. */
static struct ka_samples early_gaps(const struct beats *beats)
{
    struct ka_samples gaps = {0};
    for (uint32_t i = 1; i < beats->count && i < BEATS_TO_BELIEVE; i++)
        samples_add(&gaps, beats->early[i].ns - beats->early[i - 1].ns);
    return gaps;
}

/* Of a series of two messages or more. */
static int64_t median_gap_ns(const struct beats *beats)
{
    if (beats->count >= BEATS_TO_BELIEVE)
        return samples_median(&beats->believed->gaps);
    struct ka_samples gaps = early_gaps(beats);
    return samples_median(&gaps);
}

/*
 * A frame has one tag, although an echo may make it a message of one
 * series and an answer of another.
 */
static bool claim(struct view *v, uint64_t frame)
{
    if (frame != v->segment->frame)
        return trail_claim(&v->ka->trail, v->number, v->conn->trail, frame);
    bool is_new = !v->shown;
    v->shown = true;
    return is_new;
}

/*
 * False where the frame has another tag: it is an answer itself, say, and then nothing answers it.
 */
static bool show_beat(struct view *v, int end, uint64_t frame, int64_t ns, uint32_t number,
                      int64_t idle_ns)
{
    const struct ka_rule *rule = rules_proof(PROOF_HEARTBEAT);
    struct ka_frame shown;
    if (!claim(v, frame))
        return false;
    memset(&shown, 0, sizeof shown);
    shown.frame = frame;
    shown.time_ns = ns;
    shown.connection = v->number;
    shown.from = end_side(v->conn, end);
    shown.tag = rule->tag;
    shown.rule = rule;
    shown.probe.number = number;
    shown.probe.idle_ns = idle_ns;
    engine_show(v->ka, &shown, false);
    return true;
}

static void show_answer(struct view *v, int end, const struct beat *beat)
{
    const struct ka_rule *rule = rules_proof(PROOF_HEARTBEAT_ACK);
    struct ka_frame shown;
    if (!claim(v, beat->answer_frame))
        return;
    memset(&shown, 0, sizeof shown);
    shown.frame = beat->answer_frame;
    shown.time_ns = beat->answer_ns;
    shown.connection = v->number;
    shown.from = end_side(v->conn, end);
    shown.tag = rule->tag;
    shown.rule = rule;
    shown.ack.probe_frame = beat->frame;
    shown.ack.rtt_ns = beat->answer_ns > beat->ns ? beat->answer_ns - beat->ns : 0;
    engine_show(v->ka, &shown, false);
}

/* The series is long enough to be believed: tag what it had before. */
static void believe(struct view *v, struct beats *beats)
{
    for (uint32_t i = 0; i < BEATS_TO_BELIEVE; i++) {
        const struct beat *beat = &beats->early[i];
        bool is_shown = show_beat(v, v->from, beat->frame, beat->ns, i + 1, KA_UNKNOWN);
        if (is_shown && beat->answer_frame)
            show_answer(v, v->to, beat);
        beats->answered = !is_shown; /* of the last one: nothing answers an answer */
    }
}

/*
 * What the gaps are off by: the median, which a message that came late now and then does not move.
 */
static int64_t jitter_ns(const struct ka_samples *gaps, int64_t period_ns)
{
    struct ka_samples off = {0};
    for (uint32_t i = 0; i < gaps->kept; i++) {
        int64_t off_ns = gaps->kept_ns[i] - period_ns;
        samples_add(&off, off_ns < 0 ? -off_ns : off_ns);
    }
    return samples_median(&off);
}

/* A message of the current series; its first has come before they were followed. */
static void name_message(struct beats *beats, const struct ka_segment *segment, bool is_first)
{
    const struct beat_name *name = beat_name_find(segment);
    if (is_first) {
        beats->name = name;
        beats->answer_name = NULL;
        beats->mixed = false;
    }
    beats->mixed |= name != beats->name;
}

/* By its own bytes, or by those of its answer. */
static void report_name(struct ka_heartbeat *heartbeat, const struct beats *beats)
{
    const struct beat_name *name = beats->mixed ? NULL : beats->name;
    const struct beat_name *teller = name && !name->protocol ? beats->answer_name : name;
    heartbeat->protocol = teller ? teller->protocol : NULL;
    heartbeat->message = teller && teller->protocol ? name->message : NULL;
}

/* The current series has become the longest, or longer still; settle_longest() adds its times. */
static void remember_longest(struct view *v, struct beats *beats)
{
    if (beats->count < BEATS_TO_BELIEVE || beats->count <= beats->believed->longest.count)
        return;
    struct ka_heartbeat *longest = &beats->believed->longest;
    *longest = (struct ka_heartbeat){
        .from = end_side(v->conn, v->from),
        .bytes = beats->len,
        .count = beats->count,
        .head_bytes = v->segment->head_bytes,
        .first_frame = beats->early[0].frame,
        .last_frame = beats->last_frame,
        .last_ns = beats->last_ns,
    };
    memcpy(longest->head, v->segment->head, v->segment->head_bytes);
    report_name(longest, beats);
}

/* Once the longest series has ended, or is reported: the gaps are gone when another begins. */
static void settle_longest(struct beats *beats)
{
    if (!beats->believed || beats->believed->longest.first_frame != beats->early[0].frame)
        return;
    struct ka_heartbeat *longest = &beats->believed->longest;
    longest->period_ns = samples_median(&beats->believed->gaps);
    longest->jitter_ns = jitter_ns(&beats->believed->gaps, longest->period_ns);
}

/* Equal gaps: within a tenth, or within a fifth of a second for a busy application. */
static bool in_step(const struct beats *beats, int64_t gap_ns)
{
    int64_t median_ns = median_gap_ns(beats);
    int64_t slack_ns = median_ns / 10 > KA_SECOND / 5 ? median_ns / 10 : KA_SECOND / 5;
    return gap_ns >= median_ns - slack_ns && gap_ns <= median_ns + slack_ns;
}

static void restart(struct beats *beats, const struct beat *first, uint16_t len)
{
    settle_longest(beats);
    beats->early[0] = *first;
    beats->count = 1;
    beats->len = len;
    beats->last_ns = first->ns;
    beats->last_frame = first->frame;
    beats->answered = first->answer_frame != 0;
}

/* What comes later than half a period belongs to a series of the other end's own. */
static bool in_time(const struct beats *beats, int64_t ns)
{
    int64_t limit_ns = beats->count >= 2 ? median_gap_ns(beats) / 2 : longest_answer_ns;
    return ns - beats->last_ns <= limit_ns;
}

/*
 * The first data of the other end after a message is its answer. True where it is one for certain.
 */
static bool answer(struct view *v)
{
    struct beats *beats = beats_of(v->rest, v->to);
    if (!beats || beats->count == 0 || beats->answered || v->segment->len > BEAT_BYTES ||
        !in_time(beats, v->segment->time_ns))
        return false;
    beats->answered = true;
    beats->answer_name = beat_name_find(v->segment);
    beats->answers++;
    beats->answer_frame = v->segment->frame;
    beats->answer_ns = v->segment->time_ns;
    struct beat beat = {
        .frame = beats->last_frame,
        .ns = beats->last_ns,
        .answer_frame = v->segment->frame,
        .answer_ns = v->segment->time_ns,
    };
    if (beats->count < BEATS_TO_BELIEVE) {
        beats->early[beats->count - 1] = beat;
        return false;
    }
    show_answer(v, v->from, &beat);
    return true;
}

/* The answer to the message that became the seed, where the trail still has it. */
static void find_answer(const struct view *v, struct beat *beat)
{
    const struct trail_entry *entry = trail_at(&v->ka->trail, v->conn->trail, v->number);
    for (; entry && entry->frame > beat->frame;
         entry = trail_at(&v->ka->trail, entry->previous, v->number)) {
        if (trail_from(entry) == v->to && !(entry->marks & TRAIL_TAGGED) && entry->len > 0 &&
            entry->len <= BEAT_BYTES) {
            beat->answer_frame = entry->frame;
            beat->answer_ns = entry->ns;
        }
    }
}

/* Keep a message in case another like it follows. */
static void sow(struct beat_seed *seed, uint64_t frame, int64_t ns, uint32_t len)
{
    *seed = (struct beat_seed){
        .ns = ns,
        .frame_low = (uint32_t)frame,
        .frame_high = (uint16_t)(frame >> 32),
        .len = (uint16_t)len,
    };
}

/* Two messages of one length, far enough apart: follow this end's messages. */
static void begin(struct view *v, const struct beat *now, const struct beat_seed *seed)
{
    struct beats *beats = mem_zeroed(&v->ka->mem, sizeof *beats);
    if (!beats) {
        v->ka->no_memory = true;
        return;
    }
    beats->end = (uint8_t)v->from;
    beats->other = v->rest->beats;
    v->rest->beats = beats;
    struct beat first = {
        .frame = (uint64_t)seed->frame_high << 32 | seed->frame_low,
        .ns = seed->ns,
    };
    find_answer(v, &first);
    restart(beats, &first, seed->len);
    name_message(beats, v->segment, true);
    beats->early[1] = *now;
    beats->count = 2;
    beats->last_ns = now->ns;
    beats->last_frame = now->frame;
    beats->answered = false;
}

/* Not periodic after all: this message may begin a series of its own. */
static void forget(struct view *v, const struct beat *now, uint16_t len)
{
    struct beats *beats = beats_of(v->rest, v->from), *other = beats_of(v->rest, v->to);
    if (other)
        other->other = NULL;
    v->rest->beats = other;
    free_one(&v->ka->mem, beats);
    sow(&v->rest->seed[v->from], now->frame, now->ns, len);
}

/* Room for the gaps of a series comes with the message by which it is believed. */
static bool count_gap(struct view *v, struct beats *beats, int64_t gap_ns)
{
    if (beats->count + 1 < BEATS_TO_BELIEVE)
        return true;
    if (!beats->believed)
        beats->believed = mem_zeroed(&v->ka->mem, sizeof *beats->believed);
    if (!beats->believed) {
        v->ka->no_memory = true;
        return false;
    }
    if (beats->count + 1 == BEATS_TO_BELIEVE)
        beats->believed->gaps = early_gaps(beats);
    samples_add(&beats->believed->gaps, gap_ns);
    return true;
}

static void next_message(struct view *v, struct beats *beats, const struct beat *now, uint16_t len)
{
    int64_t gap_ns = now->ns - beats->last_ns;
    bool fits = len == beats->len && gap_ns >= shortest_period_ns &&
                (beats->count < 2 || in_step(beats, gap_ns));
    if (!fits) {
        if (beats->believed) {
            restart(beats, now, len);
            name_message(beats, v->segment, true);
        } else {
            forget(v, now, len);
        }
        return;
    }
    if (!count_gap(v, beats, gap_ns))
        return;
    name_message(beats, v->segment, false);
    beats->count++;
    beats->last_ns = now->ns;
    beats->last_frame = now->frame;
    beats->answered = false;
    if (beats->count <= BEATS_TO_BELIEVE)
        beats->early[beats->count - 1] = *now;
    if (beats->count == BEATS_TO_BELIEVE)
        believe(v, beats);
    else if (beats->count > BEATS_TO_BELIEVE)
        beats->answered = !show_beat(v, v->from, now->frame, now->ns, beats->count, v->since_to_ns);
    remember_longest(v, beats);
}

bool beats_sow(struct conn_rest *rest, int end, const struct ka_segment *segment)
{
    struct beat_seed *seed = &rest->seed[end];
    if (seed->len == segment->len && segment->time_ns - seed->ns >= shortest_period_ns)
        return false;
    sow(seed, segment->frame, segment->time_ns, segment->len);
    return true;
}

void beats_message(struct view *v)
{
    if (answer(v))
        return; /* no message of its own */
    struct beats *beats = beats_of(v->rest, v->from);
    struct beat now = {.frame = v->segment->frame, .ns = v->segment->time_ns};
    uint32_t len = v->segment->len;
    struct beat_seed *seed = &v->rest->seed[v->from];
    /* An answer may come in parts. */
    const struct beats *others = beats_of(v->rest, v->to);
    if (others && others->count >= BEATS_TO_BELIEVE && others->last_ns > now.ns - KA_SECOND)
        return;
    if (len > BEAT_BYTES) {
        seed->len = 0;
        if (beats) {
            beats->count = 0;
            beats->len = 0;
        }
        return;
    }
    if (beats) {
        next_message(v, beats, &now, (uint16_t)len);
        return;
    }
    if (seed->len == len && now.ns - seed->ns >= shortest_period_ns)
        begin(v, &now, seed);
    sow(seed, now.frame, now.ns, len);
}

void beats_ended(struct view *v)
{
    struct beats *beats = beats_of(v->rest, v->from);
    if (!beats || beats->end_frame)
        return;
    beats->end_frame = v->segment->frame;
    beats->end_ns = v->segment->time_ns;
}

bool beats_report(struct ka *ka, uint32_t number, struct ka_heartbeat *heartbeat)
{
    const struct conn *conn = table_conn(&ka->table, number);
    const struct conn_rest *rest = table_rest(&ka->table, number);
    bool found = false;
    for (int side = KA_CLIENT; side <= KA_SERVER; side++) { /* of equals the client's */
        struct beats *beats = beats_of(rest, side_end(conn, (enum ka_side)side));
        if (!beats || !beats->believed ||
            (found && beats->believed->longest.count <= heartbeat->count))
            continue;
        settle_longest(beats);
        *heartbeat = beats->believed->longest;
        heartbeat->answers = beats->answers;
        heartbeat->answer_frame = beats->answer_frame;
        heartbeat->answer_ns = beats->answer_ns;
        heartbeat->end_frame = beats->end_frame;
        heartbeat->end_ns = beats->end_ns;
        found = true;
    }
    return found;
}

void beats_free(struct ka *ka, struct conn_rest *rest)
{
    struct beats *beats = rest->beats;
    while (beats) {
        struct beats *other = beats->other;
        free_one(&ka->mem, beats);
        beats = other;
    }
    rest->beats = NULL;
}
