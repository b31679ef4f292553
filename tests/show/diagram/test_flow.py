"""What flows from part to part: the arrows that a diagram has for models of every kind."""

from collections import Counter
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.show.architecture import Diagram
from labkit.show.diagram.nodes import Node, flow
from show.diagram.models import dueling, gcn, gpt, residual, sampling, seq2seq, transformer, unet, vae


def arrows(made: tuple, depth: int = 1) -> set[str]:
    """All arrows by name; of operations that share a name, the later ones are numbered."""
    root = Diagram(made[0], *made[1:], depth=depth).root
    seen: Counter = Counter()
    names: dict[Node, str] = {}
    for leaf in root.leaves():
        name = leaf.name or leaf.kind
        seen[name] += 1
        names[leaf] = name if seen[name] == 1 else f"{name} {seen[name]}"
    found = [f"{names[source]} > {names[leaf]}" for source, leaf, _ in flow(root)]
    assert len(found) == len(set(found))
    return set(found)


def chain(text: str) -> set[str]:
    """The arrows of a chain written as "a > b > c"."""
    parts = text.split(" > ")
    return {f"{a} > {b}" for a, b in pairwise(parts)}


def test_a_unet_has_its_bridges_and_the_step_in_every_stage():
    stages = ["down.0", "down.1", "middle.0", "middle.1", "up.0", "up.1", "up.2", "up.3"]
    path = "x > enter > down.0 > halves.0 > down.1 > middle.0 > middle.1 > concat > up.0 > concat 2 > up.1 > doubles.0"
    path += " > concat 3 > up.2 > concat 4 > up.3 > norm > SiLU 2 > leave > output"
    bridges = {"down.1 > concat", "halves.0 > concat 2", "down.0 > concat 3", "enter > concat 4"}
    step = {"t > embed", "labels > embed", "embed > SiLU", *(f"SiLU > {stage}" for stage in stages)}
    assert arrows(unet()) == chain(path) | bridges | step


def test_dueling_streams_part_and_meet():
    expected = chain("obs > trunk > value > + > − > output") | chain("trunk > advantage > mean > −") | {"advantage > +"}
    assert arrows(dueling()) == expected


def test_a_vae_splits_what_its_encoder_says():
    assert arrows(vae()) == chain("x > encoder > split > decoder > sigmoid > output")
    expected = chain("x > encoder > split > exp > × > + > decoder > output") | {"noise > ×", "split > +"}
    assert arrows(sampling()) == expected
    split = next(node for node in Diagram(*sampling()).root.nodes if node.kind == "split")
    assert split.shapes == [(5, 3), (5, 3)]


def test_messages_go_along_edges_in_every_layer():
    along, again = "head sum along edges", "head sum along edges 2"
    path = f"x > convs.0.linear > {along} > ReLU > convs.1.linear > {again} > output"
    assert arrows(gcn(), 2) == chain(path) | {f"edges > {along}", f"edges > {again}"}


def test_a_residual_block_adds_what_went_round_it():
    path = "x > conv1 > norm1 > ReLU > conv2 > norm2 > + > ReLU 2 > output"
    assert arrows(residual()) == chain(path) | {"x > shortcut", "shortcut > +"}


def test_a_gpt_has_three_blocks_drawn_once_and_one_table():
    block = "blocks.0"
    path = f"tokens > table > positions > {block}.residuals.0.norm > {block}.attention > +"
    path += f" > {block}.residuals.1.norm > {block}.feed_forward > + 2 > norm > out > output"
    assert arrows(gpt(), 3) == chain(path) | {"positions > +", "+ > + 2"}
    root = Diagram(*gpt(), depth=1).root
    assert [(call.name, call.repeats, call.tied) for call in root.calls][2:] == [
        ("blocks.0", 3, ""),
        ("norm", 1, ""),
        ("out", 1, "table"),
    ]
    assert root.parameters == sum(parameter.numel() for parameter in gpt()[0].parameters())


def test_the_decoder_reads_the_encoder_in_cross_attention_only():
    found = arrows(transformer(), 4)
    assert {arrow for arrow in found if arrow.startswith("encoder.norm >")} == {
        "encoder.norm > decoder.blocks.0.cross_attention"
    }
    assert {"+ 3 > decoder.blocks.0.residuals.1.norm", "+ 3 > + 4", "decoder.blocks.0.cross_attention > + 4"} <= found


def test_a_writer_that_looks_back_is_one_step_repeated():
    expected = chain("source > reader > bridge > tanh > score > softmax > matmul > concat > writer > stack > concat 3")
    expected |= chain("target > table > split > concat") | chain(
        "matmul > concat 2 > concat 3 > mix > tanh 2 > out > output"
    )
    expected |= {"reader > score.key", "score.key > score", "reader > matmul", "tanh > writer", "table > concat 3"}
    assert arrows(seq2seq()) == expected
    (group,) = (node for node in Diagram(*seq2seq(), depth=1).root.nodes if node.role == "group")
    assert group.repeats == 4


class Two(nn.Module):
    """Two parts with room for what is done between them."""

    def __init__(self, between):
        super().__init__()
        self.first, self.second, self.between = nn.Linear(4, 4), nn.Linear(4, 4), between
        self.table = nn.Parameter(torch.zeros(3, 4))

    def forward(self, x):
        return self.between(self, x, self.first(x))


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        (lambda m, x, y: m.second(y.view(4, 3).t().reshape(3, 4) * 2 + 1), "x > first > second > output"),
        (lambda m, x, y: m.second(x) * y, "first > × > output|x > second > ×|x > first"),
        (lambda m, x, y: x.add_(y), "x > first > + > output|x > +"),
        (lambda m, x, y: m.second(y + m.table), "x > first > table > second > output"),
        (lambda m, x, y: m.second(y[:, :2].repeat(1, 2)), "x > first > part > second > output"),
        (lambda m, x, y: m.second(F.dropout(y)), "x > first > second > output"),
        (lambda m, x, y: m.second(y * (y > 0)), "x > first > second > output"),
        (lambda m, x, y: (y, m.second(y)), "x > first > output|first > second > output"),
        (lambda m, x, y: m.second(y + torch.rand(3, 4)), "x > first > + > second > output|noise > +"),
        (lambda m, x, y: (y.mean(0), m.second(y))[1], "x > first > second > output"),
    ],
    ids=["views", "product", "in place", "parameter", "part", "dropout", "mask", "two", "noise", "unused"],
)
def test_what_stands_between(between, expected):
    found = arrows((Two(between), torch.zeros(3, 4)))
    assert found == set().union(*map(chain, expected.split("|")))


def test_alike_neighbors_with_readers_of_their_own_are_not_made_one():
    class Collecting(nn.Module):
        def __init__(self, dense: bool):
            super().__init__()
            self.dense, self.layers = dense, nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

        def forward(self, x):
            states = [x]
            for layer in self.layers:
                states.append(layer(states[-1]))
            return torch.cat(states) if self.dense else torch.cat([states[1], states[-1]])

    every = Diagram(Collecting(True), torch.zeros(2, 4)).root.calls
    assert [call.repeats for call in every] == [3], "the concatenation reads all three alike"
    first = Diagram(Collecting(False), torch.zeros(2, 4)).root.calls
    assert [call.repeats for call in first] == [1, 2], "the second is read by the third only"


def test_a_function_with_its_own_backward_pass_is_seen_and_left_alone():
    before = torch.autograd.Function.__dict__["apply"]
    assert "edges > head sum along edges" in arrows(gcn(), 2)
    assert torch.autograd.Function.__dict__["apply"] is before
