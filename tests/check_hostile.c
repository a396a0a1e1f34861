/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_hostile.c: captures that are made to hurt: colliding addresses, impossible times, endless
 * series; and the samples while memory runs out.
 */
#include <check.h>
#include <glob.h>
#include <pcap.h>
#include <stdlib.h>
#include <string.h>

#include "core/ka.h"
#include "core/table.h"
#include "suites.h"
#include "support.h"

enum { US = 1000, MS = 1000 * US };
static const int64_t day_ns = 86400 * KA_SECOND;

/* ---- colliding addresses ------------------------------------------------------------------- */

enum { KEYS = 3000, SECRETS = 12 };

static uint64_t scatter(uint64_t number)
{
    number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
    number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return number ^ number >> 33;
}

static struct ka_segment between(uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port)
{
    struct talk talk = talk_ipv4();
    struct ka_segment segment = {.from = talk.endpoint[0], .to = talk.endpoint[1]};

    for (int i = 0; i < 4; i++) {
        segment.from.addr.bytes[12 + i] = (uint8_t)(from >> (24 - 8 * i));
        segment.to.addr.bytes[12 + i] = (uint8_t)(to >> (24 - 8 * i));
    }
    segment.from.port = from_port;
    segment.to.port = to_port;
    return segment;
}

static void any(uint32_t n, struct ka_segment *segment)
{
    uint64_t a = scatter(n + 1), b = scatter(a);
    *segment = between((uint32_t)a, (uint16_t)(a >> 32), (uint32_t)b, (uint16_t)(b >> 32));
}

/* Which of any() hash to the same of 1024 places under a key of zeros, which anyone can compute. */
static void find_colliding(uint32_t found[static KEYS])
{
    static const uint64_t zeros[2] = {0, 0};
    struct mem mem;
    struct table table;

    mem_init(&mem, NULL, NULL, NULL);
    ck_assert(table_init(&table, &mem, zeros));
    for (uint32_t tried = 0, n = 0; n < KEYS; tried++) {
        struct ka_segment segment;
        any(tried, &segment);
        if ((table_key(&table, &segment).hash & 1023) == 0)
            found[n++] = tried;
    }
    table_free(&table);
}

static void colliding(uint32_t n, struct ka_segment *segment)
{
    static uint32_t found[KEYS]; /* a long search, so once in a process */

    if (found[1] == 0)
        find_colliding(found);
    any(found[n], segment);
}

static void neighbours(uint32_t n, struct ka_segment *segment)
{
    *segment = between(0x0a000000 + n, 1024, 0xc0a80001, 80);
}

static void far_neighbours(uint32_t n, struct ka_segment *segment)
{
    *segment = between(n << 16, 1024, 0xffffffff, 80);
}

static void ports(uint32_t n, struct ka_segment *segment)
{
    *segment = between(0x0a000001, (uint16_t)(1024 + n), 0xc0a80001, 80);
}

static void both_ports(uint32_t n, struct ka_segment *segment)
{
    *segment = between(0x0a000001, (uint16_t)n, 0xc0a80001, (uint16_t)n);
}

static void ipv6(uint32_t n, struct ka_segment *segment)
{
    struct talk talk = talk_ipv6();

    *segment = (struct ka_segment){.from = talk.endpoint[0], .to = talk.endpoint[1]};
    segment->from.addr.bytes[6] = (uint8_t)(n >> 8);
    segment->from.addr.bytes[7] = (uint8_t)n;
}

static const struct {
    const char *name;
    void (*make)(uint32_t n, struct ka_segment *segment);
    bool collides; /* under a key of zeros */
} crowds[] = {
    {"made to collide", colliding, true},   {"neighbours", neighbours, false},
    {"high halves", far_neighbours, false}, {"ports", ports, false},
    {"both ports", both_ports, false},      {"IPv6 networks", ipv6, false},
};

