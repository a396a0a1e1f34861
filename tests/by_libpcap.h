/* SPDX-License-Identifier: GPL-2.0-or-later */
/* by_libpcap.h: captures read by a source against the same read by libpcap alone. */
#ifndef KA_TESTS_BY_LIBPCAP_H
#define KA_TESTS_BY_LIBPCAP_H

#include <stddef.h>
#include <stdint.h>

enum { DIFFERENCE_BYTES = 160 };

/*
 * What a source reads otherwise than libpcap, in `difference`, or NULL. What libpcap refuses, from
 * there on, is not compared. *packets receives how many were the same.
 */
const char *differs_from_libpcap(const char *path, uint64_t *packets,
                                 char difference[static DIFFERENCE_BYTES]);

#endif
