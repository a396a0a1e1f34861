/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring_name.c: dates and numbers in file names. */
#include "ring_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COUNTER_DIGITS = 5 }; /* dumpcap prints %05u */

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

static bool is_between(const char *text, size_t n, unsigned low, unsigned high)
{
    unsigned value = 0;

    if (digits(text) < n)
        return false;
    for (size_t i = 0; i < n; i++)
        value = 10 * value + (unsigned)(text[i] - '0');
    return value >= low && value <= high;
}

/* One separator out of these, or none. */
static size_t skip(const char *text, const char *separators)
{
    return *text && strchr(separators, *text) ? 1 : 0;
}

/* Length of the time of day that stands here, separator before it included; 0: none. */
static size_t time_length(const char *text)
{
    size_t at = skip(text, "-_T "), part;

    if (!is_between(text + at, 2, 0, 23))
        return 0;
    at += 2;
    for (int i = 0; i < 2; i++) { /* minutes, and perhaps seconds */
        part = skip(text + at, ":-_");
        if (!is_between(text + at + part, 2, 0, 60))
            return i > 0 && !isdigit((unsigned char)text[at]) ? at : 0;
        at += part + 2;
    }
    return isdigit((unsigned char)text[at]) ? 0 : at;
}

/* Length of the date that stands here, with the time of day behind it; 0: none. */
static size_t date_length(const char *text)
{
    size_t at = 4, part = skip(text + (digits(text) >= 4 ? 4 : 0), "-_.");

    if (!is_between(text, 4, 1970, 2099) || !is_between(text + at + part, 2, 1, 12))
        return 0;
    at += part + 2;
    if (skip(text + at, "-_.") != part || !is_between(text + at + part, 2, 1, 31))
        return 0;
    at += part + 2;
    part = time_length(text + at);
    return part == 0 && isdigit((unsigned char)text[at]) ? 0 : at + part;
}

/* Length of a number of seconds since 1970, from 2001 to 2033, or of parts of them; 0: none. */
static size_t epoch_length(const char *text)
{
    size_t length = digits(text);

    return text[0] == '1' && (length == 10 || length == 13 || length == 16) ? length : 0;
}

static size_t stamp_length(const char *text)
{
    size_t length = date_length(text);

    return length > 0 ? length : epoch_length(text);
}

/* Length of the rotating part that begins here, with the counter before or behind its date. */
static size_t rotating_length(const char *text)
{
    size_t length = stamp_length(text), counter = digits(text), behind;

    if (length == 0 && counter >= COUNTER_DIGITS && skip(text + counter, "_-") == 1) {
        length = stamp_length(text + counter + 1);
        return length > 0 ? counter + 1 + length : 0;
    }
    if (length == 0 || skip(text + length, "_-") == 0)
        return length;
    behind = digits(text + length + 1);
    return behind >= COUNTER_DIGITS ? length + 1 + behind : length;
}

static void cut_end(char *name, const char *const *ends)
{
    size_t length = strlen(name);

    for (; *ends; ends++) {
        size_t end = strlen(*ends);

        if (length > end && strcasecmp(name + length - end, *ends) == 0) {
            name[length - end] = '\0';
            return;
        }
    }
}

/* Leave out the number behind the extension. Whether it was one behind a name without extension. */
static bool cut_number(char *base)
{
    static const char *const extensions[] = {".pcap", ".pcapng", ".cap", ".dmp", ".dump", ".ntar"};
    size_t length = strlen(base), stem = length;

    while (stem > 0 && isdigit((unsigned char)base[stem - 1]))
        stem--;
    if (stem == length || stem == 0)
        return false;
    for (size_t dot = 0; dot < 2; dot++) {
        size_t end = dot && strchr(".-_", base[stem - 1]) ? stem - 1 : stem;

        for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
            size_t n = strlen(extensions[i]);

            if (end <= n || strncasecmp(base + end - n, extensions[i], n) != 0)
                continue;
            base[end] = '\0';
            return false;
        }
    }
    if (strchr(base, '.') || !isalpha((unsigned char)base[stem - 1]))
        return false;
    base[stem] = '\0';
    return true;
}

/* Put * for each rotating part, in place. Part of a longer word or number it is none. */
static void cut_dates(char *base)
{
    char *to = base;

    for (const char *from = base; *from;) {
        bool begins = from == base || !isalnum((unsigned char)from[-1]);
        size_t length = begins ? rotating_length(from) : 0;

        if (length > 0 && !isalnum((unsigned char)from[length])) {
            *to++ = '*';
            from += length;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

bool ring_name_of(const char *path, struct ring_name *name)
{
    static const char *const packings[] = {".gz", ".zst", ".lz4", ".xz", ".bz2", NULL};
    char *base;

    *name = (struct ring_name){.pattern = strdup(path)};
    if (!name->pattern)
        return false;
    base = strrchr(name->pattern, '/');
    base = base ? base + 1 : name->pattern;
    cut_end(base, packings);
    cut_dates(base);
    name->is_weak = cut_number(base);
    return true;
}