/* Index entries looked at to find each of these connections once. */
static uint64_t probes(void (*make)(uint32_t, struct ka_segment *), const uint64_t secret[2])
{
    struct mem mem;
    struct table table;
    uint64_t looked_at = 0;

    mem_init(&mem, NULL, NULL, NULL);
    ck_assert(table_init(&table, &mem, secret));
    for (uint32_t n = 0; n < KEYS; n++) {
        struct ka_segment segment;
        make(n, &segment);
        struct table_key key = table_key(&table, &segment);
        ck_assert_uint_ne(table_add(&table, &key, &segment), UINT32_MAX);
    }
    for (size_t at = 0; at <= table.slot_mask; at++)
        if (table.slots[at].number)
            looked_at += ((at - table.slots[at].hash) & table.slot_mask) + 1;
    table_free(&table);
    return looked_at;
}

START_TEST(test_no_crowd_costs_more_than_a_random_one)
{
    static const uint64_t zeros[2] = {0, 0};
    uint64_t crowd = 0, random = 0;

    for (uint64_t i = 0; i < SECRETS; i++) {
        const uint64_t secret[2] = {scatter(2 * i + 77), scatter(2 * i + 78)};
        crowd += probes(crowds[_i].make, secret);
        random += probes(any, secret);
    }
    ck_assert_msg(crowd * 2 <= random * 3, "%s: %llu entries, of random addresses %llu",
                  crowds[_i].name, (unsigned long long)crowd, (unsigned long long)random);
    if (crowds[_i].collides)
        ck_assert_uint_gt(probes(crowds[_i].make, zeros), 10 * probes(any, zeros));
}
END_TEST

/* ---- impossible times ------------------------------------------------------------------------ */

/* What every report must keep to, whatever the times are. */
static void on_connection(const struct ka_connection *connection, void *user)
{
    uint64_t *reports = user;
    const struct ka_detection *detection = connection->detection;

    ++*reports;
    ck_assert_int_ge(connection->last_ns, connection->first_ns);
    ck_assert_uint_le(connection->backoffs, 70);
    if (!detection)
        return;
    ck_assert(detection->latency_ns == KA_UNKNOWN || detection->latency_ns >= 0);
    ck_assert(detection->latency_min_ns == KA_UNKNOWN || detection->latency_min_ns >= 0);
    for (int side = 0; side < 2; side++) {
        const struct ka_keepalive *keepalive = connection->keepalive[side];
        ck_assert(!keepalive || keepalive->idle.nominal_ns == KA_UNKNOWN ||
                  keepalive->idle.nominal_ns >= 0);
    }
}

static const struct ka_callbacks reports_only = {NULL, on_connection};

static const int64_t year_ns = 365 * 86400 * KA_SECOND;

static const struct {
    const char *name;
    int64_t start_ns, step_ns; /* each segment is later by step_ns, or earlier and later in turn */
    bool to_and_fro;
} clocks[] = {
    {"the epoch", 0, KA_SECOND, false},
    {"standing still", 0, 0, false},
    {"before the epoch", -5 * KA_SECOND, KA_SECOND, false},
    {"backwards", 0, -KA_SECOND, false},
    {"the earliest", KA_TIME_MIN, KA_SECOND, false},
    {"before the earliest", INT64_MIN, KA_SECOND, false},
    {"the latest", KA_TIME_MAX - 8 * KA_SECOND, KA_SECOND, false},
    {"2^63 - 1", INT64_MAX, 0, false},
    {"a year to and fro", 1700000000 * KA_SECOND, 365 * 86400 * KA_SECOND, true},
    {"all of time to and fro", KA_TIME_MIN, KA_TIME_MAX - KA_TIME_MIN - 1, true},
    {"a hundred days between segments", 0, 8640000 * KA_SECOND, false},
    {"ten years between segments", 0, 10 * 365 * 86400 * KA_SECOND, false},
};

