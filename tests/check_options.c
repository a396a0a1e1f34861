/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_options.c: command lines, good and bad; --help and --explain. */
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "options.h"
#include "suites.h"

enum { ARGUMENTS_MAX = 8 };

/* Count the arguments of a row and copy them, since getopt_long() reorders them. */
static int arguments_of(char *const row[], char *argv[static ARGUMENTS_MAX + 2])
{
    int argc = 1;

    argv[0] = (char *)"ka-analyze";
    for (; row[argc - 1]; argc++)
        argv[argc] = row[argc - 1];
    argv[argc] = NULL;
    return argc;
}

static const struct {
    const char *name;
    char *arguments[ARGUMENTS_MAX];
    const char *error; /* a part of it */
} wrong[] = {
    {"nothing", {NULL}, "no capture given"},
    {"unknown letter", {"-x", "a"}, "unknown option '-x'"},
    {"unknown word", {"--frobnicate", "a"}, "unknown option '--frobnicate'"},
    {"a word between others", {"--events", "--frobnicate", "-f", "tcp", "a"}, "'--frobnicate'"},
    {"missing argument", {"a", "-f"}, "-f needs an argument"},
    {"missing argument of a word", {"a", "--format"}, "--format needs an argument"},
    {"argument too many", {"--events=3", "a"}, "--events=3 takes no argument"},
    {"unknown format", {"--format", "xml", "a"}, "unknown format 'xml'"},
    {"no threads", {"-j", "0", "a"}, "-j '0': it is a number from 1 to 256"},
    {"too many threads", {"-j257", "a"}, "-j '257': it is a number from 1 to 256"},
    {"threads in words", {"--jobs=four", "a"}, "-j 'four': it is a number"},
    {"threads and more", {"-j", "4x", "a"}, "-j '4x': it is a number"},
    {"fewer than no threads", {"-j", "-1", "a"}, "-j '-1': it is a number"},
    {"threads for merge", {"merge", "-j", "2", "a"}, "merge reads one result at a time"},
    {"the end of names without a list", {"-0", "a"}, "--files-from"},
    {"standard input as list and capture", {"--files-from", "-", "a", "-"}, "and no capture"},
    {"the same of merge", {"merge", "--files-from", "-", "-"}, "and no result"},
    {"chain of what", {"--chain=name", "a"}, "--chain='name': it is --chain or --chain=by-prefix"},
    {"chain of results",
     {"merge", "--chain", "a"},
     "merge reads one result at a time: leave out --chain"},
    {"half a setting", {"--what-if", "60/10", "a"}, "'60/10' is neither"},
    {"setting twice", {"--what-if", "60/10/6,60/10/6", "a"}, "there twice"},
    {"setting that Linux refuses", {"--what-if", "60/10/6,40000/10/6", "a"}, "at most 32767 s"},
    {"half a second", {"--what-if", "60/0.5/6", "a"}, "whole seconds"},
    {"preset without idle time", {"--what-if", "node-default", "a"}, "give IDLE/INTVL/COUNT"},
    {"no setting", {"--what-if", "60/10/6,", "a"}, "no list of settings"},
    {"a user outside the sandbox", {"--user", "a", "--no-sandbox", "b"}, "--user a is part of"},
    {"unknown outcome", {"--fail-on", "dead", "a"}, "--fail-on 'dead'"},
    {"prefix of an outcome", {"--fail-on", "dead_keep", "a"}, "no such outcome"},
    {"empty outcome", {"--fail-on", "aborted,", "a"}, "no such outcome"},
    {"unknown measure", {"--fail-on", "late>3", "a"}, "--fail-on 'late>3': it compares latency"},
    {"unknown group", {"--group-by", "host", "a"}, "--group-by 'host': it is server, service"},
    {"wrong prefix", {"--group-by", "prefix/33", "a"}, "--group-by 'prefix/33'"},
    {"groups of frames", {"--summary", "--events", "a"}, "leave out --events"},
    {"sqlite without a file", {"--format", "sqlite", "a"}, "sqlite needs a file: -o FILE"},
    {"sqlite to stdout", {"--format", "sqlite", "-o", "-", "a"}, "needs a file"},
    {"sqlite of frames", {"--format", "sqlite", "-o", "b", "--events", "a"}, "out --events"},
    {"sqlite of groups", {"--format", "sqlite", "-o", "b", "--summary", "a"}, "cannot show groups"},
    {"merge of nothing", {"merge"}, "no result given"},
    {"merge of frames", {"merge", "--events", "a"}, "merge reads results: --events"},
    {"merge with a filter", {"merge", "a", "-f", "tcp"}, "merge reads results: --filter"},
    {"merge into a store", {"merge", "--format", "sqlite", "-o", "b", "a"}, "cannot show groups"},
    {"unknown shell", {"--completion", "fish"}, "--completion 'fish': it is bash or zsh"},
    {"color", {"--color", "yes", "a"}, "auto, always or never"},
    {"no output file", {"-o", "", "a"}, "-o needs the name"},
    {"control characters", {"--format", "\33[2J", "a"}, "'\\x1b[2J'"},
};

