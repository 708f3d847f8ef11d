#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""page.py PAGE [JSON...]: is a page of report --html or diff --html well-formed, safe and
whole, and are its numbers those of report --json (for a diff: of both sides)?

page.py --changes PAGE JSON: are its changes those of diff --json?
page.py --text PAGE: its text.  page.py --bill PAGE: the rows of the bill, as words."""
import base64, hashlib, html.parser, json, re, sys

VOID = {"meta", "br", "hr", "img", "input", "link"}
KNOWN = set("""html head meta title style body a header h1 h2 h3 h4 span p b bdi nav ul li button main section
dl dt dd div small svg path g rect use defs text figure figcaption output details summary table thead tbody
tfoot tr th td code data script footer""".split())
SECTIONS = ["overview", "timeline", "causes", "heat", "latency", "bill", "contexts", "realms", "slowest",
            "counts", "ledger", "host"]


def number(text):
    return int(text) if re.fullmatch(r"\d+", text) else float(text)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.ids, self.refs, self.words = [], set(), [], []
        self.cells, self.scripts, self.styles, self.csp = [], [], [], None
        self.changes = []  # what they are of, and both sides' numbers
        self.values = []  # (attributes of the td or tr's around it, number)
        self.svgs, self.titles = 0, []
        self.feed(text)
        self.close()
        assert not self.stack, f"not closed: {self.stack}"

    def attrs_of(self, tag):
        return next((a for t, a, _ in reversed(self.stack) if t == tag), {})

    def handle_starttag(self, tag, attrs):
        assert tag in KNOWN, f"element {tag} at line {self.getpos()[0]}"
        assert len({k for k, _ in attrs}) == len(attrs), f"{tag}: an attribute twice"
        a = dict(attrs)
        for k, v in a.items():
            assert not k.startswith("on") and k not in ("style", "src", "srcdoc", "action"), f"{tag} {k}"
            assert re.fullmatch(r"[a-zA-Z-]+", k), f"{tag} {k!r}"
            if k == "href":
                assert v.startswith("#"), f"{tag} href={v}"
                self.refs.append(v[1:])
            if k == "aria-labelledby":
                self.refs.append(v)
        if "id" in a:
            assert a["id"] not in self.ids, f"id {a['id']} twice"
            self.ids.add(a["id"])
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy":
            self.csp = a["content"]
        if "data-change" in a:
            self.changes.append((a["data-change"], []))
        if tag == "data" and "data-change" in self.attrs_of("tr"):
            self.changes[-1][1].append(float(a["value"]))
        if tag == "data":
            self.values.append((self.attrs_of("td"), self.attrs_of("tr"), self.attrs_of("div"), number(a["value"])))
        if tag == "script":
            self.scripts.append((a, ""))
        if tag == "style":
            self.styles.append("")
        if tag == "svg" and a.get("aria-hidden") != "true":
            assert a.get("role") == "img", "an svg without a role"
            self.svgs += 1
            self.titles.append(False)
        if tag == "title" and self.stack[-1][0] == "svg" and self.stack[-1][1].get("role") == "img":
            self.titles[-1] = True
        if tag not in VOID:
            self.stack.append((tag, a, self.getpos()))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1][0] == tag, \
            f"</{tag}> at line {self.getpos()[0]} closes {self.stack[-1:]}"
        self.stack.pop()

    def handle_data(self, text):
        if self.stack and self.stack[-1][0] == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + text)
        elif self.stack and self.stack[-1][0] == "style":
            self.styles[-1] += text
        else:
            self.words.append(text)

    def handle_comment(self, text):
        raise AssertionError("a comment: nothing writes one")

    def text(self):
        return re.sub(r"[ \n]+", " ", "".join(self.words))


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def check_safe(p, raw):
    assert raw.startswith("<!doctype html>\n")
    assert p.csp and "default-src 'none'" in p.csp, p.csp
    assert "unsafe" not in p.csp and "http" not in p.csp, p.csp
    run = [t for a, t in p.scripts if a.get("type") != "application/json"]
    assert len(run) == 1 and f"script-src '{digest(run[0])}'" in p.csp, "the script is not the one allowed"
    assert len(p.styles) == 1 and f"style-src '{digest(p.styles[0])}'" in p.csp, "the style is not the one allowed"
    assert "@import" not in p.styles[0] and "url(" not in p.styles[0]
    assert not re.search(r"fetch|XMLHttp|WebSocket|sendBeacon|eval|Function\(|import\(|localStorage|innerHTML|document\.write", run[0])
    for ref in p.refs:
        assert ref in p.ids, f"#{ref} leads nowhere"
    assert all(p.titles), "a chart without a title"
    assert not re.search(r"\b(nan|inf)\b", p.text(), re.I), "a number that is none"
    assert len(raw) < 2_000_000, f"{len(raw)} bytes"


def numbers(p, side):
    """{(vm, event, value): count} and the like, of one side: of tr's with data-metric."""
    got = {}
    for td, tr, _, value in p.values:
        if "data-metric" in tr and tr.get("data-side", "") == side:
            got.setdefault(tr["data-metric"], []).append(value)
    return got