START_TEST(test_times_neither_overflow_nor_make_work)
{
    struct talk talk = talk_ipv4();
    uint64_t reports = 0;
    struct ka *ka = ka_new(NULL, &reports_only, &reports);

    talk.timestamps = true;
    for (int i = 0; i < 64; i++) {
        static const struct {
            enum ka_side from;
            unsigned flags;
            uint32_t seq, len, ack;
        } course[] = {
            {KA_CLIENT, KA_SYN, 0, 0, 0},
            {KA_SERVER, KA_SYN | KA_ACK, 0, 0, 1},
            {KA_CLIENT, KA_ACK, 1, 0, 1},
            {KA_CLIENT, KA_ACK, 1, 100, 1},
            {KA_CLIENT, KA_ACK, 1, 100, 1},
            {KA_CLIENT, KA_ACK, 1, 100, 1},
            {KA_SERVER, KA_ACK, 1, 0, 101},
            {KA_CLIENT, KA_ACK, 100, 0, 1},
            {KA_CLIENT, KA_ACK, 100, 0, 1},
            {KA_SERVER, KA_ACK, 1, 0, 101},
            {KA_CLIENT, KA_ACK, 100, 1, 1},
            {KA_CLIENT, KA_ACK, 101, 5, 1},
            {KA_CLIENT, KA_ACK | KA_FIN, 106, 0, 1},
            {KA_CLIENT, KA_ACK | KA_FIN, 106, 0, 1},
            {KA_CLIENT, KA_RST | KA_ACK, 107, 0, 1},
        };
        size_t step = (size_t)i % (sizeof course / sizeof course[0]);
        struct ka_segment segment =
            talk_segment(&talk, 0, course[step].from, course[step].flags, course[step].seq,
                         course[step].len, course[step].ack);
        int64_t steps = clocks[_i].to_and_fro ? i % 2 : i;
        if (__builtin_mul_overflow(clocks[_i].step_ns, steps, &segment.time_ns) ||
            __builtin_add_overflow(clocks[_i].start_ns, segment.time_ns, &segment.time_ns))
            segment.time_ns = INT64_MAX;
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
        ka_reached(ka, segment.time_ns);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_le(reports, 6);
    ka_free(ka);
}
END_TEST

/* A peer that is silent for a hundred days and a capture that goes on for thirty years. */
START_TEST(test_a_long_silence_is_one_row)
{
    struct talk talk = talk_ipv4();
    struct ka_segment segments[8];
    uint64_t reports = 0;
    struct ka *ka = ka_new(NULL, &reports_only, &reports);

    talk_handshake(&talk, segments);
    segments[3] = talk_segment(&talk, MS, KA_CLIENT, KA_ACK, 1, 50, 1);
    segments[4] = talk_segment(&talk, MS, KA_SERVER, KA_ACK, 1, 0, 51);
    segments[5] = talk_segment(&talk, 100 * day_ns, KA_CLIENT, KA_ACK, 50, 0, 1);
    segments[6] = talk_segment(&talk, 75 * KA_SECOND, KA_CLIENT, KA_ACK, 50, 0, 1);
    segments[7] = talk_segment(&talk, 100 * day_ns, KA_CLIENT, KA_ACK, 51, 50, 1);
    ck_assert_int_eq(ka_feed(ka, segments, 8), KA_OK);
    ka_reached(ka, talk.now_ns + 30 * year_ns);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_eq(reports, 1);
    ka_free(ka);
}
END_TEST

/* ---- endless series ------------------------------------------------------------------------ */

enum { ROUNDS = 100000 };

/* Data, sent again two times, then acknowledged; a probe and its answer; a message each second. */
START_TEST(test_a_connection_of_many_series_does_not_grow)
{
    struct talk talk = talk_ipv4();
    struct ka_segment segments[8];
    uint64_t reports = 0;
    struct ka *ka = ka_new(NULL, &reports_only, &reports);
    uint32_t seq = 1;
    size_t settled_bytes = 0;

    talk_handshake(&talk, segments);
    ck_assert_int_eq(ka_feed(ka, segments, 3), KA_OK);
    for (uint32_t round = 0; round < ROUNDS; round++, seq += 20) {
        segments[0] = talk_segment(&talk, KA_SECOND, KA_CLIENT, KA_ACK, seq, 20, 1);
        segments[1] = talk_segment(&talk, 300 * MS, KA_CLIENT, KA_ACK, seq, 20, 1);
        segments[2] = talk_segment(&talk, 600 * MS, KA_CLIENT, KA_ACK, seq, 20, 1);
        segments[3] = talk_segment(&talk, 1200 * MS, KA_CLIENT, KA_ACK, seq, 20, 1);
        segments[4] = talk_segment(&talk, MS, KA_SERVER, KA_ACK, 1, 0, seq + 20);
        segments[5] = talk_segment(&talk, 10 * KA_SECOND, KA_CLIENT, KA_ACK, seq + 19, 0, 1);
        segments[6] = talk_segment(&talk, MS, KA_SERVER, KA_ACK, 1, 0, seq + 20);
        ck_assert_int_eq(ka_feed(ka, segments, 7), KA_OK);
        if (round == ROUNDS / 10)
            settled_bytes = ka_memory(ka);
    }
    ck_assert_uint_eq(ka_memory(ka), settled_bytes);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_eq(reports, 1);
    ka_free(ka);
}
END_TEST

/* ---- the samples while memory runs out ------------------------------------------------------- */

/* The segments of a capture; *count receives how many. */
static struct ka_segment *read_sample(const char *path, size_t *count)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
    struct ka_segment *segments = NULL;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    uint64_t frame = 0;

    *count = 0;
    while (pcap && pcap_next_ex(pcap, &header, &bytes) == 1) {
        struct ka_segment *grown = realloc(segments, (*count + 1) * sizeof *segments);
        ck_assert_ptr_nonnull(grown);
        segments = grown;
        struct ka_segment *segment = &segments[*count];
        frame++;
        if (ka_decode(pcap_datalink(pcap), bytes, header->caplen, header->len, segment) !=
            KA_SKIP_NONE)
            continue;
        segment->frame = frame;
        segment->time_ns = header->ts.tv_sec * KA_SECOND + header->ts.tv_usec;
        ++*count;
    }
    if (pcap)
        pcap_close(pcap);
    return segments;
}

