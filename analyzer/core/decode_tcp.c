/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode_tcp.c: the TCP header (RFC 9293 3.1), whole or as an ICMP error quotes it. */
#include "decode.h"
#include "decode_segment.h"

/* Every ICMP error quotes the ports and the sequence number (RFC 792: 64 bits of data). */
enum { TCP_QUOTED_MIN = 8 };

struct tcp_option {
    uint8_t kind, length;
};

const struct tcp_timestamps *search_timestamps(struct bytes options)
{
    const struct tcp_timestamps *found = NULL;
    const uint8_t *kind;

    while ((kind = BYTES_PEEK(&options, uint8_t)) != NULL && *kind != OPTION_END) {
        const struct tcp_option *option = BYTES_PEEK(&options, struct tcp_option);
        const struct tcp_timestamps *timestamps = BYTES_PEEK(&options, struct tcp_timestamps);
        uint32_t option_bytes = *kind == OPTION_NOP ? 1 : option ? option->length : 0;

        if (timestamps && *kind == OPTION_TIMESTAMPS && option_bytes == sizeof *timestamps)
            found = timestamps;
        if (*kind != OPTION_NOP && option_bytes < sizeof *option)
            break;
        if (!bytes_skip(&options, option_bytes))
            break;
    }
    return found;
}

static enum header finish(struct walk *w, const struct tcp_header *tcp)
{
    bool possible = set_tcp(w->seg, &w->b, tcp, w->quoted);

    return walk_stop(w, possible ? KA_SKIP_NONE : KA_SKIP_MALFORMED);
}

/* A quote may end inside the header: the words that it lacks are 0, and "no options". */
static enum header walk_quoted_start(struct walk *w)
{
    struct tcp_header start = {.offset = sizeof start / 4 << 4};
    struct bytes words = w->b;

    if (words.captured < TCP_QUOTED_MIN)
        return walk_short(w, TCP_QUOTED_MIN);
    words.captured -= words.captured % 4;
    bytes_copy(&words, &start, sizeof start);
    return finish(w, &start);
}

enum header walk_tcp(struct walk *w)
{
    const struct tcp_header *tcp = BYTES_PEEK(&w->b, struct tcp_header);

    if (tcp)
        return finish(w, tcp);
    return w->quoted ? walk_quoted_start(w) : walk_short(w, sizeof *tcp);
}
