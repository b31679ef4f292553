"""The agent explorer as a still picture: a grid with values and arrows, or a cart with its pole."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from labkit.show.agent.data import ACTIONS, PUSHES, CartEpisode, GridFilm
from labkit.show.plots import label_ends
from labkit.show.style import COLOR, MAGNITUDE

ARROWS = ((0, -1), (1, 0), (0, 1), (-1, 0))  # up, right, down, left, as x and y on the page
CELL = {"G": "#FFFFFF", "H": "#22272E", "C": "#B23A00", "#": "#8B9299"}
EDGE = 2.4  # where the track of CartPole ends
LIMIT = math.radians(12)  # where the pole counts as fallen
CLOSE = 1e-6  # what differs by less is equally good


def greedy(values: Float[np.ndarray, " a"]) -> list[int]:
    """The actions that are the best: all that are equally good."""
    return [int(action) for action in np.flatnonzero(values >= values.max() - CLOSE * max(1.0, abs(values.max())))]


def draw_grid(
    axes: Axes,
    map: Sequence[str],
    table: Any,
    span: tuple[float, float] | None = None,
    path: Sequence[int] = (),
    numbers: bool = True,
) -> Any:
    """Color each cell by the value of its best action, with an arrow for every best action, on matplotlib axes.

    `table` is (cells, 4); `span` the values at the two ends of the colors. Returns what a color bar needs.
    """
    table, columns = np.asarray(table, dtype=float), len(map[0])
    letters, best = "".join(map), table.max(axis=1)
    acts = np.array([letter in ".S" for letter in letters])
    low, high = span or (best[acts].min(), best[acts].max())
    shown = np.where(acts, best, np.nan).reshape(-1, columns)
    picture = axes.imshow(shown, cmap=MAGNITUDE, vmin=low, vmax=high, interpolation="nearest")
    for state, letter in enumerate(letters):
        place = state % columns, state // columns
        if acts[state]:
            _draw_state(axes, place, table[state], "black" if picture.norm(best[state]) > 0.55 else "white", numbers)
        else:
            _draw_letter(axes, place, letter)
    if len(path):
        rows, places = np.divmod(np.asarray(path), columns)
        axes.plot(places, rows, color=COLOR["vermilion"], linewidth=2.5, alpha=0.9)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    return picture


def _draw_state(axes: Axes, place: tuple[int, int], values: Float[np.ndarray, " a"], ink: str, numbers: bool) -> None:
    column, row = place
    for action in greedy(values):
        x, y = ARROWS[action]
        style = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.0, "mutation_scale": 8, "shrinkA": 0, "shrinkB": 0}
        start = (column + 0.1 * x, row + 0.1 * y)
        axes.annotate("", (column + 0.42 * x, row + 0.42 * y), start, arrowprops=style)
    if numbers:
        axes.text(column - 0.45, row - 0.43, f"{values.max():.2g}", ha="left", va="top", size=6.5, color=ink)


def _draw_letter(axes: Axes, place: tuple[int, int], letter: str) -> None:
    column, row = place
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=CELL[letter], edgecolor="#888888"))
    ink = "black" if letter == "G" else "white"
    axes.text(column, row, "" if letter == "#" else letter, ha="center", va="center", color=ink, weight="bold")


def grid_overview(film: GridFilm, frame: int, cell: int, step: int, name: str) -> Figure:
    """Draw the grid at a frame with the agent on its path, and the four values of a cell beside the exact ones."""
    figure = Figure(figsize=(10, 3.4), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(6.4, 3.2))
    columns, best = len(film.map[0]), film.values[:, film.standing]
    picture = draw_grid(left, film.map, film.table[frame], (float(best.min()), float(best.max())), film.paths[frame])
    figure.colorbar(picture, ax=left, fraction=0.04, pad=0.02, label="value of the best action")
    for color, width in (("white", 4.0), ("black", 2.0)):
        corner = (cell % columns - 0.5, cell // columns - 0.5)
        left.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=color, linewidth=width, zorder=3))
    if film.paths[frame]:
        place = film.paths[frame][step]
        left.scatter(place % columns, place // columns, s=90, color="white", edgecolors="black", zorder=4)
    left.set_title(f"{name}, after {film.episodes[frame]:,} episodes")
    places = np.arange(4)
    right.barh(places - 0.18, film.table[frame, cell], 0.36, color=COLOR["blue"], label="learned")
    right.barh(places + 0.18, film.exact[cell], 0.36, color=COLOR["orange"], label="exact")
    right.set_yticks(places, ACTIONS)
    right.invert_yaxis()
    right.set(xlabel="value", title=f"Row {cell // columns}, column {cell % columns}")
    right.legend(fontsize=8)
    return figure


def in_words(obs: Float[np.ndarray, " 4"]) -> str:
    """Where the cart is and how its pole leans."""
    place, _, angle, _ = (float(x) for x in obs)
    side, lean = ("right" if place >= 0 else "left"), ("right" if angle >= 0 else "left")
    return f"the cart is {abs(place):.2f} {side} of the middle, the pole leans {math.degrees(abs(angle)):.1f}° {lean}"


def draw_cart(axes: Axes, obs: Float[np.ndarray, " 4"], action: int) -> None:
    """Draw the cart on its track, its pole, and the push that it gets."""
    place, angle = float(obs[0]), float(obs[2])
    axes.plot([-EDGE, EDGE], [0, 0], color=COLOR["gray"], linewidth=2)
    for edge in (-EDGE, EDGE):
        axes.plot([edge, edge], [-0.1, 0.15], color=COLOR["vermilion"], linewidth=3)
    axes.add_patch(Rectangle((place - 0.25, 0.0), 0.5, 0.22, color=COLOR["black"]))
    axes.plot([place, place + math.sin(angle)], [0.22, 0.22 + math.cos(angle)], color=COLOR["orange"], linewidth=6)
    side = 1 if action else -1
    axes.annotate("", (place + 0.75 * side, 0.11), (place + 0.27 * side, 0.11),
                  arrowprops={"arrowstyle": "-|>", "color": COLOR["blue"], "linewidth": 2})  # fmt: skip
    axes.set(xlim=(-EDGE - 0.3, EDGE + 0.3), ylim=(-0.25, 1.45), xlabel="position", yticks=[], aspect="equal")
    axes.grid(visible=False)


def cart_overview(episode: CartEpisode, step: int, name: str) -> Figure:
    """Draw the cart at a step, and what both pushes were worth over the episode."""
    figure = Figure(figsize=(10, 3.2), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(4.6, 5.4))
    draw_cart(left, episode.obs[step], int(episode.action[step]))
    left.set_title(f"{name}: step {step + 1} of {episode.steps}")
    first = min(max(0, step - 50), max(0, episode.steps - 101))
    around = slice(first, first + 101)  # a hundred steps: more could not be told apart
    ends = []
    for action, color in ((0, COLOR["blue"]), (1, COLOR["vermilion"])):
        line = episode.values[around, action]
        right.plot(first + 1 + np.arange(len(line)), line, color=color, linewidth=1.3, linestyle=("-", "--")[action])
        ends.append((float(line[-1]), PUSHES[action], color))
    right.axvline(step + 1, color=COLOR["black"], linewidth=1)
    right.set(xlabel="step", ylabel="value of a push", title="What each push was thought to be worth")
    label_ends(right, ends)
    return figure
