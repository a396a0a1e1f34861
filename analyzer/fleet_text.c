/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fleet_text.c: --summary for a person. */
#include "fleet_text.h"

#include <inttypes.h>

#include "prose.h"
#include "units.h"
#include "what_if_report.h"

/* What a person reads of a long list; json and csv hold all of it. */
enum { GROUPS_SHOWN = 20, SETTINGS_SHOWN = 6, OFFENDERS_SHOWN = 10 };

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* "9 closed, 2 dead_keepalive" */
static void add_outcomes(struct prose *prose, const uint64_t outcomes[static KA_OUTCOME_COUNT])
{
    char number[UNITS_TEXT_BYTES];

    for (int i = 0; i < KA_OUTCOME_COUNT; i++)
        if (outcomes[i] > 0)
            prose_add(prose, "%s%s %s", prose->length ? ", " : "", units_count(number, outcomes[i]),
                      ka_outcome_name((enum ka_outcome)i));
}

/* "2 noticed by keepalive after 75.8 s (median), 80 s (p90), 80 s (p99), 80 s (max)" */
static void add_latencies(struct prose *prose, enum ka_mechanism mechanism,
                          const struct latencies *latencies)
{
    static const struct {
        const char *format;
        unsigned percent;
    } marks[] = {{" %s (median)", 50}, {", %s (p90)", 90}, {", %s (p99)", 99}, {", %s (max)", 100}};
    char text[UNITS_TEXT_BYTES];

    prose_add(prose, "%s noticed by %s after", units_count(text, latencies->count),
              ka_mechanism_name(mechanism));
    if (latencies->count == 1) {
        prose_add(prose, " %s", units_duration(text, latencies_percentile(latencies, 50)));
        return;
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        units_duration(text, latencies_percentile(latencies, marks[i].percent));
        prose_add(prose, marks[i].format, text);
    }
}

/* "error: 2 rst_from_middlebox", a line for each severity. */
static void put_findings(FILE *stream, unsigned width,
                         const uint64_t counts[static KA_FINDING_COUNT])
{
    size_t rules;
    const struct ka_finding_rule *rule = ka_finding_rules(&rules);
    const char *label = "findings";

    for (size_t i = 0; i < rules;) {
        enum ka_severity severity = rule[i].severity;
        struct prose prose = {0};
        char number[UNITS_TEXT_BYTES];
        size_t empty;

        prose_add(&prose, "%s: ", ka_severity_name(severity));
        empty = prose.length;
        for (; i < rules && rule[i].severity == severity; i++)
            if (counts[rule[i].code] > 0)
                prose_add(&prose, "%s%s %s", prose.length > empty ? ", " : "",
                          units_count(number, counts[rule[i].code]), ka_finding_name(rule[i].code));
        if (prose.length == empty)
            continue;
        prose_print(stream, width, label, &prose);
        label = "";
    }
}

static void add_setting(struct prose *prose, const struct fleet_setting *setting)
{
    const int64_t timers_ns[] = {setting->key.idle_ns, setting->key.intvl_ns};
    char text[UNITS_TEXT_BYTES];

    prose_add(prose, "%s", prose->length ? ", " : "");
    for (size_t i = 0; i < sizeof timers_ns / sizeof timers_ns[0]; i++)
        prose_add(prose, "%s/",
                  timers_ns[i] == KA_UNKNOWN ? "?" : units_exact_s(text, timers_ns[i]));
    if (setting->key.count)
        prose_add(prose, "%" PRIu32, setting->key.count);
    else
        prose_add(prose, "?");
    prose_add(prose, " by %s", units_count(text, setting->probers));
}

/* "7200/75/9 by 12, 60/10/? by 3": idle, interval, count, and how many endpoints probed so. */
static void put_settings(FILE *stream, unsigned width, const struct roster *settings)
{
    struct prose prose = {0};
    char text[UNITS_TEXT_BYTES];

    for (size_t i = 0; i < settings->count && i < SETTINGS_SHOWN; i++)
        add_setting(&prose, settings->rows[i]);
    if (settings->count > SETTINGS_SHOWN)
        prose_add(&prose, ", and %s other settings",
                  units_count(text, settings->count - SETTINGS_SHOWN));
    prose_print(stream, width, "settings", &prose);
}

