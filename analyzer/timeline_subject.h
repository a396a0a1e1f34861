/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_subject.h: a connection and its tagged frames, copied out of the analysis. */
#ifndef KA_TIMELINE_SUBJECT_H
#define KA_TIMELINE_SUBJECT_H

#include "capture.h"

/* Zero-initialise it; subject_free() frees what it holds. */
struct subject {
    struct ka_connection connection; /* what it points to is the subject's own */
    struct event *events;
    size_t event_count;
    bool is_set;
};

/* Copy in place of what it held. False: out of memory, the subject is then empty. */
bool subject_copy(struct subject *subject, const struct ka_connection *connection,
                  const struct event *events, size_t event_count);

void subject_free(struct subject *subject);

/* Whether the second connection has more to tell than the first: a death before all else. */
bool subject_tells_more(const struct ka_connection *than, const struct ka_connection *connection);

/* Why: "the first that was declared dead". Static. */
const char *subject_reason(const struct ka_connection *connection);

#endif
