"use strict";
// Everything on the page comes from DATA and WORDS beside it; nothing is fetched.
const $ = (id) => document.getElementById(id), NS = "http://www.w3.org/2000/svg";
const COLOURS = ["#0b5394", "#b3410e", "#1b7a43", "#7a2f8a", "#7a5c00", "#444"];
const fold = (s) => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().replace(/[^a-z0-9]/g, "");
function fixed(x, d) {  // as the briefings write it: an exact half goes to the even digit, and what rounds to nothing has no sign
  const whole = x.toFixed(60), cut = whole.slice(0, d - 60).replace(/\.$/, ""), half = /^50*$/.test(whole.slice(d - 60));
  return (half && /[02468]$/.test(cut) ? cut : x.toFixed(d)).replace(/^-(?=[0.]*$)/, "");
}
const shown = (x, d) => x == null ? "–" : fixed(x, d).replace(".", LANG === "vi" ? "," : ".").replace("-", "−");
const signed = (x, d) => (x > 0 && /[1-9]/.test(fixed(x, d)) ? "+" : "") + shown(x, d);
const say = (key, values) => WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
let state = {i: "", c: "", y: 0, p: [], w: "", v: "line", o: "", by: "rank", down: false};
const VIEWS = ["line", "map", "pair"];

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
const apart = (i, year, n) => DATA.indices[i].apart[year]?.includes(n) ?? false;  // this province's figure does not join the year before's
const withdrawn = (i, year, n) => DATA.indices[i].withdrawn[year]?.[n];  // why the publisher does not stand by it: shown, not ranked, not compared
const sound = (i, year, values) => values.map((x, n) => withdrawn(i, year, n) ? null : x);
function marked(i, s, k, n) {  // a cell with the figure, a star where the publisher does not stand by it
  const cell = el("td", {class: "n"}, shown(s.scores[k][n], s.digits)), why = s.scores[k][n] != null && withdrawn(i, s.years[k], n);
  if (why) cell.append(el("sup", {title: why}, "*"));
  return cell;
}
function stars(s, k) {  // what the stars of an edition mean
  const why = {};
  for (const [n, reason] of Object.entries(DATA.indices[state.i].withdrawn[s.years[k]] ?? {})) if (s.scores[k][n] != null) (why[reason] ??= []).push(DATA.provinces[n].name);
  return Object.entries(why).map(([reason, names]) => " " + say("withdrawn", {who: names.join(", "), why: reason})).join("");
}

