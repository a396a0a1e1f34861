/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail_on.c: rules of outcomes, findings and conditions, read from text and tried on connections.
 */
#include "fail_on.h"

#include <string.h>

#include "parse.h"

enum value_sort { VALUE_DURATION, VALUE_NUMBER, VALUE_SEVERITY };

static const struct {
    const char *name;
    enum value_sort sort;
} measures[FAIL_MEASURE_COUNT] = {
    [FAIL_LATENCY] = {"latency", VALUE_DURATION},
    [FAIL_LATENCY_MIN] = {"latency_min", VALUE_DURATION},
    [FAIL_UNANSWERED] = {"unanswered", VALUE_NUMBER},
    [FAIL_DURATION] = {"duration", VALUE_DURATION},
    [FAIL_IDLE] = {"idle", VALUE_DURATION},
    [FAIL_SEVERITY] = {"severity", VALUE_SEVERITY},
};

/* The longer sign stands before the one that it starts with. */
static const struct {
    const char *sign;
    enum fail_comparison comparison;
} comparisons[] = {
    {">=", FAIL_AT_LEAST}, {"<=", FAIL_AT_MOST}, {">", FAIL_ABOVE},
    {"<", FAIL_BELOW},     {"=", FAIL_EQUAL},
};

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"", KA_SECOND},         {"s", KA_SECOND},        {"ms", KA_SECOND / 1000},
    {"min", 60 * KA_SECOND}, {"h", 3600 * KA_SECOND},
};

static bool is_word(const char *word, const char *text, size_t length)
{
    return strlen(word) == length && memcmp(word, text, length) == 0;
}

/* Name an outcome or a finding in the rule. False: there is none of this name. */
static bool add_name(struct fail_rule *rule, const char *text, size_t length)
{
    for (int outcome = 0; outcome < KA_OUTCOME_COUNT; outcome++)
        if (is_word(ka_outcome_name((enum ka_outcome)outcome), text, length))
            return rule->names_any = rule->outcomes[outcome] = true;
    for (int code = 0; code < KA_FINDING_COUNT; code++)
        if (is_word(ka_finding_name((enum ka_finding_code)code), text, length))
            return rule->names_any = rule->findings[code] = true;
    return false;
}

/* *value, so far in billionths, in the unit that is named at `text`. */
static bool apply_unit(const char *text, size_t length, int64_t *value)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (is_word(units[i].name, text, length)) {
            __int128 ns = (__int128)*value * units[i].ns / KA_SECOND;

            *value = (int64_t)ns;
            return ns <= INT64_MAX;
        }
    return false;
}

static bool read_severity(const char *text, size_t length, int64_t *value)
{
    for (int severity = 0; severity < KA_SEVERITY_COUNT; severity++)
        if (is_word(ka_severity_name((enum ka_severity)severity), text, length)) {
            *value = severity;
            return true;
        }
    return false;
}

/*
 * "120", "2.5", "90s", "2h", "error" up to `end`, by the sort of the
 * measure. NULL, or what is wrong.
 */
static const char *read_value(const char *text, const char *end, struct fail_condition *condition)
{
    static const char no_number[] =
        "a condition ends in a number (of seconds, or with s, ms, min or h)";
    enum value_sort sort = measures[condition->measure].sort;
    int64_t *value = &condition->value;
    const char *behind;

    if (sort == VALUE_SEVERITY)
        return read_severity(text, (size_t)(end - text), value)
                   ? NULL
                   : "severity is compared with note, warning or error";
    if (*text == '-' || !parse_decimal(text, &behind, sort == VALUE_DURATION ? 9 : 0, value))
        return no_number;
    if (sort == VALUE_DURATION ? !apply_unit(behind, (size_t)(end - behind), value) : behind != end)
        return no_number;
    return NULL;
}

/* "latency>120": the measure's name goes to the sign. NULL: read; else what is wrong. */
static const char *read_condition(const char *text, const char *end,
                                  struct fail_condition *condition)
{
    const char *sign = text + strcspn(text, "<>=");
    int measure = 0;
    size_t i = 0;

    while (measure < FAIL_MEASURE_COUNT &&
           !is_word(measures[measure].name, text, (size_t)(sign - text)))
        measure++;
    if (measure == FAIL_MEASURE_COUNT)
        return "it compares latency, latency_min, unanswered, duration, idle or severity";
    condition->measure = (enum fail_measure)measure;
    /* One of them fits: the name ended at the first character of one. */
    while (strncmp(sign, comparisons[i].sign, strlen(comparisons[i].sign)) != 0)
        i++;
    condition->comparison = comparisons[i].comparison;
    return read_value(sign + strlen(comparisons[i].sign), end, condition);
}

