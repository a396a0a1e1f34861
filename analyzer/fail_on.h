/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail_on.h: what makes the command exit with status 10.
 *
 * A rule is a list of outcomes, codes of findings and conditions, as in
 * "dead_keepalive,peer_reset,latency>120" or "path_idle_timer,severity>=warning": a connection fits
 * if it has one of the outcomes or findings (whatever it has, where none is named) and fulfils all
 * the conditions. Of several rules one must fit. What is not known fulfils no condition.
 */
#ifndef KA_FAIL_ON_H
#define KA_FAIL_ON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/ka.h"

enum { FAIL_RULES_MAX = 16, FAIL_CONDITIONS_MAX = 8 };

enum fail_measure {
    FAIL_LATENCY,     /* detection latency_s, ns */
    FAIL_LATENCY_MIN, /* detection latency_min_s, ns */
    FAIL_UNANSWERED,  /* probes or retransmissions before the end */
    FAIL_DURATION,    /* duration_s of the connection, ns */
    FAIL_IDLE,        /* nominal idle_s of the endpoint that waits longest, ns */
    FAIL_SEVERITY,    /* enum ka_severity of the weightiest finding */
    FAIL_MEASURE_COUNT
};

enum fail_comparison { FAIL_ABOVE, FAIL_AT_LEAST, FAIL_BELOW, FAIL_AT_MOST, FAIL_EQUAL };

struct fail_condition {
    enum fail_measure measure;
    enum fail_comparison comparison;
    int64_t value; /* nanoseconds, a number, or an enum ka_severity */
};

struct fail_rule {
    bool names_any; /* of the outcomes and findings below */
    bool outcomes[KA_OUTCOME_COUNT];
    bool findings[KA_FINDING_COUNT];
    struct fail_condition conditions[FAIL_CONDITIONS_MAX];
    size_t condition_count;
};

/* Start with {0}, which nothing fits. */
struct fail_on {
    struct fail_rule rules[FAIL_RULES_MAX];
    size_t rule_count;
};

/* Add the rule that `text` describes. False: *reason says why it is none; static. */
bool fail_on_add(struct fail_on *fail_on, const char *text, const char **reason);

/* Whether a connection fits one of the rules. */
bool fail_on_fits(const struct fail_on *fail_on, const struct ka_connection *connection);

/* Print every word that a rule may start an item with, a space before each. */
void fail_on_words(FILE *stream);

#endif
