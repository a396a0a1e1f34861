/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_options.c: one table of options drives getopt_long() and `timeline --help`. */
#include "timeline_options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "parse.h"
#include "setting.h"
#include "units.h"

/* The command line as it is being read; KA_UNKNOWN and 0 stand for what was not given. */
struct reading {
    struct timeline_options *options;
    char *error; /* OPTIONS_ERROR_BYTES */
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

typedef bool option_handler(struct reading *reading, const char *argument);

struct option_row {
    int short_name; /* a letter, or 0 */
    const char *long_name;
    const char *argument; /* what the help calls it, or NULL for an option without one */
    option_handler *set;
    bool is_course; /* means nothing for a capture */
    const char *help;
};

static bool fail(struct reading *reading, const char *what, const char *subject)
{
    char *safe = name_for_terminal(subject);

    snprintf(reading->error, OPTIONS_ERROR_BYTES, what, safe ? safe : "");
    free(safe);
    return false;
}

/* ---- values ------------------------------------------------------------------------------ */

static const int64_t longest_ns = SETTING_LONGEST_S * KA_SECOND, longest_rto_ns = 1000 * KA_SECOND;

static bool set_seconds(struct reading *reading, const char *name, const char *argument,
                        int64_t most_ns, int64_t *duration_ns)
{
    if (setting_seconds(argument, '\0', duration_ns) && *duration_ns <= most_ns)
        return true;
    snprintf(reading->error, OPTIONS_ERROR_BYTES,
             "%s takes seconds from 0.001 to %" PRId64 ", such as 75 or 0.2", name,
             most_ns / KA_SECOND);
    return false;
}

/* ---- handlers ---------------------------------------------------------------------------- */

static bool set_idle(struct reading *reading, const char *argument)
{
    return set_seconds(reading, "--idle", argument, longest_ns, &reading->idle_ns);
}

static bool set_intvl(struct reading *reading, const char *argument)
{
    return set_seconds(reading, "--intvl", argument, longest_ns, &reading->intvl_ns);
}

static bool set_user_timeout(struct reading *reading, const char *argument)
{
    return set_seconds(reading, "--user-timeout", argument, longest_ns, &reading->user_timeout_ns);
}

static bool set_rto(struct reading *reading, const char *argument)
{
    return set_seconds(reading, "--rto", argument, longest_rto_ns, &reading->rto_ns);
}

static bool set_count(struct reading *reading, const char *argument)
{
    return setting_count(argument, 255, &reading->count) ||
           fail(reading, "--count '%s': it is a number of probes, 1 to 255", argument);
}

static bool set_retries(struct reading *reading, const char *argument)
{
    return setting_count(argument, 255, &reading->retries) ||
           fail(reading, "--retries '%s': it is a number of copies, 1 to 255", argument);
}

static bool set_hz(struct reading *reading, const char *argument)
{
    static const int rates[] = {100, 250, 300, 1000}; /* kernel/Kconfig.hz */

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        char text[8];

        snprintf(text, sizeof text, "%d", rates[i]);
        if (strcmp(argument, text) == 0) {
            reading->hz = rates[i];
            return true;
        }
    }
    return fail(reading, "--hz '%s': it is 100, 250, 300 or 1000", argument);
}

static bool set_stack(struct reading *reading, const char *argument)
{
    if (strcmp(argument, "help") == 0) {
        reading->options->action = TIMELINE_STACKS;
        return true;
    }
    reading->stack = stack_find(argument);
    return reading->stack || fail(reading, "--stack '%s': not known; --stack help lists", argument);
}

static bool set_check(struct reading *reading, const char *argument)
{
    for (int i = 0; i < COURSE_CHECK_COUNT; i++)
        if (strcmp(argument, course_check_name((enum course_check)i)) == 0) {
            reading->check = (enum course_check)i;
            return true;
        }
    return fail(reading, "--check '%s': it is keepalive, data, window or syn", argument);
}

static bool set_situation(struct reading *reading, const char *argument)
{
    for (int i = 0; i < COURSE_SITUATION_COUNT; i++)
        if (strcmp(argument, course_situation_name((enum course_situation)i)) == 0) {
            reading->situation = (enum course_situation)i;
            return true;
        }
    return fail(reading, "--situation '%s': it is alive, crashed, rebooted, broken or broken-icmp",
                argument);
}

static bool set_tail_loss(struct reading *reading, const char *argument)
{
    (void)argument;
    reading->tail_loss_probe = true;
    return true;
}

static bool set_compare(struct reading *reading, const char *argument)
{
    reading->compare = argument;
    reading->options->action = TIMELINE_COMPARE;
    return true;
}

static bool set_connection(struct reading *reading, const char *argument)
{
    struct timeline_options *options = reading->options;
    uint64_t number;

    if (!parse_count(argument, UINT64_MAX, &number))
        return fail(reading, "--connection '%s': it is a number, counted from 0", argument);
    options->has_connection = true;
    options->connection = number;
    return true;
}

static bool set_filter(struct reading *reading, const char *argument)
{
    reading->options->filter = argument;
    return true;
}

