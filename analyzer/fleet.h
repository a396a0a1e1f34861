/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fleet.h: the connections of a run in groups: who loses peers, how that is noticed and how late.
 *
 * The order in which connections are added makes no difference to the result. Memory: about 800
 * bytes for each group and 100 for each dead address and each different setting of a group, and 8
 * bytes for each lost peer, for which the percentiles are exact.
 */
#ifndef KA_FLEET_H
#define KA_FLEET_H

#include <stdio.h>

#include "limits_learned.h"
#include "names.h"
#include "roster.h"
#include "totals.h"
#include "what_if_sums.h"

/* X(SUFFIX, "name of --group-by", "what it groups by") */
#define FLEET_BY_MAP(X)                                                                            \
    X(SERVER, "server", "the server's address")                                                    \
    X(SERVICE, "service", "the server's port")                                                     \
    X(PREFIX, "prefix", "the network that the server is in")                                       \
    X(CLIENT, "client", "the client's address")                                                    \
    X(OUTCOME, "outcome", "what became of the connection")

#define FLEET_BY_ROW(suffix, name, meaning) FLEET_BY_##suffix,
enum fleet_by { FLEET_BY_MAP(FLEET_BY_ROW) FLEET_BY_COUNT };
#undef FLEET_BY_ROW

struct fleet_grouping {
    enum fleet_by by;
    unsigned v4_bits, v6_bits; /* of a prefix */
};

enum { FLEET_V4_BITS = 24, FLEET_V6_BITS = 64 };

/* What --group-by takes: a name above; "prefix/16" and "prefix/16/48" set the bits. */
bool fleet_parse_grouping(const char *text, struct fleet_grouping *grouping);

const char *fleet_by_name(enum fleet_by by);

/* Print the names, a space before each. */
void fleet_words(FILE *stream);

/* An address (or the network's, or none), and a port or an outcome (or 0). */
struct fleet_key {
    struct ka_addr addr;
    uint32_t number;
};

struct fleet_setting_key {
    int64_t idle_ns, intvl_ns; /* nominal, or KA_UNKNOWN */
    uint32_t count;            /* or 0 */
};

/* One setting of the keep-alive, and how many endpoints probed by it. */
struct fleet_setting {
    struct fleet_setting_key key; /* first: see roster.h */
    uint64_t probers;
};

struct fleet_group {
    struct fleet_key key; /* first */
    uint64_t connections;
    uint64_t lost; /* of them, those in which an end was declared dead */
    uint64_t outcomes[KA_OUTCOME_COUNT];
    uint64_t *findings; /* connections that have it, by code; NULL where none has any; owned */
    struct latencies latencies[KA_MECHANISM_COUNT];
    struct roster settings;       /* of struct fleet_setting, the commonest first */
    struct silences silences;     /* survived and fatal */
    struct what_if_sums *what_if; /* where the fleet has settings to try; owned */
};

/* An address that was declared dead. */
struct fleet_offender {
    struct fleet_key key; /* first */
    uint64_t lost;
    uint64_t mechanisms[KA_MECHANISM_COUNT];
    int64_t latency_max_ns; /* KA_UNKNOWN where none is known */
};

/* Memory allowed for all that is worked on, of which a group may take a part. */
enum { FLEET_BYTES_ALLOWED_A_GROUP = 4096 };

struct fleet {
    struct fleet_grouping grouping;
    /*
     * Groups kept, or 0 for any number: connections of further ones are counted in one group, named
     * "(others)", unless an end of them was declared dead.
     */
    uint64_t max_groups;
    const struct what_if *what_if; /* settings to try, or NULL */
    struct roster groups;          /* of struct fleet_group; settled: those that lost most first */
    struct roster offenders;       /* of struct fleet_offender, likewise */
};

/* Add one connection. False: out of memory, something of it is missing. */
bool fleet_add(struct fleet *fleet, const struct ka_connection *connection);

/* Sort everything; groups and offenders may be looked at from then on. */
void fleet_settle(struct fleet *fleet);

enum { FLEET_NAME_BYTES = ENDPOINT_TEXT_BYTES };

/* The group's name: "192.0.2.1", "443", "192.0.2.0/24", "dead_keepalive", "(others)". Returns `text`. */
char *fleet_group_name(char text[static FLEET_NAME_BYTES], const struct fleet *fleet,
                       const struct fleet_group *group);

/* The connections of a group that have a finding, by code. */
const uint64_t *fleet_findings(const struct fleet_group *group);

/* Free what the fleet holds. */
void fleet_free(struct fleet *fleet);

#endif
