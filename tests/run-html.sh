#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Check the HTML report and the SVG timelines: well-formed, self-contained, and in headless Chromium
# free of errors, naming every connection, and sortable. From the top of the tree:
# KA_ANALYZE=build/ka-analyze tests/run-html.sh. Without Chromium its part is left out, and said so.
set -u
export LC_ALL=C.UTF-8 TZ=UTC0

binary=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser ||
    command -v google-chrome)}
inputs=(tests/golden/input/*.pcap samples/*.pcap)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
[ -x "$binary" ] || { echo "html: no program at $binary" >&2; exit 1; }

# verdict WHAT STATUS: count it; what failed is named.
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "html: $1"
    fi
}

# ---- without a browser ---------------------------------------------------------------------------

# well_formed FILE: an SVG that an XML parser takes.
well_formed()
{
    python3 -c '
import sys, xml.etree.ElementTree as tree
try:
    tree.parse(sys.argv[1])
except tree.ParseError as error:
    sys.exit(f"{sys.argv[1]}: {error}")' "$1"
}

# The policy allows one script, by the hash of what stands between its tags.
script_matches_policy()
{
    python3 - "$1" <<'PYTHON'
import base64, hashlib, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
script, = re.findall(r"<script>(.*?)</script>", page, re.S)
policy, = re.findall(r"script-src '(sha256-[^']*)'", page)
digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
sys.exit(policy != "sha256-" + digest)
PYTHON
}

# Every element is closed in order, and nothing is loaded from anywhere.
page_is_whole()
{
    python3 - "$1" <<'PYTHON'
import sys
from html.parser import HTMLParser

class Page(HTMLParser):
    empty = {"meta", "line", "path", "circle", "rect", "br"}
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.bad = [], [], [], []
    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "action", "srcset", "data") or name.startswith("on"):
                self.bad.append(f"{tag} {name}")
            if name == "href":
                self.links.append(value)
        if tag not in self.empty:
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.empty:
            self.open.pop()
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"</{tag}>")

page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.bad += page.open + [link for link in page.links if link[1:] not in page.ids or link[0] != "#"]
page.bad += [name for name in page.ids if page.ids.count(name) > 1]
print(*page.bad[:5], sep="\n", end="\n" if page.bad else "")
sys.exit(bool(page.bad))
PYTHON
}

page=$work/page.html
hostile=$work/$'<img src=x onerror=alert(1)>\x01\xff"\'&.pcap'
cp tests/golden/input/dead.pcap "$hostile"
"$binary" --format html -o "$page" "$hostile" "${inputs[@]}"
verdict 'a page is written' $?
script_matches_policy "$page"
verdict 'the script is the one that the policy allows' $?
page_is_whole "$page"
verdict 'elements, links and identifiers are whole, nothing is loaded' $?
# shellcheck disable=SC2251 # a negated test in a list
! grep -q '<img' "$page"
verdict 'a file name is text and not markup' $?

grep -q 'rst_from_middlebox' "$page"
verdict 'findings are told' $?
# shellcheck disable=SC2251
! grep -qE '<dt>[^<]{20}' "$page"
verdict 'labels of rows are labels, and not their text' $?

for capture in "${inputs[@]}"; do
    "$binary" timeline --format svg "$capture" >"$work/picture.svg" 2>"$work/stderr"
    status=$?
    # A capture without TCP has no picture, and says so.
    [ $status -ne 0 ] && grep -q 'no TCP connection' "$work/stderr" && continue
    well_formed "$work/picture.svg"
    verdict "$capture: an SVG picture" $?
done
for check in keepalive data window syn; do
    for situation in alive crashed rebooted broken broken-icmp; do
        "$binary" timeline --format svg --check $check --situation $situation >"$work/picture.svg"
        well_formed "$work/picture.svg"
        verdict "$check, $situation: an SVG picture" $?
    done
done

# ---- in a browser --------------------------------------------------------------------------------

# dump FILE: the page as the browser has it after its scripts ran; what it complains of in
# $work/log.
dump()
{
    rm -rf "$work/profile"
    timeout 60 "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$work/profile" --enable-logging=stderr --dump-dom "file://$1" \
        2>"$work/log"
}

# The names of all connections of the page, and of the json report.
names_every_connection()
{
    "$binary" --format json "$hostile" "${inputs[@]}" 2>/dev/null | python3 -c '
import html, json, re, sys
page = open(sys.argv[1], encoding="utf-8", errors="replace").read()
table = page[page.rindex("<table class=\"sort\">"):]
rows = re.findall(r"<tr class=.*?</tr>", table, re.S)
cells = [[html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall(r"<td.*?</td>", row)]
         for row in rows]
have = sorted((c[2], c[3], c[4]) for c in cells)
want = sorted((r["client"], r["server"], r["outcome"])
              for r in map(json.loads, sys.stdin) if r["record"] == "connection")
sys.exit(have != want or not want)
' "$1"
}

# The column of packets in the table of connections, the last one: ascending after one click and
# descending after another.
sorts()
{
    local clicks=$1 order=$2
    sed -e 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' \
        -e "s|</body>|<script>for(let i=0;i<$clicks;i++)[...document.querySelectorAll('table.sort')].pop().querySelectorAll('th button')[8].click()</script></body>|" \
        "$page" >"$work/clicked.html"
    dump "$work/clicked.html" | python3 -c '
import re, sys
page = sys.stdin.read()
table = page[page.rindex("<table class=\"sort\">"):]
rows = re.findall(r"<tr class=.*?</tr>", table, re.S)
packets = [int(re.findall(r"data-v=\"(-?\d+)\"", row)[2]) for row in rows]
sys.exit(packets != sorted(packets, reverse=sys.argv[1] == "descending") or len(set(packets)) < 2)
' "$order"
}

if [ -n "$chromium" ]; then
    dump "$page" >"$work/dom.html"
    verdict 'Chromium opens the page' $?
    # shellcheck disable=SC2251 # a negated test in a list
    ! grep -E 'CONSOLE|Refused' "$work/log"
    verdict 'Chromium has nothing to complain of' $?
    names_every_connection "$work/dom.html"
    verdict 'the page names every connection' $?
    sorts 1 ascending
    verdict 'a click sorts the table' $?
    sorts 2 descending
    verdict 'another click turns the order around' $?
    sections=$(grep -c '<section id=' "$work/dom.html")
    pictures=$(grep -c '<svg ' "$work/dom.html")
    [ "$sections" -gt 0 ] && [ "$sections" -eq "$pictures" ]
    verdict "each of $sections timelines has a picture, there are $pictures" $?
else
    echo 'html: skipped what needs a browser: there is no Chromium (apt-get install chromium)'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
