/* SPDX-License-Identifier: GPL-2.0-or-later */
/* what_if_report.c: what other settings would have given, as text, as fields and as HTML. */
#include "what_if_report.h"

#include <inttypes.h>
#include <string.h>

#include "fields.h"
#include "html.h"
#include "prose.h"
#include "units.h"

/* Columns of the table beneath a story: setting, probes a day, latency, remark. */
enum { SETTING_COLUMNS = 17, PROBES_COLUMNS = 10, LATENCY_COLUMNS = 19, GAP_COLUMNS = 2 };
enum {
    REMARK_COLUMN =
        PROSE_TEXT_COLUMN + SETTING_COLUMNS + PROBES_COLUMNS + LATENCY_COLUMNS + GAP_COLUMNS
};

enum { PROBES_TEXT_BYTES = UNITS_TEXT_BYTES + 2 };

/* "1,440", or "0.36" where it is less than ten a day. */
static char *probes_a_day(char text[static UNITS_TEXT_BYTES], const struct what_if_setting *setting)
{
    uint64_t probes = what_if_probes_in_1000_days(setting);

    if (probes < 10000 && probes % 1000)
        snprintf(text, UNITS_TEXT_BYTES, "%" PRIu64 ".%02" PRIu64, probes / 1000,
                 probes % 1000 / 10);
    else
        units_count(text, (probes + 500) / 1000);
    return text;
}

/* "<=1,440": as many a day as for a connection that is idle all day; none where it never was. */
static char *probes_at_most(char text[static PROBES_TEXT_BYTES],
                            const struct what_if_setting *setting,
                            const struct ka_connection *connection)
{
    if (what_if_probes_max(setting, connection) == 0)
        return strcpy(text, "0");
    probes_a_day(text + 2, setting);
    return memcpy(text, "<=", 2);
}

/* The setting would have given about what was, but for the lateness of timers. */
static bool is_as_it_was(const struct what_if_result *result)
{
    return result->actual_ns >= result->earliest_ns && result->actual_ns <= result->latest_ns;
}

/* Better or worse by how much, or why neither. */
static void add_change(struct prose *prose, const struct what_if_result *result)
{
    int64_t saved_ns = what_if_saved_ns(result, result->latency_ns);
    int64_t least_ns = what_if_saved_ns(result, result->max_ns);
    char text[UNITS_TEXT_BYTES];

    if (what_if_is_unchanged(result->effect) || saved_ns == KA_UNKNOWN) {
        prose_add(prose, "%s", what_if_effect_meaning(result->effect));
        return;
    }
    if (is_as_it_was(result)) {
        prose_add(prose, "about as it was");
        return;
    }
    prose_add(prose, "%s %s", units_duration(text, saved_ns < 0 ? -saved_ns : saved_ns),
              saved_ns < 0 ? "later" : "sooner");
    if (result->effect == WHAT_IF_USER_TIMEOUT)
        prose_add(prose, ", by its user timeout");
    else if (result->effect == WHAT_IF_PEER_RESET && saved_ns > 0)
        prose_add(prose, ", if the peer was up again by then");
    else if (least_ns != KA_UNKNOWN && saved_ns > 0 && least_ns > 0)
        prose_add(prose, ", at least %s", units_duration(text, least_ns));
    else if (saved_ns > 0)
        prose_add(prose, ", if it died soon after it was last heard");
}

static void add_remark(struct prose *prose, const struct what_if_result *result)
{
    add_change(prose, result);
    if (result->may_keep_open)
        prose_add(prose, "; if the path forgot it: kept open");
}

static char *latency_text(char text[static UNITS_TEXT_BYTES], const struct what_if_result *result)
{
    return result->latency_ns == KA_UNKNOWN ? strcpy(text, "-")
                                            : units_duration(text, result->latency_ns);
}

/* Data in flight is no matter of keep-alive; what would have helped is not among the settings. */
static void put_advice(FILE *stream, unsigned width, const struct what_if *what_if)
{
    struct prose prose = {0};

    for (size_t i = 0; i < what_if->count; i++)
        if (what_if->settings[i].course.user_timeout_ns > 0)
            return;
    prose_add(&prose,
              "only a user timeout (TCP_USER_TIMEOUT) changes that: try IDLE/INTVL/COUNT/TIMEOUT");
    prose_print(stream, width, "", &prose);
}

