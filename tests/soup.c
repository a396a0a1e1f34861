/* SPDX-License-Identifier: GPL-2.0-or-later */
/* soup.c: segments at random. */
#include "soup.h"

#include "support.h"

#define MS (KA_SECOND / 1000)

/* Below `limit`; xorshift64*. */
static uint32_t draw(struct soup *soup, uint32_t limit)
{
    soup->random ^= soup->random >> 12;
    soup->random ^= soup->random << 25;
    soup->random ^= soup->random >> 27;
    return (uint32_t)((soup->random * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % limit;
}

struct soup soup_new(uint64_t seed)
{
    struct soup soup = {.random = seed | 1, .now_ns = INT64_C(1700000000) * KA_SECOND};

    for (int i = 0; i < SOUP_CONNECTIONS; i++)
        for (int side = 0; side < 2; side++) { /* a third of them begins just below the wrap */
            uint32_t isn = i % 3 ? draw(&soup, UINT32_MAX) : UINT32_MAX - draw(&soup, 4000);
            soup.connection[i].nxt[side] = soup.connection[i].acked[side] = isn;
        }
    return soup;
}

/* Mostly soon, sometimes as far as timers run, now and then back. */
static void pass_time(struct soup *soup)
{
    static const int64_t steps_ns[] = {MS / 10, MS, 10 * MS, 208 * MS, KA_SECOND, 75 * KA_SECOND};
    const uint32_t kind = draw(soup, 64);

    if (kind == 63)
        soup->now_ns -= 50 * MS;
    else
        soup->now_ns +=
            (int64_t)(draw(soup, 100) + 1) * steps_ns[kind < 50 ? kind % 3 : kind % 6] / 50;
}

static void set_numbers(struct soup *soup, struct soup_connection *c, int side,
                        struct ka_segment *segment)
{
    static const uint16_t lengths[] = {0, 0, 0, 1, 1, 20, 100, 1448};
    const uint32_t nxt[] = {c->nxt[side],     c->nxt[side],       c->nxt[side],
                            c->nxt[side] - 1, c->nxt[side] - 1,   c->acked[side] - 1,
                            c->acked[side],   c->nxt[side] - 100, c->nxt[side] + 100};
    const uint32_t acks[] = {c->nxt[!side], c->nxt[!side], c->acked[!side], c->nxt[!side] - 1};

    segment->len = lengths[draw(soup, sizeof lengths / sizeof lengths[0])];
    segment->seq = nxt[draw(soup, sizeof nxt / sizeof nxt[0])];
    segment->ack = acks[draw(soup, 4)];
    segment->window = draw(soup, 8) ? 1000 : 0;
    segment->first_byte = (uint8_t)draw(soup, 2);
    segment->has_first_byte = segment->len > 0 && draw(soup, 8);
    segment->has_timestamps = draw(soup, 2);
    segment->tsval = (uint32_t)(soup->now_ns / MS);
}

static void set_flags(struct soup *soup, struct ka_segment *segment)
{
    switch (draw(soup, 100)) {
    case 0:
        segment->flags = KA_SYN;
        segment->len = 0;
        break;
    case 1:
        segment->flags = KA_SYN | KA_ACK;
        segment->len = 0;
        break;
    case 2:
        segment->flags = KA_FIN | KA_ACK;
        break;
    case 3:
        segment->flags = KA_RST;
        segment->len = 0;
        break;
    case 4:
        segment->flags = KA_RST | KA_ACK;
        segment->len = 0;
        break;
    case 5: /* any at all */
        segment->flags = (uint8_t)draw(soup, 64);
        break;
    default:
        segment->flags = draw(soup, 4) ? KA_ACK : KA_ACK | KA_PSH;
        break;
    }
}

static void keep_state(struct soup_connection *c, int side, const struct ka_segment *segment)
{
    uint32_t end =
        segment->seq + segment->len + !!(segment->flags & KA_SYN) + !!(segment->flags & KA_FIN);

    if ((int32_t)(end - c->nxt[side]) > 0)
        c->nxt[side] = end;
    if ((segment->flags & KA_ACK) && (int32_t)(segment->ack - c->acked[!side]) > 0)
        c->acked[!side] = segment->ack;
    c->latest[side] = *segment;
}

struct ka_segment soup_next(struct soup *soup)
{
    const uint32_t number = draw(soup, SOUP_CONNECTIONS);
    struct soup_connection *c = &soup->connection[number];
    const int side = (int)draw(soup, 2);
    const uint32_t kind = draw(soup, 20);
    struct talk talk = number % 2 ? talk_ipv6() : talk_ipv4();
    struct ka_segment segment = c->latest[side];

    pass_time(soup);
    talk.endpoint[KA_CLIENT].port = (uint16_t)(40000 + number);
    if (kind == 0 && segment.frame) { /* an error quotes it */
        segment.quoted = true;
        segment.icmp_type = 3;
        segment.icmp_code = (uint8_t)draw(soup, 16);
        segment.icmp_from = talk.endpoint[!side].addr;
    } else if (kind > 2 || !segment.frame) { /* 1, 2: the same once more */
        segment = (struct ka_segment){.from = talk.endpoint[side], .to = talk.endpoint[!side]};
        segment.ip_id = (uint16_t)(number % 2 ? 0 : draw(soup, 5));
        set_numbers(soup, c, side, &segment);
        set_flags(soup, &segment);
    }
    segment.time_ns = soup->now_ns;
    segment.frame = ++soup->frame;
    if (!segment.quoted)
        keep_state(c, side, &segment);
    return segment;
}
