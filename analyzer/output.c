/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.c: the table of formats, which is also their help. */
#include "output.h"

#include <string.h>

static const struct output *const formats[] = {&output_text, &output_json, &output_csv};

const struct output *output_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

void output_help(FILE *stream, int indent)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        fprintf(stream, "%*s%-5s %s\n", indent, "", formats[i]->name, formats[i]->help);
}
