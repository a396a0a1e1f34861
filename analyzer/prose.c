/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose.c: labelled paragraphs, wrapped to a width. */
#include "prose.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

void prose_add(struct prose *prose, const char *format, ...)
{
    size_t room = sizeof prose->text - prose->length;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(prose->text + prose->length, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        prose->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* Whether the space at `s` stands between a number and its unit ("75 s", "11 min", "20.1 ms"). */
static bool is_before_unit(const char *start, const char *s)
{
    size_t letters = 0;

    while (islower((unsigned char)s[1 + letters]))
        letters++;
    return s > start && isdigit((unsigned char)s[-1]) && letters > 0 && letters <= 3 &&
           !isalnum((unsigned char)s[1 + letters]);
}

/* Whether the space at `s` stands between the parts of one duration ("2 h", "11 min", "15 s"). */
static bool is_inside_duration(const char *start, const char *s)
{
    static const char *const units[] = {" d", " h", " min"};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i]);

        if ((size_t)(s - start) > length && memcmp(s - length, units[i], length) == 0)
            return isdigit((unsigned char)s[-(ptrdiff_t)length - 1]) &&
                   isdigit((unsigned char)s[1]);
    }
    return false;
}

/* Length of the first line of `text` when it may have `room` columns. */
static size_t line_length(const char *text, size_t room)
{
    size_t length = strlen(text), best = 0;

    if (length <= room)
        return length;
    for (size_t i = 1; i < length && (i <= room || best == 0); i++)
        if (text[i] == ' ' && !is_before_unit(text, text + i) &&
            !is_inside_duration(text, text + i))
            best = i;
    return best ? best : length;
}

/* Columns that a text gets at least. */
enum { ROOM_MIN = 20 };

void prose_wrap(FILE *stream, unsigned width, unsigned column, const struct prose *prose)
{
    const char *text = prose->text;
    size_t room = width > column + ROOM_MIN ? width - column : ROOM_MIN;
    bool is_first = true;

    while (*text) {
        size_t length = line_length(text, room);

        fprintf(stream, "%*s%.*s\n", is_first ? 0 : (int)column, "", (int)length, text);
        text += length;
        text += strspn(text, " ");
        is_first = false;
    }
}

void prose_print(FILE *stream, unsigned width, const char *label, const struct prose *prose)
{
    if (prose->length == 0)
        return;
    fprintf(stream, "%*s%-*s", PROSE_LABEL_COLUMN, "", PROSE_TEXT_COLUMN - PROSE_LABEL_COLUMN,
            label);
    prose_wrap(stream, width, PROSE_TEXT_COLUMN, prose);
}
