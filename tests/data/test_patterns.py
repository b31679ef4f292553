import pytest
import torch

from labkit.data.patterns import SHAPES, TEXTURES, patterns


def test_agreement_and_conflict():
    agreeing, torn = patterns(200), patterns(200, agree=False)
    assert (agreeing.shapes == agreeing.textures).all()
    assert (torn.shapes != torn.textures).all()
    pairs = {(s, t) for s, t in zip(torn.shapes.tolist(), torn.textures.tolist(), strict=True)}
    assert len(pairs) == 12, "every shape meets every other texture"


def test_the_same_seed_gives_the_same_pictures():
    torch.testing.assert_close(patterns(8, seed=3).pictures, patterns(8, seed=3).pictures)
    assert not torch.equal(patterns(8, seed=3).pictures, patterns(8, seed=4).pictures)
    assert patterns(2).pictures.shape == (2, 1, 28, 28)
    assert patterns(64).pictures.min() == 0
    assert patterns(64).pictures.max() == 1


def test_textures_are_what_their_names_say():
    """In the middle of a shape, neighbors two pixels away are of the other shade, or of the same."""
    found = patterns(400, seed=1)
    middle = found.pictures[:, 0, 12:16, 12:16]
    turns = {}
    for number, name in enumerate(TEXTURES):
        of = middle[found.textures == number]
        down, right = (of[:, 0, 0] != of[:, 2, 0]).float().mean(), (of[:, 0, 0] != of[:, 0, 2]).float().mean()
        turns[name] = (down.item(), right.item())
    assert turns == {"rows": (1, 0), "columns": (0, 1), "checks": (1, 1), "diagonals": (1, 1)}
    checks = middle[found.textures == TEXTURES.index("checks")]
    diagonals = middle[found.textures == TEXTURES.index("diagonals")]
    assert (diagonals[:, 1, 0] == diagonals[:, 0, 1]).all()
    assert not (checks[:, 1, 0] == checks[:, 0, 1]).all()


def test_shapes_differ_in_outline_and_not_in_size():
    found = patterns(800, seed=2)
    filled = ((found.pictures == 0) | (found.pictures == 1)).float().mean(dim=(1, 2, 3))
    areas = [filled[found.shapes == number].mean().item() for number in range(len(SHAPES))]
    assert max(areas) < 1.25 * min(areas)
    ink = [found.pictures[found.shapes == number].mean().item() for number in range(len(SHAPES))]
    assert max(ink) - min(ink) < 0.03, "brightness does not give the class away"


def test_pictures_too_small_for_a_texture_are_refused():
    with pytest.raises(ValueError, match="at least 20 pixels, not 12"):
        patterns(4, size=12)
