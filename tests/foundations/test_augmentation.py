from inspect import unwrap

import pytest
import torch

from labkit.foundations import augmentation
from labkit.foundations.augmentation import crop, mixup, noise, scale, shift, shift_image, turn_image

SIGNALS = [(shift, 5), (scale, 0.5), (noise, 0.3), (crop, 0.6)]
IMAGES = [(shift_image, 2), (turn_image, 15.0)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("change", "amount"), SIGNALS + IMAGES)
def test_shape_stays_draws_are_fresh_and_a_seed_repeats_them(change, amount):
    x = torch.randn(6, 12, 12) if (change, amount) in IMAGES else torch.randn(6, 40)
    before, draw = x.clone(), generator()
    first, second = change(x, amount, generator=draw), change(x, amount, generator=draw)
    assert first.shape == x.shape
    assert not torch.allclose(first, second)
    torch.testing.assert_close(change(x, amount, generator=generator()), first)
    assert torch.equal(x, before)


@pytest.mark.parametrize(("change", "nothing"), [(shift, 0), (scale, 0.0), (noise, 0.0), (crop, 1.0)])
def test_by_nothing_changes_nothing(change, nothing):
    x = torch.randn(5, 40)
    torch.testing.assert_close(change(x, nothing), x)


@pytest.mark.parametrize(("change", "nothing"), [(shift_image, 0), (turn_image, 0.0)])
def test_by_nothing_changes_no_image(change, nothing):
    x = torch.randn(5, 8, 6)
    torch.testing.assert_close(change(x, nothing), x, atol=1e-5, rtol=1e-4)


def test_a_shift_moves_each_row_by_a_whole_number_of_its_own_and_repeats_the_edge():
    x = torch.arange(1.0, 31.0).repeat(400, 1)
    moved = shift(x, 3, generator())
    by = (x[:, 15] - moved[:, 15]).long()
    assert set(by.tolist()) == set(range(-3, 4))
    places = (torch.arange(30) - by[:, None]).clamp(0, 29)
    assert torch.equal(moved, x.gather(1, places))


