/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_beats.c: which messages are heartbeats. */
#include <check.h>
#include <string.h>

#include "core/ka.h"
#include "suites.h"
#include "support.h"

#define MS (KA_SECOND / 1000)
enum { MESSAGES = 12 };

/*
 * Messages of the client after 2000 bytes each way, acknowledged at once: how long after the one
 * before in ms, how many bytes; 'h' for each that is a heartbeat, '.' for each that is none.
 */
static const struct {
    const char *name, *tags;
    int32_t gap_ms[MESSAGES];
    uint16_t bytes[MESSAGES];
    int64_t period_ms;
    uint32_t count; /* reported; 0: none */
} rows[] = {
    {"four are enough", "hhhh", {5000, 5000, 5000, 5000}, {8, 8, 8, 8}, 5000, 4},
    {"three are not", "...", {5000, 5000, 5000}, {8, 8, 8}, 0, 0},
    {"once a second is the fastest",
     "hhhhh",
     {1000, 1000, 1000, 1000, 1000},
     {1, 1, 1, 1, 1},
     1000,
     5},
    {"faster is a conversation", ".....", {900, 900, 900, 900, 900}, {1, 1, 1, 1, 1}, 0, 0},
    {"256 bytes are small", "hhhh", {5000, 5000, 5000, 5000}, {256, 256, 256, 256}, 5000, 4},
    {"257 bytes are not", "....", {5000, 5000, 5000, 5000}, {257, 257, 257, 257}, 0, 0},
    {"another length breaks the series",
     "......",
     {5000, 5000, 5000, 5000, 5000, 5000},
     {8, 8, 9, 8, 8, 8},
     0,
     0},
    {"it starts anew after the other length",
     "....hhhh",
     {5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000},
     {8, 8, 8, 9, 7, 7, 7, 7},
     5000,
     4},
    {"data in between breaks the series",
     "........",
     {5000, 5000, 5000, 1000, 4000, 5000, 5000, 1000},
     {8, 8, 8, 900, 8, 8, 8, 900},
     0,
     0},
    {"a tenth more or less is the same gap",
     "hhhhh",
     {10000, 10000, 10800, 9500, 10000},
     {8, 8, 8, 8, 8},
     10000,
     5},
    {"a fifth more is not", ".....", {10000, 10000, 12500, 10000, 12500}, {8, 8, 8, 8, 8}, 0, 0},
    {"the longer of two series is reported",
     "hhhh.hhhhhh",
     {5000, 5000, 5000, 5000, 1000, 30000, 30000, 30000, 30000, 30000, 30000},
     {8, 8, 8, 8, 900, 8, 8, 8, 8, 8, 8},
     30000,
     6},
    {"also where it comes first",
     "hhhhhh.hhhh",
     {5000, 5000, 5000, 5000, 5000, 5000, 1000, 30000, 30000, 30000, 30000},
     {8, 8, 8, 8, 8, 8, 900, 8, 8, 8, 8},
     5000,
     6},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(test_which_messages_are_heartbeats)
{
    const struct ka_callbacks callbacks = recorder_callbacks();
    struct recorder recorder = {0};
    struct talk talk = talk_ipv4();
    struct ka_segment segments[3];
    uint64_t frame[MESSAGES];
    uint32_t seq = 2001;
    int n;

    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    talk_handshake(&talk, segments);
    ck_assert_int_eq(ka_feed(ka, segments, 3), KA_OK);
    segments[0] = talk_segment(&talk, MS, KA_CLIENT, KA_ACK | KA_PSH, 1, 2000, 1);
    segments[1] = talk_segment(&talk, MS, KA_SERVER, KA_ACK | KA_PSH, 1, 2000, 2001);
    ck_assert_int_eq(ka_feed(ka, segments, 2), KA_OK);
    for (n = 0; n < MESSAGES && rows[_i].bytes[n]; n++) {
        const uint32_t bytes = rows[_i].bytes[n];
        segments[0] = talk_segment(&talk, (rows[_i].gap_ms[n] - 10) * MS, KA_CLIENT,
                                   KA_ACK | KA_PSH, seq, bytes, 2001);
        segments[1] = talk_segment(&talk, 10 * MS, KA_SERVER, KA_ACK, 2001, 0, seq += bytes);
        frame[n] = segments[0].frame;
        ck_assert_int_eq(ka_feed(ka, segments, 2), KA_OK);
    }
    char tags[MESSAGES + 1] = "";
    for (int i = 0; i < n; i++)
        tags[i] = recorder_tag(&recorder, frame[i]) == KA_TAG_HEARTBEAT ? 'h' : '.';
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ck_assert_msg(strcmp(tags, rows[_i].tags) == 0, "%s: %s", rows[_i].name, tags);
    const struct ka_heartbeat *heartbeat = recorder_connection(&recorder, 0)->heartbeat;
    ck_assert_msg((heartbeat ? heartbeat->count : 0) == rows[_i].count, "%s: %u reported",
                  rows[_i].name, heartbeat ? heartbeat->count : 0);
    if (heartbeat)
        ck_assert_msg(heartbeat->period_ns == rows[_i].period_ms * MS, "%s: period %lld ns",
                      rows[_i].name, (long long)heartbeat->period_ns);
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

/* Six messages of the client and the server's answers, each with these bytes. */
static const struct {
    const char *name, *beat[6], *answer, *protocol, *message;
} names[] = {
    {"by its own bytes", {"\xc0"}, "\xd0", "mqtt", "PINGREQ"},
    {"by its answer, NATS", {"PING\r\n"}, "PONG\r\n", "nats", "PING"},
    {"by its answer, Redis", {"PING\r\n"}, "+PONG\r\n", "redis", "PING"},
    {"no answer that tells", {"PING\r\n"}, "hello\r\n", NULL, NULL},
    {"one message is another", {"PING\r\n", 0, 0, 0, "DATA\r\n"}, "+PONG\r\n", NULL, NULL},
    {"unknown bytes", {"kkkkkk"}, "kkkkkk", NULL, NULL},
};

static void put_head(struct ka_segment *segment, const char *bytes)
{
    segment->head_bytes = (uint8_t)(segment->len < KA_HEAD_BYTES ? segment->len : KA_HEAD_BYTES);
    strncpy((char *)segment->head, bytes, KA_HEAD_BYTES);
}

START_TEST(test_the_name_of_a_series)
{
    enum { BEATS = 6 };
    struct talk talk = talk_ipv4();
    struct recorder recorder = {0};
    const struct ka_callbacks callbacks = recorder_callbacks();
    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    /* A NUL in the bytes ends a string: MQTT's second byte. */
    uint32_t len = names[_i].beat[0][0] == '\xc0' ? 2 : 6;
    uint32_t answer_len = len == 2 ? 2 : (uint32_t)strlen(names[_i].answer);
    struct ka_segment segments[3];

    talk_handshake(&talk, segments);
    ck_assert_int_eq(ka_feed(ka, segments, 3), KA_OK);
    for (uint32_t i = 0; i < BEATS; i++) {
        segments[0] = talk_segment(&talk, 5 * KA_SECOND, KA_CLIENT, KA_ACK | KA_PSH, 1 + i * len,
                                   len, 1 + i * answer_len);
        segments[1] = talk_segment(&talk, MS, KA_SERVER, KA_ACK | KA_PSH, 1 + i * answer_len,
                                   answer_len, 1 + (i + 1) * len);
        put_head(&segments[0], names[_i].beat[i] ? names[_i].beat[i] : names[_i].beat[0]);
        put_head(&segments[1], names[_i].answer);
        ck_assert_int_eq(ka_feed(ka, segments, 2), KA_OK);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    const struct ka_heartbeat *heartbeat = recorder_connection(&recorder, 0)->heartbeat;
    ck_assert_msg(heartbeat != NULL, "%s", names[_i].name);
    ck_assert_msg(heartbeat->jitter_ns == 0, "%s: jitter", names[_i].name);
    ck_assert_pstr_eq(heartbeat->protocol, names[_i].protocol);
    ck_assert_pstr_eq(heartbeat->message, names[_i].message);
    ck_assert_uint_eq(heartbeat->head_bytes, len);
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

/* Six answered messages five seconds apart; then how the series goes on and ends. */
static const struct {
    const char *name;
    bool answered_last; /* the seventh message has its answer */
    int32_t end_ms;     /* after the seventh message; 0: none */
    unsigned end_flags;
    bool probed; /* the server probes before the messages begin */
    bool masks, found_death;
} ends[] = {
    {"goes on", true, 0, 0, false, true, false},
    {"reset after an answer that did not come", false, 6000, KA_RST | KA_ACK, false, true, true},
    {"closed after an answer that did not come", false, 6000, KA_FIN | KA_ACK, false, true, true},
    {"the answer was on its way", false, 300, KA_RST | KA_ACK, false, true, false},
    {"ended after an answer", true, 4000, KA_FIN | KA_ACK, false, true, false},
    {"keep-alive had its turn before", true, 0, 0, true, false, false},
};

static bool has_finding(const struct ka_connection *connection, enum ka_finding_code code)
{
    for (size_t i = 0; i < connection->findings; i++)
        if (connection->finding[i].code == code)
            return true;
    return false;
}

START_TEST(test_what_a_series_means)
{
    enum { BEATS = 7 };
    struct talk talk = talk_ipv4();
    struct recorder recorder = {0};
    const struct ka_callbacks callbacks = recorder_callbacks();
    struct ka *ka = ka_new(NULL, &callbacks, &recorder);
    struct ka_segment segments[3];

    talk_handshake(&talk, segments);
    ck_assert_int_eq(ka_feed(ka, segments, 3), KA_OK);
    if (ends[_i].probed) {
        segments[0] = talk_segment(&talk, 60 * KA_SECOND, KA_SERVER, KA_ACK, 0, 0, 1);
        segments[1] = talk_segment(&talk, MS, KA_CLIENT, KA_ACK, 1, 0, 1);
        ck_assert_int_eq(ka_feed(ka, segments, 2), KA_OK);
    }
    for (uint32_t i = 0; i < BEATS; i++) {
        bool answered = i + 1 < BEATS || ends[_i].answered_last;
        segments[0] =
            talk_segment(&talk, 5 * KA_SECOND, KA_CLIENT, KA_ACK | KA_PSH, 1 + i * 6, 6, 1 + i * 7);
        segments[1] = talk_segment(&talk, MS, KA_SERVER, KA_ACK | (answered ? KA_PSH : 0),
                                   1 + i * 7, answered ? 7 : 0, 7 + i * 6);
        ck_assert_int_eq(ka_feed(ka, segments, 2), KA_OK);
    }
    if (ends[_i].end_ms) {
        segments[0] = talk_segment(&talk, ends[_i].end_ms * MS, KA_CLIENT, ends[_i].end_flags,
                                   1 + BEATS * 6, 0, 1 + (BEATS - !ends[_i].answered_last) * 7);
        ck_assert_int_eq(ka_feed(ka, segments, 1), KA_OK);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    const struct ka_connection *connection = recorder_connection(&recorder, 0);
    ck_assert_msg(has_finding(connection, KA_FINDING_HEARTBEAT_MASKS_KEEPALIVE) == ends[_i].masks,
                  "%s: masks keep-alive", ends[_i].name);
    ck_assert_msg(has_finding(connection, KA_FINDING_HEARTBEAT_FOUND_DEATH) == ends[_i].found_death,
                  "%s: found a death", ends[_i].name);
    ka_free(ka);
    recorder_clear(&recorder);
}
END_TEST

Suite *suite_beats(void)
{
    Suite *suite = suite_create("beats");
    TCase *cases = tcase_create("beats");

    tcase_add_loop_test(cases, test_which_messages_are_heartbeats, 0, ROWS);
    tcase_add_loop_test(cases, test_the_name_of_a_series, 0, (int)(sizeof names / sizeof names[0]));
    tcase_add_loop_test(cases, test_what_a_series_means, 0, (int)(sizeof ends / sizeof ends[0]));
    suite_add_tcase(suite, cases);
    return suite;
}
