/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_fleet.c: --summary in the HTML report. */
#include "html_fleet.h"

#include "advice.h"
#include "html_table.h"
#include "prose.h"
#include "units.h"
#include "what_if_report.h"

/* Groups of a table: more make no page that can be read; json and csv hold all groups. */
enum { GROUPS_MAX = 1000 };

#define COLUMNS(list) list, sizeof list / sizeof list[0]

/* ---- findings ---------------------------------------------------------------------------- */

/*
 * A row for each finding, beneath the group's name if there is one, else with what to do about it.
 */
static void put_findings(struct html_table *table, const char *name,
                         const uint64_t counts[static KA_FINDING_COUNT])
{
    size_t rules;
    const struct ka_finding_rule *rule = ka_finding_rules(&rules);

    for (size_t i = 0; i < rules; i++) {
        if (counts[rule[i].code] == 0)
            continue;
        html_row_begin(table);
        if (name)
            html_cell_text(table, name);
        html_cell_count(table, counts[rule[i].code]);
        html_cell_text(table, ka_severity_name(rule[i].severity));
        html_cell_text(table, ka_finding_name(rule[i].code));
        html_cell_prose(table, ka_finding_meaning(rule[i].code));
        if (!name)
            html_cell_prose(table, advice_on(rule[i].code)->change);
        html_row_end(table);
    }
}

void html_findings_table(FILE *stream, const uint64_t counts[static KA_FINDING_COUNT])
{
    static const struct html_column columns[] = {{"connections", true},
                                                 {"severity", false},
                                                 {"finding", false},
                                                 {"meaning", false},
                                                 {"what to change", false}};
    struct html_table table = {stream, "Findings", COLUMNS(columns), 0};

    put_findings(&table, NULL, counts);
    html_table_end(&table);
}

/* ---- rows of a group --------------------------------------------------------------------- */

typedef void put_group_rows(struct html_table *table, const char *name,
                            const struct fleet_group *group);

static void put_group(struct html_table *table, const char *name, const struct fleet_group *group)
{
    char count[UNITS_TEXT_BYTES];
    struct prose outcomes = {0};

    html_row_begin(table);
    html_cell_text(table, name);
    html_cell_count(table, group->connections);
    html_cell_count(table, group->lost);
    for (int i = 0; i < KA_OUTCOME_COUNT; i++)
        if (group->outcomes[i] > 0)
            prose_add(&outcomes, "%s%s %s", outcomes.length > 0 ? ", " : "",
                      units_count(count, group->outcomes[i]), ka_outcome_name((enum ka_outcome)i));
    html_cell_prose(table, outcomes.text);
    html_row_end(table);
}

static void put_latencies(struct html_table *table, const char *name,
                          const struct fleet_group *group)
{
    static const unsigned percents[] = {50, 90, 99, 100};

    for (int i = 0; i < KA_MECHANISM_COUNT; i++) {
        const struct latencies *latencies = &group->latencies[i];

        if (latencies->count == 0)
            continue;
        html_row_begin(table);
        html_cell_text(table, name);
        html_cell_text(table, ka_mechanism_meaning((enum ka_mechanism)i));
        html_cell_count(table, latencies->count);
        for (size_t p = 0; p < sizeof percents / sizeof percents[0]; p++)
            html_cell_duration(table, latencies_percentile(latencies, percents[p]));
        html_row_end(table);
    }
}

static void put_what_if(struct html_table *table, const char *name, const struct fleet_group *group)
{
    if (group->what_if)
        what_if_sums_html_rows(table, name, group->what_if);
}

static void put_group_findings(struct html_table *table, const char *name,
                               const struct fleet_group *group)
{
    put_findings(table, name, fleet_findings(group));
}

static void put_limit(struct html_table *table, const char *name, const struct fleet_group *group)
{
    struct idle_limit limit;

    if (!silences_limit(&group->silences, &limit))
        return;
    html_row_begin(table);
    html_cell_text(table, name);
    html_cell_duration(table, limit.lived_ns);
    html_cell_count(table, limit.survivors);
    html_cell_duration(table, limit.died_ns);
    html_cell_count(table, limit.deaths);
    html_cell_count(table, limit.exceptions);
    html_cell_setting(table, idle_limit_advice_ns(&limit));
    html_row_end(table);
}

