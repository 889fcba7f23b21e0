// Live regions, dialogs, toasts, copying and plots. No page needs more than this file and htmx.
(() => {
  "use strict";
  const PERIOD = 1000;
  const csrf = document.querySelector('meta[name="csrf-token"]').content;
  const dialog = document.getElementById("dialog");
  const dialogBody = document.getElementById("dialog-body");
  const trouble = document.getElementById("trouble");
  let opener = null;
  let timer = 0;

  // Live: ask once a second for the versions of the topics on this page; none while it is hidden.
  const regions = () => Array.from(document.querySelectorAll("[data-live]"));
  const topicsOf = (region) => region.dataset.live.split("\u001f");

  async function poll() {
    window.clearTimeout(timer);
    if (document.hidden) return;
    const topics = new Set(regions().flatMap(topicsOf));
    if (topics.size) {
      const query = new URLSearchParams(Array.from(topics, (topic) => ["topic", topic]));
      try {
        const response = await fetch("/live?" + query, { headers: { accept: "application/json" } });
        if (response.status === 401) say("This browser is logged out: open the printed address again.");
        else if (response.ok) changed(await response.json());
      } catch {
        say("The console itself does not answer. What you see may be old.");
      }
    }
    timer = window.setTimeout(poll, PERIOD);
  }

  function changed(told) {
    for (const region of regions()) {
      const now = topicsOf(region).map((topic) => told.versions[topic] ?? 0).join(",");
      if (now === region.dataset.versions) continue;
      region.dataset.versions = now;
      window.htmx.trigger(region, "lk-refresh");
    }
    if (told.paused) say(`The server asked for fewer requests: reading goes on in ${told.paused} s.`);
    else if (told.problem) say(`What you see may be old. ${told.problem}`);
    else say("");
  }

  function say(text) {
    if (trouble.textContent !== text) trouble.textContent = text;
    trouble.hidden = !text;
  }

  document.addEventListener("visibilitychange", poll);

  // Requests of htmx carry the CSRF token.
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf;
  });
  document.addEventListener("htmx:sendError", () => {
    toast("The console itself does not answer. Nothing of the form is lost: try again.", true);
  });

  // Dialogs: filled by htmx, opened here, closed by Escape, by Cancel, or when the action is done.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.closest && event.target.closest("[data-dialog]")) opener = event.target;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === dialogBody) {  // not after the swap: until it settles, a form is sent without htmx
      if (!dialog.open) dialog.showModal();
      focusIn(dialogBody);
    } else if (event.target.id === "action") focusIn(event.target);
    prepareTabs();
    drawTables();
  });

  function focusIn(part) {
    const wrong = part.querySelector('[aria-invalid="true"]');
    const first = wrong || part.querySelector(
      "input:not([type=hidden]):not([readonly]), select, textarea:not([readonly]), button[type=submit], a.main");
    if (first) first.focus();
  }

  dialog.addEventListener("close", () => {
    dialogBody.replaceChildren();
    const back = opener && opener.id ? document.getElementById(opener.id) : opener;
    if (back && back.isConnected) back.focus();
    else document.getElementById("main").focus();
    opener = null;
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const close = target.closest("[data-close]");
    if (close && dialog.open) {
      event.preventDefault();
      dialog.close();
      return;
    }
    const copy = target.closest("[data-copy]");
    if (copy) copyFrom(copy);
    const fetched = target.closest("[data-copy-from]");
    if (fetched) copyFetched(fetched);
    const menu = target.closest(".menu-button");
    if (menu) {
      const open = menu.getAttribute("aria-expanded") !== "true";
      menu.setAttribute("aria-expanded", String(open));
      document.getElementById("menu").classList.toggle("open", open);
    }
    const tab = target.closest("[role=tab]");
    if (tab) selectTab(tab);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const request = event.detail.xhr;
    const done = request && request.getResponseHeader("x-done");
    if (!done) return;
    toast(decodeURIComponent(done));
    const kept = (request.getResponseHeader("hx-trigger") || "").includes("lk-kept");
    if (!kept) leave();
    poll();
  });

  function leave() {
    const part = document.getElementById("action");
    const back = part ? part.dataset.back : "";
    const here = window.location.pathname + window.location.search;
    if (dialog.open) dialog.close();
    if (back && back !== here) window.location.assign(back);
    else window.setTimeout(refreshAll, 250);
  }

  function refreshAll() {
    for (const region of regions()) window.htmx.trigger(region, "lk-refresh");
  }

  function toast(text, bad) {
    const one = document.createElement("p");
    one.className = bad ? "toast bad" : "toast";
    one.textContent = text;
    document.getElementById("toasts").append(one);
    window.setTimeout(() => one.remove(), 6000);
  }

  // A secret that is not in the page: it goes from the server to the clipboard.
  async function copyFetched(button) {
    const response = await fetch(button.dataset.copyFrom, {
      method: "POST", headers: { "X-CSRF-Token": csrf }, body: new URLSearchParams({ id: button.dataset.id }),
    }).catch(() => null);
    if (!response || !response.ok) toast("The console does not give it out.", true);
    else await copyText(await response.text());
  }

  async function copyFrom(button) {
    const source = button.closest("figure, [data-copied]");
    await copyText(source.dataset.copied || source.querySelector("code").textContent);
  }

  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied.");
    } catch {
      toast("The browser does not allow copying here: mark the text instead.", true);
    }
  }

  // Tabs over the forms of a code: all are in the page; without this script all are shown.
  function prepareTabs() {
    for (const box of document.querySelectorAll("[data-tabs]:not(.ready)")) {
      box.classList.add("ready");
      const wanted = window.sessionStorage.getItem("code") || "";
      const figures = Array.from(box.querySelectorAll("figure"));
      const list = document.createElement("div");
      list.setAttribute("role", "tablist");
      list.setAttribute("aria-label", "The same as");
      figures.forEach((figure, place) => {
        const label = figure.querySelector("figcaption").firstChild.textContent.trim();
        const tab = document.createElement("button");
        tab.type = "button";
        tab.textContent = label;
        tab.setAttribute("role", "tab");
        tab.id = "tab-" + label;
        figure.id = "code-" + label;
        figure.setAttribute("role", "tabpanel");
        figure.setAttribute("aria-labelledby", tab.id);
        tab.setAttribute("aria-controls", figure.id);
        list.append(tab);
        figure.dataset.place = String(place);
      });
      box.prepend(list);
      const first = Array.from(list.children).find((tab) => tab.textContent === wanted) || list.children[0];
      if (first) selectTab(first);
    }
  }

  function selectTab(tab) {
    const box = tab.closest("[data-tabs]");
    for (const one of box.querySelectorAll("[role=tab]")) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    window.sessionStorage.setItem("code", tab.textContent);
  }

  document.addEventListener("keydown", (event) => {
    const tab = event.target instanceof Element && event.target.closest("[role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const tabs = Array.from(tab.parentElement.children);
    const step = event.key === "ArrowRight" ? 1 : tabs.length - 1;
    const next = tabs[(tabs.indexOf(tab) + step) % tabs.length];
    selectTab(next);
    next.focus();
  });

  // Plots: uPlot over the counts of the last hour, in the colours of the theme.
  const COLOURS = ["--plot-1", "--plot-2", "--plot-3", "--plot-4"];
  const drawn = new Map();

  const clock = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

  const day = (at) => new Date(at * 1000).toISOString().slice(5, 10);

  // The range of the data, ten minutes at least.
  function lastMinutes(u) {
    const times = u.data[0];
    const end = times.length ? times[times.length - 1] : Date.now() / 1000;
    return [Math.min(times.length ? times[0] : end, end - 600), end];
  }

  function plot(element, names, columns) {
    const style = window.getComputedStyle(document.documentElement);
    const axis = { stroke: style.getPropertyValue("--muted"), grid: { stroke: style.getPropertyValue("--line"), width: 1 } };
    const old = drawn.get(element);
    if (old) {
      old.setData(columns);
      return;
    }
    const height = Number(element.dataset.height || 160);
    const days = Boolean(element.dataset.days);
    const wholeDays = (_, low, high) => [low - 43200, high + 43200];
    const made = new window.uPlot({
      width: Math.max(200, element.clientWidth), height,
      tzDate: days ? (at) => window.uPlot.tzDate(new Date(at * 1000), "Etc/UTC") : undefined,
      scales: { x: { range: days ? wholeDays : lastMinutes }, y: { range: (_, low, high) => [0, Math.max(1, Math.ceil((high || 0) * 1.1))] } },
      axes: [{ ...axis, space: days ? 44 : 70, incrs: days ? [1, 2, 3, 4, 7, 14, 28].map((count) => count * 86400) : undefined, values: (_, at) => at.map(days ? day : clock) }, { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }],
      legend: { live: false },
      cursor: { drag: { x: false, y: false } },
      series: [{}, ...names.map((name, place) => ({
        label: name, stroke: style.getPropertyValue(COLOURS[place]), width: 2, spanGaps: true,
        paths: element.dataset.bars ? window.uPlot.paths.bars({ size: [0.7, 40] }) : undefined,
        fill: element.dataset.bars ? style.getPropertyValue(COLOURS[place]) : undefined,
        points: { show: columns[0].length < 3 },
      }))],
    }, columns, element);
    drawn.set(element, made);
    new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height })).observe(element);
  }

  async function drawPlots() {
    const boxes = Array.from(document.querySelectorAll("[data-plots] .plot[data-series]"));
    if (!boxes.length || document.hidden) return;
    try {
      const { names, columns } = await (await fetch("/plots")).json();
      for (const box of boxes) {
        const series = box.dataset.series.split(" ");
        plot(box, series, [columns[0], ...series.map((name) => columns[names.indexOf(name)])]);
        const last = series.map((name) => `${name} ${columns[names.indexOf(name)].at(-1) ?? "unknown"}`);
        box.setAttribute("aria-label", `${series.join(" and ")} over the last hour; now ${last.join(", ")}`);
      }
    } catch {
      return;  // said by poll()
    }
  }

  // Plots whose numbers stand in a table of the page: data-table names it.
  function drawTables() {
    for (const box of document.querySelectorAll(".plot[data-table]")) {
      const table = document.getElementById(box.dataset.table);
      const rows = table ? Array.from(table.tBodies[0].rows) : [];
      if (!rows.length) continue;
      const names = Array.from(table.tHead.rows[0].cells).slice(1).map((cell) => cell.textContent.trim());
      const columns = [rows.map((row) => Number(row.cells[0].dataset.at)),
        ...names.map((_, place) => rows.map((row) => Number(row.cells[place + 1].textContent)))];
      plot(box, names, columns);
    }
  }

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const [element, made] of drawn) {
      made.destroy();
      drawn.delete(element);
    }
    drawPlots();
    drawTables();
  });

  prepareTabs();
  drawPlots();
  drawTables();
  window.setInterval(drawPlots, 5000);
  poll();
})();
