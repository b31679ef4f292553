"""The denoising explorer as a still picture: images and guesses, the field with its particles, samples by weight."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labkit.show.denoising.data import SIDE, Field, Film, Guidance
from labkit.show.style import COLOR

FRAMES = 9  # of the film, in the picture


def draw_film(film: Film, frame: int) -> Figure:
    """All images at the frame with the guesses beneath, and the first image's way through the frames."""
    count, across = film.noisy.shape[1], min(FRAMES, len(film.times))
    figure = Figure(figsize=(8.2, 1.9 + 1.9), dpi=84, layout="constrained")
    above, below = figure.subfigures(2, 1)
    above.suptitle(f"At step {film.times[frame]:g}: the noisy image, and the guess of the clean one", size=10)
    for row, (name, images) in enumerate({"noisy": film.noisy[frame], "guess": film.guesses[frame]}.items()):
        for i in range(count):
            axes = above.add_subplot(2, count, row * count + i + 1)
            _show(axes, images[i], film.names[i] if row == 0 else "", name if i == 0 else "")
    chosen = np.unique(np.linspace(0, len(film.times) - 1, across).round().astype(int))
    below.suptitle(f"{film.names[0]}, from noise (left) to image (right), by step", size=10)
    for row, (name, images) in enumerate({"noisy": film.noisy, "guess": film.guesses}.items()):
        for place, at in enumerate(chosen):
            axes = below.add_subplot(2, len(chosen), row * len(chosen) + place + 1)
            _show(axes, images[at, 0], f"{film.times[at]:g}" if row == 0 else "", name if place == 0 else "")
    return figure


def draw_field(
    field: Field,
    arrows: Float[np.ndarray, "cells 2"],
    run: Float[np.ndarray, "t m 2"],
    moment: int,
    extent: float,
) -> Figure:
    """Arrows of the score, data beneath, and the particles with the way they came."""
    figure = Figure(figsize=(5.4, 5.2), dpi=84, layout="constrained")
    axes = figure.add_subplot()
    axes.scatter(*field.data.T, s=3, color="#B9BEC5", linewidths=0, rasterized=True)
    side = extent * (2 * (np.arange(SIDE) + 0.5) / SIDE - 1)
    x, y = np.tile(side, SIDE), np.repeat(-side, SIDE)
    length = np.linalg.norm(arrows, axis=1)
    drawn = arrows * (np.minimum(1, length / _usual(length)) / np.maximum(length, 1e-12))[:, None]
    axes.quiver(
        x, y, *drawn.T, color=COLOR["blue"], angles="xy", scale_units="xy", scale=SIDE / (1.7 * extent), width=0.004
    )
    axes.scatter(*run[moment].T, s=9, color=COLOR["vermilion"], linewidths=0)
    for i in range(min(6, run.shape[1])):
        axes.plot(*run[: moment + 1, i].T, color=COLOR["vermilion"], linewidth=0.8, alpha=0.7)
    axes.set(xlim=(-extent, extent), ylim=(-extent, extent), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.set_title(f"{field.title} at time {field.times[moment]:.2f}, noise {field.stds[moment]:.2f}", size=10.5)
    return figure


def draw_guidance(guidance: Guidance, label: int, weight: int) -> Figure:
    """Samples of the chosen class, a row for each weight; the chosen weight's is marked."""
    count = guidance.images.shape[2]
    figure = Figure(figsize=(0.95 * count + 1.2, 0.95 * len(guidance.weights) + 0.5), dpi=84, layout="constrained")
    figure.suptitle(f"Samples of {guidance.names[label]} by guidance weight", size=10.5)
    for row, value in enumerate(guidance.weights):
        for i in range(count):
            axes = figure.add_subplot(len(guidance.weights), count, row * count + i + 1)
            _show(axes, guidance.images[row, label, i], "", f"{value:g}" if i == 0 else "", marked=row == weight)
    return figure


def _usual(length: Float[np.ndarray, " cells"]) -> float:
    """The length that is drawn in full: a few long arrows must not make all others vanish."""
    return max(float(np.quantile(length, 0.9)), 1e-12)


def _show(axes: Axes, image: Float[np.ndarray, "h w"], above: str, left: str, marked: bool = False) -> None:
    axes.imshow(image, cmap="gray", vmin=-1, vmax=1)
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.set_title(above, size=8.5, pad=2, loc="center", weight="normal")
    axes.set_ylabel(left, size=9, rotation=0, ha="right", va="center")
    for spine in axes.spines.values():
        spine.set(visible=True, color=COLOR["vermilion"] if marked else "#BBBBBB", linewidth=2 if marked else 0.6)
