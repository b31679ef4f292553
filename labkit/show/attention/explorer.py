"""See where every token looks, in every head: the attention explorer.

Axes: layers, heads, queries (the tokens that look), keys (the tokens that are looked at).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Bool, Float
from matplotlib.figure import Figure

from labkit.show.attention.entropy import entropy, mean_entropy
from labkit.show.attention.picture import overview
from labkit.show.kit.arrays import to_numpy
from labkit.show.kit.explorer import Explorer, sources
from labkit.show.kit.packing import BYTES, choose_encoding, pack
from labkit.show.kit.traits import choice, index

GOALS = {
    "back": "Find a head that looks back one token: on average at least half of its weight lies on the token before.",
    "even": "Find the head that spreads its attention most evenly.",
}


@dataclass
class AttentionPanel:
    """One kind of attention: weights (layers, heads, queries, keys), the tokens on both sides, and who may see whom.

    `mask` is True where a query may look at a key, and broadcasts to (queries, keys). A query that may look nowhere has
    a row of zeros. Raises ValueError if shapes and tokens disagree, a row is no distribution, or a weight is forbidden.
    """

    weights: Any
    queries: Sequence[str]
    keys: Sequence[str]
    mask: Any = None

    def __post_init__(self):
        self.weights = to_numpy(self.weights).astype(np.float32)
        self.queries, self.keys = [str(token) for token in self.queries], [str(token) for token in self.keys]
        if self.weights.ndim != 4 or 0 in self.weights.shape:
            raise ValueError(
                f"weights must be (layers, heads, queries, keys), but have shape {self.weights.shape}; "
                "for one layer's weights (heads, queries, keys) pass weights[None]"
            )
        expected = (len(self.queries), len(self.keys))
        if self.weights.shape[2:] != expected:
            raise ValueError(f"{expected[0]} query and {expected[1]} key tokens, but weights {self.weights.shape}")
        self._check_rows()
        if self.mask is not None:
            self.mask = self._checked_mask(to_numpy(self.mask))

    def _check_rows(self) -> None:
        if np.isnan(self.weights).any():
            raise ValueError("weights contain NaN: a query with every key masked? Give such a row zeros")
        sums = self.weights.sum(-1)
        good = (np.abs(sums - 1) < 1e-2) | (sums == 0)
        if self.weights.min() < 0 or not good.all():
            layer, head, query = np.argwhere(~good)[0] if not good.all() else np.argwhere(self.weights < 0)[0][:3]
            raise ValueError(
                f"weights of layer {layer}, head {head}, query {query} are no distribution: least "
                f"{self.weights[layer, head, query].min():.3g}, sum {sums[layer, head, query]:.3g}. Pass them after "
                "the softmax, without dropout (model.eval())"
            )

    def _checked_mask(self, mask: np.ndarray) -> Bool[np.ndarray, "queries keys"]:
        if mask.dtype != bool:
            raise ValueError(f"the mask must be bool, True where a query may look, but is {mask.dtype}")
        while mask.ndim > 2 and mask.shape[0] == 1:
            mask = mask[0]
        try:
            mask = np.broadcast_to(mask, self.weights.shape[2:])
        except ValueError:
            raise ValueError(f"mask {mask.shape} does not broadcast to {self.weights.shape[2:]}") from None
        if self.weights[:, :, ~mask].max(initial=0) > 1e-3:
            raise ValueError("weight on forbidden cells: the mask must be True where a query may look. Is it inverted?")
        return mask


class AttentionExplorer(Explorer):
    """An interactive picture of attention: choose panel, layer and head, point at a token, see where it looks.

    `panels` maps a name ("encoder self-attention") to an `AttentionPanel`; one panel is enough. `panel`, `layer`,
    `head`, `token` (a query's index), `locked` and `show_mask` can be read and set from Python at any time.
    """

    _esm, _css = sources("attention")

    panels = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, queries, keys, shape, masked
    weights = traitlets.Bytes().tag(sync=True)  # all panels one after the other
    encoding = traitlets.Enum(list(BYTES)).tag(sync=True)
    masks = traitlets.Bytes().tag(sync=True)  # one byte per cell of each panel that has a mask
    panel = choice("data")
    layer = index(lambda self: self.shown.weights.shape[0], follows="panel")
    head = index(lambda self: self.shown.weights.shape[1], follows="panel")
    token = index(lambda self: self.shown.weights.shape[2], follows="panel")
    locked = traitlets.Bool(False).tag(sync=True)
    show_mask = traitlets.Bool(True).tag(sync=True)
    aim = traitlets.Unicode().tag(sync=True)  # which goal it is: "back", "even" or none

    def __init__(
        self,
        panels: Mapping[str, AttentionPanel],
        panel: str | None = None,
        layer: int = 0,
        head: int = 0,
        token: int = 0,
        locked: bool = False,
    ):
        if not panels:
            raise ValueError("no panels: pass {'self-attention': AttentionPanel(weights, queries, keys)}")
        self.data = dict(panels)
        encoding = choose_encoding(sum(panel.weights.size for panel in panels.values()))
        masks = [panel.mask for panel in panels.values() if panel.mask is not None]
        super().__init__(
            panels=[_meta(name, panel) for name, panel in panels.items()],
            weights=b"".join(pack(panel.weights, encoding) for panel in panels.values()),
            encoding=encoding,
            masks=b"".join(mask.astype(np.uint8).tobytes() for mask in masks),
            panel=next(iter(panels)) if panel is None else panel,
        )
        self.layer, self.head, self.token, self.locked = layer, head, token, locked
        self.aim = aim_of(self.data, self.shown, layer, head)
        self.goal = GOALS.get(self.aim, "")

    @property
    def shown(self) -> AttentionPanel:
        """The panel that is chosen now."""
        return self.data[self.panel]

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        panel, row = self.shown, self.shown.weights[self.layer, self.head, self.token]
        top = [f"“{panel.keys[j]}” {row[j]:.0%}" for j in np.argsort(-row, kind="stable")[:3] if row[j] > 0]
        where = f"looks at {', '.join(top)}" if top else "may look nowhere"
        return (
            f"Attention explorer, {self.panel}, layer {self.layer}, head {self.head} of "
            f"{panel.weights.shape[0]} × {panel.weights.shape[1]}: “{panel.queries[self.token]}” {where} "
            f"(entropy {entropy(row):.2f} bits)."
        )

    def picture(self) -> Figure:
        """Draw all heads as small pictures beside the one that is chosen."""
        title = f"{self.panel}: layer {self.layer}, head {self.head}"
        shown = self.shown
        return overview(shown.weights, shown.queries, shown.keys, shown.mask, (self.layer, self.head), title)


def aim_of(panels: Mapping[str, AttentionPanel], shown: AttentionPanel, layer: int, head: int) -> str:
    """Which goal these panels allow, if a layer's head is shown first: "back", else "even", else none."""
    backs = [back >= 0.5 for panel in panels.values() if (back := looking_back(panel)) is not None]
    here = looking_back(shown)
    if any(back.any() for back in backs) and (here is None or here[layer, head] < 0.5):
        return "back"
    return "even" if entropies(shown)[layer, head] < entropies(shown).max() - 1e-3 else ""


def looking_back(panel: AttentionPanel) -> Float[np.ndarray, "layers heads"] | None:
    """Each head's mean weight on the token before; None where queries are other tokens than keys."""
    if len(panel.queries) != len(panel.keys) or len(panel.keys) < 2:
        return None
    return np.diagonal(panel.weights, -1, 2, 3).mean(-1)


def entropies(panel: AttentionPanel) -> Float[np.ndarray, "layers heads"]:
    """Each head's mean entropy in bits."""
    return mean_entropy(panel.weights)


def _meta(name: str, panel: AttentionPanel) -> dict:
    return {
        "name": name,
        "queries": list(panel.queries),
        "keys": list(panel.keys),
        "shape": list(panel.weights.shape),
        "masked": panel.mask is not None,
    }
