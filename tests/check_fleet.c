/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_fleet.c: groups, their order, percentiles, settings, and the independence of the order. */
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "parse.h"
#include "suites.h"

#define S KA_SECOND

static struct ka_endpoint endpoint_of(const char *text)
{
    struct ka_endpoint endpoint;

    ck_assert_msg(parse_endpoint(text, &endpoint), "%s", text);
    return endpoint;
}

/* A connection whose peer was lost after `latency_s` seconds, 0: it was not. */
struct sample {
    const char *client, *server;
    enum ka_outcome outcome;
    enum ka_side detector;
    enum ka_mechanism mechanism;
    int64_t latency_s;
    int64_t idle_s; /* of the client's probes; 0: none */
    unsigned slow;  /* findings keepalive_slow, one for each end */
};

static const struct sample samples[] = {
    {"192.0.2.1:1000", "198.51.100.1:80", KA_OUTCOME_ALIVE, 0, 0, 0, 7200, 2},
    {"192.0.2.1:1001", "198.51.100.2:80", KA_OUTCOME_DEAD_KEEPALIVE, KA_CLIENT,
     KA_MECHANISM_KEEPALIVE, 300, 60, 0},
    {"192.0.2.2:1002", "198.51.100.2:443", KA_OUTCOME_DEAD_KEEPALIVE, KA_CLIENT,
     KA_MECHANISM_KEEPALIVE, 100, 60, 0},
    {"192.0.2.3:1003", "198.51.100.2:443", KA_OUTCOME_DEAD_RETRANSMISSION, KA_SERVER,
     KA_MECHANISM_RETRANSMISSION, 900, 0, 0},
    {"192.0.2.2:1004", "198.51.101.9:443", KA_OUTCOME_CLOSED, 0, 0, 0, 0, 0},
    {"[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:443", KA_OUTCOME_CONNECT_FAILED, KA_CLIENT,
     KA_MECHANISM_SYN, 127, 0, 0},
    {"[2001:db8:0:1::1]:2", "[2001:db8:0:2::2]:443", KA_OUTCOME_CLOSED, 0, 0, 0, 0, 0},
    {"192.0.2.1:1001", "198.51.100.1:80", KA_OUTCOME_ALIVE, 0, 0, 0, 60, 1},
};
enum { SAMPLE_COUNT = sizeof samples / sizeof samples[0] };

static void add(struct fleet *fleet, const struct sample *sample)
{
    const struct ka_detection detection = {
        .detector = sample->detector,
        .mechanism = sample->mechanism,
        .declared = true,
        .latency_ns = sample->latency_s * S,
    };
    const struct ka_keepalive keepalive = {.idle = {.nominal_ns = sample->idle_s * S},
                                           .intvl = {.nominal_ns = KA_UNKNOWN}};
    static const struct ka_finding slow[] = {
        {.code = KA_FINDING_KEEPALIVE_SLOW, .about = KA_CLIENT},
        {.code = KA_FINDING_KEEPALIVE_SLOW, .about = KA_SERVER},
    };
    const struct ka_connection connection = {
        .endpoint = {endpoint_of(sample->client), endpoint_of(sample->server)},
        .outcome = sample->outcome,
        .detection = sample->latency_s ? &detection : NULL,
        .keepalive = {sample->idle_s ? &keepalive : NULL, NULL},
        .finding = slow,
        .findings = sample->slow,
    };

    ck_assert(fleet_add(fleet, &connection));
}

static struct fleet fleet_by(const char *grouping)
{
    struct fleet fleet = {.grouping = {.by = FLEET_BY_COUNT}};

    ck_assert_msg(fleet_parse_grouping(grouping, &fleet.grouping), "%s", grouping);
    return fleet;
}

/* "name connections/lost" of each group, separated by commas. */
static void describe(struct fleet *fleet, char *text, size_t size)
{
    char name[FLEET_NAME_BYTES];
    size_t used = 0;

    fleet_settle(fleet);
    text[0] = '\0';
    for (size_t i = 0; i < fleet->groups.count; i++) {
        const struct fleet_group *group = fleet->groups.rows[i];

        used += (size_t)snprintf(text + used, size - used, "%s%s %d/%d", i ? ", " : "",
                                 fleet_group_name(name, fleet, group), (int)group->connections,
                                 (int)group->lost);
    }
}

