"""The player explorer: a generator and its discriminator on the plane, at every recorded moment of their game.

Axes: t moments, n samples, m real samples, g places on a side.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from labkit.show.kit.arrays import to_numpy
from labkit.show.kit.explorer import Explorer, sources
from labkit.show.players.data import Game, as_bytes, as_shorts, score_at
from labkit.show.players.picture import overview

BUDGET = 440_000  # bytes of numbers; the rest of the 500 kB is for the code
FAR = 2.0  # samples are kept up to twice as far out as the square reaches
GOAL = "Find a generated sample that the discriminator takes for real with 90 % or more."


class PlayerExplorer(Explorer):
    """Real and generated samples, the discriminator's field, and where its gradient sends each sample, played back.

    `games` maps a name to a `Game`; all have as many moments and samples. `real` are samples of the data (m, 2); the
    square is seen from -reach to reach. `game`, `moment`, `sample` (-1: none), `beside` (all games side by side) and
    `arrows` can be read and set from Python at any time.
    """

    _esm, _css = sources("players")

    games = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, verdicts, curves
    moments = traitlets.Int().tag(sync=True)
    samples = traitlets.Int().tag(sync=True)
    side = traitlets.Int().tag(sync=True)
    reach = traitlets.Float().tag(sync=True)
    far = traitlets.Float(FAR).tag(sync=True)
    places = traitlets.Bytes().tag(sync=True)  # int16: the real samples; then each game's samples and directions
    fields = traitlets.Bytes().tag(sync=True)  # uint8: each game's
    numbers = traitlets.Bytes().tag(sync=True)  # float32 a game: arrow units, turns, limits, middles, curves
    game = traitlets.Unicode().tag(sync=True)
    moment = traitlets.Int(0).tag(sync=True)
    sample = traitlets.Int(-1).tag(sync=True)
    beside = traitlets.Bool(False).tag(sync=True)
    arrows = traitlets.Bool(True).tag(sync=True)

    def __init__(self, games: Mapping[str, Game], real: Any, reach: float = 3.0, **chosen: Any):
        self.data, self.real = dict(games), to_numpy(real).astype(np.float64)
        first = self._check()
        self.shown = {name: game.shown(self.real, reach) for name, game in self.data.items()}
        self.units = arrow_units(self.data)
        places = as_shorts(self.real, FAR * reach)
        numbers = b""
        for name, game in self.data.items():
            longest = max(np.abs(game.directions).max(), 1e-12)
            places += as_shorts(game.samples, FAR * reach) + as_shorts(game.directions, longest)
            shown, curves = self.shown[name], list(game.curves.values())
            parts = [[self.units[name], longest], game.turns, shown.limit, shown.middle, *curves]
            numbers += np.concatenate(parts).astype("<f4").tobytes()
        fields = b"".join(as_bytes(shown.fields) for shown in self.shown.values())
        size = len(places) + len(fields) + len(numbers)
        if size > BUDGET:
            raise ValueError(
                f"{size:,} bytes are too many for one explorer (at most {BUDGET:,}):"
                " record fewer moments or samples (3 games of 30 moments, 200 samples and 40 x 40 places fit)"
            )
        metas = [
            {"name": name, "verdicts": game.verdicts, "curves": list(game.curves)} for name, game in self.data.items()
        ]
        moments, side = len(first.turns), first.fields.shape[1]
        goal = GOAL if any(_fooled(game, reach) for game in self.data.values()) else ""
        super().__init__(
            games=metas, moments=moments, samples=first.samples.shape[1], side=side, reach=reach, places=places,
            goal=goal, fields=fields, numbers=numbers, game=chosen.pop("game", next(iter(self.data))),
            moment=chosen.pop("moment", moments - 1), **chosen,
        )  # fmt: skip

    def _check(self) -> Game:
        if not self.data:
            raise ValueError("no games to show: pass {'GAN': Game.of(match.recorded)}")
        if self.real.ndim != 2 or self.real.shape[1] != 2:
            raise ValueError(f"real samples are (m, 2), not {self.real.shape}")
        first = next(iter(self.data.values()))
        for name, game in self.data.items():
            for what in ("samples", "fields"):
                here, there = getattr(game, what).shape, getattr(first, what).shape
                if here != there:
                    raise ValueError(f"all games have as many moments, samples and places: {name!r} has {what} {here}, "
                                     f"the first has {there}")  # fmt: skip
        return first

    @traitlets.validate("game")
    def _game_exists(self, proposal: dict) -> str:
        if proposal["value"] not in self.data:
            raise traitlets.TraitError(f"no game {proposal['value']!r}: choose one of {list(self.data)}")
        return proposal["value"]

    @traitlets.validate("moment", "sample")
    def _in_range(self, proposal: dict) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        first = next(iter(self.data.values()))
        low, high = (0, len(first.turns) - 1) if name == "moment" else (-1, first.samples.shape[1] - 1)
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} {value}: choose from {low} to {high}")
        return value

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        game, t = self.data[self.game], self.moment
        curves = "".join(f", {name} {values[t]:.3g}" for name, values in game.curves.items())
        if game.verdicts:
            real, fake = (_share(game.fields[t], points, self.reach) for points in (self.real, game.samples[t]))
            shares = f"{real:.0%}, generated ones with {fake:.0%} on average"
            said = f"the discriminator takes real samples for real with {shares}"
        else:
            real, fake = (score_at(game.fields[t], p, self.reach).mean() for p in (self.real, game.samples[t]))
            said = f"the critic puts real samples {real - fake:.2f} higher than generated ones on average"
        return f"Player explorer, {self.game} after turn {game.turns[t]:.0f} of {game.turns[-1]:.0f}: {said}{curves}."

    def picture(self) -> Figure:
        """Draw all games at the chosen moment."""
        return overview(self.data, self.shown, self.real, self.moment, self.reach, self.units, self.sample)


def _fooled(game: Game, reach: float) -> bool:
    """Whether the discriminator takes a generated sample for real with 90 % or more at some moment."""
    logit = np.log(9)
    pairs = zip(game.fields, game.samples, strict=True)
    return game.verdicts and any((score_at(field, points, reach) > logit + 0.1).any() for field, points in pairs)


def arrow_units(games: Mapping[str, Game]) -> dict[str, float]:
    """The gradient that an arrow of full length stands for: the same for all games with verdicts, and for all critics.

    It is the 90th percentile of all lengths, so that a few steep places do not shrink all other arrows.
    """
    lengths: dict[bool, list[np.ndarray]] = {}
    for game in games.values():
        lengths.setdefault(game.verdicts, []).append(np.linalg.norm(game.directions, axis=-1).ravel())
    units = {kind: max(float(np.quantile(np.concatenate(found), 0.9)), 1e-9) for kind, found in lengths.items()}
    return {name: units[game.verdicts] for name, game in games.items()}


def _share(field: Any, points: Any, reach: float) -> float:
    return float((1 / (1 + np.exp(-score_at(field, points, reach)))).mean())