/* One item of the list, up to `end`. NULL: added to the rule. */
static const char *read_item(const char *text, const char *end, struct fail_rule *rule)
{
    if (text + strcspn(text, "<>=") >= end)
        return add_name(rule, text, (size_t)(end - text))
                   ? NULL
                   : "no such outcome or finding; the manual lists them";
    if (rule->condition_count == FAIL_CONDITIONS_MAX)
        return "too many conditions";
    return read_condition(text, end, &rule->conditions[rule->condition_count++]);
}

bool fail_on_add(struct fail_on *fail_on, const char *text, const char **reason)
{
    struct fail_rule rule = {.names_any = false};

    *reason = fail_on->rule_count == FAIL_RULES_MAX ? "too many rules" : NULL;
    for (const char *end = text; !*reason; text = end + 1) {
        end = text + strcspn(text, ",");
        *reason = read_item(text, end, &rule);
        if (*end == '\0')
            break;
    }
    if (!*reason)
        fail_on->rules[fail_on->rule_count++] = rule;
    return !*reason;
}

/* KA_UNKNOWN, below every severity, where it has no finding. */
static int64_t severity_of(const struct ka_connection *connection)
{
    int64_t severity = KA_UNKNOWN;

    for (size_t i = 0; i < connection->findings; i++)
        if (connection->finding[i].severity > severity)
            severity = connection->finding[i].severity;
    return severity;
}

/* What the connection has there; KA_UNKNOWN where that is not known. */
static int64_t measure_of(const struct ka_connection *connection, enum fail_measure measure)
{
    const struct ka_detection *detection = connection->detection;
    bool is_declared = detection && detection->declared;
    int64_t longest_ns = KA_UNKNOWN;

    switch (measure) {
    case FAIL_LATENCY:
        return is_declared ? detection->latency_ns : KA_UNKNOWN;
    case FAIL_LATENCY_MIN:
        return is_declared ? detection->latency_min_ns : KA_UNKNOWN;
    case FAIL_UNANSWERED:
        return detection ? (int64_t)detection->unanswered : KA_UNKNOWN;
    case FAIL_DURATION:
        return connection->last_ns - connection->first_ns;
    case FAIL_IDLE: /* KA_UNKNOWN is below every duration */
        for (int side = KA_CLIENT; side <= KA_SERVER; side++)
            if (connection->keepalive[side] &&
                connection->keepalive[side]->idle.nominal_ns > longest_ns)
                longest_ns = connection->keepalive[side]->idle.nominal_ns;
        return longest_ns;
    case FAIL_SEVERITY:
        return severity_of(connection);
    case FAIL_MEASURE_COUNT:
        break;
    }
    return KA_UNKNOWN;
}

static bool fulfils(const struct ka_connection *connection, const struct fail_condition *condition)
{
    int64_t value = measure_of(connection, condition->measure);

    if (value == KA_UNKNOWN)
        return false;
    switch (condition->comparison) {
    case FAIL_ABOVE:
        return value > condition->value;
    case FAIL_AT_LEAST:
        return value >= condition->value;
    case FAIL_BELOW:
        return value < condition->value;
    case FAIL_AT_MOST:
        return value <= condition->value;
    case FAIL_EQUAL:
        return value == condition->value;
    }
    return false;
}

static bool is_named(const struct ka_connection *connection, const struct fail_rule *rule)
{
    if (rule->outcomes[connection->outcome])
        return true;
    for (size_t i = 0; i < connection->findings; i++)
        if (rule->findings[connection->finding[i].code])
            return true;
    return false;
}

static bool fits_rule(const struct ka_connection *connection, const struct fail_rule *rule)
{
    if (rule->names_any && !is_named(connection, rule))
        return false;
    for (size_t i = 0; i < rule->condition_count; i++)
        if (!fulfils(connection, &rule->conditions[i]))
            return false;
    return true;
}

bool fail_on_fits(const struct fail_on *fail_on, const struct ka_connection *connection)
{
    for (size_t i = 0; i < fail_on->rule_count; i++)
        if (fits_rule(connection, &fail_on->rules[i]))
            return true;
    return false;
}

void fail_on_words(FILE *stream)
{
    for (int outcome = 0; outcome < KA_OUTCOME_COUNT; outcome++)
        fprintf(stream, " %s", ka_outcome_name((enum ka_outcome)outcome));
    for (int code = 0; code < KA_FINDING_COUNT; code++)
        fprintf(stream, " %s", ka_finding_name((enum ka_finding_code)code));
    for (int measure = 0; measure < FAIL_MEASURE_COUNT; measure++)
        fprintf(stream, " %s", measures[measure].name);
}