/* Whether data in flight is why it would change nothing. */
static bool put_setting(FILE *stream, unsigned width, const struct what_if_setting *setting,
                        const struct ka_connection *connection)
{
    struct what_if_result result = what_if_apply(setting, connection);
    char probes[PROBES_TEXT_BYTES], latency[UNITS_TEXT_BYTES];
    struct prose remark = {0};
    int used =
        fprintf(stream, "%*s%-*s%*s%*s", PROSE_TEXT_COLUMN, "", SETTING_COLUMNS - 1, setting->name,
                PROBES_COLUMNS + 1, probes_at_most(probes, setting, connection), LATENCY_COLUMNS,
                latency_text(latency, &result));

    add_remark(&remark, &result);
    fprintf(stream, "%*s", used < REMARK_COLUMN ? REMARK_COLUMN - used : 1, "");
    prose_wrap(stream, width, REMARK_COLUMN, &remark);
    return result.effect == WHAT_IF_SUSPENDED;
}

void what_if_print(FILE *stream, unsigned width, const struct what_if *what_if,
                   const struct ka_connection *connection)
{
    bool is_suspended = false;

    if (!what_if_applies(connection))
        return;
    fprintf(stream, "%*s%-*s%-*s%*s%*s\n", PROSE_LABEL_COLUMN, "",
            PROSE_TEXT_COLUMN - PROSE_LABEL_COLUMN, "what if", SETTING_COLUMNS, "setting (s)",
            PROBES_COLUMNS, "probes/day", LATENCY_COLUMNS, "noticed after");
    for (size_t i = 0; i < what_if->count; i++)
        is_suspended =
            put_setting(stream, width, &what_if->settings[i], connection) || is_suspended;
    if (is_suspended)
        put_advice(stream, width, what_if);
}

/* ---- sums -------------------------------------------------------------------------------- */

static const unsigned percents[] = {50, 90, 99, 100};
enum { PERCENTS = sizeof percents / sizeof percents[0] };

/* Columns of the table of sums; the last two are left out where the line is too short. */
enum {
    LABEL_COLUMNS = 8 + 4,
    SUMS_NAME_COLUMN = LABEL_COLUMNS + 9,
    SUMS_NAME_COLUMNS = 16,
    SUMS_COLUMNS = 10
};
enum {
    SUMS_PROBES_WIDTH = SUMS_NAME_COLUMN + SUMS_NAME_COLUMNS + (PERCENTS + 1) * SUMS_COLUMNS,
    SUMS_WIDTH = SUMS_PROBES_WIDTH + 1 + SUMS_COLUMNS
};

static void put_percentiles(FILE *stream, const struct latencies *latencies)
{
    char text[UNITS_TEXT_BYTES];

    for (size_t p = 0; p < PERCENTS; p++) {
        int64_t latency_ns = latencies_percentile(latencies, percents[p]);

        fprintf(stream, "%*s", SUMS_COLUMNS,
                latency_ns == KA_UNKNOWN ? "-" : units_column_s(text, latency_ns));
    }
}

/* Those that have no latency, since they would not have been lost. */
static void put_kept_open(FILE *stream, unsigned width, const struct what_if_sums *sums)
{
    for (size_t i = 0; i < sums->what_if->count; i++) {
        struct prose prose = {0};
        char text[UNITS_TEXT_BYTES];

        if (sums->by[i].kept_open == 0)
            continue;
        prose_add(&prose, "%s would have kept %s of them open: its probes restart the path's timer",
                  sums->what_if->settings[i].name, units_count(text, sums->by[i].kept_open));
        fprintf(stream, "%*s", SUMS_NAME_COLUMN, "");
        prose_wrap(stream, width, SUMS_NAME_COLUMN, &prose);
    }
}

