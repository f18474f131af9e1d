// The same arithmetic as coordinates.py and arrange.py, operation by operation: opening a scope changes sizes, so the
// page repeats the second half of the layout. A browser test compares the numbers with Python's.
"use strict";

const NODE_GAP = 22, DUMMY_GAP = 14, LAYER_GAP = 38, BLOCK_GAP = 36, DUMMY_WIDTH = 2, SWEEPS = 12, PADDING = 18, TITLE_HEIGHT = 30;

function distance(widths, left, right) {
  const bothDummies = widths[left] <= DUMMY_WIDTH && widths[right] <= DUMMY_WIDTH;
  return (widths[left] + widths[right]) / 2 + (bothDummies ? DUMMY_GAP : NODE_GAP);
}

function separate(layer, wanted, weights, widths, x) {
  const offsets = [], means = [], masses = [], sizes = [];
  let offset = 0;
  layer.forEach((node, index) => {
    if (index) offset += distance(widths, layer[index - 1], node);
    offsets.push(offset);
  });
  for (let index = 0; index < layer.length; index++) {
    let mean = wanted[index] - offsets[index], mass = weights[index], size = 1;
    while (means.length && means[means.length - 1] > mean) {
      const last = means.pop(), lastMass = masses.pop();
      mean = (mean * mass + last * lastMass) / (mass + lastMass);
      mass += lastMass;
      size += sizes.pop();
    }
    means.push(mean); masses.push(mass); sizes.push(size);
  }
  let index = 0;
  means.forEach((mean, block) => {
    for (let member = 0; member < sizes[block]; member++, index++) x[layer[index]] = mean + offsets[index];
  });
}

function straighten(widths, chains, left, right, x) {
  for (const chain of chains) {
    let start = 1;
    while (start < chain.length - 1) {
      let low = -1e12, high = 1e12, total = 0, end = start;
      while (end < chain.length - 1) {
        const node = chain[end];
        const least = left[node] < 0 ? low : Math.max(low, x[left[node]] + distance(widths, left[node], node));
        const most = right[node] < 0 ? high : Math.min(high, x[right[node]] - distance(widths, node, right[node]));
        if (least > most && end > start) break;
        low = least; high = most; total += x[node]; end++;
      }
      const mean = Math.min(Math.max(total / (end - start), low), high);
      for (let index = start; index < end; index++) x[chain[index]] = mean;
      start = end;
    }
  }
}

function place(blocks, ported, widths, heights, segments, chains) {
  const filled = value => new Array(widths.length).fill(value);
  const x = filled(0), tops = filled(0), layerHeights = filled(0), left = filled(-1), right = filled(-1);
  const upper = widths.map(() => []), lower = widths.map(() => []);
  for (const segment of segments) {
    lower[segment.above].push(segment);
    upper[segment.below].push(segment);
  }
  for (const layers of blocks) {
    placeBlock(layers, widths, upper, lower, x);
    for (const layer of layers) {
      for (let index = 1; index < layer.length; index++) {
        left[layer[index]] = layer[index - 1];
        right[layer[index - 1]] = layer[index];
      }
    }
  }
  straighten(widths, chains, left, right, x);
  const sizes = blocks.map(layers => stack(layers, widths, heights, x, tops, layerHeights));
  const {corners, width, height} = pack(sizes, ported);
  blocks.forEach((layers, index) => {
    for (const layer of layers) for (const node of layer) { x[node] += corners[index][0]; tops[node] += corners[index][1]; }
  });
  return {x, tops, heights: layerHeights, width, height};
}

function placeBlock(layers, widths, upper, lower, x) {
  for (const layer of layers) separate(layer, layer.map(() => 0), layer.map(() => 1), widths, x);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const both = sweep >= SWEEPS - 4, down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = [], weights = [];
      for (const node of layer) {
        let total = 0, weight = 0;
        if (both || down) {
          for (const s of upper[node]) {
            total += s.weight * (x[s.above] + s.aboveOffset - s.belowOffset);
            weight += s.weight;
          }
        }
        if (both || !down) {
          for (const s of lower[node]) {
            total += s.weight * (x[s.below] + s.belowOffset - s.aboveOffset);
            weight += s.weight;
          }
        }
        wanted.push(weight > 0 ? total / weight : x[node]);
        weights.push(weight > 0 ? weight : 0.01);
      }
      separate(layer, wanted, weights, widths, x);
    }
  }
}

