/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_options.c: the options of `ka-analyze timeline`, and the settings that they make. */
#include "timeline_options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "setting.h"
#include "units.h"

/* The command line as it is being read; KA_UNKNOWN and 0 stand for what was not given. */
struct reading {
    struct timeline_options options;
    const struct stack *stack;
    enum course_check check;
    enum course_situation situation;
    int64_t idle_ns, intvl_ns, user_timeout_ns, rto_ns;
    uint32_t count, retries;
    int hz;
    bool tail_loss_probe;
    bool has_course; /* an option about the expected course was given */
    const char *compare;
};

/* ---- values ------------------------------------------------------------------------------ */

static const int64_t longest_ns = SETTING_LONGEST_S * KA_SECOND, longest_rto_ns = 1000 * KA_SECOND;

static bool read_seconds(const char *name, const char *argument, int64_t most_ns,
                         int64_t *duration_ns, char *error)
{
    if (setting_seconds(argument, '\0', duration_ns) && *duration_ns <= most_ns)
        return true;
    snprintf(error, OPTIONS_ERROR_BYTES,
             "%s takes seconds from 0.001 to %" PRId64 ", such as 75 or 0.2", name,
             most_ns / KA_SECOND);
    return false;
}

/* ---- handlers ---------------------------------------------------------------------------- */

static bool set_idle(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return read_seconds("--idle", argument, longest_ns, &reading->idle_ns, error);
}

static bool set_intvl(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return read_seconds("--intvl", argument, longest_ns, &reading->intvl_ns, error);
}

static bool set_user_timeout(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return read_seconds("--user-timeout", argument, longest_ns, &reading->user_timeout_ns, error);
}

static bool set_rto(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return read_seconds("--rto", argument, longest_rto_ns, &reading->rto_ns, error);
}

static bool set_count(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return setting_count(argument, 255, &reading->count) ||
           option_fail(error, "--count '%s': it is a number of probes, 1 to 255", argument);
}

static bool set_retries(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return setting_count(argument, 255, &reading->retries) ||
           option_fail(error, "--retries '%s': it is a number of copies, 1 to 255", argument);
}

static const char *const hz_names[] = {"100", "250", "300", "1000"}; /* kernel/Kconfig.hz */

enum { HZ_COUNT = sizeof hz_names / sizeof hz_names[0] };

static void hz_words(FILE *stream)
{
    option_put_words(stream, hz_names, HZ_COUNT);
}

static bool set_hz(void *target, const char *argument, char *error)
{
    struct reading *reading = target;
    int choice = option_choice(argument, hz_names, HZ_COUNT);

    if (choice < 0)
        return option_fail(error, "--hz '%s': it is 100, 250, 300 or 1000", argument);
    reading->hz = atoi(hz_names[choice]);
    return true;
}

static void stack_words(FILE *stream)
{
    size_t count;
    const struct stack *all = stacks(&count);

    for (size_t i = 0; i < count; i++)
        fprintf(stream, " %s", all[i].name);
    fputs(" help", stream);
}

static bool set_stack(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    if (strcmp(argument, "help") == 0) {
        reading->options.action = TIMELINE_STACKS;
        return true;
    }
    reading->stack = stack_find(argument);
    return reading->stack ||
           option_fail(error, "--stack '%s': not known; --stack help lists", argument);
}

static void check_words(FILE *stream)
{
    for (int i = 0; i < COURSE_CHECK_COUNT; i++)
        fprintf(stream, " %s", course_check_name((enum course_check)i));
}

static bool set_check(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    for (int i = 0; i < COURSE_CHECK_COUNT; i++)
        if (strcmp(argument, course_check_name((enum course_check)i)) == 0) {
            reading->check = (enum course_check)i;
            return true;
        }
    return option_fail(error, "--check '%s': it is keepalive, data, window or syn", argument);
}

static void situation_words(FILE *stream)
{
    for (int i = 0; i < COURSE_SITUATION_COUNT; i++)
        fprintf(stream, " %s", course_situation_name((enum course_situation)i));
}

/* The last of them has no room on its line. */
static void situation_help(FILE *stream, int indent)
{
    fprintf(stream, "%*sbroken-icmp\n", indent, "");
}

