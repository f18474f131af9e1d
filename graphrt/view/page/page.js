// What the page says of a node, search, keys, and the start.
"use strict";

// -------------------------------------------------------------------------------------------------- hover and details

function hover(event) {
  const element = event.target.closest?.("[data-number]");
  const number = element ? Number(element.dataset.number) : -1;
  if (number < 0 || boxOf.get(number).opened) { tip.hidden = true; light(selected); return; }
  if (tip.hidden || tip.dataset.number !== String(number)) { fillTip(number); light(number); }
  const left = Math.min(event.clientX + 16, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 18 + tip.offsetHeight < innerHeight;
  tip.style.left = Math.max(4, left) + "px";
  tip.style.top = (below ? event.clientY + 18 : event.clientY - 12 - tip.offsetHeight) + "px";
}

canvas.addEventListener("pointerleave", () => { tip.hidden = true; light(selected); });

function fillTip(number) {
  const node = nodes[number], op = node.op;
  tip.dataset.number = number;
  tip.replaceChildren(make("b", {}, node.name));
  const line = text => tip.append("\n" + text);
  if (!op) line(`${node.count} ops; double click or Enter opens it`);
  else {
    line(op.type + (op.value ? `  ${op.value}` : ""));
    op.outputs.forEach(([dtype, shape], index) => line(`${op.outputs.length > 1 ? `:${index}  ` : ""}${dtype} ${shape}`));
    if (op.device) line(op.device);
    const attrs = op.attrs.filter(([name, value]) => value !== "" && !SHOWN_ELSEWHERE.has(name)).slice(0, 6);
    for (const [name, value] of attrs) line(`${name} = ${value}`);
    if (op.file) { line(sourceText(op)); tip.append("\n", make("code", {}, op.text)); }
  }
  tip.hidden = false;
}

const SHOWN_ELSEWHERE = new Set(["T", "dtype", "value", "shape", "_output_shapes"]);

function showDetails() {
  details.hidden = selected <= ROOT;
  if (details.hidden) return;
  const node = nodes[selected], op = node.op;
  const close = make("button", {class: "close", "aria-label": "Close details"}, "×");
  close.addEventListener("click", () => select(-1));
  const head = make("h2", {}, node.name);
  const chip = make("span", {class: `chip ${node.style}`}, op && node.kind === "op" ? op.type : KIND_WORDS[node.style]);
  details.replaceChildren(close, head, chip);
  if (isGroup(selected)) {
    const words = opened.has(selected) ? "Close" : `Open (${node.count} ops)`;
    const button = make("button", {style: "margin-left:8px"}, words);
    const number = selected;
    button.addEventListener("click", () => { toggle(number); select(number); });
    details.append(button);
  }
  if (op && op.file) {
    section("Made at");
    details.append(make("div", {class: "where"}, sourceText(op)), make("pre", {}, op.text));
  }
  if (op) {
    if (op.outputs.length) table("Outputs", op.outputs.map(([dtype, shape], index) => [`:${index}`, `${dtype} ${shape}`]));
    const rows = op.attrs.filter(([, value]) => value !== "");
    if (op.type !== node.label) rows.unshift(["type", op.type]);
    if (op.device) rows.unshift(["device", op.device]);
    if (rows.length) table("Attributes", rows);
  }
  const inside = new Set(leavesOf(selected));
  jumps("Inputs", leavesOf(selected).flatMap(leaf => incoming[leaf]).filter(e => !inside.has(edges.source[e])), "source");
  jumps("Used by", leavesOf(selected).flatMap(leaf => outgoing[leaf]).filter(e => !inside.has(edges.target[e])), "target");
}

function section(title) {
  details.append(make("h3", {}, title));
}

function table(title, rows) {
  section(title);
  const body = make("table");
  for (const [name, value] of rows) {
    const row = make("tr");
    row.append(make("td", {}, name), make("td", {}, value));
    body.append(row);
  }
  details.append(body);
}

function jumps(title, indices, end) {
  const found = new Map();
  for (const index of indices) {
    const name = end === "source" ? tensorOf(index) : nodes[edges.target[index]].name;
    if (!found.has(name)) found.set(name, index);
  }
  if (!found.size) return;
  section(`${title} (${found.size})`);
  for (const [name, index] of [...found].slice(0, 40)) {
    const button = make("button", {class: "jump"});
    button.append(make("span", {}, name), make("span", {}, textOf(index)));
    button.addEventListener("click", () => reveal(edges[end][index]));
    details.append(button);
  }
  if (found.size > 40) details.append(make("div", {class: "where"}, `and ${found.size - 40} more`));
}

// ------------------------------------------------------------------------------------------------------------- search

const search = byId("search"), results = byId("results");
let found = [], choice = 0;

function findNodes(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const scored = [];
  nodes.forEach((node, number) => {
    if (number === ROOT) return;
    const name = node.name.toLowerCase(), type = node.op ? node.op.type.toLowerCase() : "";
    if (!words.every(word => name.includes(word) || type.includes(word))) return;
    // A leaf that its group stands for would be listed twice.
    if (!isGroup(number) && nodes[node.parent].name === node.name) return;
    const last = name.slice(name.lastIndexOf("/") + 1);
    scored.push([name === words[0] ? 0 : last.startsWith(words[0]) ? 1 : last.includes(words[0]) ? 2 : 3, name.length, number]);
  });
  scored.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return scored.slice(0, 30).map(item => item[2]);
}

function showResults() {
  results.hidden = !found.length;
  byId("search-box").setAttribute("aria-expanded", String(!results.hidden));
  results.replaceChildren(...found.map((number, index) => {
    const node = nodes[number], item = make("li", {role: "option", id: "result-" + index, "aria-selected": String(index === choice)});
    item.append(make("span", {class: `chip ${node.style}`}, KIND_WORDS[node.style]), make("span", {class: "name"}, node.name));
    item.append(make("span", {class: "type"}, node.op ? node.op.type : node.count + " ops"));
    item.addEventListener("pointerdown", event => { event.preventDefault(); take(index); });
    return item;
  }));
  if (found.length) search.setAttribute("aria-activedescendant", "result-" + choice);
  else search.removeAttribute("aria-activedescendant");
  results.children[choice]?.scrollIntoView({block: "nearest"});
}

function take(index) {
  const number = found[index];
  if (number === undefined) return;
  found = [];
  showResults();
  reveal(number);
}

search.addEventListener("input", () => { found = findNodes(search.value); choice = 0; showResults(); });
search.addEventListener("blur", () => { found = []; showResults(); });
search.addEventListener("focus", () => { found = findNodes(search.value); choice = 0; showResults(); });
search.addEventListener("keydown", event => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (found.length) choice = (choice + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
    showResults();
    event.preventDefault();
  } else if (event.key === "Enter") take(choice);
  else if (event.key === "Escape") { search.value = ""; search.blur(); if (focused >= 0) focus(focused); }
  event.stopPropagation();
});

