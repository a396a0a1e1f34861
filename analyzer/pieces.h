/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pieces.h: the files of a chain, and in which of them each of its frames lies.
 *
 * Frames are numbered through the chain, as in the one file that mergecap would make of it.
 */
#ifndef KA_PIECES_H
#define KA_PIECES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source.h"

/* One file. Times are KA_UNKNOWN while no packet was read. */
struct piece {
    const char *path; /* not owned */
    uint64_t packets;
    int64_t first_ns, latest_ns;
    char *link_type; /* or several joined by commas, owned; NULL: not opened */
    char *problem;   /* one line, owned; or NULL */
    enum source_error error;
    bool is_empty;            /* there is no packet in it */
    struct chain_link *ahead; /* of the chain that reads it; not owned */
};

/* Frames one after the other that lie one after the other in a piece. */
struct frame_run {
    uint64_t frame, in_file; /* numbers of the first of them */
    uint32_t piece;
};

/*
 * Where files overlap in time, runs are short. What lies behind the last one is at no known place.
 */
enum { RUNS_MAX = 1 << 22 };

struct pieces {
    struct piece *rows; /* in the order of their first packets */
    size_t count;
    uint64_t bytes_read;   /* of all of them, as they lie there */
    size_t folder_bytes;   /* of each path, the folder that they have in common, "/" included */
    char *link_types;      /* of all of them, see pieces_link_types() */
    pthread_mutex_t mutex; /* guards what follows: places are asked for while others are read */
    struct frame_run *runs;
    size_t run_count, run_capacity;
    uint64_t frames; /* in all runs; the next has number frames + 1 */
    bool is_full;    /* no more runs are noted */
};

/* Pieces of these paths, which must outlive them. False: out of memory. */
bool pieces_init(struct pieces *pieces, char *const *paths, size_t count);

/* Note that the next `n` frames of the chain are those from `in_file` on of this piece. */
void pieces_note(struct pieces *pieces, uint32_t piece, uint64_t in_file, uint64_t n);

/* The piece in which a frame lies, and its number there; NULL, number unspecified: not known. */
const struct piece *pieces_find(struct pieces *pieces, uint64_t frame, uint64_t *in_file);

/*
 * Whether any of them begins before the one in front of it has ended.
 * Known once they have been read.
 */
bool pieces_overlap(const struct pieces *pieces);

/* Note what is wrong with a piece; of several things the first. */
void piece_fail(struct piece *piece, enum source_error error, const char *problem);

/* Free what the pieces hold. */
void pieces_free(struct pieces *pieces);

#endif
