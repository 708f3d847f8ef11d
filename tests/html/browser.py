#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""browser.py DIR: the pages of report --html and diff --html in headless Chromium.

DIR has them with what report --json says: NAME.html, NAME.json, and diff.html.  Prints
TAP.  Every wait is for a condition: a starved machine is slow, not wrong.  With
NESTSCOPE_SHOTS=DIR2 it leaves pictures there: light, dark, narrow, and as printed."""
import base64, json, os, pathlib, re, sys, traceback

sys.dont_write_bytecode = True
from page import SECTIONS, wanted
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

DIR = pathlib.Path(sys.argv[1]).resolve()
passed = failed = 0


def start():
    o = webdriver.ChromeOptions()
    o.binary_location = "/usr/bin/chromium"
    for a in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        o.add_argument(a)
    o.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=o)


class Tab:
    """A page in the browser."""

    def __init__(self, driver, name, width=1280, scheme="light", media=""):
        self.d, self.name = driver, name
        self.logs()  # of what was before
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        driver.get(f"file://{DIR}/{name}.html")

    def logs(self):
        return self.d.get_log("browser"), self.d.get_log("performance")

    def js(self, code, *args):
        return self.d.execute_script(code, *args)

    def all(self, css):
        return self.d.find_elements(By.CSS_SELECTOR, css)

    def one(self, css):
        return self.d.find_element(By.CSS_SELECTOR, css)

    def wait(self, what, why):
        WebDriverWait(self.d, 120).until(lambda _: what(), why)

    def view(self, n=0):
        """From and width of what a figure shows, in slots."""
        box = self.js("return document.querySelectorAll('figure.times .plot')[arguments[0]].getAttribute('viewBox')", n)
        x, _, w, _ = map(float, box.split())
        return x, w

    def shot(self, what):
        where = os.environ.get("NESTSCOPE_SHOTS")
        if not where:
            return
        size = self.js("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        got = self.d.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size[0], "height": min(size[1], 8000), "scale": 1}})
        (pathlib.Path(where) / f"{self.name}-{what}.png").write_bytes(base64.b64decode(got["data"]))


def check(name, fn, *args):
    global passed, failed
    try:
        fn(*args)
        passed += 1
        print(f"ok - html {name}", flush=True)
    except Exception:
        failed += 1
        print(f"not ok - html {name}")
        print("    " + traceback.format_exc().replace("\n", "\n    "), flush=True)


# ---- what every page must be ----

def quiet(t):
    """Nothing in the console, and no request but the one for the file."""
    console, network = t.logs()
    assert not console, console
    asked = [m["message"]["params"]["request"]["url"] for m in (json.loads(e["message"]) for e in network)
             if m["message"]["method"] == "Network.requestWillBeSent"]
    assert asked and set(asked) == {f"file://{DIR}/{t.name}.html"}, asked


def sections(t):
    for s in SECTIONS:
        e = t.one(f"#{s}")
        assert e.is_displayed() and e.find_element(By.TAG_NAME, "h2").text, s
        assert len(e.text) > len(e.find_element(By.TAG_NAME, "h2").text) + 10, f"{s} is empty"


def fits(t):
    wide = t.js("return document.documentElement.scrollWidth")
    seen = t.js("return document.documentElement.clientWidth")
    assert wide <= seen, f"{wide} > {seen}: it scrolls sideways"


def named(t):
    """What a screen reader comes by has a name."""
    t.d.execute_cdp_cmd("Accessibility.enable", {})
    bad, n = [], 0
    for node in t.d.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
        role = node.get("role", {}).get("value")
        if node.get("ignored") or role not in ("image", "img", "button", "link", "group", "navigation", "DisclosureTriangle"):
            continue
        n += 1
        if not node.get("name", {}).get("value") and role != "group":
            bad.append(node)
    t.d.execute_cdp_cmd("Accessibility.disable", {})
    assert n > 20 and not bad, bad[:3]


def same_numbers(t, side="", name=None):
    report = json.loads((DIR / f"{name or t.name}.json").read_text())
    got = t.js("""return Object.fromEntries(Array.from(document.querySelectorAll('tr[data-metric]'))
        .filter(r => r.dataset.side === arguments[0])
        .map(r => [r.dataset.metric, Array.from(r.querySelectorAll('data')).map(d => Number(d.value))]))""", side)
    want = wanted(report)
    for key, values in want.items():
        assert got[key] == values, (key, got, values)
    assert want, "no number"
    tiles = t.all(f"#overview {'.side[data-side=' + repr(side) + ']' if side else ''} .tile")
    assert tiles[0].find_element(By.TAG_NAME, "data").get_attribute("value") == str(
        sum((v["metrics"]["s2.fault"] or {"count": 0})["count"] for v in report["vms"]))


# ---- interaction ----

def zoom_by_buttons(t):
    fig = t.one("#timeline figure")
    press = lambda act: fig.find_element(By.CSS_SELECTOR, f"button[data-act={act}]").click()
    _, whole = t.view()
    press("in")
    x, w = t.view()
    assert abs(w - whole / 2) < 1e-6 * whole and x > 0, (x, w, whole)
    # one time for all figures of a recording; that of another one stays
    views = t.js("""return Array.from(document.querySelectorAll('figure.times .plot'))
        .map(p => [p.closest('figure').dataset.side, p.getAttribute('viewBox').split(' ')[2]])""")
    zoomed = {w for side, w in views if side == views[0][0]}
    assert {float(x) for x in zoomed} == {w}, views
    assert not zoomed & {w for side, w in views if side != views[0][0]}, views
    press("right")
    assert t.view()[0] > x
    press("left")
    assert abs(t.view()[0] - x) < 1e-6 * whole
    press("out")
    assert t.view() == (0, whole)
    press("in")
    press("in")
    press("all")
    assert t.view() == (0, whole)


def zoom_by_keys(t):
    fig = t.one("#causes figure")
    _, whole = t.view()
    t.js("arguments[0].focus()", fig)
    fig.send_keys("+")
    x, w = t.view()
    assert abs(w - whole / 2) < 1e-6 * whole, (x, w, whole)
    fig.send_keys(Keys.PAGE_DOWN)
    assert t.view()[0] > x
    fig.send_keys(Keys.PAGE_UP)
    assert abs(t.view()[0] - x) < 1e-6 * whole
    fig.send_keys("-")
    assert t.view() == (0, whole)
    fig.send_keys(Keys.ARROW_RIGHT)
    cursor = fig.find_element(By.CSS_SELECTOR, ".cursor")
    assert cursor.is_displayed() and "at " in fig.find_element(By.CSS_SELECTOR, ".range").text
    assert all(e.text.endswith("/s") for e in fig.find_elements(By.CSS_SELECTOR, "[data-lane] .now"))
    left = cursor.location["x"]
    fig.send_keys(Keys.ARROW_RIGHT)
    assert cursor.location["x"] > left
    fig.send_keys(Keys.ESCAPE)
    assert not cursor.is_displayed()
    fig.send_keys("0")


def zoom_by_dragging(t):
    plot = t.one("#timeline figure .plot")
    _, whole = t.view()
    t.js("arguments[0].scrollIntoView({block: 'center'})", plot)
    w = plot.size["width"]
    ActionChains(t.d).move_to_element_with_offset(plot, -w // 4, 0).click_and_hold() \
        .move_to_element_with_offset(plot, w // 4, 0).release().perform()
    t.wait(lambda: t.view()[1] < whole * 0.6, "dragging did not zoom")
    x, width = t.view()
    assert abs(x - whole / 4) < whole / 50 and abs(width - whole / 2) < whole / 50, (x, width, whole)
    t.one("#timeline figure button[data-act=all]").click()


def counts_in_view(t):
    """Two halves of the time have all the events."""
    fig, got = t.one("#timeline figure"), []
    lane = fig.find_element(By.CSS_SELECTOR, "[data-lane]")
    number = lambda: int(lane.find_element(By.CSS_SELECTOR, ".now").text.replace(",", ""))
    all_of_them, (_, whole) = number(), t.view()
    fig.find_element(By.CSS_SELECTOR, "button[data-act=in]").click()
    for way in ("left", "right", "right"):
        fig.find_element(By.CSS_SELECTOR, f"button[data-act={way}]").click()
        got.append(number())
    fig.find_element(By.CSS_SELECTOR, "button[data-act=all]").click()
    assert number() == all_of_them > 0
    # a slot that is cut in two is in both halves
    peak = lane.find_element(By.CSS_SELECTOR, ".name small").text
    assert peak.startswith("peak ") and peak.endswith("/s"), peak
    assert all_of_them <= got[0] + got[2] <= all_of_them * 1.02 + 50, (got, all_of_them)


def theme(t):
    button = t.one("#theme")
    color = lambda: t.js("return getComputedStyle(document.body).backgroundColor")
    seen = [color()]
    for want in ("light", "dark"):
        button.click()
        assert want in button.text and t.js("return document.documentElement.dataset.theme") == want
        seen.append(color())
    button.click()
    assert "system" in button.text and color() == seen[0] == seen[1] != seen[2], seen


def details_by_keys(t):
    s = t.one("#timeline details summary")
    s.send_keys(Keys.ENTER)
    is_open = lambda: t.one("#timeline details").get_property("open")
    t.wait(is_open, "Enter did not open the numbers")
    assert t.one("#timeline details table").size["height"] > 50
    s.send_keys(Keys.ENTER)
    t.wait(lambda: not is_open(), "Enter did not close them")


def tab_order(t):
    """Tab comes by the link to the contents, the contents, and figures."""
    t.js("document.activeElement.blur(); window.scrollTo(0, 0)")
    seen = []
    for _ in range(60):
        ActionChains(t.d).send_keys(Keys.TAB).perform()
        seen.append(t.js("const e = document.activeElement; return e.className + '#' + e.tagName"))
        if seen[-1] == "times#FIGURE":
            return
    raise AssertionError(seen)


# ---- what came from elsewhere ----

def hostile(t):
    quiet(t)
    assert t.d.title.startswith("nestscope report"), t.d.title
    assert t.js("return document.scripts.length") == 2
    assert t.js("return document.querySelectorAll('img, iframe, object, embed, form, link').length") == 0
    t.js("document.querySelectorAll('details').forEach(d => d.open = true)")
    text = t.one("body").text
    for s in ("<script>alert(0)</script>(666)", "<iframe src=//example.com>", "onmouseover='alert(1)",
              "</script><script>alert(3)</script>", "<svg onload=alert(1)>"):
        assert s in text, s


def even_then(t):
    """Were something not escaped, the page's policy would not let it run, nor load."""
    asked = [m["message"] for m in (json.loads(e["message"]) for e in t.logs()[1])]
    assert t.js("return document.querySelectorAll('#owned').length") == 1, "the test's own markup is not there"
    assert t.d.title.startswith("nestscope report"), "a foreign script ran"
    sent = {m["params"]["requestId"]: m["params"]["request"]["url"] for m in asked
            if m["method"] == "Network.requestWillBeSent"}
    stopped = {m["params"]["requestId"] for m in asked
               if m["method"] == "Network.loadingFailed" and m["params"].get("blockedReason") == "csp"}
    assert {u for i, u in sent.items() if i not in stopped} == {f"file://{DIR}/{t.name}.html"}, sent


