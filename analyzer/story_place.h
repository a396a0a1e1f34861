/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story_place.h: in which file of a chain the frames lie that a story tells of. */
#ifndef KA_STORY_PLACE_H
#define KA_STORY_PLACE_H

#include "capture.h"
#include "prose.h"

/*
 * "frame 3 of ring_00002.pcapng", after what is there; nothing where there is no chain of several.
 */
void story_of_place(struct prose *prose, const struct capture *capture, uint64_t frame);

/* The same of each frame that is named by the rows of a connection. */
void story_places(struct prose *prose, const struct capture *capture,
                  const struct ka_connection *connection);

#endif
