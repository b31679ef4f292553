"""Trying things out: how an agent that knows values chooses what to do.

Axes: b states, a actions.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def epsilon_greedy(values: Float[Tensor, "*b a"], epsilon: float) -> Float[Tensor, "*b a"]:
    r"""The probability of each action: most often the best, and with probability epsilon any, the best included.

    $$\pi(a \mid s) = \frac{\epsilon}{|A|} + (1 - \epsilon) \frac{[a \in B(s)]}{|B(s)|}, \qquad
    B(s) = \arg\max_{a} Q(s, a)$$

    Actions that are equally good share. Raises ValueError if epsilon is not in [0, 1].
    Sutton and Barto 2018, section 2.2, http://incompleteideas.net/book/the-book-2nd.html
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon is a probability, between 0 and 1, not {epsilon}")
    best = (values == values.max(dim=-1, keepdim=True).values).to(values.dtype)
    return epsilon / values.shape[-1] + (1 - epsilon) * best / best.sum(dim=-1, keepdim=True)


def sample(probabilities: Float[Tensor, "b a"], generator: torch.Generator | None = None) -> Int[Tensor, " b"]:
    """One action for each row, drawn with the row's probabilities.

    Raises ValueError unless each row holds probabilities: none below 0, and their sum 1.
    """
    if not (probabilities >= 0).all() or not ((probabilities.sum(dim=-1) - 1).abs() < 1e-2).all():
        raise ValueError("each row holds the probabilities of its actions: none below 0, and their sum 1")
    where = probabilities if generator is None else probabilities.to(generator.device)
    return torch.multinomial(where, 1, generator=generator)[:, 0].to(probabilities.device)


def linear_epsilon(step: int, over: int, first: float = 1.0, last: float = 0.05) -> float:
    """From `first` at step 0 in a straight line to `last` at step `over`, and `last` from there on.

    Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """
    if over < 1:
        raise ValueError(f"epsilon falls over at least one step, not {over}")
    return first + (last - first) * min(step / over, 1.0)
