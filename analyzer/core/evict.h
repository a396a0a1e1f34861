/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evict.h: which connections make room for others once the limits of struct ka_config are reached.
 */
#ifndef KA_EVICT_H
#define KA_EVICT_H

#include "engine.h"

/* Take over the limits. After table_init(). */
void evict_init(struct ka *ka, const struct ka_config *config);

/* Before a connection is added: make the room that it takes. False when out of memory. */
bool evict_for_connection(struct ka *ka);

/* The bytes held are above ka->memory_high_bytes: free details, but for those of `spared`. */
void evict_for_details(struct ka *ka, uint32_t spared);

/*
 * The places of all connections in the order of their numbers, `*count` of them, for the caller to
 * free with mem_free(); NULL when out of memory. Only where numbers and places differ
 * (table->numbers).
 */
uint32_t *evict_order(struct ka *ka, uint32_t *count);

#endif
