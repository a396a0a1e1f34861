/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_options.c: any command line, and the timelines that one without a capture asks for.
 *
 * Input: the words behind the command's name, each ended by a newline.
 */
#include <stdlib.h>
#include <string.h>

#include "compare_options.h"
#include "completion.h"
#include "fuzz.h"
#include "options.h"
#include "timeline.h"

enum { WORDS_MAX = 24 };

struct command_line {
    int count;
    char *words[WORDS_MAX + 1]; /* as argv, in the order that getopt_long() leaves */
    char *blocks[WORDS_MAX];    /* to be freed */
};

/* Each word is a block of its own, so that the sanitizer sees what is read beyond it. */
static void add_word(struct command_line *line, const char *text, size_t length)
{
    char *word = strndup(text, length);

    assert(word);
    line->words[line->count] = line->blocks[line->count] = word;
    line->count++;
}

static void read_words(struct command_line *line, const char *text, size_t length)
{
    *line = (struct command_line){0};
    add_word(line, "ka-analyze", 10);
    while (length > 0 && line->count < WORDS_MAX) {
        const char *end = memchr(text, '\n', length);
        size_t word_length = end ? (size_t)(end - text) : length;

        add_word(line, text, word_length);
        text += word_length + (end != NULL);
        length -= word_length + (end != NULL);
    }
}

static void free_words(struct command_line *line)
{
    for (int i = 0; i < line->count; i++)
        free(line->blocks[i]);
}

/* A refusal says why. */
static void check_error(const char *error, size_t room)
{
    const size_t length = strnlen(error, room);

    assert(length > 0 && length < room);
}

/* What the command prints by these options before it reads anything. */
static void print(const struct options *options, FILE *stream)
{
    char error[OPTIONS_ERROR_BYTES];

    switch (options->action) {
    case ACTION_EXPLAIN:
        if (!options_explain(stream, 100, options->operands, options->operand_count, error))
            check_error(error, sizeof error);
        break;
    case ACTION_COMPLETION:
        completion_print(stream, options->shell);
        break;
    case ACTION_HELP:
        options_help(stream);
        break;
    case ACTION_ANALYSE:
    case ACTION_MERGE:
        assert(options->operand_count > 0 || options->list);
        break;
    case ACTION_VERSION:
        break;
    }
}

static void try_options(struct command_line *line, FILE *stream)
{
    char error[OPTIONS_ERROR_BYTES] = "";
    struct options options;

    if (!options_parse(&options, line->count, line->words, error)) {
        check_error(error, sizeof error);
        return;
    }
    assert(options.output);
    if (options.action != ACTION_HELP && options.action != ACTION_VERSION)
        assert(options.operands + options.operand_count == line->words + line->count);
    print(&options, stream);
}

static void try_timeline(struct command_line *line, FILE *stream)
{
    char error[TIMELINE_ERROR_BYTES] = "";
    struct timeline_options options;
    struct timeline_out out = {.stream = stream, .width = 80};
    enum exit_status status;

    if (!timeline_options_parse(&options, line->count - 1, line->words + 1, error)) {
        check_error(error, sizeof error);
        return;
    }
    if (options.action == TIMELINE_SEEN)
        return;
    out.format = options.format;
    status = timeline_run(&out, &options, error);
    assert((status == STATUS_OK) == (error[0] == '\0'));
}

static void try_compare(struct command_line *line, FILE *stream)
{
    char error[OPTIONS_ERROR_BYTES] = "";
    struct compare_options options;

    if (!compare_options_parse(&options, line->count - 1, line->words + 1, error))
        check_error(error, sizeof error);
    else if (options.help)
        compare_options_help(stream);
    else
        assert(options.captures[0] && options.captures[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct command_line line;
    char *text;
    size_t text_length;
    FILE *stream = open_memstream(&text, &text_length);

    assert(stream);
    read_words(&line, (const char *)bytes, length);
    if (line.count > 1 && strcmp(line.words[1], "timeline") == 0)
        try_timeline(&line, stream);
    else if (line.count > 1 && strcmp(line.words[1], "compare") == 0)
        try_compare(&line, stream);
    else
        try_options(&line, stream);
    free_words(&line);
    fclose(stream);
    free(text);
    return 0;
}
