/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files_fuzz.h: captures through the whole of the analysis, with a recorder in place of a format.
 */
#ifndef KA_TESTS_FILES_FUZZ_H
#define KA_TESTS_FILES_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * Analyse the bytes of a capture. Aborts where a frame without a TCP segment has a tag, or where
 * the capture, if it is a classic one, is told otherwise when it is cut into files that are
 * chained.
 */
void files_check(const uint8_t *bytes, size_t length);

#endif
