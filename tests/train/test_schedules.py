import pytest
import torch

from labkit.train.schedules import apply, inverse_square_root, linear


def test_inverse_square_root_is_the_papers_rate():
    """Eq. 3 with width 512 and 4000 steps of warm-up."""
    ours = inverse_square_root(4000)
    for step in (1, 100, 4000, 4001, 50_000):
        paper = 512**-0.5 * min(step**-0.5, step * 4000**-1.5)
        assert ours(step) * (512 * 4000) ** -0.5 == pytest.approx(paper)


def test_linear_rises_and_falls():
    rate = linear(10, 110)
    assert [rate(step) for step in (1, 5, 10, 60, 110, 120)] == pytest.approx([0.1, 0.5, 1.0, 0.5, 0.0, 0.0])
    assert linear(0, 4)(1) == 0.75


def test_apply_gives_the_first_step_the_first_rate():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler, rates = apply(inverse_square_root(2), optimizer), []
    for _ in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([1.0, 2.0, 2 * (2 / 3) ** 0.5, 2 * 0.5**0.5])


def test_errors():
    with pytest.raises(ValueError, match="at least one step, not 0"):
        inverse_square_root(0)
    with pytest.raises(ValueError, match="before the 10 steps do, not after 10"):
        linear(10, 10)