function keep() {  // the address restores the view
  const q = new URLSearchParams({i: state.i, c: state.c, y: state.y, p: state.p.join(","), w: state.w, v: state.v, o: state.o});
  history.replaceState(null, "", "#" + q);
}
function restore() {  // hasOwn: every object has a `constructor`, which is no index
  const q = new URLSearchParams(location.hash.slice(1));
  state.i = Object.hasOwn(DATA.indices, q.get("i")) ? q.get("i") : Object.keys(DATA.indices)[0];
  const components = DATA.indices[state.i].components;
  state.c = Object.hasOwn(components, q.get("c")) ? q.get("c") : Object.keys(components)[0];
  state.y = +q.get("y");
  state.w = q.get("w") || "";
  state.v = VIEWS.includes(q.get("v")) ? q.get("v") : "line";
  state.o = q.get("o") || "";
  state.p = [...new Set(q.has("p") ? q.get("p").split(",") : [HOME])].filter((p) => place(p) >= 0).slice(0, COLOURS.length);
}
function settle() {
  if (!state.p.includes(state.w)) state.w = state.p[state.p.length - 1] || "";
  const components = DATA.indices[state.i].components;
  if (!Object.hasOwn(components, state.c)) state.c = Object.keys(components)[0];
  const years = series().years;
  if (!years.includes(state.y)) state.y = years[years.length - 1];
  const others = Object.entries(DATA.indices).flatMap(([i, x]) => Object.entries(x.components).filter(([c, o]) => o.years.includes(state.y) && (i !== state.i || c !== state.c))
    .map(([c, o]) => [i + "." + c, `${x.name}: ${o.name}`]));
  if (!others.some(([v]) => v === state.o)) state.o = (others.find(([v]) => v.endsWith(".overall") && !v.startsWith(state.i + ".")) || others[0] || [""])[0];
  fill($("other"), others, state.o);
  $("with").hidden = state.v !== "pair";
  for (const v of VIEWS) $("view-" + v).setAttribute("aria-pressed", v === state.v);
  fill($("index"), Object.entries(DATA.indices).map(([k, v]) => [k, v.name]), state.i);
  fill($("component"), Object.entries(components).map(([k, v]) => [k, v.name]), state.c);
  fill($("year"), [...years].reverse().map((y) => [y, y]), state.y);
  $("chosen").replaceChildren(...state.p.map((p, at) => {
    const item = el("li"), name = DATA.provinces[place(p)].name;
    const button = el("button", {type: "button", "aria-label": say("remove", {name}), "data-at": "chosen " + p}, name + " ×");
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
const width = () => Math.max(300, Math.min(1400, $("chart").clientWidth || 700));
function chart() { ({line: trend, map: tiles, pair})[state.v](); }
function nothing() { $("chart").replaceChildren(el("p", {class: "note"}, WORDS.none)); $("legend").textContent = ""; }
function picture(wide, high, label) { return svg("svg", {viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": label}); }
function round(a, b) {  // about five values in steps of 1, 2 or 5, and their decimals
  const raw = (b - a) / 5, place = 10 ** Math.floor(Math.log10(raw)), step = place * [1, 2, 5, 10].find((m) => m * place >= raw), at = [];
  for (let k = Math.ceil(a / step); k * step <= b; k++) at.push(k * step);
  return [at, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))];
}
function named(rows, x, y, left) {  // each line's name stands above its last point, over no other name and no line
  const years = series().years, ends = [], points = [];
  state.p.forEach((p, at) => {
    const name = DATA.provinces[place(p)].name, values = rows.map((row) => row[place(p)]);
    const end = values.findLastIndex((v) => v != null);
    values.forEach((v, k) => { if (v != null) for (let part = values[k - 1] == null ? 1 : 0.2; part < 1.1; part += 0.2)  // and what joins it
      points.push({x: x(years[k - 1] ?? years[k]) * (1 - part) + x(years[k]) * part, y: y(values[k - 1] ?? v) * (1 - part) + y(v) * part}); });
    if (end < 0) return;
    const last = x(years[end]), first = last < left + 90, long = 8 * name.length + 20;  // first: no room to its left
    ends.push({name, colour: COLOURS[at % COLOURS.length], x: last, first, y: y(values[end]) - 8,
      over: (point) => first ? point.x > last - 10 && point.x < last + long : point.x > last - long && point.x < last + 12});
  });
  let below = Infinity;
  for (const end of ends.sort((m, n) => n.y - m.y)) {
    const hidden = () => points.filter((point) => end.over(point) && point.y > end.y - 15 && point.y < end.y + 7);
    end.y = Math.min(end.y, below - 17);
    for (let some = hidden(); some.length; some = hidden()) end.y = Math.min(...some.map((point) => point.y)) - 8;
    below = end.y;
  }
  return ends;
}
function trend() {
  const s = series(), wide = width(), high = wide > 700 ? 380 : 320, left = 44, right = 20, low = 26;
  let top = 14;
  const whole = s.scores.some((row) => row.some((x) => x != null)), rows = whole ? s.scores : s.ranks;
  const all = rows.flat().filter((x) => x != null);
  const drawn = picture(wide, high, say("chart", {what: title(), who: state.p.map((p) => DATA.provinces[place(p)].name).join(", ")}));
  if (!all.length) return nothing();
  let a = Math.min(...all), b = Math.max(...all);
  if (a === b) { a -= 1; b += 1; }
  const years = s.years, first = years[0], last = years[years.length - 1];
  const x = (y) => left + (last === first ? 0.5 : (y - first) / (last - first)) * (wide - left - right);
  const y = (v) => whole ? high - low - (v - a) / (b - a) * (high - low - top) : top + (v - a) / (b - a) * (high - low - top);
  let ends = named(rows, x, y, left);
  while (ends.some((end) => end.y < 14) && top < 150) {  // room for them above the lines
    top += 4;
    ends = named(rows, x, y, left);
  }
  for (let k = ends.length - 1, least = 14; k >= 0; k--, least += 17) ends[k].y = Math.max(ends[k].y, least);
  const [ticks, digits] = round(a, b);
  for (const v of ticks) drawn.append(svg("line", {x1: left, x2: wide - right, y1: y(v), y2: y(v), stroke: "#e3e8ed"}), svg("text", {x: left - 6, y: y(v) + 4, "text-anchor": "end"}, shown(v, digits)));
  const every = Math.ceil(years.length / (wide / 60));
  years.forEach((t, k) => { if (t === last || k % every === 0 && (last - t) / (last - first) * (wide - left - right) > 36) drawn.append(svg("text", {x: x(t), y: high - 8, "text-anchor": "middle"}, t)); });
  for (const t of s.breaks) if (t > first && t <= last) drawn.append(svg("line", {x1: x(t - 0.5), x2: x(t - 0.5), y1: top, y2: high - low, stroke: "#888", "stroke-dasharray": "3 4"}));
  const middle = years.map((t, k) => { const v = sound(state.i, t, rows[k]).filter((u) => u != null).sort((m, n) => m - n); return whole && s.full[k] ? (v[(v.length - 1) >> 1] + v[v.length >> 1]) / 2 : null; });
  const line = (values, colour, dash, n) => {  // no line over a year without a figure, a change of method or a figure that is not stood by
    let path = "", before = null;
    years.forEach((t, k) => {
      const v = values[k];
      if (v == null) { before = null; return; }
      const joined = before === t - 1 && !s.breaks.includes(t) && !apart(state.i, t, n);
      path += `${joined ? "L" : "M"}${x(t).toFixed(1)} ${y(v).toFixed(1)}`;
      drawn.append(svg("circle", {cx: x(t), cy: y(v), r: dash ? 1.5 : 3, ...(withdrawn(state.i, t, n) ? {fill: "#fff", stroke: colour} : {fill: colour})}));
      before = t;
    });
    drawn.append(svg("path", {d: path, fill: "none", stroke: colour, "stroke-width": dash ? 1.5 : 2.2, ...(dash ? {"stroke-dasharray": "5 4"} : {})}));
  };
  line(middle, "#767676", true);
  state.p.forEach((p, at) => line(rows.map((row) => row[place(p)]), COLOURS[at % COLOURS.length], false, place(p)));
  for (const end of ends) {
    const at = end.first ? end.x - 4 : Math.min(end.x + 6, wide - 2), anchor = end.first ? "start" : "end";
    drawn.append(svg("text", {class: "end", x: at, y: end.y, "text-anchor": anchor, style: `fill:${end.colour}`}, end.name));
  }
  $("chart").replaceChildren(drawn);
  $("legend").textContent = (whole ? WORDS.legend : WORDS.legend_ranks) + years.map((t, k) => state.p.some((p) => withdrawn(state.i, t, place(p))) ? stars(s, k) : "").join("");
}
const SHADES = ["#eef4fa", "#b0cde6", "#6ba0cb", "#2f75ad", "#0c3f6b"];
function tiles() {  // one tile a province near its place; the archipelagos bear the colour of the unit they belong to
  const s = series(), k = s.years.indexOf(state.y), at = DATA.tiles.find((t) => state.y <= t.to).at, all = Object.values(at);
  const rows = Math.max(...all.map((t) => t[0])) + 1, columns = Math.max(...all.map((t) => t[1])) + 1, size = Math.min(56, width() / columns);
  const values = sound(state.i, state.y, s.scores[k].some((x) => x != null) ? s.scores[k] : s.ranks[k].map((x) => x == null ? null : -x));
  const sorted = values.filter((x) => x != null).sort((m, n) => m - n), drawn = picture(size * columns, size * rows, say("map_of", {what: title(), year: state.y}));
  if (!sorted.length) return nothing();
  drawn.style.maxWidth = size * columns + "px";
  for (const [slug, [row, column, name, holder]] of Object.entries(at)) {
    const n = place(holder || slug), v = n < 0 ? null : values[n], group = svg("g", {transform: `translate(${column * size} ${row * size})`});
    const shade = v == null ? -1 : Math.min(4, Math.floor(sorted.findIndex((x) => x >= v) / sorted.length * 5)), ink = shade > 2 ? "#fff" : "#1d2733";
    const mine = state.p.indexOf(holder || slug), words = name.split(" "), half = Math.ceil(words.length / 2), small = Math.min(11, size / 4.6);
    const star = s.scores[k][n] != null && withdrawn(state.i, state.y, n) ? "*" : "", told = `${name}: ${shown(s.scores[k][n], s.digits)}${star} (${s.ranks[k][n] ?? "–"})`, ring = {x: 2, y: 2, width: size - 4, height: size - 4};
    group.append(svg("title", {}, told), svg("rect", {...ring, fill: shade < 0 ? "#fff" : SHADES[shade], stroke: "#8a949e"}));
    // a chosen one is framed in dark and white: no one colour stands out from the lightest and the darkest tile
    if (mine >= 0) group.append(svg("rect", {...ring, class: "frame"}), svg("rect", {x: 4.5, y: 4.5, width: size - 9, height: size - 9, class: "frame inner"}));
    const lines = words.length > 1 ? [words.slice(0, half).join(" "), words.slice(half).join(" ")] : words;
    lines.forEach((text, at) => group.append(svg("text", {x: size / 2, y: size * 0.3 + at * small * 1.1, "text-anchor": "middle", style: `fill:${ink};font-size:${small}px`,
      ...(text.length * small * 0.55 > size - 5 ? {textLength: size - 6, lengthAdjust: "spacingAndGlyphs"} : {})}, text)));
    group.append(svg("text", {x: size / 2, y: size * 0.85, "text-anchor": "middle", style: `fill:${ink};font-weight:700;font-size:${Math.min(14, size / 3.4)}px`}, holder ? "" : s.ranks[k][n] ?? (star || "–")));
    if (n >= 0) {  // by keyboard: one stop, arrows go to the tile beside
      for (const [key, value] of Object.entries({role: "button", "aria-label": told, "aria-pressed": mine >= 0, tabindex: -1, "data-tile": slug})) group.setAttribute(key, value);
      const pick = group.onclick = () => choose(holder || slug);
      group.onkeydown = (event) => {
        const [down, along] = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key] ?? [0, 0];
        if (event.key === "Enter" || event.key === " ") pick(); else if (!down && !along) return; else tile(beside(at, row, column, down, along));
        event.preventDefault();
      };
    }
    drawn.append(group);
  }
  drawn.setAttribute("role", "group");
  (drawn.querySelector("[aria-pressed=true]") ?? drawn.querySelector("[data-tile]"))?.setAttribute("tabindex", 0);
  const held = document.activeElement?.dataset?.tile;  // whoever is on a tile stays there when it is drawn anew
  $("chart").replaceChildren(drawn);
  if (held) tile(held);
  $("legend").textContent = WORDS.legend_map + stars(s, k);
}
function tile(slug) {
  const found = $("chart").querySelector(`[data-tile="${slug}"]`);
  if (!found) return;
  $("chart").querySelectorAll("[data-tile]").forEach((one) => one.setAttribute("tabindex", one === found ? 0 : -1));
  found.focus();
}
function beside(at, row, column, down, along) {  // the nearest tile in that direction, straight on before aside
  let best = null, least = Infinity;
  for (const [slug, [r, c]] of Object.entries(at)) {
    const ahead = (r - row) * down + (c - column) * along, aside = Math.abs(down ? c - column : r - row);
    if (ahead > 0 && ahead + 2 * aside < least) [best, least] = [slug, ahead + 2 * aside];
  }
  return best;
}
function ranked(values) { return values.map((v) => { const below = values.filter((x) => x < v).length; return below + (values.filter((x) => x === v).length + 1) / 2; }); }
function correlation(a, b) {
  const mean = (v) => v.reduce((m, n) => m + n, 0) / v.length, ma = mean(a), mb = mean(b), sum = (f) => a.reduce((t, _, k) => t + f(a[k] - ma, b[k] - mb), 0);
  return sum((m, n) => m * n) / Math.sqrt(sum((m) => m * m) * sum((_, n) => n * n));
}
function pair() {
  const s = series(), [oi, oc] = state.o.split("."), o = DATA.indices[oi]?.components[oc];
  if (!o) return nothing();
  const xs = sound(state.i, state.y, s.scores[s.years.indexOf(state.y)]), ys = sound(oi, state.y, o.scores[o.years.indexOf(state.y)]), wide = width(), high = Math.min(460, wide * 0.8), left = 46, right = 14, top = 14, low = 30;
  const dots = DATA.provinces.map((p, at) => ({...p, x: xs[at], y: ys[at]})).filter((p) => p.x != null && p.y != null);
  if (dots.length < 3) return nothing();
  const ends = (v) => { const a = Math.min(...v), b = Math.max(...v); return [a, b === a ? a + 1 : b]; }, [xa, xb] = ends(dots.map((p) => p.x)), [ya, yb] = ends(dots.map((p) => p.y));
  const x = (v) => left + (v - xa) / (xb - xa) * (wide - left - right), y = (v) => high - low - (v - ya) / (yb - ya) * (high - low - top);
  const values = [dots.map((p) => p.x), dots.map((p) => p.y)], told = say("legend_pair", {r: shown(correlation(...values), 2), s: shown(correlation(...values.map(ranked)), 2), n: dots.length, x: title(), y: `${DATA.indices[oi].name} – ${o.name}`, year: state.y});
  const drawn = picture(wide, high, told);
  for (let k = 0; k <= 4; k++) {
    const u = xa + (xb - xa) * k / 4, v = ya + (yb - ya) * k / 4;
    drawn.append(svg("line", {x1: left, x2: wide - right, y1: y(v), y2: y(v), stroke: "#e3e8ed"}), svg("text", {x: left - 6, y: y(v) + 4, "text-anchor": "end"}, shown(v, yb - ya < 2 ? 2 : 1)),
      svg("text", {x: x(u), y: high - 8, "text-anchor": k === 4 ? "end" : "middle"}, shown(u, xb - xa < 2 ? 2 : 1)));
  }
  for (const p of dots.sort((m, n) => state.p.includes(m.slug) - state.p.includes(n.slug))) {
    const mine = state.p.indexOf(p.slug), colour = mine < 0 ? "#8a949e" : COLOURS[mine % COLOURS.length], dot = svg("circle", {cx: x(p.x), cy: y(p.y), r: mine < 0 ? 4 : 6, fill: colour});
    dot.append(svg("title", {}, `${p.name}: ${shown(p.x, s.digits)}; ${shown(p.y, o.digits)}`));
    dot.onclick = () => choose(p.slug);
    drawn.append(dot);
    if (mine >= 0) drawn.append(svg("text", {x: x(p.x) + (x(p.x) > wide * 0.75 ? -9 : 9), y: y(p.y) + 4, "text-anchor": x(p.x) > wide * 0.75 ? "end" : "start", style: `font-weight:600;fill:${colour}`}, p.name));
  }
  $("chart").replaceChildren(drawn);
  $("legend").textContent = told + (s.full[s.years.indexOf(state.y)] && o.full[o.years.indexOf(state.y)] ? "" : " " + WORDS.selected);
}
function profile() {  // the province chosen last: every index in its newest edition, the present one's components in the year shown
  const slug = state.w, n = place(slug);
  $("profile").hidden = n < 0;
  if (n < 0) return;
  const body = el("tbody"), found = (i, c, year) => {
    const s = DATA.indices[i].components[c], known = s.years.filter((t, k) => s.scores[k][n] != null || s.ranks[k][n] != null), y = year ?? known[known.length - 1], k = s.years.indexOf(y);
    if (k < 0 || (s.scores[k][n] == null && s.ranks[k][n] == null)) return;
    const name = el("th", {scope: "row"}), called = c === "overall" ? DATA.indices[i].name : s.name;
    const button = el("button", {type: "button", "data-at": `who ${i} ${c}`}, called);
    button.onclick = () => { Object.assign(state, {i, c, y}); draw(); };
    name.append(button);
    const line = el("tr", i === state.i && c === state.c && y === state.y ? {class: "mine"} : {});
    line.append(name, el("td", {class: "n"}, y), marked(i, s, k, n), el("td", {class: "n"}, s.ranks[k][n] == null ? "–" : `${s.ranks[k][n]}/${s.of[k]}`));
    body.append(line);
  };
  for (const i in DATA.indices) if ("overall" in DATA.indices[i].components) found(i, "overall");
  body.append(el("tr", {class: "part"}));
  body.lastChild.append(el("th", {colspan: 4, scope: "rowgroup"}, `${DATA.indices[state.i].name}, ${state.y}`));
  for (const c in DATA.indices[state.i].components) if (c !== "overall") found(state.i, c, state.y);
  if (body.lastChild.className === "part") body.lastChild.remove();
  const head = el("thead"), line = el("tr");
  line.append(...["what", "year", "score", "rank"].map((c) => el("th", {scope: "col", ...(c === "what" ? {} : {class: "n"})}, WORDS["col_" + c])));
  head.append(line);
  $("who").replaceChildren(head, body);
  $("who-name").textContent = DATA.provinces[n].name;
  $("who-note").textContent = body.querySelector("sup") ? say("withdrawn", {who: DATA.provinces[n].name, why: body.querySelector("sup").title}) : "";
  $("page").replaceChildren(...(PAGES[slug] ? [el("a", {href: PAGES[slug]}, say("its_page", {name: DATA.provinces[n].name}))] : []));
}
const title = () => `${DATA.indices[state.i].name} – ${series().name}`;
function change(i, s, k, n) {  // on the year before; null where the two may not be compared
  const year = s.years[k], now = s.scores[k][n], before = s.scores[s.years.indexOf(year - 1)]?.[n];
  return now == null || before == null || s.breaks.includes(year) || apart(i, year, n) ? null : now - before;
}
function table() {
  const s = series(), k = s.years.indexOf(state.y), before = s.years.indexOf(state.y - 1), joined = before >= 0 && !s.breaks.includes(state.y);
  const rows = DATA.provinces
    .map(({name, slug}, at) => ({name, slug, at, rank: s.ranks[k][at], score: s.scores[k][at], change: change(state.i, s, k, at)}))
    .filter((r) => r.rank != null || r.score != null);
  const by = state.by, sign = state.down ? -1 : 1, collator = new Intl.Collator("vi");
  rows.sort((m, n) => by === "name" ? sign * collator.compare(m.name, n.name)
    : m[by] == null ? 1 : n[by] == null ? -1 : sign * (m[by] - n[by]) || collator.compare(m.name, n.name));
  const head = el("tr");
  for (const column of ["rank", "name", "score", "change"]) {
    const cell = el("th", {scope: "col", "aria-sort": column === by ? (state.down ? "descending" : "ascending") : "none", ...(column === "name" ? {} : {class: "n"})});
    const arrow = column === by ? (state.down ? " ▼" : " ▲") : "";
    const button = el("button", {type: "button", "data-at": "by " + column}, WORDS["col_" + column] + arrow);
    button.onclick = () => {
      state.down = by === column ? !state.down : column === "score" || column === "change";
      state.by = column;
      holding(table);
    };
    cell.append(button);
    head.append(cell);
  }
  const body = el("tbody");
  for (const r of rows) {
    const line = el("tr", state.p.includes(r.slug) ? {class: "mine"} : {}), name = el("th", {scope: "row"});
    const button = el("button", {type: "button", "data-at": "ranks " + r.slug}, r.name);
    button.onclick = () => { choose(r.slug); };
    name.append(button);
    line.append(el("td", {class: "n"}, r.rank ?? "–"), name, marked(state.i, s, k, r.at),
      el("td", {class: "n"}, signed(r.change, s.digits)));
    body.append(line);
  }
  const caption = el("caption", {}, say("caption", {what: title(), year: state.y, n: rows.length})), header = el("thead");
  header.append(head);
  $("ranks").replaceChildren(caption, header, body);
  $("source").textContent = say("source", {source: s.sources[k].map((id) => DATA.sources[id]).join("; ") || "–"}) + (s.ours[k] ? " " + WORDS.ours : "") + (joined || before < 0 ? "" : " " + WORDS.broken) + stars(s, k);
}
function holding(work) {  // a button drawn anew has the focus of the one before
  const held = document.activeElement, at = held?.dataset?.at, keyed = at && held.matches(":focus-visible");
  work();
  // where it is gone, whoever goes by keyboard is at the search; on a phone that would open the keys
  if (at && !held.isConnected) (document.querySelector(`[data-at="${at}"]`) ?? (keyed ? $("search") : null))?.focus();
}
function draw() {
  holding(() => { settle(); chart(); table(); profile(); });
  keep();
  $("told").textContent = say("told", {what: title(), year: state.y});
}
function choose(slug) {
  if (!state.p.includes(slug)) state.p = [...state.p, slug].slice(-COLOURS.length);
  state.w = slug;
  $("search").value = "";
  holding(() => { $("found").replaceChildren(); draw(); });
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
    const item = el("li"), button = el("button", {type: "button", "data-at": "found " + p.slug}, p.name);
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
$("other").onchange = (e) => { state.o = e.target.value; draw(); };
for (const v of VIEWS) $("view-" + v).onclick = () => { state.v = v; draw(); };
$("csv").onclick = () => {
  const mark = LANG === "vi" ? ";" : ",", quoted = (t) => t.includes(mark) || /["\n]/.test(t) ? `"${t.replaceAll('"', '""')}"` : t;
  // a spreadsheet takes a typographic minus or a dash for text
  const number = (t) => t.replace(/^–$/, "").replace("−", "-");
  const plain = (t, c) => quoted(c.matches("td.n") ? number(t) : t);
  const bare = (c) => plain(c.textContent.replace(/ [▲▼]$|\*$/, ""), c);
  const text = "\ufeff" + [...$("ranks").querySelectorAll("tr")].map((r) => [...r.children].map(bare).join(mark)).join("\r\n");
  const link = el("a", {download: `${state.i}_${state.c}_${state.y}.csv`, href: URL.createObjectURL(new Blob([text], {type: "text/csv"}))});
  link.click();
  URL.revokeObjectURL(link.href);
};
// `#main` of the skip link is no view: the one shown stays, and its address comes back
addEventListener("hashchange", () => { if (location.hash.includes("=")) { restore(); draw(); } else keep(); });
addEventListener("resize", chart);
restore();
draw();
