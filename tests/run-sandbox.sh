#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the parsing process can still do, tried by code planted in it (tests/tools/planted.c), and
# what it must still be able to do. From the top of the tree: KA_ANALYZE=build/ka-analyze
# PLANTED=build/planted.so tests/run-sandbox.sh
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100

analyze=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
# As it is seen from here: LD_PRELOAD takes a space for the end of a path.
planted=$(realpath --relative-to=. "${PLANTED:-build/planted.so}")
samples=$(realpath samples)
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
        echo "sandbox: $1"
    fi
}

state=$("$analyze" -V)
[[ $state == *'Landlock version'* ]] && landlock=yes || landlock=
[[ $state == *'libseccomp'* ]] && seccomp=yes || seccomp=
[ "$landlock" ] || echo 'sandbox: no Landlock here: left out what it refuses'
[ "$seccomp" ] || echo 'sandbox: no seccomp here: left out what it refuses'

# ---- what is refused -------------------------------------------------------------------------

mkdir "$work/captures" "$work/place" "$work/out"
cp "$samples/default-7200-75-9.a.pcap" "$work/captures/dead.pcap"
chmod 755 "$work"

# attempt WITHOUT ARGUMENT...: into $work/attempts, one line each; $work/report is what was
# reported.
attempt()
{
    local without=$1
    shift
    rm -rf "$work/place"
    mkdir "$work/place"
    echo secret >"$work/place/victim"
    echo x >"$work/place/removable"
    cp "$(type -P true)" "$work/place/program"
    PLANTED_WITHOUT=$without PLANTED_PLACE=$work/place LD_PRELOAD=$planted \
        "$analyze" "$@" >"$work/report" 2>"$work/attempts" <<<""
    echo $? >"$work/status"
}

# refuses WHAT NAME...: all of these were tried, and refused.
refuses()
{
    local what=$1 name
    shift
    for name in "$@"; do
        grep -qx "planted: $name refused" "$work/attempts"
        verdict "$what: $name was not refused" $?
    done
    # What was refused has not happened either.
    grep -qx secret "$work/place/victim" 2>/dev/null
    verdict "$what: a file was changed" $?
}

# reports WHAT: the report is whole, whatever was tried meanwhile.
reports()
{
    [ "$(cat "$work/status")" -eq 0 ] && cmp -s "$work/report" "$work/plain"
    verdict "$1: another report" $?
}

files=(write-elsewhere empty-a-file create make-directory make-link remove-file write-own-memory)
reading=(read-elsewhere list-elsewhere)
others=(connect-internet send-datagram local-socket copy-process trace-parent signal-parent
    type-for-the-user run-data become-another new-namespace execute)

"$analyze" "$work/captures/dead.pcap" >"$work/plain"

# That the attempts are real is seen where nothing stands in their way.
attempt '' --no-sandbox "$work/captures/dead.pcap"
for name in write-elsewhere create make-directory read-elsewhere connect-internet local-socket \
    copy-process signal-parent run-data get-privileges execute; do
    grep -qx "planted: $name done" "$work/attempts"
    verdict "--no-sandbox: $name was refused" $?
done

if [ "$seccomp" ]; then
    attempt landlock "$work/captures/dead.pcap"
    refuses 'seccomp alone' "${files[@]}" "${others[@]}" change-mode get-privileges
    reports 'seccomp alone'
fi
if [ "$landlock" ]; then
    attempt seccomp "$work/captures/dead.pcap"
    refuses 'Landlock alone' write-elsewhere create make-directory make-link remove-file \
        "${reading[@]}" execute become-another
    reports 'Landlock alone'
fi
if [ "$landlock" ] && [ "$seccomp" ]; then
    all=("${files[@]}" "${reading[@]}" "${others[@]}" change-mode get-privileges)
    attempt '' "$work/captures/dead.pcap"
    refuses 'one file' "${all[@]}"
    reports 'one file'
    attempt '' -j 4 "$work/captures"
    refuses 'threads and a folder' "${all[@]}"
    attempt '' -o "$work/out/report" "$work/captures/dead.pcap"
    refuses '-o' "${all[@]}"
    cmp -s "$work/out/report" "$work/plain"
    verdict '-o: another report' $?
    attempt '' timeline "$work/captures/dead.pcap"
    refuses 'timeline' "${all[@]}"
    # Any name may come from a list, so reading stays free.
    attempt '' --files-from <(echo "$work/captures/dead.pcap")
    refuses '--files-from' "${files[@]}" "${others[@]}"
    if [[ $("$analyze" --help) == *sqlite* ]]; then
        attempt '' --format sqlite -o "$work/out/store.db" "$work/captures/dead.pcap"
        refuses 'sqlite' "${files[@]}" "${reading[@]}" "${others[@]}" change-mode
    fi
fi

# A kernel without either is no reason not to work.
attempt 'landlock seccomp' "$work/captures/dead.pcap"
reports 'neither'