START_TEST(test_wrong_command_line_is_explained)
{
    char *argv[ARGUMENTS_MAX + 2], error[OPTIONS_ERROR_BYTES] = "";
    int argc = arguments_of(wrong[_i].arguments, argv);
    struct options options;

    ck_assert_msg(!options_parse(&options, argc, argv, error), "%s: accepted", wrong[_i].name);
    ck_assert_msg(strstr(error, wrong[_i].error) != NULL, "%s: '%s'", wrong[_i].name, error);
    ck_assert_msg(strchr(error, '\n') == NULL, "%s: more than a line", wrong[_i].name);
}
END_TEST

static const struct options *parse(char *const row[])
{
    static char *argv[ARGUMENTS_MAX + 2];
    static struct options options;
    char error[OPTIONS_ERROR_BYTES] = "";
    int argc = arguments_of(row, argv);

    ck_assert_msg(options_parse(&options, argc, argv, error), "%s", error);
    return &options;
}

START_TEST(test_defaults)
{
    const struct options *options = parse((char *[]){"a.pcap", NULL});

    ck_assert_int_eq(options->action, ACTION_ANALYSE);
    ck_assert_str_eq(options->output->name, "text");
    ck_assert_ptr_null(options->filter);
    ck_assert_ptr_null(options->output_path);
    ck_assert(!options->events);
    ck_assert_int_eq(options->color, COLOR_AUTO);
    ck_assert_uint_eq(options->fail_on.rule_count, 0);
    ck_assert(!options->summary);
    ck_assert_int_eq(options->grouping.by, FLEET_BY_SERVER);
    ck_assert_uint_eq(options->jobs, 1);
    ck_assert_ptr_null(options->list);
    ck_assert_uint_eq(options->operand_count, 1);
    ck_assert_str_eq(options->operands[0], "a.pcap");
}
END_TEST

START_TEST(test_every_option_is_set)
{
    const struct options *options = parse((char *[]){"a", "-ftcp port 80", "--format=json", "-o",
                                                     "out", "--events", "--color=never", NULL});

    ck_assert_str_eq(options->filter, "tcp port 80");
    ck_assert_str_eq(options->output->name, "json");
    ck_assert_str_eq(options->output_path, "out");
    ck_assert(options->events);
    ck_assert_int_eq(options->color, COLOR_NEVER);
    ck_assert_uint_eq(options->operand_count, 1);
}
END_TEST

START_TEST(test_list_stands_for_captures)
{
    const struct options *options = parse((char *[]){"-0", "-j", "256", "--files-from", "-", NULL});

    ck_assert_str_eq(options->list, "-");
    ck_assert(options->list_has_nul);
    ck_assert_uint_eq(options->jobs, 256);
    ck_assert_uint_eq(options->operand_count, 0);
}
END_TEST

START_TEST(test_fail_on_takes_a_list_and_repeats)
{
    const struct options *options = parse(
        (char *[]){"--fail-on", "dead_keepalive,aborted", "--fail-on", "undecided", "a", NULL});

    for (int i = 0; i < KA_OUTCOME_COUNT; i++) {
        const struct ka_connection connection = {.outcome = (enum ka_outcome)i};

        ck_assert_msg(fail_on_fits(&options->fail_on, &connection) ==
                          (i == KA_OUTCOME_DEAD_KEEPALIVE || i == KA_OUTCOME_ABORTED ||
                           i == KA_OUTCOME_UNDECIDED),
                      "%s", ka_outcome_name((enum ka_outcome)i));
    }
}
END_TEST

START_TEST(test_group_by_asks_for_a_summary)
{
    const struct options *options = parse((char *[]){"--group-by=prefix/16", "a", NULL});

    ck_assert(options->summary);
    ck_assert_int_eq(options->grouping.by, FLEET_BY_PREFIX);
    ck_assert_uint_eq(options->grouping.v4_bits, 16);
}
END_TEST

START_TEST(test_merge_takes_results)
{
    const struct options *options = parse((char *[]){"merge", "a", "--format=json", "b", NULL});

    ck_assert_int_eq(options->action, ACTION_MERGE);
    ck_assert(options->summary);
    ck_assert_uint_eq(options->operand_count, 2);
    ck_assert_str_eq(options->operands[0], "a");
    ck_assert_str_eq(options->operands[1], "b");
}
END_TEST

START_TEST(test_dashes)
{
    const struct options *options = parse((char *[]){"-o", "-", "--", "-", "-x", NULL});

    ck_assert_ptr_null(options->output_path);
    ck_assert_uint_eq(options->operand_count, 2);
    ck_assert_str_eq(options->operands[1], "-x");
}
END_TEST