/* "beyond 300 s to 360 s: 12 connections silent for no longer than 300 s lived, ..." */
static void put_limit(FILE *stream, unsigned width, const struct silences *silences)
{
    struct prose prose = {0};
    struct idle_limit limit;
    char lived[UNITS_TEXT_BYTES], died[UNITS_TEXT_BYTES], count[2][UNITS_TEXT_BYTES];

    if (!silences_limit(silences, &limit))
        return;
    units_duration(lived, limit.lived_ns);
    units_duration(died, limit.died_ns);
    prose_add(&prose,
              "something forgets connections that are silent for longer than a time between %s and "
              "%s: %s lived through silences of up to %s, %s died after %s or more",
              lived, died, units_count(count[0], limit.survivors), lived,
              units_count(count[1], limit.deaths), died);
    if (limit.exceptions > 0)
        prose_add(&prose, " (%u.%u %% of those with a long silence)", idle_limit_share(&limit) / 10,
                  idle_limit_share(&limit) % 10);
    prose_add(&prose, "; keep-alive with idle %s would keep them open",
              units_setting(lived, idle_limit_advice_ns(&limit)));
    prose_print(stream, width, "idle limit", &prose);
}

static void put_group(FILE *stream, unsigned width, const struct fleet *fleet,
                      const struct fleet_group *group)
{
    char name[FLEET_NAME_BYTES], connections[UNITS_TEXT_BYTES], lost[UNITS_TEXT_BYTES];
    struct prose outcomes = {0};
    const char *label = "lost";

    fprintf(stream, "%s   %s connection%s, %s lost\n", fleet_group_name(name, fleet, group),
            units_count(connections, group->connections), plural(group->connections),
            units_count(lost, group->lost));
    add_outcomes(&outcomes, group->outcomes);
    prose_print(stream, width, "outcomes", &outcomes);
    for (int mechanism = 0; mechanism < KA_MECHANISM_COUNT; mechanism++) {
        struct prose latencies = {0};

        if (group->latencies[mechanism].count == 0)
            continue;
        add_latencies(&latencies, (enum ka_mechanism)mechanism, &group->latencies[mechanism]);
        prose_print(stream, width, label, &latencies);
        label = "";
    }
    put_settings(stream, width, &group->settings);
    put_findings(stream, width, fleet_findings(group));
    put_limit(stream, width, &group->silences);
    if (group->what_if)
        what_if_print_sums(stream, width, PROSE_LABEL_COLUMN, group->what_if);
    putc('\n', stream);
}

/* What the groups below the head of the list amount to. */
static void put_rest(FILE *stream, const struct roster *groups)
{
    uint64_t connections = 0, lost = 0;
    char texts[3][UNITS_TEXT_BYTES];

    for (size_t i = GROUPS_SHOWN; i < groups->count; i++) {
        const struct fleet_group *group = groups->rows[i];

        connections += group->connections;
        lost += group->lost;
    }
    fprintf(stream, "%s more group%s   %s connection%s, %s lost   (json and csv name them)\n\n",
            units_count(texts[0], groups->count - GROUPS_SHOWN),
            plural(groups->count - GROUPS_SHOWN), units_count(texts[1], connections),
            plural(connections), units_count(texts[2], lost));
}

static void put_offenders(FILE *stream, unsigned width, const struct roster *offenders)
{
    if (offenders->count > 0)
        fputs("dead most often\n", stream);
    for (size_t i = 0; i < offenders->count && i < OFFENDERS_SHOWN; i++) {
        const struct fleet_offender *offender = offenders->rows[i];
        char name[ENDPOINT_TEXT_BYTES], text[UNITS_TEXT_BYTES];
        struct prose prose = {0};

        prose_add(&prose, "%s time%s", units_count(text, offender->lost), plural(offender->lost));
        if (offender->latency_max_ns != KA_UNKNOWN)
            prose_add(&prose, ", noticed %safter %s", offender->lost > 1 ? "at the latest " : "",
                      units_duration(text, offender->latency_max_ns));
        fprintf(stream, "%*s%s   ", PROSE_LABEL_COLUMN, "",
                address_name(name, &offender->key.addr));
        prose_wrap(stream, width, PROSE_TEXT_COLUMN, &prose);
    }
    if (offenders->count > OFFENDERS_SHOWN)
        fprintf(stream, "%*sand %zu other address%s\n", PROSE_LABEL_COLUMN, "",
                offenders->count - OFFENDERS_SHOWN,
                offenders->count - OFFENDERS_SHOWN == 1 ? "" : "es");
    if (offenders->count > 0)
        putc('\n', stream);
}

void fleet_print(FILE *stream, unsigned width, const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->groups.count && i < GROUPS_SHOWN; i++)
        put_group(stream, width, fleet, fleet->groups.rows[i]);
    if (fleet->groups.count > GROUPS_SHOWN)
        put_rest(stream, &fleet->groups);
    put_offenders(stream, width, &fleet->offenders);
}
