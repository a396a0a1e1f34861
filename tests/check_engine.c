/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_engine.c: the engine as a whole: memory, bad luck with it, and segments at random. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/ka.h"
#include "soup.h"
#include "suites.h"
#include "support.h"

enum { SCENE_SEGMENTS = 3000, SOUP_SEGMENTS = 1000000 };

/* ---- the interface's promises -------------------------------------------------------------- */

START_TEST(test_nothing_fed_nothing_reported)
{
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();

    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    ck_assert_int_eq(ka_feed(ka, NULL, 0), KA_OK);
    ka_reached(ka, KA_SECOND);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_eq(ka_connections(ka), 0);
    ck_assert_uint_eq(recorder.connection_count + recorder.frame_count, 0);
    ka_free(ka);
    ka_free(NULL);
}
END_TEST

START_TEST(test_callbacks_may_be_missing)
{
    struct soup soup = soup_new(1);
    struct ka *ka = ka_new(NULL, NULL, NULL);

    for (int i = 0; i < SCENE_SEGMENTS; i++) {
        struct ka_segment segment = soup_next(&soup);
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ka_free(ka);
}
END_TEST

START_TEST(test_an_error_about_an_unknown_connection_makes_none)
{
    struct talk talk = talk_ipv4();
    struct ka *ka = ka_new(NULL, NULL, NULL);

    struct ka_segment syn = talk_segment(&talk, 0, KA_CLIENT, KA_SYN, 0, 0, 0);
    struct ka_segment error = talk_unreachable(&talk, 1, &syn, 3, 1);
    ck_assert_int_eq(ka_feed(ka, &error, 1), KA_OK);
    ck_assert_uint_eq(ka_connections(ka), 0);
    ka_free(ka);
}
END_TEST

/*
 * Silence before a segment of a probe's form, the least that makes it one, and whether it is one.
 */
static const struct {
    const char *name;
    int64_t silence_ns, idle_min_ns;
    bool probe;
} idles[] = {
    {"no minimum", KA_SECOND, 0, true},
    {"longer than the minimum", 6 * KA_SECOND, 5 * KA_SECOND, true},
    {"exactly the minimum", 5 * KA_SECOND, 5 * KA_SECOND, true},
    {"shorter than the minimum", 5 * KA_SECOND - 1, 5 * KA_SECOND, false},
};
enum { IDLES = sizeof idles / sizeof idles[0] };

START_TEST(test_idle_minimum)
{
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();
    struct ka_config config = KA_CONFIG_DEFAULT;
    struct talk talk = talk_ipv4();
    struct ka_segment segments[6];

    config.idle_min_ns = idles[_i].idle_min_ns;
    struct ka *ka = ka_new(&config, &callbacks, &recorder);
    talk_handshake(&talk, segments);
    segments[3] = talk_segment(&talk, KA_SECOND, KA_CLIENT, KA_ACK | KA_PSH, 1, 10, 1);
    segments[4] = talk_segment(&talk, KA_SECOND, KA_SERVER, KA_ACK, 1, 0, 11);
    segments[5] = talk_segment(&talk, idles[_i].silence_ns, KA_CLIENT, KA_ACK, 10, 0, 1);
    ck_assert_int_eq(ka_feed(ka, segments, 6), KA_OK);
    enum ka_tag tag = recorder_tag(&recorder, 6);
    ck_assert_msg(tag == (idles[_i].probe ? KA_TAG_KEEPALIVE_PROBE : KA_TAG_NONE), "%s: %s",
                  idles[_i].name, ka_tag_name(tag));
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

START_TEST(test_frame_numbers_beyond_32_bits)
{
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();
    struct talk talk = talk_ipv4();
    struct ka_segment segments[7];

    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    talk.frame = UINT64_C(0x1fffffffd); /* the low half wraps amid the handshake */
    talk_handshake(&talk, segments);
    segments[3] = talk_segment(&talk, KA_SECOND, KA_CLIENT, KA_ACK | KA_PSH, 1, 10, 1);
    segments[4] = talk_segment(&talk, KA_SECOND, KA_SERVER, KA_ACK, 1, 0, 11);
    segments[5] = talk_segment(&talk, 60 * KA_SECOND, KA_CLIENT, KA_ACK, 10, 0, 1);
    segments[6] = talk_segment(&talk, KA_SECOND, KA_SERVER, KA_RST, 1, 0, 0);
    ck_assert_int_eq(ka_feed(ka, segments, 7), KA_OK);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    const struct ka_connection *report = recorder_connection(&recorder, 0);
    ck_assert_uint_eq(report->first_frame, UINT64_C(0x1fffffffe));
    ck_assert_uint_eq(report->last_frame, UINT64_C(0x200000004));
    ck_assert_uint_eq(report->detection->last_heard_frame, UINT64_C(0x200000002));
    ck_assert_uint_eq(report->detection->first_unanswered_frame, UINT64_C(0x200000003));
    ck_assert_uint_eq(report->detection->declared_frame, UINT64_C(0x200000004));
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

/* A new connection of the same ports may begin at the same number once the old one is closed. */
START_TEST(test_same_numbers_after_a_close_begin_anew)
{
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();
    struct talk talk = talk_ipv4();
    struct ka *ka = ka_new(NULL, &callbacks, &recorder);

    static const struct {
        enum ka_side from;
        uint8_t flags;
        uint32_t seq, ack;
    } steps[] = {
        {KA_CLIENT, KA_SYN, 0, 0},          {KA_SERVER, KA_SYN | KA_ACK, 0, 1},
        {KA_CLIENT, KA_FIN | KA_ACK, 1, 1}, {KA_SERVER, KA_FIN | KA_ACK, 1, 2},
        {KA_CLIENT, KA_ACK, 2, 2},
    };
    for (int i = 0; i < 10; i++) {
        struct ka_segment segment =
            talk_segment(&talk, KA_SECOND, steps[i % 5].from, steps[i % 5].flags, steps[i % 5].seq,
                         0, steps[i % 5].ack);
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_eq(ka_connections(ka), 2);
    ck_assert_int_eq(recorder_connection(&recorder, 1)->outcome, KA_OUTCOME_CLOSED);
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

START_TEST(test_a_clock_set_back_takes_time_back)
{
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();
    struct talk talk = talk_ipv4();

    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    ka_reached(ka, talk.now_ns + 3600 * KA_SECOND);
    struct ka_segment syn = talk_segment(&talk, 0, KA_CLIENT, KA_SYN, 0, 0, 0);
    ck_assert_int_eq(ka_feed(ka, &syn, 1), KA_OK);
    ka_reached(ka, talk.now_ns + KA_SECOND);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_int_eq(recorder_connection(&recorder, 0)->outcome, KA_OUTCOME_UNDECIDED);
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

START_TEST(test_an_earlier_end_does_not_take_time_back)
{
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();
    struct talk talk = talk_ipv4();

    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    struct ka_segment syn = talk_segment(&talk, 0, KA_CLIENT, KA_SYN, 0, 0, 0);
    ck_assert_int_eq(ka_feed(ka, &syn, 1), KA_OK);
    ka_reached(ka, talk.now_ns + 9 * KA_SECOND);
    ka_reached(ka, talk.now_ns + KA_SECOND);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_int_eq(recorder_connection(&recorder, 0)->outcome, KA_OUTCOME_CONNECT_FAILED);
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

/* ---- memory -------------------------------------------------------------------------------- */

START_TEST(test_memory_is_counted_and_returned)
{
    struct heap heap = {0};
    struct ka_config config = heap_config(&heap);
    struct soup soup = soup_new(2);

    struct ka *ka = ka_new(&config, NULL, NULL);
    const size_t base = ka_memory(ka);
    for (int i = 0; i < SCENE_SEGMENTS; i++) {
        struct ka_segment segment = soup_next(&soup);
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
        ck_assert_uint_eq(ka_memory(ka), heap.live_bytes);
    }
    ck_assert_uint_gt(ka_memory(ka), base);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_eq(ka_memory(ka), heap.live_bytes);
    ka_free(ka);
    ck_assert_uint_eq(heap.live_blocks, 0);
    ck_assert_uint_eq(heap.live_bytes, 0);
}
END_TEST

START_TEST(test_a_connection_at_rest_is_small)
{
    enum { MANY = 1 << 14, AT_REST_BYTES = 176, SLOT_BYTES = 8 };
    struct talk talk = talk_ipv4();
    struct ka_segment segments[3];

    struct ka *ka = ka_new(NULL, NULL, NULL);
    const size_t base = ka_memory(ka);
    for (int i = 0; i < MANY; i++) {
        talk.endpoint[KA_CLIENT].port = (uint16_t)(i + 1000);
        talk_handshake(&talk, segments);
        ck_assert_int_eq(ka_feed(ka, segments, 3), KA_OK);
    }
    /* The room of connections has doubled up to just so many; slots are at least 3/8 full. */
    ck_assert_uint_le(ka_memory(ka) - base,
                      MANY * AT_REST_BYTES + MANY * SLOT_BYTES * 8 / 3 + 1000);
    ka_free(ka);
}
END_TEST

/* Reports of one run, and what was fed of it. */
struct scene {
    struct heap heap;
    struct recorder recorder;
    size_t fed; /* segments that were held */
    enum ka_status finished;
};

/* Feed `count` segments and end the capture at the time of the next, which there must be. */
static void play(struct scene *scene, const struct ka_segment *segments, size_t count)
{
    struct ka_config config = heap_config(&scene->heap);
    struct ka_callbacks callbacks = recorder_callbacks();

    scene->finished = KA_NO_MEMORY;
    struct ka *ka = ka_new(&config, &callbacks, &scene->recorder);
    if (ka) {
        while (scene->fed < count && ka_feed(ka, &segments[scene->fed], 1) == KA_OK)
            scene->fed++;
        if (scene->fed < count)
            ck_assert_int_eq(ka_feed(ka, &segments[scene->fed + 1], 1), KA_NO_MEMORY);
        ka_reached(ka, segments[scene->fed].time_ns);
        scene->finished = ka_finish(ka);
        ka_free(ka);
    }
    ck_assert_uint_eq(scene->heap.live_blocks, 0);
    ck_assert_uint_eq(scene->heap.live_bytes, 0);
}

static bool same_detection(const struct ka_detection *a, const struct ka_detection *b)
{
    if (!a || !b)
        return a == b;
    return a->mechanism == b->mechanism && a->detector == b->detector &&
           a->declared == b->declared && a->declared_ns == b->declared_ns &&
           a->first_unanswered_frame == b->first_unanswered_frame &&
           a->last_heard_frame == b->last_heard_frame && a->unanswered == b->unanswered &&
           a->latency_ns == b->latency_ns && a->expected_ns == b->expected_ns;
}

static bool same_report(const struct ka_connection *a, const struct ka_connection *b)
{
    bool same = a->number == b->number && a->outcome == b->outcome && a->packets == b->packets &&
                a->bytes == b->bytes && a->last_frame == b->last_frame &&
                a->backoffs == b->backoffs && memcmp(a->counts, b->counts, sizeof a->counts) == 0;
    for (int side = 0; same && side < 2; side++)
        same =
            (a->keepalive[side] != NULL) == (b->keepalive[side] != NULL) &&
            (!a->keepalive[side] || a->keepalive[side]->answered == b->keepalive[side]->answered);
    for (size_t i = 0; same && i < a->backoffs; i++)
        same = a->backoff[i].steps == b->backoff[i].steps &&
               a->backoff[i].ended == b->backoff[i].ended &&
               a->backoff[i].give_up_ns == b->backoff[i].give_up_ns;
    return same && same_detection(a->detection, b->detection) &&
           (a->heartbeat != NULL) == (b->heartbeat != NULL);
}

/* The connection that the segment belongs to by the reports of a complete run, or UINT32_MAX. */
static uint32_t connection_of(const struct recorder *all, const struct ka_segment *segment)
{
    for (size_t i = all->connection_count; i-- > 0;) {
        const struct ka_endpoint *ends = all->connections[i]->endpoint;
        for (int side = 0; side < 2; side++)
            if (ends[side].port == segment->from.port && ends[!side].port == segment->to.port &&
                memcmp(&ends[side].addr, &segment->from.addr, 16) == 0)
                return all->connections[i]->number;
    }
    return UINT32_MAX;
}

/*
 * A run in which allocation `fail_at` failed must have said so, and report as if the capture had
 * ended with the segments before; only the connection of the segment that failed may have got a
 * part of it.
 */
static void check_failed(const struct scene *scene, const struct ka_segment *segments, size_t count)
{
    struct scene shorter = {0};

    ck_assert(scene->fed < count || scene->finished == KA_NO_MEMORY);
    play(&shorter, segments, scene->fed);
    uint32_t hit = UINT32_MAX;
    if (scene->fed < count)
        hit = connection_of(&shorter.recorder, &segments[scene->fed]);
    if (!scene->heap.fail_on && scene->fed < count)
        ck_assert_uint_ge(scene->recorder.connection_count, shorter.recorder.connection_count);
    for (size_t i = 0; i < scene->recorder.connection_count; i++) {
        const struct ka_connection *report = scene->recorder.connections[i];
        const struct ka_connection *wanted = recorder_connection(&shorter.recorder, report->number);
        if (wanted && report->number != hit)
            ck_assert_msg(same_report(report, wanted),
                          "failure %zu at segment %zu, connection %llu: %llu packets, not %llu",
                          scene->heap.fail_at, scene->fed, (unsigned long long)report->number,
                          (unsigned long long)report->packets, (unsigned long long)wanted->packets);
    }
    recorder_clear(&shorter.recorder);
}

/*
 * The scene, and one segment more: every kind of state that an engine can hold, in few connections.
 */
static struct ka_segment *scene_segments(void)
{
    struct soup soup = soup_new(3);
    struct ka_segment *segments = calloc(SCENE_SEGMENTS + 1, sizeof *segments);

    ck_assert_ptr_nonnull(segments);
    for (int i = 0; i <= SCENE_SEGMENTS; i++)
        segments[i] = soup_next(&soup);
    return segments;
}

/* _i: whether what follows the failed allocation fails as well. */
START_TEST(test_any_allocation_may_fail)
{
    struct ka_segment *segments = scene_segments();
    struct scene whole = {0};

    play(&whole, segments, SCENE_SEGMENTS);
    ck_assert_int_eq(whole.finished, KA_OK);
    ck_assert_uint_gt(whole.heap.allocations, 100);
    for (size_t fail_at = 1; fail_at <= whole.heap.allocations; fail_at++) {
        struct scene scene = {.heap = {.fail_at = fail_at, .fail_on = _i}};
        play(&scene, segments, SCENE_SEGMENTS);
        check_failed(&scene, segments, SCENE_SEGMENTS);
        recorder_clear(&scene.recorder);
    }
    recorder_clear(&whole.recorder);
    free(segments);
}
END_TEST

/* ---- segments at random -------------------------------------------------------------------- */

/* libcheck's assertions write down each of their calls: too slow a million times. */
#define must_hold(claim)                                                                           \
    do {                                                                                           \
        if (!(claim))                                                                              \
            ck_abort_msg("%s", #claim);                                                            \
    } while (0)

/* What must hold of every report, and a digest of all. */
struct witness {
    uint8_t tag[SOUP_SEGMENTS + 1];
    uint32_t connection[SOUP_SEGMENTS + 1];
    uint32_t counts[SOUP_SEGMENTS][KA_TAG_COUNT]; /* by connection */
    uint64_t fed, digest, packets, connections;
};

static void digest(struct witness *w, uint64_t value)
{
    w->digest = (w->digest ^ value) * UINT64_C(0x100000001b3);
    w->digest ^= w->digest >> 29;
}

static bool is_duration(int64_t ns)
{
    return ns == KA_UNKNOWN || ns >= 0;
}

static void witness_answer(struct witness *w, const struct ka_frame *frame, enum ka_tag probe)
{
    must_hold(frame->ack.probe_frame < frame->frame);
    must_hold(w->tag[frame->ack.probe_frame] == probe);
    must_hold(w->connection[frame->ack.probe_frame] == frame->connection);
    must_hold(frame->ack.rtt_ns >= 0);
    digest(w, frame->ack.probe_frame);
}

static void witness_tag(struct witness *w, const struct ka_frame *frame)
{
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_HEARTBEAT:
        must_hold(frame->probe.number >= 1);
        must_hold(is_duration(frame->probe.idle_ns));
        must_hold(!frame->probe.answered_frame || frame->probe.answered_frame > frame->frame);
        break;
    case KA_TAG_KEEPALIVE_ACK:
        witness_answer(w, frame, KA_TAG_KEEPALIVE_PROBE);
        break;
    case KA_TAG_WINDOW_PROBE_ACK:
        witness_answer(w, frame, KA_TAG_WINDOW_PROBE);
        break;
    case KA_TAG_HEARTBEAT_ACK:
        witness_answer(w, frame, KA_TAG_HEARTBEAT);
        break;
    case KA_TAG_RETRANSMISSION:
        must_hold(frame->retransmission.step >= 1);
        must_hold(frame->retransmission.original_frame < frame->frame);
        must_hold(is_duration(frame->retransmission.gap_ns));
        must_hold(frame->retransmission.ratio >= 0);
        digest(w, frame->retransmission.original_frame);
        break;
    case KA_TAG_FINAL_RST:
        must_hold(frame->rst.after_probes >= 1);
        must_hold(frame->rst.first_frame >= 1);
        /* fall through */
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        must_hold(frame->rst.first_frame < frame->frame);
        must_hold(is_duration(frame->rst.latency_ns));
        break;
    case KA_TAG_ICMP_UNREACHABLE:
        must_hold(frame->icmp.quoted_frame < frame->frame);
        break;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        ck_abort_msg("frame without a tag");
    }
}

static void witness_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    struct witness *w = user;

    (void)peers;
    must_hold(frame->frame >= 1);
    must_hold(frame->frame <= w->fed);
    must_hold(frame->rule->tag == frame->tag);
    if (w->tag[frame->frame]) /* again: more is known, but the tag stays */
        must_hold(w->tag[frame->frame] == frame->tag);
    else
        w->counts[frame->connection][frame->tag]++;
    w->tag[frame->frame] = (uint8_t)frame->tag;
    w->connection[frame->frame] = frame->connection;
    witness_tag(w, frame);
    digest(w, frame->frame << 8 | frame->tag);
}

static void witness_detection(struct witness *w, const struct ka_connection *report)
{
    const struct ka_detection *detection = report->detection;

    must_hold((detection == NULL) || detection->declared ||
              report->outcome == KA_OUTCOME_UNDECIDED);
    if (!detection)
        return;
    must_hold(is_duration(detection->latency_ns));
    must_hold(is_duration(detection->latency_min_ns));
    must_hold(detection->first_unanswered_frame <= w->fed);
    must_hold(detection->declared == (detection->declared_ns != KA_UNKNOWN));
    if (detection->declared && detection->declared_by != KA_DECLARED_INFERRED)
        must_hold(detection->declared_frame >= 1);
    digest(w, (uint64_t)detection->declared_ns);
}

static void witness_connection(const struct ka_connection *report, void *user)
{
    struct witness *w = user;
    const uint32_t *counts = w->counts[report->number];

    must_hold(report->number == w->connections++);
    for (int tag = 1; tag < KA_TAG_COUNT; tag++)
        ck_assert_msg(counts[tag] == report->counts[tag], "connection %llu: %u %s, counted %llu",
                      (unsigned long long)report->number, counts[tag],
                      ka_tag_name((enum ka_tag)tag), (unsigned long long)report->counts[tag]);
    must_hold(report->first_frame <= report->last_frame);
    must_hold(report->first_ns <= report->last_ns);
    w->packets += report->packets;
    digest(w, report->outcome);
    for (int side = 0; side < 2; side++) {
        const struct ka_keepalive *keepalive = report->keepalive[side];
        if (keepalive)
            must_hold(keepalive->probes >= keepalive->answered);
    }
    for (size_t i = 0; i < report->backoffs; i++) {
        must_hold(report->backoff[i].steps >= 1);
        must_hold(report->backoff[i].first_frame <= report->backoff[i].last_frame);
    }
    witness_detection(w, report);
}

/* Feed `count` segments in calls of `batch`; the number of those that were no ICMP errors. */
static uint64_t feed_soup(struct witness *w, uint64_t seed, size_t count, size_t batch)
{
    static struct ka_segment segments[1000];
    const struct ka_callbacks callbacks = {witness_frame, witness_connection};
    struct soup soup = soup_new(seed);
    struct ka *ka = ka_new(NULL, &callbacks, w);
    uint64_t own = 0;

    for (size_t done = 0; done < count; done += batch) {
        for (size_t i = 0; i < batch; i++) {
            segments[i] = soup_next(&soup);
            own += !segments[i].quoted;
        }
        w->fed += batch;
        must_hold(ka_feed(ka, segments, batch) == KA_OK);
    }
    must_hold(ka_finish(ka) == KA_OK);
    must_hold(w->connections == ka_connections(ka));
    ka_free(ka);
    return own;
}

START_TEST(test_random_segments)
{
    const uint64_t seed = 1000 + (uint64_t)_i;
    const size_t count = _i == 0 ? SOUP_SEGMENTS : 20000;
    struct witness *one = calloc(1, sizeof *one), *batch = calloc(1, sizeof *batch);

    ck_assert(one && batch);
    uint64_t own = feed_soup(one, seed, count, 1);
    ck_assert_uint_eq(one->packets, own);
    feed_soup(batch, seed, count, 1000);
    ck_assert_uint_eq(one->digest, batch->digest);
    ck_assert_mem_eq(one->tag, batch->tag, sizeof one->tag);
    free(one);
    free(batch);
}
END_TEST

Suite *suite_engine(void)
{
    Suite *suite = suite_create("engine");

    TCase *interface = tcase_create("interface");
    tcase_add_test(interface, test_nothing_fed_nothing_reported);
    tcase_add_test(interface, test_callbacks_may_be_missing);
    tcase_add_test(interface, test_an_error_about_an_unknown_connection_makes_none);
    tcase_add_loop_test(interface, test_idle_minimum, 0, IDLES);
    tcase_add_test(interface, test_frame_numbers_beyond_32_bits);
    tcase_add_test(interface, test_same_numbers_after_a_close_begin_anew);
    tcase_add_test(interface, test_a_clock_set_back_takes_time_back);
    tcase_add_test(interface, test_an_earlier_end_does_not_take_time_back);
    suite_add_tcase(suite, interface);

    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, test_memory_is_counted_and_returned);
    tcase_add_test(memory, test_a_connection_at_rest_is_small);
    tcase_add_loop_test(memory, test_any_allocation_may_fail, 0, 2);
    suite_add_tcase(suite, memory);

    TCase *random = tcase_create("random");
    tcase_add_loop_test(random, test_random_segments, 0, 10);
    suite_add_tcase(suite, random);
    return suite;
}
