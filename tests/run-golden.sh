#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run the command as tests/golden/TESTLIST says and compare all it does with tests/golden/NAME.ok;
# from the top of the tree: tests/run-golden.sh BINARY [NAME...]. UPDATE=1 writes what differs anew.
#
# A row of TESTLIST is `name | options and files`, read by the shell, so that redirections work, or
# `name | options and files <| shell command` to have what that prints on a pipe as standard input.
# Files left in $OUT, an empty folder of its own for each row, are compared as well.
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100
unset NO_COLOR CLICOLOR_FORCE POSIXLY_CORRECT

# shellcheck disable=SC2034 # the eval in run() uses it
binary=$(realpath "$1")
shift
golden=tests/golden
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# Fresh from a checkout, a cut capture counts as one that may still be being written.
touch -d 2024-01-31 "$golden"/input/*

# show FILE: its text, and a word where its last line is not ended.
show()
{
    cat "$1"
    # Command substitution drops a newline, so what is left of the last byte is a line's middle.
    [ -s "$1" ] && [ -n "$(tail -c 1 "$1" | tr '\0' x)" ] && printf '\n(no newline at the end)\n'
    return 0
}

# run ARGUMENTS: all that the command does, as text. It runs under its own name, wherever it lies.
run()
{
    local arguments=${1% <| *} producer="" status file IFS=$'\n' # TMPDIR may have a space in it
    export OUT=$work/out
    rm -rf "$OUT" && mkdir "$OUT"
    [ "$arguments" = "$1" ] || producer="${1##* <| } | "
    eval "$producer(exec -a ka-analyze \"\$binary\" $arguments)" \
        >"$work/stdout" 2>"$work/stderr" </dev/null
    status=$?
    echo "\$ ${producer}ka-analyze $arguments"
    show "$work/stdout"
    [ -s "$work/stderr" ] && echo "---- stderr" && show "$work/stderr"
    for file in "$OUT"/*; do
        [ -e "$file" ] && echo "---- file ${file##*/}" && show "$file"
    done
    echo "---- exit status $status"
}

fail()
{
    failed=$((failed + 1))
    echo "golden $1"
}

# compare NAME: the output in $work/got with what is expected.
compare()
{
    local ok=$golden/$1.ok
    if cmp -s "$ok" "$work/got"; then
        passed=$((passed + 1))
    elif [ -n "${UPDATE:-}" ]; then
        cp "$work/got" "$ok"
        passed=$((passed + 1))
        echo "golden $1: wrote $ok"
    elif [ ! -e "$ok" ]; then
        fail "$1: $ok is missing (UPDATE=1 writes it)"
    else
        fail "$1: differs from $ok"
        diff -a -u --label expected --label got "$ok" "$work/got" | head -n 60
    fi
}

declare -A listed=()
while IFS='|' read -r name arguments; do
    name=${name//[[:space:]]/}
    arguments=${arguments#"${arguments%%[![:space:]]*}"}
    [[ -z $name || $name == \#* ]] && continue
    if [ -n "${listed[$name]:-}" ]; then
        fail "$name: twice in TESTLIST"
        continue
    fi
    listed[$name]=yes
    [ $# -gt 0 ] && [[ " $* " != *" $name "* ]] && continue
    run "$arguments" | sed "s|$work/out|\$OUT|g" >"$work/got"
    compare "$name"
done <"$golden/TESTLIST"

[ ${#listed[@]} -gt 0 ] || fail "$golden/TESTLIST: no rows"
for name in "$@"; do
    [ -n "${listed[$name]:-}" ] || fail "$name: not in TESTLIST"
done
for ok in "$golden"/*.ok; do
    name=$(basename "$ok" .ok)
    [ -e "$ok" ] && [ -z "${listed[$name]:-}" ] && fail "$name: $ok belongs to no row of TESTLIST"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
