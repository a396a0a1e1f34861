/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_output.c: the formats, fed by hand: exact JSON, well-formed CSV, text within its width. */
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "prose.h"
#include "story.h"
#include "suites.h"

#define S KA_SECOND
#define START_NS (INT64_C(1767225600) * S) /* 2026-01-01T00:00:00Z */
#define UNSEEN                                                                                     \
    {                                                                                              \
        .nominal_ns = KA_UNKNOWN                                                                   \
    }

static const struct ka_keepalive keepalive = {
    .idle = {7200 * S, 7103 * S, 7233 * S, 7233837565000},
    .intvl = {75 * S, 75 * S, 75 * S, 75776000000},
    .count = 9,
    .user_timeout_min_ns = 7800 * S,
    .user_timeout_max_ns = 7875 * S,
    .preset = "linux-default",
    .probes = 10,
    .answered = 1,
    .unanswered = 9,
    .rtt_min_ns = 69000,
    .rtt_median_ns = 69000,
    .rtt_max_ns = 69000,
};

static const struct ka_keepalive unknown_keepalive = {
    .idle = UNSEEN,
    .intvl = UNSEEN,
    .user_timeout_min_ns = KA_UNKNOWN,
    .user_timeout_max_ns = KA_UNKNOWN,
    .probes = 1,
    .unanswered = 1,
    .rtt_min_ns = KA_UNKNOWN,
    .rtt_median_ns = KA_UNKNOWN,
    .rtt_max_ns = KA_UNKNOWN,
};

static const struct ka_detection detection = {
    .detector = KA_CLIENT,
    .mechanism = KA_MECHANISM_KEEPALIVE,
    .last_heard_frame = 8,
    .last_heard_ns = START_NS + 1650137000,
    .first_unanswered_frame = 20,
    .first_unanswered_ns = START_NS + 7235487702123,
    .declared = true,
    .declared_by = KA_DECLARED_RST,
    .declared_frame = 29,
    .declared_ns = START_NS + 7917471701456,
    .latency_ns = 7915821564456,
    .latency_min_ns = 681983999333,
    .latency_expected_ns = 7875 * S,
    .expected_ns = KA_UNKNOWN,
    .user_timeout_from_ns = KA_UNKNOWN,
    .unanswered = 9,
};

static const struct ka_backoff backoff = {
    .sender = KA_SERVER,
    .kind = KA_KIND_DATA,
    .ended = KA_ENDED_ANSWERED,
    .first_frame = 11,
    .last_frame = 14,
    .steps = 4,
    .first_gap_ns = S / 5,
    .last_gap_ns = 16 * S / 10,
    .cap_ns = KA_UNKNOWN,
    .give_up_ns = KA_UNKNOWN,
};

static const struct ka_heartbeat heartbeat = {
    .from = KA_SERVER,
    .period_ns = 10 * S,
    .bytes = 2,
    .count = 19,
    .jitter_ns = 2000000,
    .protocol = "mqtt",
    .message = "PINGREQ",
    .head_bytes = 2,
    .head = {0xc0, 0},
};

static const struct ka_finding findings[] = {
    {.code = KA_FINDING_KEEPALIVE_SLOW,
     .severity = KA_SEVERITY_NOTE,
     .about = KA_CLIENT,
     .frames = {20, 29},
     .frame_count = 2,
     .text = "It takes long.",
     .filter = "frame.number in {20, 29}",
     .limit_ns = KA_UNKNOWN},
    {.code = KA_FINDING_USER_TIMEOUT_OR_COUNT,
     .severity = KA_SEVERITY_NOTE,
     .about = KA_CLIENT,
     .frames = {29},
     .frame_count = 1,
     .text = "Either.",
     .filter = "frame.number == 29",
     .limit_ns = 350 * S},
};

