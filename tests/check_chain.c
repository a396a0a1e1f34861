/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_chain.c: pieces of a capture are read in the order of time, wherever they were cut. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "core/ka.h"
#include "suites.h"

enum { PIECES_MAX = 6, FOLDER_BYTES = 32 };

/*
 * Times of packets in seconds, a letter each from 'a' on; "?" is a packet without a valid time, a
 * "!" at the end cuts off half of the packet before it, "empty" is an empty file, "none" no file.
 */
static const struct row {
    const char *name;
    const char *pieces[PIECES_MAX];
    const char *order;    /* of the packets, by piece as it is given: 0 is the first */
    const char *problems; /* pieces as given with a problem */
} rows[] = {
    {"one after the other", {"abc", "def", "ghi"}, "000111222", ""},
    {"given in another order", {"ghi", "abc", "def"}, "111222000", ""},
    {"the same first time", {"aab", "ab"}, "00101", ""},
    {"one ends when the next begins", {"abc", "cd", "de"}, "00011 22", ""},
    {"one inside another", {"abeg", "cdf"}, "0011010", ""},
    {"the first of three goes on through the others", {"ak", "bc", "de"}, "011220", ""},
    {"all three at once", {"adg", "beh", "cfi"}, "012012012", ""},
    {"a file without packets", {"ab", "", "cd"}, "0022", ""},
    {"only files without packets", {"", ""}, "", ""},
    {"an empty file", {"ab", "empty", "cd"}, "0022", "1"},
    {"a file that is not there", {"none", "ab"}, "11", "0"},
    {"one is cut, the others go on", {"abc!", "de", "fg"}, "001122", "0"},
    {"one is cut in its first packet", {"a!", "bc", "d"}, "112", "0"},
    {"nothing can be read", {"none", "empty"}, "", "01"},
    {"back in time inside a piece", {"acb", "de"}, "00011", ""},
    {"back in time at an overlap", {"adb", "ce"}, "01001", ""},
    {"no time at the start", {"?bc", "ad"}, "10001", ""},
    {"no time anywhere", {"bc", "??"}, "1100", ""},
    {"no time at an overlap", {"a?d", "be"}, "00101", ""},
    {"one alone", {"abc"}, "000", ""},
};

struct files {
    char folder[FOLDER_BYTES];
    char *paths[PIECES_MAX];
    size_t count;
};

static void put_packet(FILE *file, char time, unsigned number)
{
    uint32_t header[] = {(uint32_t)time, time == '?' ? 2000000000u : 0, 4, 4};

    fwrite(header, sizeof header, 1, file);
    fwrite(&number, 4, 1, file);
}

static void write_piece(const char *path, const char *piece, unsigned number)
{
    const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, number % 2 ? 101 : 1};
    bool is_cut = strchr(piece, '!') != NULL, is_empty = strcmp(piece, "empty") == 0;
    FILE *file = strcmp(piece, "none") ? fopen(path, "wb") : NULL;

    if (!file)
        return;
    if (!is_empty) {
        fwrite(header, sizeof header, 1, file);
        for (; *piece && *piece != '!'; piece++)
            put_packet(file, *piece, number);
    }
    fflush(file);
    if (is_cut)
        ck_assert_int_eq(ftruncate(fileno(file), ftell(file) - 10), 0);
    fclose(file);
}

static void write_pieces(struct files *files, const char *const *pieces)
{
    *files = (struct files){.folder = "/tmp/check-chain-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(files->folder));
    for (; files->count < PIECES_MAX && pieces[files->count]; files->count++) {
        char **path = &files->paths[files->count];

        ck_assert_int_gt(asprintf(path, "%s/%zu", files->folder, files->count), 0);
        write_piece(*path, pieces[files->count], (unsigned)files->count);
    }
}

static void remove_pieces(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        unlink(files->paths[i]);
        free(files->paths[i]);
    }
    rmdir(files->folder);
}

/*
 * Packets hold the number of their piece, which says where they lie;
 * frames count through the chain.
 */
