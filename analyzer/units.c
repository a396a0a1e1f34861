/* SPDX-License-Identifier: GPL-2.0-or-later */
/* units.c: times and durations as text, in integer arithmetic throughout. */
#include "units.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/ka.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* INT64_MIN has no positive counterpart; unsigned arithmetic has one for every value. */
static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static uint64_t round_to(uint64_t value, uint64_t unit)
{
    return (value + unit / 2) / unit;
}

/* Drop the zeros at the end of a decimal fraction, and the point if nothing is left behind it. */
static void trim_fraction(char *text)
{
    size_t length = strlen(text);

    if (!strchr(text, '.'))
        return;
    while (text[length - 1] == '0')
        text[--length] = '\0';
    if (text[length - 1] == '.')
        text[length - 1] = '\0';
}

static char *unknown(char *text)
{
    return strcpy(text, "unknown");
}

/*
 * The digits of `value`, at least `width` of them; returns the end, where a zero byte is. Not printf():
 * the formats for programs write a dozen numbers for each tagged frame.
 */
static char *put_digits(char *at, uint64_t value, unsigned width)
{
    unsigned digits = 1;

    for (uint64_t rest = value; rest >= 10; rest /= 10)
        digits++;
    if (digits < width)
        digits = width;
    for (unsigned i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    at[digits] = '\0';
    return at + digits;
}

char *units_whole(char text[static UNITS_TEXT_BYTES], uint64_t value)
{
    put_digits(text, value, 1);
    return text;
}

/* `value` in units of 10^-decimals, as a decimal fraction without trailing zeros. */
static char *decimal(char *text, bool negative, uint64_t value, unsigned decimals)
{
    uint64_t scale = 1;
    char *at = text;

    for (unsigned i = 0; i < decimals; i++)
        scale *= 10;
    if (negative && value)
        *at++ = '-';
    at = put_digits(at, value / scale, 1);
    *at++ = '.';
    put_digits(at, value % scale, decimals);
    trim_fraction(text);
    return text;
}

char *units_exact_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns)
{
    if (duration_ns == KA_UNKNOWN)
        return unknown(text);
    return decimal(text, duration_ns < 0, magnitude(duration_ns), 9);
}

/* The second that a time falls into, and the nanoseconds in it; rounds down before 1970 as well. */
static time_t split_time(int64_t time_ns, int64_t *nanoseconds)
{
    int64_t seconds = time_ns / (int64_t)NS_PER_S;

    *nanoseconds = time_ns % (int64_t)NS_PER_S;
    if (*nanoseconds < 0) {
        *nanoseconds += (int64_t)NS_PER_S;
        seconds--;
    }
    return (time_t)seconds;
}

static char *calendar(char *text, int64_t time_ns, const char *format)
{
    int64_t nanoseconds;
    time_t seconds = split_time(time_ns, &nanoseconds);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || !strftime(text, UNITS_TEXT_BYTES, format, &tm))
        return unknown(text);
    return text;
}

char *units_rfc3339(char text[static UNITS_TEXT_BYTES], int64_t time_ns)
{
    int64_t nanoseconds;
    time_t seconds = split_time(time_ns, &nanoseconds);
    struct tm tm;
    char *at = text;

    if (time_ns == KA_UNKNOWN || !gmtime_r(&seconds, &tm))
        return unknown(text);
    /* 64 bits of nanoseconds reach from 1677 to 2262. */
    const struct {
        int value;
        unsigned width;
        char after;
    } parts[] = {
        {tm.tm_year + 1900, 4, '-'}, {tm.tm_mon + 1, 2, '-'}, {tm.tm_mday, 2, 'T'},
        {tm.tm_hour, 2, ':'},        {tm.tm_min, 2, ':'},     {tm.tm_sec, 2, '.'},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        at = put_digits(at, (uint64_t)parts[i].value, parts[i].width);
        *at++ = parts[i].after;
    }
    strcpy(put_digits(at, (uint64_t)nanoseconds, 9), "Z");
    return text;
}

