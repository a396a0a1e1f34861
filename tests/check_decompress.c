/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_decompress.c: a capture of two packets in two compressed members, whose border lies inside
 * the second packet, in each format: whole, cut, damaged and followed by something, from a file and
 * a pipe.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decompress.h"
#include "source.h"
#include "suites.h"

/* clang-format off */
/* gzip: the file header and a packet and a half; the other half. */
#define GZIP_HEAD \
    "\037\213\010\000\000\000\000\000\002\003\273\162\170\323\102\046\006\026\006\004\140\141" \
    "\140\004\222\040\314\012\346\061\060\330\000\161\142\122\162\012\102\014\000\322\037\003" \
    "\057\066\000\000\000"
#define GZIP_TAIL \
    "\037\213\010\000\000\000\000\000\002\003\143\140\260\141\140\140\110\114\112\116\001\000" \
    "\111\074\056\375\012\000\000\000"

/* zstd: the file header and a packet and a half; the other half. */
#define ZSTD_HEAD \
    "\050\265\057\375\004\130\045\001\000\300\324\303\262\241\002\000\004\000\004\000\001\000" \
    "\000\005\000\000\074\000\000\000\141\142\143\144\004\000\067\227\367\154\143\047\364\006" \
    "\270\067\154\047\333"
#define ZSTD_TAIL \
    "\050\265\057\375\004\130\121\000\000\000\000\074\000\000\000\141\142\143\144\054\316\272" \
    "\234"

/* lz4: the file header and a packet and a half; the other half. */
#define LZ4_HEAD \
    "\004\042\115\030\144\100\247\055\000\000\000\206\324\303\262\241\002\000\004\000\001\000" \
    "\121\004\000\001\000\000\004\000\021\005\016\000\360\005\000\000\074\000\000\000\141\142" \
    "\143\144\001\000\000\000\005\000\000\000\004\000\000\000\000\000\064\201\033\143"
#define LZ4_TAIL \
    "\004\042\115\030\144\100\247\012\000\000\200\000\000\074\000\000\000\141\142\143\144\000" \
    "\000\000\000\231\024\241\273"

/* xz: the file header and a packet and a half; the other half. */
#define XZ_HEAD \
    "\375\067\172\130\132\000\000\001\151\042\336\066\002\000\041\001\026\000\000\000\164\057" \
    "\345\243\340\000\065\000\037\135\000\152\060\321\310\175\213\370\011\233\257\037\314\171" \
    "\002\175\131\007\123\330\073\276\110\342\144\011\043\114\250\272\200\000\000\000\322\037" \
    "\003\057\000\001\067\066\206\200\073\177\220\102\231\015\001\000\000\000\000\001\131\132"
#define XZ_TAIL \
    "\375\067\172\130\132\000\000\001\151\042\336\066\002\000\041\001\026\000\000\000\164\057" \
    "\345\243\001\000\011\000\000\074\000\000\000\141\142\143\144\000\000\000\111\074\056\375" \
    "\000\001\036\012\352\143\022\024\220\102\231\015\001\000\000\000\000\001\131\132"

/* bzip2: the file header and a packet and a half; the other half. */
#define BZIP2_HEAD \
    "\102\132\150\071\061\101\131\046\123\131\077\164\355\273\000\000\027\311\036\166\200\000" \
    "\004\074\000\040\000\020\000\010\000\004\000\040\000\061\114\000\000\224\311\000\004\272" \
    "\010\231\263\001\252\250\206\215\155\230\104\147\133\347\175\157\213\271\042\234\050\110" \
    "\037\272\166\335\200"
#define BZIP2_TAIL \
    "\102\132\150\071\061\101\131\046\123\131\047\303\006\103\000\000\000\311\000\100\000\000" \
    "\004\074\000\040\000\041\200\014\001\146\104\273\213\271\042\234\050\110\023\341\203\041" \
    "\200"

/* clang-format on */

#define FORMAT(name, PREFIX)                                                                       \
    {                                                                                              \
        name, PREFIX##_HEAD, PREFIX##_TAIL, sizeof PREFIX##_HEAD - 1, sizeof PREFIX##_TAIL - 1     \
    }

static const struct format {
    const char *name, *head, *tail;
    size_t head_length, tail_length;
} formats[] = {
    FORMAT("gzip", GZIP), FORMAT("zstd", ZSTD),   FORMAT("lz4", LZ4),
    FORMAT("xz", XZ),     FORMAT("bzip2", BZIP2),
};

enum { FORMATS = sizeof formats / sizeof formats[0], FILE_BYTES_MAX = 512 };

