/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disagree.c: a frame's tag beside what Wireshark's own TCP analysis says of the frame. */
#include "plugin.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>

/*
 * The flags of struct tcp_acked, private to packet-tcp.c (TCP_A_ there) and the same in Wireshark
 * 4.0 to 4.6. They are read here because fields cannot be: Wireshark keeps the fields of a frame
 * only where something asked for them before.
 */
struct reading {
    uint16_t flag;
    const char *name;      /* of the field, tcp.analysis.<name> */
    enum ka_tag tag;       /* that says the same; KA_TAG_NONE: none */
    const char *overlooks; /* what Wireshark's rule does not ask, where no rule of ours fits */
};

static const struct reading readings[] = {
    {0x0008, "keep_alive", KA_TAG_KEEPALIVE_PROBE,
     "its rule asks neither whether all is acknowledged nor whether the sender has closed"},
    {0x0100, "keep_alive_ack", KA_TAG_KEEPALIVE_ACK,
     "here no keep-alive probe is outstanding that this segment could answer"},
    {0x0040, "zero_window_probe", KA_TAG_WINDOW_PROBE,
     "its rule does not ask whether the byte was sent before"},
    {0x0080, "zero_window_probe_ack", KA_TAG_WINDOW_PROBE_ACK,
     "here no window probe is outstanding that this segment could answer"},
    {0x4000, "spurious_retransmission", KA_TAG_RETRANSMISSION,
     "here these bytes have not been seen sent before"},
    {0x0400, "fast_retransmission", KA_TAG_RETRANSMISSION,
     "here these bytes have not been seen sent before"},
    {0x0001, "retransmission", KA_TAG_RETRANSMISSION,
     "here these bytes have not been seen sent before"},
    {0x0200, "out_of_order", KA_TAG_NONE, ""},
};

/* Whether the user left tcp.analyze_sequence_numbers on. */
static bool wireshark_analyses(void)
{
    module_t *module = prefs_find_module("tcp");
    pref_t *pref =
        module == NULL ? NULL : prefs_find_preference(module, "analyze_sequence_numbers");
    return pref != NULL && prefs_get_bool_value(pref, pref_current);
}

/* Wireshark's analysis of the frame's innermost TCP layer; NULL: there is none. */
static const struct tcp_analysis *wireshark_analysis(packet_info *pinfo)
{
    if (pinfo->ptype != PT_TCP || !proto_is_frame_protocol(pinfo->layers, "tcp") ||
        !wireshark_analyses())
        return NULL;

    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    return conversation == NULL
               ? NULL
               : conversation_get_proto_data(conversation, proto_get_id_by_filter_name("tcp"));
}

static const struct reading *wireshark_reading(const struct tcp_analysis *analysis)
{
    if (analysis->ta == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++)
        if (analysis->ta->flags & readings[i].flag)
            return &readings[i];
    return NULL;
}

/* Whether Wireshark has a flag for what the tag says. */
static bool has_counterpart(enum ka_tag tag)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++)
        if (tag != KA_TAG_NONE && readings[i].tag == tag)
            return true;
    return false;
}

const struct disagreement *find_disagreement(packet_info *pinfo, const struct ka_frame *frame)
{
    const struct tcp_analysis *analysis = wireshark_analysis(pinfo);
    enum ka_tag tag = frame == NULL ? KA_TAG_NONE : frame->tag;

    if (analysis == NULL || tag == KA_TAG_ICMP_UNREACHABLE)
        return NULL;

    const struct reading *reading = wireshark_reading(analysis);
    enum ka_tag theirs = reading == NULL ? KA_TAG_NONE : reading->tag;
    if (theirs == (has_counterpart(tag) ? tag : KA_TAG_NONE))
        return NULL;

    struct disagreement *disagreement = wmem_new(pinfo->pool, struct disagreement);
    disagreement->wireshark = reading == NULL ? "none" : reading->name;
    if (frame == NULL)
        disagreement->why = reading->overlooks;
    else if (frame->rule == NULL)
        disagreement->why = ka_tag_meaning(tag);
    else
        disagreement->why = wmem_strdup_printf(pinfo->pool, "%s: %s (%s)", ka_tag_name(tag),
                                               frame->rule->meaning, frame->rule->source);
    return disagreement;
}
