/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_result.c: results read back: what is written comes back, what is damaged is named. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "result.h"
#include "suites.h"

#define S KA_SECOND

/* What a result held. */
struct seen {
    unsigned connections, captures;
    struct ka_connection connection; /* the last one, with what it points to */
    struct ka_detection detection;
    struct ka_keepalive keepalive[2];
    struct ka_finding finding[2];
    struct capture capture;
    char name[64];
};

static void on_connection(const struct ka_connection *connection, void *user)
{
    struct seen *seen = user;

    seen->connections++;
    seen->connection = *connection;
    if (connection->detection)
        seen->detection = *connection->detection;
    for (int side = KA_CLIENT; side <= KA_SERVER; side++)
        if (connection->keepalive[side])
            seen->keepalive[side] = *connection->keepalive[side];
    for (size_t i = 0; i < connection->findings && i < 2; i++)
        seen->finding[i] = connection->finding[i];
}

static void on_capture(const struct capture *capture, void *user)
{
    struct seen *seen = user;

    seen->captures++;
    seen->capture = *capture;
    snprintf(seen->name, sizeof seen->name, "%s", capture->name);
}

static const struct result_callbacks callbacks = {on_connection, on_capture};

/* Read `length` bytes as a result. */
static enum result_error read_bytes(const char *bytes, size_t length, struct seen *seen,
                                    char error[static RESULT_ERROR_BYTES])
{
    char path[] = "/tmp/ka-result-XXXXXX";
    int fd = mkstemp(path);
    enum result_error status;

    *seen = (struct seen){.connections = 0};
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
    close(fd);
    status = result_read(path, &callbacks, seen, error);
    unlink(path);
    return status;
}

static enum result_error read_text(const char *text, struct seen *seen,
                                   char error[static RESULT_ERROR_BYTES])
{
    return read_bytes(text, strlen(text), seen, error);
}

/* ---- what is written comes back ------------------------------------------------------------ */

static const struct ka_detection detection = {
    .detector = KA_SERVER,
    .mechanism = KA_MECHANISM_KEEPALIVE,
    .last_heard_ns = 3 * S,
    .first_unanswered_ns = 3 * S,
    .declared = true,
    .declared_by = KA_DECLARED_RST,
    .declared_ns = 4 * S,
    .latency_ns = INT64_MAX, /* which a double cannot hold */
    .latency_min_ns = 1,
    .latency_expected_ns = KA_UNKNOWN,
    .expected_ns = KA_UNKNOWN,
    .unanswered = 9,
};

static const struct ka_keepalive keepalive = {
    .idle = {7200 * S, 7200 * S, 7200 * S, 7200 * S},
    .intvl = {.nominal_ns = KA_UNKNOWN},
    .count = 9,
    .user_timeout_min_ns = KA_UNKNOWN,
    .user_timeout_max_ns = KA_UNKNOWN,
    .rtt_min_ns = KA_UNKNOWN,
    .rtt_median_ns = KA_UNKNOWN,
    .rtt_max_ns = KA_UNKNOWN,
};

static const struct ka_finding findings[] = {
    {.code = KA_FINDING_PATH_IDLE_TIMER,
     .severity = KA_SEVERITY_WARNING,
     .frames = {3},
     .frame_count = 1,
     .text = "It had been silent.",
     .filter = "frame.number == 3",
     .limit_ns = 350 * S},
    {.code = KA_FINDING_KEEPALIVE_SLOW,
     .severity = KA_SEVERITY_NOTE,
     .frames = {3},
     .frame_count = 1,
     .text = "It waits.",
     .filter = "frame.number == 3",
     .limit_ns = KA_UNKNOWN},
};

static const struct ka_connection dead = {
    .endpoint = {{{{[10] = 0xff, 0xff, 192, 0, 2, 1}}, 49152},
                 {{{0x20, 0x01, 0x0d, 0xb8, [15] = 2}}, 80}},
    .first_ns = 2 * S,
    .last_ns = 4 * S + 5,
    .counts = {[KA_TAG_KEEPALIVE_PROBE] = 10, [KA_TAG_FINAL_RST] = 1},
    .outcome = KA_OUTCOME_DEAD_KEEPALIVE,
    .detection = &detection,
    .keepalive = {NULL, &keepalive},
    .finding = findings,
    .findings = 2,
};

static const struct capture cut = {
    .name = "a\nb \"c\"",
    .first_ns = S,
    .latest_ns = 9 * S,
    .packets = 77,
    .filtered_packets = 7,
    .connections = 1,
    .skipped = {[KA_SKIP_NOT_TCP] = 5},
    .link_type = "EN10MB",
    .truncated = true,
    .error = "cut",
};

