"""Diagrams: what is recorded, what is left alone, and what is drawn."""

import base64
import io

import pytest
import torch
from PIL import Image
from torch import nn

from labkit.show.architecture import Diagram

AXES = {"b": 2, "t": 5, "s": 7, "d": 16}


class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)

    def forward(self, x):
        self.first(x)
        raise RuntimeError("no")


class Shared(nn.Module):
    """One layer called twice, and one that is never called."""

    def __init__(self):
        super().__init__()
        self.layer, self.unused, self.drop = nn.Linear(3, 3), nn.Linear(9, 9), nn.Dropout(0.5)

    def forward(self, x):
        return {"out": self.drop(self.layer(self.layer(x).relu())), "rest": (x,)}


def translator() -> nn.Transformer:
    return nn.Transformer(16, 2, 3, 3, 32, dropout=0.5, batch_first=True)


def diagram(depth: int = 3) -> Diagram:
    inputs = torch.zeros(2, 7, 16), torch.zeros(2, 5, 16)
    return Diagram(translator(), *inputs, depth=depth, axes=AXES, columns=("encoder", "decoder"))


def hooks(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def test_calls_in_order_with_shapes_and_parameters():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 10))
    table = Diagram(model, torch.zeros(2, 1, 8, 8), axes={"b": 2}).table()
    assert [row[1:] for row in table[1:]] == [
        ("Conv2d", "b 4 6 6 = 2×4×6×6", "40"),
        ("ReLU", "b 4 6 6 = 2×4×6×6", "0"),
        ("Flatten", "b 144 = 2×144", "0"),
        ("Linear", "b 10 = 2×10", "1,450"),
        ("Sequential", "b 10 = 2×10", "1,490"),
    ]


def test_equal_blocks_are_drawn_once():
    calls = diagram().root.calls
    encoder, norm = calls[0].calls
    assert (encoder.repeats, norm.repeats) == (3, 1)
    assert [call.kind for call in encoder.calls] == ["MultiheadAttention", "LayerNorm", "Linear", "Linear", "LayerNorm"]
    assert diagram(depth=1).root.calls[0].calls == []
    assert "layers.0 × 3" in diagram().describe()


def test_parts_with_other_names_are_not_made_one():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.query, self.key = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return self.key(self.query(x))

    assert [call.name for call in Diagram(Two(), torch.zeros(1, 4)).root.calls] == ["query", "key"]


def test_parts_that_differ_only_below_what_is_drawn_are_not_made_one():
    class Wrap(nn.Module):
        def forward(self, x, layer):
            return layer(x)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.wraps = nn.ModuleList([Wrap(), Wrap()])
            self.query, self.key = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return self.wraps[1](self.wraps[0](x, self.query), self.key)

    root = Diagram(Two(), torch.zeros(1, 4), depth=1).root
    assert [(call.name, call.calls) for call in root.calls] == [("wraps.0", []), ("wraps.1", [])]


def test_any_output_and_modules_called_twice_or_never():
    root = Diagram(Shared(), torch.zeros(2, 3)).root
    assert [(call.name, call.repeats, call.tied) for call in root.calls] == [("layer", 1, ""), ("layer", 1, "layer")]
    assert root.parameters == 12 + 90
    assert root.shapes == [(2, 3), (2, 3)]


def test_a_wrapper_counts_what_it_calls():
    """A residual that is handed its sublayer does not own it, but draws it inside."""

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(4)

        def forward(self, x, sublayer):
            return x + sublayer(self.norm(x))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.residual, self.layer = Residual(), nn.Linear(4, 4)

        def forward(self, x):
            return self.residual(x, self.layer)

    (residual,) = Diagram(Block(), torch.zeros(1, 4)).root.calls
    assert [call.name for call in residual.calls] == ["residual.norm", "layer"]
    assert residual.parameters == 8 + 20


def test_the_model_is_as_before():
    model = translator().train()
    model.encoder.eval()
    modes = [module.training for module in model.modules()]
    before, state = torch.get_rng_state(), {name: value.clone() for name, value in model.state_dict().items()}
    Diagram(model, torch.zeros(2, 7, 16), torch.zeros(2, 5, 16))
    assert [module.training for module in model.modules()] == modes
    assert hooks(model) == 0
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_a_model_that_raises_is_as_before_too():
    model = Failing().train()
    with pytest.raises(RuntimeError, match="no"):
        Diagram(model, torch.zeros(1, 2))
    assert hooks(model) == 0
    assert model.training
    assert model.first.training


def test_a_model_that_samples_leaves_the_random_numbers_alone():
    class Noise(nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x)

    before = torch.get_rng_state()
    Diagram(Noise(), torch.zeros(2))
    assert torch.equal(torch.get_rng_state(), before)


def test_no_such_column_is_an_error():
    with pytest.raises(ValueError, match=r"columns \['reader'\].*'encoder', 'decoder'"):
        Diagram(translator(), torch.zeros(2, 7, 16), torch.zeros(2, 5, 16), columns=("reader", "decoder"))


def test_the_picture_holds_everything_and_no_text_overlaps():
    figure = diagram().figure()
    figure.canvas.draw()
    whole = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.axes[0].texts if text.get_text().strip()]
    for text, box in boxes:
        assert whole.x0 <= box.x0, text
        assert box.x1 <= whole.x1, text
    for n, (text, box) in enumerate(boxes):
        for other, second in boxes[n + 1 :]:
            wide = min(box.x1, second.x1) - max(box.x0, second.x0)
            tall = min(box.y1, second.y1) - max(box.y0, second.y0)
            assert not (wide > 2 and tall > 3), f"{text} over {other}"


def test_the_picture_and_the_table_are_the_output():
    data, _ = diagram()._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"].startswith("Transformer\nname")
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 800
