/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chain.c: captures one after the other, merged by time where they overlap. */
#include "chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/ka.h"
#include "progress.h"

enum { AHEAD_PACKETS = 64, UNTIMED_READS_MAX = 1000 };

/* A piece that is open, and packets of it that were read but not handed out. */
struct chain_link {
    struct source *source;
    struct piece *piece;
    struct packet ahead[AHEAD_PACKETS];
    size_t at, count;
    uint64_t bytes; /* counted */
};

struct chain {
    struct pieces *pieces;
    struct source_needs needs;
    struct progress *progress; /* or NULL */
    struct source *single;     /* of the only piece; what follows it is then not used */
    uint64_t single_bytes;     /* of it, counted */
    struct chain_link *open[CHAIN_OPEN_MAX];
    size_t open_count;
    size_t next;         /* piece that is opened next */
    int64_t reached_ns;  /* latest time handed out, or KA_UNKNOWN */
    uint64_t frames;     /* handed out */
    bool has_bad_filter; /* which ends the chain */
    struct source_failure bad_filter;
};

/* ---- one piece --------------------------------------------------------------------------- */

/* The link types are known when all has been read. */
static void note_link_type(struct piece *piece, struct source *source)
{
    free(piece->link_type);
    piece->link_type = strdup(source_link_type_name(source));
}

static struct chain_link *close_link(struct chain_link *link)
{
    if (link->piece && link->piece->link_type && link->source)
        note_link_type(link->piece, link->source);
    source_close(link->source);
    if (link->piece)
        link->piece->ahead = NULL;
    free(link);
    return NULL;
}

/* The packets ahead are used up: read more. False at the end, or when nothing more can be read. */
static bool read_ahead(struct chain_link *link)
{
    struct source_failure failure;

    link->at = 0;
    link->count = source_read(link->source, link->ahead, AHEAD_PACKETS, &failure);
    if (link->count == 0 && failure.error != SOURCE_OK)
        piece_fail(link->piece, failure.error, failure.message);
    return link->count > 0;
}

/* Whether there is nothing in it that can be decoded; why, in `message`. */
static bool is_undecoded(struct source *source, char message[static SOURCE_MESSAGE_BYTES])
{
    int link_type = source_link_type(source);

    snprintf(message, SOURCE_MESSAGE_BYTES, "link type %d (%s) is not decoded", link_type,
             source_link_type_name(source));
    return !ka_linktype_known(link_type);
}

/* Note how far a source has come. */
static void count_bytes(struct chain *chain, const struct source *source, uint64_t *counted)
{
    uint64_t bytes = source_bytes_read(source);

    chain->pieces->bytes_read += bytes - *counted;
    if (chain->progress)
        progress_add(&chain->progress->bytes, bytes - *counted);
    *counted = bytes;
}

/*
 * Open a piece and read its first packets. NULL: its problem is noted, or there is no packet in it.
 */
static struct chain_link *open_link(struct chain *chain, struct piece *piece, const char *filter)
{
    const struct source_needs needs = {filter, chain->needs.stop, chain->needs.helper};
    struct chain_link *link = calloc(1, sizeof *link);
    struct source_failure failure;
    char message[SOURCE_MESSAGE_BYTES];

    if (!link) {
        piece_fail(piece, SOURCE_DAMAGED, "out of memory: it is missing");
        return NULL;
    }
    link->piece = piece;
    link->source = source_open_with(piece->path, &needs, &failure);
    if (!link->source) {
        if (failure.error == SOURCE_BAD_FILTER && chain->frames == 0) {
            chain->has_bad_filter = true;
            chain->bad_filter = failure;
        }
        piece_fail(piece, failure.error, failure.message);
        return close_link(link);
    }
    if (is_undecoded(link->source, message)) {
        piece_fail(piece, SOURCE_NO_CAPTURE, message);
        return close_link(link);
    }
    note_link_type(piece, link->source);
    piece->is_empty = !read_ahead(link);
    return piece->is_empty ? close_link(link) : link;
}

/* ---- order ------------------------------------------------------------------------------- */

static bool is_file(const char *path)
{
    struct stat status;

    return strcmp(path, "-") != 0 && (stat(path, &status) != 0 || S_ISREG(status.st_mode));
}

/* The first time among the packets ahead. */
static void note_beginning(const struct chain_link *link)
{
    for (size_t i = link->count; i-- > 0;)
        if (link->ahead[i].has_time)
            link->piece->first_ns = link->ahead[i].time_ns;
}

