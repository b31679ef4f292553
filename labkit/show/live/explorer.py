"""Training curves that grow while the model learns, and leave a clean picture behind."""

import time
from typing import Any, SupportsFloat

import anywidget
import numpy as np
import traitlets
from matplotlib.figure import Figure

from labkit.show.kit.explorer import SHOW, linked
from labkit.show.kit.life import key
from labkit.show.kit.picture import WIDGET_VIEW, bundle, png, view_of
from labkit.show.live.smoothing import smooth, span_for
from labkit.show.plots import label_ends, use_log_scale
from labkit.show.style import CYCLE

OFTEN = 0.1  # seconds between two messages
SELDOM = 2.0  # seconds between two full states, from which a view that came late catches up
MOST = 4000  # points of one series in the state


class LiveView(anywidget.AnyWidget):
    """The browser's half of `LiveCurves`."""

    _esm = linked(SHOW / "live" / "live.js")
    _css = SHOW / "live" / "live.css"

    title = traitlets.Unicode().tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)
    series = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, count
    history = traitlets.Bytes().tag(sync=True)  # float32 (step, value) pairs, one series after the other
    progress = traitlets.Dict().tag(sync=True)  # step, steps, elapsed, done
    key = traitlets.Unicode().tag(sync=True)  # the page finds its own widget by it

    def __init__(self, **traits: Any):
        named = key()
        super().__init__(model_id=named, key=named, **traits)


class LiveCurves:
    """Show numbers of a training run as curves with a progress bar: `fit(..., report=LiveCurves(steps=1000))`.

    Call it with a step and any named numbers, then `close()` it. Series whose names end in the same word (`loss`,
    `validation_loss`) share a plot. Outside of a notebook it prints one line at the end.
    """

    def __init__(self, steps: int | None = None, title: str = "Training", log: bool = False):
        self.steps, self.title, self.log = steps, title, log
        self.points: dict[str, list[tuple[float, float]]] = {}
        self.sent: dict[str, int] = {}
        self.step, self.elapsed, self.done = 0, 0.0, False
        self.started: float | None = None
        self.told = self.kept = 0.0
        self.view: LiveView | None = None
        self.handle = None

    def __call__(self, step: int, **values: SupportsFloat) -> None:
        """Take the numbers of one step, and show them at most ten times a second."""
        now = time.perf_counter()
        if self.started is None:
            self._open(now)
        self.step, self.elapsed = int(step), now - self.started
        for name, value in values.items():
            self.points.setdefault(name, []).append((float(step), float(value)))
        if self.view is not None and now - self.told >= OFTEN:
            self.told = now
            self._tell()
            if now - self.kept >= min(SELDOM, max(0.3, self.elapsed / 2)):  # a view that still loads misses messages
                self.kept = now
                self._keep()

    def close(self) -> None:
        """Leave the finished picture in the notebook, or a line on the terminal."""
        if self.done or self.started is None:
            return
        self.elapsed, self.done = time.perf_counter() - self.started, True
        if self.view is None:
            print(self.describe())
            return
        self._tell()
        self._keep()
        self.handle.update(self)  # a picture needs no kernel: it is there when the notebook is opened again
        self.view.close()

    def _open(self, now: float) -> None:
        self.started = self.kept = now
        if not _in_notebook():
            return
        from IPython.display import display

        self.view = LiveView(title=self.title, log=self.log, progress=self._progress())
        self.handle = display(self, display_id=True)

    def _progress(self) -> dict:
        return {"step": self.step, "steps": self.steps or 0, "elapsed": self.elapsed, "done": self.done}

    def _tell(self) -> None:
        """Send the points since the last message."""
        fresh = {name: points[self.sent.get(name, 0) :] for name, points in self.points.items()}
        fresh = {name: points for name, points in fresh.items() if points}
        buffers = [np.array(points, dtype="<f4").tobytes() for points in fresh.values()]
        self.view.send({"points": list(fresh), "progress": self._progress()}, buffers)
        self.sent = {name: len(points) for name, points in self.points.items()}

    def _keep(self) -> None:
        """Write all points into the state, thinned where there are many."""
        thin = {name: np.array(_thinned(points), dtype="<f4") for name, points in self.points.items()}
        with self.view.hold_sync():
            self.view.series = [{"name": name, "count": len(points)} for name, points in thin.items()]
            self.view.progress = self._progress()
            self.view.history = b"".join(points.tobytes() for points in thin.values())

    def describe(self) -> str:
        """Return in a line how far the run is and where its numbers stand."""
        count = f"{self.step:,} steps" if self.done else f"step {self.step:,}"
        ends = [f"{name.replace('_', ' ')} {points[-1][1]:.4g}" for name, points in self.points.items()]
        return f"{self.title}: {count} in {self.elapsed:.0f} s" + "".join(f" · {end}" for end in ends)

    def figure(self) -> Figure:
        """Draw all curves: one plot for each last word of the names."""
        names = grouped(list(self.points))
        figure = Figure(figsize=(3.9 * max(2, len(names)), 3.0), dpi=110, layout="constrained")
        figure.suptitle(self.title, size=11, weight="bold", x=0.01, ha="left")
        for axes, group in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
            ends = [self._draw(axes, name, CYCLE[k % len(CYCLE)]) for k, name in enumerate(group)]
            y = group[0].replace("_", " ") if len(group) == 1 else group[0].split("_")[-1]
            axes.set(xlabel="step", ylabel=y)
            if self.log:
                use_log_scale(axes)
            label_ends(axes, ends)
        return figure

    def _draw(self, axes: Any, name: str, color: str) -> tuple[float, str, str]:
        steps, values = np.array(self.points[name]).T
        trend = smooth(values, span_for(len(values)))
        if span_for(len(values)) > 1:
            axes.plot(steps, values, color=color, alpha=0.25, linewidth=1)
        axes.plot(steps, trend, color=color, marker="o" if len(values) < 40 else None, markersize=4)
        return float(trend[-1]), f"{name.replace('_', ' ')} {trend[-1]:.3g}", color

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        if self.done and self.points:
            return bundle(png(self.figure()), self.describe())
        view = {} if self.view is None else {WIDGET_VIEW: view_of(self.view)}
        return {"text/plain": self.describe()} | view, {}

    __repr__ = describe


def grouped(names: list[str]) -> list[list[str]]:
    """Return names that end in the same word together: they share a plot."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.split("_")[-1], []).append(name)
    return list(found.values())


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    every = -(-len(points) // MOST)
    return points if every <= 1 else [*points[::every], points[-1]]


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
