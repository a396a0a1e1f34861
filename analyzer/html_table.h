/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_table.h: tables of the HTML report that are sorted by a click on a column's heading. */
#ifndef KA_HTML_TABLE_H
#define KA_HTML_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct html_column {
    const char *name; /* as in HTML */
    bool is_number;
};

/* A table that begins with its first row: one without rows leaves no trace. Start with `rows` 0. */
struct html_table {
    FILE *stream;
    const char *title;
    const struct html_column *columns;
    size_t column_count;
    uint64_t rows;
};

/* Begin and end a row; between them a cell for each column. */
void html_row_begin(struct html_table *table);
void html_row_end(struct html_table *table);

/* End the table, if it has begun. */
void html_table_end(const struct html_table *table);

/* Cells. Numbers are sorted by their values, unknown ones before all others. */
void html_cell_text(struct html_table *table, const char *text);
void html_cell_prose(struct html_table *table, const char *text); /* may be wrapped */
void html_cell_count(struct html_table *table, uint64_t count);
void html_cell_duration(struct html_table *table, int64_t duration_ns);
void html_cell_setting(struct html_table *table, int64_t setting_ns); /* in seconds throughout */
void html_cell_unknown(struct html_table *table);

#endif
