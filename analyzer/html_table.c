/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html_table.c: tables of the HTML report. The page's script sorts by data-v where a cell has it.
 */
#include "html_table.h"

#include <inttypes.h>

#include "core/ka.h"
#include "html.h"
#include "units.h"

void html_row_begin(struct html_table *table)
{
    if (table->rows++ == 0) {
        fprintf(table->stream,
                "<h2>%s</h2>\n<div class=\"wide\" tabindex=\"0\"><table class=\"sort\">\n"
                "<thead><tr>",
                table->title);
        for (size_t i = 0; i < table->column_count; i++)
            fprintf(table->stream, "<th scope=\"col\"%s><button type=\"button\">%s</button></th>",
                    table->columns[i].is_number ? " class=\"num\"" : "", table->columns[i].name);
        fputs("</tr></thead>\n<tbody>\n", table->stream);
    }
    fputs("<tr>", table->stream);
}

void html_row_end(struct html_table *table)
{
    fputs("</tr>\n", table->stream);
}

void html_table_end(const struct html_table *table)
{
    if (table->rows > 0)
        fputs("</tbody></table></div>\n", table->stream);
}

static void put_cell(FILE *stream, const char *tag, const char *text)
{
    fputs(tag, stream);
    html_text(stream, text);
    fputs("</td>", stream);
}

void html_cell_text(struct html_table *table, const char *text)
{
    put_cell(table->stream, "<td>", text);
}

void html_cell_prose(struct html_table *table, const char *text)
{
    put_cell(table->stream, "<td class=\"wrap\">", text);
}

void html_cell_count(struct html_table *table, uint64_t count)
{
    char text[UNITS_TEXT_BYTES];

    fprintf(table->stream, "<td class=\"num\" data-v=\"%" PRIu64 "\">%s</td>", count,
            units_count(text, count));
}

void html_cell_unknown(struct html_table *table)
{
    fputs("<td class=\"num\" data-v=\"-1\">?</td>", table->stream);
}

static void put_time(struct html_table *table, int64_t duration_ns,
                     char *(*write)(char text[static UNITS_TEXT_BYTES], int64_t duration_ns))
{
    char text[UNITS_TEXT_BYTES], key[UNITS_TEXT_BYTES];

    if (duration_ns == KA_UNKNOWN)
        html_cell_unknown(table);
    else
        fprintf(table->stream, "<td class=\"num\" data-v=\"%s\">%s</td>",
                units_exact_s(key, duration_ns), write(text, duration_ns));
}

void html_cell_duration(struct html_table *table, int64_t duration_ns)
{
    put_time(table, duration_ns, units_duration);
}

void html_cell_setting(struct html_table *table, int64_t setting_ns)
{
    put_time(table, setting_ns, units_setting);
}
