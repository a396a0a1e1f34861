/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding_list.c: what a connection's list of findings holds. */
#include "finding_list.h"

const struct ka_finding *finding_list_find(const struct ka_connection *connection,
                                           enum ka_finding_code code)
{
    for (size_t i = 0; i < connection->findings; i++)
        if (connection->finding[i].code == code)
            return &connection->finding[i];
    return NULL;
}

void finding_list_count(const struct ka_connection *connection,
                        uint64_t counts[static KA_FINDING_COUNT])
{
    for (int code = 0; connection->findings > 0 && code < KA_FINDING_COUNT; code++)
        counts[code] += finding_list_find(connection, (enum ka_finding_code)code) != NULL;
}
