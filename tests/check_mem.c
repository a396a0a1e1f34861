/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_mem.c: the allocator counts what is held and leaves everything in place when it fails. */
#include <check.h>
#include <string.h>

#include "core/mem.h"
#include "suites.h"
#include "support.h"

static struct mem mem_on(struct heap *heap)
{
    struct mem mem;

    mem_init(&mem, heap_realloc, heap_free, heap);
    return mem;
}

START_TEST(test_bytes_held_are_counted)
{
    struct heap heap = {0};
    struct mem mem = mem_on(&heap);

    void *a = mem_zeroed(&mem, 100);
    void *b = mem_zeroed(&mem, 28);
    ck_assert_uint_eq(mem.held_bytes, 128);
    a = mem_resize(&mem, a, 100, 40);
    ck_assert_uint_eq(mem.held_bytes, 68);
    a = mem_resize(&mem, a, 40, 400);
    ck_assert_uint_eq(mem.held_bytes, 428);
    ck_assert_uint_eq(heap.live_bytes, 428);
    mem_free(&mem, a, 400);
    mem_free(&mem, b, 28);
    mem_free(&mem, NULL, 1000);
    ck_assert_uint_eq(mem.held_bytes, 0);
    ck_assert_uint_eq(heap.live_blocks, 0);
}
END_TEST

START_TEST(test_zeroed_is_zero)
{
    static const unsigned char zeros[257];
    struct heap heap = {0}; /* hands out 0xa5 */
    struct mem mem = mem_on(&heap);

    void *block = mem_zeroed(&mem, sizeof zeros);
    ck_assert_mem_eq(block, zeros, sizeof zeros);
    mem_free(&mem, block, sizeof zeros);
}
END_TEST

START_TEST(test_growing_keeps_the_items_and_doubles)
{
    struct heap heap = {0};
    struct mem mem = mem_on(&heap);
    uint32_t *items = NULL;
    size_t capacity = 0;

    for (uint32_t count = 0; count < 1000; count++) {
        items = mem_grow(&mem, items, count, &capacity, sizeof *items);
        ck_assert_uint_gt(capacity, count);
        items[count] = count * 7;
    }
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(items[i], i * 7);
    ck_assert_uint_eq(capacity, 1024);
    ck_assert_uint_eq(heap.allocations, 9); /* 4, 8, ... 1024 */
    ck_assert_uint_eq(mem.held_bytes, 4096);
    mem_free(&mem, items, capacity * sizeof *items);
}
END_TEST

START_TEST(test_failure_changes_nothing)
{
    struct heap heap = {.fail_at = 2, .fail_on = true};
    struct mem mem = mem_on(&heap);
    size_t capacity = 0;

    uint32_t *items = mem_grow(&mem, NULL, 0, &capacity, sizeof *items);
    for (uint32_t i = 0; i < 4; i++)
        items[i] = i;
    ck_assert_ptr_null(mem_grow(&mem, items, 4, &capacity, sizeof *items));
    ck_assert_ptr_null(mem_resize(&mem, items, 16, 32));
    ck_assert_ptr_null(mem_zeroed(&mem, 8));
    ck_assert_uint_eq(capacity, 4);
    ck_assert_uint_eq(mem.held_bytes, 16);
    ck_assert_uint_eq(items[3], 3);
    mem_free(&mem, items, 16);
    ck_assert_uint_eq(heap.live_blocks, 0);
}
END_TEST

START_TEST(test_without_hooks_it_is_the_c_library)
{
    struct mem mem;

    mem_init(&mem, NULL, NULL, NULL);
    char *text = mem_zeroed(&mem, 8);
    ck_assert_ptr_nonnull(text);
    strcpy(text, "abcdefg");
    text = mem_resize(&mem, text, 8, 4096);
    ck_assert_str_eq(text, "abcdefg");
    ck_assert_uint_eq(mem.held_bytes, 4096);
    mem_free(&mem, text, 4096);
    ck_assert_uint_eq(mem.held_bytes, 0);
}
END_TEST

Suite *suite_mem(void)
{
    Suite *suite = suite_create("mem");
    TCase *cases = tcase_create("mem");

    tcase_add_test(cases, test_bytes_held_are_counted);
    tcase_add_test(cases, test_zeroed_is_zero);
    tcase_add_test(cases, test_growing_keeps_the_items_and_doubles);
    tcase_add_test(cases, test_failure_changes_nothing);
    tcase_add_test(cases, test_without_hooks_it_is_the_c_library);
    suite_add_tcase(suite, cases);
    return suite;
}