void what_if_print_sums(FILE *stream, unsigned width, unsigned indent,
                        const struct what_if_sums *sums)
{
    char text[UNITS_TEXT_BYTES];

    if (sums->lost == 0)
        return;
    fprintf(stream, "%*s%-*s %7s %-*s%*s%*s%*s%*s", (int)indent, "", (int)(LABEL_COLUMNS - indent),
            "what if", units_count(text, sums->lost), SUMS_NAME_COLUMNS, "lost, noticed",
            SUMS_COLUMNS, "median (s)", SUMS_COLUMNS, "p90", SUMS_COLUMNS, "p99", SUMS_COLUMNS,
            "max");
    if (width >= SUMS_PROBES_WIDTH)
        fprintf(stream, "%*s", SUMS_COLUMNS, "probes <=");
    if (width >= SUMS_WIDTH)
        fprintf(stream, "%*s", SUMS_COLUMNS + 1, "no change");
    fprintf(stream, "\n%*s%-*s", SUMS_NAME_COLUMN, "", SUMS_NAME_COLUMNS, "as it was");
    put_percentiles(stream, &sums->actual);
    putc('\n', stream);
    for (size_t i = 0; i < sums->what_if->count; i++) {
        const struct what_if_setting *setting = &sums->what_if->settings[i];

        fprintf(stream, "%*s%-*s", SUMS_NAME_COLUMN, "", SUMS_NAME_COLUMNS, setting->name);
        put_percentiles(stream, &sums->by[i].latencies);
        if (width >= SUMS_PROBES_WIDTH)
            fprintf(stream, "%*s", SUMS_COLUMNS, units_count(text, sums->by[i].probes_max));
        if (width >= SUMS_WIDTH)
            fprintf(stream, "%*s", SUMS_COLUMNS + 1, units_count(text, sums->by[i].unchanged));
        putc('\n', stream);
    }
    put_kept_open(stream, width, sums);
}

/* ---- HTML -------------------------------------------------------------------------------- */

static void put_cell(FILE *stream, const char *text, bool is_number)
{
    fputs(is_number ? "<td class=\"num\">" : "<td>", stream);
    html_text(stream, text);
    fputs("</td>", stream);
}

static void open_table(FILE *stream, const char *const *heads, size_t count)
{
    fputs("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>", stream);
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "<th scope=\"col\"%s>%s</th>", i > 0 ? " class=\"num\"" : "", heads[i]);
    fputs("</tr></thead>\n<tbody>\n", stream);
}