char *units_moment(char text[static UNITS_TEXT_BYTES], int64_t time_ns)
{
    int64_t nanoseconds;
    size_t length;

    if (time_ns == KA_UNKNOWN)
        return unknown(text);
    split_time(time_ns, &nanoseconds);
    calendar(text, time_ns, "%Y-%m-%d %H:%M:%S");
    length = strlen(text);
    snprintf(text + length, UNITS_TEXT_BYTES - length, ".%03" PRId64 " UTC",
             nanoseconds / (int64_t)NS_PER_MS);
    return text;
}

/* Three significant digits of what is below a second: "35 us", "1.25 ms", "20.1 ms", "201 ms". */
static char *below_a_second(char *text, bool negative, uint64_t ns)
{
    uint64_t unit = ns < NS_PER_MS ? NS_PER_US : NS_PER_MS;
    unsigned decimals = ns < 10 * unit ? 2 : ns < 100 * unit ? 1 : 0;
    uint64_t step = decimals == 2 ? unit / 100 : decimals == 1 ? unit / 10 : unit;

    decimal(text, negative, round_to(ns, step), decimals);
    strcat(text, unit == NS_PER_US ? " us" : " ms");
    return text;
}

/* From two minutes on in the units of a clock; tenths of a second stay as long as they matter. */
static char *clock_units(char *text, bool negative, uint64_t ns)
{
    uint64_t tenths = round_to(ns, NS_PER_S / 10);
    uint64_t minutes = tenths / 600 % 60, hours = tenths / 36000 % 24, days = tenths / 864000;
    size_t used = 0;
    unsigned in_minute = (unsigned)(tenths % 600);

    text[0] = '\0';
    if (negative)
        used += (size_t)snprintf(text, UNITS_TEXT_BYTES, "-");
    if (days)
        used += (size_t)snprintf(text + used, UNITS_TEXT_BYTES - used, "%" PRIu64 " d ", days);
    if (days || hours)
        used += (size_t)snprintf(text + used, UNITS_TEXT_BYTES - used, "%" PRIu64 " h ", hours);
    used += (size_t)snprintf(text + used, UNITS_TEXT_BYTES - used, "%" PRIu64 " min", minutes);
    if (in_minute % 10)
        snprintf(text + used, UNITS_TEXT_BYTES - used, " %u.%u s", in_minute / 10, in_minute % 10);
    else if (in_minute)
        snprintf(text + used, UNITS_TEXT_BYTES - used, " %u s", in_minute / 10);
    return text;
}

char *units_duration(char text[static UNITS_TEXT_BYTES], int64_t duration_ns)
{
    uint64_t ns = magnitude(duration_ns);

    if (duration_ns == KA_UNKNOWN)
        return unknown(text);
    if (ns == 0)
        return strcpy(text, "0 s");
    if (ns < NS_PER_S - NS_PER_MS / 2)
        return below_a_second(text, duration_ns < 0, ns);
    if (round_to(ns, NS_PER_S / 10) >= 1200)
        return clock_units(text, duration_ns < 0, ns);
    if (ns < 10 * NS_PER_S)
        decimal(text, duration_ns < 0, round_to(ns, NS_PER_S / 100), 2);
    else
        decimal(text, duration_ns < 0, round_to(ns, NS_PER_S / 10), 1);
    return strcat(text, " s");
}

char *units_setting(char text[static UNITS_TEXT_BYTES], int64_t duration_ns)
{
    if (duration_ns == KA_UNKNOWN)
        return unknown(text);
    decimal(text, duration_ns < 0, round_to(magnitude(duration_ns), NS_PER_MS), 3);
    return strcat(text, " s");
}

char *units_column_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns)
{
    uint64_t ms = round_to(magnitude(duration_ns), NS_PER_MS);

    if (duration_ns == KA_UNKNOWN)
        return strcpy(text, "-");
    snprintf(text, UNITS_TEXT_BYTES, "%s%" PRIu64 ".%03" PRIu64, duration_ns < 0 && ms ? "-" : "",
             ms / 1000, ms % 1000);
    return text;
}

char *units_count(char text[static UNITS_TEXT_BYTES], uint64_t count)
{
    char digits[UNITS_TEXT_BYTES];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count), used = 0;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}
