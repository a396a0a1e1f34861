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

static char *put_unknown(char *text)
{
    return stpcpy(text, "unknown");
}

static char *unknown(char *text)
{
    put_unknown(text);
    return text;
}

/*
 * How many digits the value has: of its bits about 10 for 3 digits, of which one may be too many.
 */
static unsigned count_digits(uint64_t value)
{
    static const uint64_t powers[] = {
        UINT64_C(0),
        UINT64_C(10),
        UINT64_C(100),
        UINT64_C(1000),
        UINT64_C(10000),
        UINT64_C(100000),
        UINT64_C(1000000),
        UINT64_C(10000000),
        UINT64_C(100000000),
        UINT64_C(1000000000),
        UINT64_C(10000000000),
        UINT64_C(100000000000),
        UINT64_C(1000000000000),
        UINT64_C(10000000000000),
        UINT64_C(100000000000000),
        UINT64_C(1000000000000000),
        UINT64_C(10000000000000000),
        UINT64_C(100000000000000000),
        UINT64_C(1000000000000000000),
        UINT64_C(10000000000000000000),
    };
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned least = bits * 1233 >> 12; /* log10(2) is 1233 / 4096 */

    return least + (value >= powers[least]);
}

/*
 * The digits of `value`, at least `width` of them; returns the end, where a zero byte is. Not
 * printf(): the formats for programs write a dozen numbers for each tagged frame.
 */
static char *put_digits(char *at, uint64_t value, unsigned width)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    unsigned digits = count_digits(value);

    if (digits < width)
        digits = width;
    char *end = at + digits, *next = end;
    for (; next - at >= 2; value /= 100)
        memcpy(next -= 2, &pairs[value % 100 * 2], 2);
    if (next > at)
        *at = (char)('0' + value % 10);
    *end = '\0';
    return end;
}

char *units_put_whole(char text[static UNITS_TEXT_BYTES], uint64_t value)
{
    return put_digits(text, value, 1);
}

char *units_whole(char text[static UNITS_TEXT_BYTES], uint64_t value)
{
    units_put_whole(text, value);
    return text;
}

/*
 * `value` in units of 10^-decimals, as a decimal fraction without trailing zeros; returns the end.
 * In line: by a constant it divides without dividing.
 */
__attribute__((always_inline)) static inline char *put_decimal(char *text, bool negative,
                                                               uint64_t value, unsigned decimals)
{
    uint64_t scale = 1, fraction;
    char *at = text;

    for (unsigned i = 0; i < decimals; i++)
        scale *= 10;
    if (negative && value)
        *at++ = '-';
    at = put_digits(at, value / scale, 1);
    fraction = value % scale;
    if (fraction == 0)
        return at;
    for (; fraction % 10 == 0; fraction /= 10)
        decimals--;
    *at++ = '.';
    return put_digits(at, fraction, decimals);
}

static void decimal(char *text, bool negative, uint64_t value, unsigned decimals)
{
    put_decimal(text, negative, value, decimals);
}

char *units_put_exact_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns)
{
    if (duration_ns == KA_UNKNOWN)
        return put_unknown(text);
    return put_decimal(text, duration_ns < 0, magnitude(duration_ns), 9);
}

char *units_exact_s(char text[static UNITS_TEXT_BYTES], int64_t duration_ns)
{
    units_put_exact_s(text, duration_ns);
    return text;
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

/*
 * The date of a day counted from 1970-01-01, in years of 400 that begin in March (the Gregorian
 * calendar's period, its leap day last). Not gmtime_r(): each tagged frame has a time.
 */
static char *put_date(char *at, int64_t day)
{
    enum { PERIOD_DAYS = 146097, CENTURY_DAYS = 36524, OLYMPIAD_DAYS = 1461, YEAR_DAYS = 365 };
    const int64_t since_march_0 = 719468;            /* 0000-03-01 to 1970-01-01 */
    uint64_t days = (uint64_t)(day + since_march_0); /* from the year 0 on */
    uint64_t in_period = days % PERIOD_DAYS;
    uint64_t years = (in_period - in_period / (OLYMPIAD_DAYS - 1) + in_period / CENTURY_DAYS -
                      in_period / (PERIOD_DAYS - 1)) /
                     YEAR_DAYS;
    uint64_t in_year = in_period - (YEAR_DAYS * years + years / 4 - years / 100);
    uint64_t month = (5 * in_year + 2) / 153; /* from March; five months have 153 days */

    years += days / PERIOD_DAYS * 400 + (month >= 10);
    at = put_digits(at, years, 4);
    *at++ = '-';
    at = put_digits(at, month < 10 ? month + 3 : month - 9, 2);
    *at++ = '-';
    return put_digits(at, in_year - (153 * month + 2) / 5 + 1, 2);
}

char *units_put_rfc3339(char text[static UNITS_TEXT_BYTES], int64_t time_ns)
{
    const int64_t day_s = 86400;
    int64_t nanoseconds, seconds = split_time(time_ns, &nanoseconds);
    int64_t day = (seconds < 0 ? seconds - (day_s - 1) : seconds) / day_s;
    uint64_t in_day = (uint64_t)(seconds - day * day_s);
    char *at = text;

    if (time_ns == KA_UNKNOWN)
        return put_unknown(text);
    /* 64 bits of nanoseconds reach from 1677 to 2262. */
    at = put_date(at, day);
    *at++ = 'T';
    at = put_digits(at, in_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, in_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, in_day % 60, 2);
    *at++ = '.';
    return stpcpy(put_digits(at, (uint64_t)nanoseconds, 9), "Z");
}

char *units_rfc3339(char text[static UNITS_TEXT_BYTES], int64_t time_ns)
{
    units_put_rfc3339(text, time_ns);
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
