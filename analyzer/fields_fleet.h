/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields_fleet.h: the keys and values of the records of --summary, as in fields.h. */
#ifndef KA_FIELDS_FLEET_H
#define KA_FIELDS_FLEET_H

#include "fleet.h"
#include "record.h"

void fields_group(struct record *record, const struct fleet *fleet,
                  const struct fleet_group *group);
void fields_offender(struct record *record, const struct fleet_offender *offender);

#endif
