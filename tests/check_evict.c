/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_evict.c: within its limits the engine keeps what matters and counts what it gives up. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/ka.h"
#include "core/table.h"
#include "suites.h"
#include "support.h"

/* ---- an engine under attack ---------------------------------------------------------------- */

enum { OUTCOMES_KEPT = 64, LIMIT = 2000 };

struct siege {
    struct heap heap;
    struct ka *ka;
    struct talk clock; /* time and frame numbers of everything */
    uint64_t reports, outcomes[KA_OUTCOME_COUNT], next_number;
    uint32_t early_odd; /* reports of clients whose port is odd and below LIMIT */
    bool in_order;
    uint64_t tagged[OUTCOMES_KEPT]; /* connections of the frames handed out first */
    size_t tagged_count;
};

static void on_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    struct siege *siege = user;

    (void)peers;
    if (siege->tagged_count < OUTCOMES_KEPT)
        siege->tagged[siege->tagged_count++] = frame->connection;
}

static void on_connection(const struct ka_connection *connection, void *user)
{
    const uint16_t port = connection->endpoint[KA_CLIENT].port;
    struct siege *siege = user;

    siege->in_order &= connection->number >= siege->next_number;
    siege->next_number = connection->number + 1;
    siege->reports++;
    siege->early_odd += port % 2 && port < LIMIT;
    siege->outcomes[connection->outcome]++;
}

static void begin(struct siege *siege, uint32_t max_connections, uint64_t max_memory_bytes)
{
    static const struct ka_callbacks callbacks = {on_frame, on_connection};
    struct ka_config config;

    memset(siege, 0, sizeof *siege);
    siege->in_order = true;
    siege->clock = talk_ipv4();
    config = heap_config(&siege->heap);
    config.max_connections = max_connections;
    config.max_memory_bytes = max_memory_bytes;
    siege->ka = ka_new(&config, &callbacks, siege);
    ck_assert_ptr_nonnull(siege->ka);
}

static void end(struct siege *siege)
{
    uint64_t made = ka_connections(siege->ka), dropped = ka_dropped(siege->ka);

    ck_assert_int_eq(ka_finish(siege->ka), KA_OK);
    ck_assert(siege->in_order);
    ck_assert_uint_eq(siege->reports, made - dropped);
    ck_assert_uint_lt(siege->next_number, made + 1);
    ka_free(siege->ka);
    ck_assert_uint_eq(siege->heap.live_blocks, 0);
}

/* A talk with endpoints of its own that goes on with the siege's clock. */
static struct talk talk_of(const struct siege *siege, uint32_t n, bool ipv6)
{
    struct talk talk = ipv6 ? talk_ipv6() : talk_ipv4();

    talk.now_ns = siege->clock.now_ns;
    talk.frame = siege->clock.frame;
    talk.endpoint[KA_CLIENT].addr.bytes[13] = (uint8_t)(n >> 24);
    talk.endpoint[KA_CLIENT].addr.bytes[14] = (uint8_t)(n >> 16);
    talk.endpoint[KA_CLIENT].port = (uint16_t)n;
    return talk;
}

static void say(struct siege *siege, struct talk *talk, int64_t after_ns, enum ka_side from,
                unsigned flags, uint32_t seq, uint32_t len, uint32_t ack)
{
    struct ka_segment segment;

    talk->now_ns = siege->clock.now_ns;
    talk->frame = siege->clock.frame;
    segment = talk_segment(talk, after_ns, from, flags, seq, len, ack);
    siege->clock.now_ns = talk->now_ns;
    siege->clock.frame = talk->frame;
    ck_assert_int_eq(ka_feed(siege->ka, &segment, 1), KA_OK);
}

enum { US = 1000, MS = 1000 * US };