def test_what_a_shift_keeps():
    """A signal that is 0 near its edges keeps its sum, its energy and every circular correlation with itself."""
    x = torch.zeros(50, 40)
    x[:, 10:30] = torch.randn(50, 20)
    moved = shift(x, 8, generator())
    torch.testing.assert_close(moved.sum(1), x.sum(1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.fft.rfft(moved).abs(), torch.fft.rfft(x).abs(), atol=1e-4, rtol=1e-4)


def test_a_scale_keeps_the_direction_and_doubles_as_often_as_it_halves():
    x = torch.randn(4000, 10)
    y = scale(x, 0.7, generator())
    torch.testing.assert_close(torch.cosine_similarity(x, y), torch.ones(4000))
    factors = (y / x)[:, 0].log()
    assert factors.abs().max() <= 0.7
    assert factors.mean().abs() < 0.02
    assert factors.std().item() == pytest.approx(0.7 / 3**0.5, rel=0.05)


def test_noise_has_mean_zero_and_the_size_it_is_given():
    x = torch.randn(300, 40)
    added = noise(x, 0.3, generator()) - x
    assert added.mean().abs() < 0.01
    assert added.std().item() == pytest.approx(0.3, rel=0.02)


def test_a_crop_is_a_window_stretched():
    """On a straight line a crop is a straight line: its ends say where the window was."""
    x = torch.linspace(0, 1, 40).repeat(500, 1)
    y = crop(x, 0.6, generator())
    lengths = y[:, -1] - y[:, 0]
    ramp = torch.linspace(0, 1, 40)
    torch.testing.assert_close(y, y[:, :1] + lengths[:, None] * ramp, atol=1e-5, rtol=1e-5)
    assert 0.6 <= lengths.min() < 0.65
    assert 0.95 < lengths.max() <= 1.0 + 1e-6
    assert y.min() >= 0
    assert y.max() <= 1 + 1e-6
    assert y[:, 0].min() < 0.02, "some begin at the start"
    assert y[:, -1].max() > 0.98, "some end at the end"


def test_an_image_moves_whole_and_zeros_fill_the_gap():
    x = torch.zeros(300, 9, 7)
    x[:, 4, 3] = 1.0
    moved = shift_image(x, 2, generator())
    assert torch.equal(moved.flatten(1).sum(1), torch.ones(300))
    where = moved.flatten(1).argmax(1)
    assert {(int(i) // 7 - 4, int(i) % 7 - 3) for i in where} == {(a, b) for a in range(-2, 3) for b in range(-2, 3)}
    gone = shift_image(torch.ones(300, 9, 7), 2, generator())
    assert gone.flatten(1).sum(1).min() == 7 * 5


def test_a_turn_by_a_right_angle_is_torchs_and_zoom_makes_larger(monkeypatch):
    """The drawn numbers are pinned to their largest: 90 degrees, then a zoom by 2."""
    ones = lambda shape, **_: torch.ones(shape)  # noqa: E731
    monkeypatch.setattr(augmentation.torch, "rand", ones)
    x = torch.randn(1, 8, 8)
    turned = turn_image(x, 90.0)
    assert any(torch.allclose(turned, torch.rot90(x, k, (1, 2)), atol=1e-4) for k in (1, 3))
    square = torch.zeros(1, 16, 16)
    square[:, 6:10, 6:10] = 1.0
    larger = turn_image(square, 0.0, zoom=torch.tensor(2.0).log().item())
    assert larger.sum().item() == pytest.approx(4 * square.sum().item(), rel=0.1)


def test_a_small_turn_keeps_what_is_round():
    """A disk looks the same from every side, also in an image that is not square: an invariance."""
    rows, columns = torch.meshgrid(torch.arange(24.0) - 11.5, torch.arange(32.0) - 15.5, indexing="ij")
    disk = torch.exp(-(rows.square() + columns.square()) / 18).repeat(20, 1, 1)
    torch.testing.assert_close(turn_image(disk, 40.0, generator=generator()), disk, atol=0.03, rtol=0)


def test_mixup_blends_inputs_and_labels_alike():
    """Where the inputs are the labels, the blends must be equal."""
    y = torch.randint(5, (200,))
    x = torch.nn.functional.one_hot(y, 5).float()
    mixed, labels = mixup(x, y, 5, alpha=1.0, generator=generator())
    torch.testing.assert_close(mixed, labels)
    torch.testing.assert_close(labels.sum(1), torch.ones(200))
    assert labels.min() >= 0


def test_mixups_shares_are_of_the_beta_distribution():
    """Of Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)). A row of zeros among ones shows its share."""
    y = torch.zeros(4000, dtype=torch.int64)
    x = torch.arange(4000.0)[:, None]
    for alpha in (0.2, 1.0, 4.0):
        draw = generator(3)
        mixed, _ = mixup(x, y, 2, alpha, draw)
        partner = torch.randperm(4000, generator=generator(3))
        others = partner != torch.arange(4000)
        share = ((mixed[:, 0] - partner) / (torch.arange(4000) - partner))[others]
        assert share.min() >= -1e-3
        assert share.max() <= 1 + 1e-3
        assert share.mean().item() == pytest.approx(0.5, abs=0.03)
        assert share.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.08)


def test_mixup_takes_images_too():
    mixed, labels = mixup(torch.randn(4, 8, 8), torch.tensor([0, 1, 2, 1]), 3)
    assert mixed.shape == (4, 8, 8)
    assert labels.shape == (4, 3)


def test_bad_input_is_refused():
    signal, image, y = torch.zeros(2, 10), torch.zeros(2, 4, 4), torch.tensor([0, 1])
    for call in (
        lambda: shift(signal, -1),
        lambda: scale(signal, -0.1),
        lambda: noise(signal, float("nan")),
        lambda: shift_image(image, -1),
        lambda: turn_image(image, -1.0),
    ):
        with pytest.raises(ValueError, match="how much at most is not negative"):
            call()
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        crop(signal, 0.0)
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        crop(signal, 1.5)
    with pytest.raises(ValueError, match="for no mixup leave the call out"):
        mixup(signal, y, 2, alpha=0.0)
    with pytest.raises(ValueError, match="one label for each of 2 examples"):
        unwrap(mixup)(signal, torch.tensor([0]), 2)
    with pytest.raises(ValueError, match=r"expected signals \(batch, samples\), got \(2, 4, 4\)"):
        unwrap(shift)(image, 1)
    with pytest.raises(ValueError, match=r"expected images \(batch, rows, columns\), got \(2, 10\)"):
        unwrap(shift_image)(signal, 1)


def test_a_tiny_alpha_leaves_examples_pure_and_takes_both_sides():
    """Float32 gammas of shape 0.01 underflow in pairs, and then every blend is an exact half."""
    y = torch.arange(4000) % 2
    _, labels = mixup(torch.zeros(4000, 1), y, 2, 0.01, generator())
    assert not (labels == 0.5).any()
    pure = (labels.max(dim=1).values > 0.999).float().mean().item()
    assert pure > 0.9
    other = (labels.argmax(dim=1) != y).float().mean().item()
    assert 0.2 < other < 0.3  # half take the partner's side, and half of the partners are of the other class
