"""A Markov chain: the simplest model of sequences, which sees one token back and nothing else.

Small enough that all sequences can be tried: what a search finds can be held against what is there to be found.

Axes: v vocabulary, b rows, t positions, w beams, n sequences.
"""

import itertools

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.decoding import beam_search
from labkit.nn.kinds import as_index


def fit_chain(
    tokens: Int[Tensor, "b t"], vocabulary: int, padding: int = 0, smoothing: float = 1.0
) -> Float[Tensor, "v v"]:
    r"""Log-probabilities of the next token, from how often it followed: `chain[a, b]` is $\log p(b \mid a)$.

    $$p(b \mid a) = \frac{n_{ab} + \lambda}{\sum_c (n_{ac} + \lambda)}$$

    with $\lambda$ the `smoothing`. Pairs with padding do not count. Raises ValueError for a smoothing that is not above
    0: a token that nothing follows would have no distribution. Shannon 1948, https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
    """
    if smoothing <= 0:
        raise ValueError(f"smoothing is above 0, not {smoothing}: else what never happened has no distribution")
    tokens = as_index(tokens, "tokens")
    before, after = tokens[:, :-1].flatten(), tokens[:, 1:].flatten()
    real = (before != padding) & (after != padding)
    counts = torch.full((vocabulary, vocabulary), float(smoothing), device=tokens.device)
    counts.index_put_((before[real], after[real]), torch.ones((), device=tokens.device), accumulate=True)
    return (counts / counts.sum(dim=-1, keepdim=True)).log()


class ChainWriter:
    """A Markov chain that writes (see `labkit.nn.decoding`): it knows the last token and how many there were.

    `chain[t, a, b]` is the log-probability of b after a at step t; a chain that is the same at all steps is
    `fit_chain(...).expand(length, -1, -1)`.
    """

    def __init__(self, chain: Float[Tensor, "t v v"]):
        self.chain, self.steps = chain, 0

    def step(self, token: Int[Tensor, " b"]) -> Float[Tensor, "b v"]:
        """Log-probabilities of the token after each of these."""
        self.steps += 1
        return self.chain[self.steps - 1, as_index(token, "tokens")]

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """There is nothing to select from."""


def chain_beam_search(
    chain: Float[Tensor, "t v v"], start: int, end: int, beams: int, penalty: float = 0.0
) -> tuple[Int[Tensor, "w long"], Float[Tensor, " w"]]:
    """The likeliest sequences that a search keeping `beams` finds in a Markov chain, best first, with their scores.

    `labkit.nn.decoding.beam_search` for one row: sequences begin with `start`, have up to t tokens after it, and are
    padded with `end` to t + 1. Where there are fewer sequences than beams, the rest scores minus infinity.
    Wu et al. 2016, eq. 14, https://arxiv.org/abs/1609.08144
    """
    found, scores = beam_search(ChainWriter(chain), 1, len(chain), start, end, beams, penalty, chain.device)
    found = torch.nn.functional.pad(found[0], (0, len(chain) + 1 - found.shape[2]), value=end)  # it may stop early
    return found, scores[0].to(chain.dtype)


def all_sequences(
    chain: Float[Tensor, "t v v"], start: int, end: int, penalty: float = 0.0
) -> tuple[Int[Tensor, "n long"], Float[Tensor, " n"]]:
    """Every sequence of up to t tokens after `start`, with its score, best first: what no search can beat.

    A sequence stops at its first `end`, or after t tokens without one, and is padded with `end`.
    Raises ValueError where there would be more than a million.
    """
    length, tokens = chain.shape[:2]
    if tokens**length > 1_000_000:
        raise ValueError(f"{tokens} tokens to the power of {length} are too many sequences to try them all")
    written = torch.tensor(list(itertools.product(range(tokens), repeat=length)), device=chain.device)
    over = (written == end).cumsum(dim=1) > (written == end)  # an end stands in front of this place
    real = (~over | (written == end)).all(dim=1)
    written, over = torch.nn.functional.pad(written[real], (1, 0), value=start), over[real]
    steps = torch.arange(length, device=chain.device)
    log_p = chain[steps, written[:, :-1], written[:, 1:]].masked_fill(over, 0.0)
    scores = log_p.sum(dim=1) / ((5 + (~over).sum(dim=1)) / 6) ** penalty
    order = scores.argsort(descending=True)
    return written[order], scores[order]