/*
 * One run whose allocation `fail_at` fails, and those after it. Its heap as it was before the end.
 */
static struct heap run_short(const struct ka_segment *segments, size_t count, size_t fail_at,
                             bool fail_on)
{
    struct heap heap = {.fail_at = fail_at, .fail_on = fail_on};
    struct ka_config config = heap_config(&heap);
    uint64_t reports = 0;
    struct ka *ka = ka_new(&config, &reports_only, &reports);
    enum ka_status fed = ka ? ka_feed(ka, segments, count) : KA_NO_MEMORY;
    enum ka_status finished = ka ? ka_finish(ka) : KA_NO_MEMORY;
    bool failed = fail_at && heap.allocations >= fail_at;

    ck_assert_msg((fed == KA_NO_MEMORY || finished == KA_NO_MEMORY) == failed,
                  "allocation %zu of %zu", fail_at, heap.allocations);
    if (ka && finished == KA_OK)
        ck_assert_uint_eq(reports, ka_connections(ka));
    ka_free(ka);
    ck_assert_uint_eq(heap.live_blocks, 0);
    ck_assert_uint_eq(heap.live_bytes, 0);
    return heap;
}

START_TEST(test_samples_while_memory_runs_out)
{
    glob_t samples;

    ck_assert_int_eq(glob("samples/*.pcap*", 0, NULL, &samples), 0);
    for (size_t i = 0; i < samples.gl_pathc; i++) {
        size_t count;
        struct ka_segment *segments = read_sample(samples.gl_pathv[i], &count);
        struct heap whole = run_short(segments, count, 0, false);
        for (size_t fail_at = 1; fail_at <= whole.allocations; fail_at++) {
            run_short(segments, count, fail_at, false);
            run_short(segments, count, fail_at, true);
        }
        free(segments);
    }
    globfree(&samples);
}
END_TEST

Suite *suite_hostile(void)
{
    Suite *suite = suite_create("hostile");
    TCase *cases = tcase_create("hostile");

    tcase_add_loop_test(cases, test_no_crowd_costs_more_than_a_random_one, 0,
                        sizeof crowds / sizeof crowds[0]);
    tcase_add_loop_test(cases, test_times_neither_overflow_nor_make_work, 0,
                        sizeof clocks / sizeof clocks[0]);
    tcase_add_test(cases, test_a_long_silence_is_one_row);
    tcase_add_test(cases, test_a_connection_of_many_series_does_not_grow);
    tcase_add_test(cases, test_samples_while_memory_runs_out);
    suite_add_tcase(suite, cases);
    return suite;
}
