/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.c: sentences put together piece by piece. */
#include "text.h"

#include <stdbool.h>
#include <string.h>

static const uint64_t ns_per_us = 1000, ns_per_ms = 1000000, ns_per_s = 1000000000;

struct text text_in(char *bytes, size_t size)
{
    bytes[0] = '\0';
    return (struct text){.bytes = bytes, .size = size};
}

static void put_bytes(struct text *text, const char *bytes, size_t count)
{
    size_t room = text->size - text->length - 1;
    if (count > room)
        count = room;
    memcpy(text->bytes + text->length, bytes, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

void text_put(struct text *text, const char *words)
{
    put_bytes(text, words, strlen(words));
}

/* At least `width` digits. */
static void put_digits(struct text *text, uint64_t number, size_t width)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (sizeof digits - at < width)
        digits[--at] = '0';
    put_bytes(text, digits + at, sizeof digits - at);
}

void text_number(struct text *text, uint64_t number)
{
    put_digits(text, number, 1);
}

void text_counted(struct text *text, uint64_t number, const char *singular, const char *plural)
{
    text_number(text, number);
    text_put(text, " ");
    text_put(text, number == 1 ? singular : plural);
}

/* `number` in units of 10^-decimals, without zeros at the end. */
static void put_decimal(struct text *text, uint64_t number, unsigned decimals)
{
    for (; decimals > 0 && number % 10 == 0; decimals--)
        number /= 10;
    uint64_t scale = 1;
    for (unsigned i = 0; i < decimals; i++)
        scale *= 10;
    text_number(text, number / scale);
    if (decimals == 0)
        return;
    text_put(text, ".");
    put_digits(text, number % scale, decimals);
}

static uint64_t round_to(uint64_t value, uint64_t unit)
{
    return (value + unit / 2) / unit;
}

/* Three significant digits. */
static void put_below_a_second(struct text *text, uint64_t ns)
{
    uint64_t unit = ns < ns_per_ms ? ns_per_us : ns_per_ms;
    unsigned decimals = ns < 10 * unit ? 2 : ns < 100 * unit ? 1 : 0;
    uint64_t step = decimals == 2 ? unit / 100 : decimals == 1 ? unit / 10 : unit;
    put_decimal(text, round_to(ns, step), decimals);
    text_put(text, unit == ns_per_us ? " us" : " ms");
}

/* From two minutes on in the units of a clock; tenths of a second stay as long as they matter. */
static void put_clock(struct text *text, uint64_t tenths)
{
    uint64_t minutes = tenths / 600 % 60, hours = tenths / 36000 % 24, days = tenths / 864000;
    if (days) {
        text_number(text, days);
        text_put(text, " d ");
    }
    if (days || hours) {
        text_number(text, hours);
        text_put(text, " h ");
    }
    text_number(text, minutes);
    text_put(text, " min");
    if (tenths % 600 == 0)
        return;
    text_put(text, " ");
    put_decimal(text, tenths % 600, 1);
    text_put(text, " s");
}

void text_duration(struct text *text, int64_t duration_ns)
{
    if (duration_ns == KA_UNKNOWN) {
        text_put(text, "an unknown time");
        return;
    }
    uint64_t ns = duration_ns < 0 ? -(uint64_t)duration_ns : (uint64_t)duration_ns;
    if (duration_ns < 0)
        text_put(text, "-");
    uint64_t tenths = round_to(ns, ns_per_s / 10);
    if (ns == 0) {
        text_put(text, "0 s");
    } else if (ns < ns_per_s - ns_per_ms / 2) {
        put_below_a_second(text, ns);
    } else if (tenths >= 1200) {
        put_clock(text, tenths);
    } else {
        unsigned decimals = ns < 10 * ns_per_s ? 2 : 1;
        put_decimal(text, decimals == 2 ? round_to(ns, ns_per_s / 100) : tenths, decimals);
        text_put(text, " s");
    }
}

void text_setting(struct text *text, int64_t duration_ns)
{
    if (duration_ns == KA_UNKNOWN || duration_ns < 0) {
        text_put(text, "an unknown time");
        return;
    }
    put_decimal(text, round_to((uint64_t)duration_ns, ns_per_ms), 3);
    text_put(text, " s");
}

void text_percent(struct text *text, uint64_t part, uint64_t whole)
{
    double tenths = 1000.0 * (double)part / (double)whole + 0.5;
    if (tenths < 100)
        put_decimal(text, (uint64_t)tenths, 1);
    else
        text_number(text, (uint64_t)(tenths + 4.5) / 10);
    text_put(text, " %");
}

static void put_v4(struct text *text, const uint8_t bytes[4])
{
    for (int i = 0; i < 4; i++) {
        text_put(text, i ? "." : "");
        text_number(text, bytes[i]);
    }
}

static void put_hex(struct text *text, unsigned value)
{
    static const char digits[] = "0123456789abcdef";
    bool begun = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = value >> shift & 15;
        begun |= digit != 0 || shift == 0;
        if (begun)
            put_bytes(text, &digits[digit], 1);
    }
}

/* The longest run of at least two zero groups, the first of equals: RFC 5952 4.2. */
static int longest_zeros(const unsigned groups[8], int *length)
{
    int best = -1;
    *length = 1;
    for (int from = 0; from < 8; from++) {
        int to = from;
        while (to < 8 && groups[to] == 0)
            to++;
        if (to - from > *length) {
            best = from;
            *length = to - from;
        }
    }
    return best;
}

void text_address(struct text *text, const struct ka_addr *addr)
{
    static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */
    if (memcmp(addr->bytes, v4_prefix, sizeof v4_prefix) == 0) {
        put_v4(text, addr->bytes + sizeof v4_prefix);
        return;
    }
    unsigned groups[8];
    for (int i = 0; i < 8; i++)
        groups[i] = (unsigned)addr->bytes[2 * i] << 8 | addr->bytes[2 * i + 1];
    int length, zeros = longest_zeros(groups, &length);
    for (int i = 0; i < 8; i++) {
        if (i == zeros) {
            text_put(text, "::");
            i += length - 1;
            continue;
        }
        if (i > 0 && i != zeros + (zeros >= 0 ? length : 0))
            text_put(text, ":");
        put_hex(text, groups[i]);
    }
}
