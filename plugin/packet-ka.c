/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * packet-ka.c: the post-dissector "ka": registration, preferences and the passes over a file.
 *
 * Nothing in this folder decides what a keep-alive is. On the first pass each frame goes through
 * the adapter into the core; every pass draws what is known of its frame.
 */
#include "plugin.h"

#include <epan/prefs.h>
#include <epan/tap.h>

#include "adapter.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT extern const char plugin_version[];
EXPORT extern const int plugin_want_major;
EXPORT extern const int plugin_want_minor;
EXPORT void plugin_register(void);

const char plugin_version[] = KA_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

#if KA_HAS_PLUGIN_DESCRIBE
EXPORT uint32_t plugin_describe(void);
uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR;
}
#endif

/*
 * Wireshark calls back without a context, so the plugin has one static object. `end` is where
 * the latest file ended when it had been read through.
 */
static struct plugin {
    struct registered registered;
    dissector_handle_t handle;
    int tap;
    int expert_tap;         /* Wireshark's, of all expert items */
    ka_pref_bool show_info; /* preferences */
    ka_pref_bool use_dissected;
    unsigned idle_min_ms;
    int nominal_row;          /* of the presets, from 1; 0: none */
    struct ka_preset nominal; /* valid where that is not 0 */
    enum_val_t *nominal_choices;
    struct adapter *adapter;
    struct results *results; /* of the file that is open; NULL: none */
    struct position end;
} plugin = {.show_info = true};

/* ---- a file's life ------------------------------------------------------------------------- */

static void open_file(void)
{
    struct ka_config config = KA_CONFIG_DEFAULT;

    plugin.expert_tap = find_tap_id("expert"); /* registered after the dissectors */
    if (plugin.adapter == NULL)
        plugin.adapter = adapter_new();
    for (int i = 0; i < 2; i++)
        config.hash_key[i] = (uint64_t)g_random_int() << 32 | g_random_int();
    config.idle_min_ns = (int64_t)plugin.idle_min_ms * (KA_SECOND / 1000);
    plugin.results = results_new(&config);
}

static void close_file(void)
{
    results_free(plugin.results);
    plugin.results = NULL;
}

/* The first pass is over: tshark -2, and Wireshark when it has read a file or ends a capture. */
static void file_read_through(void)
{
    if (plugin.results == NULL)
        return;
    plugin.end = results_position(plugin.results);
    results_finish(plugin.results);
}

/*
 * When a preference changes or a frame is ignored, Wireshark dissects the open file anew without
 * saying when it is through. It then looks at a frame again: that the file's last frame has been
 * fed tells that it is.
 */
static void frame_revisited(void)
{
    struct position now = results_position(plugin.results);

    if (now.frame != 0 && now.frame == plugin.end.frame && now.time_ns == plugin.end.time_ns)
        results_finish(plugin.results);
}

static void shut_down(void)
{
    adapter_free(plugin.adapter);
    plugin.adapter = NULL;
    for (enum_val_t *choice = plugin.nominal_choices + 1; choice->name; choice++)
        g_free((char *)choice->description); /* that of none is not on the heap */
    g_free(plugin.nominal_choices);
    plugin.nominal_choices = NULL;
}

/* ---- a frame ------------------------------------------------------------------------------- */

static bool segment_of(tvbuff_t *tvb, const packet_info *pinfo, proto_tree *tree,
                       struct ka_segment *segment)
{
    return adapter_from_bytes(plugin.adapter, tvb, pinfo, segment) ||
           (plugin.use_dissected && adapter_from_fields(plugin.adapter, pinfo, tree, segment));
}

static void feed(tvbuff_t *tvb, const packet_info *pinfo, proto_tree *tree)
{
    struct ka_segment segment;
    bool is_tcp = segment_of(tvb, pinfo, tree, &segment);

    results_feed(plugin.results, pinfo->num, adapter_time_ns(pinfo), is_tcp ? &segment : NULL);
}

/* What is known of the frame by its number. */
static struct view view_frame(const packet_info *pinfo)
{
    struct view view = {
        .frame = results_frame(plugin.results, pinfo->num),
        .nominal = plugin.nominal_row != 0 ? &plugin.nominal : NULL,
    };

