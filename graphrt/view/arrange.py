"""Where everything stands: a layered drawing inside each group, put together for the groups that are open.

An edge between two leaves is drawn piece by piece: between the two siblings under the lowest group that holds both
ends, and inside each group on the way down to an end, from a port on the group's border. Ports exist whether or not
the group is open, so layers are computed once a group (`make_containers`) and never again.

Edges at a hub (a node with very many neighbours: the gradients, the train op) and edges that close a cycle would make
a picture unreadable. They are not drawn as lines: they are `loose`, a coloured dot at the end that is no hub. Edges of
the forward pass (forward.py) are always lines, whatever else joins their ends.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from graphrt.view.coordinates import DUMMY_WIDTH, Placement, Segment, place
from graphrt.view.kinds import CONTROL, GRADIENT, PLACEHOLDER, UPDATE
from graphrt.view.layers import Layers, break_cycles, make_layers
from graphrt.view.look import PADDING, TITLE_HEIGHT, Face, face_of
from graphrt.view.picture import ROOT, Node, Picture

# More neighbours than this on one side make a node a hub (see also _most_inputs).
HUB_DEGREE = 6
_LONGEST_SPAN = 40
_MOST_SHAPES = 2

NODE, ENTRY, EXIT = "node", "entry", "exit"


@dataclass(frozen=True)
class Member:
    """What is laid out in a container: a child node, or a port named after the outer container's member behind it."""

    role: str
    number: int


@dataclass
class Link:
    """All edges between two members, drawn as one line; `light` where its source can stand anywhere."""

    source: int
    target: int
    text: str
    count: int
    control: bool
    light: bool


@dataclass
class Container:
    """The layered drawing inside one group, before any coordinates."""

    group: int
    members: list[Member]
    links: list[Link]
    layers: Layers


@dataclass(frozen=True)
class Loose:
    """An edge (by its position in `picture.edges`) that is not drawn as a line.

    `hub` says which end is the hub; an edge that closes a cycle has none.
    """

    edge: int
    hub: str


@dataclass
class Box:
    """A visible node: its corner, size, and whether it shows its inside."""

    number: int
    x: float
    y: float
    width: float
    height: float
    opened: bool


@dataclass
class Line:
    """A visible piece of an edge: `stops` are (x, top, bottom) of every layer it passes, downwards."""

    container: int
    link: int
    stops: list[tuple[float, float, float]]
    arrow: bool
    text: str
    count: int
    control: bool


