// Zoom, cursor and theme of a page.  Without it the page is whole, only still.
"use strict";
(function () {
  const root = document.documentElement;
  root.classList.add("js");
  const HIGH = 200, TICKS = 6;

  // ---- theme: as the system has it, or as chosen ----
  const theme = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  let themeAt = 0;
  theme.hidden = false;
  theme.addEventListener("click", function () {
    themeAt = (themeAt + 1) % themes.length;
    if (themeAt) root.dataset.theme = themes[themeAt];
    else delete root.dataset.theme;
    theme.textContent = "Theme: " + themes[themeAt];
  });

  // ---- words ----
  function short(n) {
    const units = " kMGTP";
    let u = 0;
    while (n >= 999.5 && u < units.length - 1) { n /= 1000; u++; }
    if (!u) return n < 99.95 && n !== Math.round(n) ? n.toFixed(1) : n.toFixed(0);
    return n.toFixed(n < 9.995 ? 2 : n < 99.95 ? 1 : 0) + units[u];
  }
  function count(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ","); }
  function unitOf(step) {
    return step >= 1e9 ? [1e9, "s"] : step >= 1e6 ? [1e6, "ms"] : step >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  }
  function tickStep(ns) {
    const step = Math.pow(10, Math.floor(Math.log10(ns / TICKS)));
    return [1, 2, 5, 10].map(function (k) { return k * step; }).find(function (s) { return ns / s <= TICKS; });
  }
  // A time, as exactly as a step needs, in the unit of the longest one shown.
  function time(ns, step, longest) {
    const u = unitOf(longest), digits = Math.ceil(-Math.log10(step / u[0]) - 1e-9);
    return (ns / u[0]).toFixed(Math.min(9, Math.max(0, digits))) + " " + u[1];
  }
  function svg(name, attrs) {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const k in attrs) e.setAttribute(k, attrs[k]);
    return e;
  }

  // ---- one side of the page: all its figures show the same time ----
  function Side(data) {
    const d = JSON.parse(data.textContent);
    const figures = Array.from(document.querySelectorAll("figure.times[data-side='" + data.dataset.side + "']"));
    let from = 0, width = d.span, cursor = null;
    const totals = new Map();

    function most(lane) {
      let m = 0;
      const a = d.lanes[lane];
      if (!a) return 0;
      for (let i = Math.max(0, Math.floor(from)); i < Math.min(a.length, Math.ceil(from + width)); i++) m = Math.max(m, a[i]);
      return m;
    }
    // The path of a lane is as high as the highest slot of the scale it was drawn for.
    function scaleOf(fig) {
      const lanes = Array.from(fig.querySelectorAll("[data-lane]"));
      const all = width >= d.span || d.fixed;
      const shared = fig.dataset.shared === "yes";
      const now = lanes.map(function (l) { return most(l.dataset.lane); });
      lanes.forEach(function (l, i) {
        const peak = l.querySelector(".name small");
        if (peak && l.dataset.lane in d.lanes) peak.textContent = "peak " + short(now[i] * 1e9 / d.slot) + "/s";
        const full = Number(l.dataset.most), m = shared ? Math.max.apply(null, now) : now[i];
        l.high = all || !(m > 0) || !(full > 0) ? HIGH : Math.max(HIGH * m / full, 1);
      });
    }
    function drawAxis(axis, step) {
      axis.replaceChildren();
      const a = from * d.slot, b = (from + width) * d.slot;
      for (let t = Math.ceil(a / step) * step; t < b; t += step) {
        const text = svg("text", { x: (100 * (t - a) / (b - a)).toFixed(3) + "%", y: 14 });
        text.textContent = time(t, step, b);
        axis.append(text);
      }
    }
    function drawPlot(p, step) {
      const lane = p.closest("[data-lane]"), high = lane ? lane.high : null;
      const box = p.viewBox.baseVal, h = Number(p.dataset.high || (p.dataset.high = box.height));
      const a = from * d.slot, b = (from + width) * d.slot;
      let path = "";
      p.setAttribute("viewBox", high ? from + " " + (HIGH - high) + " " + width + " " + high : from + " 0 " + width + " " + h);
      for (let t = Math.max(step, Math.ceil(a / step) * step); t < b; t += step) path += "M" + (t / d.slot).toFixed(3) + " 0V" + h;
      p.querySelector(".tk").setAttribute("d", path);
    }
    function drawNow(lane) {
      const a = d.lanes[lane.dataset.lane], now = lane.querySelector(".now");
      if (!a) return;
      if (!totals.has(lane)) totals.set(lane, Array.from(now.childNodes));
      if (cursor !== null) {
        now.textContent = short((a[Math.floor(cursor)] || 0) * 1e9 / d.slot) + "/s";
      } else if (width >= d.span) {
        now.replaceChildren.apply(now, totals.get(lane));
      } else {
        let n = 0;
        for (let i = Math.floor(from); i < Math.min(a.length, Math.ceil(from + width)); i++) n += a[i];
        now.textContent = count(n);
      }
    }
    function drawCursor(fig) {
      const line = fig.querySelector(".cursor"), plot = fig.querySelector(".plot");
      if (!plot) return;
      if (cursor === null || cursor < from || cursor > from + width) { line.style.display = "none"; return; }
      const lanes = fig.querySelector(".lanes").getBoundingClientRect(), r = plot.getBoundingClientRect();
      line.style.left = r.left - lanes.left + r.width * (cursor - from) / width + "px";
      line.style.display = "block";
    }
    function words() {
      const step = tickStep(width * d.slot) / 100, end = (from + width) * d.slot;
      let s = width >= d.span ? "the whole time, " + time(end, step, end)
        : time(from * d.slot, step, end) + " to " + time(end, step, end);
      if (cursor !== null) s = "at " + time(cursor * d.slot, step, end) + ", of " + s;
      return s;
    }
    function draw() {
      const step = tickStep(width * d.slot), text = words();
      figures.forEach(function (fig) {
        scaleOf(fig);
        fig.querySelectorAll(".plot").forEach(function (p) { drawPlot(p, step); });
        fig.querySelectorAll(".axis").forEach(function (x) { drawAxis(x, step); });
        point(fig);
        fig.querySelector(".range").textContent = text;
      });
    }
    function point(fig) {
      fig.querySelectorAll("[data-lane]").forEach(drawNow);
      drawCursor(fig);
      fig.querySelector(".range").textContent = words();
    }
    function show(a, w) {
      width = Math.min(d.span, Math.max(w, Math.min(4, d.span)));
      from = Math.min(Math.max(0, a), d.span - width);
      if (cursor !== null && (cursor < from || cursor > from + width)) cursor = null;
      draw();
    }
    function zoom(factor) {
      const at = cursor === null ? from + width / 2 : cursor;
      const w = Math.min(d.span, width * factor);
      show(at - (at - from) * w / width, w);
    }
    function setCursor(x) {
      cursor = x === null ? null : Math.min(Math.max(x, 0), d.span);
      if (cursor !== null && cursor < from) show(cursor - width / 10, width);
      else if (cursor !== null && cursor > from + width) show(cursor - width * 0.9, width);
      else figures.forEach(point);
    }
    const acts = {
      "in": function () { zoom(0.5); }, out: function () { zoom(2); },
      left: function () { show(from - width / 2, width); }, right: function () { show(from + width / 2, width); },
      all: function () { cursor = null; show(0, d.span); }
    };
    const keys = { "+": "in", "=": "in", "-": "out", PageUp: "left", PageDown: "right", "0": "all", Home: "all" };

    function slotAt(fig, e) {
      const r = fig.querySelector(".plot").getBoundingClientRect();
      return from + width * Math.min(1, Math.max(0, (e.clientX - r.left) / r.width));
    }
    figures.forEach(function (fig) {
      let down = null;
      const sel = document.createElement("div");
      sel.className = "sel";
      fig.querySelector(".lanes").append(sel);
      fig.querySelectorAll("button[data-act]").forEach(function (b) {
        b.addEventListener("click", function () { acts[b.dataset.act](); });
      });
      fig.addEventListener("keydown", function (e) {
        if (e.target !== fig || e.ctrlKey || e.altKey || e.metaKey) return;
        const move = width / 100 * (e.shiftKey ? 10 : 1);
        if (keys[e.key]) acts[keys[e.key]]();
        else if (e.key === "ArrowLeft" || e.key === "ArrowRight")
          setCursor((cursor === null ? from + width / 2 : cursor) + (e.key === "ArrowLeft" ? -move : move));
        else if (e.key === "Escape") setCursor(null);
        else return;
        e.preventDefault();
      });
      fig.addEventListener("pointerdown", function (e) {
        if (e.target.closest(".plot") && e.button === 0 && e.pointerType !== "touch") { down = slotAt(fig, e); e.preventDefault(); fig.focus({ preventScroll: true }); }
      });
      fig.addEventListener("pointermove", function (e) {
        if (down === null && !e.target.closest(".plot")) return;
        setCursor(slotAt(fig, e));
        if (down === null) return;
        const lanes = fig.querySelector(".lanes").getBoundingClientRect(), r = fig.querySelector(".plot").getBoundingClientRect();
        const a = Math.min(down, cursor), b = Math.max(down, cursor);
        sel.style.left = r.left - lanes.left + r.width * (a - from) / width + "px";
        sel.style.width = r.width * (b - a) / width + "px";
        sel.style.display = "block";
      });
      window.addEventListener("pointerup", function (e) {
        if (down === null) return;
        const a = Math.min(down, slotAt(fig, e)), b = Math.max(down, slotAt(fig, e));
        down = null;
        sel.style.display = "none";
        if (b - a > width / 100) { cursor = null; show(a, b - a); }
      });
      fig.addEventListener("pointerleave", function () { if (down === null) setCursor(null); });
      fig.addEventListener("dblclick", function (e) { if (e.target.closest(".plot")) acts.all(); });
    });
    window.addEventListener("resize", function () { figures.forEach(drawCursor); });
    if (figures.length) draw();
  }
  document.querySelectorAll("script.times-data").forEach(function (s) { Side(s); });

  // ---- on paper everything is open ----
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.on-paper").forEach(function (x) { x.open = true; });
  });
})();
