// The page's behaviour: drawing the arranged boxes and lines, moving about, opening scopes, search, details, keys.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const nodes = data.nodes, edges = data.edges;
const byId = id => document.getElementById(id);
const canvas = byId("canvas"), world = byId("world"), details = byId("details"), tip = byId("tip");
const KIND_WORDS = {
  placeholder: "placeholder", variable: "variable", constant: "constant", op: "op", gradient: "gradient",
  update: "update", control: "no output", scope: "scope", removed: "removed by rewriting",
};
const opened = new Set(data.opened);
const view = {scale: 1, x: 0, y: 0};
let drawing = null, boxOf = new Map(), elements = new Map(), lineElements = [], selected = -1, focused = -1;

const incoming = nodes.map(() => []), outgoing = nodes.map(() => []);
edges.forEach((edge, index) => { outgoing[edge.source].push(index); incoming[edge.target].push(index); });

function make(tag, attributes = {}, text) {
  const svg = ["g", "rect", "text", "path", "circle", "title"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// ------------------------------------------------------------------------------------------------ the tree of nodes

const isGroup = number => Boolean(nodes[number].children);

function ancestors(number) {
  const path = [number];
  while (path[path.length - 1] !== ROOT) path.push(nodes[path[path.length - 1]].parent);
  return path.reverse();
}

function visible(number) {
  const closed = ancestors(number).find(node => !opened.has(node) || !isGroup(node));
  return closed === undefined ? number : closed;
}

function leavesOf(number) {
  return isGroup(number) ? nodes[number].children.flatMap(leavesOf) : [number];
}

const sourceText = op => `${op.file}:${op.line}` + (op.function && op.function !== "<module>" ? ` in ${op.function}` : "");

// ---------------------------------------------------------------------------------------------------------- drawing

function render() {
  tip.hidden = true;
  drawing = new Arranger(data, opened).run();
  boxOf = new Map(drawing.boxes.map(box => [box.number, box]));
  drawBoxes();
  drawLines();
  drawLooseEnds();
  if (!boxOf.has(focused)) focused = drawing.boxes.length ? drawing.boxes[0].number : -1;
  if (!boxOf.has(selected)) select(-1);
  for (const [number, element] of elements) element.tabIndex = number === focused ? 0 : -1;
  light(selected);
}

function drawBoxes() {
  const kept = new Map();
  for (const box of drawing.boxes) {
    let element = elements.get(box.number);
    if (element && element.dataset.opened !== String(box.opened)) { element.remove(); element = undefined; }
    if (!element) element = box.opened ? makeGroup(box) : makeNode(box);
    if (box.opened) {
      const rect = element.querySelector(".box");
      rect.setAttribute("width", box.width);
      rect.setAttribute("height", box.height);
    }
    element.style.transform = `translate(${box.x.toFixed(2)}px, ${box.y.toFixed(2)}px)`;
    kept.set(box.number, element);
  }
  for (const [number, element] of elements) if (kept.get(number) !== element) element.remove();
  // Outer groups below inner ones; the order of the document is also the order of the Tab key.
  for (const box of drawing.boxes) (box.opened ? byId("groups") : byId("nodes")).append(kept.get(box.number));
  elements = kept;
  requestAnimationFrame(() => { for (const element of kept.values()) element.classList.add("moves"); });
}

function makeShell(box, style) {
  const node = nodes[box.number];
  const words = `${KIND_WORDS[node.style]} ${node.name || node.label}, ${node.detail || (node.op ? node.op.type : "")}`;
  const element = make("g", {class: `${style} ${node.style}`, role: "button", "aria-label": words, tabindex: "-1"});
  element.dataset.number = box.number;
  element.dataset.opened = box.opened;
  if (isGroup(box.number)) element.setAttribute("aria-expanded", String(box.opened));
  return element;
}

function makeNode(box) {
  const node = nodes[box.number], element = makeShell(box, "node"), constant = node.kind === "constant";
  element.append(make("rect", {class: "box", width: node.width, height: node.height, rx: constant ? 10 : 7}));
  const middle = node.width / 2 - (isGroup(box.number) ? 6 : 0);
  const anchor = {x: middle, "text-anchor": "middle"};
  if (constant) element.append(make("text", {...anchor, y: 13.5, class: "value"}, node.label));
  else {
    element.append(make("text", {...anchor, y: node.detail ? 18 : 19.5, class: "label"}, node.label));
    if (node.detail) element.append(make("text", {...anchor, y: 33, class: "detail"}, node.detail));
  }
  if (isGroup(box.number)) element.append(make("path", {class: "mark", d: `M${node.width - 18},10h9m-4.5,-4.5v9`}));
  return element;
}

function makeGroup(box) {
  const element = makeShell(box, "group open");
  element.append(make("rect", {class: "box", rx: 10}));
  element.append(make("path", {class: "mark", d: "M11,15h9"}));
  element.append(make("text", {x: 27, y: 20, class: "label"}, nodes[box.number].label));
  return element;
}

function drawLines() {
  lineElements = drawing.lines.map(line => {
    const element = make("path", {class: line.control ? "line control" : "line", d: pathOf(line)});
    if (line.count > 1) element.style.strokeWidth = Math.min(3.5, 1.2 + 0.35 * (line.count - 1)) + "px";
    if (line.arrow) element.setAttribute("marker-end", "url(#arrow)");
    return element;
  });
  byId("lines").replaceChildren(...lineElements);
  byId("texts").replaceChildren(...drawing.lines.filter(line => line.text).map(line => {
    const [x, , bottom] = line.stops[0];
    return make("text", {class: "shape", x: x + 5, y: bottom + 12}, line.text);
  }));
}

function drawLooseEnds() {
  const dots = new Map(), curves = new Map();
  for (const [index, hub] of data.loose) {
    const source = visible(edges[index].source), target = visible(edges[index].target);
    if (source === target) continue;
    if (hub === "target") addDot(dots, source, "to", target);
    else if (hub === "source") addDot(dots, target, "from", source);
    else curves.set(source + " " + target, [source, target]);
  }
  const result = [...curves.values()].map(([source, target]) => curve(source, target, "line control", "url(#arrow)"));
  for (const [number, kinds] of dots) {
    const box = boxOf.get(number), placed = {to: 0, from: 0};
    for (const [key, names] of kinds) {
      const [direction, style] = key.split(" "), step = 9 * placed[direction]++;
      const [x, y] = direction === "to" ? [box.x + box.width - 9 - step, box.y + box.height] : [box.x + 9 + step, box.y];
      const dot = make("circle", {class: `dot ${style}`, cx: x, cy: y, r: 3.2});
      dot.append(make("title", {}, `${direction === "to" ? "used by" : "uses"} ${[...names].join(", ")}`));
      result.push(dot);
    }
  }
  byId("free").replaceChildren(...result);
}

function addDot(dots, number, direction, hub) {
  const key = `${direction} ${nodes[hub].style}`;
  if (!dots.has(number)) dots.set(number, new Map());
  if (!dots.get(number).has(key)) dots.get(number).set(key, new Set());
  dots.get(number).get(key).add(nodes[hub].name);
}

function curve(source, target, style, marker) {
  const a = boxOf.get(source), b = boxOf.get(target);
  const right = b.x + b.width / 2 >= a.x + a.width / 2;
  const x1 = right ? a.x + a.width : a.x, x2 = right ? b.x : b.x + b.width;
  const y1 = a.y + a.height / 2, y2 = b.y + b.height / 2, bend = Math.max(40, Math.abs(x2 - x1) / 2) * (right ? 1 : -1);
  const path = make("path", {class: style, d: `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`});
  if (marker) path.setAttribute("marker-end", marker);
  return path;
}

// ------------------------------------------------------------------------------- lighting what a node is joined with

function light(number) {
  for (const element of canvas.querySelectorAll(".near")) element.classList.remove("near");
  for (const element of lineElements) {
    element.classList.remove("lit");
    if (element.hasAttribute("marker-end")) element.setAttribute("marker-end", "url(#arrow)");
  }
  for (const element of canvas.querySelectorAll("path.free")) element.remove();
  const active = number > ROOT && boxOf.has(number) && !boxOf.get(number).opened;
  canvas.classList.toggle("lighting", active);
  if (!active) return;
  const near = new Set([number]), free = new Map(), loose = new Set(data.loose.map(item => item[0]));
  for (const leaf of leavesOf(number)) {
    for (const index of incoming[leaf].concat(outgoing[leaf])) {
      const source = visible(edges[index].source), target = visible(edges[index].target);
      if (source === target) continue;
      near.add(source).add(target);
      if (loose.has(index)) free.set(source + " " + target, [source, target]);
    }
  }
  lightLines(number);
  for (const other of near) elements.get(other)?.classList.add("near");
  byId("free").append(...[...free.values()].slice(0, 150).map(([a, b]) => curve(a, b, "free")));
}

// Follows lines through the ports of open groups, outwards and inwards.
function lightLines(number) {
  const box = boxOf.get(number), position = new Map();
  drawing.lines.forEach((line, index) => position.set(line.container + " " + line.link, index));
  const done = new Set();
  const follow = (group, index, forward) => {
    const key = group + " " + index;
    if (done.has(key)) return;
    done.add(key);
    const element = lineElements[position.get(key)];
    element.classList.add("lit");
    if (element.hasAttribute("marker-end")) element.setAttribute("marker-end", "url(#arrow-lit)");
    const container = data.containers[group], link = container.links[index];
    const [role, other] = container.members[forward ? link.target : link.source];
    if (role === "node") {
      if (!opened.has(other) || !isGroup(other)) return;
      const inner = data.containers[other], behind = forward ? link.source : link.target;
      inner.links.forEach((piece, at) => {
        const [innerRole, port] = inner.members[forward ? piece.source : piece.target];
        if (innerRole === (forward ? "entry" : "exit") && port === behind) follow(other, at, forward);
      });
    } else {
      const parent = nodes[group].parent, outer = data.containers[parent];
      const self = outer.members.findIndex(([outerRole, child]) => outerRole === "node" && child === group);
      outer.links.forEach((piece, at) => {
        const matches = forward ? piece.source === self && piece.target === other
          : piece.target === self && piece.source === other;
        if (matches) follow(parent, at, forward);
      });
    }
  };
  data.containers[box.container].links.forEach((link, index) => {
    if (link.source === box.index) follow(box.container, index, true);
    if (link.target === box.index) follow(box.container, index, false);
  });
}

// ------------------------------------------------------------------------------------------------- panning and zooming

function showView() {
  world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
}

function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const scale = Math.min(4, Math.max(0.02, view.scale * factor));
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  showView();
}

function fit(most = 1.15) {
  const margin = 32, width = canvas.clientWidth - 2 * margin, height = canvas.clientHeight - 2 * margin;
  view.scale = Math.min(most, width / Math.max(1, drawing.width), height / Math.max(1, drawing.height));
  view.x = (canvas.clientWidth - drawing.width * view.scale) / 2;
  view.y = (canvas.clientHeight - drawing.height * view.scale) / 2;
  showView();
}

// At first text must be readable: a drawing too tall for that starts at its top.
function firstView() {
  fit();
  if (view.scale >= 0.6) return;
  view.scale = Math.max(0.6, Math.min(1, (canvas.clientWidth - 48) / drawing.width));
  view.x = Math.max(24, (canvas.clientWidth - drawing.width * view.scale) / 2);
  view.y = 24;
  showView();
}

function centre(number) {
  const box = boxOf.get(number);
  if (!box) return;
  view.scale = Math.max(view.scale, 0.75);
  const room = details.hidden ? 0 : 180;
  view.x = canvas.clientWidth / 2 - room - (box.x + box.width / 2) * view.scale;
  view.y = canvas.clientHeight / 2 - (box.y + Math.min(box.height, 200) / 2) * view.scale;
  showView();
}

function keepInView(number) {
  const box = boxOf.get(number), margin = 30;
  const left = view.x + box.x * view.scale, top = view.y + box.y * view.scale;
  const right = left + box.width * view.scale, bottom = top + Math.min(box.height, 60) * view.scale;
  const shiftX = left < margin ? margin - left : right > canvas.clientWidth - margin ? canvas.clientWidth - margin - right : 0;
  const shiftY = top < margin ? margin - top : bottom > canvas.clientHeight - margin ? canvas.clientHeight - margin - bottom : 0;
  view.x += shiftX;
  view.y += shiftY;
  if (shiftX || shiftY) showView();
}

const pointers = new Map();
let moved = 0;

canvas.addEventListener("pointerdown", event => {
  if (!pointers.size) moved = 0;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
});

canvas.addEventListener("pointermove", event => {
  if (!pointers.has(event.pointerId)) { hover(event); return; }
  const [oldX, oldY] = pointers.get(event.pointerId), before = spread();
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  moved += Math.abs(event.clientX - oldX) + Math.abs(event.clientY - oldY);
  if (moved > 4) {
    // Captured only once it is a drag: a captured pointer's click would miss the node below it.
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("moving");
  }
  const bounds = canvas.getBoundingClientRect(), share = 1 / pointers.size;
  view.x += (event.clientX - oldX) * share;
  view.y += (event.clientY - oldY) * share;
  if (pointers.size === 2 && before) zoom(spread() / before, event.clientX - bounds.left, event.clientY - bounds.top);
  showView();
  tip.hidden = true;
});

for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, event => {
    pointers.delete(event.pointerId);
    if (!pointers.size) canvas.classList.remove("moving");
  });
}

