/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_ring_name.c: names that capture programs give to the files of a ring. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ring_name.h"
#include "rings.h"
#include "suites.h"

static const struct row {
    const char *path, *pattern;
    bool is_weak;
} rows[] = {
    /* dumpcap -b, editcap -c and -i */
    {"/c/ring_00001_20240131120000.pcapng", "/c/ring_*.pcapng", false},
    {"ring_20240131120000_00001.pcapng", "ring_*.pcapng", false},
    {"ring_100000_20240131120000.pcapng", "ring_*.pcapng", false},
    {"ring_00001_20240131120000", "ring_*", false},
    {"ring_00001_20240131120000.pcapng.gz", "ring_*.pcapng", false},
    /* tcpdump -G, by whatever date its user likes */
    {"x-20240131.pcap", "x-*.pcap", false},
    {"x-2024-01-31.pcap", "x-*.pcap", false},
    {"x.2024.01.31.pcap", "x.*.pcap", false},
    {"x-2024-01-31_12:00:00.pcap", "x-*.pcap", false},
    {"x-2024-01-31T12:00.pcap", "x-*.pcap", false},
    {"x-2024-01-31-12-00-59.pcap", "x-*.pcap", false},
    {"20240131-1200.pcap", "*.pcap", false},
    {"x_202401311200.pcap", "x_*.pcap", false},
    {"x_1706702400.pcap", "x_*.pcap", false},
    {"snort.log.1706702400", "snort.log.*", false},
    {"1706702400123456", "*", false},
    {"20240131_host1.pcap", "*_host1.pcap", false},
    {"20240131_host2.pcap", "*_host2.pcap", false},
    {"x-20240131_10.0.0.1.pcap", "x-*_10.0.0.1.pcap", false},
    /* tcpdump -C and -W, alone and with -G; logrotate */
    {"x.pcap", "x.pcap", false},
    {"x.pcap7", "x.pcap", false},
    {"x.pcap007", "x.pcap", false},
    {"x.pcap7.xz", "x.pcap", false},
    {"x.pcap.7", "x.pcap", false},
    {"x.pcap.7.gz", "x.pcap", false},
    {"x-20240131.pcap12", "x-*.pcap", false},
    {"x.CAP3", "x.CAP", false},
    {"trace", "trace", false},
    {"trace12", "trace", true},
    {"/a.b/trace12", "/a.b/trace", true},
    /* other numbers tell captures apart */
    {"server1.pcap", "server1.pcap", false},
    {"web-02.pcap", "web-02.pcap", false},
    {"case_1234567.pcap", "case_1234567.pcap", false},
    {"x_99999999.pcap", "x_99999999.pcap", false},
    {"x_20241331.pcap", "x_20241331.pcap", false},
    {"x_20240132.pcap", "x_20240132.pcap", false},
    {"x_20240131251.pcap", "x_20240131251.pcap", false},
    {"v20240131.pcap", "v20240131.pcap", false},
    {"x_20240131z.pcap", "x_20240131z.pcap", false},
    {"x_2706702400.pcap", "x_2706702400.pcap", false},
    {"10.0.0.1.pcap", "10.0.0.1.pcap", false},
    {"ring_00001.pcap", "ring_00001.pcap", false},
    {"7", "7", false},
    {"10.0.0.1", "10.0.0.1", false},
    {"/20240131/x.pcap", "/20240131/x.pcap", false},
    {"", "", false},
    {".gz", ".gz", false},
    {"/", "/", false},
};

START_TEST(test_what_rotates_is_left_out)
{
    const struct row *row = &rows[_i];
    struct ring_name name;

    ck_assert(ring_name_of(row->path, &name));
    ck_assert_msg(strcmp(name.pattern, row->pattern) == 0 && name.is_weak == row->is_weak,
                  "%s: %s%s", row->path, name.pattern, name.is_weak ? ", weak" : "");
    free(name.pattern);
}
END_TEST

/* ---- what is put together ---------------------------------------------------------------- */

/* Files of an empty folder, "!" for a place with an error; then the units, " | " between them. */
static const struct gathering {
    const char *name;
    bool by_prefix;
    const char *paths[8];
    const char *units;
} gatherings[] = {
    {"one chain", false, {"b", "a", "c"}, "b and 2 more: b a c"},
    {"one chain of a ring", false, {"x.pcap", "x.pcap1"}, "x.pcap*: x.pcap x.pcap1"},
    {"one file", false, {"x.pcap"}, "x.pcap: x.pcap"},
    {"no file", false, {NULL}, ""},
    {"errors stand alone", false, {"a", "!e", "b"}, "a and 1 more: a b | !e"},
    {"only errors", false, {"!e", "!f"}, "!e | !f"},
    {"a file twice", false, {"p", "q", "./p"}, "p and 1 more: p q"},
    {"standard input twice", false, {"-", "-"}, "-*: - -"},
    {"rings",
     true,
     {"y_20240102.pcap", "x_20240101.pcap", "!e", "y_20240101.pcap", "z.pcap", "x_20240102.pcap"},
     "y_*.pcap: y_20240102.pcap y_20240101.pcap | x_*.pcap: x_20240101.pcap x_20240102.pcap | !e |"
     " z.pcap: z.pcap"},
    {"rings in folders",
     true,
     {"a/x.pcap", "b/x.pcap1", "a/x.pcap1"},
     "a/x.pcap*: a/x.pcap a/x.pcap1 | b/x.pcap1: b/x.pcap1"},
    {"numbers behind a name that is there", true, {"t2", "t", "t1"}, "t*: t2 t t1"},
    {"numbers behind one that is not", true, {"t2", "t1"}, "t2: t2 | t1: t1"},
};

static void print_unit(struct unit *unit, void *user)
{
    FILE *stream = user;

    fprintf(stream, "%s%s%s", ftell(stream) > 0 ? " | " : "", unit->error ? "!" : "", unit->name);
    for (size_t i = 0; i < unit->path_count; i++)
        fprintf(stream, "%s %s", i ? "" : ":", unit->paths[i]);
    unit_free(unit);
}

START_TEST(test_files_are_put_together)
{
    const struct gathering *row = &gatherings[_i];
    char folder[] = "/tmp/check-rings-XXXXXX", *text = NULL;
    struct rings rings = {0};
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    mkdir("a", 0700);
    mkdir("b", 0700);
    for (size_t i = 0; row->paths[i]; i++) {
        const char *path = row->paths[i];
        bool is_error = path[0] == '!';

        if (!is_error && strcmp(path, "-") != 0 && access(path, F_OK) != 0)
            fclose(fopen(path, "w"));
        ck_assert(rings_add(&rings, path + is_error, is_error ? "lost" : NULL));
    }
    ck_assert(rings_end(&rings, row->by_prefix, print_unit, stream));
    fclose(stream);
    ck_assert_msg(strcmp(text, row->units) == 0, "%s: %s", row->name, text);
    free(text);
    for (size_t i = 0; row->paths[i]; i++)
        unlink(row->paths[i]);
    rmdir("a");
    rmdir("b");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

Suite *suite_ring_name(void)
{
    Suite *suite = suite_create("ring_name");
    TCase *tcase = tcase_create("names");

    tcase_add_loop_test(tcase, test_what_rotates_is_left_out, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, test_files_are_put_together, 0,
                        (int)(sizeof gatherings / sizeof gatherings[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
