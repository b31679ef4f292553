"""A model as the latent explorer sees it, and what is made of its codes before anything is drawn.

Axes: n images, h and w their height and width, z latent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from labkit.show.kit.arrays import to_numpy


@dataclass(frozen=True)
class LatentSpace:
    """A model as the explorer sees it: two functions, and whether its codes are meant to be standard normal.

    `decode` takes codes (n, z) as float32 and gives images (n, h, w) or (n, h * w) with pixels between 0 and 1;
    `encode` takes images (n, h, w) and gives codes (n, z), or a pair of codes and standard deviations.
    """

    decode: Callable[[np.ndarray], Any]
    encode: Callable[[np.ndarray], Any]
    prior: bool = False


def check_images(
    spaces: Mapping[str, LatentSpace], images: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> None:
    if not 1 <= len(spaces) <= 2:
        raise ValueError(f"one or two latent spaces are shown, not {len(spaces)}: pass {{'VAE': LatentSpace(...)}}")
    if images.ndim != 3 or images.min() < 0 or images.max() > 1:
        raise ValueError(f"images are (n, h, w) with pixels between 0 and 1, not {images.shape}")
    if labels.shape != images.shape[:1] or labels.min() < 0 or labels.max() >= len(names):
        raise ValueError(f"{images.shape[0]} images need as many labels, from 0 to {len(names) - 1}: {labels.shape}")


def encoded(
    spaces: Mapping[str, LatentSpace], images: np.ndarray
) -> tuple[Float[np.ndarray, "spaces n z"], Float[np.ndarray, "spaces n z"]]:
    """Codes and standard deviations of all images in each space; the latter are 0 where an encoder gives none."""
    codes, spreads = [], []
    for name, space in spaces.items():
        found = space.encode(images)
        code, spread = map(to_numpy, found) if isinstance(found, tuple) else (to_numpy(found), None)
        if code.ndim != 2 or len(code) != len(images) or code.shape[1] < 2:
            raise ValueError(f"encode of {name!r} must give codes (n, z) with at least two dimensions: {code.shape}")
        codes.append(code.astype(np.float32))
        spreads.append(np.zeros_like(codes[-1]) if spread is None else spread.astype(np.float32))
    if len({code.shape[1] for code in codes}) > 1:
        raise ValueError("spaces that are compared need equally many dimensions")
    return np.stack(codes), np.stack(spreads)


def limits_of(codes: Float[np.ndarray, "n z"], prior: bool) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end of each dimension: around the prior, else around the codes."""
    if prior:
        reach = max(3.0, 1.05 * np.quantile(np.abs(codes), 0.998))
        return np.full(codes.shape[1], -reach), np.full(codes.shape[1], reach)
    low, high = np.quantile(codes, 0.002, axis=0), np.quantile(codes, 0.998, axis=0)
    margin = np.maximum(0.06 * (high - low), 1e-3)
    return low - margin, high + margin


def rows_of_each_class(labels: np.ndarray, count: int) -> list[int]:
    """Rows of about `count` images, equally many of each class, class by class."""
    classes = np.unique(labels)
    each = max(1, count // len(classes))
    return [int(row) for label in classes for row in np.flatnonzero(labels == label)[:each]]


def as_bytes(images: Float[np.ndarray, "m h w"]) -> bytes:
    return np.round(255 * np.clip(images, 0, 1)).astype(np.uint8).tobytes()


def mixed(
    codes: Float[np.ndarray, "n z"], labels: Int[np.ndarray, " n"], points: Float[np.ndarray, "m z"]
) -> Bool[np.ndarray, " m"]:
    """Whether the ten codes nearest to each point are of three classes or more, none with over half of them."""
    far = ((points[:, None, :] - codes[None, :, :]) ** 2).sum(axis=2)
    near = labels[np.argsort(far, axis=1, kind="stable")[:, :10]]
    counts = np.stack([(near == label).sum(axis=1) for label in range(int(labels.max()) + 1)], axis=1)
    return ((counts > 0).sum(axis=1) >= 3) & (counts.max(axis=1) <= 5)
