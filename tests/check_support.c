/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_support.c: the other suites trust the heap, the segment writer and the recorder. */
#include <check.h>
#include <string.h>

#include "suites.h"
#include "support.h"

START_TEST(test_heap_counts_what_is_live)
{
    struct heap heap = {0};
    char *block = heap_realloc(NULL, 10, &heap);

    memcpy(block, "123456789", 10);
    char *moved = heap_realloc(block, 20, &heap);
    ck_assert_msg(moved != block, "a resized block stayed where it was");
    ck_assert_str_eq(moved, "123456789");
    ck_assert_uint_eq(heap.live_blocks, 1);
    ck_assert_uint_eq(heap.live_bytes, 20);
    ck_assert_uint_eq(heap.peak_bytes, 30);
    ck_assert_uint_eq((unsigned char)moved[19], 0xa5);
    heap_free(moved, &heap);
    heap_free(NULL, &heap);
    ck_assert_uint_eq(heap.live_blocks, 0);
    ck_assert_uint_eq(heap.live_bytes, 0);
}
END_TEST

static const struct {
    const char *name;
    size_t fail_at;
    bool fail_on;
    bool got[4]; /* of four allocations, which succeed */
} failures[] = {
    {"none", 0, false, {true, true, true, true}},
    {"the first", 1, false, {false, true, true, true}},
    {"the third", 3, false, {true, true, false, true}},
    {"the second and all after it", 2, true, {true, false, false, false}},
};

START_TEST(test_heap_fails_the_allocation_asked_for)
{
    struct heap heap = {.fail_at = failures[_i].fail_at, .fail_on = failures[_i].fail_on};

    for (int i = 0; i < 4; i++) {
        void *block = heap_realloc(NULL, 1, &heap);
        ck_assert_msg((block != NULL) == failures[_i].got[i], "%s: allocation %d",
                      failures[_i].name, i + 1);
        heap_free(block, &heap);
    }
    ck_assert_uint_eq(heap.live_blocks, 0);
}
END_TEST

START_TEST(test_heap_keeps_the_block_that_it_cannot_resize)
{
    struct heap heap = {.fail_at = 2};
    char *block = heap_realloc(NULL, 4, &heap);

    memcpy(block, "abc", 4);
    ck_assert_ptr_null(heap_realloc(block, 8, &heap));
    ck_assert_str_eq(block, "abc");
    ck_assert_uint_eq(heap.live_blocks, 1);
    heap_free(block, &heap);
}
END_TEST

START_TEST(test_handshake_has_the_fields_of_one)
{
    struct talk talk = _i == 0 ? talk_ipv4() : talk_ipv6();
    struct ka_segment handshake[3];

    talk.timestamps = true;
    talk_handshake(&talk, handshake);
    const struct ka_segment *syn = &handshake[0], *synack = &handshake[1], *ack = &handshake[2];

    ck_assert_int_eq(syn->flags, KA_SYN);
    ck_assert_int_eq(synack->flags, KA_SYN | KA_ACK);
    ck_assert_int_eq(ack->flags, KA_ACK);
    ck_assert_uint_eq(synack->ack, syn->seq + 1);
    ck_assert_uint_eq(ack->ack, synack->seq + 1);
    ck_assert_uint_eq(ack->seq, syn->seq + 1);
    ck_assert_uint_eq(ack->tsecr, synack->tsval);
    ck_assert_mem_eq(&synack->from, &syn->to, sizeof syn->to);
    ck_assert_mem_eq(&synack->to, &syn->from, sizeof syn->from);
    ck_assert_uint_eq(ack->frame, 3);
    ck_assert_int_eq(ack->time_ns - syn->time_ns, KA_SECOND / 500);
    ck_assert_int_eq(ack->ip_id != syn->ip_id, _i == 0); /* IPv6 has none */
}
END_TEST

START_TEST(test_sequence_numbers_wrap_within_a_talk)
{
    struct talk talk = talk_ipv4();
    struct ka_segment data = talk_segment(&talk, 0, KA_CLIENT, KA_PSH | KA_ACK, 0x1000, 7, 1);

    ck_assert_uint_eq(data.seq, 0xf00);
    ck_assert_uint_eq(data.len, 7);
    ck_assert(data.has_first_byte);
}
END_TEST

