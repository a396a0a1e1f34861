/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_fleet.h: --summary in the HTML report. */
#ifndef KA_HTML_FLEET_H
#define KA_HTML_FLEET_H

#include <stdio.h>

#include "fleet.h"

/* Tables of the groups, their latencies and settings, and of the addresses that died most often. */
void html_fleet_tables(FILE *stream, const struct fleet *fleet);

#endif
