/* SPDX-License-Identifier: GPL-2.0-or-later */
/* setting.c: keep-alive settings as a person writes them. */
#include "setting.h"

#include <string.h>

#include "core/ka.h"
#include "parse.h"

bool setting_seconds(const char *text, char end, int64_t *duration_ns)
{
    static const int64_t shortest_ns = KA_SECOND / 1000;
    const char *behind;

    return parse_decimal(text, &behind, 9, duration_ns) && *behind == end &&
           *duration_ns >= shortest_ns && *duration_ns <= SETTING_LONGEST_S * KA_SECOND;
}

bool setting_count(const char *text, uint32_t most, uint32_t *count)
{
    uint64_t value;

    if (!parse_count(text, most, &value) || value == 0)
        return false;
    *count = (uint32_t)value;
    return true;
}

enum { PARTS_MAX = 4, TEXT_BYTES = 96 };

/* The parts between the slashes, cut out of `copy`. 0: too long, or too many of them. */
static size_t split(char copy[static TEXT_BYTES], const char *text, size_t length,
                    char *parts[static PARTS_MAX])
{
    size_t count = 0;

    if (length >= TEXT_BYTES)
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    for (char *part = copy; part; count++) {
        char *slash = strchr(part, '/');

        if (count == PARTS_MAX)
            return 0;
        if (slash)
            *slash = '\0';
        parts[count] = part;
        part = slash ? slash + 1 : NULL;
    }
    return count;
}

static bool read_triple(char *const parts[static PARTS_MAX], struct course_settings *course)
{
    return setting_seconds(parts[0], '\0', &course->idle_ns) &&
           setting_seconds(parts[1], '\0', &course->intvl_ns) &&
           setting_count(parts[2], SETTING_COUNT_MAX, &course->count);
}

bool setting_triple(const char *text, size_t length, struct course_settings *course)
{
    char copy[TEXT_BYTES], *parts[PARTS_MAX];

    return split(copy, text, length, parts) == 3 && read_triple(parts, course);
}

bool setting_quadruple(const char *text, size_t length, struct course_settings *course)
{
    char copy[TEXT_BYTES], *parts[PARTS_MAX];

    return split(copy, text, length, parts) == 4 && read_triple(parts, course) &&
           setting_seconds(parts[3], '\0', &course->user_timeout_ns);
}

/*
 * include/net/tcp.h: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL,
 * MAX_TCP_KEEPCNT; the options are integers.
 */
const char *setting_refused(const struct course_settings *course)
{
    static const int64_t seconds_max = 32767;
    enum { COUNT_MAX = 127 };

    if (!course->stack->user_timeout)
        return course->user_timeout_ns ? "this stack has no user timeout" : NULL;
    if (course->idle_ns > seconds_max * KA_SECOND || course->intvl_ns > seconds_max * KA_SECOND)
        return "Linux takes an idle time and interval of at most 32767 s";
    if (course->idle_ns % KA_SECOND || course->intvl_ns % KA_SECOND)
        return "Linux takes whole seconds for idle time and interval";
    if (course->count > COUNT_MAX)
        return "Linux takes a count of at most 127";
    return NULL;
}
