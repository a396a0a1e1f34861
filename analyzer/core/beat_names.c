/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * beat_names.c: heartbeats by name. A row is a message whose bytes can hardly be anything else; of
 * messages of a byte or two only in a protocol's own port is that
 * so. What is encrypted has no name.
 */
#include "beat_names.h"

#include <string.h>

#define ANY 0x100 /* a byte of any value */

struct row {
    struct beat_name name;
    uint16_t len_min, len_max; /* of the payload */
    uint8_t known;             /* bytes in `bytes` */
    uint16_t bytes[KA_HEAD_BYTES];
    uint16_t ports[3]; /* one of both ends has one of these; none: any */
    bool (*fits)(const struct ka_segment *segment); /* or NULL */
};

/* RFC 6455 5.2, 5.5: a control frame whose length, with or without mask, is that of the payload. */
static bool is_whole_frame(const struct ka_segment *segment)
{
    enum { MASKED = 0x80, MASK_BYTES = 4, HEADER_BYTES = 2, CONTROL_MAX = 125 };
    uint8_t second = segment->head[1];
    uint32_t length = second & ~MASKED;

    return segment->head_bytes >= HEADER_BYTES && length <= CONTROL_MAX &&
           segment->len == HEADER_BYTES + length + (second & MASKED ? MASK_BYTES : 0);
}

/* A command's name may be written in any case. */
static bool is_ping_word(const struct ka_segment *segment)
{
    static const char word[] = "PING";
    enum { AT = 8, TO_UPPER = ~0x20 };

    for (size_t i = 0; word[i]; i++)
        if ((segment->head[AT + i] & TO_UPPER) != word[i])
            return false;
    return true;
}

/* OpenFlow 1.0 to 1.5: the first byte is the version. */
static bool is_openflow_version(const struct ka_segment *segment)
{
    return segment->head[0] >= 1 && segment->head[0] <= 6;
}

/* RFC 6733 3: the length of the message is that of the payload. */
static bool is_whole_diameter(const struct ka_segment *segment)
{
    return ((uint32_t)segment->head[1] << 16 | (uint32_t)segment->head[2] << 8 |
            segment->head[3]) == segment->len;
}

#define FF8 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