// --------------------------------------------------------------------------------------------------------------- keys

const STEPS = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]};

function step([dx, dy]) {
  const here = boxOf.get(focused);
  if (!here) return;
  const middle = box => [box.x + box.width / 2, box.opened ? box.y + TITLE_HEIGHT / 2 : box.y + box.height / 2];
  const [x, y] = middle(here);
  let best = -1, least = Infinity;
  for (const box of drawing.boxes) {
    let [otherX, otherY] = middle(box);
    if (box.opened) otherX = Math.min(Math.max(x, box.x), box.x + box.width);  // its title bar is as wide as it is
    const along = (otherX - x) * dx + (otherY - y) * dy;
    const across = Math.abs((otherX - x) * dy) + Math.abs((otherY - y) * dx);
    if (along <= 1 || box === here) continue;
    const cost = along + 2.5 * across;
    if (cost < least) { least = cost; best = box.number; }
  }
  if (best < 0) return;
  focus(best);
  keepInView(best);
  if (selected >= 0) select(best);
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const onButton = event.target.closest?.("button, input");
  if (event.key === "/") { search.focus(); search.select(); }
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") fit();
  else if (event.key === "Escape") select(-1);
  else if (onButton || focused <= ROOT) return;
  else if (STEPS[event.key]) step(STEPS[event.key]);
  else if (event.key === "Enter" || event.key === " ") {
    if (isGroup(focused)) toggle(focused); else select(focused === selected ? -1 : focused);
  } else if (event.key === "i") select(focused === selected ? -1 : focused);
  else return;
  event.preventDefault();
});

// ---------------------------------------------------------------------------------------------------------- the start

byId("zoom-in").addEventListener("click", () => zoom(1.25));
byId("zoom-out").addEventListener("click", () => zoom(0.8));
byId("fit").addEventListener("click", () => fit());
byId("open-all").addEventListener("click", () => setOpened(data.plain));
byId("close-all").addEventListener("click", () => setOpened([]));
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

byId("title").textContent = data.title;
byId("counts").textContent = `${nodes[ROOT].count} ops, ${edges.count} edges`;
const present = new Set(nodes.slice(1).map(node => node.style));
byId("legend").replaceChildren(...Object.keys(KIND_WORDS).filter(kind => present.has(kind))
  .map(kind => make("span", {class: `chip ${kind}`}, KIND_WORDS[kind])), ...data.notes.map(text => make("span", {class: "note"}, text)));
render();
firstView();
performance.mark("drawn");
if (location.hash.length > 1) {
  const wanted = decodeURIComponent(location.hash.slice(1)), number = nodes.findIndex(node => node.name === wanted);
  if (number > ROOT) reveal(number);
}
addEventListener("resize", () => { if (drawing) showView(); });