function spread() {
  if (pointers.size < 2) return 0;
  const [a, b] = [...pointers.values()];
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

canvas.addEventListener("wheel", event => {
  event.preventDefault();
  const bounds = canvas.getBoundingClientRect(), lines = event.deltaMode === 1 ? 16 : 1;
  if (event.shiftKey) { view.x -= event.deltaY * lines; showView(); return; }
  const speed = event.ctrlKey ? 0.01 : 0.0016;
  zoom(Math.exp(-event.deltaY * lines * speed), event.clientX - bounds.left, event.clientY - bounds.top);
}, {passive: false});

// ------------------------------------------------------------------------------------------------ opening and choosing

function toggle(number) {
  if (!isGroup(number)) return;
  const old = boxOf.get(number);
  if (opened.has(number)) opened.delete(number); else opened.add(number);
  render();
  const box = boxOf.get(number);
  // What was clicked stays where it was on the screen.
  view.x += (old.x - box.x) * view.scale;
  view.y += (old.y - box.y) * view.scale;
  showView();
  if (number === focused) elements.get(number).focus({preventScroll: true});
}

function setOpened(numbers) {
  opened.clear();
  for (const number of [ROOT, ...numbers]) opened.add(number);
  render();
  fit();
}

function reveal(number) {
  const path = ancestors(number).slice(0, -1);
  // A folded op or a variable stands for its own op: it need not be opened to show that.
  const last = path[path.length - 1];
  if (last !== ROOT && nodes[last].name === nodes[number].name) { path.pop(); number = last; }
  for (const group of path) opened.add(group);
  render();
  select(number);
  centre(number);
  focus(number);
}

function focus(number) {
  focused = number;
  for (const [other, element] of elements) element.tabIndex = other === number ? 0 : -1;
  elements.get(number)?.focus({preventScroll: true});
}

function select(number) {
  elements.get(selected)?.classList.remove("selected");
  selected = number;
  elements.get(selected)?.classList.add("selected");
  showDetails();
  light(selected);
}

canvas.addEventListener("click", event => {
  if (moved > 4) return;
  const element = event.target.closest("[data-number]");
  if (!element) { select(-1); return; }
  const number = Number(element.dataset.number);
  focus(number);
  // A closed scope's plus sign and an open scope's title open and close it at once.
  const bounds = element.getBoundingClientRect(), x = (event.clientX - bounds.left) / view.scale;
  const y = (event.clientY - bounds.top) / view.scale;
  const onMark = boxOf.get(number).opened ? y < TITLE_HEIGHT && x < 40 : x > nodes[number].width - 24 && y < 22;
  if (isGroup(number) && onMark) toggle(number); else select(number === selected ? -1 : number);
});

canvas.addEventListener("dblclick", event => {
  const element = event.target.closest("[data-number]");
  if (element) toggle(Number(element.dataset.number));
});

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
    const attrs = op.attrs.filter(([name]) => !SHOWN_ELSEWHERE.has(name)).slice(0, 6);
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
    const rows = op.attrs.slice();
    if (op.type !== node.label) rows.unshift(["type", op.type]);
    if (op.device) rows.unshift(["device", op.device]);
    if (rows.length) table("Attributes", rows);
  }
  const inside = new Set(leavesOf(selected));
  jumps("Inputs", leavesOf(selected).flatMap(leaf => incoming[leaf]).filter(e => !inside.has(edges[e].source)), "source");
  jumps("Used by", leavesOf(selected).flatMap(leaf => outgoing[leaf]).filter(e => !inside.has(edges[e].target)), "target");
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
  if (!indices.length) return;
  section(`${title} (${indices.length})`);
  for (const index of indices.slice(0, 40)) {
    const edge = edges[index];
    const button = make("button", {class: "jump"});
    button.append(make("span", {}, end === "source" ? edge.tensor : nodes[edge.target].name));
    button.append(make("span", {}, edge.control ? "control" : edge.text));
    button.addEventListener("click", () => reveal(edge[end]));
    details.append(button);
  }
  if (indices.length > 40) details.append(make("div", {class: "where"}, `and ${indices.length - 40} more`));
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
  else if (onButton) return;
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
byId("counts").textContent = `${nodes[ROOT].count} ops, ${edges.length} edges`;
const present = new Set(nodes.slice(1).map(node => node.style));
byId("legend").replaceChildren(...Object.keys(KIND_WORDS).filter(kind => present.has(kind))
  .map(kind => make("span", {class: `chip ${kind}`}, KIND_WORDS[kind])));
render();
firstView();
if (location.hash.length > 1) {
  const wanted = decodeURIComponent(location.hash.slice(1)), number = nodes.findIndex(node => node.name === wanted);
  if (number > ROOT) reveal(number);
}
addEventListener("resize", () => { if (drawing) showView(); });
