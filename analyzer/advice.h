/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * advice.h: of each finding, what proves it and what to change; the
 * manual's section DIAGNOSIS is this text.
 */
#ifndef KA_ADVICE_H
#define KA_ADVICE_H

#include "core/kinds.h"

struct advice {
    const char *proof;  /* what has to be in the capture */
    const char *change; /* what to do about it */
};

/* Static. */
const struct advice *advice_on(enum ka_finding_code code);

#endif
