// Moving about in the drawing, opening scopes, choosing nodes.
"use strict";

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
  firstView();
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
