/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_source.c: captures good, damaged and none, from files, pipes and directories. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "decompress.h"
#include "files.h"
#include "helper.h"
#include "source.h"
#include "suites.h"

#define US_LE "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
#define NS_LE "\x4d\x3c\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0"
#define US_BE "\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\1"

/* A packet of four bytes, of sixty on the wire, one second and five units after the epoch. */
#define PACKET "\1\0\0\0\5\0\0\0\4\0\0\0\x3c\0\0\0abcd"
#define PACKET_BE "\0\0\0\1\0\0\0\5\0\0\0\4\0\0\0\x3cwxyz"
/* The same with 10^9 nanoseconds, which is one too many. */
#define CARRY "\1\0\0\0\x00\xca\x9a\x3b\4\0\0\0\x3c\0\0\0abcd"

/* pcapng: section header, one Ethernet interface (microseconds), one enhanced packet. */
#define NG_SECTION                                                                                 \
    "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0"
#define NG_INTERFACE "\1\0\0\0\x14\0\0\0\1\0\0\0\0\0\4\0\x14\0\0\0"
#define NG_OTHER_LINK "\1\0\0\0\x14\0\0\0\x65\0\0\0\0\0\4\0\x14\0\0\0"
#define NG_PACKET "\6\0\0\0\x24\0\0\0\0\0\0\0\0\0\0\0\x45\x42\x0f\0\4\0\0\0\x3c\0\0\0abcd\x24\0\0\0"
#define NG_FAR_FUTURE                                                                              \
    "\6\0\0\0\x24\0\0\0\0\0\0\0\xff\xff\xff\x7f\0\0\0\0\4\0\0\0\x3c\0\0\0abcd\x24\0\0\0"

/* snoop (RFC 1761): version 2, Ethernet, the same packet. */
#define SNOOP                                                                                      \
    "snoop\0\0\0\0\0\0\2\0\0\0\4"                                                                  \
    "\0\0\0\x3c\0\0\0\4\0\0\0\x1c\0\0\0\0\0\0\0\1\0\0\0\5"                                         \
    "abcd"

