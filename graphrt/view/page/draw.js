// Drawing: boxes, lines, dots, and what is lit.
"use strict";

const canvas = byId("canvas"), world = byId("world"), details = byId("details"), tip = byId("tip");
const KIND_WORDS = {
  placeholder: "placeholder", variable: "variable", constant: "constant", op: "op", gradient: "gradient",
  update: "update", control: "no output", scope: "scope", removed: "removed by rewriting",
};
const opened = new Set(data.opened);
const view = {scale: 1, x: 0, y: 0};
let drawing = null, boxOf = new Map(), elements = new Map(), titles = new Map(), lineElements = [], linePosition = new Map();
let lit = [], selected = -1, focused = -1;
// With more boxes than this, fading all the others takes too long to follow the pointer.
const MOST_DIMMED = 1200;

function make(tag, attributes = {}, text) {
  const svg = ["g", "rect", "text", "path", "circle", "title"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// ------------------------------------------------------------------------------------------------ the tree of nodes

const isGroup = number => Boolean(nodes[number]?.children);

function ancestors(number) {
  const path = [number];
  while (path[path.length - 1] !== ROOT) path.push(nodes[path[path.length - 1]].parent);
  return path.reverse();
}

// What stands for each node: itself, or its outermost closed group.
const visible = new Int32Array(nodes.length);

function findVisible() {
  nodes.forEach((node, number) => {
    const above = node.parent;
    visible[number] = number === ROOT || (visible[above] === above && opened.has(above)) ? number : visible[above];
  });
}

function leavesOf(number) {
  return isGroup(number) ? nodes[number].children.flatMap(leavesOf) : [number];
}

const sourceText = op => `${op.file}:${op.line}` + (op.function && op.function !== "<module>" ? ` in ${op.function}` : "");

// ---------------------------------------------------------------------------------------------------------- drawing

function render() {
  tip.hidden = true;
  findVisible();
  drawing = new Arranger(nodes, containerOf, opened).run();
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
    if (element && element.dataset.opened !== String(box.opened)) { remove(box.number); element = undefined; }
    if (!element) element = box.opened ? makeGroup(box) : makeNode(box);
    if (box.opened) {
      const rect = element.querySelector(".box");
      rect.setAttribute("width", box.width);
      rect.setAttribute("height", box.height);
    }
    for (const part of [element, titles.get(box.number)]) {
      if (part) part.style.transform = `translate(${box.x.toFixed(2)}px, ${box.y.toFixed(2)}px)`;
    }
    kept.set(box.number, element);
  }
  for (const number of [...elements.keys()]) if (!kept.has(number)) remove(number);
  // Outer groups below inner ones; the order of the document is also the order of the Tab key.
  for (const box of drawing.boxes) (box.opened ? byId("groups") : byId("nodes")).append(kept.get(box.number));
  elements = kept;
  requestAnimationFrame(() => {
    for (const element of [...kept.values(), ...titles.values()]) element.classList.add("moves");
  });
}

function remove(number) {
  elements.get(number).remove();
  titles.get(number)?.remove();
  titles.delete(number);
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
  // Lines may cross a title bar: its text lies above them.
  const title = make("text", {x: 27, y: 20, class: "label title"}, nodes[box.number].label);
  titles.set(box.number, title);
  byId("titles").append(title);
  return element;
}

function drawLines() {
  lineElements = drawing.lines.map(line => {
    const element = make("path", {class: line.control ? "line control" : "line", d: pathOf(line)});
    if (line.count > 1) element.style.strokeWidth = Math.min(3.5, 1.2 + 0.35 * (line.count - 1)) + "px";
    if (line.arrow) element.setAttribute("marker-end", "url(#arrow)");
    return element;
  });
  linePosition = new Map(drawing.lines.map((line, index) => [line.container + " " + line.link, index]));
  byId("lines").replaceChildren(...lineElements);
  byId("texts").replaceChildren(...drawing.lines.filter(line => line.text).map(line => {
    const [x, , bottom] = line.stops[0];
    return make("text", {class: "shape", x: x + 5, y: bottom + 12}, line.text);
  }));
}

function drawLooseEnds() {
  const dots = new Map(), curves = new Map(), done = new Set();
  for (let edge = 0; edge < edges.count; edge++) {
    if (!isLoose(edge)) continue;
    const source = visible[edges.source[edge]], target = visible[edges.target[edge]], hub = data.loose[edge];
    const pair = source * nodes.length + target, key = 4 * pair + "tsc".indexOf(hub);
    if (source === target || done.has(key)) continue;
    done.add(key);
    if (hub === "t") addDot(dots, source, "to", target);
    else if (hub === "s") addDot(dots, target, "from", source);
    else curves.set(pair, [source, target]);
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
  for (const element of lit) {
    element.classList.remove("near", "lit");
    if (element.hasAttribute("marker-end")) element.setAttribute("marker-end", "url(#arrow)");
  }
  lit = [];
  for (const element of canvas.querySelectorAll("path.free")) element.remove();
  const active = number > ROOT && boxOf.has(number) && !boxOf.get(number).opened;
  canvas.classList.toggle("lighting", active && drawing.boxes.length < MOST_DIMMED);
  if (!active) return;
  const near = new Set([number]), free = new Map();
  for (const leaf of leavesOf(number)) {
    for (const index of incoming[leaf].concat(outgoing[leaf])) {
      const source = visible[edges.source[index]], target = visible[edges.target[index]];
      if (source === target) continue;
      near.add(source).add(target);
      if (isLoose(index)) free.set(source + " " + target, [source, target]);
    }
  }
  lightLines(number);
  for (const other of near) {
    const element = elements.get(other);
    if (!element) continue;
    element.classList.add("near");
    lit.push(element);
  }
  byId("free").append(...[...free.values()].slice(0, 150).map(([a, b]) => curve(a, b, "free")));
}

// Follows lines through the ports of open groups, outwards and inwards.
function lightLines(number) {
  const box = boxOf.get(number), done = new Set();
  const follow = (group, index, forward) => {
    const key = group + " " + index;
    if (done.has(key)) return;
    done.add(key);
    const element = lineElements[linePosition.get(key)];
    element.classList.add("lit");
    lit.push(element);
    if (element.hasAttribute("marker-end")) element.setAttribute("marker-end", "url(#arrow-lit)");
    const container = containerOf(group), link = container.links[index];
    const [role, other] = container.members[forward ? link.target : link.source];
    if (role === "node") {
      if (!opened.has(other) || !isGroup(other)) return;
      const inner = containerOf(other), behind = forward ? link.source : link.target;
      inner.links.forEach((piece, at) => {
        const [innerRole, port] = inner.members[forward ? piece.source : piece.target];
        if (innerRole === (forward ? "entry" : "exit") && port === behind) follow(other, at, forward);
      });
    } else {
      const parent = nodes[group].parent, outer = containerOf(parent);
      const self = outer.members.findIndex(([outerRole, child]) => outerRole === "node" && child === group);
      outer.links.forEach((piece, at) => {
        const matches = forward ? piece.source === self && piece.target === other
          : piece.target === self && piece.source === other;
        if (matches) follow(parent, at, forward);
      });
    }
  };
  containerOf(box.container).links.forEach((link, index) => {
    if (link.source === box.index) follow(box.container, index, true);
    if (link.target === box.index) follow(box.container, index, false);
  });
}
