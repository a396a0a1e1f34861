/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit.c: making and freeing units. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

struct unit *unit_of_file(const char *path, const char *error)
{
    struct unit *unit = calloc(1, sizeof *unit);

    if (!unit)
        return NULL;
    unit->name = strdup(path);
    unit->error = error ? strdup(error) : NULL;
    unit->paths = error ? NULL : calloc(1, sizeof *unit->paths);
    if (unit->paths) {
        unit->path_count = 1;
        unit->paths[0] = strdup(path);
    }
    if (unit->name && (error ? unit->error != NULL : unit->paths && unit->paths[0]))
        return unit;
    unit_free(unit);
    return NULL;
}

void unit_free(struct unit *unit)
{
    if (!unit)
        return;
    for (size_t i = 0; i < unit->path_count; i++)
        free(unit->paths[i]);
    free(unit->paths);
    free(unit->name);
    free(unit->error);
    free(unit);
}
