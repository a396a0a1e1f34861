/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script.c: read a timeline script. */
#include "script.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "script_numbers.h"

enum { WORDS = 32, REPEATS = 100000 };

/* A line of the file and where its indentation ends. */
struct line {
    int number;
    bool indented;
    char *word[WORDS]; /* NULL after the last */
    int words;
};

/* What has been read so far, as far as later lines depend on it. */
struct parser {
    struct script *script;
    int line;
    int64_t now_ns, origin_ns;
    uint16_t window[2];
    uint32_t connection; /* of the packets */
    uint32_t reported;   /* of the claims */
    uint32_t round;
};

static void *must(void *block)
{
    if (block == NULL) {
        fputs("tests: out of memory\n", stderr);
        abort();
    }
    return block;
}

/* Note what is wrong, the first time. Always false. */
__attribute__((format(printf, 2, 3))) static bool wrong(struct parser *p, const char *format, ...)
{
    if (p->script->problem[0] != '\0')
        return false;
    int used = snprintf(p->script->problem, SCRIPT_PROBLEM, "%s:%d: ", p->script->path, p->line);
    if (used < 0 || used >= SCRIPT_PROBLEM)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(p->script->problem + used, (size_t)(SCRIPT_PROBLEM - used), format, arguments);
    va_end(arguments);
    return false;
}

/* ---- numbers ------------------------------------------------------------------------------- */

bool script_seconds(const char *text, int64_t *ns)
{
    int64_t whole = 0, part = 0, unit = KA_SECOND;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && whole < 100000000; at++)
        whole = whole * 10 + (*at - '0');
    bool digits = at != text;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && unit > 1; at++) {
            unit /= 10;
            part += unit * (*at - '0');
            digits = true;
        }
    *ns = whole * KA_SECOND + part;
    return digits && *at == '\0';
}

bool script_integer(const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    *value = strtoull(text, &end, 0);
    return *end == '\0' && *value <= max;
}

static bool integer_word(struct parser *p, const char *text, uint64_t max, uint64_t *value)
{
    return (text != NULL && script_integer(text, max, value)) ||
           wrong(p, "'%s' is no number up to %llu", text ? text : "", (unsigned long long)max);
}

/* ---- lines --------------------------------------------------------------------------------- */

/* A copy of the text up to the end of its line, which lives as long as the script. */
static char *keep_line(struct script *script, const char *text)
{
    size_t bytes = strcspn(text, "\n");
    char *copy = must(malloc(bytes + 1));

    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    script->lines = must(realloc(script->lines, (script->line_count + 1) * sizeof *script->lines));
    script->lines[script->line_count++] = copy;
    return copy;
}

/* False where the line has too many words; a comment has none. */
static bool split_line(struct parser *p, const char *text, struct line *line)
{
    char *copy = keep_line(p->script, text), *rest = NULL;

    *line = (struct line){.number = p->line, .indented = *copy == ' '};
    copy[strcspn(copy, "#")] = '\0';
    for (char *word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (line->words == WORDS - 1)
            return wrong(p, "too many words");
        line->word[line->words++] = word;
    }
    return true;
}

/* ---- packets ------------------------------------------------------------------------------- */

static bool parse_time(struct parser *p, const char *text)
{
    int64_t ns;

    if (!script_seconds(text + 1, &ns))
        return wrong(p, "'%s' is no time", text);
    if (*text == '@')
        p->now_ns = p->origin_ns + ns;
    else
        p->now_ns += *text == '-' ? -ns : ns;
    return true;
}

static bool parse_side(struct parser *p, const char *text, enum ka_side *side)
{
    if (text == NULL || (strcmp(text, "A") != 0 && strcmp(text, "B") != 0))
        return wrong(p, "'%s' is neither A nor B", text ? text : "");
    *side = *text == 'A' ? KA_CLIENT : KA_SERVER;
    return true;
}

