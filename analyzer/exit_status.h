/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exit_status.h: what the command's exit status says. The manual's section is checked against it.
 */
#ifndef KA_EXIT_STATUS_H
#define KA_EXIT_STATUS_H

/* X(SUFFIX, value, "meaning"), in the order of rank: the worst of several is the last one here. */
#define EXIT_STATUS_MAP(X)                                                                         \
    X(OK, 0, "everything was analysed")                                                            \
    X(MATCHED, 10, "a connection fits --fail-on")                                                  \
    X(PARTLY, 2, "a capture was read in part: cut, damaged, or too large for memory")              \
    X(NO_CAPTURE, 3, "a file could not be opened or is no capture that can be decoded")            \
    X(FILTER, 4, "the filter is not valid")                                                        \
    X(OUTPUT, 5, "the output could not be written")                                                \
    X(USAGE, 1, "the command line is wrong; nothing was read")

#define EXIT_STATUS_ROW(suffix, value, meaning) STATUS_##suffix = (value),
enum exit_status { EXIT_STATUS_MAP(EXIT_STATUS_ROW) };
#undef EXIT_STATUS_ROW

/* The worse of two, by the rank above. */
static inline enum exit_status exit_status_worse(enum exit_status a, enum exit_status b)
{
#define EXIT_STATUS_ROW(suffix, value, meaning) STATUS_##suffix,
    static const enum exit_status rank[] = {EXIT_STATUS_MAP(EXIT_STATUS_ROW)};
#undef EXIT_STATUS_ROW
    enum exit_status worse = STATUS_OK;

    for (unsigned i = 0; i < sizeof rank / sizeof rank[0]; i++)
        if (rank[i] == a || rank[i] == b)
            worse = rank[i];
    return worse;
}

#endif
