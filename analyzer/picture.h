/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * picture.h: what a timeline shows, before anything is drawn: marks in order of time on the lanes
 * of two endpoints. Zero-initialise a picture; picture_free() frees what it holds.
 */
#ifndef KA_PICTURE_H
#define KA_PICTURE_H

#include "capture.h"
#include "core/course.h"

enum { PICTURE_TEXT_BYTES = 160 };

enum picture_kind {
    PICTURE_HEARD, /* a segment of the other side that shows it alive */
    PICTURE_SENT,  /* data or SYN of the prober */
    PICTURE_PROBE, /* keep-alive */
    PICTURE_WINDOW_PROBE,
    PICTURE_COPY, /* a retransmission */
    PICTURE_HEARTBEAT,
    PICTURE_ANSWER,
    PICTURE_ICMP, /* from a router */
    PICTURE_PEER_RST,
    PICTURE_FINAL_RST,  /* gives up, and says so */
    PICTURE_SILENT_END, /* gives up, and sends nothing */
    PICTURE_DUE,        /* would give up, were the capture longer */
    PICTURE_CAPTURE_END,
    PICTURE_LEFT_OUT, /* `number` marks, between its neighbours */
    PICTURE_GOES_ON,  /* for as long as the peer answers */
};

struct picture_mark {
    enum picture_kind kind;
    bool from_bottom; /* sent by the endpoint of the lower lane */
    bool answered;
    int64_t at_ns;
    int64_t expected_ns; /* what the settings promise; KA_UNKNOWN: not said */
    uint64_t frame;      /* 0: none */
    uint32_t number;     /* place in its series; 0: not said */
};

struct picture {
    const char *title, *subtitle; /* not copied */
    const char *top, *bottom;     /* the roles of the endpoints: the prober's lane is the upper */
    struct picture_mark *marks;
    size_t count, capacity;
    int64_t zero_ns; /* where the times that are shown count from */
    /* The bracket beneath; from_ns KA_UNKNOWN: none. */
    bool has_bracket;
    bool bracket_open; /* not over yet: the capture ends before */
    int64_t from_ns, to_ns;
    const char *from_text; /* what happened at from_ns; NULL: not said. Not copied */
    char bracket_text[PICTURE_TEXT_BYTES];
    char end_text[PICTURE_TEXT_BYTES]; /* at the moment of death */
    bool no_memory;
};

/* Add a mark at the end. */
void picture_add(struct picture *picture, const struct picture_mark *mark);

/* Add a mark in the order of time. */
void picture_insert(struct picture *picture, const struct picture_mark *mark);

/* The mark of a tagged frame; its at_ns is the frame's time. False: the tag has none. */
bool picture_mark_of_frame(struct picture_mark *mark, const struct ka_frame *frame);

/* The marks of an expected course: each event, then its end. */
void picture_add_event(struct picture *picture, const struct course_event *event);
void picture_end_course(struct picture *picture, const struct course_settings *course,
                        const struct course_end *end);

/*
 * Leave out marks from the middle until at most `most` are left, the first `head` and the last ones
 * among them.
 */
void picture_shorten(struct picture *picture, size_t most, size_t head);

/* Free the marks; the picture is then empty and may be used again. */
void picture_free(struct picture *picture);

#endif
