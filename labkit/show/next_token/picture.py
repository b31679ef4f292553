"""The next-token explorer as a still picture: the likeliest next tokens, and where the chosen head looks."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labkit.show.next_token.data import visible
from labkit.show.style import COLOR

SHOWN = 12  # bars
BEHIND = 18  # tokens of the text


def overview(
    names: list[str],
    plain: Float[np.ndarray, " v"],
    drawn: Float[np.ndarray, " v"],
    text: list[str],
    looks: Float[np.ndarray, " t"],
    titles: tuple[str, str],
) -> Figure:
    """Draw bars of the next token beside bars of the attention over the last tokens of the text."""
    figure = Figure(figsize=(9.2, 3.8), dpi=88, layout="constrained")
    left, right = figure.subplots(1, 2)
    best = np.argsort(-plain, kind="stable")[:SHOWN]
    _bars(left, [names[n] for n in best], drawn[best], COLOR["blue"])
    left.plot(plain[best], range(len(best)), "|", color=COLOR["black"], markersize=12, label="as the model says")
    left.legend(loc="lower right", fontsize=8)
    left.set(title=titles[0], xlabel="probability to be drawn")
    shown = min(len(text), BEHIND)
    _bars(right, text[len(text) - shown :], looks[len(looks) - shown :], COLOR["vermilion"])
    right.set(title=titles[1], xlabel="attention weight", xlim=(0, 1))
    return figure


def _bars(axes: Axes, names: list[str], values: Float[np.ndarray, " n"], color: str) -> None:
    axes.barh(range(len(names)), values, color=color, height=0.72)
    size = 9 if len(names) <= SHOWN else 7.5
    axes.set_yticks(range(len(names)), [visible(name).replace("$", r"\$") for name in names], size=size)
    axes.invert_yaxis()
    axes.grid(False, axis="y")
