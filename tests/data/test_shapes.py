import pytest
import torch

from labkit.data.shapes import FACTORS, SIZES, render, shapes

MIDDLE = [0, 3, 0, 6, 6]


def one(side=28, sizes=SIZES, **changes):
    values = dict(zip(FACTORS, MIDDLE, strict=True)) | changes
    return render(torch.tensor([list(values.values())]), side, sizes)[0]


def center(image):
    """Column and row of the middle of the ink, from -1 to 1."""
    ticks = (2 * torch.arange(len(image)) + 1) / len(image) - 1
    return ((image.sum(0) * ticks).sum() / image.sum()).item(), ((image.sum(1) * ticks).sum() / image.sum()).item()


def test_the_same_seed_gives_the_same_pictures_and_another_others():
    a, same, other = shapes(50, seed=1), shapes(50, seed=1), shapes(50, seed=2)
    torch.testing.assert_close(a.images, same.images)
    assert not torch.equal(a.factors, other.factors)


def test_factors_are_even_and_independent():
    factors = shapes(6000, side=4).factors
    for column, size in zip(factors.T, SIZES, strict=True):
        share = column.bincount(minlength=size) / len(column)
        assert (share * size - 1).abs().max() < 0.2
    correlation = torch.corrcoef(factors.T.float()) - torch.eye(5)
    assert correlation.abs().max() < 0.05


def test_pixels_are_between_black_and_white_with_soft_edges():
    images = shapes(200).images
    assert images.min() == 0
    assert images.max() == 1
    soft = ((images > 0) & (images < 1)).float().sum((1, 2))
    assert soft.min() > 5


def test_x_goes_right_and_y_goes_down():
    left, right = center(one(x=0)), center(one(x=11))
    top, bottom = center(one(y=0)), center(one(y=11))
    assert left[0] == pytest.approx(-0.5, abs=0.03)
    assert right[0] == pytest.approx(0.5, abs=0.03)
    assert bottom[1] - top[1] == pytest.approx(1.0, abs=0.01)
    assert left[1] == pytest.approx(right[1], abs=1e-3)


def test_a_larger_scale_is_the_same_shape_with_more_ink():
    ink = [one(side=84, scale=scale).sum().item() for scale in range(4)]
    size = [0.24 + 0.2 * scale / 3 for scale in range(4)]
    for found, at in zip(ink, size, strict=True):
        assert found / ink[0] == pytest.approx((at / size[0]) ** 2, rel=0.02)


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_a_turn_moves_no_ink_and_no_two_angles_look_alike(shape):
    turned = [one(side=56, shape=shape, rotation=rotation) for rotation in range(8)]
    ink = torch.stack([image.sum() for image in turned])
    assert (ink / ink[0] - 1).abs().max() < 0.02
    for i, a in enumerate(turned):
        for b in turned[:i]:
            assert (a - b).abs().sum() > 0.1 * ink[0]


def test_shapes_differ():
    images = [one(shape=shape) for shape in range(3)]
    assert all((a - b).abs().sum() > 5 for i, a in enumerate(images) for b in images[:i])


def test_a_heart_is_its_own_mirror_and_not_upside_down():
    heart = one(shape=2, x=0, sizes=(3, 4, 8, 1, 1), y=0)
    torch.testing.assert_close(heart, heart.flip(1), atol=1e-5, rtol=0)
    assert (heart - heart.flip(0)).abs().sum() > 5


def test_a_factor_that_is_held_still_stands_in_the_middle():
    still = shapes(20, sizes=(1, 1, 1, 1, 12))
    assert (still.factors[:, :4] == 0).all()
    assert abs(center(still.images[0])[0]) < 0.05


@pytest.mark.parametrize("bad", [[0, 0, 0, 12, 0], [0, -1, 0, 0, 0]])
def test_factors_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match="whole numbers from 0 to below"):
        render(torch.tensor([bad]))
    with pytest.raises(ValueError, match="rows of"):
        render(torch.zeros(1, 4, dtype=torch.int64))