/* Write a result of the one connection in the one capture, and read it. */
static void write_and_read(struct seen *seen)
{
    const struct totals totals = {.files = 1, .packets = 77, .connections = 1};
    struct report report = {.output = &output_json};
    char error[RESULT_ERROR_BYTES], *text = NULL;
    size_t length;

    report.stream = open_memstream(&text, &length);
    output_json.connection(&report, &cut, &dead, NULL, 0);
    output_json.capture(&report, &cut);
    output_json.summary(&report, &totals);
    fclose(report.stream);
    ck_assert_msg(read_text(text, seen, error) == RESULT_OK, "%s", error);
    free(text);
}

START_TEST(test_a_connection_comes_back)
{
    struct seen seen;

    write_and_read(&seen);
    ck_assert_uint_eq(seen.connections, 1);
    ck_assert_mem_eq(seen.connection.endpoint, dead.endpoint, sizeof dead.endpoint);
    ck_assert_int_eq(seen.connection.outcome, KA_OUTCOME_DEAD_KEEPALIVE);
    ck_assert_int_eq(seen.connection.last_ns - seen.connection.first_ns, 2 * S + 5);
    ck_assert_mem_eq(seen.connection.counts, dead.counts, sizeof dead.counts);
    ck_assert_int_eq(seen.detection.detector, KA_SERVER);
    ck_assert_int_eq(seen.detection.mechanism, KA_MECHANISM_KEEPALIVE);
    ck_assert(seen.detection.declared);
    ck_assert_int_eq(seen.detection.latency_ns, INT64_MAX);
    ck_assert_int_eq(seen.detection.latency_min_ns, 1);
    ck_assert_uint_eq(seen.detection.unanswered, 9);
    ck_assert_ptr_null(seen.connection.keepalive[KA_CLIENT]);
    ck_assert_int_eq(seen.keepalive[KA_SERVER].idle.nominal_ns, 7200 * S);
    ck_assert_int_eq(seen.keepalive[KA_SERVER].intvl.nominal_ns, KA_UNKNOWN);
    ck_assert_uint_eq(seen.keepalive[KA_SERVER].count, 9);
    ck_assert_uint_eq(seen.connection.findings, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(seen.finding[i].code, findings[i].code);
        ck_assert_int_eq(seen.finding[i].severity, findings[i].severity);
        ck_assert_int_eq(seen.finding[i].limit_ns, findings[i].limit_ns);
    }
}
END_TEST

START_TEST(test_a_capture_comes_back)
{
    struct seen seen;

    write_and_read(&seen);
    ck_assert_uint_eq(seen.captures, 1);
    ck_assert_str_eq(seen.name, "a\nb \"c\"");
    ck_assert_uint_eq(seen.capture.packets, 77);
    ck_assert_uint_eq(seen.capture.filtered_packets, 7);
    ck_assert_uint_eq(seen.capture.skipped[KA_SKIP_NOT_TCP], 5);
    ck_assert_str_eq(seen.capture.error, "cut");
}
END_TEST

/* ---- hostile and damaged results ------------------------------------------------------------ */

#define CONNECTION                                                                                 \
    "{\"record\":\"connection\",\"client\":\"192.0.2.1:1\",\"server\":\"192.0.2.2:2\","            \
    "\"duration_s\":1,\"outcome\":\"alive\",\"detection\":null,\"keepalive\":[]}\n"
#define CAPTURE "{\"record\":\"file\",\"file\":\"a\",\"packets\":3,\"filtered_packets\":0}\n"
#define SUMMARY "{\"record\":\"summary\",\"files\":1,\"connections\":1}\n"
#define WITH(members)                                                                              \
    "{\"record\":\"connection\",\"client\":\"192.0.2.1:1\",\"server\":\"192.0.2.2:2\"," members "}"
#define DETECTION(members)                                                                         \
    WITH("\"duration_s\":1,\"outcome\":\"alive\",\"detection\":{" members "},\"keepalive\":[]")
#define FINDINGS_START                                                                             \
    "{\"record\":\"connection\",\"client\":\"192.0.2.1:1\",\"server\":\"192.0.2.2:2\","            \
    "\"duration_s\":1,\"outcome\":\"alive\",\"keepalive\":[],\"findings\":["
#define FINDINGS(list) FINDINGS_START list "]}"
#define KEEPALIVE(list) WITH("\"duration_s\":1,\"outcome\":\"alive\",\"keepalive\":" list)

