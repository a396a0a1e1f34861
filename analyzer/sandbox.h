/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h: what the process gives up before it parses a capture, so that a capture which takes it
 * over finds nothing worth having: no new privileges, no network, no other program, no other
 * process, nothing to write to but the report, nothing to read but what the command line names.
 *
 * Each layer is used where the kernel has it and left out where not; -V says which.
 */
#ifndef KA_SANDBOX_H
#define KA_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What the process keeps. */
struct sandbox_needs {
    char *const *reads; /* files and directories; "-" needs no right */
    size_t read_count;
    bool reads_anything;  /* more names come later, from a list */
    const char *replaces; /* a file that the finished report replaces, or NULL */
    const char *store;    /* a database that is written to, with journals beside it, or NULL */
    const char *user;     /* whom root is to become, or NULL */
};

enum { SANDBOX_ERROR_BYTES = 256 };

/*
 * Give up all but this, for good. There must be no other thread yet. False: the user that was asked
 * for cannot be had; `error` says why, in one line, and nothing else was given up.
 */
bool sandbox_enter(const struct sandbox_needs *needs, char error[static SANDBOX_ERROR_BYTES]);

/* One line: the layers that there are in this build, on this kernel. */
void sandbox_print_state(FILE *stream);

/* ---- the layers ---------------------------------------------------------------------------- */

/* Landlock, Linux 5.13. False: this kernel, or what the process runs in, has none. */
bool sandbox_landlock(const struct sandbox_needs *needs);
/* Its version here; 0: there is none. */
int sandbox_landlock_version(void);

/* A list of system calls. False: neither this build nor this kernel can. */
bool sandbox_seccomp(const struct sandbox_needs *needs);
/* What there is, in a few words. */
void sandbox_seccomp_state(FILE *stream);

#endif
