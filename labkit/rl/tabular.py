"""Q-learning and SARSA: values from experience, in a table, for several independent runs at once.

learner = QLearning(world, discount=0.95, epsilon=0.1, rate=falling(0.8), runs=20)
learner.learn(steps=5000)
learner.table                       # r s a

Axes: r runs, s states, a actions.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labkit.rl.exploration import epsilon_greedy, sample
from labkit.rl.grid_world import ACTIONS, GridWorld
from labkit.rl.targets import bellman_target

Rate = Callable[[Int[Tensor, " r"]], Float[Tensor, " r"]]


def constant(rate: float) -> Rate:
    """The same learning rate at every visit: never forgets to learn, and never settles where there is chance."""
    if not 0 < rate <= 1:
        raise ValueError(f"a learning rate lies above 0 and at most at 1, not at {rate}")
    return lambda visits: torch.full(visits.shape, rate, dtype=torch.float64)


def falling(power: float) -> Rate:
    r"""The rate $1 / n^p$ at the n-th visit of a state and action. Convergence is proved for $1/2 < p \le 1$.

    There the rates sum to infinity, and their squares do not. Raises ValueError outside.
    Robbins and Monro 1951, https://doi.org/10.1214/aoms/1177729586
    """
    if not 0.5 < power <= 1:
        raise ValueError(f"the power lies above 1/2 and at most at 1, not at {power}: else nothing is proved")
    return lambda visits: visits.double() ** -power


class Learner:
    """Independent agents, one for each run, each in a copy of the world, stepped together.

    `limit` truncates an episode after so many steps. `returns` holds, for each run, what its episodes earned, in order
    and without discounting. A subclass says what to learn from (`target`).
    """

    def __init__(
        self,
        world: GridWorld,
        discount: float,
        epsilon: float = 0.1,
        rate: Rate | None = None,
        runs: int = 1,
        limit: int = 10_000,
        seed: int = 0,
    ):
        if runs < 1 or limit < 1:
            raise ValueError(f"there is at least one run, of at least one step, but got {runs} and {limit}")
        self.world, self.discount, self.epsilon, self.limit = world, discount, epsilon, limit
        self.rate = constant(0.5) if rate is None else rate
        self.generator = torch.Generator().manual_seed(seed)
        self.run = torch.arange(runs)
        self.table = torch.zeros(runs, world.states, len(ACTIONS), dtype=torch.float64)
        self.visits = torch.zeros(self.table.shape, dtype=torch.int64)
        self.state = world.begin(runs, self.generator)
        self.age, self.earned = torch.zeros(runs, dtype=torch.int64), torch.zeros(runs, dtype=torch.float64)
        self.returns: list[list[float]] = [[] for _ in range(runs)]

    def learn(self, steps: int) -> None:
        """So many steps in every run, going on where the last call ended."""
        for _ in range(steps):
            state, action = self.state, self.choose()
            next_state, reward, terminated = self.world.step(state, action, self.generator)
            self.age += 1
            self.earned += reward
            truncated = (self.age >= self.limit) & ~terminated
            target = self.target(reward, next_state, terminated, truncated)
            self.improve((self.run, state, action), target)
            self.state = next_state
            ended = terminated | truncated
            if ended.any():
                self.restart(ended)

    def choose(self) -> Int[Tensor, " r"]:
        """What to do now."""
        return self.explore(self.state)

    def explore(self, state: Int[Tensor, " r"]) -> Int[Tensor, " r"]:
        """An epsilon-greedy action by what is known so far."""
        return sample(epsilon_greedy(self.table[self.run, state], self.epsilon), self.generator)

    def target(
        self,
        reward: Float[Tensor, " r"],
        next_state: Int[Tensor, " r"],
        terminated: Bool[Tensor, " r"],
        truncated: Bool[Tensor, " r"],
    ) -> Float[Tensor, " r"]:
        """What the value of the action just taken should have been."""
        raise NotImplementedError("a learner says what it learns from")

    def improve(self, at: tuple[Tensor, Tensor, Tensor], target: Float[Tensor, " r"]) -> None:
        """Move the values nearer to their targets."""
        self.visits[at] += 1
        self.table[at] += self.rate(self.visits[at]) * (target - self.table[at])

    def restart(self, ended: Bool[Tensor, " r"]) -> None:
        """Begin new episodes in these runs."""
        for run in ended.nonzero()[:, 0].tolist():
            self.returns[run].append(self.earned[run].item())
        self.state = torch.where(ended, self.world.begin(len(ended), self.generator), self.state)
        self.age[ended], self.earned[ended] = 0, 0.0


class QLearning(Learner):
    r"""Learns the values of the best policy, whatever it does meanwhile (off-policy).

    $$Q(s, a) \leftarrow Q(s, a) + \alpha \big(r + \gamma \max_{a'} Q(s', a') - Q(s, a)\big)$$

    Converges to $Q^*$ with probability one, if every action is tried in every state without end and the rates are as
    those of `falling`. Watkins 1989, http://www.cs.rhul.ac.uk/~chrisw/new_thesis.pdf; proof: Watkins and Dayan 1992,
    https://doi.org/10.1007/BF00992698
    """

    def target(
        self,
        reward: Float[Tensor, " r"],
        next_state: Int[Tensor, " r"],
        terminated: Bool[Tensor, " r"],
        truncated: Bool[Tensor, " r"],
    ) -> Float[Tensor, " r"]:
        """The reward, and the value of the best next action."""
        return bellman_target(reward, self.table[self.run, next_state], terminated, truncated, self.discount)


class Sarsa(Learner):
    r"""Learns the values of what it does, exploration included (on-policy): $a'$ is the action that it takes next.

    $$Q(s, a) \leftarrow Q(s, a) + \alpha \big(r + \gamma Q(s', a') - Q(s, a)\big)$$

    Where epsilon stays what it is, this leads to the best of the policies that explore so
    (`dynamic_programming.policy_iteration`); to $Q^*$, only where epsilon falls to zero (Singh et al. 2000).
    Rummery and Niranjan 1994, https://mi.eng.cam.ac.uk/reports/svr-ftp/auto-pdf/rummery_tr166.pdf
    """

    next_action: Int[Tensor, " r"] | None = None

    def choose(self) -> Int[Tensor, " r"]:
        """The action that was already counted on."""
        return self.explore(self.state) if self.next_action is None else self.next_action

    def target(
        self,
        reward: Float[Tensor, " r"],
        next_state: Int[Tensor, " r"],
        terminated: Bool[Tensor, " r"],
        truncated: Bool[Tensor, " r"],
    ) -> Float[Tensor, " r"]:
        """The reward, and the value of the next action, which is chosen here and then taken."""
        self.next_action = self.explore(next_state)
        ahead = self.table[self.run, next_state, self.next_action]
        return reward + self.discount * ahead.masked_fill(terminated, 0.0)

    def restart(self, ended: Bool[Tensor, " r"]) -> None:
        """Begin new episodes, with new first actions."""
        super().restart(ended)
        self.next_action = torch.where(ended, self.explore(self.state), self.next_action)
