#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run samples/cluster/ for real: a Slurm cluster of this one machine, on loopback, in a folder of
# its own, and GNU parallel; compare their summaries with that of a single run. As root, from the
# top of the tree: KA_ANALYZE=build/ka-analyze tests/run-cluster.sh [CAPTURES].
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100

KA_ANALYZE=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
export KA_ANALYZE
captures=$(realpath "${1:-samples}")
work=$(mktemp -d)
pids=()
passed=0
failed=0

stop()
{
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null
    done
    wait
    rm -rf "$work"
}
trap stop EXIT

# verdict WHAT STATUS
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "cluster: $1"
    fi
}

give_up()
{
    echo "cluster: $1"
    tail -n 20 "$work"/*.log 2>/dev/null
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

# A port that nothing listens on.
free_port()
{
    python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

configure()
{
    local host memory_mib
    host=$(hostname -s)
    memory_mib=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
    dd if=/dev/urandom of="$work/munge.key" bs=1024 count=1 2>/dev/null
    chmod 400 "$work/munge.key"
    mkdir "$work/state" "$work/spool"
    cat >"$work/slurm.conf" <<EOF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=sched_interval=1
MinJobAge=600
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory_mib State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
EOF
    export SLURM_CONF=$work/slurm.conf
}

start()
{
    munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" \
        --pid-file="$work/munge.pid" --log-file="$work/munged.log" \
        --seed-file="$work/munge.seed" >"$work/munge.log" 2>&1 &
    pids+=($!)
    sleep 1
    slurmctld -D -i -f "$SLURM_CONF" >"$work/slurmctld.log" 2>&1 &
    pids+=($!)
    slurmd -D -f "$SLURM_CONF" >"$work/slurmd.log" 2>&1 &
    pids+=($!)
}

# await SECONDS COMMAND...: until the command succeeds.
await()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.5
    done
}

node_is_idle()
{
    [ "$(sinfo -h -o %t)" = idle ]
}

# The queue forgets a job some time after it has ended.
job_has_ended()
{
    case $(squeue -h -t all -j "$1" -o %T) in
    PENDING | RUNNING | CONFIGURING | COMPLETING) return 1 ;;
    esac
}

[ "$(id -u)" -eq 0 ] || give_up "slurmd has to be started by root"
configure
start
await 30 node_is_idle || give_up "the node did not come up"

find "$captures" -type f \( -name '*.pcap*' -o -name '*.cap' \) -print0 | sort -z >"$work/list"
single()
{
    xargs -0 -n 100000 -x "$KA_ANALYZE" --summary "$@" -- <"$work/list"
}

for options in "--format json" "--format text --group-by service"; do
    # shellcheck disable=SC2086 # several words
    single $options >"$work/want" 2>/dev/null
    rm -rf "$work/results"
    # shellcheck disable=SC2086
    job=$(samples/cluster/submit.sh 3 "$captures" "$work/results" $options) ||
        give_up "submit.sh failed"
    await 120 job_has_ended "$job" || give_up "job $job did not end"
    cmp "$work/want" "$work/results/summary"
    verdict "Slurm array, merge $options: differs from the single run" $?
    parts=("$work"/results/part-*.json)
    [ ${#parts[@]} -eq 3 ]
    verdict "Slurm array: not three parts" $?
    # shellcheck disable=SC2086
    samples/cluster/parallel.sh "$captures" $options >"$work/got" 2>/dev/null
    cmp "$work/want" "$work/got"
    verdict "GNU parallel, merge $options: differs from the single run" $?
done
grep -q '"record":"connection"' "$work/results/part-0.json"
verdict "the parts hold no connections" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