def wanted(report):
    want = {}
    for vm in report["vms"]:
        for event, m in vm["metrics"].items():
            for value, one in [("", m), *((m or {}).get("by") or {}).items()]:
                if not one or not one["count"]:
                    continue
                t = one.get("time")
                want[f"{vm['id']}/{event}/{value}"] = [one["count"], *([t["p50"], t["p90"], t["p99"], t["total"]] if t else [])]
    return want


def check_numbers(p, report, side=""):
    got, want = numbers(p, side), wanted(report)
    sums = {}
    for key, v in want.items():
        vm, rest = key.split("/", 1)
        n, total = sums.get(rest, (0, 0))
        sums[rest] = (n + v[0], total + (v[-1] if len(v) > 1 else 0))
        if key in got:
            assert got[key] == v, (key, got[key], v)
    shown = {k: v for k, v in got.items() if not k.startswith("-1/")}
    assert set(shown) <= set(want), set(shown) - set(want)
    if "more VMs had fewer events" not in p.text():
        assert set(want) == set(shown), set(want) - set(shown)
    for rest, (n, total) in sums.items():
        v = got[f"-1/{rest}"]
        assert v[0] == n and (len(v) == 1 or v[-1] == total), (rest, v, n, total)
    assert {k[3:] for k in got if k.startswith("-1/")} == set(sums)
    rows = {td["data-ledger"]: v for td, tr, _, v in p.values
            if "data-ledger" in td and td.get("data-side", "") == side}
    for event, row in [("all", report["ledger"]), *report["ledger"]["events"].items()]:
        for key in ("seen", "kept", "ring_full", "map_full", "missed", "filtered", "unattributed", "lost"):
            if row is None or row[key] is None:
                assert f"{event}.{key}" not in rows, "0 for what cannot be known"
            else:
                assert rows[f"{event}.{key}"] == row[key], (event, key, rows, row)
    if "slowest" in report:
        ids = re.findall(rf'<tr data-id="(\d+)" data-side="{side}">', p.raw)
        assert [int(i) for i in ids] == [s["id"] for s in report["slowest"]], ids
    return len(want)


def check_data(p):
    """The script's counts add up to what the tables say."""
    for a, text in p.scripts:
        if a.get("type") != "application/json":
            continue
        data, got = json.loads(text), numbers(p, a["data-side"])
        events = [k.split("/")[1] for k in got if k.startswith("-1/") and k.endswith("/")]
        lanes = {k: sum(v) for k, v in data["lanes"].items() if k.startswith("e")}
        assert sorted(lanes.values()) == sorted(got[f"-1/{e}/"][0] for e in events), (lanes, events)
        assert all(len(v) <= data["span"] + 1 for v in data["lanes"].values())


def bill(p):
    rows = {}
    for td, tr, _, value in p.values:
        if "data-kind" in tr and "data-bill" in td:
            rows.setdefault(tr["data-kind"], {})[td["data-bill"]] = value
    for kind, r in rows.items():
        print(kind, *(f"{k}={r[k]}" for k in ("count", "refaults", "dropped", "back", "unmaps") if k in r))


def changes(p, diff):
    """The first 300 of them, in the same order, with the same numbers."""
    want = diff["comparisons"][0]["changes"][:300]
    rows = [tr for tr in p.changes]
    assert [r for r, _ in rows] == [f"{c['vm']}:{c['metric']}" if c["vm"] else c["metric"] for c in want]
    for (label, got), c in zip(rows, want):
        assert got == ([] if c["a"] is None or c["b"] is None else [c["a"], c["b"]]), (label, got, c)
    print(len(rows), "changes")


def main():
    mode = sys.argv.pop(1) if sys.argv[1].startswith("--") else ""
    raw = open(sys.argv[1], encoding="utf-8").read()
    p = Page(raw)
    p.raw = raw
    if mode == "--text":
        print(p.text())
        return
    if mode == "--changes":
        check_safe(p, raw)
        changes(p, json.load(open(sys.argv[2])))
        return
    if mode == "--bill":
        bill(p)
        return
    check_safe(p, raw)
    for s in SECTIONS:
        assert s in p.ids, f"no section {s}"
    reports = [json.load(open(f)) for f in sys.argv[2:]]
    n = sum(check_numbers(p, r, "" if len(reports) == 1 else ("a-", "b-")[i]) for i, r in enumerate(reports))
    check_data(p)
    print(f"{len(raw)} bytes, {n} metrics, {p.svgs} charts")


if __name__ == "__main__":
    main()
