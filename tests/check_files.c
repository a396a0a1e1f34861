/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_files.c: folders in which there is everything that a folder may hold. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "suites.h"

enum { HEADER_BYTES = 24, DEPTH = 40 };

static char folder[] = "/tmp/check-files-XXXXXX";

struct seen {
    char list[1024];
    unsigned visits, visits_max;
    unsigned passed;
    uint64_t passed_bytes;
};

static bool note(const char *path, const char *error, void *user)
{
    struct seen *seen = user;

    strcat(seen->list, error ? "!" : "");
    if (strlen(path) > 400)
        path = "deep";
    strcat(seen->list, strncmp(path, "./", 2) ? path : path + 2);
    strcat(seen->list, " ");
    return ++seen->visits < seen->visits_max;
}

static void note_passed(uint64_t bytes, void *user)
{
    struct seen *seen = user;

    seen->passed++;
    seen->passed_bytes += bytes;
}

/* Visit, in the folder, at most so many. */
static bool visit(struct seen *seen, const char *path, unsigned visits_max)
{
    const struct file_visitor visitor = {.visit = note, .pass = note_passed, .user = seen};

    *seen = (struct seen){.visits_max = visits_max};
    return files_visit(path, &visitor);
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void write_capture(const char *path)
{
    const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};

    write_bytes(path, header, sizeof header);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    char command[64];

    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6); /* without forks, the next makes its own */
}

START_TEST(test_what_is_no_file_is_left_alone)
{
    struct seen seen;

    mkdir("b", 0700);
    write_capture("b/1");
    write_bytes("b/words", "no capture", 10);
    write_bytes("empty", "", 0);
    ck_assert_int_eq(symlink("..", "b/up"), 0);
    ck_assert_int_eq(symlink("self", "self"), 0);
    ck_assert_int_eq(symlink("b/1", "link"), 0);
    ck_assert_int_eq(symlink("gone", "dangling"), 0);
    ck_assert_int_eq(mkfifo("a-pipe", 0600), 0);
    make_socket("a-socket");
    if (mknod("a-device", S_IFCHR | 0600, makedev(1, 8)) != 0) /* random, had it been read */
        ck_assert_int_ne((int)geteuid(), 0);
    write_capture("z");
    ck_assert(visit(&seen, ".", 100));
    ck_assert_str_eq(seen.list, "b/1 z ");
    ck_assert_uint_eq(seen.passed, 2);
    ck_assert_uint_eq(seen.passed_bytes, 10);
    /* What is named is what is meant. */
    ck_assert(visit(&seen, "link", 100) && visit(&seen, "b/up", 100));
    ck_assert_str_eq(seen.list, "b/up/b/1 b/up/z ");
}
END_TEST

START_TEST(test_enough_is_enough)
{
    struct seen seen;

    write_capture("1");
    write_capture("2");
    write_capture("3");
    ck_assert(!visit(&seen, ".", 2));
    ck_assert_str_eq(seen.list, "1 2 ");
    ck_assert(!visit(&seen, "1", 1));
}
END_TEST

static bool add_up(uint64_t bytes, void *user)
{
    struct seen *seen = user;

    seen->passed_bytes += bytes;
    return ++seen->passed < seen->visits_max;
}

START_TEST(test_measure)
{
    struct seen seen = {.visits_max = 100};

    mkdir("sub", 0700);
    write_capture("sub/1");
    write_bytes("words", "no capture", 10);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    files_measure(".", add_up, &seen);
    ck_assert_uint_eq(seen.passed, 2);
    ck_assert_uint_eq(seen.passed_bytes, HEADER_BYTES + 10);
    files_measure("pipe", add_up, &seen);
    files_measure("-", add_up, &seen);
    files_measure("gone", add_up, &seen);
    files_measure("words", add_up, &seen);
    ck_assert_uint_eq(seen.passed, 6);
    ck_assert_uint_eq(seen.passed_bytes, HEADER_BYTES + 20);
    seen = (struct seen){.visits_max = 1};
    files_measure(".", add_up, &seen);
    ck_assert_uint_eq(seen.passed, 1);
}
END_TEST

/* In a process of another user, since nothing is closed to root. */
static int look_as_nobody(void)
{
    struct seen seen;

    if (geteuid() == 0 && setuid(65534) != 0)
        return 1;
    if (!visit(&seen, ".", 100))
        return 2;
    return strcmp(seen.list, "!closed !secret z ") == 0 ? 0 : 3;
}

START_TEST(test_what_is_closed_costs_a_line)
{
    pid_t child;
    int status;

    mkdir("closed", 0);
    write_capture("secret");
    ck_assert_int_eq(chmod("secret", 0), 0);
    write_capture("z");
    child = fork();
    if (child == 0)
        _exit(look_as_nobody());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    rmdir("closed");
}
END_TEST

/* Deeper than a path can say: the rest costs a line. */
START_TEST(test_deep_folders)
{
    char name[201];
    struct seen seen;

    memset(name, 'x', 200);
    name[200] = '\0';
    for (int i = 0; i < DEPTH; i++)
        ck_assert(mkdir(name, 0700) == 0 && chdir(name) == 0);
    ck_assert_int_eq(chdir(folder), 0);
    write_capture("z");
    ck_assert(visit(&seen, ".", 100));
    ck_assert_str_eq(seen.list, "!deep z ");
}
END_TEST

Suite *suite_files(void)
{
    Suite *suite = suite_create("files");
    TCase *tcase = tcase_create("folders");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, test_what_is_no_file_is_left_alone);
    tcase_add_test(tcase, test_enough_is_enough);
    tcase_add_test(tcase, test_measure);
    tcase_add_test(tcase, test_what_is_closed_costs_a_line);
    tcase_add_test(tcase, test_deep_folders);
    suite_add_tcase(suite, tcase);
    return suite;
}