static void shake_hands(struct siege *siege, struct talk *talk)
{
    say(siege, talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
    say(siege, talk, US, KA_SERVER, KA_SYN | KA_ACK, 0, 0, 1);
    say(siege, talk, US, KA_CLIENT, KA_ACK, 1, 0, 1);
}

/* `count` SYNs of as many sources, which nobody answers. */
static void flood(struct siege *siege, uint32_t first, uint32_t count, bool ipv6)
{
    for (uint32_t n = first; n < first + count; n++) {
        struct talk talk = talk_of(siege, n, ipv6 && n % 2);
        say(siege, &talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
    }
}

/* ---- how many ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    uint32_t limit, sources;
    bool ipv6;
} floods[] = {
    {"below the limit", 4000, 4000, false}, {"just above", 4000, 4001, false},
    {"many times", 4000, 40000, false},     {"of IPv6 as well", 3000, 30000, true},
    {"a single connection", 1, 100, true},  {"fewer than are looked at", 5, 1000, false},
};

START_TEST(test_a_flood_stays_within_the_limit)
{
    const uint32_t limit = floods[_i].limit, sources = floods[_i].sources;
    struct siege siege;
    size_t full_bytes;

    begin(&siege, limit, 0);
    flood(&siege, 0, sources / 2, floods[_i].ipv6);
    full_bytes = ka_memory(siege.ka);
    flood(&siege, sources / 2, sources - sources / 2, floods[_i].ipv6);
    ck_assert_uint_eq(ka_connections(siege.ka), sources);
    ck_assert_uint_le(sources - ka_dropped(siege.ka), limit);
    if (sources > limit) /* not far below it either */
        ck_assert_uint_ge(sources - ka_dropped(siege.ka), limit - limit / 4);
    else
        ck_assert_uint_eq(ka_dropped(siege.ka), 0);
    if (sources > 2 * limit)
        ck_assert_msg(ka_memory(siege.ka) == full_bytes, "%s: it grows", floods[_i].name);
    end(&siege);
}
END_TEST

/* Beyond what any limit of connections says: the memory that watches take. */
START_TEST(test_memory_stays_within_the_limit)
{
    const uint64_t most_bytes = KA_MEMORY_MIN;
    struct siege siege;

    begin(&siege, 0, most_bytes);
    for (uint32_t n = 0; n < 60000; n++) {
        struct talk talk = talk_of(&siege, n, _i == 1);
        say(&siege, &talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
        say(&siege, &talk, 1000 * MS, KA_CLIENT, KA_SYN, 0, 0, 0);
    }
    ck_assert_uint_gt(siege.heap.peak_bytes, most_bytes / 2);
    ck_assert_uint_gt(ka_dropped(siege.ka), 0);
    end(&siege);
    ck_assert_uint_le(siege.heap.peak_bytes, most_bytes);
}
END_TEST

/* ---- which --------------------------------------------------------------------------------- */

enum { DEATHS = 20, TOLD = 20, FLOOD = 30000 };

/* Two keep-alive probes without an answer, then the RST: the peer is dead. */
static void die(struct siege *siege, struct talk *talk)
{
    for (int probe = 0; probe < 2; probe++)
        say(siege, talk, 75000 * (int64_t)MS, KA_CLIENT, KA_ACK, 0, 0, 1);
    say(siege, talk, 75000 * (int64_t)MS, KA_CLIENT, KA_RST | KA_ACK, 1, 0, 1);
}

/* Of many small captures each is to cost little, however much memory they may all have. */
START_TEST(test_few_connections_take_little_memory)
{
    static const uint64_t limits_bytes[] = {0, KA_MEMORY_MIN, 2 * KA_MEMORY_MIN, 1 << 27, 1 << 30};
    struct siege siege;

    begin(&siege, 0, limits_bytes[_i]);
    for (uint32_t n = 0; n < 10; n++) {
        struct talk talk = talk_of(&siege, n, false);
        say(&siege, &talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
    }
    end(&siege);
    ck_assert_uint_le(siege.heap.peak_bytes, 1 << 19);
}
END_TEST

START_TEST(test_deaths_and_open_series_are_kept_through_a_flood)
{
    struct siege siege;
    struct talk dying[DEATHS], told[TOLD];

    begin(&siege, LIMIT, 0);
    for (uint32_t n = 0; n < DEATHS; n++) {
        dying[n] = talk_of(&siege, 0x01000000 + n, n % 2);
        shake_hands(&siege, &dying[n]);
    }
    for (uint32_t n = 0; n < TOLD; n++) { /* data sent again, unanswered */
        told[n] = talk_of(&siege, 0x02000000 + n, n % 2);
        shake_hands(&siege, &told[n]);
        say(&siege, &told[n], US, KA_CLIENT, KA_ACK, 1, 100, 1);
        say(&siege, &told[n], 300 * MS, KA_CLIENT, KA_ACK, 1, 100, 1);
    }
    flood(&siege, 0, FLOOD, true); /* before the first probe the dying are at rest, and quiet */
    for (int n = 0; n < DEATHS; n++)
        die(&siege, &dying[n]);
    flood(&siege, FLOOD, FLOOD, true);
    ck_assert_uint_ge(ka_dropped(siege.ka), 2 * FLOOD - LIMIT);
    end(&siege);
    ck_assert_uint_eq(siege.outcomes[KA_OUTCOME_DEAD_KEEPALIVE], DEATHS);
    ck_assert_uint_eq(siege.outcomes[KA_OUTCOME_DEAD_RETRANSMISSION], TOLD);
}
END_TEST

static void shut(struct siege *siege, struct talk *talk)
{
    say(siege, talk, US, KA_CLIENT, KA_ACK | KA_FIN, 1, 0, 1);
    say(siege, talk, US, KA_SERVER, KA_ACK | KA_FIN, 1, 0, 2);
    say(siege, talk, US, KA_CLIENT, KA_ACK, 2, 0, 2);
}

START_TEST(test_what_is_closed_goes_before_what_is_open)
{
    enum { HALF = LIMIT / 2 };
    struct siege siege;

    begin(&siege, LIMIT, 0);
    for (uint32_t n = 0; n < 2 * HALF; n++) {
        struct talk talk = talk_of(&siege, n, false);
        shake_hands(&siege, &talk);
        if (n % 2)
            shut(&siege, &talk);
    }
    for (uint32_t n = 2 * HALF; n < 2 * HALF + HALF / 2; n++) {
        struct talk talk = talk_of(&siege, n, false);
        shake_hands(&siege, &talk);
    }
    end(&siege);
    ck_assert_uint_eq(siege.outcomes[KA_OUTCOME_ALIVE], HALF + HALF / 2);
}
END_TEST

START_TEST(test_the_longest_quiet_go_first)
{
    struct siege siege;
    uint64_t first;

    begin(&siege, LIMIT, 0);
    for (uint32_t n = 0; n < 4 * LIMIT; n++) {
        struct talk talk = talk_of(&siege, n, false);
        shake_hands(&siege, &talk);
    }
    /* The latest half of what there is room for is all there. */
    ck_assert_int_eq(ka_finish(siege.ka), KA_OK);
    first = 4 * LIMIT - LIMIT / 2;
    ck_assert_uint_eq(siege.next_number, 4 * LIMIT);
    ck_assert_uint_ge(siege.reports, LIMIT / 2);
    ck_assert_uint_ge(siege.next_number - first, LIMIT / 2);
    ka_free(siege.ka);
}
END_TEST

/* ---- interest ------------------------------------------------------------------------------ */

static void keep_quiet(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
}

static void only_ask(struct siege *siege, struct talk *talk)
{
    say(siege, talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
}

static void ask_again(struct siege *siege, struct talk *talk)
{
    only_ask(siege, talk);
    say(siege, talk, 1000 * MS, KA_CLIENT, KA_SYN, 0, 0, 0);
}

static void abort_it(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
    say(siege, talk, US, KA_SERVER, KA_RST | KA_ACK, 1, 0, 1);
}

/* The same ports for another connection. */
static void open_twice(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
    talk->isn[KA_CLIENT] += 0x10000000;
    say(siege, talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
    say(siege, talk, US, KA_CLIENT, KA_RST, 1, 0, 0);
}

static void beat(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
    for (uint32_t n = 0; n < 5; n++) {
        say(siege, talk, 10000 * (int64_t)MS, KA_CLIENT, KA_ACK, 1 + 20 * n, 20, 1);
        say(siege, talk, US, KA_SERVER, KA_ACK, 1, 0, 21 + 20 * n);
    }
}

static void probe_and_answer(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
    say(siege, talk, 75000 * (int64_t)MS, KA_CLIENT, KA_ACK, 0, 0, 1);
    say(siege, talk, US, KA_SERVER, KA_ACK, 1, 0, 1);
}

/* Of which the probes begin only after a while. */
static void close_window(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
    say(siege, talk, US, KA_CLIENT, KA_ACK, 1, 100, 1);
    talk->window[KA_SERVER] = 0;
    say(siege, talk, US, KA_SERVER, KA_ACK, 1, 0, 101);
    say(siege, talk, 200 * MS, KA_CLIENT, KA_ACK, 100, 0, 1);
    say(siege, talk, US, KA_SERVER, KA_ACK, 1, 0, 101);
}

static void send_again(struct siege *siege, struct talk *talk)
{
    shake_hands(siege, talk);
    say(siege, talk, US, KA_CLIENT, KA_ACK, 1, 100, 1);
    say(siege, talk, 300 * MS, KA_CLIENT, KA_ACK, 1, 100, 1);
}

typedef void course(struct siege *siege, struct talk *talk);

static const struct {
    const char *name;
    course *less, *more;
} interests[] = {
    {"reset before at rest", abort_it, keep_quiet},
    {"taken over by another before at rest", open_twice, keep_quiet},
    {"one-sided before at rest", only_ask, keep_quiet},
    {"one-sided before SYNs again", only_ask, ask_again},
    {"at rest before heartbeats", keep_quiet, beat},
    {"at rest before answered probes", keep_quiet, probe_and_answer},
    {"heartbeats before a closed window", beat, close_window},
    {"answered probes before a closed window", probe_and_answer, close_window},
    {"SYNs again before data again", ask_again, send_again},
};

START_TEST(test_the_less_interesting_make_room)
{
    enum { HALF = LIMIT / 2 };
    struct siege siege;

    begin(&siege, LIMIT, 0);
    for (uint32_t n = 0; n < 3 * LIMIT; n++) {
        bool is_more = n < LIMIT && n % 2;
        struct talk talk = talk_of(&siege, n, n % 3 == 0);

        (is_more ? interests[_i].more : interests[_i].less)(&siege, &talk);
    }
    end(&siege);
    ck_assert_msg(siege.early_odd == HALF, "%s: %u of %d are left", interests[_i].name,
                  siege.early_odd, HALF);
}
END_TEST

/* Where memory is short, and not places, what has no details keeps its own. */
START_TEST(test_details_make_room_before_what_has_none)
{
    static course *const courses[] = {send_again, beat, abort_it, keep_quiet};
    struct siege siege;
    uint32_t n = 0;

    begin(&siege, 0, KA_MEMORY_MIN);
    for (; n < LIMIT; n++) {
        struct talk talk = talk_of(&siege, n, false);

        if (n % 2)
            keep_quiet(&siege, &talk);
    }
    for (; ka_dropped(siege.ka) < 500; n++) {
        struct talk talk = talk_of(&siege, n, n % 3 == 0);

        courses[n % 4](&siege, &talk);
        ck_assert_uint_lt(n, 60000);
    }
    end(&siege);
    ck_assert_uint_eq(siege.early_odd, LIMIT / 2);
    ck_assert_uint_le(siege.heap.peak_bytes, KA_MEMORY_MIN);
}
END_TEST

/* ---- what a place is used for again ---------------------------------------------------------- */

START_TEST(test_numbers_are_never_used_again)
{
    struct siege siege;

    begin(&siege, 1, 0);
    for (uint32_t n = 0; n < 10; n++) { /* each drives out the one before */
        struct talk talk = talk_of(&siege, n, n % 3 == 0);
        say(&siege, &talk, US, KA_CLIENT, KA_SYN, 0, 0, 0);
        say(&siege, &talk, 1000 * MS, KA_CLIENT, KA_SYN, 0, 0, 0);
    }
    ck_assert_uint_eq(siege.tagged_count, 10);
    for (uint64_t n = 0; n < 10; n++)
        ck_assert_uint_eq(siege.tagged[n], n);
    ck_assert_uint_eq(ka_dropped(siege.ka), 9);
    end(&siege);
    ck_assert_uint_eq(siege.next_number, 10);
}
END_TEST

/* The segments of what was there before are no copies and no originals of those of the next. */
START_TEST(test_a_place_forgets_what_was_there_before)
{
    struct siege siege;

    begin(&siege, 1, 0);
    for (uint32_t n = 0; n < 2; n++) {
        struct talk talk = talk_of(&siege, n, false);
        talk.ip_id[KA_CLIENT] = 77;
        say(&siege, &talk, n ? US : 0, KA_CLIENT, KA_ACK, 1, 10, 1);
        talk.ip_id[KA_SERVER] = 78;
        say(&siege, &talk, US, KA_SERVER, KA_ACK, 1, 0, 11);
    }
    ck_assert_uint_eq(siege.tagged_count, 0); /* nothing was sent twice */
    ck_assert_int_eq(ka_finish(siege.ka), KA_OK);
    ck_assert_uint_eq(siege.reports, 1);
    ck_assert_uint_eq(siege.next_number, 2);
    ka_free(siege.ka);
}
END_TEST

/* Against a plain list: what the table finds after thousands of removals in a crowded index. */
START_TEST(test_removing_leaves_the_index_as_if_it_had_never_been)
{
    enum { KEYS = 600, STEPS = 40000 };
    const uint64_t secret[2] = {(uint64_t)_i, 0};
    struct heap heap = {0};
    struct mem mem;
    struct table table;
    uint32_t places[KEYS], live = 0;
    uint64_t random = 88172645463325252u;
    struct siege none = {.clock = talk_ipv4()};

    mem_init(&mem, heap_realloc, heap_free, &heap);
    ck_assert(table_init(&table, &mem, secret));
    table.max_count = KEYS;
    memset(places, 0xff, sizeof places);
    for (int step = 0; step < STEPS; step++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        uint32_t n = (uint32_t)(random % KEYS);
        struct talk talk = talk_of(&none, n, n % 3 == 0);
        struct ka_segment segment = {.from = talk.endpoint[n % 2], .to = talk.endpoint[1 - n % 2]};
        struct table_key key = table_key(&table, &segment);
        ck_assert_uint_eq(table_find(&table, &key, &segment), places[n]);
        if (places[n] == UINT32_MAX) {
            places[n] = table_add(&table, &key, &segment);
            ck_assert_uint_lt(places[n], KEYS);
            live++;
        } else {
            ck_assert(table_remove(&table, places[n]));
            places[n] = UINT32_MAX;
            live--;
        }
        ck_assert_uint_eq(table.slots_used, live);
    }
    ck_assert_uint_le(table.count, KEYS);
    table_free(&table);
    ck_assert_uint_eq(heap.live_blocks, 0);
}
END_TEST

START_TEST(test_capacity_is_what_fits)
{
    for (uint64_t bytes = KA_MEMORY_MIN; bytes < (uint64_t)1 << 40; bytes *= 3) {
        uint64_t each = bytes / table_capacity(bytes);
        ck_assert_uint_ge(each, sizeof(struct table_pair) + sizeof(struct conn_record));
        ck_assert_uint_le(each, 2 * (sizeof(struct table_pair) + sizeof(struct conn_record)));
    }
}
END_TEST

START_TEST(test_out_of_memory_while_making_room)
{
    size_t fail_at;

    for (fail_at = 1; fail_at < 400; fail_at++) {
        struct siege siege;
        struct ka_config config;
        enum ka_status status = KA_OK;

        memset(&siege, 0, sizeof siege);
        siege.heap.fail_at = fail_at;
        siege.heap.fail_on = true;
        siege.clock = talk_ipv4();
        config = heap_config(&siege.heap);
        config.max_connections = 40;
        siege.ka = ka_new(&config, NULL, NULL);
        for (uint32_t n = 0; siege.ka && n < 200 && status == KA_OK; n++) {
            struct talk talk = talk_of(&siege, n, n % 2);
            struct ka_segment segments[2] = {
                talk_segment(&talk, US, KA_CLIENT, KA_SYN, 0, 0, 0),
                talk_segment(&talk, 1000 * MS, KA_CLIENT, KA_SYN, 0, 0, 0),
            };
            siege.clock.now_ns = talk.now_ns;
            siege.clock.frame = talk.frame;
            status = ka_feed(siege.ka, segments, 2);
        }
        if (siege.ka)
            status = ka_finish(siege.ka) == KA_OK ? status : KA_NO_MEMORY;
        bool failed = siege.heap.allocations >= fail_at;
        ck_assert_int_eq(status, failed && siege.ka ? KA_NO_MEMORY : KA_OK);
        ka_free(siege.ka);
        ck_assert_uint_eq(siege.heap.live_blocks, 0);
        if (!failed)
            break;
    }
    ck_assert_uint_gt(fail_at, 10);
    ck_assert_uint_lt(fail_at, 400); /* in the end nothing failed any more */
}
END_TEST

Suite *suite_evict(void)
{
    Suite *suite = suite_create("evict");
    TCase *cases = tcase_create("evict");

    tcase_add_loop_test(cases, test_a_flood_stays_within_the_limit, 0,
                        sizeof floods / sizeof floods[0]);
    tcase_add_loop_test(cases, test_memory_stays_within_the_limit, 0, 2);
    tcase_add_loop_test(cases, test_few_connections_take_little_memory, 0, 5);
    tcase_add_test(cases, test_deaths_and_open_series_are_kept_through_a_flood);
    tcase_add_test(cases, test_what_is_closed_goes_before_what_is_open);
    tcase_add_test(cases, test_the_longest_quiet_go_first);
    tcase_add_loop_test(cases, test_the_less_interesting_make_room, 0,
                        sizeof interests / sizeof interests[0]);
    tcase_add_test(cases, test_details_make_room_before_what_has_none);
    tcase_add_test(cases, test_numbers_are_never_used_again);
    tcase_add_test(cases, test_a_place_forgets_what_was_there_before);
    tcase_add_loop_test(cases, test_removing_leaves_the_index_as_if_it_had_never_been, 0, 4);
    tcase_add_test(cases, test_capacity_is_what_fits);
    tcase_add_test(cases, test_out_of_memory_while_making_room);
    suite_add_tcase(suite, cases);
    return suite;
}