static bool parse_flags(struct parser *p, const char *text, unsigned *flags)
{
    static const char letters[] = "FSRP.U"; /* in the order of the bits on the wire */

    *flags = 0;
    for (const char *at = text; *at; at++) {
        const char *letter = strchr(letters, *at);
        if (letter == NULL)
            return wrong(p, "'%s' is no set of flags", text);
        *flags |= 1u << (letter - letters);
    }
    return true;
}

/* "1:11(10)" */
static bool parse_numbers(struct parser *p, const char *text, struct script_step *step)
{
    unsigned long start, end, len;
    char last;

    if (text == NULL || sscanf(text, "%lu:%lu(%lu%c", &start, &end, &len, &last) != 4 ||
        last != ')')
        return wrong(p, "'%s' is not START:END(LEN)", text ? text : "");
    if (end - start != len || end > UINT32_MAX)
        return wrong(p, "%lu:%lu is not %lu bytes", start, end, len);
    step->seq = (uint32_t)start;
    step->len = (uint32_t)len;
    return true;
}

static bool parse_ts(struct parser *p, const char *text, struct script_step *step)
{
    unsigned long value, echo;
    char more;

    if (text == NULL || sscanf(text, "%lu,%lu%c", &value, &echo, &more) != 2)
        return wrong(p, "'%s' is not VAL,ECR", text ? text : "");
    step->has_ts = true;
    step->tsval = (uint32_t)value;
    step->tsecr = (uint32_t)echo;
    return true;
}

/* One option and its value; *at is moved past them. */
static bool parse_option(struct parser *p, const struct line *line, int *at,
                         struct script_step *step)
{
    const char *name = line->word[(*at)++];
    uint64_t value = 0;

    if (strcmp(name, "nobyte") == 0) {
        step->has_first_byte = false;
        return true;
    }
    const char *text = line->word[*at];
    *at += text != NULL;
    if (strcmp(name, "ts") == 0)
        return parse_ts(p, text, step);
    if (strcmp(name, "as") == 0) {
        step->label = text;
        return text != NULL || wrong(p, "no name after 'as'");
    }
    bool is_ack = strcmp(name, "ack") == 0;
    if (!integer_word(p, text, is_ack ? UINT32_MAX : UINT16_MAX, &value))
        return false;
    if (is_ack) {
        step->ack = (uint32_t)value;
    } else if (strcmp(name, "win") == 0) {
        step->window = (uint16_t)value;
        if (!(step->flags & KA_RST))
            p->window[step->from] = (uint16_t)value;
    } else if (strcmp(name, "id") == 0) {
        step->has_id = true;
        step->id = (uint16_t)value;
    } else if (strcmp(name, "ttl") == 0) {
        step->ttl = (uint8_t)value;
    } else if (strcmp(name, "byte") == 0) {
        step->first_byte = (uint8_t)value;
    } else {
        return wrong(p, "unknown option '%s'", name);
    }
    return true;
}

static bool parse_icmp(struct parser *p, const char *text, struct script_step *step)
{
    static const char *const names[] = {"", "host-unreachable", "net-unreachable",
                                        "admin-prohibited"};

    for (int i = 1; text != NULL && i < 4; i++)
        if (strcmp(text, names[i]) == 0)
            step->icmp = (enum script_icmp)i;
    return step->icmp != SCRIPT_NO_ICMP || wrong(p, "unknown error '%s'", text ? text : "");
}

static bool parse_segment(struct parser *p, const struct line *line, struct script_step *step)
{
    if (!parse_flags(p, line->word[2], &step->flags) || !parse_numbers(p, line->word[3], step))
        return false;
    step->window = step->flags & KA_RST ? 0 : p->window[step->from];
    step->ttl = step->from == KA_CLIENT ? 64 : 57;
    step->first_byte = 'x';
    step->has_first_byte = step->len > 0;
    bool has_ack = false;
    for (int at = 4; at < line->words;) {
        has_ack |= strcmp(line->word[at], "ack") == 0;
        if (!parse_option(p, line, &at, step))
            return false;
    }
    if (has_ack != ((step->flags & KA_ACK) != 0))
        return wrong(p, "'ack' goes with the flag '.'");
    return true;
}