function stack(layers, widths, heights, x, tops, layerHeights) {
  let left = Infinity, top = 0, width = 0;
  for (const layer of layers) for (const node of layer) left = Math.min(left, x[node] - widths[node] / 2);
  for (const layer of layers) {
    let height = 0;
    for (const node of layer) height = Math.max(height, heights[node]);
    for (const node of layer) {
      x[node] -= left;
      tops[node] = top;
      layerHeights[node] = height;
      width = Math.max(width, x[node] + widths[node] / 2);
    }
    top += height + LAYER_GAP;
  }
  return [width, top - LAYER_GAP];
}

function pack(sizes, ported) {
  let area = 0, widest = 0, most = 0;
  for (const [width, height] of sizes.slice(ported)) {
    area += (width + BLOCK_GAP) * (height + BLOCK_GAP);
    widest = Math.max(widest, width);
  }
  const corners = [];
  let start = 0, x = 0, y = 0, column = 0, rowTop = 0, rowHeight = 0, fullWidth = 0, fullHeight = 0;
  sizes.forEach(([width, height], index) => {
    if (index === ported) {
      start = x = x + column + (index ? BLOCK_GAP : 0);
      column = 0; y = rowTop;
      most = start + Math.max(widest, 1.4 * Math.sqrt(area));
    }
    const fitsBelow = index > ported && y + height <= rowTop + rowHeight;
    if (!fitsBelow && index && index !== ported) {
      x += column + BLOCK_GAP;
      column = 0; y = rowTop;
      if (index > ported && x + width > most) {
        rowTop = rowTop + rowHeight + BLOCK_GAP;
        x = start; y = rowTop; rowHeight = 0;
      }
    }
    corners.push([x, y]);
    column = Math.max(column, width);
    rowHeight = Math.max(rowHeight, y + height - rowTop);
    y += height + BLOCK_GAP;
    fullWidth = Math.max(fullWidth, x + width);
    fullHeight = Math.max(fullHeight, rowTop + rowHeight);
  });
  return {corners, width: fullWidth, height: fullHeight};
}

// Measures open groups from the inside out, then places them from the outside in.
class Arranger {
  constructor(nodes, containerOf, opened) {
    this.nodes = nodes; this.containerOf = containerOf; this.opened = opened; this.insides = new Map(); this.boxes = []; this.lines = [];
  }

  run() {
    const inside = this.measure(ROOT);
    this.draw(ROOT, 0, 0);
    return {boxes: this.boxes, lines: this.lines, width: inside.width, height: inside.height};
  }

  measure(group) {
    const container = this.containerOf(group), nodes = this.nodes;
    let size = 0;
    for (const layer of container.blocks.flat()) for (const node of layer) size = Math.max(size, node + 1);
    const widths = new Array(size).fill(DUMMY_WIDTH), heights = new Array(size).fill(0);
    container.members.forEach(([role, number], index) => {
      if (role !== "node") return;
      if (this.opened.has(number) && nodes[number].children) {
        const inside = this.measure(number);
        widths[index] = inside.width; heights[index] = inside.height;
      } else {
        widths[index] = nodes[number].width; heights[index] = nodes[number].height;
      }
    });
    const segments = this.segments(container);
    const placement = place(container.blocks, container.ported, widths, heights, segments, container.chains);
    const margin = group === ROOT ? 0 : PADDING, title = group === ROOT ? 0 : TITLE_HEIGHT;
    const width = Math.max(placement.width + 2 * margin, group === ROOT ? 0 : nodes[group].width);
    const shift = (width - placement.width) / 2, entries = {}, exits = {};
    container.members.forEach(([role, number], index) => {
      if (role === "entry") entries[number] = placement.x[index] + shift - width / 2;
      else if (role === "exit") exits[number] = placement.x[index] + shift - width / 2;
    });
    const inside = {
      group, container, placement, widths, heights, entries, exits, width, height: placement.height + title + margin,
    };
    this.insides.set(group, inside);
    return inside;
  }

  segments(container) {
    const result = [], count = container.members.length;
    container.links.forEach((link, position) => {
      const chain = container.chains[position], last = chain.length - 2;
      for (let index = 0; index < chain.length - 1; index++) {
        const above = chain[index], below = chain[index + 1];
        const inner = (above >= count ? 1 : 0) + (below >= count ? 1 : 0);
        let weight = inner === 2 ? 8 : inner === 1 ? 2 : 1;
        if (link.light) weight *= 0.001;
        result.push({
          above, below, weight,
          aboveOffset: index === 0 ? this.exit(container, link) : 0,
          belowOffset: index === last ? this.entry(container, link) : 0,
        });
      }
    });
    return result;
  }

  insideOf(container, index) {
    const [role, number] = container.members[index];
    return role === "node" ? this.insides.get(number) : undefined;
  }

  exit(container, link) {
    const inside = this.insideOf(container, link.source);
    return inside ? inside.exits[link.target] : 0;
  }

