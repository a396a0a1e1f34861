/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processors.h: whether a thread beside those that work has a processor of its own. */
#ifndef KA_PROCESSORS_H
#define KA_PROCESSORS_H

#include <stdbool.h>

/* Whether this process may use more processors than `jobs`, the captures worked on at a time. */
bool processors_spare(unsigned jobs);

#endif
