/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parse.h: numbers, durations and endpoints from text, without rounding.
 *
 * The counterpart of units.h and names.h: what those write exactly, these read back exactly.
 */
#ifndef KA_PARSE_H
#define KA_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ka.h"

/*
 * A decimal number in units of 10^-decimals: "7875.5" with 9 decimals gives 7875500000000. Plain
 * digits with a sign and a fraction; no exponent, no more digits behind the point than `decimals`.
 * *end receives the place behind it. False: there is no such number, or it does not fit.
 */
bool parse_decimal(const char *text, const char **end, unsigned decimals, int64_t *value);

/* The whole text as seconds with up to nine decimals, in nanoseconds. */
bool parse_seconds(const char *text, int64_t *duration_ns);

/* The whole text as a number of 0..max. */
bool parse_count(const char *text, uint64_t max, uint64_t *count);

/*
 * The whole text as a number of bytes, in K, M, G or T (1024 each) where
 * one of these letters follows: "512M".
 */
bool parse_bytes(const char *text, uint64_t *bytes);

/* "192.0.2.1:80" or "[2001:db8::1]:80", as endpoint_name() writes them. */
bool parse_endpoint(const char *text, struct ka_endpoint *endpoint);

#endif