/* US_LE, compressed. */
#define GZIP_OF_HEADER                                                                             \
    "\037\213\010\000\000\000\000\000\002\003\273\162\170\323\102\046\006\026\006\004"             \
    "\140\141\140\004\222\000\041\331\115\076\030\000\000\000"

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct row {
    const char *name;
    const char *bytes;
    size_t length;
    enum source_error open_error; /* SOURCE_OK: it opens */
    uint64_t packets;
    int64_t time_ns; /* of the first packet; -1: its time is invalid */
    enum source_error end_error;
    const char *message; /* a part of it */
} rows[] = {
    {"pcap", BYTES(US_LE PACKET PACKET), SOURCE_OK, 2, 1000005000, SOURCE_OK, ""},
    {"pcap, nanoseconds", BYTES(NS_LE PACKET), SOURCE_OK, 1, 1000000005, SOURCE_OK, ""},
    {"pcap, big-endian", BYTES(US_BE PACKET_BE), SOURCE_OK, 1, 1000005000, SOURCE_OK, ""},
    {"pcapng", BYTES(NG_SECTION NG_INTERFACE NG_PACKET), SOURCE_OK, 1, 1000005000, SOURCE_OK, ""},
    {"after 2038", BYTES(US_LE "\0\0\0\xf0\5\0\0\0\4\0\0\0\x3c\0\0\0abcd"), SOURCE_OK, 1,
     4026531840000005000, SOURCE_OK, ""},
    {"after 2038, 10^9 nanoseconds", BYTES(NS_LE "\0\0\0\xf0\0\xca\x9a\x3b\4\0\0\0\x3c\0\0\0abcd"),
     SOURCE_OK, 1, 4026531841000000000, SOURCE_OK, ""},
    {"after 2038, big-endian", BYTES(US_BE "\xf0\0\0\0\0\0\0\5\0\0\0\4\0\0\0\x3cwxyz"), SOURCE_OK,
     1, 4026531840000005000, SOURCE_OK, ""},
    {"no packets", BYTES(US_LE), SOURCE_OK, 0, 0, SOURCE_OK, ""},
    {"10^9 nanoseconds", BYTES(NS_LE CARRY PACKET), SOURCE_OK, 2, 2000000000, SOURCE_OK, ""},
    {"time out of range", BYTES(NG_SECTION NG_INTERFACE NG_FAR_FUTURE), SOURCE_OK, 1, -1, SOURCE_OK,
     ""},
    {"cut in a packet's bytes", BYTES(US_LE PACKET "\1\0\0\0\5\0\0\0\4\0\0\0\x3c\0\0\0ab"),
     SOURCE_OK, 1, 1000005000, SOURCE_CUT, "after packet 1"},
    {"cut in a packet's header", BYTES(US_LE PACKET "\1\0\0\0\5"), SOURCE_OK, 1, 1000005000,
     SOURCE_CUT, "cut inside a packet"},
    {"absurd packet length", BYTES(US_LE PACKET "\1\0\0\0\5\0\0\0\xff\xff\xff\x7f\x3c\0\0\0abcd"),
     SOURCE_OK, 1, 1000005000, SOURCE_DAMAGED, "after packet 1"},
    {"pcapng of two link types", BYTES(NG_SECTION NG_INTERFACE NG_OTHER_LINK NG_PACKET), SOURCE_OK,
     1, 1000005000, SOURCE_OK, ""},
    {"empty", BYTES(""), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK, "empty"},
    {"text", BYTES("frame,time\n1,2\n"), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK, "not a capture"},
    {"a single byte", BYTES("\xd4"), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK, "not a capture"},
    {"cut file header", BYTES("\xd4\xc3\xb2\xa1\2\0"), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK,
     "truncated"},
    {"gzip of nothing", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), SOURCE_NO_CAPTURE,
     0, 0, SOURCE_OK, "compressed: is empty"},
    {"gzip of text", BYTES("\x1f\x8b\x08\0\0\0\0\0\2\3\xcb\xc8\xe4\2\0\x7a\x7a\x6f\xed\3\0\0\0"),
     SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK, "compressed: not a capture"},
    {"gzip, cut in its header", BYTES("\x1f\x8b\x08\0\0"), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK,
     "before any capture"},
    {"zip", BYTES("PK\3\4\x14\0\0\0"), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK, "unzip -p"},
    {"snoop, whole", BYTES(SNOOP), SOURCE_OK, 1, 1000005000, SOURCE_OK, ""},
    {"snoop, cut", SNOOP, sizeof SNOOP - 3, SOURCE_OK, 0, 0, SOURCE_CUT,
     "cut inside a packet (after packet 0)"},
    {"snoop without libwiretap", BYTES(SNOOP), SOURCE_NO_CAPTURE, 0, 0, SOURCE_OK, "editcap"},
};

static char folder[] = "/tmp/ka-check-XXXXXX";

/* Write a file into the folder of this test; the name is returned. */
static const char *write_file(const char *name, const char *bytes, size_t length)
{
    static char path[128];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
    return path;
}

/* Read a capture to its end and compare with what the row says. */
static void check_reading(const struct row *row, const char *path)
{
    struct source_failure failure = {0};
    struct helper *helper = strncmp(row->name, "snoop, ", 7) == 0 ? helper_start(NULL, true) : NULL;
    struct source *source =
        source_open_with(path, &(struct source_needs){.helper = helper}, &failure);
    struct packet packet;
    uint64_t packets = 0;

    if (row->open_error != SOURCE_OK) {
        ck_assert_msg(!source, "%s: it opened", row->name);
        ck_assert_msg(failure.error == row->open_error, "%s: error %d", row->name, failure.error);
    } else {
        ck_assert_msg(source != NULL, "%s: %s", row->name, failure.message);
        while (source_read(source, &packet, 1, &failure)) {
            ck_assert_uint_eq(packet.frame, ++packets);
            ck_assert_uint_eq(packet.caplen, 4);
            ck_assert_uint_eq(packet.wirelen, 60);
            ck_assert(packet.is_wanted);
            if (packets > 1)
                continue;
            ck_assert_msg(packet.has_time == (row->time_ns >= 0), "%s: time", row->name);
            if (packet.has_time)
                ck_assert_int_eq(packet.time_ns, row->time_ns);
        }
        ck_assert_msg(packets == row->packets, "%s: %d packets", row->name, (int)packets);
        ck_assert_msg(failure.error == row->end_error, "%s: error %d", row->name, failure.error);
    }
    ck_assert_msg(strstr(failure.message, row->message) != NULL, "%s: '%s'", row->name,
                  failure.message);
    ck_assert_msg(strchr(failure.message, '\n') == NULL, "%s: more than a line", row->name);
    source_close(source);
    helper_stop(helper);
}

