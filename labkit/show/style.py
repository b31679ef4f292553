"""How the course looks: one color for each idea, one look for every figure.

Each dimension of a tensor has a letter and keeps its color in text, formulas and pictures. In attention the target
positions t are those that look (queries), the source positions s those that are looked at (keys).
"""

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from labkit.show.kit.ground import INK
from labkit.show.kit.picture import describe, png

# Okabe and Ito 2008: distinguishable with every common form of color blindness.
COLOR = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#F0E442",
    "gray": "#6B6B6B",
    "black": "#222222",
}
CYCLE = [COLOR[name] for name in ("blue", "vermilion", "green", "purple", "orange", "sky", "gray")]

# Dark enough to be read on white, light enough to be read on black: contrast at least 3.5 to 1 on both.
DIMENSION = {
    "b": "#6B6B6B",
    "t": "#0072B2",
    "s": "#C04F00",
    "d": "#00805D",
    "h": "#7B52C7",
    "k": "#8A6D00",
    "v": "#C23B68",
}

DIMENSION_NAME = {
    "b": "batch",
    "t": "target positions",
    "s": "source positions",
    "d": "width",
    "h": "heads",
    "k": "width per head",
    "v": "vocabulary",
}

MAGNITUDE = mpl.colormaps["viridis"]
DIVERGING = LinearSegmentedColormap.from_list("blue_orange", ["#00497A", "#5BA3D0", "#F7F7F7", "#E8963C", "#8A3B00"])

RC = {
    "figure.dpi": 110,
    "figure.figsize": (7.2, 3.4),
    "figure.facecolor": "white",  # left out when saved; under a figure without a ground Jupyter would lay white
    "axes.facecolor": "none",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "none",
    "text.color": INK,
    "axes.titlecolor": INK,
    "axes.labelcolor": INK,
    "legend.labelcolor": INK,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "grid.color": "#80808040",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "image.cmap": "viridis",
    "image.interpolation": "nearest",
}


def in_latex(letter: str) -> str:
    r"""Return a dimension's letter in its color for a formula: `in_latex("t")` is `\color{#0072B2}{t}`."""
    return rf"\color{{{DIMENSION[letter]}}}{{{letter}}}"


def use_course_style() -> None:
    """Give every matplotlib figure from here on the look of the course, and notebooks small PNGs with a description."""
    mpl.rcParams.update(RC)
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    import matplotlib.pyplot as plt

    plt.switch_backend(mpl.get_backend())  # the inline backend sets its own formatter now, and not after ours
    formatters = shell.display_formatter.formatters
    formatters["image/png"].for_type(Figure, lambda figure: (png(figure), {"alt": describe(figure)}))
    formatters["text/plain"].for_type(Figure, lambda figure, printer, cycle: printer.text(describe(figure)))
