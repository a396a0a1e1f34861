# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The same outages under several settings: from the capture of one, --what-if has to foretell the others.
# Names are FAMILY.IDLE-INTVL-COUNT[-USER_TIMEOUT]; tests/run-what-if.sh compares them.

# An idle connection whose path breaks.
idle()
{
    scenario "idle.$1" a
    server wait
    client "keepalive=$2" ${3:+"user_timeout=${3}000"} write=5 wait
    sleep 100
    cut
    wait_client
    end
}
idle 60-10-6 60,10,6
idle 13-13-3 13,13,3
idle 20-1-9 20,1,9
idle 300-30-4 300,30,4
idle 60-10-6-95 60,10,6 95
idle 45-75-2 45,75,2

# The path breaks in a pause of half a minute; then the application writes.
pause()
{
    scenario "pause.$1" a
    server echo
    client "keepalive=$2" ${3:+"user_timeout=${3}000"} write=5 read=5 sleep=30 write=5 wait
    sleep 4
    cut
    wait_client
    end
}
pause 60-10-6 60,10,6
pause 13-3-3 13,3,3
pause 60-10-6-30 60,10,6 30
pause 60-10-6-600 60,10,6 600

# The server reads nothing more, and then its path breaks.
window()
{
    scenario "window.$1" a
    server rcvbuf=4096 hang=3000
    client "keepalive=$2" ${3:+"user_timeout=${3}000"} send=60000 wait
    sleep 20
    cut
    wait_client
    end
}
window 20-5-3 20,5,3
window 20-5-3-40 20,5,3 40
window 20-5-3-200 20,5,3 200

# Nobody answers the SYN.
connect()
{
    scenario "connect.$1" a
    cut
    client "keepalive=$2" ${3:+"user_timeout=${3}000"} wait
    wait_client
    end
}
connect 20-5-3 20,5,3
connect 20-5-3-20 20,5,3 20

# The server restarts; the client says nothing, or something after a minute.
restart()
{
    scenario "restart.$1" a
    server wait
    client "keepalive=$2" write=5 wait
    sleep 3
    reboot
    wait_client
    end
}
restart 60-10-6 60,10,6
restart 20-1-9 20,1,9
restart 300-30-4 300,30,4
