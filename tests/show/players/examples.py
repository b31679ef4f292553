"""Games to look at: samples that move from the middle to a ring, before discriminators that can be written down."""

import numpy as np

from labkit.show.players.data import Game
from labkit.show.players.explorer import PlayerExplorer

MAP = ".lk-cell:not([hidden]) .lk-map"
REACH = 3.0


def real(count: int = 60) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def game(moments: int = 6, samples: int = 40, side: int = 16, verdicts: bool = True, seed: int = 0) -> Game:
    """Samples go straight out; the score is x plus the distance from the middle, times a slope that grows."""
    draw = np.random.default_rng(seed)
    turn, share = draw.uniform(0, 2 * np.pi, samples), np.linspace(0.1, 1, moments)[:, None, None]
    points = 2 * share * np.stack([np.cos(turn), np.sin(turn)], axis=1) + 0.05 * draw.normal(size=(samples, 2))
    axis = np.linspace(-REACH, REACH, side)
    x, y = np.meshgrid(axis, axis)
    slope = np.linspace(0.5, 2, moments)
    fields = slope[:, None, None] * (x + np.hypot(x, y) - 2)
    lengths = np.linalg.norm(points, axis=-1, keepdims=True)
    directions = slope[:, None, None] * (points / lengths + [1, 0])
    curves = {"exact distance": 2 * (1 - share.ravel()), "loss of the discriminator": np.cos(3 * share.ravel())}
    return Game(10 * np.arange(moments), points, fields, directions, verdicts, curves)


def explorer(**chosen) -> PlayerExplorer:
    """Three games, one of a critic."""
    games = {"non-saturating": game(), "minimax": game(seed=1), "WGAN-GP": game(verdicts=False, seed=2)}
    return PlayerExplorer(games, real(), REACH, **chosen)


def large(**chosen) -> PlayerExplorer:
    """As much as one explorer is meant for: three games of 30 moments, 200 samples, 40 x 40 places."""
    games = {
        name: game(30, 200, 40, name != "WGAN-GP", seed)
        for seed, name in enumerate(("non-saturating", "minimax", "WGAN-GP"))
    }
    return PlayerExplorer(games, real(256), REACH, **chosen)


def place(page, shown: PlayerExplorer, sample: int, game: str | None = None) -> tuple[float, float]:
    """Where a sample stands on the page."""
    box = page.locator(MAP).first.bounding_box()
    x, y = shown.data[game or shown.game].samples[shown.moment, sample]
    return box["x"] + (x + REACH) / (2 * REACH) * box["width"], box["y"] + (REACH - y) / (2 * REACH) * box["height"]