/* The library that a row needs may have been missing. */
static bool is_supported(const struct row *row)
{
    if (strncmp(row->name, "snoop, ", 7) == 0)
        return helper_is_there();
    return strncmp(row->name, "gzip", 4) != 0 || decompress_supports("gzip");
}

START_TEST(test_file)
{
    if (!is_supported(&rows[_i]))
        return;
    check_reading(&rows[_i], write_file("capture", rows[_i].bytes, rows[_i].length));
}
END_TEST

/* A pipe cannot be rewound after a look at the first bytes, and gives them one by one here. */
START_TEST(test_pipe)
{
    int ends[2];
    pid_t writer;

    if (!is_supported(&rows[_i]))
        return;
    ck_assert_int_eq(pipe(ends), 0);
    writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        for (size_t i = 0; i < rows[_i].length; i++)
            if (write(ends[1], rows[_i].bytes + i, 1) != 1)
                break;
        _exit(0);
    }
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    check_reading(&rows[_i], "-");
}
END_TEST

static const struct {
    const char *name, *filter;
    bool is_valid, is_wanted;
} filters[] = {
    {"takes", "greater 60", true, true},
    {"leaves out", "less 59", true, false},
    {"wrong", "tcp prot 80", false, false},
};

START_TEST(test_filter)
{
    const char *path = write_file("capture", BYTES(US_LE PACKET));
    struct source_failure failure = {0};
    struct source *source = source_open(path, filters[_i].filter, &failure);
    struct packet packet;

    ck_assert_msg((source != NULL) == filters[_i].is_valid, "%s", filters[_i].name);
    if (!source) {
        ck_assert_int_eq(failure.error, SOURCE_BAD_FILTER);
        ck_assert_ptr_nonnull(strstr(failure.message, filters[_i].filter));
        return;
    }
    ck_assert(source_read(source, &packet, 1, &failure));
    ck_assert_msg(packet.is_wanted == filters[_i].is_wanted, "%s", filters[_i].name);
    source_close(source);
}
END_TEST

START_TEST(test_missing_file_and_directory)
{
    struct source_failure failure = {0};

    ck_assert_ptr_null(source_open("/nonexistent/capture", NULL, &failure));
    ck_assert_int_eq(failure.error, SOURCE_NO_CAPTURE);
    ck_assert_str_eq(failure.message, "No such file or directory");
    ck_assert_ptr_null(source_open("/", NULL, &failure));
    ck_assert_int_eq(failure.error, SOURCE_NO_CAPTURE);
    ck_assert_str_eq(failure.message, "is a directory");
}
END_TEST

static void write_records(const char *path, unsigned count)
{
    FILE *stream = fopen(path, "wb");

    ck_assert_ptr_nonnull(stream);
    fwrite(US_LE, sizeof US_LE - 1, 1, stream);
    for (unsigned i = 0; i < count; i++)
        fwrite(PACKET, sizeof PACKET - 1, 1, stream);
    ck_assert_int_eq(fclose(stream), 0);
}

/* What happens to the file while it is read, and whether that is said. */
static const struct {
    const char *name;
    off_t size; /* becomes that, and then */
    int age_s;  /* its time of change is so long ago */
    bool is_good;
    const char *message;
} changes[] = {
    {"nothing", 2000024, 3600, true, ""},
    {"cut, long ago", 2000014, 3600, false, "(after packet 99999)"},
    {"cut, now", 2000014, 0, false, "it may still be being written"},
    {"growing", 2000034, 3600, false, "it may still be being written"},
    {"shorter", 1000014, 3600, false, "the file became shorter while it was read"},
};