#define IPV4(last)                                                                                 \
    {                                                                                              \
        {                                                                                          \
            [10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = (last)                \
        }                                                                                          \
    }

static const struct ka_connection full = {
    .number = 3,
    .endpoint = {{IPV4(1), 49152}, {IPV4(2), 9999}},
    .first_frame = 3,
    .last_frame = 29,
    .first_ns = START_NS + S,
    .last_ns = START_NS + 7917471701456,
    .packets = 17,
    .bytes = 10,
    .counts = {[KA_TAG_FINAL_RST] = 1, [KA_TAG_KEEPALIVE_PROBE] = 10},
    .outcome = KA_OUTCOME_DEAD_KEEPALIVE,
    .reset_frame = 29,
    .reset_by = KA_CLIENT,
    .detection = &detection,
    .keepalive = {&keepalive, NULL},
    .backoff = &backoff,
    .backoffs = 1,
    .heartbeat = &heartbeat,
    .idle_survived_ns = 40500000000,
    .idle_before_end_ns = KA_UNKNOWN,
    .finding = findings,
    .findings = 2,
};

/* Nothing but what every connection has. */
static const struct ka_connection bare = {
    .endpoint = {{{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, 49152}, {{{0x20, 0x01, [15] = 2}}, 80}},
    .first_frame = 1,
    .last_frame = 2,
    .first_ns = START_NS,
    .last_ns = START_NS,
    .packets = 2,
    .outcome = KA_OUTCOME_ALIVE,
};

static const struct capture capture = {
    .name = "a \"b\"\xe4.pcap",
    .packets = 29,
    .tcp_segments = 17,
    .skipped = {[KA_SKIP_NOT_TCP] = 12},
    .connections = 2,
    .first_ns = START_NS,
    .latest_ns = START_NS + 7917471701456,
    .link_type = "EN10MB",
};

static const struct event probe = {
    .frame = {.frame = 20,
              .time_ns = START_NS + 7235487702123,
              .connection = 3,
              .from = KA_CLIENT,
              .tag = KA_TAG_KEEPALIVE_PROBE,
              .probe = {.number = 1, .idle_ns = 7233837565123}},
    .peers = {.endpoint = {{IPV4(1), 49152}, {IPV4(2), 9999}}},
};

/* A report into memory; the text is complete, and freed by the caller, after finish(). */
struct printed {
    struct report report;
    char *text;
    size_t length;
};

static void start(struct printed *printed, const struct output *output)
{
    *printed = (struct printed){.report = {.output = output, .width = 100}};
    printed->report.stream = open_memstream(&printed->text, &printed->length);
    ck_assert_ptr_nonnull(printed->report.stream);
}

static void finish(struct printed *printed)
{
    ck_assert(!printed->report.no_memory);
    ck_assert_int_eq(fclose(printed->report.stream), 0);
}

/* ---- JSON -------------------------------------------------------------------------------- */

#define FILE_KEY "\"file\":\"a \\\"b\\\"\xef\xbf\xbd.pcap\""

START_TEST(test_json_connection_is_exact)
{
    struct printed printed;

    start(&printed, &output_json);
    output_json.connection(&printed.report, &capture, &full, NULL, 0);
    finish(&printed);
    ck_assert_str_eq(
        printed.text,
        "{\"record\":\"connection\"," FILE_KEY ",\"connection\":3,\"client\":\"192.0.2.1:49152\","
        "\"server\":\"192.0.2.2:9999\",\"first_frame\":3,\"last_frame\":29,"
        "\"time\":\"2026-01-01T00:00:01.000000000Z\",\"duration_s\":7916.471701456,\"packets\":17,"
        "\"bytes\":10,\"counts\":{\"final_rst\":1,\"peer_rst\":0,\"abort_rst\":0,"
        "\"window_probe\":0,\"window_probe_ack\":0,\"keepalive_probe\":10,\"keepalive_ack\":0,"
        "\"retransmission\":0,\"heartbeat\":0,\"heartbeat_ack\":0,\"icmp_unreachable\":0},"
        "\"outcome\":\"dead_keepalive\",\"reset_frame\":29,\"reset_by\":\"192.0.2.1:49152\","
        "\"detection\":{\"detector\":\"192.0.2.1:49152\","
        "\"mechanism\":\"keepalive\",\"check\":\"keepalive\",\"last_heard_frame\":8,"
        "\"last_heard_t_s\":1.650137,"
        "\"first_unanswered_frame\":20,\"first_unanswered_t_s\":7235.487702123,"
        "\"declared_frame\":29,\"declared_t_s\":7917.471701456,\"declared_by\":\"rst\","
        "\"declared_at_latest\":false,"
        "\"latency_s\":7915.821564456,\"latency_min_s\":681.983999333,"
        "\"latency_expected_s\":7875,\"expected_t_s\":null,\"user_timeout_from_t_s\":null,"
        "\"unanswered\":9,"
        "\"unreachable_messages\":0},\"keepalive\":[{\"prober\":\"192.0.2.1:49152\","
        "\"idle_s\":{\"nominal\":7200,\"min\":7103,\"max\":7233,\"observed\":7233.837565},"
        "\"intvl_s\":{\"nominal\":75,\"min\":75,\"max\":75,\"observed\":75.776},\"count\":9,"
        "\"user_timeout_s\":{\"min\":7800,\"max\":7875},\"preset\":\"linux-default\","
        "\"probes\":10,\"answered\":1,\"unanswered\":9,"
        "\"rtt_s\":{\"min\":0.000069,\"median\":0.000069,\"max\":0.000069}}],"
        "\"backoff\":[{\"sender\":\"192.0.2.2:9999\",\"kind\":\"data\",\"first_frame\":11,"
        "\"last_frame\":14,\"steps\":4,\"first_gap_s\":0.2,\"last_gap_s\":1.6,\"cap_s\":null,"
        "\"ended\":\"answered\",\"give_up_t_s\":null}],\"heartbeat\":{\"from\":"
        "\"192.0.2.2:9999\",\"period_s\":10,\"jitter_s\":0.002,\"bytes\":2,"
        "\"count\":19,\"protocol\":\"mqtt\",\"message\":\"PINGREQ\",\"head\":\"c000\","
        "\"death_latency_s\":null},"
        "\"backoffs_dropped\":0,"
        "\"idle_survived_s\":40.5,\"idle_before_end_s\":null,"
        "\"findings\":[{\"code\":\"keepalive_slow\",\"severity\":\"note\","
        "\"about\":\"192.0.2.1:49152\",\"frames\":[20,29],\"text\":\"It takes long.\","
        "\"filter\":\"frame.number in {20, 29}\"},"
        "{\"code\":\"user_timeout_or_count\",\"severity\":\"note\","
        "\"about\":\"192.0.2.1:49152\",\"frames\":[29],\"text\":\"Either.\","
        "\"filter\":\"frame.number == 29\",\"limit_s\":350}]}\n");
    free(printed.text);
}
END_TEST

START_TEST(test_json_says_null_for_the_unknown)
{
    struct ka_detection undecided = detection;
    struct ka_connection connection = full;
    struct printed printed;

    undecided.declared = false;
    undecided.expected_ns = START_NS + 8000 * S;
    connection.detection = &undecided;
    connection.keepalive[KA_CLIENT] = &unknown_keepalive;
    connection.backoffs = 0;
    connection.heartbeat = NULL;
    start(&printed, &output_json);
    output_json.connection(&printed.report, &capture, &connection, NULL, 0);
    output_json.connection(&printed.report, &capture, &bare, NULL, 0);
    finish(&printed);
    ck_assert_ptr_nonnull(strstr(
        printed.text, "\"declared_frame\":null,\"declared_t_s\":null,\"declared_by\":null,"
                      "\"declared_at_latest\":null,\"latency_s\":null,\"latency_min_s\":null,"
                      "\"latency_expected_s\":7875,"
                      "\"expected_t_s\":8000,"));
    ck_assert_ptr_nonnull(strstr(
        printed.text, "\"idle_s\":{\"nominal\":null,\"min\":null,\"max\":null,\"observed\":null}"));
    ck_assert_ptr_nonnull(strstr(printed.text, "\"count\":null,\"user_timeout_s\":null,"
                                               "\"preset\":null,"));
    ck_assert_ptr_nonnull(strstr(printed.text, "\"client\":\"[2001:db8::1]:49152\""));
    ck_assert_ptr_nonnull(strstr(printed.text, "\"detection\":null,\"keepalive\":[],"
                                               "\"backoff\":[],\"heartbeat\":null,"));
    free(printed.text);
}
END_TEST

static const struct {
    const char *name;
    struct ka_frame frame;
    const char *want; /* the keys behind "rule" */
} segments[] = {
    {"probe",
     {.tag = KA_TAG_KEEPALIVE_PROBE, .probe = {4, 75 * S, 21}},
     "\"number\":4,\"idle_s\":75,\"answered_frame\":21}\n"},
    {"unanswered probe of unknown idle time",
     {.tag = KA_TAG_WINDOW_PROBE, .probe = {1, KA_UNKNOWN, 0}},
     "\"number\":1,\"idle_s\":null,\"answered_frame\":null}\n"},
    {"answer",
     {.tag = KA_TAG_HEARTBEAT_ACK, .ack = {20, 1500}},
     "\"probe_frame\":20,\"rtt_s\":0.0000015}\n"},
    {"retransmission",
     {.tag = KA_TAG_RETRANSMISSION, .retransmission = {KA_KIND_TLP, 2, S / 2, 1.25, 15}},
     "\"kind\":\"tlp\",\"step\":2,\"gap_s\":0.5,\"ratio\":1.25,\"original_frame\":15}\n"},
    {"first retransmission",
     {.tag = KA_TAG_RETRANSMISSION, .retransmission = {KA_KIND_SYN, 1, KA_UNKNOWN, 0, 0}},
     "\"kind\":\"syn\",\"step\":1,\"gap_s\":null,\"ratio\":null,\"original_frame\":null}\n"},
    {"RST",
     {.tag = KA_TAG_FINAL_RST, .rst = {9, 20, 7875 * S}},
     "\"after_probes\":9,\"first_unanswered_frame\":20,\"latency_s\":7875}\n"},
    {"abort",
     {.tag = KA_TAG_ABORT_RST, .rst = {0, 0, KA_UNKNOWN}},
     "\"after_probes\":0,\"first_unanswered_frame\":null,\"latency_s\":null}\n"},
    {"ICMP",
     {.tag = KA_TAG_ICMP_UNREACHABLE, .icmp = {3, 1, 20}},
     "\"icmp_type\":3,\"icmp_code\":1,\"quoted_frame\":20}\n"},
};

START_TEST(test_json_segment_has_the_keys_of_its_tag)
{
    struct event event = probe;
    struct printed printed;
    const char *rest;

    event.frame = segments[_i].frame;
    event.frame.time_ns = START_NS;
    start(&printed, &output_json);
    output_json.segment(&printed.report, &capture, &event);
    finish(&printed);
    rest = strstr(printed.text, "\"rule\":null,");
    ck_assert_ptr_nonnull(rest);
    rest += strlen("\"rule\":null,");
    ck_assert_msg(strcmp(rest, segments[_i].want) == 0, "%s: %s", segments[_i].name, rest);
    free(printed.text);
}
END_TEST

START_TEST(test_json_summary_has_exact_percentiles)
{
    struct ka_detection timed = detection;
    struct ka_connection connection = full;
    struct totals totals = {0};
    struct printed printed;

    connection.detection = &timed;
    for (int i = 100; i >= 1; i--) {
        timed.latency_ns = i * S;
        ck_assert(totals_add_connection(&totals, &connection));
    }
    timed.declared = false; /* undecided: not a latency */
    ck_assert(totals_add_connection(&totals, &connection));
    totals_add_capture(&totals, &capture);
    totals_settle(&totals);
    start(&printed, &output_json);
    output_json.summary(&printed.report, &totals);
    finish(&printed);
    ck_assert_ptr_nonnull(strstr(printed.text, "\"latency_s\":{\"keepalive\":{\"count\":100,"
                                               "\"min\":1,\"p50\":50,\"p90\":90,\"p99\":99,"
                                               "\"max\":100},\"retransmission\":{\"count\":0,"
                                               "\"min\":null,"));
    ck_assert_ptr_nonnull(strstr(printed.text, "\"files\":1,\"packets\":29,\"connections\":101,"));
    ck_assert_ptr_nonnull(strstr(printed.text, "\"dead_keepalive\":101,"));
    totals_free(&totals);
    free(printed.text);
}
END_TEST

/* ---- CSV --------------------------------------------------------------------------------- */

/* Cells of the row at *text, by RFC 4180; moves *text to the next row. */
static int count_cells(const char **text)
{
    bool is_quoted = false;
    int cells = 1;
    const char *s = *text;

    for (; *s && (is_quoted || *s != '\n'); s++) {
        if (*s == '"')
            is_quoted = !is_quoted;
        else if (*s == ',' && !is_quoted)
            cells++;
    }
    *text = *s ? s + 1 : s;
    return cells;
}

START_TEST(test_csv_rows_have_the_cells_of_the_heading)
{
    struct printed printed;
    const char *text;
    int cells, rows = 0;

    start(&printed, &output_csv);
    printed.report.events = _i == 1;
    output_csv.begin(&printed.report);
    if (printed.report.events)
        output_csv.segment(&printed.report, &capture, &probe);
    output_csv.connection(&printed.report, &capture, &full, NULL, 0);
    output_csv.connection(&printed.report, &capture, &bare, NULL, 0);
    finish(&printed);
    text = printed.text;
    for (cells = count_cells(&text); *text; rows++)
        ck_assert_int_eq(count_cells(&text), cells);
    ck_assert_int_eq(rows, printed.report.events ? 1 : 2);
    free(printed.text);
}
END_TEST

START_TEST(test_csv_columns_are_the_json_keys_joined)
{
    static const char *const columns[] = {",counts_final_rst,",
                                          ",detection_latency_s,",
                                          ",keepalive_client_idle_s_nominal,",
                                          ",keepalive_server_user_timeout_s_max,",
                                          ",backoff_series,",
                                          ",heartbeat_jitter_s,",
                                          ",findings\n"};
    struct printed printed;

    start(&printed, &output_csv);
    output_csv.begin(&printed.report);
    finish(&printed);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        ck_assert_msg(strstr(printed.text, columns[i]) != NULL, "%s", columns[i]);
    free(printed.text);
}
END_TEST

static const struct {
    const char *name, *cell;
} names[] = {
    {"plain.pcap", "plain.pcap"},
    {"a,b", "\"a,b\""},
    {"a\"b", "\"a\"\"b\""},
    {"a\nb", "a\\x0ab"},
    {"=1+1", "\"'=1+1\""},
    {"+a", "\"'+a\""},
    {"-a", "\"'-a\""},
    {"@a", "\"'@a\""},
    {"\ta", "\"'\\x09a\""},
    {"a=b", "a=b"},
    {"\33[2J\x7f\xc2\x9b", "\\x1b[2J\\x7f\\x9b"},
};

START_TEST(test_csv_cell_is_no_formula_and_quoted_where_needed)
{
    struct capture named = capture;
    struct printed printed;

    named.name = names[_i].name;
    start(&printed, &output_csv);
    output_csv.connection(&printed.report, &named, &bare, NULL, 0);
    finish(&printed);
    ck_assert_msg(strncmp(printed.text, names[_i].cell, strlen(names[_i].cell)) == 0, "'%s'",
                  printed.text);
    ck_assert_int_eq(printed.text[strlen(names[_i].cell)], ',');
    free(printed.text);
}
END_TEST

/* ---- text -------------------------------------------------------------------------------- */

static void check_width(const char *text, size_t width)
{
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");

        ck_assert_msg(length <= width, "%zu columns: %.*s", length, (int)length, line);
        ck_assert_msg(length == 0 || line[length - 1] != ' ', "ends in a space: '%.*s'",
                      (int)length, line);
    }
}

/* A report of both connections, with the probe's row and the totals. */
static void print_text(struct printed *printed, unsigned width)
{
    struct totals totals = {0};

    start(printed, &output_text);
    printed->report.width = width;
    output_text.connection(&printed->report, &capture, &full, &probe, 1);
    output_text.connection(&printed->report, &capture, &bare, NULL, 0);
    output_text.capture(&printed->report, &capture);
    ck_assert(totals_add_connection(&totals, &full));
    totals_add_capture(&totals, &capture);
    totals_settle(&totals);
    output_text.summary(&printed->report, &totals);
    totals_free(&totals);
    finish(printed);
}

static const unsigned widths[] = {76, 80, 100, 200};

START_TEST(test_text_keeps_to_its_width)
{
    struct printed printed;

    print_text(&printed, widths[_i]);
    check_width(printed.text, widths[_i]);
    free(printed.text);
}
END_TEST

START_TEST(test_text_tells_what_happened)
{
    static const char *const parts[] = {
        "a \"b\"\\xe4.pcap\n",
        "192.0.2.1:49152 -> 192.0.2.2:9999   DEAD, found by keep-alive after 2 h 11 min 55.8 s\n",
        "last heard   frame 8 at 2026-01-01 00:00:01.650 UTC, 1.65 s into the capture\n",
        "unanswered   9 keep-alive probes of the client from frame 20 on, one every 75.8 s",
        "given up     by the client's RST in frame 29, 11 min 22 s after the first of them\n",
        "7200 s idle + 9 x 75 s = 2 h 11 min 15 s by the settings",
        "idle 7200 s (possible: 7103 s to 7233 s), interval 75 s, count 9; preset linux-default",
        "why          note keepalive_slow: It takes long.\n",
        "                 frame.number in {20, 29}\n",
        "                 note user_timeout_or_count: Either.\n",
        "10 keep-alive probes, 1 answered within 69 us, 9 not answered\n",
        "server: data sent again 4 times in frames 11 to 14, gaps from 200 ms to 1.6 s, then",
        "server: 19 messages of 2 bytes, every 10 s: mqtt PINGREQ\n",
        "no. 1, silent 2 h 0 min 33.8 s, unanswered\n",
        "nothing to tell of 1 other connection: 1 alive\n",
        "after 2 h 11 min 55.8 s\n",
    };
    struct printed printed;

    print_text(&printed, 200);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        ck_assert_msg(strstr(printed.text, parts[i]) != NULL, "missing: %s in:\n%s", parts[i],
                      printed.text);
    ck_assert_ptr_null(strchr(printed.text, '\33'));
    free(printed.text);
}
END_TEST

START_TEST(test_frame_without_details_ends_its_line)
{
    struct event abort_event = probe;
    struct printed printed;

    abort_event.frame.tag = KA_TAG_ABORT_RST;
    abort_event.frame.rst.after_probes = 0;
    abort_event.frame.rst.latency_ns = KA_UNKNOWN;
    start(&printed, &output_text);
    output_text.connection(&printed.report, &capture, &bare, &abort_event, 1);
    finish(&printed);
    ck_assert_ptr_nonnull(strstr(printed.text, "client  abort_rst\n\n"));
    free(printed.text);
}
END_TEST

START_TEST(test_text_has_colour_on_request)
{
    struct printed printed;

    start(&printed, &output_text);
    printed.report.color = true;
    output_text.connection(&printed.report, &capture, &full, NULL, 0);
    finish(&printed);
    ck_assert_ptr_nonnull(strstr(printed.text, "\33[1;31mDEAD"));
    free(printed.text);
}
END_TEST

static const struct {
    enum ka_outcome outcome;
    const char *verdict;
    bool is_worth_telling;
} verdicts[] = {
    {KA_OUTCOME_ALIVE, "alive when the capture ends", false},
    {KA_OUTCOME_CLOSED, "closed in order", false},
    {KA_OUTCOME_ABORTED, "aborted by a RST", true},
    {KA_OUTCOME_DEAD_KEEPALIVE, "DEAD, found by keep-alive", true},
    {KA_OUTCOME_PEER_RESET, "RESET: the peer no longer knew the connection", true},
    {KA_OUTCOME_DEAD_RETRANSMISSION, "DEAD, found by unanswered retransmissions", true},
    {KA_OUTCOME_DEAD_WINDOW_PROBE, "DEAD, found by unanswered window probes", true},
    {KA_OUTCOME_CONNECT_FAILED, "NEVER CONNECTED", true},
    {KA_OUTCOME_CLOSE_FAILED, "NEVER CLOSED: the FIN stayed unanswered, given up", true},
    {KA_OUTCOME_UNDECIDED, "UNDECIDED: something is not yet acknowledged when the capture ends",
     true},
};

START_TEST(test_every_outcome_has_a_verdict)
{
    struct ka_connection connection = bare;
    struct prose prose = {0};

    ck_assert_int_eq(_i, verdicts[_i].outcome); /* no outcome is left out of the table */
    connection.outcome = verdicts[_i].outcome;
    story_verdict(&prose, &connection);
    ck_assert_str_eq(prose.text, verdicts[_i].verdict);
    ck_assert_int_eq(story_is_worth_telling(&connection), verdicts[_i].is_worth_telling);
}
END_TEST

START_TEST(test_refused_connect)
{
    struct ka_connection connection = bare;
    struct prose prose = {0};

    connection.outcome = KA_OUTCOME_ABORTED;
    connection.refused = true;
    story_verdict(&prose, &connection);
    ck_assert_str_eq(prose.text, "refused");
}
END_TEST

START_TEST(test_failed_connect_counts_from_the_first_syn)
{
    struct ka_connection connection = bare;
    struct ka_detection syn = detection;
    struct prose prose = {0};

    syn.mechanism = KA_MECHANISM_SYN;
    syn.unanswered = 6;
    syn.declared_ns = connection.first_ns + 131 * S;
    connection.outcome = KA_OUTCOME_CONNECT_FAILED;
    connection.detection = &syn;
    story_verdict(&prose, &connection);
    ck_assert_str_eq(prose.text,
                     "NEVER CONNECTED: 7 SYNs unanswered, given up 2 min 11 s after the first");
}
END_TEST

START_TEST(test_duration_is_not_torn_apart)
{
    struct prose prose = {0};
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    prose_add(&prose, "abcdefghijklmnopq 2 h 11 min 15 s after 20.1 ms");
    prose_print(stream, 40, "label", &prose);
    fclose(stream);
    ck_assert_str_eq(text, "    label        abcdefghijklmnopq\n"
                           "                 2 h 11 min 15 s after\n"
                           "                 20.1 ms\n");
    free(text);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite_output(void)
{
    Suite *suite = suite_create("output");
    TCase *machine = tcase_create("for programs"), *text = tcase_create("for people");

    tcase_add_test(machine, test_json_connection_is_exact);
    tcase_add_test(machine, test_json_says_null_for_the_unknown);
    tcase_add_loop_test(machine, test_json_segment_has_the_keys_of_its_tag, 0, ROWS(segments));
    tcase_add_test(machine, test_json_summary_has_exact_percentiles);
    tcase_add_loop_test(machine, test_csv_rows_have_the_cells_of_the_heading, 0, 2);
    tcase_add_test(machine, test_csv_columns_are_the_json_keys_joined);
    tcase_add_loop_test(machine, test_csv_cell_is_no_formula_and_quoted_where_needed, 0,
                        ROWS(names));
    suite_add_tcase(suite, machine);

    tcase_add_loop_test(text, test_text_keeps_to_its_width, 0, ROWS(widths));
    tcase_add_test(text, test_text_tells_what_happened);
    tcase_add_test(text, test_frame_without_details_ends_its_line);
    tcase_add_test(text, test_text_has_colour_on_request);
    tcase_add_loop_test(text, test_every_outcome_has_a_verdict, 0, KA_OUTCOME_COUNT);
    tcase_add_test(text, test_refused_connect);
    tcase_add_test(text, test_failed_connect_counts_from_the_first_syn);
    tcase_add_test(text, test_duration_is_not_torn_apart);
    suite_add_tcase(suite, text);
    return suite;
}
