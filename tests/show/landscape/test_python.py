"""The landscape explorer without a browser: the surface, the way down it, the traits, the still picture."""

import numpy as np
import pytest
import torch
import traitlets

from labkit.show.landscape.data import OPTIMIZERS, STEPS, Surface, classics, descend
from labkit.show.landscape.explorer import LandscapeExplorer
from labkit.show.landscape.picture import overview
from show.kit.node import NODE
from show.landscape.page import a_net, by_torch, height, in_the_browser, surfaces

MAKERS = {
    "SGD": lambda rate, mu, decay: lambda p: torch.optim.SGD(p, rate, weight_decay=decay),
    "momentum": lambda rate, mu, decay: lambda p: torch.optim.SGD(p, rate, mu, weight_decay=decay),
    "Nesterov": lambda rate, mu, decay: lambda p: torch.optim.SGD(p, rate, mu, weight_decay=decay, nesterov=True),
    "Adam": lambda rate, mu, decay: lambda p: torch.optim.Adam(p, rate, (mu, 0.999), weight_decay=decay),
    "AdamW": lambda rate, mu, decay: lambda p: torch.optim.AdamW(p, rate, (mu, 0.999), weight_decay=decay),
}
DIALS = [(0.02, 0.9, 0.0), (0.05, 0.5, 0.3)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("surface", "dials"), [(a_net(), DIALS[1]), (classics()["bend"], DIALS[0])], ids=["net", "bend"]
)
def test_the_path_is_that_of_torch_step_for_step(surface, optimizer, dials):
    """The same points and heights as torch.optim on autograd's slope, for 120 steps."""
    rate, momentum, decay = dials
    path = descend(surface, surface.start, optimizer, rate, momentum, decay)
    assert len(path) == STEPS + 1
    theirs = by_torch(surface, surface.start, MAKERS[optimizer](rate, momentum, decay), STEPS)
    np.testing.assert_allclose(path, theirs, atol=1e-8)


@pytest.mark.skipif(NODE is None, reason="NO NODE: install node to test the explorers' JavaScript")
@pytest.mark.parametrize("surface", [a_net(), *classics().values()], ids=["net", *classics()])
def test_the_browser_takes_the_same_path(surface):
    """Every optimizer at every setting, and torch's own path for one of them."""
    runs = [
        (list(surface.start), {"optimizer": name, "rate": rate, "momentum": momentum, "decay": decay})
        for name in OPTIMIZERS
        for rate, momentum, decay in DIALS
    ]
    found = in_the_browser(surface, runs)
    for (start, options), path in zip(runs, found, strict=True):
        wanted = descend(surface, start, **options)
        assert len(path) == len(wanted), options
        np.testing.assert_allclose(path, wanted, atol=1e-8)
    theirs = by_torch(surface, surface.start, MAKERS["AdamW"](*DIALS[1]), STEPS)
    np.testing.assert_allclose(found[9], theirs[: len(found[9])], atol=1e-8)


def test_height_and_slope_are_those_of_the_bicubic_surface():
    surface = a_net()
    for place in np.random.default_rng(0).uniform((-2.7, -1.7), (4.7, 3.7), (50, 2)):
        at = torch.tensor(place, requires_grad=True)
        value = height(surface, at)
        value.backward()
        np.testing.assert_allclose(surface.at(*place), [value.item(), *at.grad.tolist()], atol=1e-9)


def test_the_surface_goes_through_its_grid():
    surface = a_net()
    x, y = np.linspace(-3, 5, 41), np.linspace(-2, 4, 31)
    for i, j in ((1, 1), (15, 20), (29, 39)):
        assert surface.at(x[j], y[i])[0] == pytest.approx(surface.values[i, j], abs=1e-6)


def test_the_map_is_the_surface():
    surface = a_net()
    x, y, heights = surface.map(9)
    for i, j in ((0, 0), (4, 7), (8, 8), (3, 2)):
        assert heights[i, j] == pytest.approx(surface.at(x[j], y[i])[0], abs=1e-9)
    assert surface.inside == ((x[0], x[-1]), (y[0], y[-1]))