START_TEST(test_file_changes_while_it_is_read)
{
    struct source_failure failure = {.error = SOURCE_OK};
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL)}};
    struct packet packets[50];
    struct source *source;
    char path[128];

    snprintf(path, sizeof path, "%s/capture", folder);
    write_records(path, 100000);
    if (strncmp(changes[_i].name, "cut", 3) == 0)
        ck_assert_int_eq(truncate(path, changes[_i].size), 0);
    source = source_open(path, NULL, &failure);
    ck_assert(source_read(source, packets, 50, &failure) > 0);
    ck_assert_int_eq(truncate(path, changes[_i].size), 0);
    times[1].tv_sec -= changes[_i].age_s;
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    while (source_read(source, packets, 50, &failure) > 0)
        ck_assert_uint_le(source_bytes_read(source), 2000034);
    ck_assert_msg((failure.error == SOURCE_OK) == changes[_i].is_good, "%s: %s", changes[_i].name,
                  failure.message);
    ck_assert_msg(strstr(failure.message, changes[_i].message) != NULL, "%s: %s", changes[_i].name,
                  failure.message);
    if (strcmp(changes[_i].name, "cut, long ago") == 0)
        ck_assert_str_eq(strchr(failure.message, '('), changes[_i].message);
    ck_assert_uint_eq(source_bytes_read(source), changes[_i].size);
    source_close(source);
}
END_TEST

START_TEST(test_link_type_has_a_name)
{
    struct source_failure failure = {0};
    struct source *source = source_open(write_file("capture", BYTES(US_LE)), NULL, &failure);

    ck_assert_int_eq(source_link_type(source), 1);
    ck_assert_str_eq(source_link_type_name(source), "EN10MB");
    source_close(source);
}
END_TEST

static bool note_file(const char *path, const char *error, void *user)
{
    char *list = user;

    strcat(list, strstr(path, folder) == path ? path + strlen(folder) : path);
    strcat(list, error ? ": " : " ");
    strcat(list, error ? error : "");
    return true;
}

static void visit(const char *path, char *list)
{
    const struct file_visitor visitor = {.visit = note_file, .user = list};

    ck_assert(files_visit(path, &visitor));
}

START_TEST(test_directory_stands_for_its_captures_in_order)
{
    char list[512] = "", path[128];

    snprintf(path, sizeof path, "%s/sub", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    write_file("sub/1", BYTES(US_LE PACKET));
    write_file("z.pcap", BYTES(US_LE));
    write_file("b.gz", BYTES(GZIP_OF_HEADER));
    write_file("c.gz", BYTES("\x1f\x8b\x08"));
    write_file("a.txt", BYTES("no capture"));
    write_file("empty.pcap", BYTES(""));
    snprintf(path, sizeof path, "%s/loop", folder);
    ck_assert_int_eq(symlink(".", path), 0);
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);

    visit(folder, list);
    ck_assert_str_eq(list, "/b.gz /sub/1 /z.pcap ");
}
END_TEST

START_TEST(test_directory_without_captures)
{
    char list[512] = "";

    write_file("a.txt", BYTES("no capture"));
    visit(folder, list);
    ck_assert_str_eq(list, ": no capture in this directory");
}
END_TEST

START_TEST(test_what_is_no_directory_stands_for_itself)
{
    char list[512] = "";

    visit("-", list);
    visit("/nonexistent", list);
    ck_assert_str_eq(list, "- /nonexistent ");
}
END_TEST

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[64];

    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    memcpy(folder + sizeof folder - 7, "XXXXXX",
           6); /* without forks, the next test makes its own */
}

Suite *suite_source(void)
{
    Suite *suite = suite_create("source");
    TCase *tcase = tcase_create("reading");
    int row_count = (int)(sizeof rows / sizeof rows[0]);

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, test_file, 0, row_count);
    tcase_add_loop_test(tcase, test_pipe, 0, row_count);
    tcase_add_loop_test(tcase, test_filter, 0, (int)(sizeof filters / sizeof filters[0]));
    tcase_add_test(tcase, test_missing_file_and_directory);
    tcase_add_loop_test(tcase, test_file_changes_while_it_is_read, 0,
                        (int)(sizeof changes / sizeof changes[0]));
    tcase_add_test(tcase, test_link_type_has_a_name);
    tcase_add_test(tcase, test_directory_stands_for_its_captures_in_order);
    tcase_add_test(tcase, test_directory_without_captures);
    tcase_add_test(tcase, test_what_is_no_directory_stands_for_itself);
    suite_add_tcase(suite, tcase);
    return suite;
}
