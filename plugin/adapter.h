/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * adapter.h: from the frame that Wireshark is dissecting to the segment that the core analyses.
 *
 * The frame's own bytes go through ka_decode(), as in the command: the two cannot disagree, no
 * protocol tree has to be built, and it costs nanoseconds. Where these bytes show no TCP but
 * Wireshark found some (decryption, reassembled fragments, link types and tunnels that only it
 * knows), adapter_from_fields() reads the dissected header, on request: for that Wireshark must
 * keep a tree of every frame.
 */
#ifndef KA_ADAPTER_H
#define KA_ADAPTER_H

#include "compat.h"

#include <epan/packet.h>

#include "core/ka.h"

struct adapter; /* opaque: adapter_new() .. adapter_free() */

/* NULL only when out of memory. */
struct adapter *adapter_new(void);
void adapter_free(struct adapter *adapter);

/* The fields that adapter_from_fields() needs, for set_postdissector_wanted_hfids(). */
GArray *adapter_wanted_fields(void);

/* When the frame was captured; KA_UNKNOWN where the capture's time stamp is none. */
int64_t adapter_time_ns(const packet_info *pinfo);

/* The segment in the frame `tvb`, from its bytes. False: they hold none. */
bool adapter_from_bytes(const struct adapter *adapter, tvbuff_t *tvb, const packet_info *pinfo,
                        struct ka_segment *segment);

/*
 * The innermost segment that Wireshark dissected, from the wanted fields in `tree`. False: there is
 * none, or the fields were not kept (they are on the first pass only).
 */
bool adapter_from_fields(const struct adapter *adapter, const packet_info *pinfo, proto_tree *tree,
                         struct ka_segment *segment);

#endif
