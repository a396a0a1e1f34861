/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sandbox.c: users, capabilities, and the order in which the layers are put on. */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static bool fail(char error[static SANDBOX_ERROR_BYTES], const char *user, const char *reason)
{
    snprintf(error, SANDBOX_ERROR_BYTES, "--user %.100s: %s", user, reason);
    return false;
}

static bool become(const char *user, char error[static SANDBOX_ERROR_BYTES])
{
    const struct passwd *entry;

    if (geteuid() != 0)
        return fail(error, user, "only root can become another user");
    errno = 0;
    entry = getpwnam(user);
    if (!entry)
        return fail(error, user, errno ? strerror(errno) : "there is no such user");
    /* What root may read must stay readable: see keep_capabilities(). */
    prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
    if (setgroups(1, &entry->pw_gid) != 0 ||
        setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
        setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
        return fail(error, user, strerror(errno));
    prctl(PR_SET_KEEPCAPS, 0L, 0L, 0L, 0L);
    return true;
}

/*
 * Of root's capabilities those stay that let it read any capture and put its report in place, which
 * Landlock narrows down to the captures and the report that were named. A process without
 * capabilities gets none by this.
 */
static void keep_capabilities(const struct sandbox_needs *needs)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    __u32 kept = 1U << CAP_DAC_READ_SEARCH;

    if (needs->replaces || needs->store)
        kept |= 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER;
    if (syscall(SYS_capget, &header, data) != 0)
        return;
    kept &= data[0].permitted;
    memset(data, 0, sizeof data);
    data[0].permitted = data[0].effective = kept;
    syscall(SYS_capset, &header, data);
}

bool sandbox_enter(const struct sandbox_needs *needs, char error[static SANDBOX_ERROR_BYTES])
{
    if (needs->user && !become(needs->user, error))
        return false;
    if (RUNNING_ON_VALGRIND) /* its own system calls are not in the list, nor its output's place */
        return true;
    keep_capabilities(needs);
    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
    sandbox_landlock(needs);
    sandbox_seccomp(needs); /* last: it refuses the calls that the others are made with */
    return true;
}

void sandbox_print_state(FILE *stream)
{
    int version = sandbox_landlock_version();

    fputs("sandbox: ", stream);
    if (version > 0)
        fprintf(stream, "Landlock version %d, ", version);
    else
        fputs("no Landlock here, ", stream);
    sandbox_seccomp_state(stream);
    fputc('\n', stream);
}
