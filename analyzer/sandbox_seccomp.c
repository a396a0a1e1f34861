/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox_seccomp.c: the system calls that are left. The only file that includes seccomp.h.
 *
 * What the list does not name fails with ENOSYS, by which a newer C library finds out that it has
 * to do with an older call; what would be an attack fails with EPERM. Nothing kills the process: a
 * library that tries what it can do without goes on, and an attack gets nothing either way.
 */
#include "sandbox.h"

#if defined KA_HAVE_SECCOMP

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The sanitizers look for leaks by tracing the process from a copy of it. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

/* Whatever their arguments. Names, since libseccomp may be older than the kernel. */
static const char *const allowed[] = {
    /* memory */
    "brk",
    "munmap",
    "mremap",
    "madvise",
    /* files that are open, and what can be known of others */
    "read",
    "readv",
    "pread64",
    "preadv",
    "preadv2",
    "write",
    "writev",
    "pwrite64",
    "close",
    "close_range",
    "lseek",
    "_llseek",
    "ftruncate",
    "ftruncate64",
    "fstat",
    "fstat64",
    "stat",
    "stat64",
    "lstat",
    "lstat64",
    "newfstatat",
    "fstatat64",
    "statx",
    "statfs",
    "statfs64",
    "fstatfs",
    "fstatfs64",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getdents",
    "getdents64",
    "getcwd",
    "dup",
    "dup2",
    "dup3",
    "pipe",
    "pipe2",
    "eventfd2",
    "fadvise64",
    "fadvise64_64",
    "readahead",
    "umask",
    "memfd_create",
    "sendmsg", /* to the helper, through the only socket there is */
    /* waiting */
    "poll",
    "ppoll",
    "ppoll_time64",
    "select",
    "_newselect",
    "pselect6",
    "pselect6_time64",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "nanosleep",
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "pause",
    "restart_syscall",
    /* time */
    "clock_gettime",
    "clock_gettime64",
    "clock_getres",
    "clock_getres_time64",
    "gettimeofday",
    "time",
    "times",
    "alarm",
    "setitimer",
    "getitimer",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_settime64",
    "timerfd_gettime",
    /* threads */
    "futex",
    "futex_time64",
    "futex_waitv",
    "set_robust_list",
    "get_robust_list",
    "rseq",
    "set_tid_address",
    "exit",
    "exit_group",
    "sched_yield",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "membarrier",
    "getcpu",
    "gettid",
    /* signals */
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigreturn",
    "rt_sigpending",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "rt_sigtimedwait_time64",
    "sigaltstack",
    "signalfd4",
    /* about the process and the machine */
    "getpid",
    "getppid",
    "getpgrp",
    "getpgid",
    "getsid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getuid32",
    "geteuid32",
    "getgid32",
    "getegid32",
    "getresuid",
    "getresgid",
    "getrlimit",
    "ugetrlimit",
    "getrusage",
    "getpriority",
    "getrandom",
    "uname",
    "sysinfo",
};

/* To put the report in its place. */
static const char *const allowed_to_replace[] = {
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync", "fdatasync",
};

/* SQLite's journals and locks. What is opened for writing is Landlock's affair then. */
static const char *const allowed_to_store[] = {
    "open", "openat", "unlink", "unlinkat", "fsync", "fdatasync", "fchmod", "fallocate", "flock",
};

/* Attacks, of which nobody would ask whether the kernel has them. */
static const char *const refused[] = {
    "execve",
    "execveat",
    "fork",
    "vfork",
    "socket",
    "socketpair",
    "connect",
    "bind",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "unshare",
    "setns",
    "mount",
    "chroot",
    "bpf",
    "setuid",
    "setgid",
    "setresuid",
    "setresgid",
    "capset",
    "keyctl",
    "io_uring_setup",
};

struct call {
    const char *name;
    unsigned conditions; /* all of which must be met */
    struct scmp_arg_cmp condition[2];
};

static bool add(scmp_filter_ctx filter, uint32_t action, const struct call *call)
{
    const int number = seccomp_syscall_resolve_name(call->name);

    /* Neither is there anything to allow where the machine has no such call, nor to refuse. */
    return number == __NR_SCMP_ERROR ||
           seccomp_rule_add_array(filter, action, number, call->conditions, call->condition) == 0;
}

static bool add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!add(filter, action, &(struct call){.name = names[i]}))
            return false;
    return true;
}

#define ADD_NAMES(filter, action, names)                                                           \
    add_names(filter, action, names, sizeof(names) / sizeof(names)[0])

/* ---- calls that depend on an argument ------------------------------------------------------ */

/* The bits of `mask` are `value` in argument number `index`. */
static struct scmp_arg_cmp bits(unsigned index, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){index, SCMP_CMP_MASKED_EQ, mask, value};
}

static struct scmp_arg_cmp equals(unsigned index, uint64_t value)
{
    return (struct scmp_arg_cmp){index, SCMP_CMP_EQ, value, 0};
}

static bool add_calls(scmp_filter_ctx filter, const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!add(filter, SCMP_ACT_ALLOW, &calls[i]))
            return false;
    return true;
}