static void check_packet(const struct row *row, struct pieces *pieces, const struct packet *packet,
                         char *order, unsigned in_file[PIECES_MAX], size_t count)
{
    uint64_t frame_in_file;
    const struct piece *piece = pieces_find(pieces, packet->frame, &frame_in_file);
    uint32_t number;
    char last[2] = "";

    memcpy(&number, packet->bytes, 4);
    last[0] = (char)('0' + number);
    strcat(order, last);
    ck_assert_msg(packet->frame == count, "%s: frame", row->name);
    ck_assert_msg(piece && piece->path[strlen(piece->path) - 1] == last[0], "%s: place", row->name);
    ck_assert_msg(frame_in_file == ++in_file[number], "%s: place in file", row->name);
    ck_assert_int_eq(packet->link_type, number % 2 ? 12 : 1); /* DLT_RAW is LINKTYPE_RAW, 101 */
}

static void check_problems(const struct row *row, const struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->rows[i];
        char number = piece->path[strlen(piece->path) - 1];

        ck_assert_msg((piece->error != SOURCE_OK) == (strchr(row->problems, number) != NULL),
                      "%s: piece %c: %s", row->name, number,
                      piece->problem ? piece->problem : "no problem");
        ck_assert(!piece->problem || piece->error != SOURCE_OK);
    }
}

START_TEST(test_packets_come_in_the_order_of_time)
{
    const struct row *row = &rows[_i];
    unsigned in_file[PIECES_MAX] = {0};
    struct source_failure failure;
    struct packet packets[3];
    char order[64] = "", want[64] = "";
    struct pieces pieces;
    struct chain *chain;
    struct files files;
    size_t n, count = 0;

    for (const char *from = row->order; *from; from++)
        if (*from != ' ')
            strncat(want, from, 1);
    write_pieces(&files, row->pieces);
    ck_assert(pieces_init(&pieces, files.paths, files.count));
    chain = chain_open(&pieces, &(struct source_needs){0}, NULL, &failure);
    ck_assert_ptr_nonnull(chain);
    while ((n = chain_read(chain, packets, 3, &failure)) > 0)
        for (size_t i = 0; i < n; i++)
            check_packet(row, &pieces, &packets[i], order, in_file, ++count);
    ck_assert_int_eq((int)failure.error, (int)SOURCE_OK);
    ck_assert_msg(strcmp(order, want) == 0, "%s: %s", row->name, order);
    check_problems(row, &pieces);
    chain_close(chain);
    pieces_free(&pieces);
    remove_pieces(&files);
}
END_TEST

/* What lies in a pipe is read once: its first packets are kept while the order is found. */
START_TEST(test_pipes_take_part)
{
    static const char *const texts[] = {"ace", "bdf", NULL};
    struct source_failure failure;
    struct packet packets[8];
    char order[16] = "", *paths[2], name[2][32];
    struct pieces pieces;
    struct chain *chain;
    struct files files;
    int ends[2];
    size_t n;

    write_pieces(&files, texts);
    ck_assert_int_eq(pipe(ends), 0);
    for (int i = 0; i < 1; i++) {
        char bytes[4096];
        FILE *file = fopen(files.paths[0], "rb");
        size_t length = fread(bytes, 1, sizeof bytes, file);

        fclose(file);
        ck_assert_int_eq(write(ends[1], bytes, length), (ssize_t)length);
        close(ends[1]);
    }
    snprintf(name[0], sizeof name[0], "/dev/fd/%d", ends[0]);
    paths[0] = name[0];
    paths[1] = files.paths[1];
    ck_assert(pieces_init(&pieces, paths, 2));
    chain = chain_open(&pieces, &(struct source_needs){0}, NULL, &failure);
    ck_assert_ptr_nonnull(chain);
    close(ends[0]);
    while ((n = chain_read(chain, packets, 8, &failure)) > 0)
        for (size_t i = 0; i < n; i++)
            strcat(order, packets[i].bytes[0] ? "1" : "0");
    ck_assert_str_eq(order, "010101");
    chain_close(chain);
    pieces_free(&pieces);
    remove_pieces(&files);
}
END_TEST