static bool set_format(struct reading *reading, const char *argument)
{
    static const char *const names[] = {[TIMELINE_TEXT] = "text",
                                        [TIMELINE_JSON] = "json",
                                        [TIMELINE_CSV] = "csv",
                                        [TIMELINE_SVG] = "svg"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(argument, names[i]) == 0) {
            reading->options->format = (enum timeline_format)i;
            return true;
        }
    return fail(reading, "timeline --format '%s': it is text, json, csv or svg", argument);
}

static bool set_output(struct reading *reading, const char *argument)
{
    if (argument[0] == '\0')
        return fail(reading, "-o needs the name of a file%s", "");
    reading->options->output_path = strcmp(argument, "-") == 0 ? NULL : argument;
    return true;
}

static bool set_no_sandbox(struct reading *reading, const char *argument)
{
    (void)argument;
    reading->options->no_sandbox = true;
    return true;
}

static bool set_user(struct reading *reading, const char *argument)
{
    reading->options->user = argument;
    return true;
}

static bool set_help(struct reading *reading, const char *argument)
{
    (void)argument;
    reading->options->action = TIMELINE_HELP;
    return true;
}

static const struct option_row rows[] = {
    {0, "stack", "NAME", set_stack, true, "whose rules (default linux); help lists them"},
    {0, "check", "CHECK", set_check, true, "keepalive (default), data, window or syn"},
    {0, "situation", "WHAT", set_situation, true, "alive, crashed (default), rebooted, broken or"},
    {0, "idle", "SECONDS", set_idle, true, "silence before the first probe (Linux: 7200)"},
    {0, "intvl", "SECONDS", set_intvl, true, "from one probe to the next (75)"},
    {0, "count", "N", set_count, true, "unanswered probes before giving up (9)"},
    {0, "user-timeout", "SECONDS", set_user_timeout, true, "TCP_USER_TIMEOUT (Linux; not set)"},
    {0, "rto", "SECONDS", set_rto, true, "first retransmission timeout (0.204; SYN: 1)"},
    {0, "retries", "N", set_retries, true, "tcp_retries2 (15) or the SYN's (10)"},
    {0, "tlp", NULL, set_tail_loss, true, "data: a tail-loss probe goes first (Linux, SACK)"},
    {0, "hz", "HZ", set_hz, true, "ticks of a Linux kernel: 100, 250 (default), 300, 1000"},
    {0, "compare", "I/V/C,...", set_compare, true, "detection time and cost of several settings"},
    {0, "connection", "N", set_connection, false,
     "of the capture (default: the one with most to tell)"},
    {'f', "filter", "EXPR", set_filter, false, "only packets that match this pcap filter"},
    {0, "format", "FORMAT", set_format, false, "text (default), json, csv or svg"},
    {'o', "output", "FILE", set_output, false, "write there, not to standard output"},
    {0, "user", "NAME", set_user, false, "started by root: read the capture as this user"},
    {0, "no-sandbox", NULL, set_no_sandbox, false,
     "keep rights that reading a capture does not need"},
    {'h', "help", NULL, set_help, false, "print this text"},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], LONG_ONLY = 256 };

bool timeline_options_describe(size_t index, struct option_description *description)
{
    if (index >= ROW_COUNT)
        return false;
    *description = (struct option_description){
        .short_name = rows[index].short_name,
        .long_name = rows[index].long_name,
        .argument = rows[index].argument,
        .help = rows[index].help,
    };
    return true;
}

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
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
        char name[48], letter[8] = "    ";

        if (row->short_name)
            snprintf(letter, sizeof letter, "-%c, ", row->short_name);
        snprintf(name, sizeof name, "%s--%s%s%s", letter, row->long_name, row->argument ? " " : "",
                 row->argument ? row->argument : "");
        fprintf(stream, "  %-28s %s\n", name, row->help);
        if (row->set == set_situation)
            fprintf(stream, "%31sbroken-icmp\n", "");
    }
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

static bool check_linux_limits(struct reading *reading, const struct course_settings *course)
{
    const char *reason = course->check == COURSE_CHECK_KEEPALIVE ? setting_refused(course) : NULL;

    return !reason || fail(reading, "%s", reason);
}

/* Options that the stack has no use for would only seem to have been taken into account. */
static bool check_stack(struct reading *reading)
{
    const struct stack *stack = reading->stack;
    const struct stack_backoff *backoff = course_backoff(stack, reading->check);
    bool is_linux = stack->law == TIMER_WHEEL || stack->law == TIMER_CLASSIC;

    if (!course_knows(stack, reading->check)) {
        snprintf(reading->error, OPTIONS_ERROR_BYTES,
                 "the rules of %s for --check %s are not known; --stack help lists", stack->name,
                 course_check_name(reading->check));
        return false;
    }
    if (reading->user_timeout_ns && !stack->user_timeout)
        return fail(reading, "--user-timeout: %s has none", stack->name);
    if (reading->hz && !is_linux)
        return fail(reading, "--hz is of Linux kernels, not of %s", stack->name);
    if (reading->tail_loss_probe &&
        !(stack->tail_loss_probe && reading->check == COURSE_CHECK_DATA))
        return fail(reading, "--tlp belongs to --check data of Linux%s", "");
    if (reading->retries && (!backoff || backoff->limit == STACK_LIMIT_TIME))
        return fail(reading, "--retries: %s does not count them here", stack->name);
    if (reading->rto_ns && !backoff && stack->keepalive.intvl_ns > 0)
        return fail(reading, "--rto has no part in keep-alive of %s", stack->name);
    if (backoff && (reading->idle_ns || reading->intvl_ns || reading->count))
        return fail(reading, "--idle, --intvl and --count belong to --check keepalive%s", "");
    return true;
}