    if (view.frame != NULL)
        view.report = results_report(plugin.results, view.frame->connection);
    return view;
}

/* And what the whole view needs. Untagged frames are decoded again: they cost no memory. */
static void complete_view(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct view *view)
{
    struct ka_segment segment;

    /* Until then what a frame is called may change. */
    if (!results_finished(plugin.results))
        return;
    view->links = results_links(plugin.results, pinfo->num);
    if (view->frame == NULL && segment_of(tvb, pinfo, tree, &segment))
        view->report = results_of_segment(plugin.results, &segment, pinfo->num);
    if (view->report != NULL)
        view->disagreement = find_disagreement(pinfo, view->frame);
}

static int dissect_ka(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    if (plugin.results == NULL)
        return 0;
    if (pinfo->fd->visited)
        frame_revisited();
    else
        feed(tvb, pinfo, tree);

    bool tapped = have_tap_listener(plugin.tap);
    bool drawn = tree != NULL || have_tap_listener(plugin.expert_tap); /* tshark -z expert */
    struct view view = view_frame(pinfo);
    if (drawn || tapped)
        complete_view(tvb, pinfo, tree, &view);
    if (view.frame != NULL && plugin.show_info)
        col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%s] ", view_summary(&view, pinfo));
    if (view.frame == NULL && view.report == NULL)
        return 0;
    if (drawn)
        draw_tree(&plugin.registered, &view, tvb, pinfo, tree);
    if (tapped)
        tap_queue_packet(plugin.tap, pinfo, wmem_memdup(pinfo->pool, &view, sizeof view));
    return 0;
}

/* ---- registration -------------------------------------------------------------------------- */