def dark(t):
    assert t.js("return getComputedStyle(document.body).backgroundColor") == "rgb(16, 19, 24)"


def printed(t):
    assert t.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "dark on paper"
    assert not t.one("nav").is_displayed() and not t.one(".tools").is_displayed()
    pdf = base64.b64decode(t.d.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    assert pdf.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 1 < pages < 60, pages
    if os.environ.get("NESTSCOPE_SHOTS"):
        (pathlib.Path(os.environ["NESTSCOPE_SHOTS"]) / f"{t.name}.pdf").write_bytes(pdf)


def report_page(d, name, interact):
    t = Tab(d, name)
    check(f"{name}: console and network are quiet", quiet, t)
    check(f"{name}: every section", sections, t)
    check(f"{name}: numbers are those of report --json", same_numbers, t)
    check(f"{name}: everything has a name", named, t)
    check(f"{name}: fits 1280", fits, t)
    t.shot("light")
    if interact:
        for fn in (zoom_by_buttons, zoom_by_keys, zoom_by_dragging, counts_in_view, theme, details_by_keys, tab_order):
            check(f"{name}: {fn.__name__}", fn, t)
        check(f"{name}: still quiet", lambda: assert_none(t.logs()[0]))
    t = Tab(d, name, 400, "dark")
    check(f"{name}: fits 400", fits, t)
    check(f"{name}: dark as the system is", dark, t)
    t.shot("narrow")
    Tab(d, name, 1280, "dark").shot("dark")
    t = Tab(d, name, 1000, "dark", "print")
    check(f"{name}: printed", printed, t)
    t.shot("print")


def assert_none(console):
    assert not console, console


def main():
    d = start()
    try:
        for name in ("fixed", "real", "realm"):
            report_page(d, name, name == "fixed")
        check("hostile: stays text", hostile, Tab(d, "hostile"))
        raw = (DIR / "hostile.html").read_text()
        inject = "<p id=owned><script>document.title='owned'</script><img src='http://127.0.0.1:9/x' " \
                 "onerror=\"document.title='owned'\"><style>body{background:url(http://127.0.0.1:9/y)}</style></p>"
        (DIR / "injected.html").write_text(raw.replace("<main id=\"main\">", "<main id=\"main\">" + inject, 1))
        check("injected: nothing runs, nothing is loaded", even_then, Tab(d, "injected"))
        if (DIR / "diff.html").exists():
            t = Tab(d, "diff")
            check("diff: console and network are quiet", quiet, t)
            check("diff: every section", sections, t)
            check("diff: everything has a name", named, t)
            for side, name in (("a-", "fixed"), ("b-", "other")):
                check(f"diff: numbers of {side} are those of report --json", same_numbers, t, side, name)
            for fn in (zoom_by_buttons, theme):
                check(f"diff: {fn.__name__}", fn, t)
            check("diff: fits 1280", fits, t)
            t.shot("light")
            t = Tab(d, "diff", 400, "dark")
            check("diff: fits 400", fits, t)
            t.shot("narrow")
    finally:
        d.quit()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
