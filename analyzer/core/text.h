/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h: sentences put together piece by piece, in a buffer of a
 * fixed size. The core has no printf().
 */
#ifndef KA_TEXT_H
#define KA_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "ka.h"

/* A text that grows; what does not fit is cut off. It always ends in a zero byte. */
struct text {
    char *bytes;
    size_t size, length;
};

/* An empty text in `bytes`, which must outlive it; size > 0. */
struct text text_in(char *bytes, size_t size);

/* Each appends. */
void text_put(struct text *text, const char *words);
void text_number(struct text *text, uint64_t number);

/*
 * For people: "35 us", "20.1 ms", "75.8 s", "2 min 11.1 s", "2 h 11 min 15 s"; "an unknown time".
 */
void text_duration(struct text *text, int64_t duration_ns);

/* A setting, always in seconds as it is configured: "7200 s", "0.25 s". */
void text_setting(struct text *text, int64_t duration_ns);

/* part / whole in percent, to a tenth below ten: "8.3 %", "50 %". whole > 0. */
void text_percent(struct text *text, uint64_t part, uint64_t whole);

/* "10.0.0.1", or RFC 5952: "2001:db8::1". */
void text_address(struct text *text, const struct ka_addr *addr);

/* "1 probe", "3 probes": a number and what it counts. */
void text_counted(struct text *text, uint64_t number, const char *singular, const char *plural);

#endif
