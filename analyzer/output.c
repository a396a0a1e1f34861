/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.c: the table of formats, which is also their help. */
#include "output.h"

#include <string.h>

static const struct output *const formats[] = {
    &output_text,   &output_json, &output_csv, &output_html,
#ifdef KA_HAVE_SQLITE
    &output_sqlite,
#endif
};

const struct output *output_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

struct output output_for_summary(const struct output *output)
{
    return (struct output){
        .name = output->name,
        .help = output->help,
        .fleet = output->fleet,
        .summary = output->summary,
    };
}

void output_words(FILE *stream)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        fprintf(stream, " %s", formats[i]->name);
}

void output_help(FILE *stream, int indent)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        fprintf(stream, "%*s%-6s %s\n", indent, "", formats[i]->name, formats[i]->help);
}
