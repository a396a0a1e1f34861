/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.c: endpoints as text, and names from outside made safe for a terminal or for JSON. */
#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */

bool address_is_v4(const struct ka_addr *addr)
{
    return memcmp(addr->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

char *address_name(char text[static ENDPOINT_TEXT_BYTES], const struct ka_addr *addr)
{
    if (address_is_v4(addr))
        inet_ntop(AF_INET, addr->bytes + sizeof v4_prefix, text, ENDPOINT_TEXT_BYTES);
    else
        inet_ntop(AF_INET6, addr->bytes, text, ENDPOINT_TEXT_BYTES);
    return text;
}

/* A number below 65536; returns its end, where no zero byte is put. */
static char *put_number(char *at, unsigned number)
{
    char digits[5];
    int count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

/* Two for each tagged frame, so without printf(); and inet_ntop() uses that for IPv4. */
char *endpoint_name(char text[static ENDPOINT_TEXT_BYTES], const struct ka_endpoint *endpoint)
{
    const uint8_t *v4 = endpoint->addr.bytes + sizeof v4_prefix;
    char *at = text;

    if (address_is_v4(&endpoint->addr)) {
        for (int i = 0; i < 4; i++) {
            at = put_number(at, v4[i]);
            *at++ = i < 3 ? '.' : ':';
        }
    } else {
        *at++ = '[';
        inet_ntop(AF_INET6, endpoint->addr.bytes, at, INET6_ADDRSTRLEN);
        at = stpcpy(at + strlen(at), "]:");
    }
    *put_number(at, endpoint->port) = '\0';
    return text;
}

/*
 * Length of the UTF-8 sequence at `s`, 0 if there is none. By the table of RFC 3629 4: the second
 * byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
 */
size_t name_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    static const struct {
        unsigned char first_low, first_high, second_low, second_high, length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s[0] < forms[i].first_low || s[0] > forms[i].first_high)
            continue;
        if (forms[i].length > 1 && (s[1] < forms[i].second_low || s[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if (s[k] < 0x80 || s[k] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}

bool name_is_ascii(const char *name)
{
    unsigned char all = 0;

    for (; *name; name++)
        all |= (unsigned char)*name;
    return all < 0x80;
}

char *name_as_utf8(const char *name)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    char *copy = malloc(3 * strlen(name) + 1), *out = copy;

    if (!copy)
        return NULL;
    while (*name) {
        size_t length = name_utf8_length(name);

        memcpy(out, length ? name : replacement, length ? length : 3);
        out += length ? length : 3;
        name += length ? length : 1;
    }
    *out = '\0';
    return copy;
}

bool name_is_control(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

char *name_for_terminal(const char *name)
{
    const unsigned char *s = (const unsigned char *)name;
    char *copy = malloc(4 * strlen(name) + 1), *out = copy;

    if (!copy)
        return NULL;
    while (*s) {
        size_t length = name_utf8_length((const char *)s);

        if (length && !name_is_control((const char *)s)) {
            memcpy(out, s, length);
            out += length;
            s += length;
        } else {
            out += sprintf(out, "\\x%02x", *s++);
        }
    }
    *out = '\0';
    return copy;
}
