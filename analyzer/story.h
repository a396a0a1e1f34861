/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story.h: what happened to a connection, in plain English. */
#ifndef KA_STORY_H
#define KA_STORY_H

#include <stdbool.h>

#include "capture.h"
#include "prose.h"

/* Whether there is more to say of a connection than its outcome. */
bool story_is_worth_telling(const struct ka_connection *connection);

/* The verdict, a few words. */
void story_verdict(struct prose *prose, const struct ka_connection *connection);

/* The rows beneath it: when, how long, by which settings, why. */
void story_print(FILE *stream, unsigned width, const struct capture *capture,
                 const struct ka_connection *connection);

/* The same without the findings. */
void story_print_facts(FILE *stream, unsigned width, const struct capture *capture,
                       const struct ka_connection *connection);

/* What a tagged frame is, in one line. */
void story_of_frame(struct prose *prose, const struct ka_frame *frame);

#endif
