/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_giveup.c: when a series that was seen so far ends, against series that were measured. */
#include <check.h>

#include "core/giveup.h"
#include "suites.h"

#define MS (KA_SECOND / 1000)
enum { COPIES_MAX = 20 };

/*
 * Gaps between the copies in ms, from the original's time 0 on; what
 * must be computed after the last.
 */
static const struct series {
    const char *name;
    enum wait_for what;
    bool tlp;       /* the first copy is a tail-loss probe */
    bool last_sent; /* the stack sends no more */
    int32_t gap_ms[COPIES_MAX];
    int32_t next_ms[2]; /* the next timeout, or the silent end, is due between these */
    int32_t end_ms[2];  /* and the end between these */
} series[] = {
    /* Measured: Linux 6.18 HZ 250, 100-byte segment; ETIMEDOUT at 938.58 s. */
    {"Linux with tail-loss probe",
     WAIT_DATA,
     true,
     true,
     {207, 208, 432, 832, 1664, 3392, 6656, 13312, 27136, 53248, 106496, 120832, 120832, 120832,
      120832, 120832},
     {938500, 938660},
     {938500, 938660}},
    {"the same, one copy earlier",
     WAIT_DATA,
     true,
     false,
     {207, 208, 432, 832, 1664, 3392, 6656, 13312, 27136, 53248, 106496, 120832, 120832, 120832,
      120832},
     {817700, 817800},
     {938500, 938660}},
    {"the same, after five timeouts",
     WAIT_DATA,
     true,
     false,
     {207, 208, 432, 832, 1664, 3392},
     {13000, 13500},
     {925000, 950000}},
    /* By the wheel: RTO 201 ms at HZ 1000, 204 ms at HZ 250. */
    {"Linux HZ 1000",
     WAIT_DATA,
     false,
     true,
     {209, 408, 848, 1664, 3264, 6784, 13312, 26112, 52224, 106496, 122880, 122880, 122880, 122880,
      122880},
     {948500, 948700},
     {948500, 948700}},
    {"Linux HZ 250",
     WAIT_DATA,
     false,
     true,
     {208, 436, 832, 1664, 3488, 6656, 13312, 28160, 53248, 106496, 120832, 120832, 120832, 120832,
      120832},
     {939400, 939600},
     {939400, 939600}},
    /* Measured in the lab: ETIMEDOUT after 939.53 s. */
    {"Linux in the lab",
     WAIT_DATA,
     true,
     true,
     {205, 208, 428, 832, 1664, 3328, 6656, 13312, 28160, 53248, 106496, 120832, 120832, 120832,
      120832, 120832},
     {939450, 939600},
     {939450, 939600}},
    /* illumos: 60 s apart until 300 s have passed; here seen up to the fourth at the cap. */
    {"doubling to 60 s, as illumos",
     WAIT_DATA,
     false,
     false,
     {400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000},
     {281900, 282100},
     {341900, 402100}},
    /* OpenBSD's twelfth copy: RST|ACK, or silence, at 511 s. */
    {"doubling to 64 s, as OpenBSD",
     WAIT_DATA,
     false,
     true,
     {1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000, 64000, 64000, 64000},
     {510900, 511100},
     {510900, 511100}},
    /* Measured: Linux 6.18, ETIMEDOUT at 133.7 s. */
    {"SYN, four linear timeouts",
     WAIT_SYN,
     false,
     true,
     {1006, 1024, 1024, 1024, 1024, 2016, 4224, 8192, 16128, 32512},
     {133500, 133900},
     {133500, 133900}},
    {"SYN, linear, half way",
     WAIT_SYN,
     false,
     false,
     {1006, 1024, 1024, 1024, 1024, 2016},
     {11000, 11700},
     {131000, 136000}},
    {"SYN, exponential",
     WAIT_SYN,
     false,
     true,
     {1000, 2000, 4000, 8000, 16000, 32000},
     {127000, 129000},
     {127000, 129000}},
    {"SYN, exponential, half way",
     WAIT_SYN,
     false,
     false,
     {1000, 2000, 4000},
     {15000, 15500},
     {127000, 131000}},
    /* Measured: orphan; after the eighth timeout silence (model 102.2 s). */
    {"FIN of an orphan",
     WAIT_FIN,
     true,
     true,
     {206, 208, 432, 832, 1664, 3392, 6656, 13312, 27136},
     {106500, 108000},
     {106500, 108000}},
    /* 15 unanswered window probes. */
    {"window probes, the last",
     WAIT_WINDOW,
     false,
     true,
     {212, 436, 864, 1696, 3360, 6912, 13568, 27648, 53248, 106496, 120832, 120832, 120832, 120832,
      120832},
     {939400, 939600},
     {939400, 939600}},
    {"window probes, half way",
     WAIT_WINDOW,
     false,
     false,
     {212, 436, 864, 1696, 3360, 6912, 13568, 27648},
     {107000, 112000},
     {930000, 950000}},
};
enum { SERIES = sizeof series / sizeof series[0] };

