/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_table.c: connections are found by addresses and ports, whatever they hash to. */
#include <check.h>

#include "core/table.h"
#include "suites.h"
#include "support.h"

struct bench {
    struct heap heap;
    struct mem mem;
    struct table table;
};

static void set_up(struct bench *bench, size_t fail_at)
{
    static const uint64_t secret[2] = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};

    *bench = (struct bench){.heap = {.fail_at = fail_at, .fail_on = true}};
    mem_init(&bench->mem, heap_realloc, heap_free, &bench->heap);
    ck_assert(table_init(&bench->table, &bench->mem, secret) == (fail_at != 1));
}

static void tear_down(struct bench *bench)
{
    table_free(&bench->table);
    ck_assert_uint_eq(bench->heap.live_blocks, 0);
    ck_assert_uint_eq(bench->mem.held_bytes, 0);
}

/*
 * Segment number `n`: all differ in an address or a port; every second one is IPv6, every third
 * goes from the higher address to the lower.
 */
static struct ka_segment numbered(uint32_t n)
{
    struct talk talk = n % 2 ? talk_ipv6() : talk_ipv4();
    struct ka_endpoint a = talk.endpoint[KA_CLIENT], b = talk.endpoint[KA_SERVER];

    a.addr.bytes[15] = (uint8_t)(n >> 16);
    a.port = (uint16_t)n;
    return n % 3 ? (struct ka_segment){.from = a, .to = b}
                 : (struct ka_segment){.from = b, .to = a};
}

static struct ka_segment reversed(const struct ka_segment *segment)
{
    return (struct ka_segment){.from = segment->to, .to = segment->from};
}

static uint32_t find(const struct bench *bench, const struct ka_segment *segment)
{
    struct table_key key = table_key(&bench->table, segment);
    return table_find(&bench->table, &key, segment);
}

static uint32_t add(struct bench *bench, const struct ka_segment *segment)
{
    struct table_key key = table_key(&bench->table, segment);
    return table_add(&bench->table, &key, segment);
}

START_TEST(test_many_connections_through_every_growth)
{
    enum { MANY = 2 * TABLE_CHUNK + 3 }; /* a third chunk; slots double from 256 ten times */
    struct bench b;
    set_up(&b, 0);

    for (uint32_t n = 0; n < MANY; n++) {
        struct ka_segment segment = numbered(n);
        ck_assert_uint_eq(find(&b, &segment), UINT32_MAX);
        ck_assert_uint_eq(add(&b, &segment), n);
    }
    struct conn *first = table_conn(&b.table, 0);
    for (uint32_t n = 0; n < MANY; n++) {
        struct ka_segment segment = numbered(n), other_way = reversed(&segment);
        ck_assert_uint_eq(find(&b, &segment), n);
        ck_assert_uint_eq(find(&b, &other_way), n);
    }
    ck_assert_ptr_eq(table_conn(&b.table, 0), first);
    ck_assert_uint_eq(b.table.count, MANY);
    tear_down(&b);
}
END_TEST

START_TEST(test_the_sender_is_known_and_the_peers_come_back)
{
    struct bench b;
    set_up(&b, 0);

    for (uint32_t n = 0; n < 12; n++) {
        struct ka_segment segment = numbered(n), other_way = reversed(&segment);
        struct table_key key = table_key(&b.table, &segment);
        struct table_key back = table_key(&b.table, &other_way);
        ck_assert_uint_eq(key.hash, back.hash);
        ck_assert_int_ne(key.from, back.from);
        uint32_t number = add(&b, &segment);
        if (key.from == 1)
            table_conn(&b.table, number)->flags |= CONN_CLIENT_IS_1;
        struct ka_peers peers;
        table_peers(&b.table, number, &peers);
        ck_assert_mem_eq(&peers.endpoint[KA_CLIENT].addr, &segment.from.addr, 16);
        ck_assert_mem_eq(&peers.endpoint[KA_SERVER].addr, &segment.to.addr, 16);
        ck_assert_uint_eq(peers.endpoint[KA_CLIENT].port, segment.from.port);
        ck_assert_uint_eq(peers.endpoint[KA_SERVER].port, segment.to.port);
    }
    tear_down(&b);
}
END_TEST

/* What differs from the first connection in one thing only. */
static const struct {
    const char *name;
    bool ipv6, change_addr, change_port;
} close[] = {
    {"IPv4, another address", false, true, false},
    {"IPv4, another port", false, false, true},
    {"IPv6, another address", true, true, false},
    {"IPv6, another port", true, false, true},
};
enum { CLOSE = sizeof close / sizeof close[0] };