static void register_fields(struct registered *registered)
{
#define FIELD(id, suffix, label, type, base, strings, meaning)                                     \
    {&registered->field[KA_FIELD_##id],                                                            \
     {label, "ka." suffix, type, base, strings, 0, meaning, HFILL}},
    hf_register_info rows[] = {KA_FIELD_MAP(FIELD)};
#undef FIELD
    static hf_register_info kept[KA_FIELDS];

    for (int i = 0; i < KA_FIELDS; i++) {
        registered->field[i] = KA_UNREGISTERED;
        kept[i] = rows[i];
    }
    proto_register_field_array(registered->protocol, kept, KA_FIELDS);
}

static void register_trees(struct registered *registered)
{
    int *trees[KA_TREE_COUNT];

    for (int i = 0; i < KA_TREE_COUNT; i++) {
        registered->tree[i] = KA_UNREGISTERED;
        trees[i] = &registered->tree[i];
    }
    proto_register_subtree_array(trees, KA_TREE_COUNT);
}

/* Severities as Wireshark has them. */
static int wireshark_severity(enum ka_severity severity)
{
    switch (severity) {
    case KA_SEVERITY_NOTE:
        return PI_NOTE;
    case KA_SEVERITY_WARNING:
        return PI_WARN;
    case KA_SEVERITY_ERROR:
    case KA_SEVERITY_COUNT:
        break;
    }
    return PI_ERROR;
}

static void register_expert_items(struct registered *registered)
{
    static const expert_field_info own[KA_EXPERT_FINDING] = {
        [KA_EXPERT_PROBE] = {"ka.expert.probe", PI_SEQUENCE, PI_NOTE, "Keep-alive probe", EXPFILL},
        [KA_EXPERT_UNANSWERED] = {"ka.expert.unanswered", PI_SEQUENCE, PI_WARN,
                                  "The peer does not answer", EXPFILL},
        [KA_EXPERT_DEAD] = {"ka.expert.dead", PI_SEQUENCE, PI_ERROR, "The peer is declared dead",
                            EXPFILL},
        [KA_EXPERT_DISAGREES] = {"ka.expert.disagrees", PI_ASSUMPTION, PI_NOTE,
                                 "Wireshark's own TCP analysis says otherwise", EXPFILL},
    };
#define FINDING(code, name, meaning)                                                               \
    {"ka.expert." name, PI_SEQUENCE, PI_NOTE, "Finding: " meaning, EXPFILL},
    static const expert_field_info findings[KA_FINDING_COUNT] = {KA_FINDING_MAP(FINDING)};
#undef FINDING
    static ei_register_info rows[KA_EXPERT_COUNT];

    size_t rules;
    const struct ka_finding_rule *rule = ka_finding_rules(&rules);

    for (int i = 0; i < KA_EXPERT_COUNT; i++) {
        registered->expert[i] = (expert_field)EI_INIT;
        rows[i] = (ei_register_info){
            &registered->expert[i],
            i < KA_EXPERT_FINDING ? own[i] : findings[i - KA_EXPERT_FINDING],
        };
    }
    for (size_t i = 0; i < rules; i++)
        rows[KA_EXPERT_FINDING + (int)rule[i].code].eiinfo.severity =
            wireshark_severity(rule[i].severity);
    expert_register_field_array(expert_register_protocol(registered->protocol), rows,
                                KA_EXPERT_COUNT);
}

static void preferences_changed(void)
{
    set_postdissector_wanted_hfids(plugin.handle,
                                   plugin.use_dissected ? adapter_wanted_fields() : NULL);
    if (plugin.nominal_row != 0)
        ka_preset((size_t)plugin.nominal_row - 1, &plugin.nominal);
}

/* The core's presets as the choices of a preference, which Wireshark does not copy. */
static enum_val_t *nominal_choices(void)
{
    GArray *choices = g_array_new(TRUE, TRUE, sizeof(enum_val_t)); /* ends with a zero row */
    enum_val_t none = {"none", "None: only what the capture shows", 0};
    struct ka_preset preset;

    g_array_append_val(choices, none);
    for (size_t i = 0; ka_preset(i, &preset); i++) {
        char *words =
            preset.intvl_s == 0
                ? g_strdup_printf("%s: idle %u s, growing intervals", preset.name, preset.idle_s)
                : g_strdup_printf("%s: idle %u s, interval %u s, count %u", preset.name,
                                  preset.idle_s, preset.intvl_s, preset.count);
        enum_val_t choice = {preset.name, words, (int)i + 1};
        g_array_append_val(choices, choice);
    }
    return (enum_val_t *)(void *)g_array_free(choices, FALSE);
}

static void register_preferences(void)
{
    module_t *module = prefs_register_protocol(plugin.registered.protocol, preferences_changed);

    plugin.nominal_choices = nominal_choices();
    prefs_register_bool_preference(
        module, "show_info", "Say in the Info column what a frame is",
        "Begin the Info column of a tagged frame with what it is: [Keep-alive probe 4 of 9, ...].",
        &plugin.show_info);
    prefs_register_uint_preference(
        module, "idle_min_ms", "Shortest idle time before a probe (milliseconds)",
        "A segment that looks like a keep-alive probe is not taken for one when the connection was "
        "silent for less than this before it. 0: no such limit.",
        10, &plugin.idle_min_ms);
    prefs_register_enum_preference(
        module, "nominal", "Nominal settings",
        "Keep-alive settings that are known to be in use. They stand in where the capture does not "
        "show how many probes there were to be, and how long detection was to take.",
        &plugin.nominal_row, plugin.nominal_choices, FALSE);
    prefs_register_bool_preference(
        module, "use_dissected", "Also analyse TCP that only Wireshark can decode",
        "Where a frame's own bytes show no TCP but Wireshark found some (decrypted, reassembled "
        "from IP fragments, rare link types and tunnels), analyse that. Reading a file then takes "
        "longer: Wireshark must build the protocol tree of every frame.",
        &plugin.use_dissected);
}

static void register_ka(void)
{
    plugin.registered.protocol = proto_register_protocol("TCP Keep-Alive", "KA", "ka");
    register_fields(&plugin.registered);
    register_trees(&plugin.registered);
    register_expert_items(&plugin.registered);
    plugin.handle = register_dissector("ka", dissect_ka, plugin.registered.protocol);
    plugin.tap = register_tap("ka");
    register_preferences();
    register_init_routine(open_file);
    register_cleanup_routine(close_file);
    register_postseq_cleanup_routine(file_read_through);
    register_shutdown_routine(shut_down);
    register_postdissector(plugin.handle);
}

static void register_ka_statistics(void)
{
    register_stats_tree();
    register_stats_table();
}

void plugin_register(void)
{
    static const proto_plugin ka = {register_ka, register_ka_statistics};
    proto_register_plugin(&ka);
}