static void put_settings(struct html_table *table, const char *name,
                         const struct fleet_group *group)
{
    for (size_t i = 0; i < group->settings.count && i < GROUPS_MAX; i++) {
        const struct fleet_setting *setting = group->settings.rows[i];

        html_row_begin(table);
        html_cell_text(table, name);
        html_cell_setting(table, setting->key.idle_ns);
        html_cell_setting(table, setting->key.intvl_ns);
        if (setting->key.count)
            html_cell_count(table, setting->key.count);
        else
            html_cell_unknown(table);
        html_cell_count(table, setting->probers);
        html_row_end(table);
    }
}

/* ---- the tables -------------------------------------------------------------------------- */

/* What is left out of a table of this many. */
static void put_rest(FILE *stream, size_t count)
{
    char text[UNITS_TEXT_BYTES];

    if (count > GROUPS_MAX)
        fprintf(stream, "<p>%s more are in json and csv.</p>\n",
                units_count(text, count - GROUPS_MAX));
}

/* A table with the rows of each group, whose name is in the first column. */
static void put_groups(FILE *stream, const struct fleet *fleet, const char *title,
                       const struct html_column *columns, size_t column_count, put_group_rows *put)
{
    struct html_table table = {stream, title, columns, column_count, 0};
    char name[FLEET_NAME_BYTES];

    for (size_t i = 0; i < fleet->groups.count && i < GROUPS_MAX; i++)
        put(&table, fleet_group_name(name, fleet, fleet->groups.rows[i]), fleet->groups.rows[i]);
    html_table_end(&table);
}

static void put_offenders(FILE *stream, const struct roster *offenders)
{
    static const struct html_column columns[] = {
        {"address", false}, {"times", true}, {"noticed at the latest after", true}};
    struct html_table table = {stream, "Dead most often", COLUMNS(columns), 0};
    char name[ENDPOINT_TEXT_BYTES];

    for (size_t i = 0; i < offenders->count && i < GROUPS_MAX; i++) {
        const struct fleet_offender *offender = offenders->rows[i];

        html_row_begin(&table);
        html_cell_text(&table, address_name(name, &offender->key.addr));
        html_cell_count(&table, offender->lost);
        html_cell_duration(&table, offender->latency_max_ns);
        html_row_end(&table);
    }
    html_table_end(&table);
    put_rest(stream, offenders->count);
}

void html_fleet_tables(FILE *stream, const struct fleet *fleet)
{
    const char *by = fleet_by_name(fleet->grouping.by);
    const struct html_column groups[] = {
        {by, false}, {"connections", true}, {"lost", true}, {"outcomes", false}};
    const struct html_column latencies[] = {{by, false},      {"noticed by", false}, {"lost", true},
                                            {"median", true}, {"90 %", true},        {"99 %", true},
                                            {"most", true}};
    const struct html_column what_if[] = {
        {by, false},         {"what if (s)", false}, {"median", true},
        {"90 %", true},      {"99 %", true},         {"most", true},
        {"no change", true}, {"kept open", true},    {"probes at most", true}};
    const struct html_column findings[] = {{by, false},
                                           {"connections", true},
                                           {"severity", false},
                                           {"finding", false},
                                           {"meaning", false}};
    const struct html_column limits[] = {
        {by, false},    {"silent up to", true}, {"lived", true},      {"silent from", true},
        {"died", true}, {"otherwise", true},    {"idle to set", true}};
    const struct html_column settings[] = {
        {by, false}, {"idle", true}, {"interval", true}, {"count", true}, {"endpoints", true}};

    put_groups(stream, fleet, "Groups", COLUMNS(groups), put_group);
    put_rest(stream, fleet->groups.count);
    put_groups(stream, fleet, "Detection latency by group", COLUMNS(latencies), put_latencies);
    put_groups(stream, fleet, "With other settings, by group", COLUMNS(what_if), put_what_if);
    put_groups(stream, fleet, "Findings by group", COLUMNS(findings), put_group_findings);
    put_groups(stream, fleet, "Idle timers in the path, learned", COLUMNS(limits), put_limit);
    put_groups(stream, fleet, "Keep-alive settings by group", COLUMNS(settings), put_settings);
    put_offenders(stream, &fleet->offenders);
}
