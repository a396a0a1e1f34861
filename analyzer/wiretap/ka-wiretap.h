/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ka-wiretap.h: how ka-wiretap ends: the first character of the line
 * that it then writes, as a digit.
 */
#ifndef KA_WIRETAP_H
#define KA_WIRETAP_H

enum ka_wiretap_status {
    KA_WIRETAP_OK = 0,
    KA_WIRETAP_DAMAGED = 1, /* what was written is what could be read */
    KA_WIRETAP_CUT = 2,     /* the same */
    KA_WIRETAP_UNKNOWN = 3, /* no capture, and nothing was written */
    KA_WIRETAP_FAILED,      /* there was no such line */
};

#endif