static bool set_situation(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    for (int i = 0; i < COURSE_SITUATION_COUNT; i++)
        if (strcmp(argument, course_situation_name((enum course_situation)i)) == 0) {
            reading->situation = (enum course_situation)i;
            return true;
        }
    return option_fail(
        error, "--situation '%s': it is alive, crashed, rebooted, broken or broken-icmp", argument);
}

static bool set_compare(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    (void)error;
    reading->compare = argument;
    reading->options.action = TIMELINE_COMPARE;
    return true;
}

static bool set_connection(void *target, const char *argument, char *error)
{
    struct reading *reading = target;
    struct timeline_options *options = &reading->options;
    uint64_t number;

    if (!parse_count(argument, UINT64_MAX, &number))
        return option_fail(error, "--connection '%s': it is a number, counted from 0", argument);
    options->has_connection = true;
    options->connection = number;
    return true;
}

static const char *const format_names[] = {[TIMELINE_TEXT] = "text",
                                           [TIMELINE_JSON] = "json",
                                           [TIMELINE_CSV] = "csv",
                                           [TIMELINE_SVG] = "svg"};

enum { FORMAT_COUNT = sizeof format_names / sizeof format_names[0] };

static void format_words(FILE *stream)
{
    option_put_words(stream, format_names, FORMAT_COUNT);
}

static bool set_format(void *target, const char *argument, char *error)
{
    struct reading *reading = target;
    int choice = option_choice(argument, format_names, FORMAT_COUNT);

    if (choice < 0)
        return option_fail(error, "timeline --format '%s': it is text, json, csv or svg", argument);
    reading->options.format = (enum timeline_format)choice;
    return true;
}

static bool set_output(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    return option_output_path(&reading->options.output_path, argument, error);
}

static bool set_help(void *target, const char *argument, char *error)
{
    struct reading *reading = target;

    (void)argument;
    (void)error;
    reading->options.action = TIMELINE_HELP;
    return true;
}

/* `group` of the options that mean nothing for a capture. */
enum { COURSE = 1 };

static const struct option_row rows[] = {
    {0, "stack", "NAME", "whose rules (default linux); help lists them", .group = COURSE,
     .set = set_stack, .words = stack_words},
    {0, "check", "CHECK", "keepalive (default), data, window or syn", .group = COURSE,
     .set = set_check, .words = check_words},
    {0, "situation", "WHAT", "alive, crashed (default), rebooted, broken or", .group = COURSE,
     .set = set_situation, .words = situation_words, .more_help = situation_help},
    {0, "idle", "SECONDS", "silence before the first probe (Linux: 7200)", .group = COURSE,
     .set = set_idle},
    {0, "intvl", "SECONDS", "from one probe to the next (75)", .group = COURSE, .set = set_intvl},
    {0, "count", "N", "unanswered probes before giving up (9)", .group = COURSE, .set = set_count},
    {0, "user-timeout", "SECONDS", "TCP_USER_TIMEOUT (Linux; not set)", .group = COURSE,
     .set = set_user_timeout},
    {0, "rto", "SECONDS", "first retransmission timeout (0.204; SYN: 1)", .group = COURSE,
     .set = set_rto},
    {0, "retries", "N", "tcp_retries2 (15) or the SYN's (10)", .group = COURSE, .set = set_retries},
    {0, "tlp", NULL, "data: a tail-loss probe goes first (Linux, SACK)", .group = COURSE,
     OPTION_MEMBER(struct reading, tail_loss_probe)},
    {0, "hz", "HZ", "ticks of a Linux kernel: 100, 250 (default), 300, 1000", .group = COURSE,
     .set = set_hz, .words = hz_words},
    {0, "compare", "I/V/C,...", "detection time and cost of several settings", .group = COURSE,
     .set = set_compare},
    {0, "connection", "N", "of the capture (default: the one with most to tell)",
     .set = set_connection},
    {'f', "filter", "EXPR", "only packets that match this pcap filter",
     OPTION_MEMBER(struct reading, options.filter)},
    {0, "format", "FORMAT", "text (default), json, csv or svg", .set = set_format,
     .words = format_words},
    {'o', "output", "FILE", "write there, not to standard output", .set = set_output},
    {0, "user", "NAME", "started by root: read the capture as this user",
     OPTION_MEMBER(struct reading, options.user)},
    {0, "no-sandbox", NULL, "keep rights that reading a capture does not need",
     OPTION_MEMBER(struct reading, options.no_sandbox)},
    {'h', "help", NULL, "print this text", .set = set_help},
};