/* Find when a piece begins. What can be read once only stays open. */
static void look_into(struct chain *chain, struct piece *piece)
{
    bool again = is_file(piece->path);
    struct chain_link *link;

    if (!again && chain->open_count == CHAIN_OPEN_MAX) {
        piece_fail(piece, SOURCE_NO_CAPTURE, "one pipe too many for a chain");
        return;
    }
    link = open_link(chain, piece, again ? NULL : chain->needs.filter);
    if (!link)
        return;
    note_beginning(link);
    for (int i = 0; again && piece->first_ns == KA_UNKNOWN && i < UNTIMED_READS_MAX; i++) {
        if (!read_ahead(link))
            break;
        note_beginning(link);
    }
    if (again) {
        close_link(link);
        return;
    }
    piece->ahead = link;
    chain->open_count++; /* counted only, until the order is known */
}

/* By the first packet; where that is the same, or not known, as people number files. */
static int by_time(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;

    if (a->first_ns != b->first_ns)
        return a->first_ns < b->first_ns ? -1 : 1;
    return strverscmp(a->path, b->path);
}

static void put_in_order(struct chain *chain)
{
    struct pieces *pieces = chain->pieces;

    for (size_t i = 0; i < pieces->count && !stop_is_asked(chain->needs.stop); i++)
        look_into(chain, &pieces->rows[i]);
    chain->open_count = 0;
    qsort(pieces->rows, pieces->count, sizeof *pieces->rows, by_time);
    for (size_t i = 0; i < pieces->count; i++)
        if (pieces->rows[i].ahead)
            pieces->rows[i].ahead->piece = &pieces->rows[i];
}

/* ---- opening and closing ----------------------------------------------------------------- */

static struct chain *fail(struct chain *chain, struct source_failure *failure, const char *message)
{
    failure->error = SOURCE_NO_CAPTURE;
    snprintf(failure->message, sizeof failure->message, "%s", message);
    chain_close(chain);
    return NULL;
}

static struct chain *open_single(struct chain *chain, struct source_failure *failure)
{
    struct piece *piece = &chain->pieces->rows[0];
    char message[SOURCE_MESSAGE_BYTES];

    chain->single = source_open_with(piece->path, &chain->needs, failure);
    if (!chain->single) {
        chain_close(chain);
        return NULL;
    }
    if (is_undecoded(chain->single, message))
        return fail(chain, failure, message);
    return chain;
}

struct chain *chain_open(struct pieces *pieces, const struct source_needs *needs,
                         struct progress *progress, struct source_failure *failure)
{
    struct chain *chain = calloc(1, sizeof *chain);

    if (!chain)
        return fail(NULL, failure, "out of memory");
    *chain = (struct chain){
        .pieces = pieces, .needs = *needs, .progress = progress, .reached_ns = KA_UNKNOWN};
    if (pieces->count == 1)
        return open_single(chain, failure);
    put_in_order(chain);
    if (chain->has_bad_filter) {
        *failure = chain->bad_filter;
        chain_close(chain);
        return NULL;
    }
    return chain;
}

void chain_close(struct chain *chain)
{
    if (!chain)
        return;
    source_close(chain->single);
    for (size_t i = 0; i < chain->open_count; i++)
        close_link(chain->open[i]);
    for (size_t i = 0; i < chain->pieces->count; i++)
        if (chain->pieces->rows[i].ahead)
            close_link(chain->pieces->rows[i].ahead);
    free(chain);
}

/* Whether a list joined by commas has this name, of `length` bytes. */
static bool has_name(const char *list, const char *name, size_t length)
{
    while (strncmp(list, name, length) != 0 || (list[length] && list[length] != ',')) {
        list = strchr(list, ',');
        if (!list)
            return false;
        list++;
    }
    return true;
}

/* Add those of the names in a list that are not there yet and have room. */
static void add_names(char text[static CAPTURE_LINK_TYPE_BYTES], const char *names)
{
    while (*names) {
        size_t length = strcspn(names, ","), used = strlen(text);

        if (!has_name(text, names, length) && used + length + 2 <= CAPTURE_LINK_TYPE_BYTES)
            snprintf(text + used, CAPTURE_LINK_TYPE_BYTES - used, "%s%.*s", used > 0 ? "," : "",
                     (int)length, names);
        names += length + (names[length] == ',');
    }
}

void chain_link_types(struct chain *chain, char text[static CAPTURE_LINK_TYPE_BYTES])
{
    text[0] = '\0';
    if (chain->single)
        add_names(text, source_link_type_name(chain->single));
    for (size_t i = 0; i < chain->pieces->count; i++)
        if (chain->pieces->rows[i].link_type)
            add_names(text, chain->pieces->rows[i].link_type);
}

/* ---- merging ----------------------------------------------------------------------------- */

/* Time of the packet that a link would hand out; before all others where it has none. */
static int64_t head_ns(const struct chain_link *link)
{
    const struct packet *packet = &link->ahead[link->at];

    return packet->has_time ? packet->time_ns : INT64_MIN;
}

/* When the piece that is not open yet begins; never, where there is none or no room for it. */
static int64_t next_ns(const struct chain *chain)
{
    if (chain->next == chain->pieces->count || chain->open_count == CHAIN_OPEN_MAX)
        return INT64_MAX;
    return chain->pieces->rows[chain->next].first_ns;
}