static const struct {
    const char *grouping, *groups;
} groupings[] = {
    {"server", "198.51.100.2 3/3, 2001:db8:0:2::1 1/1, 198.51.100.1 2/0, 198.51.101.9 1/0, "
               "2001:db8:0:2::2 1/0"},
    {"service", "443 5/3, 80 3/1"},
    {"prefix", "198.51.100.0/24 5/3, 2001:db8:0:2::/64 2/1, 198.51.101.0/24 1/0"},
    {"prefix/16", "198.51.0.0/16 6/3, 2001:db8:0:2::/64 2/1"},
    {"prefix/23/127", "198.51.100.0/23 6/3, 2001:db8:0:2::/127 1/1, 2001:db8:0:2::2/127 1/0"},
    {"prefix/32/0", "198.51.100.2/32 3/3, ::/0 2/1, 198.51.100.1/32 2/0, 198.51.101.9/32 1/0"},
    {"prefix/0", "0.0.0.0/0 6/3, 2001:db8:0:2::/64 2/1"},
    {"client", "192.0.2.1 3/1, 192.0.2.2 2/1, 2001:db8:0:1::1 2/1, 192.0.2.3 1/1"},
    {"outcome", "dead_keepalive 2/2, dead_retransmission 1/1, connect_failed 1/1, alive 2/0, "
                "closed 2/0"},
};

START_TEST(test_groups)
{
    struct fleet fleet = fleet_by(groupings[_i].grouping);
    char text[1024];

    for (int i = 0; i < SAMPLE_COUNT; i++)
        add(&fleet, &samples[i]);
    describe(&fleet, text, sizeof text);
    ck_assert_msg(strcmp(text, groupings[_i].groups) == 0, "%s: %s", groupings[_i].grouping, text);
    fleet_free(&fleet);
}
END_TEST

/* One that lost a peer is kept beyond the bound. */
START_TEST(test_further_groups_are_counted_together)
{
    struct fleet fleet = fleet_by("server");
    char text[1024];

    fleet.max_groups = 2;
    for (int i = 0; i < SAMPLE_COUNT; i++)
        add(&fleet, &samples[i]);
    describe(&fleet, text, sizeof text);
    ck_assert_str_eq(text, "198.51.100.2 3/3, 2001:db8:0:2::1 1/1, (others) 2/0, 198.51.100.1 2/0");
    fleet_free(&fleet);
}
END_TEST

static void check_same_setting(const struct fleet_setting *a, const struct fleet_setting *b)
{
    ck_assert_int_eq(a->key.idle_ns, b->key.idle_ns);
    ck_assert_int_eq(a->key.intvl_ns, b->key.intvl_ns);
    ck_assert_uint_eq(a->key.count, b->key.count);
    ck_assert_uint_eq(a->probers, b->probers);
}

static void check_same_offender(const struct fleet_offender *a, const struct fleet_offender *b)
{
    ck_assert_mem_eq(&a->key.addr, &b->key.addr, sizeof a->key.addr);
    ck_assert_uint_eq(a->key.number, b->key.number);
    ck_assert_uint_eq(a->lost, b->lost);
    ck_assert_mem_eq(a->mechanisms, b->mechanisms, sizeof a->mechanisms);
    ck_assert_int_eq(a->latency_max_ns, b->latency_max_ns);
}

/* What a group holds, as numbers. */
static void check_same(const struct fleet *a, const struct fleet *b)
{
    ck_assert_uint_eq(a->groups.count, b->groups.count);
    for (size_t i = 0; i < a->groups.count; i++) {
        const struct fleet_group *left = a->groups.rows[i], *right = b->groups.rows[i];

        ck_assert_mem_eq(&left->key.addr, &right->key.addr, sizeof left->key.addr);
        ck_assert_uint_eq(left->key.number, right->key.number);
        ck_assert_mem_eq(left->outcomes, right->outcomes, sizeof left->outcomes);
        ck_assert_mem_eq(fleet_findings(left), fleet_findings(right),
                         KA_FINDING_COUNT * sizeof *left->findings);
        for (int m = 0; m < KA_MECHANISM_COUNT; m++) {
            ck_assert_uint_eq(left->latencies[m].count, right->latencies[m].count);
            for (unsigned percent = 0; percent <= 100; percent++)
                ck_assert_int_eq(latencies_percentile(&left->latencies[m], percent),
                                 latencies_percentile(&right->latencies[m], percent));
        }
        ck_assert_uint_eq(left->settings.count, right->settings.count);
        for (size_t k = 0; k < left->settings.count; k++)
            check_same_setting(left->settings.rows[k], right->settings.rows[k]);
    }
    ck_assert_uint_eq(a->offenders.count, b->offenders.count);
    for (size_t i = 0; i < a->offenders.count; i++)
        check_same_offender(a->offenders.rows[i], b->offenders.rows[i]);
}

START_TEST(test_order_of_arrival_does_not_matter)
{
    struct fleet straight = fleet_by("service");

    for (int i = 0; i < SAMPLE_COUNT; i++)
        add(&straight, &samples[i]);
    fleet_settle(&straight);
    /* Steps that have no divisor in common with 8 visit all samples. */
    for (int step = 3; step < SAMPLE_COUNT; step += 2) {
        struct fleet mixed = fleet_by("service");

        for (int i = 0; i < SAMPLE_COUNT; i++)
            add(&mixed, &samples[(i * step + 1) % SAMPLE_COUNT]);
        fleet_settle(&mixed);
        check_same(&straight, &mixed);
        fleet_free(&mixed);
    }
    fleet_free(&straight);
}
END_TEST

