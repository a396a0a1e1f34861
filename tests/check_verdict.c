/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_verdict.c: reports of many connections, and every value that a report can hold. */
#include <check.h>
#include <glob.h>
#include <string.h>

#include "core/ka.h"
#include "script.h"
#include "suites.h"
#include "support.h"

#define MS (KA_SECOND / 1000)

/* ---- every value has a script -------------------------------------------------------------- */

struct seen {
    bool outcome[KA_OUTCOME_COUNT], mechanism[KA_MECHANISM_COUNT], declared[KA_DECLARED_COUNT];
    bool ended[KA_ENDED_COUNT], row_kind[KA_KIND_COUNT], frame_kind[KA_KIND_COUNT];
};

static void see_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    (void)peers;
    if (frame->tag == KA_TAG_RETRANSMISSION)
        ((struct seen *)user)->frame_kind[frame->retransmission.kind] = true;
}

static void see_connection(const struct ka_connection *report, void *user)
{
    struct seen *seen = user;

    seen->outcome[report->outcome] = true;
    if (report->detection) {
        seen->mechanism[report->detection->mechanism] = true;
        if (report->detection->declared)
            seen->declared[report->detection->declared_by] = true;
    }
    for (size_t i = 0; i < report->backoffs; i++) {
        seen->ended[report->backoff[i].ended] = true;
        seen->row_kind[report->backoff[i].kind] = true;
    }
}

static void see_script(struct seen *seen, const char *path)
{
    const struct ka_callbacks callbacks = {see_frame, see_connection};
    struct script script;

    if (!script_read(&script, path))
        ck_abort_msg("%s", script.problem);
    struct script_wire wire = script_wire(&script, (struct script_variant){0});
    struct ka *ka = ka_new(NULL, &callbacks, seen);
    struct ka_segment segment = {0};
    for (size_t i = 0; i < script.step_count; i++) {
        segment = script_segment(&wire, i);
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
    }
    ka_reached(ka, segment.time_ns - script.steps[script.step_count - 1].t_ns + script.end_ns);
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ka_free(ka);
    script_free(&script);
}

START_TEST(test_every_value_has_a_script)
{
    struct seen seen = {0};
    glob_t scripts;

    ck_assert_int_eq(glob("tests/scripts/*.ka", 0, NULL, &scripts), 0);
    for (size_t i = 0; i < scripts.gl_pathc; i++)
        see_script(&seen, scripts.gl_pathv[i]);
    globfree(&scripts);
    for (int i = 0; i < KA_OUTCOME_COUNT; i++)
        ck_assert_msg(seen.outcome[i], "outcome %s", ka_outcome_name((enum ka_outcome)i));
    for (int i = 0; i < KA_MECHANISM_COUNT; i++)
        ck_assert_msg(seen.mechanism[i], "mechanism %s", ka_mechanism_name((enum ka_mechanism)i));
    for (int i = 0; i < KA_DECLARED_COUNT; i++)
        ck_assert_msg(seen.declared[i], "declared by %s", ka_declared_name((enum ka_declared)i));
    for (int i = 0; i < KA_ENDED_COUNT; i++)
        ck_assert_msg(seen.ended[i], "ended %s", ka_ended_name((enum ka_ended)i));
    for (int i = 0; i < KA_KIND_COUNT; i++) { /* frames and rows share the list */
        bool of_frames = i != KA_KIND_WINDOW_PROBE, of_rows = i != KA_KIND_TLP;
        ck_assert_msg(seen.frame_kind[i] == of_frames, "frames: %s", ka_kind_name((enum ka_kind)i));
        ck_assert_msg(seen.row_kind[i] == of_rows, "rows: %s", ka_kind_name((enum ka_kind)i));
    }
}
END_TEST

/* ---- many connections ---------------------------------------------------------------------- */

START_TEST(test_reports_come_in_the_order_of_first_frames)
{
    enum { MANY = 3000 };
    const struct ka_callbacks callbacks = recorder_callbacks();
    struct recorder recorder = {0};
    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    struct talk talk = talk_ipv4(), talk6 = talk_ipv6();
    struct ka_segment segments[3];

    for (int i = 0; i < MANY; i++) { /* handshakes, the ACK of each after all the others */
        struct talk *one = i % 2 ? &talk6 : &talk;
        one->endpoint[KA_CLIENT].port = (uint16_t)(10000 + i);
        one->frame = 2 * (uint64_t)i;
        talk_handshake(one, segments);
        ck_assert_int_eq(ka_feed(ka, segments, 2), KA_OK);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_uint_eq(recorder.connection_count, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        const struct ka_connection *report = recorder.connections[i];
        ck_assert_uint_eq(report->number, i);
        ck_assert_uint_eq(report->endpoint[KA_CLIENT].port, 10000 + i);
        ck_assert_uint_eq(report->endpoint[KA_SERVER].port, 80);
        ck_assert_uint_eq(report->first_frame, 2 * (uint64_t)i + 1);
        ck_assert_uint_eq(report->last_frame, 2 * (uint64_t)i + 2);
        ck_assert_uint_eq(report->packets, 2);
    }
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

/*
 * Who is the client where no SYN tells: the higher port, between two
 * high ones the first that spoke.
 */
static const struct {
    const char *name;
    uint16_t from, to;
    unsigned flags;
    bool sender_is_client;
} clients[] = {
    {"SYN", 80, 49152, KA_SYN, true},
    {"SYN|ACK", 49152, 80, KA_SYN | KA_ACK, false},
    {"ACK from a high port", 49152, 80, KA_ACK, true},
    {"ACK from a low port", 80, 49152, KA_ACK, false},
    {"ACK between high ports", 50000, 60000, KA_ACK, true},
    {"ACK between high ports, from the higher", 60000, 50000, KA_ACK, true},
    {"ACK between equal ports", 179, 179, KA_ACK, true},
};
enum { CLIENTS = sizeof clients / sizeof clients[0] };

START_TEST(test_who_is_the_client)
{
    for (int swap = 0; swap < 2; swap++) { /* the sender has the lower address, then the higher */
        const struct ka_callbacks callbacks = recorder_callbacks();
        struct recorder recorder = {0};
        struct ka *ka = ka_new(NULL, &callbacks, &recorder);
        struct talk talk = talk_ipv4();
        struct ka_segment segment = {
            .from = talk.endpoint[swap],
            .to = talk.endpoint[!swap],
            .frame = 1,
            .window = 1000,
            .flags = (uint8_t)clients[_i].flags,
        };
        segment.from.port = clients[_i].from;
        segment.to.port = clients[_i].to;
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
        ck_assert_int_eq(ka_finish(ka), KA_OK);
        const struct ka_endpoint *client = &recorder.connections[0]->endpoint[KA_CLIENT];
        bool is_sender = memcmp(&client->addr, &segment.from.addr, sizeof client->addr) == 0;
        ck_assert_msg(is_sender == clients[_i].sender_is_client, "%s", clients[_i].name);
        ka_free(ka);
        recorder_clear(&recorder);
    }
}
END_TEST

Suite *suite_verdict(void)
{
    Suite *suite = suite_create("verdict");
    TCase *cases = tcase_create("verdict");

    tcase_add_test(cases, test_every_value_has_a_script);
    tcase_add_test(cases, test_reports_come_in_the_order_of_first_frames);
    tcase_add_loop_test(cases, test_who_is_the_client, 0, CLIENTS);
    suite_add_tcase(suite, cases);
    return suite;
}
