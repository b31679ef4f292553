"""In which row and column each part of a container stands, and which of its arrows need a lane.

A part reads from rows above it. An arrow goes straight down, or down and across where nothing stands in the way; else
it takes a lane beside the columns. What enters a container comes in by its port `top`, what leaves goes by `bottom`.
"""

from collections import defaultdict
from collections.abc import Iterable

from labkit.show.diagram.grid import BUS, Flow, Item, Lane, Plan, Port, columns, rows
from labkit.show.diagram.nodes import Node, child_of


def plan(node: Node, flows: Iterable[Flow], entering: Iterable[Flow] = (), split: Node | None = None) -> Plan:
    """Lay out a container. `entering` comes in by its port; with `split`, what follows it stands on its right."""
    inner, leaving, entering = [], [], list(entering)
    for source, target, shape in flows:
        a, b = child_of(node, source), child_of(node, target)
        if a is not None and b is not None and a is not b:
            inner.append((a, b, (source, target, shape)))
        elif a is not None and b is None:
            leaving.append((source, target, shape))
    top, bottom = (Port("top"), Port("bottom")) if node.parent is not None else (None, None)
    made = Plan(node, top, bottom)
    links = [(top, child_of(node, flow[1]), flow) for flow in entering] + inner
    links += [(child_of(node, flow[0]), bottom, flow) for flow in leaving]
    made.second = second = _second(node, links, split)
    rows(made, [(a, b) for a, b, _ in links if (a in second) == (b in second)])
    columns(made, links, second)
    _route(made, links, list(flows), second)
    return made


def _second(node: Node, links: list, split: Node | None) -> list[Node]:
    """What follows `split`, with the inputs that only they read."""
    if split is None:
        return []
    after = node.nodes[node.nodes.index(split) + 1 :]
    readers = {item: [b for a, b, _ in links if a is item] for item in node.nodes if item.role == "input"}
    return [item for item, found in readers.items() if found and all(b in after for b in found)] + after


def _route(made: Plan, links: list, flows: list[Flow], second: list[Node]) -> None:
    """Give each link an arrow or a lane, and lay out the containers inside with what enters them from above."""
    entries: dict[Node, list[Flow]] = defaultdict(list)
    lanes: dict[Item, Lane] = {}
    by_target = defaultdict(list)
    for a, b, flow in links:
        by_target[b].append((a, flow))
    for b, found in by_target.items():
        deep = isinstance(b, Node) and bool(b.nodes)
        same = [a for a, _ in found if (a in second) == (b in second)]
        straight = [a for a in dict.fromkeys(same) if made.direct(a, b)]
        main = max(straight, key=lambda a: (made.column[a] == made.column[b], made.row[a]), default=None)
        if main is None and deep and same:
            main = max(same, key=lambda a: made.row[a])
        for a, flow in found:
            if deep and a is main:
                entries[b].append(flow)
            target = flow[1] if deep and a is not main else b
            if a in straight and (not deep or a is main):
                if (a, b) not in [(x, y) for x, y, _ in made.arrows]:
                    made.arrows.append((a, b, flow[2]))
            else:
                lane = lanes.setdefault(a, Lane(a))
                if target not in [known for known, _ in lane.targets]:
                    lane.targets.append((target, flow[2]))
    made.lanes = list(lanes.values())
    _sides(made, second)
    for node in made.node.nodes:
        if node.nodes:
            made.inside[node] = plan(node, flows, entries[node])


def _sides(made: Plan, second: list[Node]) -> None:
    for lane in made.lanes:
        if second and lane.source not in second:
            across = any(_within(target, second) for target, _ in lane.targets)
            lane.side = "middle" if across else "left"
        elif not second and len(lane.targets) >= BUS:
            lane.side = "left"
    for side in ("left", "middle", "right"):
        chosen = [lane for lane in made.lanes if lane.side == side]
        spans = {lane: _span(made, lane) for lane in chosen}
        for lane in sorted(chosen, key=lambda lane: spans[lane][1] - spans[lane][0]):
            low, high = spans[lane]
            others = [o for o in chosen if o is not lane and getattr(o, "set", False)]
            used = {o.place for o in others if spans[o][0] <= high and low <= spans[o][1]}
            lane.place = next(n for n in range(len(chosen) + 1) if n not in used)
            lane.set = True


def _within(target: Item, nodes: list[Node]) -> bool:
    return isinstance(target, Node) and any(above in nodes for above in target.above())


def _span(made: Plan, lane: Lane) -> tuple[int, int]:
    rows = [made.row[lane.source]]
    for target, _ in lane.targets:
        here = target if target in made.row else child_of(made.node, target)
        rows.append(made.row[here])
    return min(rows), max(rows)
