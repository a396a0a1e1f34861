/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html.h: text from outside made safe for HTML and SVG. */
#ifndef KA_HTML_H
#define KA_HTML_H

#include <stdio.h>

/*
 * Write text as the content of an element or of a quoted attribute: markup is escaped, bytes that
 * are no UTF-8 and control characters become U+FFFD.
 */
void html_text(FILE *stream, const char *text);

#endif
