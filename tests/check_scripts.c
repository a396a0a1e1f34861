/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_scripts.c: every timeline script in every variant, and the runner itself. */
#include <check.h>
#include <dirent.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "suites.h"

static const char *const folders[] = {"tests/scripts", "tests/bugs"};
enum { FOLDERS = sizeof folders / sizeof folders[0], PATH_MAX_BYTES = 300 };

static int is_script(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".ka") == 0;
}

/* The number of scripts; the path of number `wanted` where there are as many. */
static int find_script(int wanted, char path[PATH_MAX_BYTES])
{
    int total = 0;

    for (int i = 0; i < FOLDERS; i++) {
        struct dirent **names;
        int count = scandir(folders[i], &names, is_script, alphasort);
        for (int at = 0; at < count; at++) {
            if (total + at == wanted)
                snprintf(path, PATH_MAX_BYTES, "%s/%s", folders[i], names[at]->d_name);
            free(names[at]);
        }
        if (count >= 0)
            free(names);
        total += count > 0 ? count : 0;
    }
    return total;
}

START_TEST(test_script)
{
    char path[PATH_MAX_BYTES] = "";
    struct script script;
    size_t runs = 0;

    find_script(_i, path);
    bool right = script_read(&script, path) && script_run_all(&script, &runs);
    if (!right)
        ck_abort_msg("%s", script.problem);
    ck_assert_uint_ge(runs, 16);
    script_free(&script);
}
END_TEST

/* What ka_decode() must make of a packet is the segment that it was written from. */
static void check_decoded(const struct script *script, const struct pcap_pkthdr *header,
                          const uint8_t *bytes, const struct ka_segment *wrote)
{
    const int line = script->steps[wrote->frame - 1].line;
    struct ka_segment read = {0};

    enum ka_skip skip = ka_decode(101, bytes, header->caplen, header->len, &read);
    ck_assert_msg(skip == KA_SKIP_NONE, "%s:%d: %s", script->path, line, ka_skip_name(skip));
    ck_assert_msg((int64_t)header->ts.tv_sec * KA_SECOND + header->ts.tv_usec == wrote->time_ns,
                  "%s:%d: time", script->path, line);
    ck_assert_msg(memcmp(&read.from.addr, &wrote->from.addr, 16) == 0 &&
                      memcmp(&read.to.addr, &wrote->to.addr, 16) == 0 &&
                      read.from.port == wrote->from.port && read.to.port == wrote->to.port,
                  "%s:%d: endpoints", script->path, line);
    ck_assert_msg(read.seq == wrote->seq && read.ip_id == wrote->ip_id &&
                      read.quoted == wrote->quoted,
                  "%s:%d: sequence number or identification", script->path, line);
    if (wrote->quoted) {
        ck_assert_msg(read.icmp_type == wrote->icmp_type && read.icmp_code == wrote->icmp_code &&
                          memcmp(&read.icmp_from, &wrote->icmp_from, 16) == 0,
                      "%s:%d: ICMP", script->path, line);
        return;
    }
    ck_assert_msg(read.ack == wrote->ack && read.len == wrote->len &&
                      read.window == wrote->window && read.flags == wrote->flags &&
                      read.ttl == wrote->ttl,
                  "%s:%d: header", script->path, line);
    ck_assert_msg(
        read.has_timestamps == wrote->has_timestamps &&
            (!read.has_timestamps || (read.tsval == wrote->tsval && read.tsecr == wrote->tsecr)),
        "%s:%d: time stamps", script->path, line);
    ck_assert_msg(read.has_first_byte == wrote->has_first_byte &&
                      (!read.has_first_byte || read.first_byte == wrote->first_byte),
                  "%s:%d: first byte", script->path, line);
}

static void check_capture(const struct script *script, bool ipv6)
{
    const struct script_variant variant = {.ipv6 = ipv6, .isns = 1};
    struct script_wire wire = script_wire(script, variant);
    char error[PCAP_ERRBUF_SIZE] = "";
    struct pcap_pkthdr *header;
    const uint8_t *bytes;

    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    script_write_pcap(script, variant, file);
    rewind(file);
    pcap_t *pcap =
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
    ck_assert_msg(pcap != NULL, "%s", error);
    for (size_t i = 0; i < script->step_count; i++) {
        struct ka_segment wrote = script_segment(&wire, i);
        ck_assert_int_eq(pcap_next_ex(pcap, &header, &bytes), 1);
        check_decoded(script, header, bytes, &wrote);
    }
    ck_assert_int_eq(pcap_next_ex(pcap, &header, &bytes), PCAP_ERROR_BREAK);
    pcap_close(pcap);
}

START_TEST(test_script_as_capture)
{
    char path[PATH_MAX_BYTES] = "";
    struct script script;

    find_script(_i, path);
    if (!script_read(&script, path))
        ck_abort_msg("%s", script.problem);
    check_capture(&script, false);
    check_capture(&script, true);
    script_free(&script);
}
END_TEST

START_TEST(test_scripts_are_found)
{
    char path[PATH_MAX_BYTES];

    ck_assert_msg(find_script(-1, path) > 0, "no *.ka in tests/scripts: run from the top folder");
}
END_TEST

/* ---- the runner itself --------------------------------------------------------------------- */

#define HANDSHAKE "!test\n+0 A S 0:0(0)\n+.1 B S. 0:0(0) ack 1\n+.1 A . 1:1(0) ack 1\n"
#define PROBE HANDSHAKE "+60 A . 0:0(0) ack 1\n"
/* The only probe unanswered, and the end. */
#define PROBE_LOST                                                                                 \
    PROBE "  keepalive_probe\n+60 A R. 1:1(0) ack 1\n  final_rst\noutcome dead_keepalive\n"

