/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ka-wiretap.c: any capture that Wireshark's libwiretap opens, as pcapng on standard output.
 *
 * ka-analyze runs it for the formats that it does not know itself. It is a program of its own so
 * that the usual run neither loads libwiretap nor trusts it with its memory, and several may run at
 * once.
 *
 * usage: ka-wiretap [USER | --no-sandbox] <CAPTURE. USER: whom root becomes. Standard error gets
 * one line: the status as a digit, then what went wrong.
 */
#ifndef HAVE_SSIZE_T
#define HAVE_SSIZE_T 1
#endif

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <glib.h>
#include <ws_version.h>

#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <wsutil/wslog.h>

#include "core/ka.h"
#include "sandbox.h"
#include "wiretap/ka-wiretap.h"

#if WIRESHARK_VERSION_MAJOR > 4 || (WIRESHARK_VERSION_MAJOR == 4 && WIRESHARK_VERSION_MINOR >= 6)
#define BUFFER_IN_RECORD 1 /* since 4.6 a record has its bytes with it */
#else
#define BUFFER_IN_RECORD 0
#endif

enum {
    ENCAPS_MAX = 512,
    LINKTYPES = 512,
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_PPP = 9,
    LINKTYPE_RAW = 101,
    LINKTYPE_C_HDLC = 104,
    LINKTYPE_IEEE802_11 = 105,
    LINKTYPE_IPV4 = 228,
    LINKTYPE_IPV6 = 229,
    NONE = -1,
    FIRST_BYTES = 1514,
    CAPLEN_MAX = 262144,
    DATA_MAX_MIB = 512, /* what a damaged file may make libwiretap allocate */
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BLOCK_CUSTOM = 0xbad,
};

struct input {
    wtap *wth;
    wtap_rec rec;
#if !BUFFER_IN_RECORD
    Buffer buffer;
#endif
};

struct output {
    int linktype[ENCAPS_MAX]; /* by WTAP_ENCAP_, or NONE */
    int interface[LINKTYPES]; /* of the link types that were described, or NONE */
    int interfaces;
};

/* ---- input ------------------------------------------------------------------------------- */

static void begin_input(struct input *input)
{
#if BUFFER_IN_RECORD
    wtap_rec_init(&input->rec, FIRST_BYTES);
#else
    wtap_rec_init(&input->rec);
    ws_buffer_init(&input->buffer, FIRST_BYTES);
#endif
}

static bool read_record(struct input *input, int *error, char **detail)
{
    gint64 offset;

#if BUFFER_IN_RECORD
    return wtap_read(input->wth, &input->rec, error, detail, &offset);
#else
    return wtap_read(input->wth, &input->rec, &input->buffer, error, detail, &offset);
#endif
}

static const uint8_t *bytes_of(struct input *input)
{
#if BUFFER_IN_RECORD
    return ws_buffer_start_ptr(&input->rec.data);
#else
    return ws_buffer_start_ptr(&input->buffer);
#endif
}

static void end_input(struct input *input)
{
    wtap_rec_cleanup(&input->rec);
#if !BUFFER_IN_RECORD
    ws_buffer_free(&input->buffer);
#endif
    wtap_close(input->wth);
}

/* ---- link types -------------------------------------------------------------------------- */

/* The header that these formats put before the frames wiretap keeps apart from them. */
static const struct {
    int encap, linktype;
} without_header[] = {
    {WTAP_ENCAP_RAW_IP, LINKTYPE_RAW},
    {WTAP_ENCAP_NETTL_ETHERNET, LINKTYPE_ETHERNET},
    {WTAP_ENCAP_NETTL_RAW_IP, LINKTYPE_RAW},
    {WTAP_ENCAP_PPP_WITH_PHDR, LINKTYPE_PPP},
    {WTAP_ENCAP_CHDLC_WITH_PHDR, LINKTYPE_C_HDLC},
    {WTAP_ENCAP_IEEE_802_11_WITH_RADIO, LINKTYPE_IEEE802_11},
    {WTAP_ENCAP_ERF, LINKTYPE_ETHERNET}, /* mostly: linktype_of_erf() */
};

/*
 * Wiretap's own map from its encapsulations to link types is not exported; the one from link types
 * is, so it is turned round. Of several that are one to wiretap the first
 * that ka-analyze decodes is taken.
 */