  entry(container, link) {
    const inside = this.insideOf(container, link.target);
    return inside ? inside.entries[link.source] : 0;
  }

  draw(group, left, top) {
    const inside = this.insides.get(group), {placement, container} = inside;
    const contentX = left + (inside.width - placement.width) / 2, contentY = top + (group === ROOT ? 0 : TITLE_HEIGHT);
    const bounds = [];
    for (let node = 0; node < inside.widths.length; node++) {
      const layerTop = contentY + placement.tops[node];
      const layerBottom = layerTop + placement.heights[node], x = contentX + placement.x[node];
      const member = container.members[node];
      if (!member) bounds.push([x, layerTop, layerBottom]);
      else if (member[0] === "entry") bounds.push([x, top, layerBottom]);
      else if (member[0] === "exit") bounds.push([x, layerTop, top + inside.height]);
      else {
        const nodeTop = layerTop + (placement.heights[node] - inside.heights[node]) / 2;
        bounds.push([x, nodeTop, nodeTop + inside.heights[node]]);
        this.boxes.push({
          number: member[1], x: x - inside.widths[node] / 2, y: nodeTop, width: inside.widths[node],
          height: inside.heights[node], opened: this.insides.has(member[1]), container: group, index: node,
        });
      }
    }
    this.addLines(inside, bounds, contentY);
    container.members.forEach(([role, number], index) => {
      if (role === "node" && this.insides.has(number)) {
        this.draw(number, bounds[index][0] - inside.widths[index] / 2, bounds[index][1]);
      }
    });
  }

  addLines(inside, bounds, contentY) {
    const {container, placement} = inside, spread = this.spread(inside);
    container.links.forEach((link, position) => {
      const chain = container.chains[position], stops = [];
      chain.forEach((node, index) => {
        const layerTop = contentY + placement.tops[node];
        const layerBottom = layerTop + placement.heights[node];
        const [x, nodeTop, nodeBottom] = bounds[node];
        const role = container.members[node] && container.members[node][0];
        if (index === 0) {
          stops.push([x + this.exit(container, link), role === "entry" ? nodeTop : nodeBottom, layerBottom]);
        } else if (index === chain.length - 1) {
          stops.push([
            x + (this.entry(container, link) + spread[position]), layerTop, role === "exit" ? nodeBottom : nodeTop,
          ]);
        } else stops.push([x, layerTop, layerBottom]);
      });
      const target = container.members[link.target], source = container.members[link.source];
      const labelled = source[0] === "node" && !this.insides.has(source[1]);
      this.lines.push({
        container: container.group, link: position, stops, arrow: target[0] === "node" && !this.insides.has(target[1]),
        text: labelled ? link.text : "", count: link.count, control: link.control,
      });
    });
  }

  spread(inside) {
    const {container, placement} = inside, x = placement.x, arriving = new Map();
    container.links.forEach((link, position) => {
      const [role, number] = container.members[link.target];
      if (role === "node" && !this.insides.has(number)) {
        if (!arriving.has(link.target)) arriving.set(link.target, []);
        arriving.get(link.target).push(position);
      }
    });
    const offsets = new Array(container.links.length).fill(0);
    for (const [target, positions] of arriving) {
      const cameFrom = {};
      for (const position of positions) {
        const chain = container.chains[position];
        const start = chain.length === 2 ? this.exit(container, container.links[position]) : 0;
        cameFrom[position] = x[chain[chain.length - 2]] + start - x[target];
      }
      positions.sort((a, b) => cameFrom[a] - cameFrom[b] || a - b);
      const room = Math.max(inside.widths[target] / 2 - 12, 0);
      const step = Math.min(13, 2 * room / Math.max(1, positions.length - 1));
      positions.forEach((position, index) => {
        const wanted = Math.min(Math.max(cameFrom[position], -room), room);
        const least = index ? offsets[positions[index - 1]] + step : -room;
        const most = room - step * (positions.length - 1 - index);
        offsets[position] = Math.min(Math.max(wanted, least), most);
      });
    }
    return offsets;
  }
}

function pathOf(line) {
  const number = value => value.toFixed(1);
  const upright = (top, bottom) => bottom - top > 0.05 ? "V" + number(bottom) : "";
  let [x, start, bottom] = line.stops[0];
  let path = "M" + number(x) + "," + number(start) + upright(start, bottom);
  for (const [nextX, top, nextBottom] of line.stops.slice(1)) {
    const middle = number((bottom + top) / 2);
    path += `C${number(x)},${middle} ${number(nextX)},${middle} ${number(nextX)},${number(top)}`;
    path += upright(top, nextBottom);
    x = nextX; bottom = nextBottom;
  }
  return path;
}