/* A script that is not so, and the beginning of what must be said of it. */
static const struct {
    const char *name, *text, *problem;
} broken[] = {
    {"an undeclared tag", PROBE "outcome undecided\n",
     "x.ka:5: frame 4 is keepalive_probe by keepalive-empty, not none"},
    {"a declared tag that is missing", HANDSHAKE "  keepalive_ack\noutcome alive\n",
     "x.ka:4: frame 3 is none, not keepalive_ack"},
    {"another tag", PROBE "  window_probe\noutcome undecided\n",
     "x.ka:5: frame 4 is keepalive_probe by keepalive-empty, not window_probe"},
    {"another value", PROBE "  keepalive_probe number=2\noutcome undecided\n",
     "x.ka:6: keepalive_probe: number is 1, not 2"},
    {"another time", PROBE "  keepalive_probe idle=60\noutcome undecided\n",
     "x.ka:6: keepalive_probe: idle is 60.100000000, not 60"},
    {"a range that it is not in", PROBE "  keepalive_probe idle=1..60\noutcome undecided\n",
     "x.ka:6: keepalive_probe: idle is 60.100000000, not 1..60"},
    {"an answer that is none", PROBE "  keepalive_probe answered=+1\noutcome undecided\n",
     "x.ka:6: keepalive_probe: answered is none, not +1"},
    {"no such field", PROBE "  keepalive_probe rtt=1\noutcome undecided\n",
     "x.ka:6: keepalive_probe: rtt is no such field, not 1"},
    {"a finding that is not made", HANDSHAKE "outcome alive\nfinding keepalive_slow\n",
     "x.ka:6: the finding keepalive_slow is missing, or not so"},
    {"a finding that is made", PROBE_LOST "no_finding single_probe_decides\n",
     "x.ka:10: the finding single_probe_decides is made"},
    {"a finding of another frame", PROBE_LOST "finding single_probe_decides frame=elsewhere\n",
     "x.ka:10: the finding single_probe_decides is missing, or not so"},
    {"another outcome", HANDSHAKE "outcome closed\n", "x.ka:5: the outcome is alive"},
    {"a detection that is missing", HANDSHAKE "outcome alive\ndetection A\n",
     "x.ka:6: detection is missing"},
    {"a detection that is there", PROBE "  keepalive_probe\noutcome undecided\ndetection none\n",
     "x.ka:8: detection is there"},
    {"a detection by the other side", PROBE "  keepalive_probe\noutcome undecided\ndetection B\n",
     "x.ka:8: detection is the other side's"},
    {"a row that is missing", HANDSHAKE "outcome alive\nbackoff A kind=data\n",
     "x.ka:6: there are only 0 rows"},
    {"a later connection that is missing", HANDSHAKE "outcome alive\nconnection 1\noutcome alive\n",
     "x.ka:7: no such connection"},
    {"no title", "+0 A S 0:0(0)\n", "x.ka:1: the first line is '!'"},
    {"no packet", "!test\noutcome alive\n", "x.ka:2: a script has packets"},
    {"a tag above all packets", "!test\n  keepalive_probe\n", "x.ka:2: a tag needs a packet"},
    {"two tags", PROBE "  keepalive_probe\n  keepalive_ack\n", "x.ka:7: the packet has a tag"},
    {"lengths that differ", "!test\n+0 A . 0:1(0) ack 1\n", "x.ka:2: 0:1 is not 0 bytes"},
    {"no such flag", "!test\n+0 A SX 0:0(0)\n", "x.ka:2: 'SX' is no set of flags"},
    {"no such side", "!test\n+0 C S 0:0(0)\n", "x.ka:2: 'C' is neither A nor B"},
    {"no such time", "!test\n+a A S 0:0(0)\n", "x.ka:2: '+a' is no time"},
    {"no such option", "!test\n+0 A S 0:0(0) mss 5\n", "x.ka:2: unknown option 'mss'"},
    {"a window too large", "!test\n+0 A S 0:0(0) win 65536\n", "x.ka:2: '65536' is no number"},
    {"an ACK number without the flag", "!test\n+0 A S 0:0(0) ack 1\n", "x.ka:2: 'ack' goes with"},
    {"no such statement", HANDSHAKE "verdict alive\n", "x.ka:5: 'verdict' is no statement"},
    {"a repetition without end", HANDSHAKE "repeat 2\n+1 A . 1:1(0) ack 1\n",
     "x.ka:6: 'repeat' without 'done'"},
};
enum { BROKEN = sizeof broken / sizeof broken[0] };

START_TEST(test_runner_says_what_is_wrong)
{
    struct script script;
    size_t runs;

    bool right = script_parse(&script, "x.ka", broken[_i].text) && script_run_all(&script, &runs);
    ck_assert_msg(!right, "%s: nothing was found wrong", broken[_i].name);
    if (strncmp(script.problem, broken[_i].problem, strlen(broken[_i].problem)) != 0)
        ck_abort_msg("%s: '%s'", broken[_i].name, script.problem);
    script_free(&script);
}
END_TEST

Suite *suite_scripts(void)
{
    Suite *suite = suite_create("scripts");
    char path[PATH_MAX_BYTES];

    TCase *runner = tcase_create("runner");
    tcase_add_test(runner, test_scripts_are_found);
    tcase_add_loop_test(runner, test_runner_says_what_is_wrong, 0, BROKEN);
    suite_add_tcase(suite, runner);

    TCase *scripts = tcase_create("scripts");
    tcase_add_loop_test(scripts, test_script, 0, find_script(-1, path));
    suite_add_tcase(suite, scripts);

    TCase *captures = tcase_create("captures");
    tcase_add_loop_test(captures, test_script_as_capture, 0, find_script(-1, path));
    suite_add_tcase(suite, captures);
    return suite;
}
