# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# A box that forgets, and many connections: silences that they survive and longer ones that they do not.
# What --summary learns of the box's timer from the captures, tests/run-learned.sh holds against it; those
# that follow its advice ("advised") have to live.

# talkers FIRST_PORT STEP_S: thirty connections that write once more after STEP_S, 2 x STEP_S, ... of silence.
talkers()
{
    n=1
    while [ $n -le 30 ]; do
        pair $(($1 + n)) echo write=5 read=5 sleep=$((n * $2)) write=6 read=6 wait
        n=$((n + 1))
    done
}

# advised FIRST_PORT IDLE_S: four that are silent for longer, but for their keep-alive.
advised()
{
    for n in 1 2 3 4; do
        pair $(($1 + n)) echo keepalive="$2",10,6 write=5 read=5 sleep=600 write=6 read=6 wait
    done
}

# Forgets after 200 s and drops what comes then.
BOX="idle=200 expire=drop"
scenario forgets-200 a
talkers 9100 14
advised 9140 97
sleep 700
mark
end

# Answers by a RST after 350 s.
BOX="idle=350 expire=reset ttl=254"
scenario resets-350 a
talkers 9200 23
advised 9240 172
sleep 720
mark
end

# No box; five connections die, whatever their silences were.
BOX=
scenario forgets-nothing a
talkers 9300 14
drop_ports 9303, 9309, 9314, 9321, 9327
sleep 600
mark
end
