/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suites.h: prototypes of every test suite. The makefile writes suites.inc, one SUITE(unit) line
 * for each tests/check_<unit>.c, so a new suite needs no entry anywhere.
 */
#ifndef KA_TESTS_SUITES_H
#define KA_TESTS_SUITES_H

#include <check.h>

#define SUITE(unit) Suite *suite_##unit(void);
#include "suites.inc"
#undef SUITE

#endif
