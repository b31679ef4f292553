"""Double Q-learning in two tables.

Axes: r runs, s states, a actions.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labkit.rl.tabular import Learner
from labkit.rl.targets import double_target


class DoubleQLearning(Learner):
    r"""Two tables, each learned from half of the steps: one chooses the best next action, the other values it.

    $$Q_1(s, a) \leftarrow Q_1(s, a) + \alpha \big(r + \gamma Q_2(s', \arg\max_{a'} Q_1(s', a')) - Q_1(s, a)\big)$$

    or the same with the tables exchanged, by the throw of a coin. `table` is their mean, by which it acts.
    van Hasselt 2010, https://proceedings.neurips.cc/paper/2010/hash/091d584fced301b442654dd8c23b3fc9-Abstract.html
    """

    tables: Float[Tensor, "2 r s a"] | None = None

    def target(
        self,
        reward: Float[Tensor, " r"],
        next_state: Int[Tensor, " r"],
        terminated: Bool[Tensor, " r"],
        truncated: Bool[Tensor, " r"],
    ) -> Float[Tensor, " r"]:
        """The reward, and what one table says of the action that the other would choose."""
        if self.tables is None:
            self.tables = torch.zeros(2, *self.table.shape, dtype=self.table.dtype)
            self.counts = torch.zeros(self.tables.shape, dtype=torch.int64)
        self.coin = torch.randint(2, self.run.shape, generator=self.generator)
        chooses, values = (self.tables[which, self.run, next_state] for which in (self.coin, 1 - self.coin))
        return double_target(reward, chooses, values, terminated, truncated, self.discount)

    def improve(self, at: tuple[Tensor, Tensor, Tensor], target: Float[Tensor, " r"]) -> None:
        """Move the value nearer to its target in the table that the coin fell on."""
        self.visits[at] += 1
        here = (self.coin, *at)
        self.counts[here] += 1
        self.tables[here] += self.rate(self.counts[here]) * (target - self.tables[here])
        self.table[at] = self.tables[(slice(None), *at)].mean(dim=0)