@dataclass
class Arrangement:
    """A finished drawing."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def make_containers(picture: Picture) -> tuple[dict[int, Container], list[Loose]]:
    """Layers for every group of the picture (by its number), and the edges that are left out of them."""
    ancestors = {number: picture.ancestors(number) for edge in picture.edges for number in (edge.source, edge.target)}
    siblings: dict[int, dict[tuple[int, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    for position, edge in enumerate(picture.edges):
        above, below = ancestors[edge.source], ancestors[edge.target]
        depth = next((depth for depth, pair in enumerate(zip(above, below, strict=False)) if pair[0] != pair[1]), 0)
        if depth:
            siblings[above[depth - 1]][above[depth], below[depth]].append(position)
    maker = _ContainerMaker(picture, ancestors)
    for node in picture.nodes:
        if node.is_group or node.number == ROOT:  # the root of an empty graph, too
            maker.make(node.number, siblings[node.number])
    return maker.containers, maker.loose


def loose_ends(
    picture: Picture, loose: list[Loose], opened: set[int]
) -> tuple[dict[int, dict[tuple[int, str], int]], list[tuple[int, int]]]:
    """What stands for loose edges while `opened` are open.

    First the dots: visible node -> {(visible hub, 'to' or 'from' the hub): how many edges}. Then the edges without a
    hub, which are drawn as free curves: pairs of visible nodes.
    """
    dots: dict[int, dict[tuple[int, str], int]] = defaultdict(lambda: defaultdict(int))
    curves: dict[tuple[int, int], None] = {}
    for item in loose:
        edge = picture.edges[item.edge]
        source, target = picture.visible(edge.source, opened), picture.visible(edge.target, opened)
        if source == target:
            continue
        if item.hub == "target":
            dots[source][target, "to"] += 1
        elif item.hub == "source":
            dots[target][source, "from"] += 1
        else:
            curves[source, target] = None
    return dots, list(curves)


class _ContainerMaker:
    """Goes through the groups from the outside in, handing ports on to the groups inside; one use."""

    def __init__(self, picture: Picture, ancestors: dict[int, list[int]]) -> None:
        self.picture = picture
        self.ancestors = ancestors
        self.containers: dict[int, Container] = {}
        self.loose: list[Loose] = []
        self.ports: dict[int, list[tuple[Member, list[int]]]] = defaultdict(list)

    def make(self, group: int, siblings: dict[tuple[int, int], list[int]]) -> None:
        """Lay out one group: `siblings` are the edges (positions) between its children, by pairs of children."""
        node = self.picture.nodes[group]
        members = [Member(NODE, child) for child in node.children]
        place_of = {child: index for index, child in enumerate(node.children)}
        order = [self.picture.nodes[child].order for child in node.children]
        links = {(place_of[a], place_of[b]): edges for (a, b), edges in siblings.items()}
        links = self._without_hubs(links, self._most_inputs(node, links))
        back = break_cycles(len(members), list(links), order)
        for position, edges in enumerate(list(links.values())):
            if position in back:
                self.loose += [Loose(edge, "") for edge in edges]
        links = {pair: edges for position, (pair, edges) in enumerate(links.items()) if position not in back}
        tops: list[int] = []
        bottoms: list[int] = []
        for port, edges in self.ports.pop(group, []):
            index = len(members)
            members.append(port)
            order.append(min(edges))
            (tops if port.role == ENTRY else bottoms).append(index)
            for edge in edges:
                inner = self.picture.edges[edge].target if port.role == ENTRY else self.picture.edges[edge].source
                child = place_of[self.ancestors[inner][node.depth + 1]]
                links.setdefault((index, child) if port.role == ENTRY else (child, index), []).append(edge)
        layers = make_layers(len(members), list(links), order, tops, bottoms)
        links, layers = self._without_long_links(links, layers)
        self.containers[group] = Container(group, members, self._describe(links), layers)
        for (source, target), edges in links.items():
            self._hand_on(members[source], Member(EXIT, target), edges)
            self._hand_on(members[target], Member(ENTRY, source), edges)

    def _hand_on(self, member: Member, port: Member, edges: list[int]) -> None:
        if member.role == NODE and self.picture.nodes[member.number].is_group:
            self.ports[member.number].append((port, edges))

    def _most_inputs(self, group: Node, links: Iterable[tuple[int, int]]) -> list[int]:
        """From how many neighbours each child may get lines before it counts as a hub.

        The gradients, the optimizer and initializers are joined to nearly everything, and are better seen apart from
        the model even where it is small.
        """
        children = [self.picture.nodes[child] for child in group.children]
        gradients = {
            index
            for index, child in enumerate(children)
            if child.kind == GRADIENT and child.is_group and group.kind != GRADIENT
        }
        most = [HUB_DEGREE] * len(children)
        for index, child in enumerate(children):
            if index in gradients:
                most[index] = 2
            elif child.kind == CONTROL:
                most[index] = 1
        for source, target in links:
            if source in gradients and children[target].kind == UPDATE:
                most[target] = 2
        return most

    def _without_hubs(
        self, links: dict[tuple[int, int], list[int]], most: list[int]
    ) -> dict[tuple[int, int], list[int]]:
        """Take out the edges into a hub (but for those from another hub) and the edges of a node that feeds many.

        The forward pass stays: a model whose loss is a hub would look as if it led nowhere.
        """
        forward = self._forward(links)
        into = [0] * len(most)
        for _, target in links:
            into[target] += 1
        hub = [count > limit for count, limit in zip(into, most, strict=True)]
        out = [0] * len(most)
        for source, target in links:
            out[source] += not hub[target]
        kept = {}
        for (source, target), edges in links.items():
            if (source, target) in forward:
                kept[source, target] = edges
            elif hub[target] and not hub[source]:
                self.loose += [Loose(edge, "target") for edge in edges]
            elif out[source] > HUB_DEGREE and not hub[target]:
                self.loose += [Loose(edge, "source") for edge in edges]
            else:
                kept[source, target] = edges
        return kept

    def _forward(self, links: dict[tuple[int, int], list[int]]) -> set[tuple[int, int]]:
        """The links that carry the forward pass, less the side inputs of all layers (`training`, `keep_prob`): the
        edges of a placeholder that many use into what has another forward link."""
        fed: dict[tuple[int, int], bool] = {}
        users: Counter[int] = Counter()
        for (source, target), positions in links.items():
            leaves = [edge.source for edge in (self.picture.edges[at] for at in positions) if edge.forward]
            if leaves:
                fed[source, target] = all(self.picture.nodes[leaf].kind == PLACEHOLDER for leaf in leaves)
                users[source] += 1
        computed = {target for (_, target), is_fed in fed.items() if not is_fed}
        return {
            (source, target)
            for (source, target), is_fed in fed.items()
            if not (is_fed and users[source] > HUB_DEGREE and target in computed)
        }

    def _without_long_links(
        self, links: dict[tuple[int, int], list[int]], layers: Layers
    ) -> tuple[dict[tuple[int, int], list[int]], Layers]:
        """Take out lines that cross so many layers that nobody could follow them (and that cost many dummies)."""
        long = {position for position, chain in enumerate(layers.chains) if len(chain) > _LONGEST_SPAN}
        if not long:
            return links, layers
        dummies = {dummy for position in long for dummy in layers.chains[position][1:-1]}
        for position, edges in enumerate(links.values()):
            if position in long:
                self.loose += [Loose(edge, "") for edge in edges]
        blocks = [[[node for node in layer if node not in dummies] for layer in block] for block in layers.blocks]
        chains = [chain for position, chain in enumerate(layers.chains) if position not in long]
        kept = {pair: edges for position, (pair, edges) in enumerate(links.items()) if position not in long}
        return kept, Layers(blocks, layers.ported, chains)

    def _describe(self, links: dict[tuple[int, int], list[int]]) -> list[Link]:
        """The links as they are drawn. The shapes of all that leaves a node stand once, at its first link."""
        has_inputs = {target for _, target in links}
        result: list[Link] = []
        texts: dict[int, dict[str, None]] = defaultdict(dict)
        first: dict[int, Link] = {}
        for (source, target), positions in links.items():
            edges = [self.picture.edges[position] for position in positions]
            tensors = {edge.tensor: edge.text for edge in edges if not edge.control}
            link = Link(source, target, "", max(1, len(tensors)), not tensors, source not in has_inputs)
            result.append(link)
            texts[source].update(dict.fromkeys(tensors.values()))
            if tensors:
                first.setdefault(source, link)
        for source, link in first.items():
            shapes = list(texts[source])
            link.text = ", ".join(shapes) if len(shapes) <= _MOST_SHAPES else f"{len(shapes)} shapes"
        return result


def arrange(picture: Picture, containers: dict[int, Container], opened: set[int]) -> Arrangement:
    """The drawing with exactly the groups `opened` showing their inside."""
    return _Arranger(picture, containers, opened).run()


@dataclass
class _Inside:
    """An open group, measured: its own placement, the size of its box, and where its ports are."""

    container: Container
    placement: Placement
    widths: list[float]
    heights: list[float]
    entries: dict[int, float]
    exits: dict[int, float]
    width: float
    height: float


class _Arranger:
    """Measures open groups from the inside out, then places them from the outside in; one use."""

    def __init__(self, picture: Picture, containers: dict[int, Container], opened: set[int]) -> None:
        self.picture, self.containers, self.opened = picture, containers, opened
        self.insides: dict[int, _Inside] = {}
        self.result = Arrangement()

    def run(self) -> Arrangement:
        inside = self._measure(ROOT)
        self._draw(ROOT, 0.0, 0.0)
        self.result.width, self.result.height = inside.width, inside.height
        return self.result

    def face(self, number: int) -> Face:
        return face_of(self.picture.nodes[number])

    def _measure(self, group: int) -> _Inside:
        container = self.containers[group]
        layers = container.layers
        total = 1 + max((node for block in layers.blocks for layer in block for node in layer), default=-1)
        widths = [DUMMY_WIDTH] * total
        heights = [0.0] * len(widths)
        for index, member in enumerate(container.members):
            if member.role != NODE:
                continue
            if member.number in self.opened and self.picture.nodes[member.number].is_group:
                inside = self._measure(member.number)
                widths[index], heights[index] = inside.width, inside.height
            else:
                face = self.face(member.number)
                widths[index], heights[index] = face.width, face.height
        segments = self._segments(container)
        placement = place(layers.blocks, layers.ported, widths, heights, segments, layers.chains)
        margin = 0.0 if group == ROOT else PADDING
        title = 0.0 if group == ROOT else TITLE_HEIGHT
        least = 0.0 if group == ROOT else self.face(group).width
        width = max(placement.width + 2 * margin, least)
        # A narrow inside stands in the middle of its box.
        shift = (width - placement.width) / 2
        entries, exits = {}, {}
        for index, member in enumerate(container.members):
            if member.role == ENTRY:
                entries[member.number] = placement.x[index] + shift - width / 2
            elif member.role == EXIT:
                exits[member.number] = placement.x[index] + shift - width / 2
        height = placement.height + title + margin
        self.insides[group] = _Inside(container, placement, widths, heights, entries, exits, width, height)
        return self.insides[group]

    def _segments(self, container: Container) -> list[Segment]:
        """The pieces of all links; long and important ones pull harder, so that they become straight."""
        result = []
        count = len(container.members)
        for link, chain in zip(container.links, container.layers.chains, strict=True):
            last = len(chain) - 2
            for index in range(len(chain) - 1):
                above, below = chain[index], chain[index + 1]
                inner = (above >= count) + (below >= count)
                weight = 8.0 if inner == 2 else 2.0 if inner == 1 else 1.0
                if link.light:
                    weight *= 0.001
                result.append(
                    Segment(
                        above,
                        below,
                        weight,
                        self._exit(container, link) if index == 0 else 0.0,
                        self._entry(container, link) if index == last else 0.0,
                    )
                )
        return result

    def _exit(self, container: Container, link: Link) -> float:
        inside = self._opened_inside(container, link.source)
        return inside.exits[link.target] if inside else 0.0

    def _entry(self, container: Container, link: Link) -> float:
        inside = self._opened_inside(container, link.target)
        return inside.entries[link.source] if inside else 0.0

    def _opened_inside(self, container: Container, index: int) -> _Inside | None:
        member = container.members[index]
        return self.insides.get(member.number) if member.role == NODE else None

    def _draw(self, group: int, left: float, top: float) -> None:
        """Boxes and lines of an open group whose box has its corner at (left, top)."""
        inside = self.insides[group]
        content_x = left + (inside.width - inside.placement.width) / 2
        content_y = top + (0.0 if group == ROOT else TITLE_HEIGHT)
        bounds = []
        for node in range(len(inside.widths)):
            layer_top = content_y + inside.placement.tops[node]
            layer_bottom = layer_top + inside.placement.heights[node]
            member = inside.container.members[node] if node < len(inside.container.members) else None
            x = content_x + inside.placement.x[node]
            if member is None:
                bounds.append((x, layer_top, layer_bottom))
            elif member.role == ENTRY:
                bounds.append((x, top, layer_bottom))
            elif member.role == EXIT:
                bounds.append((x, layer_top, top + inside.height))
            else:
                node_top = layer_top + (inside.placement.heights[node] - inside.heights[node]) / 2
                bounds.append((x, node_top, node_top + inside.heights[node]))
                self._add_box(member.number, x - inside.widths[node] / 2, node_top, inside, node)
        self._add_lines(inside, bounds, content_y)
        for index, member in enumerate(inside.container.members):
            if member.role == NODE and member.number in self.insides:
                x, node_top, _ = bounds[index]
                self._draw(member.number, x - inside.widths[index] / 2, node_top)

    def _add_box(self, number: int, x: float, y: float, inside: _Inside, node: int) -> None:
        opened = number in self.insides
        self.result.boxes.append(Box(number, x, y, inside.widths[node], inside.heights[node], opened))

    def _add_lines(self, inside: _Inside, bounds: list[tuple[float, float, float]], content_y: float) -> None:
        container, placement = inside.container, inside.placement
        spread = self._spread(inside)
        for position, (link, chain) in enumerate(zip(container.links, container.layers.chains, strict=True)):
            stops = []
            for index, node in enumerate(chain):
                layer_top = content_y + placement.tops[node]
                layer_bottom = layer_top + placement.heights[node]
                x, node_top, node_bottom = bounds[node]
                if index == 0:
                    start = node_top if self._role(container, node) == ENTRY else node_bottom
                    stops.append((x + self._exit(container, link), start, layer_bottom))
                elif index == len(chain) - 1:
                    x += self._entry(container, link) + spread[position]
                    end = node_bottom if self._role(container, node) == EXIT else node_top
                    stops.append((x, layer_top, end))
                else:
                    stops.append((x, layer_top, layer_bottom))
            target, source = container.members[link.target], container.members[link.source]
            arrow = target.role == NODE and target.number not in self.insides
            text = link.text if source.role == NODE and source.number not in self.insides else ""
            self.result.lines.append(Line(container.group, position, stops, arrow, text, link.count, link.control))

    @staticmethod
    def _role(container: Container, index: int) -> str:
        return container.members[index].role

    def _spread(self, inside: _Inside) -> list[float]:
        """Where each line meets the top of a closed node: straight below where it comes from, arrow heads apart."""
        container, x = inside.container, inside.placement.x
        arriving: dict[int, list[int]] = defaultdict(list)
        for position, link in enumerate(container.links):
            target = container.members[link.target]
            if target.role == NODE and target.number not in self.insides:
                arriving[link.target].append(position)
        offsets = [0.0] * len(container.links)
        for target_index, positions in arriving.items():
            came_from = {position: self._last_x(inside, position) - x[target_index] for position in positions}
            positions.sort(key=lambda position: (came_from[position], position))
            room = max(inside.widths[target_index] / 2 - 12.0, 0.0)
            step = min(13.0, 2 * room / max(1, len(positions) - 1))
            for index, position in enumerate(positions):
                wanted = min(max(came_from[position], -room), room)
                least = offsets[positions[index - 1]] + step if index else -room
                # Those still to come need their place too.
                most = room - step * (len(positions) - 1 - index)
                offsets[position] = min(max(wanted, least), most)
        return offsets

    def _last_x(self, inside: _Inside, position: int) -> float:
        """The x from which a line enters its last gap."""
        chain, link = inside.container.layers.chains[position], inside.container.links[position]
        start = self._exit(inside.container, link) if len(chain) == 2 else 0.0
        return inside.placement.x[chain[-2]] + start
