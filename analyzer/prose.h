/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose.h: labelled paragraphs, wrapped to a width, for the text report. */
#ifndef KA_PROSE_H
#define KA_PROSE_H

#include <stdio.h>

enum { PROSE_BYTES = 1024, PROSE_LABEL_COLUMN = 4, PROSE_TEXT_COLUMN = 17 };

/* Text that grows by printf; what does not fit is cut off. Start with {0}. */
struct prose {
    size_t length;
    char text[PROSE_BYTES];
};

__attribute__((format(printf, 2, 3))) void prose_add(struct prose *prose, const char *format, ...);

/*
 * Print the text from column `column` on, where the line has been brought; later lines begin there
 * as well. None is longer than `width` unless a single word is. A duration is not torn apart.
 */
void prose_wrap(FILE *stream, unsigned width, unsigned column, const struct prose *prose);

/* The same after a label: "    label        text". Nothing is printed for an empty text. */
void prose_print(FILE *stream, unsigned width, const char *label, const struct prose *prose);

#endif
