/* SPDX-License-Identifier: GPL-2.0-or-later */
/* what_if_report.h: what other settings would have given, in each of the formats. */
#ifndef KA_WHAT_IF_REPORT_H
#define KA_WHAT_IF_REPORT_H

#include "html_table.h"
#include "record.h"
#include "what_if_sums.h"

/* The table beneath a connection's story; nothing for a connection to which it does not apply. */
void what_if_print(FILE *stream, unsigned width, const struct what_if *what_if,
                   const struct ka_connection *connection);
void what_if_print_html(FILE *stream, const struct what_if *what_if,
                        const struct ka_connection *connection);

/*
 * The table of distributions; nothing where no peer was lost. Its
 * label is in column `indent`, 0..4.
 */
void what_if_print_sums(FILE *stream, unsigned width, unsigned indent,
                        const struct what_if_sums *sums);
void what_if_print_sums_html(FILE *stream, const struct what_if_sums *sums);

/*
 * Its rows in a table of groups, whose names are in the first
 * column; NULL: there is no such column.
 */
void what_if_sums_html_rows(struct html_table *table, const char *group,
                            const struct what_if_sums *sums);

/* `what_if` of a connection: JSON a list, empty where it does not apply; CSV columns a setting. */
void what_if_fields(struct record *record, const struct what_if *what_if,
                    const struct ka_connection *connection);

/* `what_if` of sums; NULL stands for sums of nothing. */
void what_if_sums_fields(struct record *record, const struct what_if *what_if,
                         const struct what_if_sums *sums);

#endif
