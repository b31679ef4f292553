"""Every explorer, with what the tests that all of them have to pass need to know of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.show.attention.explorer import AttentionExplorer, entropies, looking_back
from labkit.show.gates.data import GradientDial
from labkit.show.gates.explorer import GateExplorer
from labkit.show.kit.explorer import Explorer
from labkit.show.landscape.explorer import LandscapeExplorer
from labkit.show.players.data import score_at
from show.agent import examples as agent
from show.attention import examples as attention
from show.denoising import examples as denoising
from show.features import examples as features
from show.gates import examples as gates
from show.landscape.page import surfaces
from show.latent import examples as latent
from show.messages import examples as messages
from show.next_token import examples as next_token
from show.players import examples as players


@dataclass(frozen=True)
class Entry:
    """`make` builds it, `solve` finds traits that reach its goal, `late` is a trait of bytes that may come late."""

    make: Callable[[], Explorer]
    late: str
    solve: Callable[[Any], dict[str, Any]]


def _keeping() -> GateExplorer:
    norms = {"net": [[1, 0.1, 0.01], [1, 0.9, 0.5], [1, 10, 100]]}
    return GateExplorer(gates.traces(), dials={"scale": GradientDial([1, 2, 3], norms)})


def _largest(made: Any) -> dict[str, int]:
    last = len(made.found) - 1
    where = np.unravel_index(made.found[last].argmax(), made.found[last].shape)
    return {"layer": last, **{name: int(at) for name, at in zip(("channel", "row", "column"), where, strict=True)}}


def _aimed(made: Any) -> dict[str, Any]:
    """The first head that looks back one token, or else the most even one."""
    if made.aim == "even":
        layer, head = np.unravel_index(entropies(made.shown).argmax(), entropies(made.shown).shape)
        return {"layer": int(layer), "head": int(head)}
    for name, panel in made.data.items():
        back = looking_back(panel)
        if back is not None and (back >= 0.5).any():
            layer, head = np.argwhere(back >= 0.5)[0]
            return {"panel": name, "layer": int(layer), "head": int(head)}
    raise AssertionError("the example has no such head")


def _mixed(made: Any) -> dict[str, Any]:
    cells = made._plane(0, 31)[made._mixed(0)]
    return {"point": [cells[0].tolist(), *made.point[1:]]}


def _corrected(made: Any) -> dict[str, int]:
    said = made.shown.probabilities.argmax(axis=-1)
    node = np.flatnonzero((said[0] != made.truth) & (said[-1] == made.truth))[0]
    return {"node": int(node), "round": len(said) - 1}


def _fooling(made: Any) -> dict[str, int]:
    game = made.data[made.game]
    for moment, (field, points) in enumerate(zip(game.fields, game.samples, strict=True)):
        found = np.flatnonzero(score_at(field, points, made.reach) > np.log(9) + 0.1)
        if len(found):
            return {"moment": moment, "sample": int(found[0])}
    raise AssertionError("the example has no such sample")


def _near_the_end(made: Any) -> dict[str, int]:
    film = made.parts["film"]
    off = np.abs(np.clip(film.guesses, -1, 1) - np.clip(film.noisy[-1], -1, 1)).mean(axis=(1, 2, 3)) / 2
    return {"frame": int(np.flatnonzero(off <= 0.1)[0])}


def _leaning(made: Any) -> dict[str, Any]:
    return {"view": "trained", "step": int(np.abs(made.data["trained"].obs[:, 2]).argmax())}


EXPLORERS = {
    "agent": Entry(agent.explorer, "numbers", _leaning),
    "attention": Entry(lambda: AttentionExplorer(attention.translation()), "weights", _aimed),
    "denoising": Entry(denoising.example, "shots", _near_the_end),
    "features": Entry(features.explorer, "maps", _largest),
    "gates": Entry(_keeping, "signals", lambda made: {"setting": 1}),
    "landscape": Entry(lambda: LandscapeExplorer(surfaces()), "values", lambda made: {"rate": 10.0}),
    "latent": Entry(latent.explorer, "codes", _mixed),
    "messages": Entry(messages.explorer, "numbers", _corrected),
    "next_token": Entry(next_token.explorer, "logits", lambda made: {"temperature": 1.0, "k": 2, "p": 1.0}),
    "players": Entry(players.explorer, "fields", _fooling),
}


def _set(made: Any, **traits: Any) -> Any:
    for name, value in traits.items():
        setattr(made, name, value)
    return made


# What is looked at beside the explorers as they open: other views, more data, two side by side.
LOOKS = {name: entry.make for name, entry in EXPLORERS.items()} | {
    "agent-episode": lambda: _set(agent.explorer(), view="trained", step=40),
    "attention-large": lambda: AttentionExplorer(attention.large()),
    "attention-cross": lambda: AttentionExplorer(attention.translation(), panel="cross-attention"),
    "denoising-field": lambda: _set(denoising.example(), view="field"),
    "denoising-guidance": lambda: _set(denoising.example(), view="guidance"),
    "features-deep": lambda: features.explorer(unit=(2, 3, 4, 4)),
    "gates-two": lambda: gates.example(beside="GRU"),
    "latent-two": lambda: latent.explorer(spaces=2),
    "latent-six": lambda: latent.explorer(latent=6),
    "messages-large": messages.large,
    "players-beside": lambda: players.explorer(beside=True),
}