static const struct {
    const char *name, *text;
    unsigned connections; /* that are kept */
    const char *error;    /* "": none */
} results[] = {
    {"whole", CONNECTION CAPTURE SUMMARY, 1, ""},
    {"two in a row", CONNECTION CAPTURE SUMMARY CONNECTION CAPTURE SUMMARY, 2, ""},
    {"empty lines", "\n" CONNECTION "\n" CAPTURE SUMMARY "\n", 1, ""},
    {"records of another version", "{\"record\":\"new\"}\n" CONNECTION CAPTURE SUMMARY, 1, ""},
    {"empty", "", 0, "line 1: empty"},
    {"no summary", CONNECTION CAPTURE, 1, "line 3: the summary is missing"},
    {"cut in a line", CONNECTION "{\"record\":\"file\"", 1, "line 2: the line ends inside"},
    {"not JSON", CONNECTION "by,group\n" SUMMARY, 1, "line 2: not JSON"},
    {"no object", CONNECTION "[1]\n", 1, "line 2: not a record"},
    {"no record", "{\"a\":1}\n", 0, "line 1: not a record"},
    {"record of no name", "{\"record\":3}\n", 0, "line 1: not a record"},
    {"two in a line", "{\"record\":\"x\"} {\"record\":\"x\"}\n", 0, "line 1: not JSON"},
    {"too deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", 0,
     "line 1: not JSON: nesting too deep"},
    {"not UTF-8", "{\"record\":\"\xff\"}\n", 0, "line 1: not JSON"},
    {"sums differ", CONNECTION CONNECTION CAPTURE SUMMARY, 2, "line 4: the summary counts 1"},
    {"groups only", "{\"record\":\"group\"}\n" SUMMARY, 0, "line 2: a summary without the conn"},
    {"no client", "{\"record\":\"connection\"}\n", 0, "line 1: \"client\" is not an endpoint"},
    {"client of another type", "{\"record\":\"connection\",\"client\":[]}\n", 0,
     "\"client\" is no"},
    {"no duration", WITH("\"outcome\":\"alive\",\"keepalive\":[]"), 0, "\"duration_s\" is missing"},
    {"text for a duration", WITH("\"duration_s\":\"1\""), 0, "\"duration_s\" is not a number"},
    {"huge duration", WITH("\"duration_s\":1e300"), 0, "\"duration_s\" is not a number"},
    {"unknown outcome", WITH("\"duration_s\":1,\"outcome\":\"dead\""), 0, "\"outcome\" is none"},
    {"no outcome", WITH("\"duration_s\":1"), 0, "\"outcome\" is none"},
    {"NUL in a name", WITH("\"duration_s\":1,\"outcome\":\"alive\\u0000\""), 0, "\"outcome\" is"},
    {"counts", WITH("\"duration_s\":1,\"outcome\":\"alive\",\"counts\":{\"final_rst\":-1}"), 0,
     "\"final_rst\" is not a count"},
    {"strange detector", DETECTION("\"detector\":\"192.0.2.3:1\""), 0, "is neither the client"},
    {"unknown mechanism", DETECTION("\"detector\":\"192.0.2.1:1\",\"mechanism\":\"x\""), 0,
     "\"mechanism\" is none"},
    {"no list of probers", KEEPALIVE("{}"), 0, "\"keepalive\" is not a list"},
    {"three probers", KEEPALIVE("[1,2,3]"), 0, "more than two endpoints"},
    {"prober of no sort", KEEPALIVE("[1]"), 0, "\"prober\" is not an endpoint"},
    {"prober twice", KEEPALIVE("[{\"prober\":\"192.0.2.1:1\"},{\"prober\":\"192.0.2.1:1\"}]"), 1,
     "the summary is missing"},
    {"count too large", KEEPALIVE("[{\"prober\":\"192.0.2.1:1\",\"count\":4294967296}]"), 0,
     "\"count\" is not a count"},
    {"no list of findings",
     WITH("\"duration_s\":1,\"outcome\":\"alive\",\"keepalive\":[],\"findings\":{}"), 0,
     "\"findings\" is not a list"},
    {"finding of no sort", FINDINGS("1"), 0, "\"code\" is not the name of a finding"},
    {"finding without weight", FINDINGS("{\"code\":\"probe_loss\"}"), 0, "\"severity\" is none"},
    {"finding of another version", FINDINGS("{\"code\":\"x\",\"severity\":\"y\"}"), 1,
     "the summary is missing"},
    {"file of no name", "{\"record\":\"file\",\"packets\":1}\n", 0, "\"file\" is not a name"},
    {"error of no text", "{\"record\":\"file\",\"file\":\"a\",\"error\":1}\n", 0, "\"error\" is"},
};

