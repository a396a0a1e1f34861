/* SPDX-License-Identifier: GPL-2.0-or-later */
/* same_fuzz.h: two reports of the same course of events. */
#ifndef KA_TESTS_SAME_FUZZ_H
#define KA_TESTS_SAME_FUZZ_H

#include "support.h"

/*
 * Aborts where they differ in anything but addresses, sequence numbers and the words of findings.
 */
void same_reports(const struct recorder *a, const struct recorder *b);

#endif
