import pytest
import torch

from labkit.data.signals import LENGTH, NAMES, draw, signals, templates


def test_a_seed_makes_the_same_signals_and_another_makes_others():
    one, same, other = signals(50, 30, seed=3), signals(50, 30, seed=3), signals(50, 30, seed=4)
    for part in ("train", "test"):
        for a, b in zip(getattr(one, part), getattr(same, part), strict=True):
            assert torch.equal(a, b)
        assert not torch.equal(getattr(one, part)[0], getattr(other, part)[0])


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    signals(20, 20, seed=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_classes_are_balanced_and_in_random_order():
    labels = signals(100, 55).train[1]
    assert labels.bincount().tolist() == [10] * 10
    assert not torch.equal(labels, torch.arange(100) % 10)
    assert set(signals(100, 55).test[1].bincount().tolist()) == {5, 6}


def test_training_and_test_signals_are_different():
    task = signals(200, 200)
    assert torch.cdist(task.train[0], task.test[0]).min() > 0.1


def test_templates_are_ten_different_shapes():
    shapes = templates()
    assert shapes.shape == (10, LENGTH)
    assert len(NAMES) == 10
    assert torch.cdist(shapes, shapes).add(torch.eye(10) * 99).min() > 1


def test_without_noise_and_shift_a_signal_is_its_template_in_the_middle_on_a_line():
    """Take the straight line off, read from the outer samples, and what is left stands in the middle."""
    labels = torch.full((200,), NAMES.index("hill"))
    x = draw(labels, torch.Generator().manual_seed(0), noise=0.0, shift=0.0)
    slope = (x[:, -1:] - x[:, :1]) / (LENGTH - 1)
    assert slope.abs().max() * (LENGTH - 1) <= 0.75 * 2
    assert slope.min() < -0.01
    assert slope.max() > 0.01
    shape = x - x[:, :1] - slope * torch.arange(LENGTH)
    torch.testing.assert_close(shape, shape.flip(1), atol=1e-4, rtol=0)
    height = shape.amax(dim=1) / 1.8
    assert height.min() > 0.55
    assert height.max() < 1.45
    wide = (shape > 1e-3).sum(dim=1) / LENGTH
    assert 0.4 < wide.min() < 0.5
    assert 0.64 < wide.max() < 0.75


def test_shift_moves_a_shape_anywhere():
    labels = torch.full((500,), NAMES.index("hill"))
    x = draw(labels, torch.Generator().manual_seed(0), noise=0.0)
    line = x[:, :1] + (x[:, -1:] - x[:, :1]) * torch.linspace(0, 1, LENGTH)
    mass = (x - line).clamp(min=0)
    center = (mass * torch.arange(LENGTH)).sum(1) / mass.sum(1)
    assert center.min() < 12
    assert center.max() > 27


def test_noise_has_its_size_and_neighbors_share_it():
    labels = torch.zeros(3000, dtype=torch.int64)
    quiet, loud = (draw(labels, torch.Generator().manual_seed(0), noise=size) for size in (0.0, 0.5))
    rough = (loud - quiet) / 0.5
    assert rough.std().item() == pytest.approx(1.0, rel=0.02)
    assert rough.mean().abs() < 0.02
    assert (rough[:, 1:] * rough[:, :-1]).mean().item() == pytest.approx(16 / 19, abs=0.03)
    assert (rough[:, 8:] * rough[:, :-8]).mean().abs() < 0.03


def test_a_perfect_eye_tells_the_classes_apart_where_there_is_no_noise():
    """Each signal is nearest to a signal of its own class, among many that are quiet and centered."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(3000) % 10
    x = draw(labels, generator, noise=0.0, shift=0.0)
    distance = torch.cdist(x, x).fill_diagonal_(torch.inf)
    assert (labels[distance.argmin(dim=1)] == labels).float().mean() > 0.97


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="10 classes, numbered from 0: got 3 to 10"):
        draw(torch.tensor([3, 10]))
    with pytest.raises(ValueError, match="noise is not negative"):
        draw(torch.tensor([3]), noise=-0.1)
    with pytest.raises(ValueError, match="shift lies between 0 and 1"):
        draw(torch.tensor([3]), shift=1.5)
