#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How the command and the plugin were compiled and linked, by their files. From the top of the tree:
# tests/run-hardened.sh build/ka-analyze [build/plugins/4.0/epan/ka.so]
set -u
export LC_ALL=C

passed=0
failed=0

# verdict WHAT STATUS
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "hardened: $1"
    fi
}

# says FILE OPTIONS PATTERN: readelf does.
says()
{
    local options
    read -ra options <<<"$2"
    readelf --wide "${options[@]}" "$1" 2>/dev/null | grep -Eq -- "$3"
}

# has FILE WHAT OPTIONS PATTERN
has()
{
    says "$1" "$3" "$4"
    verdict "$1: $2" $?
}

# has_not FILE WHAT OPTIONS PATTERN
has_not()
{
    ! says "$1" "$3" "$4"
    verdict "$1: $2" $?
}

# Every unit of ours that the debugger knows was compiled with this option, those beneath
# analyzer/core with a list that may be another.
compiled_with()
{
    local missing
    missing=$(readelf --debug-dump=info "$1" 2>/dev/null |
        awk -v option="$2" -v units="$3" '
            /DW_AT_producer/ { lacks = index($0, option) == 0 }
            /DW_AT_name/ && /\.c$/ && lacks && $NF ~ units { print $NF; lacks = 0 }
            /DW_AT_name/ { lacks = 0 }' | sort -u | head -n 3)
    [ -z "$missing" ]
    verdict "$1: compiled without $2:" $?
    [ -z "$missing" ] || echo "$missing"
}

for file in "$@"; do
    has "$file" 'relocations can be written to (RELRO)' -l 'GNU_RELRO'
    has "$file" 'the stack can be run' -l 'GNU_STACK .* RW +0x'
    has_not "$file" 'something can be both written and run' -l 'LOAD .* RWE '
    has_not "$file" 'its code has relocations' -d 'TEXTREL'
    has_not "$file" 'it looks for libraries in places of its own' -d 'R(UN)?PATH'
    has "$file" 'no stack protector' --dyn-syms 'UND __stack_chk_fail'
    # What gcc was told is in the debugger's information; clang does not say.
    if readelf --debug-dump=info "$file" 2>/dev/null | grep -q 'DW_AT_producer.*GNU C'; then
        compiled_with "$file" -fstack-protector-strong '.'
        compiled_with "$file" -fstack-clash-protection '.'
        [ "$(uname -m)" = x86_64 ] && compiled_with "$file" -fcf-protection '^(analyzer|plugin)/[^/]*$'
    fi
done

# The plugin is bound lazily: another version of Wireshark must get to see what version it is for.
command=$1
has "$command" 'no position-independent executable' -h 'DYN'
has "$command" 'no position-independent executable' -d 'FLAGS_1.*PIE'
has "$command" 'functions are bound when they are called first' -d 'BIND_NOW'
has "$command" 'no checked copies (_FORTIFY_SOURCE)' --dyn-syms 'UND __[a-z]+_chk'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
