"""See an agent learn and act: the agent explorer.

Axes: f frames, s states, a actions, t time steps.
"""

from collections.abc import Mapping

import numpy as np
import traitlets
from matplotlib.figure import Figure

from labkit.show.agent.data import ACTIONS, PUSHES, CartEpisode, GridFilm
from labkit.show.agent.picture import cart_overview, grid_overview, in_words
from labkit.show.kit.explorer import Explorer, sources
from labkit.show.kit.traits import choice, index

BUDGET = 110_000  # numbers: 440 kB as float32; the rest of the 500 kB is for the code

GOALS = {
    "grid": "Find the first recorded moment of learning at which the agent's path reaches G.",
    "cart": "Find the step of an episode at which the pole leans most.",
}


class AgentExplorer(Explorer):
    """Values and greedy arrows of a grid as they are learned, and episodes replayed step by step with their Q-values.

    `views` maps names to a `GridFilm` or a `CartEpisode`. `view`, `film_frame` (of a film), `cell`, and `step` (along
    the path of a frame, or in an episode) can be read and set from Python at any time.
    """

    _esm, _css = sources("agent")

    views = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, kind, and its sizes
    numbers = traitlets.Bytes().tag(sync=True)  # float32: of a film episodes, exact, table; of a cart obs, values
    places = traitlets.Bytes().tag(sync=True)  # uint16: of a film its paths, one after the other; of a cart its actions
    view = choice("data")
    film_frame = index(lambda self: max((film.frames for film in self.films), default=1))
    cell = index(lambda self: max((film.table.shape[1] for film in self.films), default=1))
    aim = traitlets.Unicode().tag(sync=True)  # the kind of view that the goal is about
    step = index(lambda self: max(map(_steps, self.data.values())))  # each view shows as much of it as it has

    def __init__(self, views: Mapping[str, GridFilm | CartEpisode]):
        self.data = dict(views)
        if not self.data:
            raise ValueError("nothing to show: pass {'Q-learning': GridFilm(...), 'trained': CartEpisode(...)}")
        numbers = [part.ravel() for shown in self.data.values() for part in _parts(shown)]
        count = sum(part.size for part in numbers)
        if count > BUDGET:
            raise ValueError(
                f"{count:,} numbers are too many for one explorer (at most {BUDGET:,}): show fewer frames or steps"
            )
        super().__init__(
            views=[_meta(name, shown) for name, shown in self.data.items()],
            numbers=np.concatenate(numbers).astype("<f4").tobytes(),
            places=b"".join(_places(shown).astype("<u2").tobytes() for shown in self.data.values()),
            view=next(iter(self.data)),
        )
        self.aim = "grid" if any(film.first_arrival > 0 for film in self.films) else "cart"
        if self.aim == "grid" or len(self.films) < len(self.data):
            self.goal = GOALS[self.aim]
        if self.films:
            film = self.films[0]
            self.cell = film.paths[-1][0] if film.paths[-1] else int(film.standing.argmax())

    @property
    def films(self) -> list[GridFilm]:
        """The views that are films of a grid."""
        return [shown for shown in self.data.values() if isinstance(shown, GridFilm)]

    @property
    def shown(self) -> GridFilm | CartEpisode:
        """What is chosen now."""
        return self.data[self.view]

    def _point(self) -> tuple[int, int, int]:
        """Frame, cell and step, as far as the view that is shown has them."""
        shown = self.shown
        if isinstance(shown, CartEpisode):
            return 0, 0, min(self.step, shown.steps - 1)
        frame, cell = min(self.film_frame, shown.frames - 1), min(self.cell, shown.table.shape[1] - 1)
        return frame, cell, min(self.step, max(0, len(shown.paths[frame]) - 1))

    def picture(self) -> Figure:
        """Draw the grid at the chosen frame with the values of the chosen cell, or the cart at the chosen step."""
        frame, cell, step = self._point()
        if isinstance(self.shown, CartEpisode):
            return cart_overview(self.shown, step, self.view)
        return grid_overview(self.shown, frame, cell, step, self.view)

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        (frame, cell, step), shown = self._point(), self.shown
        if isinstance(shown, CartEpisode):
            left, right = shown.values[step]
            return (
                f"Agent explorer, {self.view}, step {step + 1} of {shown.steps}: {in_words(shown.obs[step])}; worth of "
                f"a push to the left {left:.4g}, to the right {right:.4g}: {PUSHES[shown.action[step]]}."
            )
        row, column = divmod(cell, len(shown.map[0]))
        values = ", ".join(
            f"{name} {found:.3g} (exact {exact:.3g})"
            for name, found, exact in zip(ACTIONS, shown.table[frame, cell], shown.exact[cell], strict=True)
        )
        return (
            f"Agent explorer, {self.view} after {shown.episodes[frame]:,} episodes: row {row}, column {column}: "
            f"{values}. Values of states are off by {shown.errors[frame]:.3g} on average."
        )


def _steps(shown: GridFilm | CartEpisode) -> int:
    return shown.steps if isinstance(shown, CartEpisode) else max(map(len, shown.paths))


def _parts(shown: GridFilm | CartEpisode) -> list[np.ndarray]:
    if isinstance(shown, CartEpisode):
        return [shown.obs, shown.values]
    return [shown.episodes, shown.exact, shown.table]


def _places(shown: GridFilm | CartEpisode) -> np.ndarray:
    if isinstance(shown, CartEpisode):
        return shown.action
    return np.array([cell for path in shown.paths for cell in path], dtype=np.int64)


def _meta(name: str, shown: GridFilm | CartEpisode) -> dict:
    if isinstance(shown, CartEpisode):
        return {"name": name, "kind": "cart", "steps": shown.steps, "truncated": bool(shown.truncated)}
    lengths = [len(path) for path in shown.paths]
    return {"name": name, "kind": "grid", "map": shown.map, "frames": shown.frames, "lengths": lengths}