START_TEST(test_a_bad_filter_ends_the_chain)
{
    static const char *const texts[] = {"ab", "cd", NULL};
    struct source_failure failure = {.error = SOURCE_OK};
    struct packet packets[8];
    struct pieces pieces;
    struct chain *chain;
    struct files files;

    write_pieces(&files, texts);
    ck_assert(pieces_init(&pieces, files.paths, files.count));
    chain = chain_open(&pieces, &(struct source_needs){.filter = "no filter"}, NULL, &failure);
    if (chain)
        ck_assert_uint_eq(chain_read(chain, packets, 8, &failure), 0);
    ck_assert_int_eq((int)failure.error, (int)SOURCE_BAD_FILTER);
    chain_close(chain);
    pieces_free(&pieces);
    remove_pieces(&files);
}
END_TEST

/*
 * More captures at one time than are read at once: what comes late is noted, and nothing is lost.
 */
START_TEST(test_too_many_at_once)
{
    enum { MANY = CHAIN_OPEN_MAX + 3 };
    char folder[] = "/tmp/check-chain-XXXXXX", *paths[MANY];
    struct source_failure failure;
    struct packet packets[8];
    unsigned late = 0, count = 0;
    struct pieces pieces;
    struct chain *chain;
    size_t n;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (unsigned i = 0; i < MANY; i++) {
        ck_assert_int_gt(asprintf(&paths[i], "%s/%02u", folder, i), 0);
        write_piece(paths[i], i == 0 ? "ax" : "bx", 0);
    }
    ck_assert(pieces_init(&pieces, paths, MANY));
    chain = chain_open(&pieces, &(struct source_needs){0}, NULL, &failure);
    while ((n = chain_read(chain, packets, 8, &failure)) > 0)
        count += (unsigned)n;
    for (unsigned i = 0; i < MANY; i++)
        late += pieces.rows[i].error != SOURCE_OK;
    ck_assert_uint_eq(count, 2 * MANY);
    ck_assert_uint_eq(late, MANY - CHAIN_OPEN_MAX);
    chain_close(chain);
    pieces_free(&pieces);
    for (unsigned i = 0; i < MANY; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    rmdir(folder);
}
END_TEST

/* Many short runs, and places behind the last that is noted. */
START_TEST(test_places_of_many_runs)
{
    enum { RUNS = 100000 };
    char *paths[] = {"a", "b", "c"};
    struct pieces pieces;
    uint64_t in_file;

    ck_assert(pieces_init(&pieces, paths, 3));
    for (uint64_t i = 0; i < RUNS; i++)
        pieces_note(&pieces, (uint32_t)(i % 3), 1 + i / 3 * 2, 2);
    for (uint64_t frame = 1; frame <= 2 * RUNS; frame++) {
        uint64_t run = (frame - 1) / 2;
        const struct piece *piece = pieces_find(&pieces, frame, &in_file);

        ck_assert_ptr_eq(piece, &pieces.rows[run % 3]);
        ck_assert_uint_eq(in_file, 1 + run / 3 * 2 + (frame - 1) % 2);
    }
    ck_assert_ptr_null(pieces_find(&pieces, 0, &in_file));
    ck_assert_ptr_null(pieces_find(&pieces, 2 * RUNS + 1, &in_file));
    pieces_free(&pieces);
}
END_TEST

Suite *suite_chain(void)
{
    Suite *suite = suite_create("chain");
    TCase *tcase = tcase_create("order");

    tcase_add_loop_test(tcase, test_packets_come_in_the_order_of_time, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_pipes_take_part);
    tcase_add_test(tcase, test_a_bad_filter_ends_the_chain);
    tcase_add_test(tcase, test_too_many_at_once);
    tcase_add_test(tcase, test_places_of_many_runs);
    suite_add_tcase(suite, tcase);
    return suite;
}
