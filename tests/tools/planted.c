/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * planted.c: what a capture that has taken over the parsing process would try. Preloaded by
 * run-sandbox.sh, it does so when the process has libpcap open a capture, and says on standard
 * error of each attempt whether it was refused.
 *
 * $PLANTED_WITHOUT: what the kernel is to be without, of the words "landlock seccomp".
 * $PLANTED_PLACE: a folder that holds the files "victim" and "program".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a kernel without --------------------------------------------------------------------- */

static bool is_without(const char *layer)
{
    const char *layers = getenv("PLANTED_WITHOUT");

    return layers && strstr(layers, layer);
}

/* The C library's own calls do not go this way. */
long syscall(long number, ...)
{
    long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
    long arguments[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    if (number >= SYS_landlock_create_ruleset && number <= SYS_landlock_restrict_self &&
        is_without("landlock")) {
        errno = ENOSYS;
        return -1;
    }
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                arguments[5]);
}

int seccomp_load(void *filter);
int seccomp_load(void *filter)
{
    int (*real)(void *) = dlsym(RTLD_NEXT, "seccomp_load");

    return is_without("seccomp") ? -EINVAL : real(filter);
}

/* ---- attempts ----------------------------------------------------------------------------- */

/* A file in the place, or beside it. */
static const char *in_place(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", getenv("PLANTED_PLACE"), name);
    return path;
}

static bool open_and_close(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool write_elsewhere(void)
{
    return open_and_close(in_place("victim"), O_WRONLY);
}

static bool empty_a_file(void)
{
    return open_and_close(in_place("victim"), O_RDONLY | O_TRUNC) ||
           truncate(in_place("victim"), 0) == 0;
}

static bool create(void)
{
    return open_and_close(in_place("created"), O_WRONLY | O_CREAT) ||
           mknod(in_place("created"), S_IFREG | 0600, 0) == 0;
}

static bool make_directory(void)
{
    return mkdir(in_place("directory"), 0700) == 0;
}

static bool make_link(void)
{
    return symlink("/", in_place("link")) == 0;
}

static bool remove_file(void)
{
    return unlink(in_place("removable")) == 0;
}

static bool change_mode(void)
{
    return chmod(in_place("victim"), 04777) == 0;
}

static bool read_elsewhere(void)
{
    return open_and_close(in_place("victim"), O_RDONLY);
}

static bool list_elsewhere(void)
{
    return open_and_close(in_place("."), O_RDONLY | O_DIRECTORY);
}

/* A listener that answers would do; refused by the other side is let through by this one. */
static bool connect_internet(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = 0;

    if (fd < 0)
        return false;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        error = errno;
    close(fd);
    return error == 0 || error == ECONNREFUSED;
}

static bool send_datagram(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool done =
        fd >= 0 && sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof address) == 1;

    if (fd >= 0)
        close(fd);
    return done;
}

static bool local_socket(void)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return false;
    close(fds[0]);
    close(fds[1]);
    return true;
}

/* In a copy of the process that shares its memory, where there may be one; else in place of it. */
static bool execute(void)
{
    char *arguments[] = {(char *)"program", NULL};
    pid_t child = vfork();
    int status;

    if (child <= 0) {
        execv(in_place("program"), arguments);
        if (child == 0)
            _exit(99);
        return false;
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool copy_process(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    if (child > 0)
        waitpid(child, NULL, 0);
    return child > 0;
}

static bool trace_parent(void)
{
    bool done = ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;

    if (done) {
        waitpid(getppid(), NULL, __WALL);
        ptrace(PTRACE_DETACH, getppid(), NULL, NULL);
    }
    return done;
}

static bool signal_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool new_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

static bool become_another(void)
{
    return getuid() != 1 && setuid(1) == 0;
}

static bool type_for_the_user(void)
{
    return ioctl(STDIN_FILENO, TIOCSTI, "x") == 0 || errno == ENOTTY;
}

static bool run_data(void)
{
    void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool done = data != MAP_FAILED && mprotect(data, 4096, PROT_READ | PROT_EXEC) == 0;

    if (data != MAP_FAILED)
        munmap(data, 4096);
    return done;
}

static bool write_own_memory(void)
{
    return open_and_close("/proc/self/mem", O_RDWR);
}

/* What the same program could do if it asked for it again. */
static bool get_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 0;
}

static const struct {
    const char *name;
    bool (*attempt)(void);
} attempts[] = {
    {"write-elsewhere", write_elsewhere},
    {"empty-a-file", empty_a_file},
    {"create", create},
    {"make-directory", make_directory},
    {"make-link", make_link},
    {"remove-file", remove_file},
    {"change-mode", change_mode},
    {"read-elsewhere", read_elsewhere},
    {"list-elsewhere", list_elsewhere},
    {"connect-internet", connect_internet},
    {"send-datagram", send_datagram},
    {"local-socket", local_socket},
    {"copy-process", copy_process},
    {"trace-parent", trace_parent},
    {"signal-parent", signal_parent},
    {"type-for-the-user", type_for_the_user},
    {"run-data", run_data},
    {"write-own-memory", write_own_memory},
    {"get-privileges", get_privileges},
    {"become-another", become_another},
    {"new-namespace", new_namespace},
    {"execute", execute}, /* last, since it may take the place of the process */
};

pcap_t *pcap_fopen_offline_with_tstamp_precision(FILE *file, u_int precision, char *error)
{
    pcap_t *(*real)(FILE *, u_int, char *) =
        dlsym(RTLD_NEXT, "pcap_fopen_offline_with_tstamp_precision");
    static bool tried;

    if (!tried)
        fprintf(stderr, "planted: user %u\n", getuid());
    for (size_t i = 0; !tried && i < sizeof attempts / sizeof attempts[0]; i++) {
        bool done = attempts[i].attempt();

        fprintf(stderr, "planted: %s %s\n", attempts[i].name, done ? "done" : "refused");
    }
    tried = true;
    return real(file, precision, error);
}
