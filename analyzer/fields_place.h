/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fields_place.h: where the frames of a chain lie, for JSON and CSV;
 * nothing where there is no chain.
 */
#ifndef KA_FIELDS_PLACE_H
#define KA_FIELDS_PLACE_H

#include "capture.h"
#include "pieces.h"
#include "record.h"

/* The file that holds a tagged frame. */
void fields_segment_place(struct record *record, const struct capture *capture, uint64_t frame);

/* The files that hold the frames that a connection's record names. */
void fields_connection_places(struct record *record, const struct capture *capture,
                              const struct ka_connection *connection);

/* The record of one file of a chain. */
void fields_piece(struct record *record, const struct capture *capture, const struct piece *piece);

#endif
