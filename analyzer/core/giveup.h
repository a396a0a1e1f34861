/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * giveup.h: when a stack stops retransmitting or probing a closed window. At that moment most
 * stacks send nothing, so it must be computed.
 */
#ifndef KA_GIVEUP_H
#define KA_GIVEUP_H

#include "watch.h"

struct giveup {
    int64_t next_ns;   /* when the next copy, or the silent end, is due */
    int64_t latest_ns; /* by when it would have been seen whatever the timer's rounding */
    int64_t end_ns;    /* when the stack gives up */
    bool last_sent;    /* the stack sends nothing more: end_ns is next_ns */
};

/*
 * The prospects of a series of retransmissions or window probes of an end that has sent its FIN
 * (`closed`) or not. False when there is none or too little was seen to know.
 */
bool giveup_compute(const struct wait *wait, bool closed, struct giveup *giveup);

#endif
