/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse.c: numbers, durations and endpoints from text, without rounding. */
#include "parse.h"

#include <arpa/inet.h>
#include <string.h>

#include "names.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* *value = 10 * *value + digit. False: it does not fit. */
static bool append_digit(int64_t *value, int digit)
{
    return !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_add_overflow(*value, digit, value);
}

bool parse_decimal(const char *text, const char **end, unsigned decimals, int64_t *value)
{
    bool negative = *text == '-';
    int64_t sum = 0;

    text += negative;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++)
        if (!append_digit(&sum, *text - '0'))
            return false;
    if (*text == '.') {
        if (!is_digit(*++text))
            return false;
        for (; is_digit(*text); text++, decimals--)
            if (decimals == 0 || !append_digit(&sum, *text - '0'))
                return false;
    }
    for (; decimals > 0; decimals--)
        if (!append_digit(&sum, 0))
            return false;
    *end = text;
    *value = negative ? -sum : sum;
    return true;
}

bool parse_seconds(const char *text, int64_t *duration_ns)
{
    const char *end;

    return parse_decimal(text, &end, 9, duration_ns) && *end == '\0';
}

bool parse_count(const char *text, uint64_t max, uint64_t *count)
{
    const char *end;
    int64_t value;

    if (!parse_decimal(text, &end, 0, &value) || *end || value < 0 || (uint64_t)value > max)
        return false;
    *count = (uint64_t)value;
    return true;
}

bool parse_bytes(const char *text, uint64_t *bytes)
{
    static const char letters[] = "KMGT";
    const char *end, *letter;
    int64_t value;

    if (!parse_decimal(text, &end, 0, &value) || value < 0)
        return false;
    *bytes = (uint64_t)value;
    if (*end == '\0')
        return true;
    letter = strchr(letters, *end);
    return letter && end[1] == '\0' &&
           !__builtin_mul_overflow(*bytes, UINT64_C(1) << 10 * (letter - letters + 1), bytes);
}

bool parse_endpoint(const char *text, struct ka_endpoint *endpoint)
{
    bool is_v6 = text[0] == '[';
    const char *start = text + is_v6, *colon = strrchr(text, ':');
    char address[ENDPOINT_TEXT_BYTES];
    size_t length;
    uint64_t port;

    if (!colon || colon <= start || (is_v6 && colon[-1] != ']'))
        return false;
    length = (size_t)(colon - start) - is_v6;
    if (length >= sizeof address || !parse_count(colon + 1, UINT16_MAX, &port))
        return false;
    memcpy(address, start, length);
    address[length] = '\0';
    *endpoint = (struct ka_endpoint){.port = (uint16_t)port};
    if (is_v6)
        return inet_pton(AF_INET6, address, endpoint->addr.bytes) == 1;
    memset(endpoint->addr.bytes + 10, 0xff, 2); /* RFC 4291 2.5.5.2 */
    return inet_pton(AF_INET, address, endpoint->addr.bytes + 12) == 1;
}
