import itertools
import math

import pytest
import torch

from labkit.nn.decoding import greedy
from labkit.rnn.markov import ChainWriter, all_sequences, chain_beam_search, fit_chain

START, END = 0, 1


def chain(tokens: int, length: int, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return (2 * torch.randn(length, tokens, tokens, generator=draw).double()).log_softmax(dim=-1)


def score(table: torch.Tensor, row: list[int], penalty: float) -> float:
    """One sequence, token by token."""
    total, size = 0.0, 0
    for step, (before, after) in enumerate(itertools.pairwise(row)):
        total, size = total + table[step, before, after].item(), size + 1
        if after == END:
            break
    return total / ((5 + size) / 6) ** penalty


@pytest.mark.parametrize("penalty", [0.0, 0.8])
@pytest.mark.parametrize("seed", range(4))
def test_a_beam_for_every_beginning_finds_everything_in_order(seed, penalty):
    table = chain(3, 4, seed)
    found, scores = chain_beam_search(table, START, END, 3**4, penalty)
    everything, best = all_sequences(table, START, END, penalty)
    assert found[: len(everything)].tolist() == everything.tolist()
    torch.testing.assert_close(scores[: len(best)], best)
    assert (scores[len(best) :] == -torch.inf).all()


@pytest.mark.parametrize("penalty", [0.0, 0.8])
@pytest.mark.parametrize("beams", [1, 2, 4])
def test_scores_are_those_of_the_sequences(beams, penalty):
    table = chain(4, 5)
    rows, scores = chain_beam_search(table, START, END, beams, penalty)
    assert (scores.diff() <= 0).all()
    for row, value in zip(rows.tolist(), scores.tolist(), strict=True):
        assert value == pytest.approx(score(table, row, penalty))


@pytest.mark.parametrize("seed", range(6))
def test_more_beams_reach_what_one_does_not(seed):
    """One beam is greedy; the best of all is never beaten."""
    table = chain(5, 4, seed)
    row, one = chain_beam_search(table, START, END, 1)
    written = greedy(ChainWriter(table), 1, 4, START, END)
    assert row[0, : written.shape[1]].tolist() == written[0].tolist()
    _, best = all_sequences(table, START, END)
    assert one[0] <= best[0] + 1e-12


def test_a_trap_for_greed():
    """The likeliest first token leads nowhere: greedy takes it, two beams do not."""
    p = torch.tensor([[0, 0, 0.6, 0.4], [0.25] * 4, [0.1, 0.3, 0.3, 0.3], [0.02, 0.9, 0.04, 0.04]]).double()
    table = p.clamp(min=1e-9).log().expand(2, 4, 4)
    assert chain_beam_search(table, START, END, 1)[0][0, 1] == 2
    rows, scores = chain_beam_search(table, START, END, 2)
    assert rows[0].tolist() == [START, 3, END]
    assert scores[0].item() == pytest.approx(math.log(0.36))


def test_all_sequences_are_all_and_their_probabilities_sum_to_one():
    table = chain(3, 4)
    rows, scores = all_sequences(table, START, END)
    assert len(rows) == sum(2**n for n in range(4)) + 2**4  # ended after 1 to 4 tokens, or never
    assert len({tuple(row) for row in rows.tolist()}) == len(rows)
    assert scores.exp().sum().item() == pytest.approx(1.0)
    assert (scores.diff() <= 0).all()
    for row, value in zip(rows.tolist(), scores.tolist(), strict=True):
        assert value == pytest.approx(score(table, row, 0.0))
    assert all_sequences(table, START, END, 1.0)[1][0].item() == pytest.approx(
        max(score(table, row, 1.0) for row in rows.tolist())
    )


def test_a_chain_is_fitted_by_counting():
    tokens = torch.tensor([[1, 2, 3, 0, 0], [1, 2, 2, 3, 0]])
    p = fit_chain(tokens, 4, smoothing=0.5).exp()
    torch.testing.assert_close(p.sum(dim=-1), torch.ones(4))
    torch.testing.assert_close(p[1], torch.tensor([0.5, 0.5, 2.5, 0.5]) / 4)
    torch.testing.assert_close(p[2], torch.tensor([0.5, 0.5, 1.5, 2.5]) / 5)
    torch.testing.assert_close(p[3], torch.full((4,), 0.25))


def test_a_fitted_chain_comes_back_from_its_own_sequences():
    table = (chain(3, 1)[0] / 2).softmax(dim=-1)
    tokens = torch.zeros(2000, 20, dtype=torch.int64)
    for t in range(1, 20):
        tokens[:, t] = torch.multinomial(table[tokens[:, t - 1]], 1)[:, 0]
    torch.testing.assert_close(fit_chain(tokens, 3, padding=-1).exp().double(), table, atol=0.03, rtol=0)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="above 0, not 0"):
        fit_chain(torch.zeros(1, 2, dtype=torch.int64), 2, smoothing=0.0)
    with pytest.raises(ValueError, match="too many sequences"):
        all_sequences(chain(10, 8), START, END)
