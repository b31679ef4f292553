import math

import pytest
import torch

from labkit.data.sequences import adding_problem, copying, echo, sine_mixtures


def test_the_adding_problem_marks_one_number_in_each_half():
    inputs, targets = adding_problem(500, 11)
    numbers, marks = inputs.unbind(dim=-1)
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert ((marks == 0) | (marks == 1)).all()
    assert (marks[:, :5].sum(dim=1) == 1).all()
    assert (marks[:, 5:].sum(dim=1) == 1).all()
    assert (marks.sum(dim=0) > 0).all(), "every place is marked now and then"
    torch.testing.assert_close(
        targets, torch.stack([row[mark == 1].sum() for row, mark in zip(numbers, marks, strict=True)])
    )
    assert targets.var().item() == pytest.approx(1 / 6, rel=0.15)


def test_copying():
    inputs, targets = copying(50, remembered=3, delay=4, symbols=5)
    assert inputs.shape == targets.shape == (50, 10)
    assert set(inputs[:, :3].flatten().tolist()) == set(range(2, 7))
    assert (inputs[:, 3:7] == 0).all()
    assert (inputs[:, 7] == 1).all()
    assert (inputs[:, 8:] == 0).all()
    assert (targets[:, :7] == 0).all()
    assert torch.equal(targets[:, 7:], inputs[:, :3])


def test_an_echo():
    inputs, targets = echo(20, 15, delay=4, symbols=3)
    assert set(inputs.flatten().tolist()) == {0, 1, 2}
    assert torch.equal(targets[:, 4:], inputs[:, :-4])
    assert (targets[:, :4] == 0).all()
    assert torch.equal(*echo(20, 15, delay=0))


@pytest.mark.parametrize("waves", [1, 3])
def test_a_mixture_of_sines_obeys_a_linear_recurrence(waves):
    """With the same periods, 2 w values determine the next one: least squares on half of the rows fits the others."""
    rows = sine_mixtures(40, 30, waves, same=True).double()
    order = 2 * waves
    past = rows.unfold(1, order + 1, 1)
    fitted, other = past[:20].flatten(0, 1), past[20:].flatten(0, 1)
    weights = torch.linalg.lstsq(fitted[:, :-1], fitted[:, -1:]).solution
    torch.testing.assert_close(other[:, :-1] @ weights, other[:, -1:], atol=1e-3, rtol=0)
    residual = past[:, :, -1] - past[:, :, 1:-1].mean(dim=-1)
    assert residual.std() > 0.1, "which is not so for any weights"


def test_mixtures_have_periods_of_their_own_within_range():
    rows = sine_mixtures(200, 400, waves=1, periods=(10.0, 20.0))
    crossings = (rows[:, 1:].sign() != rows[:, :-1].sign()).sum(dim=1)
    assert crossings.min() >= 2 * 400 / 20 - 2
    assert crossings.max() <= 2 * 400 / 10 + 2
    assert crossings.unique().numel() > 10
    alike = sine_mixtures(200, 400, waves=1, periods=(10.0, 20.0), same=True)
    assert ((alike[:, 1:].sign() != alike[:, :-1].sign()).sum(dim=1)).unique().numel() <= 3


def test_noise_is_of_the_size_asked_for():
    noise = sine_mixtures(50, 100, noise=0.3, seed=2) - sine_mixtures(50, 100, seed=2)
    assert noise.std().item() == pytest.approx(0.3, rel=0.05)
    assert abs(noise.mean().item()) < 0.02


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: adding_problem(4, 9, seed)[0],
        lambda seed: copying(4, 3, 5, seed=seed)[0],
        lambda seed: echo(4, 9, 2, seed=seed)[0],
        lambda seed: sine_mixtures(4, 9, seed=seed),
    ],
)
def test_the_same_seed_gives_the_same_sequences(make):
    before = torch.random.get_rng_state()
    assert torch.equal(make(1), make(1))
    assert not torch.equal(make(1), make(2))
    assert torch.equal(torch.random.get_rng_state(), before), "and leaves other random numbers alone"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: adding_problem(4, 1), "two steps at least, not 1"),
        (lambda: copying(4, 0, 5), "not 0 over 5"),
        (lambda: copying(4, 1, -1), "not 1 over -1"),
        (lambda: echo(4, 9, -1), "0 steps or more, not -1"),
        (lambda: sine_mixtures(4, 9, waves=0), r"not 0 wave"),
        (lambda: sine_mixtures(4, 9, periods=(2.0, 9.0)), r"not 2 wave\(s\) of \(2.0, 9.0\)"),
        (lambda: sine_mixtures(4, 9, periods=(9.0, 5.0)), "shortest <= longest"),
    ],
)
def test_impossible_sequences_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_speeds_are_spread_over_the_whole_range():
    rows = sine_mixtures(4000, 3, waves=1, periods=(4.0, 40.0)).double()
    speed = torch.acos(((rows[:, 0] + rows[:, 2]) / (2 * rows[:, 1])).clamp(-1, 1))
    assert speed.median().item() == pytest.approx(math.pi * (1 / 4 + 1 / 40), rel=0.05)
