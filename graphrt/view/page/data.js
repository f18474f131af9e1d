// The page's data (page_data.py packs it), unpacked.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const ROOT = 0;
const byId = id => document.getElementById(id);
const shared = position => data.table[position];

// name, label, detail, kind, style, parent, width, height, count; of groups: children; of what stands for an op: op.
const nodes = [];
for (const [parent, goesOn, rest, label, detail, kind, style, width, height, count, op] of data.nodes) {
  const number = nodes.length;
  const node = {
    name: (goesOn ? nodes[parent].name : "") + rest, label: label || rest.replace(/^\/+/, ""),
    detail: shared(detail), kind: shared(kind), style: shared(style), parent, width, height, count,
  };
  if (op >= 0) node.op = makeOp(shared(op));
  nodes.push(node);
  // Parents come first, and children in their order.
  if (number !== ROOT) (nodes[parent].children ??= []).push(number);
}

function makeOp([type, value, device, outputs, attrs, line]) {
  const op = {type: shared(type), value: shared(value), device: shared(device), outputs: shared(outputs), attrs: shared(attrs)};
  if (line >= 0) {
    const [file, number, where, text] = shared(line);
    Object.assign(op, {file: shared(file), line: number, function: where, text});
  }
  return op;
}

// Edges are columns: there are very many. `output` is -1 for control inputs; `incoming` and `outgoing` are by leaf.
const edges = {count: data.loose.length};
for (const column of ["source", "target", "output"]) edges[column] = new Int32Array(edges.count);
const incoming = nodes.map(() => []), outgoing = nodes.map(() => []);
{
  let edge = 0;
  const add = (source, target, output) => {
    edges.source[edge] = source; edges.target[edge] = target; edges.output[edge] = output;
    outgoing[source].push(edge);
    incoming[target].push(edge++);
  };
  for (const [target, inputs, control] of data.edges) {
    for (let index = 0; index < inputs.length; index += 2) add(inputs[index], target, inputs[index + 1]);
    for (const source of shared(control)) add(source, target, -1);
  }
}

const isLoose = edge => data.loose[edge] !== "-";

function tensorOf(edge) {
  const name = nodes[edges.source[edge]].name, output = edges.output[edge];
  return output < 0 ? "^" + name : `${name}:${output}`;
}

function textOf(edge) {
  const output = edges.output[edge];
  return output < 0 ? "control" : nodes[edges.source[edge]].op.outputs[output][2];
}

// The layered drawing inside a group, made when it is first asked for: members [role, number], links, blocks, chains.
const containers = new Map(), packed = new Map(data.containers.map(row => [row[0], row]));

function containerOf(group) {
  if (!containers.has(group)) containers.set(group, makeContainer(packed.get(group)));
  return containers.get(group);
}

function makeContainer([group, ports, numbers, blocks, ported, paths]) {
  const members = (nodes[group].children ?? []).map(child => ["node", child]);
  for (const port of ports) members.push(port >= 0 ? ["entry", port] : ["exit", -port - 1]);
  const links = [];
  for (let at = 0; at < numbers.length; at += 5) {
    const [source, target, text, count, flags] = numbers.slice(at, at + 5);
    links.push({source, target, text: shared(text), count, control: Boolean(flags & 1), light: Boolean(flags & 2)});
  }
  const chains = paths.map((path, index) => path || [links[index].source, links[index].target]);
  return {group, members, links, blocks, ported, chains};
}
