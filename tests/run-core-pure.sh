#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core does no I/O, reads no clock and has no globals. Holds its archive and its sources to
# that: run-core-pure.sh ARCHIVE
set -u -o pipefail
export LC_ALL=C

archive=$1
core=analyzer/core
passed=0
failed=0

# All that the core may take from outside: memory, its allocator's defaults, and what the compiler
# inserts by itself (checks of the stack and of copies, the sanitizers).
allowed='malloc|calloc|realloc|free'
allowed+='|memcpy|memmove|memset|memcmp|memchr|strlen|strcmp|strncmp|qsort|bsearch'
allowed+='|__(memcpy|memmove|memset)_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
allowed+='|__(asan|ubsan|tsan|msan|sanitizer)_.*'
headers='stdbool|stddef|stdint|stdlib|string|limits'

# report NAME FINDER: FINDER prints what it objects to; it passes where that is nothing.
report()
{
    local findings
    if ! findings=$("$2"); then
        findings+="(could not look)"
    fi
    if [ -z "$findings" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "core is not pure: $1"
        printf '%s\n' "$findings" | sed 's/^/    /'
    fi
}

undefined_symbols()
{
    nm -f posix -A "$archive" | awk -v allowed="^($allowed)\$" '
        $3 == "U" { wanted[$2] = 1; next }
        $3 ~ /^[A-TV-Z]$/ { defined[$2] = 1 }
        END { for (name in wanted) if (!(name in defined) && name !~ allowed) print name }'
}

# Constants that hold addresses lie in .data.rel.ro: written by the loader, never by the program.
writable_objects()
{
    nm -f sysv --defined-only "$archive" |
        awk -F '|' '$7 ~ /^ *\.(data|bss|tdata|tbss)|COM/ && $7 !~ /\.data\.rel\.ro/ {
            gsub(/ /, "", $1); gsub(/ /, "", $7); print $1 " in " $7 }'
}

foreign_includes()
{
    local file line name
    grep -nE '^[[:space:]]*#[[:space:]]*include' "$core"/*.c "$core"/*.h |
        while IFS=: read -r file line name; do
            if [[ $name =~ \<($headers)\.h\> ]]; then
                continue
            elif [[ $name =~ \"([^/\"]+)\" && -f $core/${BASH_REMATCH[1]} ]]; then
                continue
            fi
            echo "$file:$line: $name"
        done
}

report "symbols from outside that it may not use" undefined_symbols
report "writable objects" writable_objects
report "headers from outside" foreign_includes
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
