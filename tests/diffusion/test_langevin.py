import pytest
import torch

from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.langevin import annealed_langevin, langevin, langevin_step

FAR_APART = GaussianMixture(
    torch.tensor([[-5.0, -5.0], [5.0, 5.0]]), torch.tensor([1.0, 1.0]), torch.tensor([0.2, 0.8])
)  # the example of Song and Ermon 2019: one mode has a fifth of the data


def share_of_first(x: torch.Tensor) -> float:
    return (torch.cdist(x, FAR_APART.centers).argmin(dim=1) == 0).float().mean().item()


def test_one_step_by_hand():
    x, score, noise = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -1.0]]), torch.tensor([[0.5, -0.5]])
    expected = torch.tensor([[1 + 0.02 * 3 + 0.2 * 0.5, 2 - 0.02 - 0.2 * 0.5]])
    torch.testing.assert_close(langevin_step(score, x, 0.04, noise), expected)


@pytest.mark.parametrize("step", [0.2, 0.8])
def test_on_a_gaussian_it_settles_at_the_variance_of_the_recursion(step):
    r"""$x' = (1 - \frac{\alpha}{2v}) x + \sqrt{\alpha} z$ has variance $\alpha / (1 - (1 - \frac{\alpha}{2v})^2)$."""
    variance = 0.5
    x = langevin(lambda y: -y / variance, torch.zeros(40_000, 2), step, 60, torch.Generator().manual_seed(0))
    expected = step / (1 - (1 - step / (2 * variance)) ** 2)
    assert x.var().item() == pytest.approx(expected, rel=0.03)
    assert expected > variance * (1.1 if step > 0.5 else 1.0), "large steps make the sample too wide"


def test_small_steps_sample_the_density():
    x = langevin(lambda y: -y / 0.5, torch.zeros(40_000, 2), 0.02, 300, torch.Generator().manual_seed(0))
    assert x.var().item() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_annealed_it_finds_the_weights_that_plain_it_misses(seed):
    draw = torch.Generator().manual_seed(seed)
    start = 20 * torch.rand(800, 2, generator=draw) - 10
    plain = langevin(FAR_APART.score, start, 0.1, 400, draw)
    assert abs(share_of_first(plain) - 0.2) > 0.2, "where they started decides, and they started everywhere alike"
    stds = torch.logspace(1, -1, 12)
    walked = annealed_langevin(lambda x, std: FAR_APART.score(x, 1.0, std), start, stds, 0.002, 40, draw)
    assert abs(share_of_first(walked) - 0.2) < 0.06
    assert walked[torch.cdist(walked, FAR_APART.centers).argmin(dim=1) == 1].std(dim=0).mean().item() == pytest.approx(
        1.0, abs=0.1
    )


def test_each_level_gets_its_share_of_the_step_and_its_own_score():
    asked = []

    def score(x, std):
        asked.append(float(std))
        return torch.zeros_like(x)

    stds = torch.tensor([4.0, 2.0, 1.0])
    x = annealed_langevin(score, torch.zeros(60_000, 1), stds, 0.01, 3, torch.Generator().manual_seed(0))
    assert asked == [4.0] * 3 + [2.0] * 3 + [1.0] * 3
    assert x.var().item() == pytest.approx(0.01 * 3 * (16 + 4 + 1), rel=0.03)


@pytest.mark.parametrize("stds", [[1.0, 2.0], [1.0, 1.0], [1.0, 0.0], []])
def test_levels_that_do_not_fall_are_refused(stds):
    with pytest.raises(ValueError, match="fall from much to little"):
        annealed_langevin(lambda x, std: -x, torch.zeros(1, 2), torch.tensor(stds), 0.1, 1)


def test_a_step_that_is_none_is_refused():
    with pytest.raises(ValueError, match="greater than 0"):
        langevin(lambda x: -x, torch.zeros(1, 2), 0.0, 1)
