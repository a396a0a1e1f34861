#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rebuild a published tshark listing as a capture: the last two bytes of a connection on a tun
device sent sixteen times and never answered.

usage: listing.py OUT.pcap

Taken from the listing: times to the nanosecond, frame lengths, addresses, ports, relative sequence
numbers, windows, options, time stamps. Not in it, so chosen here: the date, the initial sequence
numbers, the payload, TTL and IP identification. Its frame numbers have gaps (other connections were
filtered out); here they run on.
"""
import struct
import sys

CLIENT, SERVER = bytes([172, 17, 93, 20]), bytes([172, 17, 60, 78])
CLIENT_ISN, SERVER_ISN = 0x1D5AA100, 0x6F3B5200
START_S = 1600000000
SYN, PSH, ACK = 2, 8, 16
WINDOW_SCALE = 7

# time, from the client, flags, sequence and ACK number (relative), window, payload bytes,
# TSval, TSecr
FRAMES = [
    ("0.000000000", True, SYN, 0, None, 65280, 0, 2484013100, 0),
    ("0.170538935", False, SYN | ACK, 0, 1, 14480, 0, 780600222, 2484013100),
    ("0.170603678", True, ACK, 1, 1, 65280, 0, 2484013270, 780600222),
    ("4.440292861", True, PSH | ACK, 1, 1, 65280, 2, 2484017540, 780600222),
    ("4.588421405", False, ACK, 1, 3, 14592, 0, 780604641, 2484017540),
    ("11.855702321", True, PSH | ACK, 3, 1, 65280, 2, 2484024956, 780604641),
    ("11.961448799", False, ACK, 1, 5, 14592, 0, 780612051, 2484024956),
]
UNANSWERED = [
    ("40.565525268", 2484053665),
    ("41.053637827", 2484054154),
    ("41.565670398", 2484054666),
    ("42.557642562", 2484055658),
    ("44.509643651", 2484057610),
    ("48.637659930", 2484061738),
    ("56.577634559", 2484069678),
    ("72.189645906", 2484085290),
    ("105.213715587", 2484118314),
    ("168.701667165", 2484181802),
    ("289.533661166", 2484302634),
    ("410.365726755", 2484423466),
    ("531.197720827", 2484544298),
    ("652.029700302", 2484665130),
    ("772.861733624", 2484785962),
    ("893.693731817", 2484906794),
]
FRAMES += [(time, True, PSH | ACK, 5, 1, 65280, 2, tsval, 780612051) for time, tsval in UNANSWERED]


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def options(flags, from_client, tsval, tsecr):
    stamps = struct.pack(">BBII", 8, 10, tsval, tsecr)
    if flags & SYN:
        mss = 1360 if from_client else 1460
        return (
            struct.pack(">BBHBB", 2, 4, mss, 4, 2)
            + stamps
            + struct.pack(">BBBB", 1, 3, 3, WINDOW_SCALE)
        )
    return b"\1\1" + stamps


def packet(number, from_client, flags, seq, ack, window, payload, tsval, tsecr):
    src, dst = (CLIENT, SERVER) if from_client else (SERVER, CLIENT)
    ports = (49592, 1234) if from_client else (1234, 49592)
    own, peer = (CLIENT_ISN, SERVER_ISN) if from_client else (SERVER_ISN, CLIENT_ISN)
    opts = options(flags, from_client, tsval, tsecr)
    data = b"k\n"[:payload]
    raw_window = window if flags & SYN else window >> WINDOW_SCALE

    def tcp(check):
        return (
            struct.pack(
                ">HHIIBBHHH",
                *ports,
                own + seq,
                peer + ack if ack is not None else 0,
                (20 + len(opts)) // 4 << 4,
                flags,
                raw_window,
                check,
                0,
            )
            + opts
            + data
        )

    size = len(tcp(0))
    pseudo = src + dst + struct.pack(">HH", 6, size)

    def ip(check):
        return (
            struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, number, 0x4000, 64, 6, check) + src + dst
        )

    return ip(checksum(ip(0))) + tcp(checksum(pseudo + tcp(0)))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101))
        for number, (time, *fields) in enumerate(FRAMES, 1):
            second, nanosecond = time.split(".")
            data = packet(number, *fields)
            out.write(
                struct.pack("<IIII", START_S + int(second), int(nanosecond), len(data), len(data))
                + data
            )


if __name__ == "__main__":
    main()
