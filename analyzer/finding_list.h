/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding_list.h: what a connection's list of findings holds. */
#ifndef KA_FINDING_LIST_H
#define KA_FINDING_LIST_H

#include "core/ka.h"

/* The first with this code, or NULL. */
const struct ka_finding *finding_list_find(const struct ka_connection *connection,
                                           enum ka_finding_code code);

/* Count each code that the connection has once: both ends may have the same finding. */
void finding_list_count(const struct ka_connection *connection,
                        uint64_t counts[static KA_FINDING_COUNT]);

#endif
