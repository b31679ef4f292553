import itertools

import pytest
import torch

from labkit.nn.decoding import beam_search, greedy
from labkit.transformers.gpt import GPT
from labkit.transformers.sampling import generate
from labkit.transformers.transformer import Transformer

START, END, TOKENS, LENGTH = 0, 1, 4, 4


class Table:
    """A language in which the next token depends on the position and the last token, and rows differ."""

    def __init__(self, batch, seed=0):
        self.logits = torch.randn(batch, LENGTH, TOKENS, TOKENS, generator=torch.Generator().manual_seed(seed)) * 2
        self.rows, self.position = torch.arange(batch), 0

    def step(self, token):
        self.position += 1
        return self.logits[self.rows, self.position - 1, token]

    def select(self, rows):
        self.rows = self.rows[rows]


def all_sequences():
    """Every way to write up to LENGTH tokens: those that end, and those cut off."""
    for size in range(1, LENGTH + 1):
        for tokens in itertools.product(range(TOKENS), repeat=size):
            if END not in tokens[:-1] and (tokens[-1] == END or size == LENGTH):
                yield tokens


def score(table, row, tokens, penalty):
    last, total = START, 0.0
    for position, token in enumerate(tokens):
        total += table.logits[row, position, last].log_softmax(-1)[token].item()
        last = token
    return total / ((5 + len(tokens)) / 6) ** penalty


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
def test_a_wide_beam_finds_the_best_of_all_sequences(penalty):
    table = Table(batch=3)
    written, scores = beam_search(table, 3, LENGTH, START, END, beams=TOKENS**LENGTH, penalty=penalty)
    for row in range(3):
        best = max(all_sequences(), key=lambda tokens: score(table, row, tokens, penalty))
        expected = [START, *best] + [END] * (LENGTH - len(best))
        assert written[row, 0].tolist() == expected[: written.shape[-1]]
        assert scores[row, 0].item() == pytest.approx(score(table, row, best, penalty), abs=1e-5)


def test_scores_are_those_of_what_was_written_and_fall():
    table = Table(batch=3)
    written, scores = beam_search(table, 3, LENGTH, START, END, beams=3)
    assert (scores.diff(dim=-1) <= 0).all()
    for row, beam in itertools.product(range(3), range(3)):
        tokens = written[row, beam, 1:].tolist()
        tokens = tokens[: tokens.index(END) + 1] if END in tokens else tokens
        assert scores[row, beam].item() == pytest.approx(score(table, row, tokens, 0.6), abs=1e-5)


def test_one_beam_is_greedy():
    written, _ = beam_search(Table(5), 5, LENGTH, START, END, beams=1)
    torch.testing.assert_close(written[:, 0], greedy(Table(5), 5, LENGTH, START, END))


def test_greedy_takes_the_likeliest_and_stops():
    table = Table(6)
    written = greedy(table, 6, LENGTH, START, END)
    for row in range(6):
        last = START
        for position, token in enumerate(written[row, 1:].tolist()):
            expected = END if last == END else table.logits[row, position, last].argmax().item()
            assert token == expected
            last = token


def test_a_beam_looks_past_a_tempting_first_token():
    table = Table(1)
    table.logits[:] = -9.0
    table.logits[0, 0, START, 2], table.logits[0, 0, START, 3] = 1.0, 0.9  # 2 tempts, 3 pays
    table.logits[0, 1, 2] = 0.0  # after 2 all is equally likely
    table.logits[0, 1, 3, END] = 9.0
    assert greedy(table, 1, 2, START, END)[0, 1] == 2
    table.position, table.rows = 0, torch.arange(1)
    assert beam_search(table, 1, 2, START, END, beams=2)[0][0, 0].tolist() == [START, 3, END]


def test_no_beam_is_an_error():
    with pytest.raises(ValueError, match="at least one beam, not 0"):
        beam_search(Table(1), 1, LENGTH, START, END, beams=0)


def test_writing_leaves_dropout_out_and_gives_the_mode_back():
    torch.manual_seed(0)
    for model, source in (
        (GPT(9, 16, 2, 1, 12, dropout=0.5), torch.randint(9, (2, 3))),
        (Transformer(9, 9, 16, 2, 1, dropout=0.5), torch.randint(1, 9, (2, 3))),
    ):
        model.train()
        once, again = (greedy(model.start(source), 2, 6, 1, 2) for _ in range(2))
        assert torch.equal(once, again)
        once, again = (beam_search(model.start(source), 2, 6, 1, 2, beams=2)[1] for _ in range(2))
        torch.testing.assert_close(once, again)
        assert all(module.training for module in model.modules())
    gpt, prompt = GPT(9, 16, 2, 1, 12, dropout=0.5), torch.randint(9, (2, 3))
    assert torch.equal(generate(gpt, prompt, 12, k=1), generate(gpt, prompt, 12, k=1))
    assert all(module.training for module in gpt.modules())


def test_a_stack_has_a_block():
    for make in (lambda: GPT(9, 16, 2, depth=0), lambda: Transformer(9, 9, 16, 2, depth=0)):
        with pytest.raises(ValueError, match="at least one block"):
            make()
