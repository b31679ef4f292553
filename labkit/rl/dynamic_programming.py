"""Exact values and policies of a world that is known: what learning from experience should find.

A policy is a distribution over actions for each state. Axes: s states, a actions.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.rl.exploration import epsilon_greedy
from labkit.rl.grid_world import GridWorld

Values = Float[Tensor, " s"]
Table = Float[Tensor, "s a"]


def action_values(world: GridWorld, values: Values, discount: float) -> Table:
    r"""What an action is worth, if the states after it are worth `values`.

    $$Q(s, a) = \sum_{s', r} p(s', r \mid s, a) \, \big(r + \gamma V(s')\big)$$

    Bellman 1957; Sutton and Barto 2018, section 4.2, http://incompleteideas.net/book/the-book-2nd.html
    """
    return world.reward + discount * world.transition @ values


def policy_values(world: GridWorld, policy: Table, discount: float) -> Values:
    r"""What a policy earns from each state on: the solution of its linear equations, exact.

    $$V = r_\pi + \gamma P_\pi V \quad\Longleftrightarrow\quad (I - \gamma P_\pi) V = r_\pi$$

    Raises ValueError if `policy` is no distribution, or if without discounting there is a state from which it never
    comes to an end. Sutton and Barto 2018, section 4.1, http://incompleteideas.net/book/the-book-2nd.html
    """
    check_policy(world, policy)
    policy = policy.double() * world.may_stand[:, None]
    moves = torch.einsum("sa,sat->st", policy, world.transition)
    if discount >= 1 and not _comes_to_an_end(moves, world):
        raise ValueError("without discounting, this policy is worth minus or plus infinity: it may go on for ever")
    return torch.linalg.solve(
        torch.eye(world.states, dtype=torch.float64) - discount * moves, (policy * world.reward).sum(1)
    )


def check_policy(world: GridWorld, policy: Table) -> None:
    """Raise ValueError unless `policy` holds a distribution over actions for each state: none below 0, the sum 1."""
    shaped = policy.shape == world.reward.shape
    if not shaped or not (policy >= 0).all() or not torch.allclose(policy.sum(1), torch.ones_like(policy[:, 0])):
        raise ValueError(f"a policy has a distribution in each of {tuple(world.reward.shape)} (states, actions)")


def expected_return(world: GridWorld, policy: Table, discount: float) -> float:
    """What a policy earns in an episode, exactly. It need not come to an end from cells that it never enters.

    Raises ValueError as `policy_values` does. Sutton and Barto 2018, section 4.1,
    http://incompleteideas.net/book/the-book-2nd.html
    """
    check_policy(world, policy)
    moves, entered = torch.einsum("sa,sat->st", policy.double(), world.transition) > 0, world.start > 0
    for _ in range(world.states):
        entered = entered | (moves & entered[:, None]).any(dim=0)
    values = policy_values(replace(world, may_stand=world.may_stand & entered), policy, discount)
    return float(world.start @ values)


def _comes_to_an_end(moves: Float[Tensor, "s s"], world: GridWorld) -> bool:
    """Whether an end can be reached from every state in which one can be."""
    reaches = (1 - moves.sum(dim=1) > 1e-12) & world.may_stand
    for _ in range(world.states):
        reaches = reaches | ((moves > 0) & reaches).any(dim=1)
    return bool(reaches[world.may_stand].all())


def value_iteration(world: GridWorld, discount: float, tolerance: float = 1e-12, sweeps: int = 100_000) -> Table:
    r"""The values of the best policy, by repeating $V(s) \leftarrow \max_a Q(s, a)$ until nothing changes any more.

    Returns $Q^*$. Raises ArithmeticError if it still changes by more than `tolerance` after so many sweeps.
    Sutton and Barto 2018, section 4.4, http://incompleteideas.net/book/the-book-2nd.html
    """
    values = torch.zeros(world.states, dtype=torch.float64)
    reward, transition = world.reward, discount * world.transition
    for _ in range(sweeps):
        better = (reward + transition @ values).max(dim=1).values
        change, values = (better - values).abs().max().item(), better
        if change < tolerance:
            return action_values(world, values, discount)
    raise ArithmeticError(f"values still change by {change:.3g} after {sweeps} sweeps: is there a way to an end?")


def policy_iteration(
    world: GridWorld, discount: float, epsilon: float = 0.0, rounds: int = 1000
) -> tuple[Table, Table]:
    r"""The best policy among those that explore with probability epsilon, and its action values.

    Evaluate the policy, take what is best by these values, until it stays the same. With epsilon = 0 this is the
    optimal policy; else it is what SARSA learns that explores so (Sutton and Barto 2018, sections 4.3 and 5.4,
    http://incompleteideas.net/book/the-book-2nd.html). Howard 1960. Raises ArithmeticError if it does not settle.
    """
    policy = torch.full_like(world.reward, 1 / world.reward.shape[1])
    table = action_values(world, policy_values(world, policy, discount), discount)
    for _ in range(rounds):
        policy = epsilon_greedy((table * 1e8).round() / 1e8, epsilon)  # what differs by rounding is equally good
        better = action_values(world, policy_values(world, policy, discount), discount)
        if torch.allclose(better, table, rtol=0, atol=1e-9):
            return policy, better
        table = better
    raise ArithmeticError(f"the policy still changes after {rounds} rounds")
