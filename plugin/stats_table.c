/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stats_table.c: Statistics > TCP Keep-Alive connections, and tshark -2 -z ka,connections: a row a
 * connection, with its settings, outcome, detection latency and findings.
 *
 * What is unknown is an empty cell, so every cell is text. Numbers are padded on the left:
 * Wireshark sorts text by its characters.
 */
#include "plugin.h"

#include <epan/stat_tap_ui.h>

#include <string.h>

static const char table_name[] = "TCP Keep-Alive connections";

enum column {
    COLUMN_CONNECTION,
    COLUMN_CLIENT,
    COLUMN_SERVER,
    COLUMN_OUTCOME,
    COLUMN_MECHANISM,
    COLUMN_LATENCY,
    COLUMN_LATENCY_MIN,
    COLUMN_UNANSWERED,
    COLUMN_IDLE,
    COLUMN_INTVL,
    COLUMN_COUNT,
    COLUMN_FIRST_FRAME,
    COLUMN_LAST_FRAME,
    COLUMN_FINDINGS,
    COLUMNS
};

/* tshark prints a header as it is: it is as wide as its column. */
static stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_CONNECTION] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "      #", "%7s"},
    [COLUMN_CLIENT] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client                ", "%-22s"},
    [COLUMN_SERVER] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server                ", "%-22s"},
    [COLUMN_OUTCOME] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Outcome            ", "%-19s"},
    [COLUMN_MECHANISM] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Found by      ", "%-14s"},
    [COLUMN_LATENCY] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "   Latency (s)", "%14s"},
    [COLUMN_LATENCY_MIN] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "  at least (s)", "%14s"},
    [COLUMN_UNANSWERED] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Unanswered", "%10s"},
    [COLUMN_IDLE] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "    Idle (s)", "%12s"},
    [COLUMN_INTVL] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Interval (s)", "%12s"},
    [COLUMN_COUNT] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Count", "%5s"},
    [COLUMN_FIRST_FRAME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "First frame", "%11s"},
    [COLUMN_LAST_FRAME] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, " Last frame", "%11s"},
    [COLUMN_FINDINGS] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Findings", "%s"},
};

static char *number_text(uint64_t number, int width)
{
    return g_strdup_printf("%*" PRIu64, width, number);
}

static char *count_text(uint64_t number, int width)
{
    return number == 0 ? g_strdup("") : number_text(number, width);
}

static char *seconds_text(int64_t ns, int width, int decimals)
{
    return ns == KA_UNKNOWN ? g_strdup("")
                            : g_strdup_printf("%*.*f", width, decimals, (double)ns / KA_SECOND);
}

/* The settings that the row shows: of the endpoint that gave up, else of one that probed. */
static const struct ka_keepalive *shown_keepalive(const struct report *report)
{
    if (report->detection != NULL && report->keepalive[report->detection->detector] != NULL)
        return report->keepalive[report->detection->detector];
    return report->keepalive[KA_CLIENT] != NULL ? report->keepalive[KA_CLIENT]
                                                : report->keepalive[KA_SERVER];
}

static char *findings_text(const struct report *report)
{
    GString *codes = g_string_new("");

    for (size_t i = 0; i < report->findings; i++)
        g_string_append_printf(codes, "%s%s", i == 0 ? "" : ", ",
                               ka_finding_name(report->finding[i].code));
    return g_string_free(codes, FALSE);
}

