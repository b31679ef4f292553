import pytest
import torch

from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.score_network import ScoreNetwork
from labkit.diffusion.sde import VESDE, VPSDE


def test_it_says_the_noise_divided_by_its_level():
    network, x = ScoreNetwork(), torch.randn(3, 2)
    network.layers[-1].weight.data.zero_()
    network.layers[-1].bias.data = torch.tensor([1.0, -2.0])
    for std in (0.1, 5.0):
        torch.testing.assert_close(network(x, std), torch.tensor([[-1.0, 2.0]]).expand(3, 2) / std)


def test_one_level_for_all_is_the_same_level_for_each():
    network, x = ScoreNetwork(), torch.randn(3, 2)
    torch.testing.assert_close(network(x, 0.3), network(x, torch.full((3,), 0.3)))
    assert (network(x, 0.3) - network(x, 0.4)).abs().max() > 1e-4
    levels = torch.tensor([0.1, 1.0, 3.0])
    torch.testing.assert_close(network(x, levels)[1:2], network(x[1:2], 1.0))


@pytest.mark.parametrize("sde", [VESDE(0.05, 8.0), VPSDE()])
def test_at_a_time_it_is_the_score_of_what_the_equation_makes(sde):
    """In a network's place stands the exact score of noisy points: at every time the exact score must come out."""
    mixture = GaussianMixture(
        torch.tensor([[1.0, 0.0], [-1.0, 1.0]]), torch.tensor([0.3, 0.5]), torch.tensor([0.4, 0.6])
    )
    network, x, t = ScoreNetwork(), torch.randn(6, 2), torch.linspace(0.1, 0.8, 6)
    network.forward = lambda y, std: mixture.score(y, 1.0, std)
    torch.testing.assert_close(network.at(sde)(x, t), sde.score_of(mixture)(x, t), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(network.at(sde)(x, 0.5), sde.score_of(mixture)(x, 0.5), rtol=1e-4, atol=1e-4)


def test_how_much_noise_the_equations_ask_for():
    """What the docstring says: the preserving equation ends with 152 times as much noise as data."""
    for sde, most in ((VESDE(0.05, 8.0), 8.0), (VPSDE(), 152.0)):
        assert (sde.std(1.0) / sde.shrink(1.0)).item() == pytest.approx(most, rel=0.01)


def test_copies_of_the_weights_say_the_same():
    """Its random waves are part of what it learned with, and are stored with it."""
    network, copy, x = ScoreNetwork(), ScoreNetwork(), torch.randn(3, 2)
    copy.load_state_dict(network.state_dict())
    torch.testing.assert_close(copy(x, 0.3), network(x, 0.3))


@pytest.mark.parametrize("std", [0.0, -1.0])
def test_no_noise_is_refused(std):
    with pytest.raises(ValueError, match="greater than 0"):
        ScoreNetwork()(torch.zeros(2, 2), std)
