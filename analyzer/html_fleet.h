/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_fleet.h: --summary in the HTML report. */
#ifndef KA_HTML_FLEET_H
#define KA_HTML_FLEET_H

#include <stdio.h>

#include "fleet.h"

/*
 * Tables of the groups: their latencies, by the settings to try as well, findings, idle limits and
 * settings; and of the addresses that died most often.
 */
void html_fleet_tables(FILE *stream, const struct fleet *fleet);

/* A table of the findings of all connections; nothing where there is none. */
void html_findings_table(FILE *stream, const uint64_t counts[static KA_FINDING_COUNT]);

#endif