# ---- what must still work ----------------------------------------------------------------------

# alike WHAT ARGUMENT...: the same output and status with and without the sandbox.
alike()
{
    local what=$1
    shift
    "$analyze" "$@" --no-sandbox >"$work/want" 2>"$work/want.err" <"$samples/backoff-15.a.pcap"
    echo $? >>"$work/want"
    "$analyze" "$@" >"$work/got" 2>"$work/got.err" <"$samples/backoff-15.a.pcap"
    echo $? >>"$work/got"
    cmp -s "$work/want" "$work/got" && cmp -s "$work/want.err" "$work/got.err"
    verdict "$what: another output in the sandbox" $?
}

ln -s captures/dead.pcap "$work/link.pcap"
ln -s captures "$work/folder"
echo 'no capture' >"$work/captures/words"
printf '%s\n' "$work/link.pcap" "$samples" >"$work/list"
"$analyze" --format json "$samples"/*.pcap >"$work/result.json"
alike 'text' "$samples"
alike 'json' --format json --events -j 3 "$samples" "$work/none" "$work/captures/words"
alike 'csv' --format csv "$work/link.pcap" "$work/folder"
alike 'html' --format html "$samples"
alike 'summary' --summary "$samples"
alike 'standard input' -
alike 'standard input by name' /dev/stdin
alike 'a list' --files-from "$work/list"
alike 'a filter' -f 'tcp port 9999' "$samples"
alike 'merge' merge "$work/result.json"
alike 'timeline' timeline "$samples/backoff-15.a.pcap"
alike 'a picture' timeline --format svg "$samples/backoff-15.a.pcap"
alike 'settings' timeline --idle 60
alike 'a device' -o /dev/null "$samples/backoff-15.a.pcap"
"$analyze" <(cat "$work/captures/dead.pcap") 2>&1 | tail -n +2 >"$work/got"
tail -n +2 "$work/plain" | cmp -s - "$work/got"
verdict 'a pipe by its name' $?

# A file in place of another, by a link to it, from another folder.
echo old >"$work/out/linked"
ln -s out/linked "$work/elsewhere"
(cd "$work/captures" && "$analyze" -o ../elsewhere dead.pcap) && [ -L "$work/elsewhere" ] &&
    grep -q DEAD "$work/out/linked"
verdict '-o by a link' $?
if [[ $("$analyze" --help) == *sqlite* ]]; then
    (cd "$work/out" && "$analyze" --format sqlite -o new.db -j 2 "$samples" &&
        "$analyze" --format sqlite -o new.db ../captures/dead.pcap) &&
        [ -s "$work/out/new.db" ] && [ ! -e "$work/out/new.db-journal" ]
    verdict 'sqlite, a new store and one more run' $?
fi

# ---- another user ------------------------------------------------------------------------------

says()
{
    grep -qF -- "$2" "$work/said"
    good=$?
    verdict "$1: said $(cat "$work/said")" $good
}

"$analyze" --user nobody --no-sandbox "$work/captures/dead.pcap" >/dev/null 2>"$work/said"
[ $? -eq 1 ]
verdict '--user and --no-sandbox' $?
says '--user and --no-sandbox' 'leave out --no-sandbox'
if [ "$(id -u)" -ne 0 ]; then
    "$analyze" --user nobody -o "$work/out/none" "$work/captures/dead.pcap" 2>"$work/said"
    [ $? -eq 1 ] && [ ! -e "$work/out/none" ]
    verdict '--user of another than root' $?
    says '--user of another than root' 'only root can become another user'
elif id nobody >/dev/null 2>&1; then
    "$analyze" --user no-such-user -o "$work/out/none" "$work/captures/dead.pcap" 2>"$work/said"
    [ $? -eq 1 ] && [ -z "$(find "$work/out" -name 'none*')" ]
    verdict 'a user who is not there' $?
    says 'a user who is not there' 'there is no such user'
    # What only root may read is read, and the report put where only root may write.
    chmod 700 "$work" "$work/captures" "$work/out"
    chmod 600 "$work/captures/dead.pcap"
    attempt '' --user nobody "$work/captures/dead.pcap"
    if [ -s "$work/report" ]; then # the planted code itself can be read by all
        reports '--user'
        grep -qx "planted: user $(id -u nobody)" "$work/attempts"
        good=$?
        verdict "--user: $(head -n 1 "$work/attempts")" $good
        refuses '--user' become-another
    fi
    "$analyze" --user nobody -o "$work/out/by-nobody" "$work/captures/dead.pcap" &&
        cmp -s "$work/out/by-nobody" "$work/plain"
    verdict '--user with -o' $?
    attempt 'landlock seccomp' --user nobody "$work/captures/dead.pcap"
    refuses '--user alone' write-elsewhere create make-directory make-link remove-file change-mode \
        become-another
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
