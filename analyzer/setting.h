/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setting.h: keep-alive settings as a person writes them:
 * "7200/75/9" is idle time, interval, count.
 */
#ifndef KA_SETTING_H
#define KA_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/course.h"

/* Up to this many seconds no course grows beyond what can be counted and printed. */
enum { SETTING_LONGEST_S = 10000000, SETTING_COUNT_MAX = 255 };

/* Seconds, from a millisecond to SETTING_LONGEST_S, up to the character `end`. */
bool setting_seconds(const char *text, char end, int64_t *duration_ns);

/* A whole number from 1 to `most`. */
bool setting_count(const char *text, uint32_t most, uint32_t *count);

/* The first `length` bytes as "IDLE/INTVL/COUNT" into *course. False: they are something else. */
bool setting_triple(const char *text, size_t length, struct course_settings *course);

/* The same, "IDLE/INTVL/COUNT/USER_TIMEOUT" as well. */
bool setting_quadruple(const char *text, size_t length, struct course_settings *course);

/* Why the settings' stack would refuse them, or NULL. Static. */
const char *setting_refused(const struct course_settings *course);

#endif