START_TEST(test_help_and_version_need_no_capture)
{
    ck_assert_int_eq(parse((char *[]){"-h", NULL})->action, ACTION_HELP);
    ck_assert_int_eq(parse((char *[]){"--help", "--frobnicate", NULL})->action, ACTION_HELP);
    ck_assert_int_eq(parse((char *[]){"-V", NULL})->action, ACTION_VERSION);
    ck_assert_int_eq(parse((char *[]){"--explain", NULL})->action, ACTION_EXPLAIN);
}
END_TEST

/* What `print` writes; the caller frees it. */
static char *printed(void (*print)(FILE *stream))
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    print(stream);
    fclose(stream);
    return text;
}

START_TEST(test_help_fits_a_screen)
{
    char *help = printed(options_help);
    int lines = 0;

    for (const char *line = help; *line; line = strchr(line, '\n') + 1, lines++) {
        size_t length = strcspn(line, "\n");

        ck_assert_msg(length <= 80, "%zu columns: %.*s", length, (int)length, line);
    }
    ck_assert_int_le(lines, 40);
    ck_assert_ptr_nonnull(strstr(help, "--chain[=by-prefix]"));
    ck_assert_ptr_nonnull(strstr(help, "--fail-on RULE"));
    ck_assert_ptr_nonnull(strstr(help, "csv"));
    free(help);
}
END_TEST

static void explain_window_probes(FILE *stream)
{
    char error[OPTIONS_ERROR_BYTES];

    ck_assert(options_explain(stream, 100, (char *[]){"window_probe"}, 1, error));
}

static void explain_all(FILE *stream)
{
    char error[OPTIONS_ERROR_BYTES];

    ck_assert(options_explain(stream, 100, NULL, 0, error));
}

START_TEST(test_explain_prints_the_rules_of_a_tag)
{
    char *some = printed(explain_window_probes), *all = printed(explain_all);
    size_t count;
    const struct ka_rule *rules = ka_rules(&count);

    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(strstr(all, rules[i].name) != NULL, "%s", rules[i].name);
        ck_assert_msg(strstr(all, rules[i].source) != NULL, "%s", rules[i].source);
        ck_assert_msg((strstr(some, rules[i].meaning) != NULL) ==
                          (rules[i].tag == KA_TAG_WINDOW_PROBE),
                      "%s", rules[i].name);
    }
    free(some);
    free(all);
}
END_TEST

static void explain_findings(FILE *stream)
{
    char error[OPTIONS_ERROR_BYTES];

    ck_assert(options_explain(stream, 100, (char *[]){"findings"}, 1, error));
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

START_TEST(test_explain_tells_proof_and_remedy_of_each_finding)
{
    static const char *const parts[] = {"\n    meaning ", "\n    proof   ", "\n    change  ",
                                        "\n    source  "};
    char *all = printed(explain_findings);

    for (int code = 0; code < KA_FINDING_COUNT; code++) {
        const char *name = ka_finding_name((enum ka_finding_code)code);
        const struct advice *advice = advice_on((enum ka_finding_code)code);

        ck_assert_msg(strstr(all, name) != NULL, "%s", name);
        ck_assert_msg(advice->proof && advice->change, "%s: no advice", name);
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        ck_assert_uint_eq(count_of(all, parts[i]), KA_FINDING_COUNT);
    free(all);
}
END_TEST

START_TEST(test_explain_refuses_an_unknown_tag)
{
    char error[OPTIONS_ERROR_BYTES];

    ck_assert(!options_explain(stdout, 100, (char *[]){"window_prob"}, 1, error));
    ck_assert_ptr_nonnull(strstr(error, "'window_prob'"));
}
END_TEST

Suite *suite_options(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("command line");

    tcase_add_loop_test(tcase, test_wrong_command_line_is_explained, 0,
                        (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tcase, test_defaults);
    tcase_add_test(tcase, test_every_option_is_set);
    tcase_add_test(tcase, test_list_stands_for_captures);
    tcase_add_test(tcase, test_fail_on_takes_a_list_and_repeats);
    tcase_add_test(tcase, test_group_by_asks_for_a_summary);
    tcase_add_test(tcase, test_merge_takes_results);
    tcase_add_test(tcase, test_dashes);
    tcase_add_test(tcase, test_help_and_version_need_no_capture);
    tcase_add_test(tcase, test_help_fits_a_screen);
    tcase_add_test(tcase, test_explain_prints_the_rules_of_a_tag);
    tcase_add_test(tcase, test_explain_tells_proof_and_remedy_of_each_finding);
    tcase_add_test(tcase, test_explain_refuses_an_unknown_tag);
    suite_add_tcase(suite, tcase);
    return suite;
}
