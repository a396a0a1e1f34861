/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path_timers.c: idle timers of one's own load balancers and firewalls, read from a file. */
#include "path_timers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static const struct {
    const char *name;
    int64_t seconds;
} units[] = {{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};

static const struct {
    const char *name;
    enum ka_path_manner manner;
} manners[] = {
    {"drops", KA_PATH_DROPS},
    {"resets", KA_PATH_RESETS},
    {"ends", KA_PATH_ENDS},
    {"data", KA_PATH_COUNTS_DATA},
};

/* From a second to a year. */
static bool read_limit(const char *text, int64_t *limit_ns)
{
    const int64_t year_s = INT64_C(366) * 86400;
    const char *unit;
    int64_t value;

    if (!parse_decimal(text, &unit, 0, &value) || value <= 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].name) == 0 && value <= year_s / units[i].seconds) {
            *limit_ns = value * units[i].seconds * KA_SECOND;
            return true;
        }
    return false;
}

static bool read_manner(char *text, unsigned *manner)
{
    char *rest = NULL;

    *manner = 0;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        size_t i = 0;

        while (i < sizeof manners / sizeof manners[0] && strcmp(word, manners[i].name) != 0)
            i++;
        if (i == sizeof manners / sizeof manners[0])
            return false;
        *manner |= manners[i].manner;
    }
    return *manner != 0;
}

const char *path_timers_add(struct path_timers *timers, char *line)
{
    char *rest = NULL;
    char *limit = strtok_r(line, " \t", &rest), *manner = strtok_r(NULL, " \t", &rest);
    char *name = rest ? rest + strspn(rest, " \t") : NULL;
    struct ka_path_timer *row = &timers->rows[timers->count];

    if (timers->count == PATH_TIMERS_MAX)
        return "too many timers";
    if (!name || !*name)
        return "a line is \"LIMIT MANNER NAME\"";
    if (!read_limit(limit, &row->limit_ns))
        return "the limit is a number of seconds, or with s, min, h or d";
    if (!read_manner(manner, &row->manner))
        return "the manner is of drops, resets, ends and data";
    if (strlen(name) >= PATH_TIMERS_NAME_BYTES)
        return "the name is too long";
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "the name has a control character";
    row->name = strcpy(timers->names[timers->count++], name);
    row->source = "--path-timers";
    return NULL;
}

static bool read_lines(FILE *file, struct path_timers *timers, const char *path, char *error)
{
    const char *reason = NULL;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    for (unsigned number = 1; !reason && (length = getline(&line, &capacity, file)) > 0; number++) {
        while (length > 0 && strchr("\r\n \t", line[length - 1]))
            line[--length] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        reason = path_timers_add(timers, line);
        if (reason)
            snprintf(error, PATH_TIMERS_ERROR_BYTES, "%.150s: line %u: %s", path, number, reason);
    }
    free(line);
    if (!reason && ferror(file)) {
        reason = strerror(errno);
        snprintf(error, PATH_TIMERS_ERROR_BYTES, "%.150s: %s", path, reason);
    }
    return reason == NULL;
}

bool path_timers_read(struct path_timers *timers, const char *path,
                      char error[static PATH_TIMERS_ERROR_BYTES])
{
    FILE *file = fopen(path, "r");
    bool complete;

    if (!file) {
        snprintf(error, PATH_TIMERS_ERROR_BYTES, "%.150s: %s", path, strerror(errno));
        return false;
    }
    complete = read_lines(file, timers, path, error);
    fclose(file);
    return complete;
}
