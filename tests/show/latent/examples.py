"""Latent spaces to look at: a decoder that draws a disk where the code says, so that what is shown can be checked."""

import numpy as np

from labkit.show.latent.data import LatentSpace
from labkit.show.latent.explorer import LatentExplorer

SIDE = 28
ROWS, COLUMNS = np.indices((SIDE, SIDE)) / (SIDE - 1) * 2 - 1


def disks(codes: np.ndarray) -> np.ndarray:
    """White disks: right by the first number, up by the second, larger by the third; all from -3 to 3."""
    x, y = codes[:, 0, None, None] / 3, -codes[:, 1, None, None] / 3
    size = 0.35 + (0.05 * codes[:, 2, None, None] if codes.shape[1] > 2 else 0.0)
    return np.clip(1 - 8 * (np.hypot(COLUMNS - 0.6 * x, ROWS - 0.6 * y) - size), 0, 1).astype(np.float32)


def codes(latent: int = 2, count: int = 60) -> np.ndarray:
    """Three heaps, one for each class."""
    draw = np.random.default_rng(0)
    heaps = np.array([[-1.5, -1.0], [1.5, -1.0], [0.0, 1.5]])[np.arange(count) % 3]
    rest = draw.normal(size=(count, latent - 2))
    return np.concatenate([heaps + 0.35 * draw.normal(size=(count, 2)), rest], axis=1).astype(np.float32)


def explorer(latent: int = 2, spaces: int = 1, **chosen) -> LatentExplorer:
    """A VAE-like space with spreads; with two, beside a plain one that is ten times as wide."""
    found = codes(latent)
    spread = np.full_like(found, 0.2) + 0.1 * np.arange(latent, dtype=np.float32)
    models = {"VAE": LatentSpace(disks, lambda images: (found, spread), prior=True)}
    if spaces == 2:
        models = {"autoencoder": LatentSpace(lambda z: disks(z / 10), lambda images: 10 * found)} | models
    labels = np.arange(len(found)) % 3
    return LatentExplorer(models, disks(found), labels, ["left", "right", "top"], **chosen)
