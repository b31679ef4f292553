from inspect import unwrap

import pytest
import torch

from labkit.rl.targets import bellman_target, double_target

ENDS = {"terminated": torch.tensor([False, True, False, True]), "truncated": torch.tensor([False, False, True, True])}
REWARD = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
VALUES = torch.tensor([[1.0, 4.0], [9.0, 2.0], [-3.0, -1.0], [7.0, 8.0]], dtype=torch.float64)
OTHER = torch.tensor([[10.0, 20.0], [30.0, 40.0], [50.0, 60.0], [70.0, 80.0]], dtype=torch.float64)


def test_a_terminated_episode_earns_nothing_more_and_a_truncated_one_would():
    target = bellman_target(REWARD, VALUES, **ENDS, discount=0.5)
    torch.testing.assert_close(target, torch.tensor([3.0, -2.0, 0.0, 3.0], dtype=torch.float64))


def test_one_network_chooses_and_the_other_values():
    target = double_target(REWARD, VALUES, OTHER, **ENDS, discount=0.5)
    torch.testing.assert_close(target, torch.tensor([11.0, -2.0, 30.5, 3.0], dtype=torch.float64))


def test_a_network_that_asks_itself_gains_nothing():
    torch.testing.assert_close(
        double_target(REWARD, VALUES, VALUES, **ENDS, discount=0.9),
        bellman_target(REWARD, VALUES, **ENDS, discount=0.9),
    )


def test_infinite_values_after_the_end_do_no_harm():
    assert bellman_target(REWARD, torch.full_like(VALUES, torch.inf), **ENDS, discount=0.9)[1] == -2.0


def test_the_maximum_of_noise_is_biased_and_a_second_opinion_is_not():
    """Ten actions worth 0, seen through noise of size 1: the largest of ten has a mean of 1.5388."""
    noise = torch.randn(2, 200_000, 10)
    zero, no = torch.zeros(200_000), torch.zeros(200_000, dtype=torch.bool)
    assert bellman_target(zero, noise[0], no, no, 1.0).mean().item() == pytest.approx(1.5388, abs=0.01)
    assert double_target(zero, noise[0], noise[1], no, no, 1.0).mean().item() == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reward": REWARD[:, None]}, "no broadcasting"),
        ({"reward": REWARD[:1]}, "no broadcasting"),
        ({"terminated": torch.zeros(4)}, "flags are bool"),
        ({"truncated": torch.zeros(4, dtype=torch.int64)}, "flags are bool"),
        ({"discount": 1.01}, "between 0 and 1"),
        ({"discount": -0.1}, "between 0 and 1"),
    ],
)
def test_bad_input_meets_a_clear_error(changed, message, unchecked):
    arguments = {"reward": REWARD, "next_values": VALUES, **ENDS, "discount": 0.9} | changed
    with pytest.raises(ValueError, match=message):
        unchecked(bellman_target)(**arguments)
    values = arguments.pop("next_values")
    with pytest.raises(ValueError, match=message):
        unchecked(double_target)(**arguments, next_online=values, next_target=values)


def test_networks_of_different_actions_are_refused(unchecked):
    with pytest.raises(ValueError, match="both networks"):
        unchecked(double_target)(REWARD, VALUES, OTHER[:, :1], **ENDS, discount=0.9)


@pytest.mark.parametrize("name", ["terminated", "truncated"])
def test_flags_in_a_column_do_not_broadcast(name):
    """Without the checks of the tests: (b, 1) against (b,) would make a (b, b) table of wrong targets."""
    ends = ENDS | {name: ENDS[name][:, None]}
    for target, values in ((bellman_target, (VALUES,)), (double_target, (VALUES, OTHER))):
        with pytest.raises(ValueError, match="no broadcasting here"):
            unwrap(target)(REWARD, *values, **ends, discount=0.5)
    with pytest.raises(ValueError, match="no broadcasting here"):
        unwrap(bellman_target)(REWARD[:, None], VALUES, **ENDS, discount=0.5)
