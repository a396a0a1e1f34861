/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge.c: results of other runs into the sums of this one. */
#include "merge.h"

#include "result.h"

struct merge {
    const struct options *options;
    struct report *report;
    struct totals *totals;
    void (*complain)(const char *name, const char *message);
    enum exit_status status;
};

static void on_connection(const struct ka_connection *connection, void *user)
{
    struct merge *merge = user;

    if (!totals_add_connection(merge->totals, connection))
        merge->report->no_memory = true;
    if (fail_on_fits(&merge->options->fail_on, connection))
        merge->status = exit_status_worse(merge->status, STATUS_MATCHED);
}

/* The status is the one that the run over the capture had; of a bad filter it had nothing else. */
static void on_capture(const struct capture *capture, void *user)
{
    struct merge *merge = user;

    totals_add_capture(merge->totals, capture);
    if (!capture->error[0])
        return;
    merge->complain(capture->name, capture->error);
    merge->status =
        exit_status_worse(merge->status, capture->link_type[0] ? STATUS_PARTLY : STATUS_NO_CAPTURE);
}

enum exit_status merge_run(const char *path, const struct options *options, struct report *report,
                           struct totals *totals,
                           void (*complain)(const char *name, const char *message))
{
    static const struct result_callbacks callbacks = {on_connection, on_capture};
    struct merge merge = {options, report, totals, complain, STATUS_OK};
    char error[RESULT_ERROR_BYTES];

    switch (result_read(path, &callbacks, &merge, error)) {
    case RESULT_OK:
        return merge.status;
    case RESULT_NOT_OPENED:
        complain(path, error);
        return STATUS_NO_CAPTURE;
    case RESULT_DAMAGED:
        complain(path, error);
        break;
    }
    return exit_status_worse(merge.status, STATUS_PARTLY);
}
