/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_numbers.h: the numbers that timeline scripts are written in. */
#ifndef KA_TESTS_SCRIPT_NUMBERS_H
#define KA_TESTS_SCRIPT_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* "7200", ".01", "1.024" seconds, exact to the nanosecond; a sign is no part of it. */
bool script_seconds(const char *text, int64_t *ns);

/* A decimal or 0x number that fills the text and is at most `max`. */
bool script_integer(const char *text, uint64_t max, uint64_t *value);

#endif