#define ADD_CALLS(filter, calls) add_calls(filter, calls, sizeof(calls) / sizeof(calls)[0])

/* No memory is both written and run, and none is run that was not mapped from a file for it. */
static bool add_memory(scmp_filter_ctx filter)
{
    const uint64_t exec = PROT_EXEC, run_or_write = PROT_EXEC | PROT_WRITE;
    const struct call calls[] = {
        {"mmap", 1, {bits(2, exec, 0)}},
        {"mmap", 2, {bits(2, run_or_write, exec), bits(3, MAP_ANONYMOUS, 0)}},
        {"mmap2", 1, {bits(2, exec, 0)}},
        {"mmap2", 2, {bits(2, run_or_write, exec), bits(3, MAP_ANONYMOUS, 0)}},
        {"mprotect", 1, {bits(2, exec, 0)}},
    };

    return ADD_CALLS(filter, calls);
}

static bool add_files(scmp_filter_ctx filter)
{
    const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    const struct call calls[] = {
        {"open", 1, {bits(1, writing, O_RDONLY)}},
        {"openat", 1, {bits(2, writing, O_RDONLY)}},
    };

    return ADD_CALLS(filter, calls);
}

/* Locks, flags and copies of descriptors, but no owner who would be sent signals. */
static bool add_fcntl(scmp_filter_ctx filter)
{
    static const int commands[] = {
        F_DUPFD,
        F_DUPFD_CLOEXEC,
        F_GETFD,
        F_SETFD,
        F_GETFL,
        F_SETFL,
        F_GETLK,
        F_SETLK,
        F_SETLKW,
        F_OFD_GETLK,
        F_OFD_SETLK,
        F_OFD_SETLKW,
        F_GETPIPE_SZ,
        F_SETPIPE_SZ,
        5 /* where off_t was of 32 bits: F_GETLK, F_SETLK, F_SETLKW */,
        6,
        7,
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct call calls[] = {
            {"fcntl", 1, {equals(1, (uint64_t)commands[i])}},
            {"fcntl64", 1, {equals(1, (uint64_t)commands[i])}},
        };

        if (!ADD_CALLS(filter, calls))
            return false;
    }
    return true;
}

/* What a terminal is like; nothing is put into its input (TIOCSTI). */
static bool add_terminals(scmp_filter_ctx filter)
{
    const struct call calls[] = {
        {"ioctl", 1, {equals(1, TCGETS)}},
        {"ioctl", 1, {equals(1, TIOCGWINSZ)}},
        {"ioctl", 1, {equals(1, TIOCGPGRP)}},
        {"ioctl", 1, {equals(1, FIONREAD)}},
    };

    return ADD_CALLS(filter, calls);
}

/* clone()'s flags lie in its second argument on s390 (kernel/fork.c, CONFIG_CLONE_BACKWARDS2). */
#ifdef __s390__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

/* Threads but no processes, signals to oneself, limits to look at. clone3() hides its flags. */
static bool add_processes(scmp_filter_ctx filter)
{
    const uint64_t self = (uint64_t)getpid();
    const struct call calls[] = {
        {"clone", 1, {bits(CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD)}},
        {"kill", 1, {equals(0, self)}},
        {"tgkill", 1, {equals(0, self)}},
        {"prlimit64", 1, {equals(2, 0)}},
        {"prctl", 1, {equals(0, PR_SET_NAME)}},
    };

    return ADD_CALLS(filter, calls);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static bool fill(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
    /* No slower branches for the whole process (Speculative Store Bypass, as of Linux 5.15 and
     * before): it runs no code that comes from a capture. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return ADD_NAMES(filter, SCMP_ACT_ALLOW, allowed) &&
           ADD_NAMES(filter, SCMP_ACT_ERRNO(EPERM), refused) && add_memory(filter) &&
           add_fcntl(filter) && add_terminals(filter) && add_processes(filter) &&
           (!needs->replaces || ADD_NAMES(filter, SCMP_ACT_ALLOW, allowed_to_replace)) &&
           (needs->store ? ADD_NAMES(filter, SCMP_ACT_ALLOW, allowed_to_store) : add_files(filter));
}

bool sandbox_seccomp(const struct sandbox_needs *needs)
{
    scmp_filter_ctx filter = is_sanitized ? NULL : seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    bool done;

    if (!filter)
        return false;
    done = fill(filter, needs) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return done;
}

void sandbox_seccomp_state(FILE *stream)
{
    const struct scmp_version *version = seccomp_version();

    if (is_sanitized)
        fputs("no seccomp beside a sanitizer", stream);
    else if (prctl(PR_GET_SECCOMP, 0L, 0L, 0L, 0L) < 0)
        fputs("no seccomp here", stream);
    else
        fprintf(stream, "seccomp (libseccomp %u.%u.%u)", version->major, version->minor,
                version->micro);
}

#else

bool sandbox_seccomp(const struct sandbox_needs *needs)
{
    (void)needs;
    return false;
}

void sandbox_seccomp_state(FILE *stream)
{
    fputs("built without seccomp", stream);
}

#endif
