"""What the denoising explorer is given, and what it refuses."""

import numpy as np
import pytest
import torch

from labkit.show.denoising.data import FINE, Field, Film, Guidance, as_bytes, as_places, extent_of
from labkit.show.denoising.explorer import DenoisingExplorer
from show.denoising.examples import film, flow, pull

TWO = np.zeros((2, 3, 4, 4))
TIMES = [1.0, 0.5]
START = np.zeros((3, 2))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Film(TWO[0], TWO, TIMES), "noisy need 4 axes"),
        (lambda: Film(TWO, TWO[:, :2], TIMES), "a guess for every noisy image"),
        (lambda: Film(TWO, TWO * np.nan, TIMES), "not finite"),
        (lambda: Film(TWO, TWO, [0.5, 1.0]), "2 frames need as many times, falling"),
        (lambda: Film(TWO, TWO, [1.0]), "two at least"),
        (lambda: Film(TWO, TWO, TIMES, ["one"]), "3 images need as many names, not 1"),
        (lambda: Field(pull, flow, TIMES, [1.0], START), "with a noise level each"),
        (lambda: Field(pull, flow, [0.5, 1.0], TIMES, START), "times fall"),
        (lambda: Field(pull, flow, TIMES, TIMES, START[:, :1]), "start are finite points"),
        (lambda: Field(pull, flow, TIMES, TIMES, START, data=START[0]), "data are finite points"),
        (
            lambda: Guidance([0, 1], np.zeros((1, 2, 3, 4, 4)), ["a", "b"]),
            r"\(weights, classes, n, h, w\), here \(2, 2\)",
        ),
        (lambda: Guidance([1, 0], np.zeros((2, 1, 3, 4, 4)), ["a"]), "rise along a dial"),
        (lambda: Guidance([0], np.zeros((1, 1, 3, 4, 4)), ["a"], recognized=[[2.0]]), "shares from 0 to 1"),
        (lambda: Guidance([0], np.zeros((1, 1, 3, 4, 4)), ["a"], recognized=[0.5]), r"\(1, 1\), not \(1,\)"),
        (DenoisingExplorer, "nothing to show"),
        (lambda: DenoisingExplorer(film(40, 8)), "too many for one explorer"),
        (
            lambda: DenoisingExplorer(field=Field(lambda p, t: p[:, :1], flow, TIMES, TIMES, START + 1)),
            "score must give",
        ),
        (lambda: DenoisingExplorer(field=Field(pull, lambda p, t, n: p, TIMES, TIMES, START + 1)), "flow must give"),
    ],
)
def test_what_does_not_fit_is_named_at_the_door(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_tensors_are_taken_as_they_come():
    given = Film(torch.zeros(2, 3, 4, 4, requires_grad=True), torch.zeros(2, 3, 4, 4).double(), TIMES)
    assert given.noisy.dtype == np.float32
    assert given.names == ["image 1", "image 2", "image 3"]
    moved = Field(
        lambda p, t: torch.tensor(pull(p, t)), lambda p, t, n: torch.tensor(flow(p, t, n)), TIMES, TIMES, START + 1
    )
    assert DenoisingExplorer(field=moved).field["size"] == [2, 3, 0]


def test_pixels_and_places_as_whole_numbers():
    np.testing.assert_array_equal(as_bytes(np.array([-3.0, -1.0, 0.0, 1.0, 2.0])), [0, 0, 128, 255, 255])
    np.testing.assert_array_equal(as_places(np.array([-1.5, 3.0, 9.0, -9.0]), 3.0), [-FINE / 2, FINE, 32767, -32767])


def test_the_plane_shows_all_but_no_more_than_twice_the_data():
    runs, data = np.array([[1.0, -2.0]] * 200), np.array([[1.5, 0.0], [-1.5, 0.0]])
    assert extent_of(runs, data) == pytest.approx(2.16)
    assert extent_of(10 * runs, data) == pytest.approx(3.24)
