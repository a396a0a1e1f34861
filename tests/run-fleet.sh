#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Merged results against a single run, and the completions in the shells themselves. From the top of
# the tree: KA_ANALYZE=build/ka-analyze tests/run-fleet.sh.
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100

analyze=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# verdict WHAT STATUS
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "fleet: $1"
    fi
}

shopt -s nullglob
captures=(tests/golden/input/*.pcap* samples/*.pcap*)
[ ${#captures[@]} -ge 4 ]
verdict "only ${#captures[@]} captures to test with" $?

# ---- merged results are those of a single run, in any order and any split -----------------------

for i in "${!captures[@]}"; do
    "$analyze" --format json --events "${captures[i]}" >"$work/part-$i.json" 2>/dev/null
done
parts=("$work"/part-*.json)
half=$((${#parts[@]} / 2))

for options in "--format json" "--format json --group-by client" "--format csv --group-by service" \
    "--format text --group-by prefix/8" "--format text --group-by outcome" \
    "--format json --what-if 60/10/6,13/13/3,60/10/6/30,windows-default" \
    "--format csv --group-by prefix/8 --what-if 60/10/6" "--format text --what-if 60/10/6/30" \
    "--format html --what-if 60/10/6" "--format html" \
    "--format csv --fail-on rst_from_middlebox,severity>=warning"; do
    read -ra words <<<"$options"
    "$analyze" --summary "${words[@]}" "${captures[@]}" >"$work/want" 2>/dev/null
    status=$?
    for seed in 1 2 3; do
        mapfile -t mixed < <(printf '%s\n' "${parts[@]}" | shuf --random-source=<(yes $seed))
        "$analyze" merge "${words[@]}" "${mixed[@]}" >"$work/got" 2>/dev/null
        [ $? -eq $status ] && cmp -s "$work/want" "$work/got"
        verdict "merge $options, order $seed: differs from the single run" $?
    done
    cat "${parts[@]:half}" "${parts[@]:0:half}" |
        "$analyze" merge "${words[@]}" - >"$work/got" 2>/dev/null
    cmp -s "$work/want" "$work/got"
    verdict "merge $options of one pipe: differs from the single run" $?
done

# A plain run and a merge end in the same sums.
"$analyze" --format json "${captures[@]}" 2>/dev/null | tail -n 1 >"$work/want"
"$analyze" merge --format json "${parts[@]}" 2>/dev/null | tail -n 1 | cmp -s - "$work/want"
verdict "the summary record of merge differs from that of a plain run" $?

# ---- completions ---------------------------------------------------------------------------------

"$analyze" --completion bash >"$work/bash"
"$analyze" --completion zsh >"$work/zsh"
for option in $({ "$analyze" --help; "$analyze" timeline --help; "$analyze" compare --help; } |
    grep -o -e '--[a-z-]*[a-z]' | sort -u); do
    for shell in bash zsh; do
        grep -q -e "$option" "$work/$shell"
        verdict "$shell does not complete $option" $?
    done
done

# complete WORD...: what bash offers for the last word, on one line.
complete_in_bash()
{
    bash --norc -c '. "$1"; shift; COMP_WORDS=(ka-analyze "$@") COMP_CWORD=$#
        _ka_analyze; printf "%s " "${COMPREPLY[@]}"' bash "$work/bash" "$@"
}

# offers WANTED WORD...
offers()
{
    local want=$1 got
    shift
    got=$(complete_in_bash "$@")
    [ "$got" = "$want" ]
    verdict "bash offers '$got' for '$*', not '$want'" $?
}

offers "csv " --format c
offers "csv " --format = c
offers "--summary " --su
offers "server service " --group-by se
offers "dead_keepalive " --fail-on dead_k
offers "alive,latency alive,latency_min " --fail-on alive,lat
offers "merge " mer
offers "--situation " timeline --si
offers "--filter " timeline --fil
offers " " timeline --stack x
offers "freebsd freertos " timeline --stack free
offers "broken broken-icmp " timeline --situation br
offers "svg " timeline --format = s
offers "text " compare --format t
offers "LICENSE " -o LIC
offers "LICENSE " --files-from LIC
offers "LICENSE " --events LIC
offers "auto " --color au
offers " " -f LIC

if command -v zsh >/dev/null; then
    zsh -n "$work/zsh"
    verdict "zsh does not take its completion" $?
fi
if ! command -v zsh >/dev/null; then
    verdict "no zsh to complete in (make deps)" 1
elif ! zsh -fc 'zmodload zsh/zpty && zpty probe true' 2>/dev/null; then
    echo "fleet: no pseudo terminals here (a chroot without /dev/pts?): left out what zsh completes"
else
    mkdir "$work/functions"
    cp "$work/zsh" "$work/functions/_ka-analyze"
    got=$(zsh -f tests/complete.zsh "$work/functions" 'ka-analyze --format c')
    [[ $got == *'--format csv'* ]]
    verdict "zsh makes '$got' of --format c" $?
    got=$(zsh -f tests/complete.zsh "$work/functions" 'ka-analyze --fail-on alive,dead_k')
    [[ $got == *'--fail-on alive,dead_keepalive'* ]]
    verdict "zsh makes '$got' of --fail-on alive,dead_k" $?
    got=$(zsh -f tests/complete.zsh "$work/functions" 'ka-analyze timeline --situ')
    [[ $got == *'timeline --situation'* ]]
    verdict "zsh makes '$got' of timeline --situ" $?
    got=$(zsh -f tests/complete.zsh "$work/functions" 'ka-analyze merge LICE')
    [[ $got == *'merge LICENSE'* ]]
    verdict "zsh makes '$got' of merge LICE" $?
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