START_TEST(test_equal_hashes_do_not_mix_connections_up)
{
    struct bench b;
    set_up(&b, 0);

    struct talk talk = close[_i].ipv6 ? talk_ipv6() : talk_ipv4();
    struct ka_segment one = {.from = talk.endpoint[0], .to = talk.endpoint[1]}, two = one;
    two.to.addr.bytes[15] ^= close[_i].change_addr;
    two.to.port ^= close[_i].change_port;
    struct table_key key = table_key(&b.table, &one), other = table_key(&b.table, &two);
    /*
     * As if the secret were known and the keys chosen: the hashes collide, of IPv6 addresses too.
     */
    other.hash = key.hash;
    if (close[_i].ipv6)
        other.addrs = key.addrs;
    ck_assert_uint_eq(table_add(&b.table, &key, &one), 0);
    ck_assert_msg(table_find(&b.table, &other, &two) == UINT32_MAX, "%s", close[_i].name);
    ck_assert_uint_eq(table_add(&b.table, &other, &two), 1);
    ck_assert_msg(table_find(&b.table, &key, &one) == 0 && table_find(&b.table, &other, &two) == 1,
                  "%s", close[_i].name);
    ck_assert(!(table_conn(&b.table, 0)->flags & CONN_SUPERSEDED));
    tear_down(&b);
}
END_TEST

START_TEST(test_a_run_of_equal_hashes_survives_growth)
{
    enum { RUN = 300 };
    struct bench b;
    set_up(&b, 0);

    for (uint32_t n = 0; n < RUN; n++) {
        struct ka_segment segment = numbered(2 * n);
        struct table_key key = table_key(&b.table, &segment);
        key.hash = 0xfffffffe; /* the run goes past the last slot */
        ck_assert_uint_eq(table_add(&b.table, &key, &segment), n);
    }
    for (uint32_t n = 0; n < RUN; n++) {
        struct ka_segment segment = numbered(2 * n);
        struct table_key key = table_key(&b.table, &segment);
        key.hash = 0xfffffffe;
        ck_assert_uint_eq(table_find(&b.table, &key, &segment), n);
    }
    tear_down(&b);
}
END_TEST

START_TEST(test_a_new_connection_takes_the_place_of_the_old)
{
    struct bench b;
    set_up(&b, 0);

    for (uint32_t n = 0; n < 2; n++) { /* IPv4, IPv6 */
        struct ka_segment segment = numbered(n);
        uint32_t old = add(&b, &segment), fresh = add(&b, &segment);
        ck_assert_uint_eq(fresh, old + 1);
        ck_assert_uint_eq(find(&b, &segment), fresh);
        ck_assert(table_conn(&b.table, old)->flags & CONN_SUPERSEDED);
        ck_assert(!(table_conn(&b.table, fresh)->flags & CONN_SUPERSEDED));
    }
    ck_assert_uint_eq(b.table.slots_used, 2);
    tear_down(&b);
}
END_TEST

START_TEST(test_out_of_memory_anywhere)
{
    enum { MANY = TABLE_CHUNK + 3 };
    struct bench b;
    uint32_t made = 0;

    /* From the thirtieth on mostly chunks of IPv6 addresses, one like the other. */
    for (size_t fail_at = 1; fail_at < 400 && made < MANY; fail_at += fail_at < 30 ? 1 : 7) {
        set_up(&b, fail_at);
        for (made = 0; b.table.slots && made < MANY; made++) {
            struct ka_segment segment = numbered(made);
            if (add(&b, &segment) == UINT32_MAX)
                break;
        }
        ck_assert_uint_eq(b.table.count, made);
        for (uint32_t n = 0; n < made; n++) {
            struct ka_segment segment = numbered(n);
            ck_assert_uint_eq(find(&b, &segment), n);
        }
        if (b.table.slots)
            tear_down(&b);
        ck_assert_uint_eq(b.heap.live_blocks, 0);
    }
    ck_assert_uint_eq(made, MANY); /* in the end nothing failed any more */
}
END_TEST

Suite *suite_table(void)
{
    Suite *suite = suite_create("table");
    TCase *cases = tcase_create("table");

    tcase_add_test(cases, test_many_connections_through_every_growth);
    tcase_add_test(cases, test_the_sender_is_known_and_the_peers_come_back);
    tcase_add_loop_test(cases, test_equal_hashes_do_not_mix_connections_up, 0, CLOSE);
    tcase_add_test(cases, test_a_run_of_equal_hashes_survives_growth);
    tcase_add_test(cases, test_a_new_connection_takes_the_place_of_the_old);
    tcase_add_test(cases, test_out_of_memory_anywhere);
    suite_add_tcase(suite, cases);
    return suite;
}