void what_if_print_html(FILE *stream, const struct what_if *what_if,
                        const struct ka_connection *connection)
{
    static const char *const heads[] = {"what if (s)", "probes/day", "noticed after", ""};

    if (!what_if_applies(connection))
        return;
    open_table(stream, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < what_if->count; i++) {
        const struct what_if_setting *setting = &what_if->settings[i];
        struct what_if_result result = what_if_apply(setting, connection);
        char text[UNITS_TEXT_BYTES], probes[PROBES_TEXT_BYTES];
        struct prose remark = {0};

        add_remark(&remark, &result);
        fputs("<tr>", stream);
        put_cell(stream, setting->name, false);
        put_cell(stream, probes_at_most(probes, setting, connection), true);
        put_cell(stream, latency_text(text, &result), true);
        put_cell(stream, remark.text, false);
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

static void begin_html_row(struct html_table *table, const char *group, const char *setting,
                           const struct latencies *latencies)
{
    html_row_begin(table);
    if (group)
        html_cell_text(table, group);
    html_cell_text(table, setting);
    for (size_t p = 0; p < PERCENTS; p++)
        html_cell_duration(table, latencies_percentile(latencies, percents[p]));
}

void what_if_sums_html_rows(struct html_table *table, const char *group,
                            const struct what_if_sums *sums)
{
    if (sums->lost == 0)
        return;
    begin_html_row(table, group, "as it was", &sums->actual);
    html_cell_text(table, "");
    html_cell_text(table, "");
    html_cell_text(table, "");
    html_row_end(table);
    for (size_t i = 0; i < sums->what_if->count; i++) {
        const struct what_if_setting *setting = &sums->what_if->settings[i];

        begin_html_row(table, group, setting->name, &sums->by[i].latencies);
        html_cell_count(table, sums->by[i].unchanged);
        html_cell_count(table, sums->by[i].kept_open);
        html_cell_count(table, sums->by[i].probes_max);
        html_row_end(table);
    }
}

void what_if_print_sums_html(FILE *stream, const struct what_if_sums *sums)
{
    static const struct html_column columns[] = {
        {"what if (s)", false}, {"median", true},    {"90 %", true},      {"99 %", true},
        {"most", true},         {"no change", true}, {"kept open", true}, {"probes at most", true}};
    struct html_table table = {stream, "With other settings", columns,
                               sizeof columns / sizeof columns[0], 0};

    what_if_sums_html_rows(&table, NULL, sums);
    html_table_end(&table);
}

/* ---- fields ------------------------------------------------------------------------------ */

static void setting_fields(struct record *record, const struct what_if_setting *setting)
{
    const struct course_settings *course = &setting->course;

    record_text(record, "setting", setting->name);
    record_text(record, "stack", course->stack->name);
    record_seconds(record, "idle_s", course->idle_ns);
    record_seconds(record, "intvl_s", course->intvl_ns > 0 ? course->intvl_ns : KA_UNKNOWN);
    record_nonzero(record, "count", course->count);
    record_seconds(record, "user_timeout_s",
                   course->user_timeout_ns > 0 ? course->user_timeout_ns : KA_UNKNOWN);
}

static void probes_field(struct record *record, const struct what_if_setting *setting)
{
    uint64_t probes = what_if_probes_in_1000_days(setting);
    char text[UNITS_TEXT_BYTES];

    snprintf(text, sizeof text, "%" PRIu64 ".%03" PRIu64, probes / 1000, probes % 1000);
    record_number(record, "probes_per_day", text);
}

static void result_fields(struct record *record, const struct what_if_result *result)
{
    record_text(record, "effect", result ? what_if_effect_name(result->effect) : NULL);
    record_seconds(record, "latency_s", result ? result->latency_ns : KA_UNKNOWN);
    record_seconds(record, "latency_earliest_s", result ? result->earliest_ns : KA_UNKNOWN);
    record_seconds(record, "latency_latest_s", result ? result->latest_ns : KA_UNKNOWN);
    record_seconds(record, "latency_max_s", result ? result->max_ns : KA_UNKNOWN);
    record_seconds(record, "saved_s",
                   result ? what_if_saved_ns(result, result->latency_ns) : KA_UNKNOWN);
    record_seconds(record, "saved_min_s",
                   result ? what_if_saved_ns(result, result->max_ns) : KA_UNKNOWN);
    if (result)
        record_bool(record, "may_keep_open", result->may_keep_open);
    else
        record_null(record, "may_keep_open");
}

void what_if_fields(struct record *record, const struct what_if *what_if,
                    const struct ka_connection *connection)
{
    bool is_flat = record->writer->is_flat, applies = what_if_applies(connection);

    if (is_flat)
        record_open(record, "what_if");
    else
        record_open_list(record, "what_if");
    for (size_t i = 0; i < what_if->count && (applies || is_flat); i++) {
        const struct what_if_setting *setting = &what_if->settings[i];
        struct what_if_result result = {.effect = WHAT_IF_UNKNOWN};

        if (applies)
            result = what_if_apply(setting, connection);
        record_open(record, is_flat ? setting->name : NULL);
        if (!is_flat)
            setting_fields(record, setting);
        result_fields(record, applies ? &result : NULL);
        probes_field(record, setting);
        record_count(record, "probes_max", what_if_probes_max(setting, connection));
        record_close(record);
    }
    record_close(record);
}

void what_if_sums_fields(struct record *record, const struct what_if *what_if,
                         const struct what_if_sums *sums)
{
    static const struct what_if_sums nothing = {.lost = 0};
    bool is_flat = record->writer->is_flat;

    if (!sums)
        sums = &nothing;
    record_open(record, "what_if");
    record_count(record, "lost", sums->lost);
    fields_latencies(record, "actual_latency_s", &sums->actual);
    if (!is_flat)
        record_open_list(record, "settings");
    for (size_t i = 0; i < what_if->count; i++) {
        const struct what_if_setting *setting = &what_if->settings[i];

        record_open(record, is_flat ? setting->name : NULL);
        if (!is_flat)
            setting_fields(record, setting);
        fields_latencies(record, "latency_s", &sums->by[i].latencies);
        record_count(record, "unchanged", sums->by[i].unchanged);
        record_count(record, "ended_alive", sums->by[i].ended_alive);
        record_count(record, "kept_open", sums->by[i].kept_open);
        probes_field(record, setting);
        record_count(record, "probes_max", sums->by[i].probes_max);
        record_close(record);
    }
    if (!is_flat)
        record_close(record);
    record_close(record);
}
