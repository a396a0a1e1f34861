/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story_place.c: in which file of a chain the frames lie that a story tells of. */
#include "story_place.h"

#include <inttypes.h>
#include <stdlib.h>

#include "names.h"
#include "pieces.h"

static bool has_places(const struct capture *capture)
{
    return capture->pieces && capture->pieces->count > 1;
}

void story_of_place(struct prose *prose, const struct capture *capture, uint64_t frame)
{
    uint64_t in_file;
    const struct piece *piece =
        has_places(capture) ? pieces_find(capture->pieces, frame, &in_file) : NULL;
    char *name = piece ? name_for_terminal(piece->path + capture->pieces->folder_bytes) : NULL;

    if (name)
        prose_add(prose, "%sframe %" PRIu64 " of %s", prose->length > 0 ? "; " : "", in_file, name);
    free(name);
}

/* One more frame of the list, unless it is no frame or stands there already. */
static void add_frame(uint64_t frames[static 4], size_t *count, uint64_t frame)
{
    for (size_t i = 0; i < *count; i++)
        if (frames[i] == frame)
            return;
    if (frame > 0)
        frames[(*count)++] = frame;
}

void story_places(struct prose *prose, const struct capture *capture,
                  const struct ka_connection *connection)
{
    const struct ka_detection *d = connection->detection;
    uint64_t frames[4];
    size_t count = 0;

    if (!has_places(capture))
        return;
    if (d)
        add_frame(frames, &count, d->last_heard_frame);
    if (d)
        add_frame(frames, &count, d->first_unanswered_frame);
    if (d && d->declared)
        add_frame(frames, &count, d->declared_frame);
    add_frame(frames, &count, connection->reset_frame);
    if (count == 0)
        add_frame(frames, &count, connection->first_frame);
    for (size_t i = 0; i < count; i++) {
        struct prose place = {0};

        story_of_place(&place, capture, frames[i]);
        if (place.length > 0)
            prose_add(prose, "%sframe %" PRIu64 " is %s", prose->length > 0 ? "; " : "", frames[i],
                      place.text);
    }
}
