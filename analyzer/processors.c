/* SPDX-License-Identifier: GPL-2.0-or-later */
/* processors.c: how many processors there are for this process. */
#include "processors.h"

#include <sched.h>

bool processors_spare(unsigned jobs)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && (unsigned)CPU_COUNT(&set) > jobs;
}
