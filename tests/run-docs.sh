#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Check that manual and README say what the program does. From the top of the tree:
# KA_ANALYZE=build/ka-analyze tests/run-docs.sh. UPDATE=1 writes the manual's generated parts anew.
#
# A block that starts with "$ ka-analyze" (in the manual between .EX and .EE, in README.md between
# fences) is run, and what follows it compared; a line "[...]" stands for any lines.
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100
unset NO_COLOR CLICOLOR_FORCE POSIXLY_CORRECT

binary=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
manual=analyzer/ka-analyze.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$binary" "$work/ka-analyze"
PATH=$work:$PATH
passed=0
failed=0

# verdict WHAT STATUS: count it; what failed is named.
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "docs: $1"
    fi
}

# ---- parts of the manual that are written from the program's own tables ------------------------

roff()
{
    sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\\&&/"
}

# pairs: lines "term<TAB>meaning" as a list.
pairs()
{
    roff | awk -F '\t' '{ printf ".TP\n.B %s\n%s.\n", $1, $2 }'
}

# rows FILE MAP: name and meaning of the X-macro's rows.
rows()
{
    sed -n "/^#define $2(/,/[^\\\\]\$/p" "$1" | grep -o '"[^"]*", *"[^"]*"' |
        sed 's/^"\([^"]*\)", *"\([^"]*\)"/\1\t\2/'
}

generate()
{
    case $1 in
    rules)
        ka-analyze --explain | roff | awk '
            !/^ / { printf ".TP\n.B %s\n", $0 }
            /^    / { sub(/^ +/, ""); source = sub(/^source: /, ""); print source ? ".br\nSource: " $0 "." : $0 "." }'
        ;;
    findings)
        ka-analyze --explain findings | awk '
            /^     / { sub(/^ +/, ""); line = line " " $0; next }
            { if (line != "") print line; line = $0 }
            END { print line }' | roff | awk '
            !/^ / { printf ".TP\n.B %s\n", $0; next }
            { part = $1; sub(/^ +[a-z]+ +/, "") }
            part == "meaning" { print toupper(substr($0, 1, 1)) substr($0, 2) "."; next }
            { printf ".br\n%s: %s.\n", toupper(substr(part, 1, 1)) substr(part, 2), $0 }'
        ;;
    exit)
        sed -n 's/^ *X([A-Z_]*, *\([0-9]*\), *"\(.*\)").*/\1\t\2/p' analyzer/exit_status.h | sort -n | pairs
        ;;
    fates) rows analyzer/compare.h COMPARE_FATE_MAP | pairs ;;
    wheres) rows analyzer/compare.h COMPARE_WHERE_MAP | pairs ;;
    effects) rows analyzer/what_if.h WHAT_IF_EFFECT_MAP | pairs ;;
    outcomes) rows analyzer/core/kinds.h KA_OUTCOME_MAP | pairs ;;
    skips) rows analyzer/core/kinds.h KA_SKIP_MAP | grep -v '^none' | pairs ;;
    esac
}

for part in effects fates wheres outcomes skips findings rules exit; do
    generate "$part" >"$work/want"
    if [ -n "${UPDATE:-}" ]; then
        sed -e "/^\.\\\\\" $part begin/r $work/want" \
            -e "/^\.\\\\\" $part begin/,/^\.\\\\\" $part end/{/^\.\\\\\" $part /!d}" "$manual" >"$work/new"
        cat "$work/new" >"$manual"
    fi
    sed -n "/^\.\\\\\" $part begin/,/^\.\\\\\" $part end/{/^\.\\\\\" $part /!p}" "$manual" >"$work/got"
    [ -s "$work/want" ] && cmp -s "$work/want" "$work/got"
    verdict "the manual's list of $part differs from the program's (UPDATE=1 writes it)" $?
done

# ---- nothing is left undescribed ---------------------------------------------------------------

sed 's/\\-/-/g; s/\\fP//g' "$manual" >"$work/plain"

for option in $(ka-analyze --help | grep -o -e '--[a-z-]*[a-z]' | sort -u); do
    grep -q -e "^\.B.*$option" "$work/plain"
    verdict "the manual does not describe $option" $?
done

shopt -s nullglob
captures=(tests/golden/input/*.pcap samples/*.pcap*)
if [ ${#captures[@]} -gt 0 ]; then
    for mode in --events --summary; do
        ka-analyze --format json $mode "${captures[@]}" 2>/dev/null
    done | grep -o '"[a-z0-9_]*":' |
        tr -d '":' | sort -u >"$work/keys"
    undescribed=0
    while read -r key; do
        grep -qw -e "$key" "$work/plain" && continue
        echo "docs: the manual does not describe the key $key"
        undescribed=1
    done <"$work/keys"
    [ -s "$work/keys" ] && [ $undescribed -eq 0 ]
    verdict "keys of the JSON output" $?
fi

# ---- what is shown is what is printed ----------------------------------------------------------

# blocks FILE: the text between .EX and .EE, or between fences, without roff's escapes.
# shellcheck disable=SC2016 # backquotes are meant
blocks()
{
    case $1 in
    *.1) sed -n '/^\.EX/,/^\.EE/p' "$1" | sed 's/\\(aq/'"'"'/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g; s/^\.E[XE]$/```/' ;;
    *) sed -n '/^```/,/^```/p' "$1" | sed 's/^```.*/```/' ;;
    esac
}

# as_pattern: text as a pattern of [[ == ]], in which a line "[...]" matches anything.
as_pattern()
{
    sed -e 's/[][*?\\(|)!@+{}]/\\&/g' -e 's/^\\\[\.\.\.\\\]$/*/'
}

# try COMMAND EXPECTED: run the command as a reader would.
try()
{
    local got want
    # The x keeps empty lines at the end.
    got=$(eval "$1" 2>&1 </dev/null; echo x)
    want=$(printf '%s' "$2" | as_pattern; echo x)
    # shellcheck disable=SC2053 # it is a pattern
    [[ $got == $want ]]
    local status=$?
    verdict "this prints something else: $1" $status
    [ $status -eq 0 ] || diff -u --label shown --label printed <(printf '%s' "$2") <(printf '%s' "${got%x}") | head -n 40
}

for file in "$manual" README.md samples/README.md; do
    [ -e "$file" ] || continue
    command="" expected=""
    while IFS= read -r line; do
        if [[ $line == '```' || $line == '$ '* ]]; then
            [ -n "$command" ] && try "$command" "$expected"
            command="" expected=""
            [[ $line == '$ ka-analyze '* ]] && command=${line#'$ '}
            [[ $line == '$ build/ka-analyze '* ]] && command=${line#'$ build/'}
        elif [ -n "$command" ]; then
            expected+=$line$'\n'
        fi
    done < <(blocks "$file")
done

# ---- the manual is well-formed ----------------------------------------------------------------

if command -v man >/dev/null && command -v groff >/dev/null; then
    MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$manual" 2>"$work/warnings" >/dev/null
    [ ! -s "$work/warnings" ]
    good=$?
    verdict "man --warnings: $(head -n 3 "$work/warnings")" $good
fi
if command -v mandoc >/dev/null; then
    mandoc -Tlint -W warning "$manual" >"$work/warnings"
    good=$?
    verdict "mandoc: $(head -n 3 "$work/warnings")" $good
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
