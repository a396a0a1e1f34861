/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fleet.c: the connections of a run in groups. */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

#include "finding_list.h"
#include "parse.h"

enum { V4_OFFSET_BITS = 96 }; /* of an IPv4 address in its IPv6 form, RFC 4291 2.5.5.2 */

#define NUMBER_OF_OTHERS UINT32_MAX /* no port or outcome */

const char *fleet_by_name(enum fleet_by by)
{
#define FLEET_BY_ROW(suffix, name, meaning) [FLEET_BY_##suffix] = name,
    static const char *const names[] = {FLEET_BY_MAP(FLEET_BY_ROW)};
#undef FLEET_BY_ROW

    return by < FLEET_BY_COUNT ? names[by] : "?";
}

void fleet_words(FILE *stream)
{
    for (int by = 0; by < FLEET_BY_COUNT; by++)
        fprintf(stream, " %s", fleet_by_name((enum fleet_by)by));
}

/* "/16" or "/16/48" behind the word. */
static bool parse_bits(const char *text, struct fleet_grouping *grouping)
{
    int64_t v4_bits, v6_bits = FLEET_V6_BITS;

    if (!parse_decimal(text + 1, &text, 0, &v4_bits) || v4_bits < 0 || v4_bits > 32)
        return false;
    if (*text == '/' && !parse_decimal(text + 1, &text, 0, &v6_bits))
        return false;
    grouping->v4_bits = (unsigned)v4_bits;
    grouping->v6_bits = (unsigned)v6_bits;
    return *text == '\0' && v6_bits >= 0 && v6_bits <= 128;
}

bool fleet_parse_grouping(const char *text, struct fleet_grouping *grouping)
{
    size_t length = strcspn(text, "/");

    *grouping = (struct fleet_grouping){.v4_bits = FLEET_V4_BITS, .v6_bits = FLEET_V6_BITS};
    for (int by = 0; by < FLEET_BY_COUNT; by++) {
        const char *name = fleet_by_name((enum fleet_by)by);

        if (strlen(name) != length || memcmp(name, text, length) != 0)
            continue;
        grouping->by = (enum fleet_by)by;
        return text[length] == '\0' ||
               (by == FLEET_BY_PREFIX && parse_bits(text + length, grouping));
    }
    return false;
}

/* ---- keys -------------------------------------------------------------------------------- */

/* The address with all but its first `bits` bits cleared. */
static struct ka_addr network_of(struct ka_addr addr, unsigned bits)
{
    for (unsigned i = 0; i < sizeof addr.bytes; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;

        if (kept < 8)
            addr.bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
    return addr;
}

static struct fleet_key key_of(const struct fleet_grouping *grouping,
                               const struct ka_connection *connection)
{
    const struct ka_endpoint *server = &connection->endpoint[KA_SERVER];
    struct fleet_key key;

    memset(&key, 0, sizeof key);
    switch (grouping->by) {
    case FLEET_BY_SERVER:
        key.addr = server->addr;
        break;
    case FLEET_BY_SERVICE:
        key.number = server->port;
        break;
    case FLEET_BY_PREFIX:
        key.addr = network_of(server->addr, address_is_v4(&server->addr)
                                                ? V4_OFFSET_BITS + grouping->v4_bits
                                                : grouping->v6_bits);
        break;
    case FLEET_BY_CLIENT:
        key.addr = connection->endpoint[KA_CLIENT].addr;
        break;
    case FLEET_BY_OUTCOME:
        key.number = connection->outcome;
        break;
    case FLEET_BY_COUNT:
        break;
    }
    return key;
}

static int compare_keys(const void *left, const void *right)
{
    const struct fleet_key *a = left, *b = right;
    int order = memcmp(&a->addr, &b->addr, sizeof a->addr);

    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static int compare_settings(const void *left, const void *right)
{
    const struct fleet_setting_key *a = left, *b = right;

    if (a->idle_ns != b->idle_ns)
        return a->idle_ns < b->idle_ns ? -1 : 1;
    if (a->intvl_ns != b->intvl_ns)
        return a->intvl_ns < b->intvl_ns ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count);
}

/* ---- adding ------------------------------------------------------------------------------ */

static bool add_setting(struct fleet_group *group, const struct ka_keepalive *keepalive)
{
    const struct fleet_setting_key key = {
        .idle_ns = keepalive->idle.nominal_ns,
        .intvl_ns = keepalive->intvl.nominal_ns,
        .count = keepalive->count,
    };
    struct fleet_setting *setting =
        roster_find(&group->settings, &key, sizeof key, sizeof *setting, compare_settings);

    if (!setting)
        return false;
    setting->probers++;
    return true;
}

/* The end that did not answer any more goes down in the list of the dead. */
static bool add_offender(struct fleet *fleet, const struct ka_connection *connection)
{
    const struct ka_detection *detection = connection->detection;
    struct fleet_key key;
    struct fleet_offender *offender;

    memset(&key, 0, sizeof key);
    key.addr = connection->endpoint[!detection->detector].addr;
    offender = roster_find(&fleet->offenders, &key, sizeof key, sizeof *offender, compare_keys);
    if (!offender)
        return false;
    if (offender->lost++ == 0)
        offender->latency_max_ns = KA_UNKNOWN; /* which is below every latency */
    offender->mechanisms[detection->mechanism]++;
    if (detection->latency_ns > offender->latency_max_ns)
        offender->latency_max_ns = detection->latency_ns;
    return true;
}

static bool add_what_if(const struct fleet *fleet, struct fleet_group *group,
                        const struct ka_connection *connection)
{
    if (!fleet->what_if)
        return true;
    if (!group->what_if) {
        group->what_if = calloc(1, sizeof *group->what_if);
        if (!group->what_if)
            return false;
        group->what_if->what_if = fleet->what_if;
    }
    return what_if_sums_add(group->what_if, connection);
}

/* Most groups of a flood or a scan have none, and there may be many groups. */
static bool add_findings(struct fleet_group *group, const struct ka_connection *connection)
{
    if (connection->findings == 0)
        return true;
    if (!group->findings)
        group->findings = calloc(KA_FINDING_COUNT, sizeof *group->findings);
    if (group->findings)
        finding_list_count(connection, group->findings);
    return group->findings != NULL;
}

const uint64_t *fleet_findings(const struct fleet_group *group)
{
    static const uint64_t none[KA_FINDING_COUNT];

    return group->findings ? group->findings : none;
}

static bool was_lost(const struct ka_connection *connection)
{
    return connection->detection && connection->detection->declared;
}

/* NULL: out of memory. */
static struct fleet_group *group_of(struct fleet *fleet, const struct ka_connection *connection)
{
    struct fleet_key key = key_of(&fleet->grouping, connection);
    bool is_full = fleet->max_groups && fleet->groups.count >= fleet->max_groups;