static void map_encaps(struct output *output)
{
    for (int i = 0; i < ENCAPS_MAX; i++)
        output->linktype[i] = NONE;
    for (int i = 0; i < LINKTYPES; i++)
        output->interface[i] = NONE;
    for (int linktype = 0; linktype < LINKTYPES; linktype++) {
        int encap = wtap_pcap_encap_to_wtap_encap(linktype);

        if (encap <= 0 || encap >= ENCAPS_MAX)
            continue;
        if (output->linktype[encap] == NONE ||
            (!ka_linktype_known(output->linktype[encap]) && ka_linktype_known(linktype)))
            output->linktype[encap] = linktype;
    }
    for (size_t i = 0; i < sizeof without_header / sizeof without_header[0]; i++)
        output->linktype[without_header[i].encap] = without_header[i].linktype;
}

static int linktype_of(const struct output *output, int encap)
{
    return encap >= 0 && encap < ENCAPS_MAX ? output->linktype[encap] : NONE;
}

/*
 * Each record of Endace's cards has its own type, whose highest bit says that more headers follow.
 */
static int linktype_of_erf(uint8_t type)
{
    enum { HEADERS_FOLLOW = 0x80 };
    enum { ETH = 2, COLOR_ETH = 11, DSM_COLOR_ETH = 16, COLOR_HASH_ETH = 20, IPV4 = 22, IPV6 = 23 };

    switch (type & ~HEADERS_FOLLOW) {
    case ETH:
    case COLOR_ETH:
    case DSM_COLOR_ETH:
    case COLOR_HASH_ETH:
        return LINKTYPE_ETHERNET;
    case IPV4:
        return LINKTYPE_IPV4;
    case IPV6:
        return LINKTYPE_IPV6;
    default:
        return NONE;
    }
}

static int linktype_of_record(const struct output *output, const wtap_packet_header *header)
{
    return header->pkt_encap == WTAP_ENCAP_ERF
               ? linktype_of_erf(header->pseudo_header.erf.phdr.type)
               : linktype_of(output, header->pkt_encap);
}

/* ---- output ------------------------------------------------------------------------------ */

static void put32(uint32_t value)
{
    fwrite(&value, sizeof value, 1, stdout);
}

static void put_section(void)
{
    const uint32_t length = 28;

    put32(BLOCK_SECTION);
    put32(length);
    put32(0x1a2b3c4d); /* byte order */
    put32(1);          /* version 1.0 */
    put32(UINT32_MAX); /* of unknown length */
    put32(UINT32_MAX);
    put32(length);
}

static void put_interface(struct output *output, int linktype)
{
    const uint32_t length = 32;

    if (output->interface[linktype] != NONE)
        return;
    output->interface[linktype] = output->interfaces++;
    put32(BLOCK_INTERFACE);
    put32(length);
    put32((uint32_t)linktype);
    put32(0);           /* no limit to the snapshot length */
    put32(9 | 1 << 16); /* if_tsresol */
    put32(9);           /* 10^-9 s */
    put32(0);           /* end of options */
    put32(length);
}

/* What has no link type, or no time that pcapng can tell, keeps its number among the frames. */
static void put_placeholder(void)
{
    const uint32_t length = 16;

    put32(BLOCK_CUSTOM);
    put32(length);
    put32(0);
    put32(length);
}

static void put_packet(struct output *output, struct input *input, int linktype)
{
    const wtap_packet_header *header = &input->rec.rec_header.packet_header;
    uint64_t ns =
        (uint64_t)input->rec.ts.secs * UINT64_C(1000000000) + (uint64_t)input->rec.ts.nsecs;
    uint32_t caplen = header->caplen < CAPLEN_MAX ? header->caplen : CAPLEN_MAX;
    uint32_t padded = (caplen + 3) / 4 * 4, length = 32 + padded;
    static const uint8_t padding[3];

    put_interface(output, linktype);
    put32(BLOCK_PACKET);
    put32(length);
    put32((uint32_t)output->interface[linktype]);
    put32((uint32_t)(ns >> 32));
    put32((uint32_t)ns);
    put32(caplen);
    put32(header->len);
    fwrite(bytes_of(input), 1, caplen, stdout);
    fwrite(padding, 1, padded - caplen, stdout);
    put32(length);
}

