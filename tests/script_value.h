/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_value.h: the fields of the engine's reports by the names that scripts give them. */
#ifndef KA_TESTS_SCRIPT_VALUE_H
#define KA_TESTS_SCRIPT_VALUE_H

#include "script.h"

enum { VALUE_TEXT = 80 };

/* Time of a script's start. */
#define SCRIPT_EPOCH_NS (INT64_C(1700000000) * KA_SECOND)

/*
 * Compare one field of what `set` names ("frame", a tag's name, "detection", ...) at `base` with
 * the text of the expectation; `actual` receives what it holds. False as well for an unknown name.
 */
bool script_value_matches(const struct script *script, const struct script_expect *expect,
                          const char *set, const void *base, const struct script_field *field,
                          char actual[VALUE_TEXT]);

#endif
