/* SPDX-License-Identifier: GPL-2.0-or-later */
/* adapter.c: frame bytes, or Wireshark's fields, to struct ka_segment. */
#include "adapter.h"

#include <string.h>

#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>

/* LINKTYPE_ values are assigned upwards from 0; none that the core knows is above this. */
enum { LINKTYPES = 512, LINKTYPE_NONE = -1, LINKTYPE_RAW = 101 };

enum wanted { WANT_SEQ, WANT_LEN, WANT_TTL, WANT_ID, WANT_HLIM, WANTED };

static const char *const wanted_names[WANTED] = {
    [WANT_SEQ] = "tcp.seq_raw", [WANT_LEN] = "tcp.len",    [WANT_TTL] = "ip.ttl",
    [WANT_ID] = "ip.id",        [WANT_HLIM] = "ipv6.hlim",
};

struct adapter {
    int hf[WANTED];
    int encaps;    /* entries of linktype[] */
    int *linktype; /* by WTAP_ENCAP_: a LINKTYPE_ that ka_decode() knows, or LINKTYPE_NONE */
};

/*
 * Wiretap's own map from its encapsulations to link types is not exported; the one from link types
 * is, so it is turned round. Of several link types that are one to wiretap (raw IP has four) any
 * will do: they are one to the core, too.
 */
static void map_encaps(struct adapter *adapter)
{
    for (int i = 0; i < adapter->encaps; i++)
        adapter->linktype[i] = LINKTYPE_NONE;
    for (int linktype = 0; linktype < LINKTYPES; linktype++) {
        int encap = wtap_pcap_encap_to_wtap_encap(linktype);
        if (encap > 0 && encap < adapter->encaps && adapter->linktype[encap] == LINKTYPE_NONE &&
            ka_linktype_known(linktype))
            adapter->linktype[encap] = linktype;
    }
}

struct adapter *adapter_new(void)
{
    struct adapter *adapter = g_new0(struct adapter, 1);

    for (int i = 0; i < WANTED; i++)
        adapter->hf[i] = proto_registrar_get_id_byname(wanted_names[i]);
    adapter->encaps = wtap_get_num_encap_types();
    adapter->linktype = g_new(int, adapter->encaps);
    map_encaps(adapter);
    return adapter;
}

void adapter_free(struct adapter *adapter)
{
    if (adapter == NULL)
        return;
    g_free(adapter->linktype);
    g_free(adapter);
}

GArray *adapter_wanted_fields(void)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(int));

    for (int i = 0; i < WANTED; i++) {
        int hf = proto_registrar_get_id_byname(wanted_names[i]);
        g_array_append_val(fields, hf);
    }
    return fields;
}

int64_t adapter_time_ns(const packet_info *pinfo)
{
    const int64_t seconds_max = INT64_MAX / KA_SECOND - 1;
    int64_t s = pinfo->abs_ts.secs, ns = pinfo->abs_ts.nsecs;

    if (!(pinfo->presence_flags & PINFO_HAS_TS) || s < -seconds_max || s > seconds_max || ns < 0 ||
        ns >= KA_SECOND)
        return KA_UNKNOWN;
    return s * KA_SECOND + ns;
}

/* Frame number and time, which ka_decode() leaves to its caller. */
static bool stamp(const packet_info *pinfo, struct ka_segment *segment)
{
    segment->frame = pinfo->num;
    segment->time_ns = adapter_time_ns(pinfo);
    return segment->time_ns != KA_UNKNOWN;
}

bool adapter_from_bytes(const struct adapter *adapter, tvbuff_t *tvb, const packet_info *pinfo,
                        struct ka_segment *segment)
{
    if (pinfo->rec == NULL || pinfo->rec->rec_type != REC_TYPE_PACKET)
        return false;

    int encap = pinfo->rec->rec_header.packet_header.pkt_encap;
    if (encap < 0 || encap >= adapter->encaps || adapter->linktype[encap] == LINKTYPE_NONE)
        return false;

