/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox_landlock.c: which files the process can still open, remove or put in place; no TCP, no
 * signals to others. Documentation/userspace-api/landlock.rst of the kernel.
 */
#include "sandbox.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>) && defined SYS_landlock_create_ruleset && \
    !defined KA_WITHOUT_LANDLOCK
#include <linux/landlock.h>

/* As include/uapi/linux/landlock.h has them; the system's copy may be older than its kernel. */
enum {
    VERSION_REFER = 2,
    VERSION_TRUNCATE = 3,
    VERSION_NETWORK = 4,
    VERSION_DEVICES = 5,
    VERSION_SCOPES = 6,
    NETWORK_BIND_AND_CONNECT = 3,
    SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3,
};
static const uint64_t refer = UINT64_C(1) << 13, truncation = UINT64_C(1) << 14,
                      device_control = UINT64_C(1) << 15;

/* struct landlock_ruleset_attr; a kernel is given as much of it as it knows. */
struct ruleset {
    uint64_t files, network, scopes;
};

static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
/* To take the place of a file in the same directory. */
static const uint64_t replacing = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

/* What libraries open on the way: code and tables loaded when needed, the time zone, the CPUs. */
static const char *const system_places[] = {
    "/usr",        "/lib",          "/lib64",     "/etc/ld.so.cache",        "/etc/localtime",
    "/proc/self",  "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu", "/dev/null",
    "/dev/random", "/dev/urandom",
};

/* Without a sanitizer nothing of the program itself is read while it runs. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
static const bool confines_reading = false;
#else
static const bool confines_reading = true;
#endif

int sandbox_landlock_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

    return version > 0 ? (int)version : 0;
}

/* All that can be refused, but for reading where that is not confined. */
static int create_ruleset(const struct sandbox_needs *needs)
{
    const int version = sandbox_landlock_version();
    /* From EXECUTE, bit 0, to MAKE_SYM. */
    struct ruleset ruleset = {.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    size_t bytes = sizeof ruleset.files;

    if (needs->reads_anything || !confines_reading)
        ruleset.files &= ~reading;
    if (version >= VERSION_REFER)
        ruleset.files |= refer;
    if (version >= VERSION_TRUNCATE)
        ruleset.files |= truncation;
    if (version >= VERSION_DEVICES)
        ruleset.files |= device_control;
    if (version >= VERSION_NETWORK) {
        ruleset.network = NETWORK_BIND_AND_CONNECT;
        bytes = offsetof(struct ruleset, scopes);
    }
    if (version >= VERSION_SCOPES) {
        ruleset.scopes = SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS;
        bytes = sizeof ruleset;
    }
    return version > 0 ? (int)syscall(SYS_landlock_create_ruleset, &ruleset, bytes, 0U) : -1;
}

/*
 * Allow this beneath a directory, or as much of it as there is to a file, of the file itself. What
 * is not there needs no right, nor do pipes, which cannot be refused.
 */
static bool allow(int ruleset, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights};
    struct stat status;
    bool done;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return false;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE;
    done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) == 0;
    close(rule.parent_fd);
    return done;
}

/* The same in the directory of a file, which need not be there; links to files are followed. */
static bool allow_beside(int ruleset, const char *path, uint64_t rights)
{
    char *resolved = realpath(path, NULL);
    char *place = resolved ? resolved : strdup(path);
    bool done = place && allow(ruleset, dirname(place), rights);

    free(place);
    return done;
}

static bool allow_writing(int ruleset, const struct sandbox_needs *needs)
{
    uint64_t storing = replacing | reading | LANDLOCK_ACCESS_FS_WRITE_FILE;

    if (sandbox_landlock_version() >= VERSION_TRUNCATE)
        storing |= truncation;
    if (needs->reads_anything || !confines_reading)
        storing &= ~reading;
    return (!needs->replaces || allow_beside(ruleset, needs->replaces, replacing)) &&
           (!needs->store || allow_beside(ruleset, needs->store, storing));
}

static void allow_reading(int ruleset, const struct sandbox_needs *needs)
{
    if (needs->reads_anything || !confines_reading)
        return;
    for (size_t i = 0; i < sizeof system_places / sizeof system_places[0]; i++)
        allow(ruleset, system_places[i], reading);
    for (size_t i = 0; i < needs->read_count; i++)
        if (strcmp(needs->reads[i], "-") != 0)
            allow(ruleset, needs->reads[i], reading);
}

bool sandbox_landlock(const struct sandbox_needs *needs)
{
    int ruleset = create_ruleset(needs);
    bool done = false;

    if (ruleset < 0)
        return false;
    /* Rather no confinement than a report that cannot be put in place. */
    if (allow_writing(ruleset, needs)) {
        allow_reading(ruleset, needs);
        done = syscall(SYS_landlock_restrict_self, ruleset, 0U) == 0;
    }
    close(ruleset);
    return done;
}

#else

bool sandbox_landlock(const struct sandbox_needs *needs)
{
    (void)needs;
    return false;
}

int sandbox_landlock_version(void)
{
    return 0;
}

#endif
