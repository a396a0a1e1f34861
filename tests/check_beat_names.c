/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_beat_names.c: heartbeats of protocols by their bytes, what
 * nearly is one, and series of them.
 */
#include <string.h>

#include "beat_names.h"
#include "suites.h"

static const struct row {
    const char *name;
    char bytes[24]; /* what the row leaves out is zero */
    uint32_t len;   /* of the payload; the head is what of `bytes` was captured */
    uint16_t port;
    const char *protocol, *message; /* NULL: none */
} rows[] = {
    {"MQTT ping", "\xc0\0", 2, 1883, "mqtt", "PINGREQ"},
    {"MQTT answer", "\xd0\0", 2, 40000, "mqtt", "PINGRESP"},
    {"MQTT, another length", "\xc0\1", 2, 1883, NULL, NULL},
    {"MQTT in a longer message", "\xc0\0\0", 3, 1883, NULL, NULL},
    {"WebSocket ping, masked", "\x89\x80\1\2\3\4", 6, 80, "websocket", "ping"},
    {"WebSocket ping, masked, 4 bytes", "\x89\x84\1\2\3\4abcd", 10, 80, "websocket", "ping"},
    {"WebSocket ping, empty", "\x89\0", 2, 80, "websocket", "ping"},
    {"WebSocket pong", "\x8a\4abcd", 6, 80, "websocket", "pong"},
    {"WebSocket, wrong length", "\x89\5abcd", 6, 80, NULL, NULL},
    {"WebSocket, too long for a control frame", "\x89\x7e", 131, 80, NULL, NULL},
    {"HTTP/2 ping", "\0\0\10\6\0\0\0\0\0abcdefg", 17, 443, "http2", "PING"},
    {"HTTP/2 ping's answer", "\0\0\10\6\1\0\0\0\0abcdefg", 17, 443, "http2", "PING ACK"},
    {"HTTP/2 ping on a stream", "\0\0\10\6\0\0\0\0\1abcdefg", 17, 443, NULL, NULL},
    {"AMQP 0-9-1", "\10\0\0\0\0\0\0\xce", 8, 5672, "amqp", "heartbeat"},
    {"AMQP 1.0", "\0\0\0\10\2\0\0\0", 8, 5672, "amqp", "empty frame"},
    {"Redis", "*1\r\n$4\r\nping\r\n", 14, 6379, "redis", "PING"},
    {"Redis, another command", "*1\r\n$4\r\nEXEC\r\n", 14, 6379, NULL, NULL},
    {"Redis answers", "+PONG\r\n", 7, 6379, "redis", "PONG"},
    {"NATS or Redis", "PING\r\n", 6, 4222, NULL, "PING"},
    {"IRC", "PING :irc.example\r\n", 19, 6667, "irc", "PING"},
    {"BGP", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 19, 179, "bgp",
     "KEEPALIVE"},
    {"BGP update", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 23, 179,
     NULL, NULL},
    {"SMPP", "\0\0\0\20\0\0\0\25\0\0\0\0\0\0\0\7", 16, 2775, "smpp", "enquire_link"},
    {"Diameter", "\1\0\0\x48\x80\0\1\30\0\0\0\0", 0x48, 3868, "diameter",
     "Device-Watchdog-Request"},
    {"Diameter, part of it", "\1\0\0\x48\x80\0\1\30\0\0\0\0", 0x40, 3868, NULL, NULL},
    {"MySQL", "\1\0\0\0\x0e", 5, 3306, "mysql", "COM_PING"},
    {"ZooKeeper", "\0\0\0\10\xff\xff\xff\xfe\0\0\0\13", 12, 2181, "zookeeper", "ping"},
    {"IEC 104", "\x68\4\x43\0\0\0", 6, 2404, "iec104", "TESTFR act"},
    {"OpenFlow", "\4\2\0\10\0\0\0\1", 8, 6653, "openflow", "ECHO_REQUEST"},
    {"OpenFlow, another port", "\4\2\0\10\0\0\0\1", 8, 6654, NULL, NULL},
    {"STOMP", "\n", 1, 61613, "stomp", "heart-beat"},
    {"a line's end", "\n", 1, 23, NULL, NULL},
    {"XMPP", " ", 1, 5222, "xmpp", "whitespace"},
    {"a blank", " ", 1, 23, NULL, NULL},
    {"encrypted", "\x17\3\3\0\x1a", 31, 443, NULL, NULL},
};

static struct ka_segment segment_of(const struct row *row, size_t captured)
{
    struct ka_segment segment = {.len = row->len, .from.port = 40001, .to.port = row->port};

    segment.head_bytes = (uint8_t)captured;
    memcpy(segment.head, row->bytes, captured);
    return segment;
}

START_TEST(test_message)
{
    const struct row *row = &rows[_i];
    size_t captured = row->len < KA_HEAD_BYTES ? row->len : KA_HEAD_BYTES;
    struct ka_segment segment = segment_of(row, captured);
    struct ka_segment back = segment;
    const struct beat_name *name = beat_name_find(&segment);

    if (!row->message) {
        ck_assert_msg(!name, "%s: %s", row->name, name ? name->message : "");
        return;
    }
    ck_assert_msg(name != NULL, "%s", row->name);
    ck_assert_msg(strcmp(name->message, row->message) == 0, "%s: %s", row->name, name->message);
    ck_assert_msg(row->protocol ? name->protocol && strcmp(name->protocol, row->protocol) == 0
                                : !name->protocol,
                  "%s", row->name);
    ck_assert_msg(name->source && *name->source, "%s: no source", row->name);
    back.from.port = segment.to.port;
    back.to.port = segment.from.port;
    ck_assert_msg(beat_name_find(&back) == name, "%s: the other way", row->name);
}
END_TEST

/* A short snapshot proves nothing more than it holds. */
START_TEST(test_cut_message)
{
    const struct row *row = &rows[_i];
    size_t whole = row->len < KA_HEAD_BYTES ? row->len : KA_HEAD_BYTES;

    for (size_t captured = 0; captured < whole; captured++) {
        struct ka_segment segment = segment_of(row, captured);
        const struct beat_name *name = beat_name_find(&segment);

        if (name)
            ck_assert_msg(row->message && strcmp(name->message, row->message) == 0, "%s, %zu bytes",
                          row->name, captured);
        ck_assert_msg(captured > 0 || !name, "%s: from nothing", row->name);
    }
}
END_TEST

Suite *suite_beat_names(void)
{
    Suite *suite = suite_create("beat_names");
    TCase *tcase = tcase_create("beat_names");

    tcase_add_loop_test(tcase, test_message, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, test_cut_message, 0, (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
