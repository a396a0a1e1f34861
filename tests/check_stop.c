/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_stop.c: who waits for a pipe is woken, be it while opening it or in the middle of a packet.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "source.h"
#include "stop.h"
#include "suites.h"

/* Of a capture with two packets of four bytes. */
enum { HEADER_BYTES = 24, PACKET_BYTES = 20, ALL_BYTES = HEADER_BYTES + 2 * PACKET_BYTES };

static const struct row {
    const char *name;
    bool has_writer;
    size_t written;
    unsigned packets;
} rows[] = {
    {"nobody writes into the pipe", false, 0, 0},
    {"nothing written", true, 0, 0},
    {"part of the header", true, 10, 0},
    {"the header", true, HEADER_BYTES, 0},
    {"a packet", true, HEADER_BYTES + PACKET_BYTES, 1},
    {"a packet and a half", true, HEADER_BYTES + PACKET_BYTES + 7, 1},
    {"two packets", true, ALL_BYTES, 2},
};

static void fill(uint8_t bytes[static ALL_BYTES])
{
    const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1}, record[] = {1, 2, 4, 4};

    memset(bytes, 0, ALL_BYTES);
    memcpy(bytes, header, sizeof header);
    memcpy(bytes + HEADER_BYTES, record, sizeof record);
    memcpy(bytes + HEADER_BYTES + PACKET_BYTES, record, sizeof record);
}

struct asker {
    struct stop *stop;
    int pipe; /* whose bytes are to be read before, or -1 */
};

/*
 * Once the reader has all there is and waits for more; as good as surely, where there is nothing.
 */
static void *ask_soon(void *argument)
{
    const struct asker *asker = argument;
    int unread = 0;

    do
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    while (asker->pipe >= 0 && ioctl(asker->pipe, FIONREAD, &unread) == 0 && unread > 0);
    stop_ask(asker->stop);
    return NULL;
}

START_TEST(test_waiting_for_a_pipe_ends)
{
    const struct row *row = &rows[_i];
    char folder[] = "/tmp/check-stop-XXXXXX", path[64];
    uint8_t bytes[ALL_BYTES];
    struct source_failure failure;
    struct packet packets[4];
    struct source *source;
    struct stop stop;
    unsigned count = 0;
    pthread_t thread;
    int writer = -1;
    size_t n;

    fill(bytes);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    if (row->has_writer) {
        writer = open(path, O_RDWR);
        ck_assert_int_eq(write(writer, bytes, row->written), (ssize_t)row->written);
    }
    ck_assert(stop_open(&stop));
    ck_assert(!stop_is_asked(&stop));
    struct asker asker = {&stop, writer};
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_soon, &asker), 0);
    source = source_open_with(path, &(struct source_needs){.stop = &stop}, &failure);
    ck_assert_msg((source != NULL) == (row->written >= HEADER_BYTES), "%s: %s", row->name,
                  source ? "opened" : failure.message);
    while (source && (n = source_read(source, packets, 4, &failure)) > 0)
        count += (unsigned)n;
    pthread_join(thread, NULL); /* nothing came back before it had asked */
    ck_assert(stop_is_asked(&stop));
    ck_assert_msg(count == row->packets, "%s: %u packets", row->name, count);
    source_close(source);
    stop_close(&stop);
    if (writer >= 0)
        close(writer);
    unlink(path);
    rmdir(folder);
}
END_TEST

static void *write_late(void *argument)
{
    uint8_t bytes[ALL_BYTES];
    FILE *pipe = fopen(argument, "w");

    fill(bytes);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    ck_assert_uint_eq(fwrite(bytes, 1, sizeof bytes, pipe), sizeof bytes);
    fclose(pipe);
    return NULL;
}

START_TEST(test_a_pipe_is_read_when_somebody_writes)
{
    char folder[] = "/tmp/check-stop-XXXXXX", path[64];
    struct source_failure failure;
    struct packet packets[4];
    struct source *source;
    unsigned count = 0;
    pthread_t writer;
    size_t n;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(pthread_create(&writer, NULL, write_late, path), 0);
    source = source_open(path, NULL, &failure);
    ck_assert_msg(source != NULL, "%s", failure.message);
    while ((n = source_read(source, packets, 4, &failure)) > 0)
        count += (unsigned)n;
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq((int)failure.error, (int)SOURCE_OK);
    source_close(source);
    pthread_join(writer, NULL);
    unlink(path);
    rmdir(folder);
}
END_TEST

Suite *suite_stop(void)
{
    Suite *suite = suite_create("stop");
    TCase *tcase = tcase_create("pipes");

    tcase_add_loop_test(tcase, test_waiting_for_a_pipe_ends, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_a_pipe_is_read_when_somebody_writes);
    suite_add_tcase(suite, tcase);
    return suite;
}
