/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output_sqlite.c: a database that grows from run to run; see store.h. */
#include "output.h"
#include "store.h"

static bool sqlite_open(struct report *report, const char *path, const char *filter,
                        char error[static OUTPUT_ERROR_BYTES])
{
    report->store = store_open(path, filter, error);
    return report->store != NULL;
}

static bool sqlite_wants(struct report *report, const struct unit *unit)
{
    report->store_file = store_wants(report->store, unit);
    return report->store_file != NULL;
}

static void sqlite_connection(struct report *report, const struct capture *capture,
                              const struct ka_connection *connection, const struct event *events,
                              size_t event_count)
{
    (void)events;
    (void)event_count;
    store_connection(report->store, report->store_file, capture, connection);
}

static void sqlite_capture(struct report *report, const struct capture *capture)
{
    store_capture(report->store, report->store_file, capture);
}

static bool sqlite_close(struct report *report, char error[static OUTPUT_ERROR_BYTES])
{
    return store_close(report->store, error);
}

_Static_assert((int)OUTPUT_ERROR_BYTES >= (int)STORE_ERROR_BYTES, "an error must fit");

const struct output output_sqlite = {
    .name = "sqlite",
    .help = "tables in a database, added to by each run",
    .is_in_order = true, /* one writer */
    .open = sqlite_open,
    .wants = sqlite_wants,
    .connection = sqlite_connection,
    .capture = sqlite_capture,
    .close = sqlite_close,
};
