/* SPDX-License-Identifier: GPL-2.0-or-later */
/* beat_names.h: heartbeats of protocols that are known by their bytes. */
#ifndef KA_BEAT_NAMES_H
#define KA_BEAT_NAMES_H

#include "ka.h"

/* A message that is sent periodically, or the answer to one. */
struct beat_name {
    const char *protocol; /* "mqtt"; NULL: its answer tells */
    const char *message;  /* "PINGREQ" */
    const char *source;   /* where its bytes are laid down */
};

/*
 * The message that the payload of this segment is, all of it; NULL where the bytes do not prove
 * one. Static storage: two messages of one sort give the same pointer.
 */
const struct beat_name *beat_name_find(const struct ka_segment *segment);

#endif
