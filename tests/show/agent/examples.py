"""Made-up films of a grid and episodes of a cart, for tests of the agent explorer."""

import numpy as np

from labkit.show.agent.data import CartEpisode, GridFilm
from labkit.show.agent.explorer import AgentExplorer

CANVAS = ".lk-world > canvas"
CHART = ".lk-side > canvas"
CLIFF = ["............"] * 3 + ["SCCCCCCCCCCG"]
SMALL = ["S.#", "H.G"]


def film(map: list[str] = CLIFF, frames: int = 20, seed: int = 0) -> GridFilm:
    """Values that grow towards made-up exact ones, and a path that gets one cell longer with each frame."""
    cells = len("".join(map))
    exact = -np.random.default_rng(seed).uniform(1, 14, (cells, 4))
    shares = np.linspace(0, 1, frames)
    paths = [[n % cells for n in range(frame + 1)] for frame in range(frames)]
    return GridFilm(map, shares[:, None, None] * exact, 7 * np.arange(frames), exact, paths)


def episode(steps: int = 120, truncated: bool = False, seed: int = 0) -> CartEpisode:
    """A cart that swings from side to side."""
    t = np.arange(steps) / 10
    obs = np.stack([1.5 * np.sin(t / 3), np.cos(t / 3) / 2, 0.15 * np.sin(2 * t), 0.3 * np.cos(2 * t)], axis=1)
    noise = np.random.default_rng(seed).normal(size=steps)
    values = np.stack([60 - 5 * np.sin(2 * t), 60 + 5 * np.sin(2 * t) + noise], axis=1)
    return CartEpisode(obs, values, values.argmax(axis=1), truncated)


def explorer() -> AgentExplorer:
    """Two films and two episodes, one of which the clock ended."""
    views = {"Q-learning": film(), "SARSA": film(frames=9, seed=1), "early": episode(30), "trained": episode(120, True)}
    return AgentExplorer(views)


def large() -> AgentExplorer:
    """As much as one explorer is meant for."""
    return AgentExplorer(
        {"Q-learning": film(frames=200), "SARSA": film(frames=200, seed=1), "trained": episode(500, True)}
    )


def place(page, cell: int, columns: int = 12, rows: int = 4) -> tuple[float, float]:
    """Where the middle of a cell is on the page."""
    box = page.locator(CANVAS).bounding_box()
    return (
        box["x"] + box["width"] * (cell % columns + 0.5) / columns,
        box["y"] + box["height"] * (cell // columns + 0.5) / rows,
    )
