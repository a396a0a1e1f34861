/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_rules.c: the table of rules: complete, in the order of the tags, and every row at work. */
#include <check.h>
#include <glob.h>
#include <string.h>

#include "core/ka.h"
#include "script.h"
#include "suites.h"

START_TEST(test_rows_are_complete)
{
    size_t count;
    const struct ka_rule *rules = ka_rules(&count);

    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(rules[i].tag > KA_TAG_NONE && rules[i].tag < KA_TAG_COUNT, "row %zu", i);
        ck_assert_msg(rules[i].name[0] && rules[i].meaning[0] && rules[i].source[0], "row %zu", i);
        ck_assert_msg(strspn(rules[i].name, "abcdefghijklmnopqrstuvwxyz-") == strlen(rules[i].name),
                      "%s", rules[i].name);
        for (size_t other = 0; other < i; other++)
            ck_assert_msg(strcmp(rules[i].name, rules[other].name) != 0, "%s twice", rules[i].name);
    }
}
END_TEST

/* CONTRACT: the first tag that fits, in the order of the tags; proofs follow in the same order. */
START_TEST(test_rows_are_in_the_order_of_precedence)
{
    size_t count;
    const struct ka_rule *rules = ka_rules(&count);
    int turns = 0;

    for (size_t i = 1; i < count; i++)
        turns += rules[i].tag < rules[i - 1].tag;
    ck_assert_msg(turns <= 2, "the order of tags turns back %d times", turns);
    for (int tag = 1; tag < KA_TAG_COUNT; tag++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found |= rules[i].tag == (enum ka_tag)tag;
        ck_assert_msg(found, "no row gives %s", ka_tag_name((enum ka_tag)tag));
    }
}
END_TEST

enum { RULES_MAX = 64 };

struct seen {
    bool rule[RULES_MAX];
};

static void see_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    struct seen *seen = user;
    size_t count;

    (void)peers;
    const struct ka_rule *rules = ka_rules(&count);
    ck_assert_msg(frame->rule >= rules && frame->rule < rules + count, "a rule outside the table");
    seen->rule[frame->rule - rules] = true;
}

static void see_script(struct seen *seen, const char *path)
{
    const struct ka_callbacks callbacks = {.frame = see_frame};
    struct script script;

    if (!script_read(&script, path))
        ck_abort_msg("%s", script.problem);
    struct script_wire wire = script_wire(&script, (struct script_variant){0});
    struct ka *ka = ka_new(NULL, &callbacks, seen);
    for (size_t i = 0; i < script.step_count; i++) {
        struct ka_segment segment = script_segment(&wire, i);
        ck_assert_int_eq(ka_feed(ka, &segment, 1), KA_OK);
    }
    ck_assert_int_eq(ka_finish(ka), KA_OK);
    ka_free(ka);
    script_free(&script);
}

START_TEST(test_every_row_has_a_script)
{
    struct seen seen = {{false}};
    glob_t scripts;
    size_t count;
    const struct ka_rule *rules = ka_rules(&count);

    ck_assert_uint_le(count, RULES_MAX);
    ck_assert_int_eq(glob("tests/scripts/*.ka", 0, NULL, &scripts), 0);
    for (size_t i = 0; i < scripts.gl_pathc; i++)
        see_script(&seen, scripts.gl_pathv[i]);
    globfree(&scripts);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(seen.rule[i], "no script shows %s", rules[i].name);
}
END_TEST

Suite *suite_rules(void)
{
    Suite *suite = suite_create("rules");
    TCase *cases = tcase_create("table");

    tcase_add_test(cases, test_rows_are_complete);
    tcase_add_test(cases, test_rows_are_in_the_order_of_precedence);
    tcase_add_test(cases, test_every_row_has_a_script);
    suite_add_tcase(suite, cases);
    return suite;
}
