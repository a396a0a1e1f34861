/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_seq.c: sequence numbers compare modulo 2^32. */
#include <check.h>

#include "core/seq.h"
#include "suites.h"

/* RFC 9293 3.4: b is reached from a by going forward less than half the number space. */
static const struct {
    const char *name;
    uint32_t a, b;
    bool before;
} ordered[] = {
    {"next", 1, 2, true},
    {"equal", 7, 7, false},
    {"previous", 2, 1, false},
    {"across the wrap", 0xffffffff, 0, true},
    {"back across the wrap", 0, 0xffffffff, false},
    {"far across the wrap", 0xfffffff0, 0x10, true},
    {"just under half the space", 0, 0x7fffffff, true},
    {"just under half the space, wrapped", 0xc0000000, 0x3fffffff, true},
    {"just over half the space", 0, 0x80000001, false},
    {"a window behind", 0x00010000, 0xffff0000, false},
};
enum { ORDERED = sizeof ordered / sizeof ordered[0] };

START_TEST(test_order_is_modulo_2_to_the_32)
{
    const uint32_t a = ordered[_i].a, b = ordered[_i].b;

    ck_assert_msg(seq_before(a, b) == ordered[_i].before, "%s: before", ordered[_i].name);
    ck_assert_msg(seq_after(b, a) == ordered[_i].before, "%s: after", ordered[_i].name);
    if (ordered[_i].before) {
        ck_assert_msg(!seq_before(b, a), "%s: both before each other", ordered[_i].name);
        ck_assert_msg(seq_max(a, b) == b && seq_max(b, a) == b, "%s: max", ordered[_i].name);
    }
}
END_TEST

START_TEST(test_order_does_not_depend_on_where_numbers_begin)
{
    for (uint64_t isn = 0; isn <= UINT32_MAX; isn += 0x01010101)
        for (uint32_t distance = 1; distance < 0x80000000; distance += 0x00ffff0f) {
            const uint32_t a = (uint32_t)isn, b = a + distance;
            if (!seq_before(a, b) || seq_before(b, a))
                ck_abort_msg("%x and %x", a, b);
        }
}
END_TEST

Suite *suite_seq(void)
{
    Suite *suite = suite_create("seq");
    TCase *cases = tcase_create("order");

    tcase_add_loop_test(cases, test_order_is_modulo_2_to_the_32, 0, ORDERED);
    tcase_add_test(cases, test_order_does_not_depend_on_where_numbers_begin);
    suite_add_tcase(suite, cases);
    return suite;
}
