/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c: run every suite, print what failed and a last line "N passed, N failed".
 * libcheck's environment holds: CK_RUN_SUITE and CK_RUN_CASE select, CK_FORK=no eases debugging,
 * CK_VERBOSITY=verbose names each test.
 */
#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

#define SUITE(unit) suite_##unit,
static Suite *(*const suites[])(void) = {
#include "suites.inc"
};
#undef SUITE

int main(void)
{
    /*
     * A test is to hang to be stopped, not merely to share a slow machine: Check's 4 s are too few.
     */
    setenv("CK_DEFAULT_TIMEOUT", "120", 0);

    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_ENV);

    int failed = srunner_ntests_failed(runner);
    int passed = srunner_ntests_run(runner) - failed;
    srunner_free(runner);
    printf("%d passed, %d failed\n", passed, failed);
    /* Nothing run is no success: a misspelt CK_RUN_SUITE must not look like one. */
    return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
