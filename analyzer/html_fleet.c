/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_fleet.c: --summary in the HTML report. */
#include "html_fleet.h"

#include <inttypes.h>

#include "html.h"
#include "units.h"

/* Rows of a table: more make no page that can be read; json and csv hold all groups. */
enum { ROWS_MAX = 1000 };

struct column {
    const char *name;
    bool is_number;
};

static void open_table(FILE *stream, const char *title, const struct column *columns, size_t count)
{
    fprintf(stream,
            "<h2>%s</h2>\n<div class=\"wide\" tabindex=\"0\"><table class=\"sort\">\n<thead><tr>",
            title);
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "<th scope=\"col\"%s><button type=\"button\">%s</button></th>",
                columns[i].is_number ? " class=\"num\"" : "", columns[i].name);
    fputs("</tr></thead>\n<tbody>\n", stream);
}

static void close_table(FILE *stream, size_t rows)
{
    char text[UNITS_TEXT_BYTES];

    fputs("</tbody></table></div>\n", stream);
    if (rows > ROWS_MAX)
        fprintf(stream, "<p>%s more are in json and csv.</p>\n",
                units_count(text, rows - ROWS_MAX));
}

static void put_text(FILE *stream, const char *text)
{
    fputs("<td>", stream);
    html_text(stream, text);
    fputs("</td>", stream);
}

static void put_count(FILE *stream, uint64_t count)
{
    char text[UNITS_TEXT_BYTES];

    fprintf(stream, "<td class=\"num\" data-v=\"%" PRIu64 "\">%s</td>", count,
            units_count(text, count));
}

/* A duration, or a setting in seconds; sorted by its length, the unknown first. */
static void put_duration(FILE *stream, int64_t duration_ns, bool is_setting)
{
    char text[UNITS_TEXT_BYTES], key[UNITS_TEXT_BYTES];

    if (duration_ns == KA_UNKNOWN)
        fputs("<td class=\"num\" data-v=\"-1\">?</td>", stream);
    else
        fprintf(stream, "<td class=\"num\" data-v=\"%s\">%s</td>", units_exact_s(key, duration_ns),
                is_setting ? units_setting(text, duration_ns) : units_duration(text, duration_ns));
}

/* Calls `put` for each group, with its name. */
static void for_groups(FILE *stream, const struct fleet *fleet,
                       void (*put)(FILE *stream, const char *name, const struct fleet_group *group))
{
    char name[FLEET_NAME_BYTES];

    for (size_t i = 0; i < fleet->groups.count && i < ROWS_MAX; i++)
        put(stream, fleet_group_name(name, fleet, fleet->groups.rows[i]), fleet->groups.rows[i]);
}

static void put_group(FILE *stream, const char *name, const struct fleet_group *group)
{
    char count[UNITS_TEXT_BYTES];
    const char *separator = "";

    fputs("<tr>", stream);
    put_text(stream, name);
    put_count(stream, group->connections);
    put_count(stream, group->lost);
    fputs("<td class=\"wrap\">", stream);
    for (int i = 0; i < KA_OUTCOME_COUNT; i++) {
        if (group->outcomes[i] == 0)
            continue;
        fprintf(stream, "%s%s %s", separator, units_count(count, group->outcomes[i]),
                ka_outcome_name((enum ka_outcome)i));
        separator = ", ";
    }
    fputs("</td></tr>\n", stream);
}

static void put_latencies(FILE *stream, const char *name, const struct fleet_group *group)
{
    static const unsigned percents[] = {50, 90, 99, 100};

    for (int i = 0; i < KA_MECHANISM_COUNT; i++) {
        const struct latencies *latencies = &group->latencies[i];

        if (latencies->count == 0)
            continue;
        fputs("<tr>", stream);
        put_text(stream, name);
        put_text(stream, ka_mechanism_meaning((enum ka_mechanism)i));
        put_count(stream, latencies->count);
        for (size_t p = 0; p < sizeof percents / sizeof percents[0]; p++)
            put_duration(stream, latencies_percentile(latencies, percents[p]), false);
        fputs("</tr>\n", stream);
    }
}

static void put_settings(FILE *stream, const char *name, const struct fleet_group *group)
{
    for (size_t i = 0; i < group->settings.count && i < ROWS_MAX; i++) {
        const struct fleet_setting *setting = group->settings.rows[i];

        fputs("<tr>", stream);
        put_text(stream, name);
        put_duration(stream, setting->key.idle_ns, true);
        put_duration(stream, setting->key.intvl_ns, true);
        if (setting->key.count)
            put_count(stream, setting->key.count);
        else
            fputs("<td class=\"num\" data-v=\"-1\">?</td>", stream);
        put_count(stream, setting->probers);
        fputs("</tr>\n", stream);
    }
}

static void put_offenders(FILE *stream, const struct roster *offenders)
{
    static const struct column columns[] = {
        {"address", false}, {"times", true}, {"noticed at the latest after", true}};
    char name[ENDPOINT_TEXT_BYTES];

    if (offenders->count == 0)
        return;
    open_table(stream, "Dead most often", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < offenders->count && i < ROWS_MAX; i++) {
        const struct fleet_offender *offender = offenders->rows[i];

        fputs("<tr>", stream);
        put_text(stream, address_name(name, &offender->key.addr));
        put_count(stream, offender->lost);
        put_duration(stream, offender->latency_max_ns, false);
        fputs("</tr>\n", stream);
    }
    close_table(stream, offenders->count);
}

void html_fleet_tables(FILE *stream, const struct fleet *fleet)
{
    const char *by = fleet_by_name(fleet->grouping.by);
    const struct column groups[] = {
        {by, false}, {"connections", true}, {"lost", true}, {"outcomes", false}};
    const struct column latencies[] = {{by, false},      {"noticed by", false}, {"lost", true},
                                       {"median", true}, {"90 %", true},        {"99 %", true},
                                       {"most", true}};
    const struct column settings[] = {
        {by, false}, {"idle", true}, {"interval", true}, {"count", true}, {"endpoints", true}};

    open_table(stream, "Groups", groups, sizeof groups / sizeof groups[0]);
    for_groups(stream, fleet, put_group);
    close_table(stream, fleet->groups.count);
    open_table(stream, "Detection latency by group", latencies,
               sizeof latencies / sizeof latencies[0]);
    for_groups(stream, fleet, put_latencies);
    close_table(stream, 0);
    open_table(stream, "Keep-alive settings by group", settings,
               sizeof settings / sizeof settings[0]);
    for_groups(stream, fleet, put_settings);
    close_table(stream, 0);
    put_offenders(stream, &fleet->offenders);
}