_Static_assert(sizeof rows <= OPTION_ROWS_MAX * sizeof rows[0],
               "more options than option_table.h provides for");

static bool after(void *target, const struct option_row *row)
{
    struct reading *reading = target;

    reading->has_course = reading->has_course || row->group == COURSE;
    return reading->options.action == TIMELINE_HELP || reading->options.action == TIMELINE_STACKS;
}

const struct option_table timeline_options_table = {rows, sizeof rows / sizeof rows[0], after};

void timeline_options_help(FILE *stream)
{
    fprintf(stream,
            "usage: ka-analyze timeline [options]\n"
            "       ka-analyze timeline [options] CAPTURE\n"
            "\n"
            "Without a capture: what a stack with these settings does when its peer falls silent,\n"
            "event by event, with the ideal time and what the stack's timers make of it.\n"
            "With one: what a connection did, laid over what its inferred settings predict.\n"
            "\n"
            "options:\n");
    option_table_help(&timeline_options_table, stream);
}

static void put_keepalive(FILE *stream, const struct stack *stack)
{
    const struct stack_keepalive *keepalive = &stack->keepalive;
    char idle[UNITS_TEXT_BYTES], intvl[UNITS_TEXT_BYTES];
    char text[3 * UNITS_TEXT_BYTES] = "never probes";

    units_exact_s(idle, keepalive->idle_ns);
    units_exact_s(intvl, keepalive->intvl_ns);
    if (keepalive->source && keepalive->intvl_ns > 0)
        snprintf(text, sizeof text, "%s/%s/%u", idle, intvl, (unsigned)keepalive->count);
    else if (keepalive->source)
        snprintf(text, sizeof text, "%s/doubling", idle);
    fprintf(stream, "%-10s %-26s %-16s", stack->name, stack->title, text);
}

void timeline_options_stacks(FILE *stream)
{
    size_t count;
    const struct stack *all = stacks(&count);

    fprintf(stream, "%-10s %-26s %-16s %s\n", "--stack", "system", "idle/intvl/count", "--check");
    for (size_t i = 0; i < count; i++) {
        put_keepalive(stream, &all[i]);
        for (int check = 0; check < COURSE_CHECK_COUNT; check++)
            if (course_knows(&all[i], (enum course_check)check))
                fprintf(stream, " %s", course_check_name((enum course_check)check));
        putc('\n', stream);
    }
}

/* ---- from options to settings ------------------------------------------------------------ */

static bool check_linux_limits(const struct course_settings *course, char *error)
{
    const char *reason = course->check == COURSE_CHECK_KEEPALIVE ? setting_refused(course) : NULL;

    return !reason || option_fail(error, "%s", reason);
}

/* Options that the stack has no use for would only seem to have been taken into account. */
static bool check_stack(struct reading *reading, char *error)
{
    const struct stack *stack = reading->stack;
    const struct stack_backoff *backoff = course_backoff(stack, reading->check);
    bool is_linux = stack->law == TIMER_WHEEL || stack->law == TIMER_CLASSIC;

    if (!course_knows(stack, reading->check)) {
        snprintf(error, OPTIONS_ERROR_BYTES,
                 "the rules of %s for --check %s are not known; --stack help lists", stack->name,
                 course_check_name(reading->check));
        return false;
    }
    if (reading->user_timeout_ns && !stack->user_timeout)
        return option_fail(error, "--user-timeout: %s has none", stack->name);
    if (reading->hz && !is_linux)
        return option_fail(error, "--hz is of Linux kernels, not of %s", stack->name);
    if (reading->tail_loss_probe &&
        !(stack->tail_loss_probe && reading->check == COURSE_CHECK_DATA))
        return option_fail(error, "--tlp belongs to --check data of Linux", NULL);
    if (reading->retries && (!backoff || backoff->limit == STACK_LIMIT_TIME))
        return option_fail(error, "--retries: %s does not count them here", stack->name);
    if (reading->rto_ns && !backoff && stack->keepalive.intvl_ns > 0)
        return option_fail(error, "--rto has no part in keep-alive of %s", stack->name);
    if (backoff && (reading->idle_ns || reading->intvl_ns || reading->count))
        return option_fail(error, "--idle, --intvl and --count belong to --check keepalive", NULL);
    return true;
}