static void put_record(struct output *output, struct input *input)
{
    const int64_t seconds_max = INT64_MAX / 1000000000 - 5;
    const wtap_rec *rec = &input->rec;
    bool has_time = rec->presence_flags & WTAP_HAS_TS && rec->ts.secs >= 0 &&
                    rec->ts.secs <= seconds_max && rec->ts.nsecs >= 0;
    int linktype = rec->rec_type == REC_TYPE_PACKET && has_time
                       ? linktype_of_record(output, &rec->rec_header.packet_header)
                       : NONE;

    if (linktype != NONE)
        put_packet(output, input, linktype);
    else
        put_placeholder();
}

/* ---- both -------------------------------------------------------------------------------- */

static int finish(enum ka_wiretap_status status, const char *text)
{
    fprintf(stderr, "%d%s\n", status, text);
    return status == KA_WIRETAP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Say what went wrong; the line has no name of the file. */
static int fail(int error, const char *detail)
{
    const char *text = error > 0 ? g_strerror(error) : wtap_strerror(error);

    if (error == WTAP_ERR_FILE_UNKNOWN_FORMAT || error == WTAP_ERR_NOT_REGULAR_FILE)
        return finish(KA_WIRETAP_UNKNOWN, "");
    if (error == WTAP_ERR_SHORT_READ)
        return finish(KA_WIRETAP_CUT, "cut inside a packet");
    /* The texts have a place for the name of the file in them; the detail says more. */
    return finish(KA_WIRETAP_DAMAGED, detail              ? detail
                                      : strchr(text, '%') ? "it makes no sense"
                                                          : text);
}

/* Returns what main() does. */
static int copy(struct input *input)
{
    struct output output = {.interfaces = 0};
    int error = 0, encap = wtap_file_encap(input->wth);
    char *detail = NULL;

    map_encaps(&output);
    /* Wireshark opens pictures and the like as well. */
    if (encap != WTAP_ENCAP_PER_PACKET && encap != WTAP_ENCAP_UNKNOWN &&
        linktype_of(&output, encap) == NONE)
        return finish(KA_WIRETAP_UNKNOWN, "");
    put_section();
    if (linktype_of(&output, encap) != NONE)
        put_interface(&output, linktype_of(&output, encap));
    while (!ferror(stdout) && read_record(input, &error, &detail))
        put_record(&output, input);
    fclose(stdout);
    return error ? fail(error, detail) : finish(KA_WIRETAP_OK, "");
}

/* A damaged file shall neither get at anything nor take all of the memory. */
static bool confine(const char *argument)
{
    const struct sandbox_needs needs = {.user = argument};
    const struct rlimit data = {(rlim_t)DATA_MAX_MIB << 20, (rlim_t)DATA_MAX_MIB << 20};
    const struct rlimit core = {0, 0};
    char error[SANDBOX_ERROR_BYTES];

    setrlimit(RLIMIT_DATA, &data);
    setrlimit(RLIMIT_CORE, &core);
    if (argument && strcmp(argument, "--no-sandbox") == 0)
        return true;
    return sandbox_enter(&needs, error) || (finish(KA_WIRETAP_DAMAGED, error), false);
}

int main(int argc, char **argv)
{
    struct input input;
    char *detail = NULL;
    int error, status;

    signal(SIGINT, SIG_IGN); /* ka-analyze decides */
    ws_log_set_level(LOG_LEVEL_CRITICAL);
    wtap_init(FALSE);
    tzset(); /* some formats have local times; the zone's file cannot be read later */
    if (!confine(argc > 1 ? argv[1] : NULL))
        return EXIT_FAILURE;
    input.wth = wtap_open_offline("-", WTAP_TYPE_AUTO, &error, &detail, FALSE);
    /* In a pipe it cannot go back far enough for all of its tests. */
    if (!input.wth && error == ESPIPE)
        return finish(KA_WIRETAP_UNKNOWN, "");
    if (!input.wth)
        return fail(error, detail);
    begin_input(&input);
    status = copy(&input);
    end_input(&input);
    wtap_cleanup();
    return status;
}
