/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain.c: --explain: the rules of tags and findings, with their sources. */
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "options.h"
#include "prose.h"

static const char all_findings[] = "findings";

/* One rule; the manual's section HOW IT DECIDES is this text. */
static void print_rule(FILE *stream, const struct ka_rule *rule)
{
    fprintf(stream, "%s: %s\n    %s\n    source: %s\n", ka_tag_name(rule->tag), rule->name,
            rule->meaning, rule->source);
}

/* "    proof     ...", wrapped. */
static void print_part(FILE *stream, unsigned width, const char *label, const char *text)
{
    enum { TEXT_COLUMN = 12 };
    struct prose prose = {0};

    prose_add(&prose, "%s", text);
    fprintf(stream, "%*s%-*s", PROSE_LABEL_COLUMN, "", TEXT_COLUMN - PROSE_LABEL_COLUMN, label);
    prose_wrap(stream, width, TEXT_COLUMN, &prose);
}

/* The same for a finding; the manual's section DIAGNOSIS is this text. */
static void print_finding(FILE *stream, unsigned width, const struct ka_finding_rule *rule)
{
    const struct advice *advice = advice_on(rule->code);

    fprintf(stream, "%s: %s\n", ka_finding_name(rule->code), ka_severity_name(rule->severity));
    print_part(stream, width, "meaning", ka_finding_meaning(rule->code));
    print_part(stream, width, "proof", advice->proof);
    print_part(stream, width, "change", advice->change);
    print_part(stream, width, "source", rule->source);
}

/* What is asked for. */
struct wanted {
    bool tags[KA_TAG_COUNT];
    bool findings[KA_FINDING_COUNT];
};

/* False: there is no tag or finding of this name. */
static bool want(struct wanted *wanted, const char *name)
{
    bool found = strcmp(name, all_findings) == 0;

    for (int code = 0; code < KA_FINDING_COUNT; code++) {
        if (!found && strcmp(ka_finding_name((enum ka_finding_code)code), name) != 0)
            continue;
        wanted->findings[code] = true;
        if (strcmp(name, all_findings) != 0)
            return true;
    }
    for (int tag = KA_TAG_NONE + 1; !found && tag < KA_TAG_COUNT; tag++) {
        found = strcmp(ka_tag_name((enum ka_tag)tag), name) == 0;
        wanted->tags[tag] |= found;
    }
    return found;
}

bool options_explain(FILE *stream, unsigned width, char *const *names, size_t count,
                     char error[static OPTIONS_ERROR_BYTES])
{
    size_t rule_count, finding_count;
    const struct ka_rule *rules = ka_rules(&rule_count);
    const struct ka_finding_rule *findings = ka_finding_rules(&finding_count);
    struct wanted wanted = {.tags = {false}};

    for (size_t i = 0; i < count; i++)
        if (!want(&wanted, names[i])) {
            snprintf(
                error, OPTIONS_ERROR_BYTES,
                "--explain '%.99s': no such tag or finding; without one it prints the rules of "
                "all tags, with \"findings\" those of all findings",
                names[i]);
            return false;
        }
    for (size_t i = 0; i < rule_count; i++)
        if (count == 0 || wanted.tags[rules[i].tag])
            print_rule(stream, &rules[i]);
    for (size_t i = 0; i < finding_count; i++)
        if (wanted.findings[findings[i].code])
            print_finding(stream, width, &findings[i]);
    return true;
}
