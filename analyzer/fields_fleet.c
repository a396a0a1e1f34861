/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields_fleet.c: the keys and values of the records of --summary. */
#include "fields_fleet.h"

#include "fields.h"
#include "what_if_report.h"

static void setting_fields(struct record *record, const struct fleet_setting *setting)
{
    record_seconds(record, "idle_s", setting ? setting->key.idle_ns : KA_UNKNOWN);
    record_seconds(record, "intvl_s", setting ? setting->key.intvl_ns : KA_UNKNOWN);
    record_nonzero(record, "count", setting ? setting->key.count : 0);
    record_nonzero(record, "probers", setting ? setting->probers : 0);
}

/* JSON: a list. CSV: the number of different settings, and the commonest. */
static void settings_list(struct record *record, const struct roster *settings)
{
    if (record->writer->is_flat) {
        record_open(record, "settings");
        record_count(record, "different", settings->count);
        setting_fields(record, settings->count > 0 ? settings->rows[0] : NULL);
        record_close(record);
        return;
    }
    record_open_list(record, "settings");
    for (size_t i = 0; i < settings->count; i++) {
        record_open(record, NULL);
        setting_fields(record, settings->rows[i]);
        record_close(record);
    }
    record_close(record);
}

/* Null, or empty cells, where the connections do not show one. */
static void limit_fields(struct record *record, const struct silences *silences)
{
    struct idle_limit limit = {0};
    bool is_known = silences_limit(silences, &limit);
    char share[32];

    if (!is_known && !record->writer->is_flat) {
        record_null(record, "idle_limit");
        return;
    }
    record_open(record, "idle_limit");
    record_seconds(record, "limit_above_s", is_known ? limit.lived_ns : KA_UNKNOWN);
    record_seconds(record, "limit_below_s", is_known ? limit.died_ns : KA_UNKNOWN);
    record_seconds(record, "advised_idle_s", is_known ? idle_limit_advice_ns(&limit) : KA_UNKNOWN);
    record_nonzero(record, "deaths", is_known ? limit.deaths : 0);
    record_nonzero(record, "survivors", is_known ? limit.survivors : 0);
    snprintf(share, sizeof share, "%u.%03u", idle_limit_share(&limit) / 1000,
             idle_limit_share(&limit) % 1000);
    if (is_known)
        record_number(record, "share", share);
    else
        record_null(record, "share");
    record_close(record);
}

void fields_group(struct record *record, const struct fleet *fleet, const struct fleet_group *group)
{
    char name[FLEET_NAME_BYTES];

    record_text(record, "by", fleet_by_name(fleet->grouping.by));
    record_text(record, "group", fleet_group_name(name, fleet, group));
    record_count(record, "connections", group->connections);
    record_count(record, "lost", group->lost);
    record_open(record, "outcomes");
    for (int outcome = 0; outcome < KA_OUTCOME_COUNT; outcome++)
        record_count(record, ka_outcome_name((enum ka_outcome)outcome), group->outcomes[outcome]);
    record_close(record);
    record_open(record, "latency_s");
    for (int mechanism = 0; mechanism < KA_MECHANISM_COUNT; mechanism++)
        fields_latencies(record, ka_mechanism_name((enum ka_mechanism)mechanism),
                         &group->latencies[mechanism]);
    record_close(record);
    settings_list(record, &group->settings);
    limit_fields(record, &group->silences);
    fields_findings(record, fleet_findings(group));
    if (fleet->what_if)
        what_if_sums_fields(record, fleet->what_if, group->what_if);
}

void fields_offender(struct record *record, const struct fleet_offender *offender)
{
    char name[ENDPOINT_TEXT_BYTES];

    record_text(record, "address", address_name(name, &offender->key.addr));
    record_count(record, "lost", offender->lost);
    record_open(record, "mechanisms");
    for (int mechanism = 0; mechanism < KA_MECHANISM_COUNT; mechanism++)
        record_count(record, ka_mechanism_name((enum ka_mechanism)mechanism),
                     offender->mechanisms[mechanism]);
    record_close(record);
    record_seconds(record, "latency_max_s", offender->latency_max_ns);
}