    uint32_t caplen = tvb_captured_length(tvb);
    if (caplen == 0 || ka_decode(adapter->linktype[encap], tvb_get_ptr(tvb, 0, (int)caplen), caplen,
                                 tvb_reported_length(tvb), segment) != KA_SKIP_NONE)
        return false;
    return stamp(pinfo, segment);
}

/* The last of a field's occurrences, so that of the innermost layer; NULL when it was not kept. */
static field_info *last_field(const struct adapter *adapter, proto_tree *tree, enum wanted wanted)
{
    GPtrArray *found = proto_get_finfo_ptr_array(tree, adapter->hf[wanted]);
    return found == NULL || found->len == 0 ? NULL : g_ptr_array_index(found, found->len - 1);
}

static uint32_t last_value(const struct adapter *adapter, proto_tree *tree, enum wanted wanted)
{
    field_info *field = last_field(adapter, tree, wanted);
    return field == NULL ? 0 : fvalue_get_uinteger(KA_FVALUE(field));
}

static void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* An IP header (RFC 791 3.1, RFC 8200 3) like the dissected one; returns its length, 0: none. */
static uint32_t put_ip_header(const struct adapter *adapter, const packet_info *pinfo,
                              proto_tree *tree, uint32_t payload_bytes, uint8_t *ip)
{
    enum { IPPROTO_IS_TCP = 6, IPV4_BYTES = 20, IPV6_BYTES = 40 };

    if (pinfo->src.type != pinfo->dst.type)
        return 0;
    if (pinfo->src.type == AT_IPv4) {
        ip[0] = 0x45;
        put16(ip + 2, IPV4_BYTES + payload_bytes);
        put16(ip + 4, last_value(adapter, tree, WANT_ID));
        ip[8] = (uint8_t)last_value(adapter, tree, WANT_TTL);
        ip[9] = IPPROTO_IS_TCP;
        memcpy(ip + 12, pinfo->src.data, 4);
        memcpy(ip + 16, pinfo->dst.data, 4);
        return IPV4_BYTES;
    }
    if (pinfo->src.type == AT_IPv6) {
        ip[0] = 0x60;
        put16(ip + 4, payload_bytes);
        ip[6] = IPPROTO_IS_TCP;
        ip[7] = (uint8_t)last_value(adapter, tree, WANT_HLIM);
        memcpy(ip + 8, pinfo->src.data, 16);
        memcpy(ip + 24, pinfo->dst.data, 16);
        return IPV6_BYTES;
    }
    return 0;
}

/*
 * Rebuilds the packet's headers and lets the core decode them. The length of a segment behind
 * Wireshark's reassembly may not fit into an IP header; ka_decode() never sees it, it is set after.
 */
bool adapter_from_fields(const struct adapter *adapter, const packet_info *pinfo, proto_tree *tree,
                         struct ka_segment *segment)
{
    enum { SEQ_OFFSET = 4, MAX_TCP_BYTES = 60, MAX_IP_BYTES = 40 };
    uint8_t packet[MAX_IP_BYTES + MAX_TCP_BYTES + KA_HEAD_BYTES] = {0};
    field_info *seq = tree == NULL ? NULL : last_field(adapter, tree, WANT_SEQ);

    if (seq == NULL || last_field(adapter, tree, WANT_LEN) == NULL || seq->start < SEQ_OFFSET)
        return false;

    int start = seq->start - SEQ_OFFSET;
    uint32_t bytes =
        MIN(tvb_captured_length_remaining(seq->ds_tvb, start), MAX_TCP_BYTES + KA_HEAD_BYTES);
    uint32_t ip_bytes = put_ip_header(adapter, pinfo, tree, bytes, packet);
    if (ip_bytes == 0)
        return false;
    tvb_memcpy(seq->ds_tvb, packet + ip_bytes, start, bytes);
    if (ka_decode(LINKTYPE_RAW, packet, ip_bytes + bytes, ip_bytes + bytes, segment) !=
        KA_SKIP_NONE)
        return false;
    segment->len = last_value(adapter, tree, WANT_LEN);
    segment->has_first_byte = segment->has_first_byte && segment->len > 0;
    if (segment->head_bytes > segment->len)
        segment->head_bytes = (uint8_t)segment->len;
    return stamp(pinfo, segment);
}
