/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_csv.h: records as rows of a CSV file (RFC 4180), and the heading that belongs to them. */
#ifndef KA_RECORD_CSV_H
#define KA_RECORD_CSV_H

#include <stdio.h>

#include "record.h"

enum { CSV_NESTING_MAX = 8 };

struct csv_record {
    struct record base; /* first: the writer gets a pointer to it */
    FILE *stream;
    bool has_cells;                    /* a comma is due */
    const char *keys[CSV_NESTING_MAX]; /* of the open objects */
    unsigned depth;
};

/* A row, and the heading: a record whose keys are put out, joined by underscores. */
struct csv_record csv_row(FILE *stream);
struct csv_record csv_heading(FILE *stream);

/* End the line. False: out of memory, a value is missing. */
bool csv_end(struct csv_record *csv);

#endif