static const struct row {
    const char *name;
    size_t left_out; /* of the bytes at the end */
    const char *added;
    size_t added_length;
    size_t damaged; /* this byte of the second member is another */
    bool no_tail;
    uint64_t packets;
    enum source_error error;
    const char *message;
} rows[] = {
    {"whole", 0, "", 0, 0, false, 2, SOURCE_OK, ""},
    {"padded", 0, "\0\0\0\0\0\0\0\0", 8, 0, false, 2, SOURCE_OK, ""},
    {"followed by something else", 0, "no compressed data", 18, 0, false, 2, SOURCE_DAMAGED,
     "compressed data (after packet 2)"},
    {"cut at the end of a member", 0, "", 0, 0, true, 1, SOURCE_CUT,
     "cut inside a packet: truncated"},
    {"cut by a byte", 1, "", 0, 0, false, 2, SOURCE_CUT, "cut inside"},
    {"cut inside the second member", 16, "", 0, 0, false, 2, SOURCE_CUT, "cut inside"},
    {"damaged in the second member's header", 0, "", 0, 1, false, 1, SOURCE_DAMAGED,
     "(after packet 1)"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static size_t build(const struct format *format, const struct row *row, char *bytes)
{
    size_t length = format->head_length;

    memcpy(bytes, format->head, length);
    if (!row->no_tail) {
        memcpy(bytes + length, format->tail, format->tail_length);
        if (row->damaged)
            bytes[length + row->damaged] ^= 0x55;
        length += format->tail_length;
    }
    length -= row->left_out;
    memcpy(bytes + length, row->added, row->added_length);
    return length + row->added_length;
}

static void check(const struct format *format, const struct row *row, const char *path)
{
    struct source_failure failure = {.error = SOURCE_OK};
    struct source *source = source_open(path, NULL, &failure);
    struct packet packet;
    uint64_t packets = 0;

    ck_assert_msg(source != NULL, "%s, %s: %s", format->name, row->name, failure.message);
    while (source_read(source, &packet, 1, &failure)) {
        ck_assert_uint_eq(packet.frame, ++packets);
        ck_assert_int_eq(packet.time_ns, 1000005000);
        ck_assert_uint_eq(packet.caplen, 4);
        ck_assert(memcmp(packet.bytes, "abcd", 4) == 0);
    }
    /* Whether the last packet can be had from a member without its end depends on the format. */
    if (row->left_out)
        ck_assert_msg(packets >= 1 && packets <= row->packets, "%s, %s: %llu packets", format->name,
                      row->name, (unsigned long long)packets);
    else
        ck_assert_msg(packets == row->packets, "%s, %s: %llu packets", format->name, row->name,
                      (unsigned long long)packets);
    ck_assert_msg(failure.error == row->error, "%s, %s: %s", format->name, row->name,
                  failure.message);
    ck_assert_msg(strstr(failure.message, row->message) != NULL, "%s, %s: %s", format->name,
                  row->name, failure.message);
    source_close(source);
}

START_TEST(test_file)
{
    const struct format *format = &formats[_i / ROWS];
    const struct row *row = &rows[_i % ROWS];
    char path[] = "/tmp/ka-check-XXXXXX", bytes[FILE_BYTES_MAX];
    size_t length = build(format, row, bytes);
    int fd = mkstemp(path);

    if (!decompress_supports(format->name))
        return;
    ck_assert_int_eq(write(fd, bytes, length), length);
    close(fd);
    ck_assert(source_looks_readable(path));
    check(format, row, path);
    unlink(path);
}
END_TEST

/* The bytes come one by one. */
START_TEST(test_pipe)
{
    const struct format *format = &formats[_i / ROWS];
    const struct row *row = &rows[_i % ROWS];
    char bytes[FILE_BYTES_MAX];
    size_t length = build(format, row, bytes);
    int ends[2];
    pid_t writer;

    if (!decompress_supports(format->name))
        return;
    ck_assert_int_eq(pipe(ends), 0);
    writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        for (size_t i = 0; i < length; i++)
            if (write(ends[1], bytes + i, 1) != 1)
                break;
        _exit(0);
    }
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    check(format, row, "-");
    waitpid(writer, NULL, 0);
}
END_TEST

Suite *suite_decompress(void)
{
    Suite *suite = suite_create("decompress");
    TCase *tcase = tcase_create("formats");

    tcase_add_loop_test(tcase, test_file, 0, FORMATS * ROWS);
    tcase_add_loop_test(tcase, test_pipe, 0, FORMATS * ROWS);
    suite_add_tcase(suite, tcase);
    return suite;
}