def test_what_the_landscapes_promise():
    """Momentum beats plain descent in the ravine; Adam leaves the saddle first; a fast ball finds the deeper hollow."""
    four = classics()

    def end(name, optimizer, rate, momentum=0.9, step=STEPS):
        return descend(four[name], four[name].start, optimizer, rate, momentum)[step, 2]

    assert end("ravine", "momentum", 0.1, 0.8, 30) < 0.5 * end("ravine", "SGD", 0.3, step=30)
    assert end("saddle", "Adam", 0.2, step=20) < end("saddle", "SGD", 0.2, step=20) - 0.3
    assert end("two hollows", "SGD", 0.3) > 0.9
    assert end("two hollows", "momentum", 0.3, 0.9) > 0.9
    assert min(end("two hollows", "momentum", 0.3, mu) for mu in (0.9, 0.95, 0.98)) < 0.7
    assert end("bend", "momentum", 0.02) < end("bend", "SGD", 0.02)


def test_state_and_what_is_sent():
    explorer = LandscapeExplorer(surfaces())
    state = explorer.get_state()
    assert (explorer.x, explorer.y, explorer.rate) == (4.0, 3.0, 0.05)
    numbers = np.frombuffer(state["values"], "<f4")
    assert len(numbers) == 41 * 31 + 2 * 25 + 4 * 61 * 61
    np.testing.assert_array_equal(numbers[: 41 * 31].reshape(31, 41), a_net().values)
    assert len(state["values"]) < 500_000
    assert [meta["name"] for meta in state["surfaces"]] == ["our net", *classics()]
    explorer.set_state({"optimizer": "Adam", "rate": 0.3, "x": 1.0, "step": 7})
    assert (explorer.optimizer, explorer.rate, explorer.x, explorer.step) == ("Adam", 0.3, 1.0, 7)


def test_a_page_without_a_kernel_has_picture_and_sentence():
    explorer = LandscapeExplorer(surfaces(), "ravine", optimizer="momentum", step=30)
    data, metadata = explorer._repr_mimebundle_()
    x, y, loss = explorer.path[30]
    assert data["text/plain"] == metadata["image/png"]["alt"] == repr(explorer)
    assert f"after 30 steps at ({x:.2f}, {y:.2f}), loss {loss:.3g}." in data["text/plain"]
    assert "image/png" in data
    explorer.rate = 3.0
    assert "leaves the picture at step" in explorer.describe()


def test_the_picture_shows_path_and_curve():
    surface = a_net()
    path = descend(surface, surface.start, "SGD", 0.05)
    figure = overview(surface, path, 40, "title", real=True)
    lines = figure.axes[0].get_lines()
    np.testing.assert_allclose(lines[0].get_xydata(), surface.path, rtol=1e-6)
    np.testing.assert_allclose(lines[1].get_xydata(), path[:41, :2])
    np.testing.assert_allclose(figure.axes[1].get_lines()[0].get_ydata(), path[:, 2])
    assert len(overview(surface, path, 40, "title", real=False).axes[0].get_lines()) == len(lines) - 1


def test_another_surface_pulls_the_start_in():
    explorer = LandscapeExplorer(surfaces(), x=4.6, y=3.7)
    explorer.surface = "saddle"
    assert (explorer.x, explorer.y) == classics()["saddle"].start


def test_what_cannot_be_shown_is_refused():
    good = {"x": (0.0, 1.0), "y": (0.0, 1.0), "start": (0.5, 0.5)}
    for heights, words in ((np.zeros((3, 9)), "at least 4 x 4"), (np.zeros(16), "at least 4 x 4"),
                           (np.full((5, 5), np.nan), "not finite")):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            Surface(heights, **good)
    with pytest.raises(ValueError, match=r"the start \(2\.0, 0\.5\) lies outside"):
        Surface(np.zeros((9, 9)), **good | {"start": (2.0, 0.5)})
    with pytest.raises(ValueError, match=r"points \(n, 2\), not shape \(4, 3\)"):
        Surface(np.zeros((9, 9)), **good, path=np.zeros((4, 3)))
    with pytest.raises(ValueError, match="no optimizer 'Lion'"):
        descend(a_net(), (0.0, 0.0), "Lion", 0.1)
    with pytest.raises(ValueError, match="no surfaces"):
        LandscapeExplorer({})
    with pytest.raises(ValueError, match="no surface 'hill': choose one of"):
        LandscapeExplorer(surfaces(), "hill")
    with pytest.raises(ValueError, match="outside of the surface"):
        LandscapeExplorer(surfaces(), x=40.0)
    with pytest.raises(ValueError, match="use a coarser grid"):
        LandscapeExplorer({"fine": Surface(np.zeros((400, 400)), **good)})
    with pytest.raises(traitlets.TraitError, match="no surface 'hill'"):
        LandscapeExplorer(surfaces()).surface = "hill"
    with pytest.raises(traitlets.TraitError):
        LandscapeExplorer(surfaces()).optimizer = "Lion"