static bool parse_packet(struct parser *p, const struct line *line)
{
    struct script *script = p->script;
    struct script_step step = {.line = line->number, .connection = p->connection};

    if (!parse_time(p, line->word[0]) || !parse_side(p, line->word[1], &step.from))
        return false;
    step.t_ns = p->now_ns;
    const char *what = line->word[2] ? line->word[2] : "";
    if (strcmp(what, "copy") == 0)
        step.copy = true;
    else if (strcmp(what, "icmp") == 0 ? !parse_icmp(p, line->word[3], &step)
                                       : !parse_segment(p, line, &step))
        return false;
    script->steps = must(realloc(script->steps, (script->step_count + 1) * sizeof step));
    script->steps[script->step_count++] = step;
    return true;
}

/* ---- expectations -------------------------------------------------------------------------- */

static bool parse_fields(struct parser *p, const struct line *line, int at,
                         struct script_expect *expect)
{
    for (; at < line->words; at++) {
        char *equals = strchr(line->word[at], '=');
        if (equals == NULL || expect->field_count == SCRIPT_FIELDS)
            return wrong(p, "'%s' is not KEY=VALUE, or too many of them", line->word[at]);
        *equals = '\0';
        expect->fields[expect->field_count++] = (struct script_field){line->word[at], equals + 1};
    }
    return true;
}

static struct script_expect new_expect(const struct parser *p, const struct line *line)
{
    return (struct script_expect){
        .line = line->number,
        .what = line->word[0],
        .connection = p->reported,
        .round = p->round,
        .origin_ns = p->origin_ns,
    };
}

static bool parse_tag(struct parser *p, const struct line *line)
{
    struct script *script = p->script;

    if (script->step_count == 0)
        return wrong(p, "a tag needs a packet above it");
    struct script_step *step = &script->steps[script->step_count - 1];
    if (step->expect.what != NULL)
        return wrong(p, "the packet has a tag already");
    step->expect = new_expect(p, line);
    step->expect.connection = step->connection;
    step->expect.frame = script->step_count;
    return parse_fields(p, line, 1, &step->expect);
}

static bool parse_claim(struct parser *p, const struct line *line)
{
    static const char *const names[] = {"outcome",   "detection", "keepalive", "backoff",
                                        "heartbeat", "traffic",   "finding",   "no_finding"};
    struct script *script = p->script;
    struct script_expect claim = new_expect(p, line);
    bool known = false;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        known |= strcmp(claim.what, names[i]) == 0;
    if (!known)
        return wrong(p, "'%s' is no statement", claim.what);
    bool has_subject = strcmp(claim.what, "traffic") != 0;
    if (has_subject && (claim.subject = line->word[1]) == NULL)
        return wrong(p, "'%s' of what?", claim.what);
    if (!parse_fields(p, line, has_subject ? 2 : 1, &claim))
        return false;
    script->claims = must(realloc(script->claims, (script->claim_count + 1) * sizeof claim));
    script->claims[script->claim_count++] = claim;
    return true;
}

/* ---- statements ---------------------------------------------------------------------------- */

static bool word_is(const struct line *line, int at, const char *text)
{
    return at < line->words && strcmp(line->word[at], text) == 0;
}

static bool parse_end(struct parser *p, const struct line *line)
{
    int64_t ns = 0;

    if (line->words != 2 || line->word[1][0] != '+' || !script_seconds(line->word[1] + 1, &ns))
        return wrong(p, "the end is 'end +SECONDS'");
    p->script->end_ns = p->now_ns + ns;
    return true;
}

