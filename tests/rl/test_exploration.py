import pytest
import torch

from labkit.rl.exploration import epsilon_greedy, linear_epsilon, sample


def test_the_best_action_keeps_its_share_of_exploration():
    policy = epsilon_greedy(torch.tensor([[0.0, 5.0, 1.0, 2.0], [7.0, 1.0, 0.0, 0.0]], dtype=torch.float64), 0.2)
    torch.testing.assert_close(
        policy, torch.tensor([[0.05, 0.85, 0.05, 0.05], [0.85, 0.05, 0.05, 0.05]], dtype=torch.float64)
    )


def test_equally_good_actions_share():
    policy = epsilon_greedy(torch.tensor([[3.0, 1.0, 3.0], [0.0, 0.0, 0.0]]), 0.3)
    torch.testing.assert_close(policy, torch.tensor([[0.45, 0.1, 0.45], [1 / 3, 1 / 3, 1 / 3]]))


@pytest.mark.parametrize("epsilon", [0.0, 1.0])
def test_limits(epsilon):
    values = torch.randn(3, 5, 4)
    policy = epsilon_greedy(values, epsilon)
    expected = torch.full_like(values, 0.25) if epsilon else torch.nn.functional.one_hot(values.argmax(-1), 4).float()
    torch.testing.assert_close(policy, expected)


def test_draws_follow_the_probabilities_row_by_row():
    draw = torch.Generator().manual_seed(1)
    policy = torch.tensor([[0.1, 0.9, 0.0], [0.5, 0.0, 0.5]]).repeat(20_000, 1)
    actions = sample(policy, draw).view(-1, 2)
    shares = torch.stack([(actions == action).float().mean(dim=0) for action in range(3)], dim=1)
    torch.testing.assert_close(shares, policy[:2], atol=0.01, rtol=0)


def test_epsilon_falls_in_a_straight_line_and_stays():
    assert [linear_epsilon(step, 100, 0.9, 0.1) for step in (0, 25, 100, 5000)] == pytest.approx([0.9, 0.7, 0.1, 0.1])


def test_bad_input_meets_a_clear_error():
    with pytest.raises(ValueError, match=r"between 0 and 1, not 1\.5"):
        epsilon_greedy(torch.zeros(1, 2), 1.5)
    with pytest.raises(ValueError, match="at least one step"):
        linear_epsilon(0, 0)


@pytest.mark.parametrize("row", [[1.5, -0.5], [0.5, 0.2], [2.0, 1.0], [float("nan"), 1.0]])
def test_what_is_no_distribution_is_not_drawn_from(row):
    with pytest.raises(ValueError, match="none below 0, and their sum 1"):
        sample(torch.tensor([[0.5, 0.5], row]))