static void fill_texts(const struct report *report, char *texts[COLUMNS])
{
    const struct ka_detection *detection = report->detection;
    const struct ka_keepalive *keepalive = shown_keepalive(report);
    bool declared = detection != NULL && detection->declared;

    texts[COLUMN_CONNECTION] = number_text(report->number, 7);
    texts[COLUMN_CLIENT] = endpoint_text(NULL, &report->endpoint[KA_CLIENT]);
    texts[COLUMN_SERVER] = endpoint_text(NULL, &report->endpoint[KA_SERVER]);
    texts[COLUMN_OUTCOME] = g_strdup(ka_outcome_name(report->outcome));
    texts[COLUMN_MECHANISM] =
        g_strdup(detection == NULL ? "" : ka_mechanism_name(detection->mechanism));
    texts[COLUMN_LATENCY] = seconds_text(declared ? detection->latency_ns : KA_UNKNOWN, 14, 6);
    texts[COLUMN_LATENCY_MIN] =
        seconds_text(declared ? detection->latency_min_ns : KA_UNKNOWN, 14, 6);
    texts[COLUMN_UNANSWERED] = count_text(detection == NULL ? 0 : detection->unanswered, 10);
    texts[COLUMN_IDLE] =
        seconds_text(keepalive == NULL ? KA_UNKNOWN : keepalive->idle.nominal_ns, 12, 3);
    texts[COLUMN_INTVL] =
        seconds_text(keepalive == NULL ? KA_UNKNOWN : keepalive->intvl.nominal_ns, 12, 3);
    texts[COLUMN_COUNT] = count_text(keepalive == NULL ? 0 : keepalive->count, 5);
    texts[COLUMN_FIRST_FRAME] = number_text(report->first_frame, 11);
    texts[COLUMN_LAST_FRAME] = number_text(report->last_frame, 11);
    texts[COLUMN_FINDINGS] = findings_text(report);
}

/* The set of connections that have a row hangs on the first cell of the first row. */
static GHashTable *rows_of(const stat_tap_table *table)
{
    return table->num_elements == 0 ? NULL
                                    : stat_tap_get_field_data(table, 0, 0)->user_data.ptr_value;
}

static void add_row(stat_tap_table *table, const struct report *report)
{
    char *texts[COLUMNS];
    stat_tap_table_item_type cells[COLUMNS];
    GHashTable *rows = rows_of(table);

    if (rows != NULL && g_hash_table_contains(rows, GUINT_TO_POINTER(report->number)))
        return;
    fill_texts(report, texts);
    memset(cells, 0, sizeof cells);
    for (int i = 0; i < COLUMNS; i++) {
        cells[i].type = TABLE_ITEM_STRING;
        cells[i].value.string_value = texts[i];
    }
    if (rows == NULL)
        cells[0].user_data.ptr_value = rows = g_hash_table_new(NULL, NULL);
    g_hash_table_add(rows, GUINT_TO_POINTER(report->number));
    stat_tap_init_table_row(table, table->num_elements, COLUMNS, cells);
}

static tap_packet_status tabulate_frame(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                        const void *frame, tap_flags_t flags)
{
    const stat_data_t *stat = data;
    const struct view *view = frame;

    (void)pinfo;
    (void)edt;
    (void)flags;
    if (view->report == NULL)
        return TAP_PACKET_DONT_REDRAW;
    add_row(g_array_index(stat->stat_tap_data->tables, stat_tap_table *, 0), view->report);
    return TAP_PACKET_REDRAW;
}

static void free_cell(stat_tap_table *table, unsigned row, unsigned column,
                      stat_tap_table_item_type *cell)
{
    (void)table;
    if (row == 0 && column == 0)
        g_hash_table_destroy(cell->user_data.ptr_value);
    g_free((char *)cell->value.string_value);
}

static void reset_table(stat_tap_table *table)
{
    for (unsigned row = 0; row < table->num_elements; row++) {
        for (unsigned column = 0; column < table->num_fields; column++)
            free_cell(table, row, column, stat_tap_get_field_data(table, row, column));
        g_free(table->elements[row]);
    }
    table->num_elements = 0;
}

static void start_table(stat_tap_table_ui *stat)
{
    stat_tap_table *table = stat_tap_find_table(stat, table_name);

    if (table != NULL)
        reset_table(table);
    else
        stat_tap_add_table(stat, stat_tap_init_table(table_name, COLUMNS, 0, NULL));
}

void register_stats_table(void)
{
    static tap_param parameters[] = {{PARAM_FILTER, "filter", "Filter", NULL, TRUE}};
    static stat_tap_table_ui table = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = table_name,
        .tap_name = "ka",
        .cli_string = "ka,connections",
        .stat_tap_init_cb = start_table,
        .packet_func = tabulate_frame,
        .stat_tap_reset_table_cb = reset_table,
        .stat_tap_free_table_item_cb = free_cell,
        .nfields = COLUMNS,
        .fields = columns,
        .nparams = G_N_ELEMENTS(parameters),
        .params = parameters,
    };
    register_stat_tap_table_ui(&table);
}
