/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stats_tree.c: Statistics > TCP Keep-Alive > TCP Keep-Alive summary, and tshark -z ka,tree: frames
 * by tag, connections by outcome, findings by code, detection latencies by mechanism.
 *
 * All but the tags is known once the file has been read through: in Wireshark, and with
 * tshark -2. In a single pass only the tags are counted.
 */
#include "plugin.h"

#include <epan/stats_tree.h>
#include <epan/tap.h>

static const char frames_name[] = "Frames by tag";
static const char outcomes_name[] = "Connections by outcome";
static const char findings_name[] = "Findings by code";
static const char latencies_name[] = "Detection latency by mechanism (s)";
static const char ranges_name[] = "Detection latency in ranges (s)";
static const char unknown_name[] = "not known until the file is read through (tshark: -2)";

/*
 * The connections that a tree has counted; a stats_tree has no room for it. Trees are few and come
 * and go with their windows: stats_tree * -> set of connection numbers.
 */
static GHashTable *counted_by_tree;

static void start_tree(stats_tree *tree)
{
    if (counted_by_tree == NULL)
        counted_by_tree =
            g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_destroy);
    g_hash_table_replace(counted_by_tree, tree, g_hash_table_new(NULL, NULL));
    stats_tree_create_node(tree, frames_name, 0, STAT_DT_INT, TRUE);
    stats_tree_create_node(tree, outcomes_name, 0, STAT_DT_INT, TRUE);
    stats_tree_create_node(tree, findings_name, 0, STAT_DT_INT, TRUE);
    stats_tree_create_node(tree, latencies_name, 0, STAT_DT_FLOAT, TRUE);
    stats_tree_create_range_node(tree, ranges_name, 0, "0-9", "10-59", "60-599", "600-3599",
                                 "3600-", NULL);
}

static void end_tree(stats_tree *tree)
{
    if (counted_by_tree != NULL)
        g_hash_table_remove(counted_by_tree, tree);
}

/* tshark ends without ending its trees. */
static void shut_down(void)
{
    if (counted_by_tree != NULL)
        g_hash_table_destroy(counted_by_tree);
    counted_by_tree = NULL;
}

static void count_latency(stats_tree *tree, const struct ka_detection *detection)
{
    float latency_s = (float)((double)detection->latency_ns / KA_SECOND);
    int latencies = avg_stat_node_add_value_float(tree, latencies_name, 0, TRUE, latency_s);

    avg_stat_node_add_value_float(tree, ka_mechanism_name(detection->mechanism), latencies, FALSE,
                                  latency_s);
    tick_stat_node(tree, ranges_name, 0, TRUE);
    stats_tree_tick_range(tree, ranges_name, 0, (int)latency_s);
}

static void count_findings(stats_tree *tree, const struct report *report)
{
    for (size_t i = 0; i < report->findings; i++) {
        int findings = tick_stat_node(tree, findings_name, 0, TRUE);
        tick_stat_node(tree, ka_finding_name(report->finding[i].code), findings, FALSE);
    }
}

/* `report` NULL: nothing is known of the connection yet. */
static void count_connection(stats_tree *tree, const struct report *report)
{
    int outcomes = tick_stat_node(tree, outcomes_name, 0, TRUE);

    tick_stat_node(tree, report == NULL ? unknown_name : ka_outcome_name(report->outcome), outcomes,
                   FALSE);
    if (report == NULL)
        return;
    count_findings(tree, report);
    if (report->detection != NULL && report->detection->declared &&
        report->detection->latency_ns != KA_UNKNOWN)
        count_latency(tree, report->detection);
}

static tap_packet_status count_frame(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt,
                                     const void *data, tap_flags_t flags)
{
    const struct view *view = data;
    uint32_t connection = view->report != NULL ? view->report->number : view->frame->connection;

    (void)pinfo;
    (void)edt;
    (void)flags;
    if (view->frame != NULL) {
        int frames = tick_stat_node(tree, frames_name, 0, TRUE);
        tick_stat_node(tree, ka_tag_name(view->frame->tag), frames, FALSE);
    }
    if (g_hash_table_add(g_hash_table_lookup(counted_by_tree, tree), GUINT_TO_POINTER(connection)))
        count_connection(tree, view->report);
    return TAP_PACKET_REDRAW;
}

void register_stats_tree(void)
{
    register_shutdown_routine(shut_down);
    stats_tree_register_plugin("ka", "ka",
                               "TCP Keep-Alive" KA_MENU_SEPARATOR "TCP Keep-Alive summary", 0,
                               count_frame, start_tree, end_tree);
}
