/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * units.h: times and durations as text. The only place of the program that rounds.
 *
 * Each function writes a terminated string into the caller's buffer and returns it. The exact forms
 * lose nothing; the others are for people. KA_UNKNOWN gives "unknown".
 */
#ifndef KA_UNITS_H
#define KA_UNITS_H

#include <stdint.h>

enum { UNITS_TEXT_BYTES = 48 };

/* Seconds without rounding, no trailing zeros: 7875123456789 -> "7875.123456789". */
char *units_exact_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns);

/* A whole number: 1234567 -> "1234567". */
char *units_whole(char text[static UNITS_TEXT_BYTES], uint64_t value);

/* RFC 3339 in UTC with nine decimals: "2026-01-01T00:00:00.000000000Z". */
char *units_rfc3339(char text[static UNITS_TEXT_BYTES], int64_t time_ns);

/* The three above; they return the end of the text, where the terminating zero is. */
char *units_put_exact_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns);
char *units_put_whole(char text[static UNITS_TEXT_BYTES], uint64_t value);
char *units_put_rfc3339(char text[static UNITS_TEXT_BYTES], int64_t time_ns);

/* A moment for people, to the millisecond: "2026-01-01 00:00:00.000 UTC". */
char *units_moment(char text[static UNITS_TEXT_BYTES], int64_t time_ns);

/* A duration for people: "35 us", "20.1 ms", "75.8 s", "2 min 11.1 s", "2 h 11 min 15 s". */
char *units_duration(char text[static UNITS_TEXT_BYTES], int64_t duration_ns);

/* A timer setting for people, always in seconds as it is configured: "7200 s", "0.25 s". */
char *units_setting(char text[static UNITS_TEXT_BYTES], int64_t duration_ns);

/* The same without its unit, for a column whose heading names it: "7231.502". */
char *units_column_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns);

/* A number in groups of three: 1234567 -> "1,234,567". */
char *units_count(char text[static UNITS_TEXT_BYTES], uint64_t count);

#endif