static const struct row rows[] = {
    {{"mqtt", "PINGREQ", "MQTT 3.1.1 and 5.0, 3.12"}, 2, 2, 2, {0xc0, 0}, {0}, NULL},
    {{"mqtt", "PINGRESP", "MQTT 3.1.1 and 5.0, 3.13"}, 2, 2, 2, {0xd0, 0}, {0}, NULL},
    {{"websocket", "ping", "RFC 6455 5.5.2"}, 2, 131, 1, {0x89}, {0}, is_whole_frame},
    {{"websocket", "pong", "RFC 6455 5.5.3"}, 2, 131, 1, {0x8a}, {0}, is_whole_frame},
    {{"http2", "PING", "RFC 9113 6.7"}, 17, 17, 9, {0, 0, 8, 6, 0, 0, 0, 0, 0}, {0}, NULL},
    {{"http2", "PING ACK", "RFC 9113 6.7"}, 17, 17, 9, {0, 0, 8, 6, 1, 0, 0, 0, 0}, {0}, NULL},
    {{"amqp", "heartbeat", "AMQP 0-9-1, 4.2.7"}, 8, 8, 8, {8, 0, 0, 0, 0, 0, 0, 0xce}, {0}, NULL},
    {{"amqp", "empty frame", "AMQP 1.0, 2.4.5"}, 8, 8, 8, {0, 0, 0, 8, 2, 0, 0, 0}, {0}, NULL},
    {{"redis", "PING", "Redis serialization protocol specification"},
     14,
     14,
     14,
     {'*', '1', '\r', '\n', '$', '4', '\r', '\n', ANY, ANY, ANY, ANY, '\r', '\n'},
     {0},
     is_ping_word},
    {{"redis", "PONG", "Redis serialization protocol specification"},
     7,
     7,
     7,
     {'+', 'P', 'O', 'N', 'G', '\r', '\n'},
     {0},
     NULL},
    /* Redis takes the line as an inline command. */
    {{NULL, "PING", "NATS client protocol; Redis inline commands"},
     6,
     6,
     6,
     {'P', 'I', 'N', 'G', '\r', '\n'},
     {0},
     NULL},
    {{"nats", "PONG", "NATS client protocol"},
     6,
     6,
     6,
     {'P', 'O', 'N', 'G', '\r', '\n'},
     {0},
     NULL},
    {{"irc", "PING", "RFC 2812 3.7.2"}, 7, 256, 5, {'P', 'I', 'N', 'G', ' '}, {0}, NULL},
    {{"irc", "PONG", "RFC 2812 3.7.3"}, 7, 256, 5, {'P', 'O', 'N', 'G', ' '}, {0}, NULL},
    {{"bgp", "KEEPALIVE", "RFC 4271 4.4"}, 19, 19, 16, {FF8, FF8}, {0}, NULL},
    {{"smpp", "enquire_link", "SMPP 3.4, 4.11"},
     16,
     16,
     12,
     {0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0},
     {0},
     NULL},
    {{"smpp", "enquire_link_resp", "SMPP 3.4, 4.11"},
     16,
     16,
     12,
     {0, 0, 0, 16, 0x80, 0, 0, 0x15, 0, 0, 0, 0},
     {0},
     NULL},
    {{"diameter", "Device-Watchdog-Request", "RFC 6733 5.5.1"},
     20,
     256,
     8,
     {1, 0, ANY, ANY, 0x80, 0, 1, 0x18},
     {0},
     is_whole_diameter},
    {{"diameter", "Device-Watchdog-Answer", "RFC 6733 5.5.2"},
     20,
     256,
     8,
     {1, 0, ANY, ANY, 0, 0, 1, 0x18},
     {0},
     is_whole_diameter},
    {{"mysql", "COM_PING", "MySQL client/server protocol"}, 5, 5, 5, {1, 0, 0, 0, 0x0e}, {0}, NULL},
    {{"zookeeper", "ping", "Apache ZooKeeper, ClientCnxn.java sendPing()"},
     12,
     12,
     12,
     {0, 0, 0, 8, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 11},
     {0},
     NULL},
    {{"iec104", "TESTFR act", "IEC 60870-5-104, 5.2"},
     6,
     6,
     6,
     {0x68, 4, 0x43, 0, 0, 0},
     {0},
     NULL},
    {{"iec104", "TESTFR con", "IEC 60870-5-104, 5.2"},
     6,
     6,
     6,
     {0x68, 4, 0x83, 0, 0, 0},
     {0},
     NULL},
    {{"openflow", "ECHO_REQUEST", "OpenFlow 1.3, A.5.2"},
     8,
     8,
     4,
     {ANY, 2, 0, 8},
     {6633, 6653},
     is_openflow_version},
    {{"openflow", "ECHO_REPLY", "OpenFlow 1.3, A.5.3"},
     8,
     8,
     4,
     {ANY, 3, 0, 8},
     {6633, 6653},
     is_openflow_version},
    {{"rtsp", "GET_PARAMETER", "RFC 2326 10.8"},
     20,
     256,
     16,
     {'G', 'E', 'T', '_', 'P', 'A', 'R', 'A', 'M', 'E', 'T', 'E', 'R', ' ', 'r', 't'},
     {0},
     NULL},
    {{"stomp", "heart-beat", "STOMP 1.2, Heart-beating"}, 1, 1, 1, {'\n'}, {61613, 61614}, NULL},
    {{"stomp", "heart-beat", "STOMP 1.2, Heart-beating"},
     2,
     2,
     2,
     {'\r', '\n'},
     {61613, 61614},
     NULL},
    {{"xmpp", "whitespace", "RFC 6120 4.6.1"}, 1, 1, 1, {' '}, {5222, 5223, 5269}, NULL},
};

static bool has_port(const struct row *row, const struct ka_segment *segment)
{
    if (row->ports[0] == 0)
        return true;
    for (size_t i = 0; i < sizeof row->ports / sizeof row->ports[0] && row->ports[i]; i++)
        if (segment->from.port == row->ports[i] || segment->to.port == row->ports[i])
            return true;
    return false;
}

static bool has_bytes(const struct row *row, const struct ka_segment *segment)
{
    if (segment->head_bytes < row->known)
        return false;
    for (size_t i = 0; i < row->known; i++)
        if (row->bytes[i] != ANY && row->bytes[i] != segment->head[i])
            return false;
    return true;
}

const struct beat_name *beat_name_find(const struct ka_segment *segment)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];

        if (segment->len >= row->len_min && segment->len <= row->len_max &&
            has_bytes(row, segment) && has_port(row, segment) && (!row->fits || row->fits(segment)))
            return &row->name;
    }
    return NULL;
}