START_TEST(test_percentiles_and_settings)
{
    struct fleet fleet = fleet_by("service");
    const struct fleet_group *group;
    const struct fleet_setting *setting;

    for (int i = 0; i < SAMPLE_COUNT; i++)
        add(&fleet, &samples[i]);
    add(&fleet, &samples[1]);
    fleet_settle(&fleet);
    group = fleet.groups.rows[1]; /* port 80 */
    ck_assert_uint_eq(group->latencies[KA_MECHANISM_KEEPALIVE].count, 2);
    ck_assert_int_eq(latencies_percentile(&group->latencies[KA_MECHANISM_KEEPALIVE], 99), 300 * S);
    ck_assert_uint_eq(group->settings.count, 2);
    setting = group->settings.rows[0];
    ck_assert_int_eq(setting->key.idle_ns, 60 * S);
    ck_assert_int_eq(setting->key.intvl_ns, KA_UNKNOWN);
    ck_assert_uint_eq(setting->probers, 3);
    fleet_free(&fleet);
}
END_TEST

START_TEST(test_a_finding_counts_once_a_connection)
{
    struct fleet fleet = fleet_by("service");
    const struct fleet_group *group;

    for (int i = 0; i < SAMPLE_COUNT; i++)
        add(&fleet, &samples[i]);
    fleet_settle(&fleet);
    group = fleet.groups.rows[1]; /* port 80 */
    ck_assert_uint_eq(fleet_findings(group)[KA_FINDING_KEEPALIVE_SLOW], 2);
    ck_assert_uint_eq(fleet_findings(group)[KA_FINDING_PROBE_LOSS], 0);
    group = fleet.groups.rows[0];
    ck_assert_uint_eq(fleet_findings(group)[KA_FINDING_KEEPALIVE_SLOW], 0);
    fleet_free(&fleet);
}
END_TEST

START_TEST(test_the_dead_end_is_the_offender)
{
    struct fleet fleet = fleet_by("server");
    const struct fleet_offender *first, *last;
    char name[ENDPOINT_TEXT_BYTES];

    for (int i = 0; i < SAMPLE_COUNT; i++)
        add(&fleet, &samples[i]);
    fleet_settle(&fleet);
    ck_assert_uint_eq(fleet.offenders.count, 3);
    first = fleet.offenders.rows[0];
    ck_assert_str_eq(address_name(name, &first->key.addr), "198.51.100.2");
    ck_assert_uint_eq(first->lost, 2);
    ck_assert_uint_eq(first->mechanisms[KA_MECHANISM_KEEPALIVE], 2);
    ck_assert_int_eq(first->latency_max_ns, 300 * S);
    /* The server gave the client up: the client is dead. */
    last = fleet.offenders.rows[1];
    ck_assert_str_eq(address_name(name, &last->key.addr), "192.0.2.3");
    fleet_free(&fleet);
}
END_TEST

START_TEST(test_wrong_groupings)
{
    static const char *const wrong[] = {
        "",          "servers",       "serv",       "server/24",    "prefix/",  "prefix/33",
        "prefix/-1", "prefix/24/129", "prefix/24/", "prefix/24/6x", "prefix/x", "prefix/24/64/1"};
    struct fleet_grouping grouping;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!fleet_parse_grouping(wrong[i], &grouping), "'%s' is taken", wrong[i]);
}
END_TEST

static int compare_ints(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

START_TEST(test_roster_finds_what_it_holds)
{
    struct roster roster = {NULL, NULL, 0, 0};

    for (int i = 0; i < 2000; i++) {
        int key = i * 7919 % 1000;

        ck_assert_ptr_nonnull(roster_find(&roster, &key, sizeof key, sizeof key, compare_ints));
    }
    ck_assert_uint_eq(roster.count, 1000);
    roster_sort(&roster, compare_ints);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(*(int *)roster.rows[i], i);
    roster_free(&roster, NULL);
    ck_assert_uint_eq(roster.count, 0);
}
END_TEST

Suite *suite_fleet(void)
{
    Suite *suite = suite_create("fleet");
    TCase *tcase = tcase_create("fleet");

    tcase_add_loop_test(tcase, test_groups, 0, (int)(sizeof groupings / sizeof groupings[0]));
    tcase_add_test(tcase, test_further_groups_are_counted_together);
    tcase_add_test(tcase, test_order_of_arrival_does_not_matter);
    tcase_add_test(tcase, test_percentiles_and_settings);
    tcase_add_test(tcase, test_a_finding_counts_once_a_connection);
    tcase_add_test(tcase, test_the_dead_end_is_the_offender);
    tcase_add_test(tcase, test_wrong_groupings);
    tcase_add_test(tcase, test_roster_finds_what_it_holds);
    suite_add_tcase(suite, tcase);
    return suite;
}
