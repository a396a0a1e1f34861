/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper.c: the process that starts ka-wiretap. It is a copy of this one, which costs less than
 * loading a program that most runs do not need. It is sent descriptors through a socket; at its end
 * it ends.
 */
#include "helper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, ZONE_BYTES = 4096, FILES = 3 };

struct helper {
    int socket;
};

/* Room for a message of descriptors, as cmsg(3) wants it. */
union control {
    char bytes[CMSG_SPACE(FILES * sizeof(int))];
    struct cmsghdr alignment;
};

static bool find_program(char path[static PATH_BYTES])
{
    static const char *const places[] = {"ka-wiretap", "../libexec/ka-analyze/ka-wiretap"};
    char folder[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *slash;

    if (length <= 0)
        return false;
    folder[length] = '\0';
    slash = strrchr(folder, '/');
    if (!slash)
        return false;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (snprintf(path, PATH_BYTES, "%s%s", folder, places[i]) < PATH_BYTES &&
            access(path, X_OK) == 0)
            return true;
    return false;
}

bool helper_is_there(void)
{
    char path[PATH_BYTES];

    return find_program(path);
}

/* ---- in the other process ------------------------------------------------------------------ */

/* False: there will be no more. */
static bool receive(int socket, int files[static FILES])
{
    union control control;
    char byte;
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    if (!header || header->cmsg_len != CMSG_LEN(FILES * sizeof(int)))
        return false;
    memcpy(files, CMSG_DATA(header), FILES * sizeof(int));
    return true;
}

/* dup2() leaves a descriptor that is the right one already to be closed by exec. */
static void put_in_place(const int files[static FILES])
{
    for (int i = 0; i < FILES; i++)
        if (files[i] == i)
            fcntl(i, F_SETFD, 0);
        else
            dup2(files[i], i);
}

static void serve(int socket, const char *program, const char *user, bool is_confined)
{
    const char *const arguments[] = {program, is_confined ? user : "--no-sandbox", NULL};
    const char *tz = getenv("TZ"); /* some formats have local times */
    char zone[ZONE_BYTES];
    bool has_zone = tz && snprintf(zone, sizeof zone, "TZ=%s", tz) < (int)sizeof zone;
    char *const environment[] = {(char *)"LC_ALL=C", has_zone ? zone : NULL, NULL};
    int files[FILES];

    while (receive(socket, files)) {
        if (fork() == 0) {
            put_in_place(files);
            signal(SIGCHLD, SIG_DFL);
            execve(program, (char *const *)arguments, environment);
            _exit(EXIT_FAILURE);
        }
        for (int i = 0; i < FILES; i++)
            close(files[i]);
    }
}

/*
 * Nothing is kept open whose end others may wait for, nor held against a signal for this process.
 */
static _Noreturn void be_helper(int socket, const char *program, const char *user, bool is_confined)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
    signal(SIGINT, SIG_IGN); /* a terminal sends it to both; this one ends with the other */
    signal(SIGTSTP, SIG_DFL);
    signal(SIGCHLD, SIG_IGN); /* nobody waits */
    for (int i = 0; i < FILES; i++)
        dup2(null, i);
    if (socket != FILES)
        dup3(socket, FILES, O_CLOEXEC);
    closefrom(FILES + 1);
    serve(FILES, program, user, is_confined);
    _exit(EXIT_SUCCESS);
}

/* ---- in this one --------------------------------------------------------------------------- */

struct helper *helper_start(const char *user, bool is_confined)
{
    struct helper *helper = malloc(sizeof *helper);
    char program[PATH_BYTES];
    int ends[2];
    pid_t pid;

    if (!helper || !find_program(program) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        free(helper);
        return NULL;
    }
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_helper(ends[1], program, user, is_confined);
    }
    close(ends[1]);
    helper->socket = ends[0];
    if (pid > 0)
        return helper;
    helper_stop(helper);
    return NULL;
}

bool helper_run(const struct helper *helper, int input, int output, int error)
{
    const int files[FILES] = {input, output, error};
    union control control = {.bytes = {0}};
    char byte = 0;
    struct iovec bytes = {&byte, 1};
    const struct msghdr message = {.msg_iov = &bytes,
                                   .msg_iovlen = 1,
                                   .msg_control = &control,
                                   .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof files);
    memcpy(CMSG_DATA(header), files, sizeof files);
    return sendmsg(helper->socket, &message, MSG_NOSIGNAL) == 1;
}

void helper_stop(struct helper *helper)
{
    if (!helper)
        return;
    close(helper->socket);
    free(helper);
}
