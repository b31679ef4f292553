"""The landscape explorer on a page of its own, a surface for torch, and what tests ask."""

import numpy as np
import torch
from playwright.sync_api import Page

from labkit.show.landscape.data import Surface, classics
from labkit.show.landscape.explorer import LandscapeExplorer
from show.kit import page as explorer_page
from show.kit.node import ask

MAP, GRAPH = ".lk-map", ".lk-graph"
DESCEND = (
    "D.runs.map(([start, options]) => M.descend(M.unpack([D.meta], Float32Array.from(D.values))[0], start, options))"
)


def a_net() -> Surface:
    """A surface with bumps, a real run's path, and a zero that is not in the middle."""
    x, y = np.meshgrid(np.linspace(-3, 5, 41), np.linspace(-2, 4, 31))
    heights = 0.3 * x**2 + 0.8 * y**2 + 0.4 * np.sin(2 * x) * np.cos(3 * y)
    path = np.stack([np.linspace(4, 0, 25), 3 * np.linspace(1, 0, 25) ** 2], 1)
    return Surface(heights, (-3.0, 5.0), (-2.0, 4.0), (4.0, 3.0), 0.05, "A net.", zero=(-2.0, 1.0), path=path)


def surfaces() -> dict[str, Surface]:
    return {"our net": a_net(), **classics()}


def show(page: Page, **chosen) -> Page:
    return explorer_page.show(page, LandscapeExplorer(surfaces(), **chosen))


def in_the_browser(surface: Surface, runs: list) -> list:
    """The paths that landscape.js takes on a surface, for each (start, options)."""
    meta = {
        "name": "s",
        "shape": surface.values.shape,
        "x": surface.x,
        "y": surface.y,
        "zero": surface.zero,
        "points": 0,
    }
    given = {"meta": meta, "values": surface.values.ravel().tolist(), "runs": runs}
    return ask("landscape/data.js", DESCEND, given)


def height(surface: Surface, place: torch.Tensor) -> torch.Tensor:
    """The surface in torch, so that its slope is autograd's: Keys' cubic convolution with a = -1/2."""
    rows, columns = surface.values.shape
    grid = torch.from_numpy(surface.values).double()
    (dx, dy), kernels = surface.spacing, []
    for where, count in (((place[0] - surface.x[0]) / dx, columns), ((place[1] - surface.y[0]) / dy, rows)):
        away = (torch.arange(count) - where).abs()
        near = 1.5 * away**3 - 2.5 * away**2 + 1
        far = -0.5 * away**3 + 2.5 * away**2 - 4 * away + 2
        kernels.append(torch.where(away < 1, near, torch.where(away < 2, far, 0.0 * away)))
    return kernels[1] @ grid @ kernels[0]


def by_torch(surface: Surface, start: tuple[float, float], make, steps: int) -> list[list[float]]:
    """Points and heights of a torch optimizer on the surface; its weights are places seen from `zero`."""
    zero = torch.tensor(surface.zero, dtype=torch.float64)
    weights = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64) - zero)
    optimizer, points = make([weights]), []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = height(surface, weights + zero)
        points.append([*(weights + zero).tolist(), loss.item()])
        loss.backward()
        optimizer.step()
    return points
