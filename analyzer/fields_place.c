/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields_place.c: frames of a chain as frames of its files. */
#include "fields_place.h"

static void put_place(struct record *record, const struct capture *capture, const char *key,
                      uint64_t frame)
{
    uint64_t in_file = 0;
    const struct piece *piece = pieces_find(capture->pieces, frame, &in_file);

    if (!piece && !record->writer->is_flat) {
        record_null(record, key);
        return;
    }
    record_open(record, key);
    record_name(record, "file", piece ? piece->path : NULL);
    record_nonzero(record, "frame", piece ? in_file : 0);
    record_close(record);
}

void fields_segment_place(struct record *record, const struct capture *capture, uint64_t frame)
{
    if (capture->pieces)
        put_place(record, capture, "place", frame);
}

void fields_connection_places(struct record *record, const struct capture *capture,
                              const struct ka_connection *connection)
{
    static const struct ka_detection absent = {.declared = false};
    const struct ka_detection *d = connection->detection ? connection->detection : &absent;

    if (!capture->pieces)
        return;
    record_open(record, "places");
    put_place(record, capture, "first", connection->first_frame);
    put_place(record, capture, "last", connection->last_frame);
    put_place(record, capture, "reset", connection->reset_frame);
    put_place(record, capture, "last_heard", d->last_heard_frame);
    put_place(record, capture, "first_unanswered", d->first_unanswered_frame);
    put_place(record, capture, "declared", d->declared ? d->declared_frame : 0);
    record_close(record);
}

void fields_piece(struct record *record, const struct capture *capture, const struct piece *piece)
{
    bool has_time = piece->latest_ns != KA_UNKNOWN;

    record_name(record, "chain", capture->name);
    record_name(record, "file", piece->path);
    record_count(record, "packets", piece->packets);
    record_time(record, "first_time", has_time ? piece->first_ns : KA_UNKNOWN);
    record_seconds(record, "duration_s",
                   has_time ? piece->latest_ns - piece->first_ns : KA_UNKNOWN);
    record_text(record, "linktype", piece->link_type);
    record_bool(record, "truncated", piece->error == SOURCE_CUT);
    record_name(record, "error", piece->problem);
}
