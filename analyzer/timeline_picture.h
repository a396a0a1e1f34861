/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_picture.h: the picture of one connection of a capture. */
#ifndef KA_TIMELINE_PICTURE_H
#define KA_TIMELINE_PICTURE_H

#include "picture.h"
#include "prose.h"

/*
 * Fill an empty picture from a connection and its tagged frames. Its texts are put into *title and
 * *subtitle, which must outlive it. picture_free() afterwards.
 */
void timeline_picture(struct picture *picture, struct prose *title, struct prose *subtitle,
                      const struct capture *capture, const struct ka_connection *connection,
                      const struct event *events, size_t event_count);

/* Whose side is the upper lane: the endpoint that found out, or probed, or else the client. */
enum ka_side timeline_prober(const struct ka_connection *connection);

#endif