START_TEST(test_icmp_error_quotes_the_segment)
{
    struct talk talk = talk_ipv4();
    struct ka_segment data = talk_segment(&talk, 0, KA_CLIENT, KA_ACK, 1, 100, 1);
    struct ka_segment error = talk_unreachable(&talk, KA_SECOND, &data, 3, 1);

    ck_assert(error.quoted);
    ck_assert_int_eq(error.icmp_type, 3);
    ck_assert_int_eq(error.icmp_code, 1);
    ck_assert_uint_eq(error.seq, data.seq);
    ck_assert_uint_eq(error.frame, 2);
    ck_assert_int_eq(error.time_ns - data.time_ns, KA_SECOND);
    ck_assert(memcmp(&error.icmp_from, &data.to.addr, sizeof data.to.addr) != 0);
}
END_TEST

START_TEST(test_recorder_keeps_the_last_call_for_a_frame)
{
    static const struct {
        uint64_t frame;
        enum ka_tag tag;
    } calls[] = {
        {9, KA_TAG_KEEPALIVE_PROBE}, {2, KA_TAG_RETRANSMISSION}, {9, KA_TAG_WINDOW_PROBE},
        {5, KA_TAG_HEARTBEAT},       {2, KA_TAG_RETRANSMISSION},
    };
    struct recorder recorder = {0};
    struct ka_callbacks callbacks = recorder_callbacks();
    const struct ka_peers peers = {0};

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct ka_frame frame = {.frame = calls[i].frame, .tag = calls[i].tag};
        callbacks.frame(&frame, &peers, &recorder);
    }
    ck_assert_uint_eq(recorder.frame_calls, 5);
    ck_assert_uint_eq(recorder.frame_count, 3);
    ck_assert_uint_eq(recorder.frames[0].frame, 2);
    ck_assert_uint_eq(recorder.frames[2].frame, 9);
    ck_assert_int_eq(recorder_tag(&recorder, 9), KA_TAG_WINDOW_PROBE);
    ck_assert_int_eq(recorder_tag(&recorder, 5), KA_TAG_HEARTBEAT);
    ck_assert_int_eq(recorder_tag(&recorder, 3), KA_TAG_NONE);
    ck_assert_ptr_null(recorder_frame(&recorder, 10));
    recorder_clear(&recorder);
    ck_assert_uint_eq(recorder.frame_count, 0);
}
END_TEST

START_TEST(test_recorder_copies_what_a_connection_points_to)
{
    struct recorder recorder = {0};
    struct ka_backoff backoff[2] = {{.steps = 3}, {.steps = 7}};
    struct ka_detection detection = {.unanswered = 9};
    struct ka_connection connection = {
        .number = 4, .detection = &detection, .backoff = backoff, .backoffs = 2};

    recorder_callbacks().connection(&connection, &recorder);
    memset(backoff, 0, sizeof backoff);
    detection.unanswered = 0;

    const struct ka_connection *copy = recorder_connection(&recorder, 4);
    ck_assert_ptr_nonnull(copy);
    ck_assert_uint_eq(copy->detection->unanswered, 9);
    ck_assert_uint_eq(copy->backoff[1].steps, 7);
    ck_assert_ptr_null(copy->keepalive[KA_CLIENT]);
    ck_assert_ptr_null(copy->heartbeat);
    ck_assert_ptr_null(recorder_connection(&recorder, 0));
    recorder_clear(&recorder);
}
END_TEST

Suite *suite_support(void)
{
    Suite *suite = suite_create("support");
    TCase *heap = tcase_create("heap");
    TCase *talk = tcase_create("talk");
    TCase *recorder = tcase_create("recorder");

    tcase_add_test(heap, test_heap_counts_what_is_live);
    tcase_add_loop_test(heap, test_heap_fails_the_allocation_asked_for, 0,
                        sizeof failures / sizeof failures[0]);
    tcase_add_test(heap, test_heap_keeps_the_block_that_it_cannot_resize);
    suite_add_tcase(suite, heap);

    tcase_add_loop_test(talk, test_handshake_has_the_fields_of_one, 0, 2);
    tcase_add_test(talk, test_sequence_numbers_wrap_within_a_talk);
    tcase_add_test(talk, test_icmp_error_quotes_the_segment);
    suite_add_tcase(suite, talk);

    tcase_add_test(recorder, test_recorder_keeps_the_last_call_for_a_frame);
    tcase_add_test(recorder, test_recorder_copies_what_a_connection_points_to);
    suite_add_tcase(suite, recorder);
    return suite;
}