/* The wait as series.c keeps it after these copies. */
static struct wait wait_after(const struct series *row)
{
    struct wait wait = {.what = row->what};

    for (int i = 0; i < COPIES_MAX && row->gap_ms[i]; i++) {
        const int64_t gap_ns = row->gap_ms[i] * MS;
        const bool tlp = row->tlp && i == 0;
        wait.previous_gap_ns = wait.last_gap_ns;
        wait.last_gap_ns = gap_ns;
        wait.last_ns += gap_ns;
        wait.sent = ++wait.unanswered;
        if (i == 0)
            wait.first_gap_ns = gap_ns;
        if (i == 0 || (row->tlp && i == 1))
            wait.stamp_ns = wait.last_ns;
        if (wait.previous_gap_ns > 0 && gap_ns >= wait.previous_gap_ns * 3 / 2)
            wait.doublings++;
        if (!tlp) {
            int64_t rto_ns = gap_ns >> wait.timeouts++;
            wait.rto_ns = wait.rto_ns == 0 || rto_ns < wait.rto_ns ? rto_ns : wait.rto_ns;
        }
    }
    return wait;
}

START_TEST(test_series_of_the_facts)
{
    const struct series *row = &series[_i];
    const struct wait wait = wait_after(row);
    struct giveup giveup;

    ck_assert_msg(giveup_compute(&wait, false, &giveup), "%s", row->name);
    ck_assert_msg(giveup.next_ns >= row->next_ms[0] * MS && giveup.next_ns <= row->next_ms[1] * MS,
                  "%s: next at %.3f s", row->name, (double)giveup.next_ns / KA_SECOND);
    ck_assert_msg(giveup.end_ns >= row->end_ms[0] * MS && giveup.end_ns <= row->end_ms[1] * MS,
                  "%s: end at %.3f s", row->name, (double)giveup.end_ns / KA_SECOND);
    ck_assert_msg(giveup.last_sent == row->last_sent, "%s: last_sent", row->name);
}
END_TEST

/* Whatever the gaps: the end is not before the next timeout, nor that before the last copy. */
START_TEST(test_times_are_in_order)
{
    static const enum wait_for kinds[] = {WAIT_DATA, WAIT_FIN, WAIT_SYN, WAIT_WINDOW};
    uint32_t random = 12345;

    for (int round = 0; round < 100000; round++) {
        struct series row = {.what = kinds[round % 4], .tlp = round % 3 == 0};
        random = random * 1664525 + 1013904223;
        const int copies = 1 + (int)(random >> 16) % (COPIES_MAX - 1);
        int32_t gap_ms = 1 + (int32_t)(random % 5000);
        for (int i = 0; i < copies; i++) {
            row.gap_ms[i] = gap_ms;
            random = random * 1664525 + 1013904223;
            gap_ms = random >> 31 && gap_ms < 100000 ? gap_ms * 2 : gap_ms + (int32_t)(random % 7);
        }
        const struct wait wait = wait_after(&row);
        struct giveup giveup;
        ck_assert(giveup_compute(&wait, false, &giveup));
        ck_assert_msg(giveup.next_ns > wait.last_ns && giveup.latest_ns > giveup.next_ns &&
                          giveup.end_ns >= giveup.next_ns,
                      "round %d", round);
        ck_assert_msg(giveup.last_sent == (giveup.end_ns == giveup.next_ns), "round %d", round);
    }
}
END_TEST

START_TEST(test_nothing_to_compute)
{
    struct giveup giveup;
    struct wait wait = wait_after(&series[0]);

    wait.unanswered = 0;
    ck_assert(!giveup_compute(&wait, false, &giveup));
    wait = wait_after(&series[0]);
    wait.last_gap_ns = 0; /* the original was not captured */
    ck_assert(!giveup_compute(&wait, false, &giveup));
    wait = wait_after(&series[0]);
    wait.what = WAIT_KEEPALIVE; /* count and user timeout tell, not the gaps */
    ck_assert(!giveup_compute(&wait, false, &giveup));
    wait.what = WAIT_NOTHING;
    ck_assert(!giveup_compute(&wait, false, &giveup));
}
END_TEST

Suite *suite_giveup(void)
{
    Suite *suite = suite_create("giveup");
    TCase *cases = tcase_create("giveup");

    tcase_add_loop_test(cases, test_series_of_the_facts, 0, SERIES);
    tcase_add_test(cases, test_times_are_in_order);
    tcase_add_test(cases, test_nothing_to_compute);
    suite_add_tcase(suite, cases);
    return suite;
}
