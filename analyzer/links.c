/* SPDX-License-Identifier: GPL-2.0-or-later */
/* links.c: the link types of one capture, each with the filter compiled for it. */
#include "links.h"

#include <stdio.h>
#include <string.h>

#include "core/ka.h"

enum { SNAPLEN_MAX = 262144 };

void links_free(struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (links->list[i].has_program)
            pcap_freecode(&links->list[i].program);
    links->count = 0;
}

static void compile(struct links *links, struct link *link, pcap_t *handle)
{
    link->has_program =
        pcap_compile(handle, &link->program, links->filter, 1, PCAP_NETMASK_UNKNOWN) == 0;
    link->takes_none = !link->has_program;
    if (link->takes_none && !links->error[0])
        snprintf(links->error, sizeof links->error, "%s", pcap_geterr(handle));
}

struct link *links_of_handle(struct links *links, pcap_t *handle)
{
    struct link *link = &links->list[links->count++];

    *link = (struct link){.link_type = pcap_datalink(handle)};
    if (links->filter)
        compile(links, link, handle);
    return link;
}

/* An empty capture of this link type, in which libpcap finds its own number for it. */
static pcap_t *open_empty(uint16_t file_type)
{
    const struct pcap_file_header header = {
        .magic = 0xa1b2c3d4,
        .version_major = PCAP_VERSION_MAJOR,
        .version_minor = PCAP_VERSION_MINOR,
        .snaplen = SNAPLEN_MAX,
        .linktype = file_type,
    };
    char message[PCAP_ERRBUF_SIZE];
    FILE *file = fmemopen((void *)&header, sizeof header, "rb"); /* only read */
    pcap_t *handle = NULL;

    if (file)
        handle = pcap_fopen_offline(file, message);
    if (file && !handle)
        fclose(file);
    return handle;
}

static struct link *add(struct links *links, uint16_t file_type)
{
    pcap_t *handle = links->count < LINKS_MAX ? open_empty(file_type) : NULL;
    struct link *link;

    if (!handle) {
        links->other = (struct link){.link_type = -1};
        return &links->other;
    }
    link = links_of_handle(links, handle);
    link->file_type = file_type;
    pcap_close(handle);
    return link;
}

struct link *links_find(struct links *links, uint16_t file_type)
{
    if (links->latest && links->latest->file_type == file_type)
        return links->latest;
    for (size_t i = 0; i < links->count; i++)
        if (links->list[i].file_type == file_type)
            return links->latest = &links->list[i];
    return add(links, file_type);
}

bool links_wants(const struct link *link, const uint8_t *bytes, uint32_t caplen, uint32_t wirelen)
{
    const struct pcap_pkthdr header = {.caplen = caplen, .len = wirelen};

    if (!link->has_program)
        return !link->takes_none;
    return pcap_offline_filter(&link->program, &header, bytes) != 0;
}

const struct link *links_decoded(const struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (ka_linktype_known(links->list[i].link_type))
            return &links->list[i];
    return &links->list[0];
}

static void append_name(struct links *links, const struct link *link)
{
    const char *name = pcap_datalink_val_to_name(link->link_type);
    size_t length = strlen(links->names);

    snprintf(links->names + length, sizeof links->names - length, "%s%s", length > 0 ? "," : "",
             name ? name : "unnamed");
}

const char *links_names(struct links *links)
{
    links->names[0] = '\0';
    for (size_t i = 0; i < links->count; i++)
        if (links->list[i].is_used)
            append_name(links, &links->list[i]);
    if (!links->names[0])
        append_name(links, &links->list[0]);
    return links->names;
}
