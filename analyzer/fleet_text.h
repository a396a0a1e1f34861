/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fleet_text.h: --summary for a person. */
#ifndef KA_FLEET_TEXT_H
#define KA_FLEET_TEXT_H

#include <stdio.h>

#include "fleet.h"

/* The groups and the addresses that died most often; of long lists the head, and what is left. */
void fleet_print(FILE *stream, unsigned width, const struct fleet *fleet);

#endif