static bool settle_course(struct reading *reading)
{
    struct course_settings *course = &reading->options->course;

    if (!check_stack(reading))
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
    return check_linux_limits(reading, course);
}

static bool settle_compare(struct reading *reading)
{
    struct timeline_options *options = reading->options;

    if (reading->check != COURSE_CHECK_KEEPALIVE)
        return fail(reading, "--compare is about --check keepalive%s", "");
    if (reading->situation != COURSE_SITUATION_CRASHED)
        return fail(reading, "--compare is about a peer that crashed: no --situation%s", "");
    if (options->format == TIMELINE_SVG)
        return fail(reading, "--compare gives text, json or csv%s", "");
    for (const char *triple = reading->compare;; triple++) {
        struct course_settings course = options->course;
        size_t length = strcspn(triple, ",");

        if (options->compare_count == TIMELINE_COMPARE_MAX)
            return fail(reading, "--compare takes at most 16 settings%s", "");
        if (!setting_triple(triple, length, &course))
            return fail(reading, "--compare '%s': IDLE/INTVL/COUNT[,...] such as 7200/75/9,60/10/6",
                        reading->compare);
        if (!check_linux_limits(reading, &course))
            return false;
        options->compare[options->compare_count++] = course;
        triple += length;
        if (*triple == '\0')
            return true;
    }
}

static bool settle(struct reading *reading, int operands, char *const *operand)
{
    struct timeline_options *options = reading->options;

    if (options->no_sandbox && options->user)
        return fail(reading, "--user %s is part of the sandbox: leave out --no-sandbox",
                    options->user);
    if (operands > 1)
        return fail(reading, "timeline takes one capture, '%s' is one too many", operand[1]);
    if (operands == 1 && reading->has_course)
        return fail(reading, "settings are for timelines without a capture: '%s'", operand[0]);
    if (operands == 1) {
        options->action = TIMELINE_SEEN;
        options->capture = operand[0];
        return true;
    }
    if (options->has_connection || options->filter)
        return fail(reading, "--connection and --filter need a capture%s", "");
    if (!settle_course(reading))
        return false;
    return options->action != TIMELINE_COMPARE || settle_compare(reading);
}

/* ---- getopt ------------------------------------------------------------------------------ */

/* getopt_long()'s two descriptions of the table. */
static void describe_options(char letters[static 2 * ROW_COUNT + 2],
                             struct option long_options[static ROW_COUNT + 1])
{
    *letters++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < ROW_COUNT; i++) {
        long_options[i] = (struct option){
            .name = rows[i].long_name,
            .has_arg = rows[i].argument ? required_argument : no_argument,
            .val = LONG_ONLY + (int)i,
        };
        if (!rows[i].short_name)
            continue;
        *letters++ = (char)rows[i].short_name;
        if (rows[i].argument)
            *letters++ = ':';
    }
    *letters = '\0';
    long_options[ROW_COUNT] = (struct option){0};
}

static const struct option_row *find_row(int value)
{
    if (value >= LONG_ONLY)
        return &rows[value - LONG_ONLY];
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (value && rows[i].short_name == value)
            return &rows[i];
    return NULL;
}

bool timeline_options_parse(struct timeline_options *options, int argc, char **argv,
                            char error[static OPTIONS_ERROR_BYTES])
{
    char letters[2 * ROW_COUNT + 2];
    struct option long_options[ROW_COUNT + 1];
    size_t count;
    struct reading reading = {.options = options,
                              .error = error,
                              .stack = stacks(&count),
                              .situation = COURSE_SITUATION_CRASHED};
    int value;

    *options = (struct timeline_options){.action = TIMELINE_EXPECTED};
    describe_options(letters, long_options);
    optind = 0; /* glibc: start over */
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const struct option_row *row = find_row(value);

        if (value == ':')
            return fail(&reading, "%s needs an argument", argv[optind - 1]);
        if (value == '?' || !row)
            return fail(&reading, "unknown option '%s'", argv[optind - 1]);
        if (!row->set(&reading, optarg))
            return false;
        reading.has_course = reading.has_course || row->is_course;
        if (options->action == TIMELINE_HELP || options->action == TIMELINE_STACKS)
            return true;
    }
    return settle(&reading, argc - optind, argv + optind);
}