static bool settle_course(struct reading *reading, char *error)
{
    struct course_settings *course = &reading->options.course;

    if (!check_stack(reading, error))
        return false;
    *course = course_defaults(reading->stack, reading->check);
    course->situation = reading->situation;
    course->tail_loss_probe = reading->tail_loss_probe;
    course->user_timeout_ns = reading->user_timeout_ns;
    if (reading->hz)
        course->hz = reading->hz;
    if (reading->idle_ns)
        course->idle_ns = reading->idle_ns;
    if (reading->intvl_ns)
        course->intvl_ns = reading->intvl_ns;
    if (reading->count)
        course->count = reading->count;
    if (reading->rto_ns)
        course->rto_ns = reading->rto_ns;
    if (reading->retries)
        course->retries = reading->retries;
    return check_linux_limits(course, error);
}

static bool settle_compare(struct reading *reading, char *error)
{
    struct timeline_options *options = &reading->options;

    if (reading->check != COURSE_CHECK_KEEPALIVE)
        return option_fail(error, "--compare is about --check keepalive", NULL);
    if (reading->situation != COURSE_SITUATION_CRASHED)
        return option_fail(error, "--compare is about a peer that crashed: no --situation", NULL);
    if (options->format == TIMELINE_SVG)
        return option_fail(error, "--compare gives text, json or csv", NULL);
    for (const char *triple = reading->compare;; triple++) {
        struct course_settings course = options->course;
        size_t length = strcspn(triple, ",");

        if (options->compare_count == TIMELINE_COMPARE_MAX)
            return option_fail(error, "--compare takes at most 16 settings", NULL);
        if (!setting_triple(triple, length, &course))
            return option_fail(error,
                               "--compare '%s': IDLE/INTVL/COUNT[,...] such as 7200/75/9,60/10/6",
                               reading->compare);
        if (!check_linux_limits(&course, error))
            return false;
        options->compare[options->compare_count++] = course;
        triple += length;
        if (*triple == '\0')
            return true;
    }
}

static bool settle(struct reading *reading, int operands, char *const *operand, char *error)
{
    struct timeline_options *options = &reading->options;

    if (!option_check_user(options->user, options->no_sandbox, error))
        return false;
    if (operands > 1)
        return option_fail(error, "timeline takes one capture, '%s' is one too many", operand[1]);
    if (operands == 1 && reading->has_course)
        return option_fail(error, "settings are for timelines without a capture: '%s'", operand[0]);
    if (operands == 1) {
        options->action = TIMELINE_SEEN;
        options->capture = operand[0];
        return true;
    }
    if (options->has_connection || options->filter)
        return option_fail(error, "--connection and --filter need a capture", NULL);
    if (!settle_course(reading, error))
        return false;
    return options->action != TIMELINE_COMPARE || settle_compare(reading, error);
}

bool timeline_options_parse(struct timeline_options *options, int argc, char **argv,
                            char error[static OPTIONS_ERROR_BYTES])
{
    size_t count;
    struct reading reading = {.options = {.action = TIMELINE_EXPECTED},
                              .stack = stacks(&count),
                              .situation = COURSE_SITUATION_CRASHED};
    int first;

    if (!option_table_read(&timeline_options_table, &reading, argc, argv, &first, error))
        return false;
    if (reading.options.action != TIMELINE_HELP && reading.options.action != TIMELINE_STACKS &&
        !settle(&reading, argc - first, argv + first, error))
        return false;
    *options = reading.options;
    return true;
}
