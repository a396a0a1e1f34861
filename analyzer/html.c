/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html.c: text from outside made safe for HTML and SVG. */
#include "html.h"

#include <stdbool.h>

#include "names.h"

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    }
    return NULL;
}

/*
 * XML 1.0 2.2 allows no C0 control but tab, line feed and carriage return; these become spaces, as
 * in an attribute. C1 (0xc2 0x80 to 0xc2 0x9f) is allowed but shows nothing, and DEL neither.
 */
static void put_character(FILE *stream, const char *s)
{
    unsigned char c = (unsigned char)*s;

    if (c == '\t' || c == '\n' || c == '\r')
        putc(' ', stream);
    else if (c < 0x20 || c == 0x7f)
        fputs("\xef\xbf\xbd", stream);
    else if (entity(*s))
        fputs(entity(*s), stream);
    else
        putc(c, stream);
}

/* U+FFFE and U+FFFF, in UTF-8: no characters of XML. */
static bool is_noncharacter(const char *s)
{
    return s[0] == '\xef' && s[1] == '\xbf' && (s[2] == '\xbe' || s[2] == '\xbf');
}

/*
 * U+202A to U+202E and U+2066 to U+2069 (UAX #9 2): they would turn around the text that
 * follows, also what is not from outside.
 */
static bool is_direction(const char *s)
{
    unsigned char last = s[0] == '\xe2' && s[1] ? (unsigned char)s[2] : 0;

    return (s[1] == '\x80' && last >= 0xaa && last <= 0xae) ||
           (s[1] == '\x81' && last >= 0xa6 && last <= 0xa9);
}

void html_text(FILE *stream, const char *text)
{
    size_t length;

    for (const char *s = text; *s; s += length ? length : 1) {
        length = name_utf8_length(s);
        if (length == 1)
            put_character(stream, s);
        else if (length == 0 || name_is_control(s) || is_noncharacter(s) || is_direction(s))
            fputs("\xef\xbf\xbd", stream);
        else
            fwrite(s, 1, length, stream);
    }
}
