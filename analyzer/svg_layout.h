/* SPDX-License-Identifier: GPL-2.0-or-later */
/* svg_layout.h: where the marks of a picture stand on its compressed and broken time axis. */
#ifndef KA_SVG_LAYOUT_H
#define KA_SVG_LAYOUT_H

#include "picture.h"

/* The stretch from one mark to the next. */
struct svg_gap {
    int64_t gap_ns;
    double width;
    bool is_broken; /* idle time, much longer than it is drawn */
    bool is_tiny;   /* too short to be told on the axis: an answer */
};

struct svg_layout {
    double *x;            /* of each mark */
    struct svg_gap *gaps; /* gaps[i] ends at mark i; gaps[0] is empty */
    size_t count;
};

/* Lay the marks out between two x. False: out of memory, or nothing to lay out. */
bool svg_layout(struct svg_layout *layout, const struct picture *picture, double left,
                double right);

/* Where a time falls, between the marks around it; the ends for times outside. */
double svg_layout_x(const struct svg_layout *layout, const struct picture *picture,
                    int64_t time_ns);

void svg_layout_free(struct svg_layout *layout);

#endif
