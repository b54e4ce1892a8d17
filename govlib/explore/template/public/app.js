"use strict";
// Everything on the page comes from DATA and WORDS beside it; nothing is fetched.
const $ = (id) => document.getElementById(id), NS = "http://www.w3.org/2000/svg";
const COLOURS = ["#0b5394", "#b3410e", "#1b7a43", "#7a2f8a", "#7a5c00", "#444"];
const fold = (s) => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().replace(/[^a-z0-9]/g, "");
const shown = (x, d) => x == null ? "–" : x.toFixed(d).replace(".", LANG === "vi" ? "," : ".").replace("-", "−");
const say = (key, values) => WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
let state = {i: "", c: "", y: 0, p: [], by: "rank", down: false};

function el(name, attributes = {}, text) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text != null) e.textContent = text;
  return e;
}
function fill(select, pairs, value) {
  select.replaceChildren(...pairs.map(([v, t]) => el("option", {value: v}, t)));
  select.value = value;
}
const series = () => DATA.indices[state.i].components[state.c];
const place = (slug) => DATA.provinces.findIndex((p) => p.slug === slug);

function keep() {  // the address restores the view
  const q = new URLSearchParams({i: state.i, c: state.c, y: state.y, p: state.p.join(",")});
  history.replaceState(null, "", "#" + q);
}
function restore() {
  const q = new URLSearchParams(location.hash.slice(1));
  state.i = q.get("i") in DATA.indices ? q.get("i") : Object.keys(DATA.indices)[0];
  const components = DATA.indices[state.i].components;
  state.c = q.get("c") in components ? q.get("c") : Object.keys(components)[0];
  state.y = +q.get("y");
  state.p = (q.has("p") ? q.get("p").split(",") : [HOME]).filter((p) => place(p) >= 0);
}
function settle() {
  const components = DATA.indices[state.i].components;
  if (!(state.c in components)) state.c = Object.keys(components)[0];
  const years = series().years;
  if (!years.includes(state.y)) state.y = years[years.length - 1];
  fill($("index"), Object.entries(DATA.indices).map(([k, v]) => [k, v.name]), state.i);
  fill($("component"), Object.entries(components).map(([k, v]) => [k, v.name]), state.c);
  fill($("year"), [...years].reverse().map((y) => [y, y]), state.y);
  $("chosen").replaceChildren(...state.p.map((p, at) => {
    const item = el("li"), name = DATA.provinces[place(p)].name;
    const button = el("button", {type: "button", "aria-label": say("remove", {name})}, name + " ×");
    button.style.borderColor = COLOURS[at % COLOURS.length];
    button.onclick = () => { state.p = state.p.filter((q) => q !== p); draw(); };
    item.append(button);
    return item;
  }));
}
function svg(name, attributes, text) {
  const e = document.createElementNS(NS, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text != null) e.textContent = text;
  return e;
}
function chart() {
  const s = series(), wide = Math.max(320, Math.min(1100, $("chart").clientWidth || 700)), high = 320, left = 44, right = 20, top = 14, low = 26;
  const whole = s.scores.some((row) => row.some((x) => x != null)), rows = whole ? s.scores : s.ranks;
  const all = rows.flat().filter((x) => x != null);
  const picture = svg("svg", {viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": say("chart", {what: title(), who: state.p.map((p) => DATA.provinces[place(p)].name).join(", ")})});
  if (!all.length) { $("chart").replaceChildren(el("p", {class: "note"}, WORDS.none)); return; }
  let a = Math.min(...all), b = Math.max(...all);
  if (a === b) { a -= 1; b += 1; }
  const years = s.years, first = years[0], last = years[years.length - 1];
  const x = (y) => left + (last === first ? 0.5 : (y - first) / (last - first)) * (wide - left - right);
  const y = (v) => whole ? high - low - (v - a) / (b - a) * (high - low - top) : top + (v - a) / (b - a) * (high - low - top);
  for (let k = 0; k <= 4; k++) {
    const v = a + (b - a) * k / 4;
    picture.append(svg("line", {x1: left, x2: wide - right, y1: y(v), y2: y(v), stroke: "#e3e8ed"}), svg("text", {x: left - 6, y: y(v) + 4, "text-anchor": "end"}, shown(v, whole ? (b - a < 2 ? 2 : 1) : 0)));
  }
  const every = Math.ceil(years.length / (wide / 60));
  years.forEach((t, k) => { if (t === last || k % every === 0 && (last - t) / (last - first) * (wide - left - right) > 36) picture.append(svg("text", {x: x(t), y: high - 8, "text-anchor": "middle"}, t)); });
  for (const t of s.breaks) if (t > first && t <= last) picture.append(svg("line", {x1: x(t - 0.5), x2: x(t - 0.5), y1: top, y2: high - low, stroke: "#888", "stroke-dasharray": "3 4"}));
  const middle = years.map((_, k) => { const v = rows[k].filter((u) => u != null).sort((m, n) => m - n); return whole && s.full[k] ? (v[(v.length - 1) >> 1] + v[v.length >> 1]) / 2 : null; });
  const line = (values, colour, dash) => {  // no line over a year without a figure, nor over a change of method
    let path = "", before = null;
    years.forEach((t, k) => {
      const v = values[k];
      if (v == null) { before = null; return; }
      const joined = before === t - 1 && !s.breaks.includes(t);
      path += `${joined ? "L" : "M"}${x(t).toFixed(1)} ${y(v).toFixed(1)}`;
      picture.append(svg("circle", {cx: x(t), cy: y(v), r: dash ? 1.5 : 3, fill: colour}));
      before = t;
    });
    picture.append(svg("path", {d: path, fill: "none", stroke: colour, "stroke-width": dash ? 1.5 : 2.2, ...(dash ? {"stroke-dasharray": "5 4"} : {})}));
  };
  line(middle, "#767676", true);
  state.p.forEach((p, at) => line(rows.map((row) => row[place(p)]), COLOURS[at % COLOURS.length], false));
  $("chart").replaceChildren(picture);
  $("legend").textContent = whole ? WORDS.legend : WORDS.legend_ranks;
}
const title = () => `${DATA.indices[state.i].name} – ${series().name}`;
function table() {
  const s = series(), k = s.years.indexOf(state.y), before = s.years.indexOf(state.y - 1), joined = before >= 0 && !s.breaks.includes(state.y);
  const rows = DATA.provinces.map((p, at) => ({name: p.name, slug: p.slug, rank: s.ranks[k][at], score: s.scores[k][at],
    change: joined && s.scores[k][at] != null && s.scores[before][at] != null ? s.scores[k][at] - s.scores[before][at] : null}))
    .filter((r) => r.rank != null || r.score != null);
  const by = state.by, sign = state.down ? -1 : 1, collator = new Intl.Collator("vi");
  rows.sort((m, n) => by === "name" ? sign * collator.compare(m.name, n.name)
    : m[by] == null ? 1 : n[by] == null ? -1 : sign * (m[by] - n[by]) || collator.compare(m.name, n.name));
  const head = el("tr");
  for (const column of ["rank", "name", "score", "change"]) {
    const cell = el("th", {scope: "col", "aria-sort": column === by ? (state.down ? "descending" : "ascending") : "none", ...(column === "name" ? {} : {class: "n"})});
    const button = el("button", {type: "button"}, WORDS["col_" + column] + (column === by ? (state.down ? " ▼" : " ▲") : ""));
    button.onclick = () => { state.down = by === column ? !state.down : column === "score" || column === "change"; state.by = column; table(); document.querySelector(`#ranks th[aria-sort$=ending] button`)?.focus(); };
    cell.append(button);
    head.append(cell);
  }
  const body = el("tbody");
  for (const r of rows) {
    const line = el("tr", state.p.includes(r.slug) ? {class: "mine"} : {}), name = el("th", {scope: "row"});
    const button = el("button", {type: "button"}, r.name);
    button.onclick = () => { choose(r.slug); };
    name.append(button);
    line.append(el("td", {class: "n"}, r.rank ?? "–"), name, el("td", {class: "n"}, shown(r.score, s.digits)),
      el("td", {class: "n"}, r.change == null ? "–" : (r.change > 0 ? "+" : "") + shown(r.change, s.digits)));
    body.append(line);
  }
  const caption = el("caption", {}, say("caption", {what: title(), year: state.y, n: rows.length})), header = el("thead");
  header.append(head);
  $("ranks").replaceChildren(caption, header, body);
  $("source").textContent = say("source", {source: s.sources[k].map((id) => DATA.sources[id]).join("; ") || "–"}) + (s.ours[k] ? " " + WORDS.ours : "") + (joined || before < 0 ? "" : " " + WORDS.broken);
}
function draw() { settle(); chart(); table(); keep(); $("told").textContent = say("told", {what: title(), year: state.y}); }
function choose(slug) {
  if (!state.p.includes(slug)) state.p = [...state.p, slug].slice(-COLOURS.length);
  $("search").value = "";
  $("found").replaceChildren();
  draw();
}
function matches() {
  const wanted = fold($("search").value);
  if (!wanted) return [];
  return DATA.provinces.filter((p) => p.keys.some((key) => key.includes(wanted))).sort((m, n) =>
    n.keys.some((key) => key.startsWith(wanted)) - m.keys.some((key) => key.startsWith(wanted))).slice(0, 8);
}
$("search").oninput = () => {
  const found = matches();
  $("found").replaceChildren(...found.map((p) => {
    const item = el("li"), button = el("button", {type: "button"}, p.name);
    button.onclick = () => choose(p.slug);
    item.append(button);
    return item;
  }));
  if ($("search").value && !found.length) $("found").append(el("li", {class: "note"}, WORDS.nobody));
};
$("search").onkeydown = (e) => { if (e.key === "Enter") { e.preventDefault(); const found = matches(); if (found.length) choose(found[0].slug); } };
$("index").onchange = (e) => { state.i = e.target.value; state.c = "overall"; draw(); };
$("component").onchange = (e) => { state.c = e.target.value; draw(); };
$("year").onchange = (e) => { state.y = +e.target.value; draw(); };
addEventListener("hashchange", () => { restore(); draw(); });
addEventListener("resize", chart);
restore();
draw();
