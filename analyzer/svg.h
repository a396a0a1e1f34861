/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svg.h: a timeline as an SVG picture, legible on a projector and in black and white. */
#ifndef KA_SVG_H
#define KA_SVG_H

#include <stdio.h>

#include "picture.h"

/*
 * Draw the picture. Standalone: a whole file with its own style and titles; otherwise an element
 * for a page that contains svg_style() once and says the titles itself. False: out of memory,
 * nothing is drawn.
 */
bool svg_picture(FILE *stream, const struct picture *picture, bool standalone);

/* The style sheet of all pictures, light and dark. */
void svg_style(FILE *stream);

#endif