static bool parse_statement(struct parser *p, const struct line *line)
{
    struct script *script = p->script;
    uint64_t number;

    if (strchr("+-@", line->word[0][0]))
        return parse_packet(p, line);
    if (word_is(line, 0, "end"))
        return parse_end(p, line);
    if (word_is(line, 0, "timestamps")) {
        script->timestamps = true;
    } else if (word_is(line, 0, "ipv4") && word_is(line, 1, "only")) {
        script->ipv4_only = true;
    } else if (word_is(line, 0, "origin")) {
        p->origin_ns = p->now_ns;
    } else if (word_is(line, 0, "reuse")) {
        p->connection++;
    } else if (word_is(line, 0, "connection")) {
        if (!integer_word(p, line->word[1], UINT16_MAX, &number))
            return false;
        p->reported = (uint32_t)number;
    } else if (word_is(line, 0, "midstream")) {
        if (script->start_count == SCRIPT_STARTS)
            return wrong(p, "too many 'midstream'");
        script->starts[script->start_count++] = script->step_count;
    } else {
        return parse_claim(p, line);
    }
    return true;
}

static const char *next_line(const char *text)
{
    text += strcspn(text, "\n");
    return *text ? text + 1 : text;
}

static bool parse_lines(struct parser *p, const char **text, int depth);

/* The lines from here to `done`, as often as it says. *text is moved past them. */
static bool parse_repeat(struct parser *p, const struct line *line, const char **text)
{
    uint64_t rounds;
    const char *body = *text;
    const int body_line = p->line;

    if (!integer_word(p, line->word[1], REPEATS, &rounds) || rounds == 0)
        return wrong(p, "repeat how often?");
    for (uint64_t round = 0; round < rounds; round++) {
        *text = body;
        p->line = body_line;
        p->round = (uint32_t)round;
        if (!parse_lines(p, text, 1))
            return false;
    }
    p->round = 0;
    return true;
}

/* To the end of the file, or of the repetition. Repetitions do not nest. */
static bool parse_lines(struct parser *p, const char **text, int depth)
{
    while (**text) {
        struct line line;
        const char *here = *text;
        *text = next_line(here);
        p->line++;
        if (!split_line(p, here, &line))
            return false;
        if (line.words == 0)
            continue;
        if (depth > 0 && word_is(&line, 0, "done"))
            return true;
        bool read = line.indented                               ? parse_tag(p, &line)
                    : depth == 0 && word_is(&line, 0, "repeat") ? parse_repeat(p, &line, text)
                                                                : parse_statement(p, &line);
        if (!read)
            return false;
    }
    return depth == 0 || wrong(p, "'repeat' without 'done'");
}

/* ---- the whole ----------------------------------------------------------------------------- */

bool script_parse(struct script *script, const char *path, const char *text)
{
    *script = (struct script){.path = must(strdup(path)), .text = must(strdup(text))};
    struct parser p = {.script = script, .window = {64240, 65160}};
    const char *rest = script->text;

    p.line = 1;
    if (*rest != '!')
        return wrong(&p, "the first line is '!' and what is tested");
    rest = next_line(rest);
    if (!parse_lines(&p, &rest, 0))
        return false;
    if (script->step_count == 0 || script->claim_count == 0)
        return wrong(&p, "a script has packets and an outcome");
    if (script->end_ns < p.now_ns)
        script->end_ns = p.now_ns;
    return true;
}

bool script_read(struct script *script, const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = fopen(path, "r");

    if (file == NULL || getdelim(&text, &bytes, '\0', file) < 0) {
        *script = (struct script){.path = must(strdup(path))};
        snprintf(script->problem, sizeof script->problem, "%s: cannot be read", path);
        if (file != NULL)
            fclose(file);
        free(text);
        return false;
    }
    fclose(file);
    bool read = script_parse(script, path, text);
    free(text);
    return read;
}

void script_free(struct script *script)
{
    for (size_t i = 0; i < script->line_count; i++)
        free(script->lines[i]);
    free(script->lines);
    free(script->steps);
    free(script->claims);
    free(script->text);
    free(script->path);
    *script = (struct script){0};
}