    if (is_full && !was_lost(connection) && !roster_has(&fleet->groups, &key, compare_keys)) {
        memset(&key, 0, sizeof key);
        key.number = NUMBER_OF_OTHERS;
    }
    return roster_find(&fleet->groups, &key, sizeof key, sizeof(struct fleet_group), compare_keys);
}

bool fleet_add(struct fleet *fleet, const struct ka_connection *connection)
{
    const struct ka_detection *detection = connection->detection;
    struct fleet_group *group = group_of(fleet, connection);
    bool is_complete;

    if (!group)
        return false;
    group->connections++;
    group->outcomes[connection->outcome]++;
    is_complete = add_findings(group, connection);
    for (int side = KA_CLIENT; side <= KA_SERVER; side++)
        if (connection->keepalive[side])
            is_complete = add_setting(group, connection->keepalive[side]) && is_complete;
    is_complete = add_what_if(fleet, group, connection) && is_complete;
    is_complete = silences_add(&group->silences, connection) && is_complete;
    if (!was_lost(connection))
        return is_complete;
    group->lost++;
    if (detection->latency_ns != KA_UNKNOWN)
        is_complete =
            latencies_add(&group->latencies[detection->mechanism], detection->latency_ns) &&
            is_complete;
    return add_offender(fleet, connection) && is_complete;
}

/* ---- order ------------------------------------------------------------------------------- */

static int most_first(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int order_groups(const void *left, const void *right)
{
    const struct fleet_group *a = left, *b = right;
    int order = most_first(a->lost, b->lost);

    if (order == 0)
        order = most_first(a->connections, b->connections);
    return order ? order : compare_keys(left, right);
}

static int order_offenders(const void *left, const void *right)
{
    const struct fleet_offender *a = left, *b = right;
    int order = most_first(a->lost, b->lost);

    return order ? order : compare_keys(left, right);
}

static int order_settings(const void *left, const void *right)
{
    const struct fleet_setting *a = left, *b = right;
    int order = most_first(a->probers, b->probers);

    return order ? order : compare_settings(left, right);
}

void fleet_settle(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->groups.count; i++) {
        struct fleet_group *group = fleet->groups.rows[i];

        for (int mechanism = 0; mechanism < KA_MECHANISM_COUNT; mechanism++)
            latencies_settle(&group->latencies[mechanism]);
        roster_sort(&group->settings, order_settings);
        silences_settle(&group->silences);
        if (group->what_if)
            what_if_sums_settle(group->what_if);
    }
    roster_sort(&fleet->groups, order_groups);
    roster_sort(&fleet->offenders, order_offenders);
}

char *fleet_group_name(char text[static FLEET_NAME_BYTES], const struct fleet *fleet,
                       const struct fleet_group *group)
{
    const struct fleet_key *key = &group->key;
    size_t length;

    if (key->number == NUMBER_OF_OTHERS)
        return strcpy(text, "(others)");
    switch (fleet->grouping.by) {
    case FLEET_BY_SERVER:
    case FLEET_BY_CLIENT:
        return address_name(text, &key->addr);
    case FLEET_BY_SERVICE:
        snprintf(text, FLEET_NAME_BYTES, "%u", (unsigned)key->number);
        return text;
    case FLEET_BY_PREFIX:
        length = strlen(address_name(text, &key->addr));
        snprintf(text + length, FLEET_NAME_BYTES - length, "/%u",
                 address_is_v4(&key->addr) ? fleet->grouping.v4_bits : fleet->grouping.v6_bits);
        return text;
    case FLEET_BY_OUTCOME:
        return strcpy(text, ka_outcome_name((enum ka_outcome)key->number));
    case FLEET_BY_COUNT:
        break;
    }
    return strcpy(text, "?");
}

/* ---- the end ----------------------------------------------------------------------------- */

static void clear_group(void *row)
{
    struct fleet_group *group = row;

    for (int mechanism = 0; mechanism < KA_MECHANISM_COUNT; mechanism++)
        latencies_free(&group->latencies[mechanism]);
    roster_free(&group->settings, NULL);
    silences_free(&group->silences);
    free(group->findings);
    if (group->what_if)
        what_if_sums_free(group->what_if);
    free(group->what_if);
}

void fleet_free(struct fleet *fleet)
{
    roster_free(&fleet->groups, clear_group);
    roster_free(&fleet->offenders, NULL);
}