START_TEST(test_result)
{
    char error[RESULT_ERROR_BYTES];
    struct seen seen;
    enum result_error status = read_text(results[_i].text, &seen, error);

    ck_assert_msg(strstr(error, results[_i].error) != NULL, "%s: '%s'", results[_i].name, error);
    ck_assert_msg((status == RESULT_OK) == (results[_i].error[0] == '\0'), "%s: status %d, '%s'",
                  results[_i].name, (int)status, error);
    ck_assert_msg(seen.connections == results[_i].connections, "%s: %u connections",
                  results[_i].name, seen.connections);
}
END_TEST

START_TEST(test_findings_are_bounded)
{
    enum { EACH_MAX = 2 * KA_FINDING_COUNT };
    static const char each[] = ",{\"code\":\"probe_loss\",\"severity\":\"note\"}";
    char list[(EACH_MAX + 1) * sizeof each], text[sizeof list + 512];
    char error[RESULT_ERROR_BYTES];
    struct seen seen;

    for (int count = EACH_MAX; count <= EACH_MAX + 1; count++) {
        for (int i = 0; i < count; i++)
            memcpy(list + (size_t)i * (sizeof each - 1), each, sizeof each);
        snprintf(text, sizeof text, "%s%s]}\n", FINDINGS_START, list + 1);
        read_text(text, &seen, error);
        ck_assert_uint_eq(seen.connections, count == EACH_MAX);
    }
    ck_assert_str_eq(error, "line 1: more findings than two ends can have");
}
END_TEST

START_TEST(test_a_nul_is_noticed)
{
    static const char bytes[] = "{\"record\":\"x\"}\0{\"record\":\"x\"}\n";
    char error[RESULT_ERROR_BYTES];
    struct seen seen;

    ck_assert_int_eq(read_bytes(bytes, sizeof bytes - 1, &seen, error), RESULT_DAMAGED);
    ck_assert_str_eq(error, "line 1: a NUL behind the record");
}
END_TEST

START_TEST(test_every_cut_is_noticed)
{
    static const char whole[] = CONNECTION CAPTURE SUMMARY;
    char error[RESULT_ERROR_BYTES];
    struct seen seen;

    /* But for the newline at the very end, which nothing is missing without. */
    for (size_t length = 0; length < sizeof whole - 2; length++)
        ck_assert_msg(read_bytes(whole, length, &seen, error) == RESULT_DAMAGED, "%zu bytes",
                      length);
    ck_assert_int_eq(read_bytes(whole, sizeof whole - 2, &seen, error), RESULT_OK);
}
END_TEST

START_TEST(test_a_line_without_end_is_refused)
{
    enum { TOO_MANY = 17 << 20 };
    char error[RESULT_ERROR_BYTES], *bytes = malloc(TOO_MANY);
    struct seen seen;

    ck_assert_ptr_nonnull(bytes);
    memset(bytes, ' ', TOO_MANY);
    ck_assert_int_eq(read_bytes(bytes, TOO_MANY, &seen, error), RESULT_DAMAGED);
    ck_assert_str_eq(error, "line 1: longer than any record");
    free(bytes);
}
END_TEST

START_TEST(test_a_missing_file_is_no_damage)
{
    char error[RESULT_ERROR_BYTES];
    struct seen seen;

    ck_assert_int_eq(result_read("/nonexistent/result", &callbacks, &seen, error),
                     RESULT_NOT_OPENED);
    ck_assert_str_eq(error, "No such file or directory");
}
END_TEST

Suite *suite_result(void)
{
    Suite *suite = suite_create("result");
    TCase *tcase = tcase_create("result");

    tcase_add_test(tcase, test_a_connection_comes_back);
    tcase_add_test(tcase, test_a_capture_comes_back);
    tcase_add_loop_test(tcase, test_result, 0, (int)(sizeof results / sizeof results[0]));
    tcase_add_test(tcase, test_findings_are_bounded);
    tcase_add_test(tcase, test_a_nul_is_noticed);
    tcase_add_test(tcase, test_every_cut_is_noticed);
    tcase_add_test(tcase, test_a_line_without_end_is_refused);
    tcase_add_test(tcase, test_a_missing_file_is_no_damage);
    suite_add_tcase(suite, tcase);
    return suite;
}
