/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_pcap.c: write a timeline script as a capture, so that it can be opened in Wireshark. */
#include "script.h"
#include "script_value.h"
#include "segment_pcap.h"

void script_write_pcap(const struct script *script, struct script_variant variant, FILE *file)
{
    struct script_wire wire = script_wire(script, variant);

    pcap_write_header(file);
    for (size_t i = 0; i < script->step_count; i++) {
        struct ka_segment segment = script_segment(&wire, i);

        if (i >= variant.start)
            pcap_write_segment(file, &segment);
    }
}