/*
 * The open link whose turn it is, and in *other_ns when that of another one comes. Pieces are
 * opened in their order, so of several with the same time the first in the row is the earlier
 * piece.
 */
static struct chain_link *earliest(const struct chain *chain, int64_t *other_ns)
{
    struct chain_link *first = NULL;

    *other_ns = next_ns(chain);
    for (size_t i = 0; i < chain->open_count; i++) {
        struct chain_link *link = chain->open[i];

        if (first && head_ns(link) >= head_ns(first)) {
            if (head_ns(link) < *other_ns)
                *other_ns = head_ns(link);
            continue;
        }
        if (first && head_ns(first) < *other_ns)
            *other_ns = head_ns(first);
        first = link;
    }
    return first;
}

static void open_next(struct chain *chain)
{
    struct piece *piece = &chain->pieces->rows[chain->next++];
    struct chain_link *link = piece->ahead;

    if (!link && (piece->is_empty || !piece->link_type))
        return;
    if (!link)
        link = open_link(chain, piece, chain->needs.filter);
    if (!link)
        return;
    if (piece->first_ns != KA_UNKNOWN && piece->first_ns < chain->reached_ns)
        piece_fail(piece, SOURCE_DAMAGED,
                   "overlaps too many others of the chain: its packets are out of order");
    piece->ahead = NULL;
    chain->open[chain->open_count++] = link;
}

/* Close what is used up, and open what is due; then every open link has a packet to hand out. */
static void refill(struct chain *chain)
{
    size_t kept = 0;
    int64_t other_ns;
    const struct chain_link *first;

    for (size_t i = 0; i < chain->open_count; i++) {
        struct chain_link *link = chain->open[i];
        bool is_used_up = link->at == link->count;

        if (is_used_up && read_ahead(link))
            is_used_up = false;
        count_bytes(chain, link->source, &link->bytes);
        if (is_used_up)
            close_link(link);
        else
            chain->open[kept++] = link;
    }
    chain->open_count = kept;
    first = earliest(chain, &other_ns);
    while (chain->next < chain->pieces->count && chain->open_count < CHAIN_OPEN_MAX &&
           !chain->has_bad_filter && (!first || head_ns(first) > next_ns(chain))) {
        open_next(chain);
        first = earliest(chain, &other_ns);
    }
}

static void note_time(struct chain *chain, struct piece *piece, int64_t time_ns)
{
    if (piece->latest_ns == KA_UNKNOWN)
        piece->first_ns = time_ns;
    if (piece->latest_ns == KA_UNKNOWN || time_ns > piece->latest_ns)
        piece->latest_ns = time_ns;
    if (time_ns > chain->reached_ns) /* KA_UNKNOWN is below every time */
        chain->reached_ns = time_ns;
}

/* Hand out packets of one link, the first in any case, up to the time when another's turn comes. */
static size_t take_run(struct chain *chain, struct chain_link *link, int64_t until_ns,
                       struct packet *packets, size_t count)
{
    struct piece *piece = link->piece;
    uint64_t in_file = link->ahead[link->at].frame;
    size_t n = 0;

    do {
        packets[n] = link->ahead[link->at++];
        packets[n].frame = ++chain->frames;
        if (packets[n].has_time)
            note_time(chain, piece, packets[n].time_ns);
        n++;
    } while (n < count && link->at < link->count && head_ns(link) < until_ns);
    piece->packets += n;
    pieces_note(chain->pieces, (uint32_t)(piece - chain->pieces->rows), in_file, n);
    return n;
}

static size_t read_single(struct chain *chain, struct packet *packets, size_t count,
                          struct source_failure *failure)
{
    size_t n = source_read(chain->single, packets, count, failure);

    if (!chain->progress)
        return n;
    count_bytes(chain, chain->single, &chain->single_bytes);
    progress_add(&chain->progress->packets, n);
    return n;
}

size_t chain_read(struct chain *chain, struct packet *packets, size_t count,
                  struct source_failure *failure)
{
    size_t n = 0;

    if (chain->single)
        return read_single(chain, packets, count, failure);
    *failure = (struct source_failure){.error = SOURCE_OK};
    refill(chain);
    if (chain->has_bad_filter) {
        *failure = chain->bad_filter;
        return 0;
    }
    while (n < count && chain->open_count > 0) {
        int64_t other_ns;
        struct chain_link *link = earliest(chain, &other_ns);

        /* What lies behind needs reading, and what was handed out is valid until then. */
        if (head_ns(link) > next_ns(chain))
            break;
        n += take_run(chain, link, other_ns, packets + n, count - n);
        if (link->at == link->count)
            break;
    }
    if (chain->progress)
        progress_add(&chain->progress->packets, n);
    return n;
}
