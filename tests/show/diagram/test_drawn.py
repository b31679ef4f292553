"""What a diagram looks like: nothing lies over anything, every arrow ends at a box, and all fits the page."""

from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch

from labkit.show.architecture import Diagram
from labkit.show.diagram.nodes import Node, flow
from labkit.show.diagram.picture import Drawing
from labkit.show.diagram.placing import Placing
from labkit.show.diagram.plan import plan
from show.diagram.models import MODELS, dueling, gcn, gpt, residual, seq2seq, transformer, unet, vae

SIDES = {transformer: ("encoder", "decoder"), seq2seq: ("reader", "score.key")}
CASES = [(make, 1) for make in MODELS] + [(vae, 2), (dueling, 3), (gcn, 2), (residual, 2), (gpt, 4), (transformer, 4)]
DEEP = [make for make in MODELS if make is not unet]
PAGE = 12.5  # inches: on a page 960 pixels wide, the small type is 9 pixels high


def diagram(make, depth: int, **kwargs) -> Diagram:
    model, *inputs = make()
    return Diagram(model, *inputs, depth=depth, columns=SIDES.get(make), axes={"b": 2, "d": 8}, **kwargs)


def placed(shown: Diagram):
    drawing = Drawing(shown.axes, shown.title, shown.root)
    split = next((node for node in shown.root.nodes if shown.columns and node.name == shown.columns[0]), None)
    placing = Placing(drawing._letters)
    made = plan(shown.root, flow(shown.root), split=split)
    placing.place(made, 0.0, 0.0, placing.size(made)[0])
    return placing.scene


@pytest.mark.parametrize(("make", "depth"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_nothing_lies_over_anything(make, depth):
    shown = diagram(make, depth)
    figure = shown.figure()
    assert depth > 1 or figure.get_size_inches()[0] <= PAGE
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        (text.get_text(), text.get_window_extent(renderer)) for text in figure.axes[0].texts if text.get_text().strip()
    ]
    for text, box in boxes:
        assert figure.bbox.x0 <= box.x0, text
        assert box.x1 <= figure.bbox.x1, text
    for n, (text, box) in enumerate(boxes):
        for other, second in boxes[n + 1 :]:
            wide, tall = (
                min(box.x1, second.x1) - max(box.x0, second.x0),
                min(box.y1, second.y1) - max(box.y0, second.y0),
            )
            assert not (wide > 2 and tall > 3), f"{text} over {other}"
    scene = placed(shown)
    leaves = [(node, spot) for node, spot in scene.spots.items() if isinstance(node, Node) and not node.nodes]
    for n, (node, spot) in enumerate(leaves):
        for other, second in leaves[n + 1 :]:
            wide = min(spot.x + spot.width, second.x + second.width) - max(spot.x, second.x)
            assert wide <= 0.01 or min(spot.end, second.end) - max(spot.y, second.y) <= 0.01, (node, other)


def reached(scene, source: Node) -> set:
    """All that lines lead to from a node, through the ports of the containers that they enter and leave."""
    found, todo = set(), [source]
    while todo:
        item = todo.pop()
        if item in found:
            continue
        found.add(item)
        spot = scene.spots[item]
        begins = [line for line in scene.lines if touches(line.points[0], spot)]
        tips = [line.points[-1] for line in begins]
        todo += [other for other, place in scene.spots.items() if any(touches(tip, place) for tip in tips)]
        if isinstance(item, Node):
            todo += [item.parent] if item.parent in scene.spots else []
            todo += [
                port
                for port, place in scene.spots.items()
                if not isinstance(port, Node) and touches((place.x, place.y), spot)
            ]
    return found


def touches(point: tuple[float, float], spot) -> bool:
    x, y = point
    return spot.x - 0.02 <= x <= spot.x + spot.width + 0.02 and spot.y - 0.02 <= y <= spot.end + 0.02


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_lines_lead_from_every_source_to_its_reader_and_to_no_stranger(make):
    """At depth 1 there is one line for each arrow of the flow, from box to box."""
    shown = diagram(make, 1)
    scene = placed(shown)
    leaves = list(shown.root.leaves())
    if any(node.parent is not shown.root for node in leaves):
        pytest.skip("a group has ports")
    drawn = set()
    for line in scene.lines:
        source = [node for node in leaves if touches(line.points[0], scene.spots[node])]
        target = [node for node in leaves if touches(line.points[-1], scene.spots[node])]
        assert len(source) == len(target) == 1, line
        drawn.add((source[0], target[0]))
    assert drawn == {(source, leaf) for source, leaf, _ in flow(shown.root)}


@pytest.mark.parametrize("make", DEEP, ids=lambda make: make.__name__)
def test_lines_lead_through_ports_too(make):
    shown = diagram(make, 4)
    scene = placed(shown)
    for source, leaf, _ in flow(shown.root):
        assert leaf in reached(scene, source), (source.name or source.kind, leaf.name or leaf.kind)


def test_bridges_are_lanes_one_in_another_and_the_step_stands_on_the_left():
    scene = placed(diagram(unet, 1))
    lanes = [line for line in scene.lines if line.lane]
    outermost = sorted((max(x for x, _ in line.points), line.points[0][1], line.points[-1][1]) for line in lanes)
    assert len(outermost) == 4
    for (_, begin, end), (_, earlier, later) in pairwise(outermost):
        assert earlier < begin < end < later, "the longer bridge is outside of the shorter"
    spots = {node.name: spot for node, spot in scene.spots.items() if isinstance(node, Node)}
    assert spots["embed"].x + spots["embed"].width < spots["down.0"].x
    assert abs(spots["enter"].middle - spots["leave"].middle) < 0.01


def test_streams_stand_side_by_side():
    spots = {node.name: spot for node, spot in placed(diagram(dueling, 1)).spots.items() if isinstance(node, Node)}
    value, advantage = spots["value"], spots["advantage"]
    assert value.y == advantage.y
    assert value.x + value.width < advantage.x


def test_a_long_title_is_broken_and_meets_nothing():
    title = "The discriminator of this hour, which is the way back, with strides in place of pooling and a slope of 0.2"
    figure = diagram(gpt, 1, title=title).figure()
    figure.canvas.draw()
    lines = [text for text in figure.axes[0].texts if text.get_fontsize() == 12 and text.get_weight() == "bold"]
    assert " ".join(text.get_text() for text in lines) == title
    assert len(lines) > 1
    below = next(text for text in figure.axes[0].texts if text.get_text().endswith(" parameters")).get_window_extent()
    for text in lines:
        assert text.get_window_extent().x1 < figure.bbox.x1 - 10
        assert text.get_window_extent().y0 >= below.y1 - 1


def test_tied_weights_are_counted_once_and_named():
    texts = [text.get_text() for text in diagram(gpt, 1).figure().axes[0].texts]
    assert "weights of table" in texts
    assert any(text.startswith("GPTBlock") and text.endswith("× 3") for text in texts)
    assert sum(isinstance(patch, FancyBboxPatch) for patch in diagram(gpt, 1).figure().axes[0].patches) == 5
