/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kinds.c: value -> name and meaning, for every list in kinds.h. */
#include "kinds.h"

#include <stddef.h>

struct kind {
    const char *name;
    const char *meaning;
};

#define ROW(suffix, name, meaning) {name, meaning},

/* FIRST is the value of the first row: 1 for the tags, whose 0 means "no tag". */
#define NAMES(what, MAP, FIRST) NAMES_OF(what, what, MAP, FIRST)
#define NAMES_OF(what, type, MAP, FIRST)                                                           \
    static const struct kind what##_kinds[] = {MAP(ROW)};                                          \
    static const struct kind *what##_kind(int value)                                               \
    {                                                                                              \
        static const struct kind unknown = {"?", "?"};                                             \
        size_t row = (size_t)(value - (FIRST));                                                    \
        return row < sizeof what##_kinds / sizeof what##_kinds[0] ? &what##_kinds[row] : &unknown; \
    }                                                                                              \
    const char *ka_##what##_name(enum ka_##type value)                                             \
    {                                                                                              \
        return what##_kind((int)value)->name;                                                      \
    }                                                                                              \
    const char *ka_##what##_meaning(enum ka_##type value)                                          \
    {                                                                                              \
        return what##_kind((int)value)->meaning;                                                   \
    }

NAMES(tag, KA_TAG_MAP, 1)
NAMES(outcome, KA_OUTCOME_MAP, 0)
NAMES(mechanism, KA_MECHANISM_MAP, 0)
NAMES(kind, KA_KIND_MAP, 0)
NAMES(ended, KA_ENDED_MAP, 0)
NAMES(declared, KA_DECLARED_MAP, 0)
NAMES(skip, KA_SKIP_MAP, 0)
NAMES_OF(finding, finding_code, KA_FINDING_MAP, 0)
NAMES(severity, KA_SEVERITY_MAP, 0)

const char *ka_mechanism_check(enum ka_mechanism mechanism)
{
    switch (mechanism) {
    case KA_MECHANISM_KEEPALIVE:
        return "keep-alive probe";
    case KA_MECHANISM_RETRANSMISSION:
        return "retransmission";
    case KA_MECHANISM_WINDOW_PROBE:
        return "window probe";
    case KA_MECHANISM_SYN:
        return "repeated SYN";
    case KA_MECHANISM_FIN:
        return "repeated FIN";
    case KA_MECHANISM_PEER_RESET:
    case KA_MECHANISM_COUNT:
        break;
    }
    return "segment";
}
