"""Choosing tokens, beside transformers' logits processors."""

import pytest
import torch

from labkit.transformers.gpt import GPT
from labkit.transformers.sampling import draw, generate, top_k, top_p, with_temperature, write_from_table

TOKENS = 40


def warped(name, value, logits):
    from transformers.generation import logits_process

    return getattr(logits_process, name)(value)(None, logits)


@pytest.mark.parametrize("spread", [0.1, 2.0, 20.0])
def test_matches_transformers(spread):
    logits = torch.randn(50, TOKENS) * spread
    for temperature in (0.1, 0.7, 1.0, 3.0):
        expected = warped("TemperatureLogitsWarper", temperature, logits)
        torch.testing.assert_close(with_temperature(logits, temperature), expected)
    for k in (1, 2, 17, TOKENS, 99):
        torch.testing.assert_close(top_k(logits, k), warped("TopKLogitsWarper", k, logits))
    for p in (0.0, 0.1, 0.5, 0.9, 0.999, 1.0):
        torch.testing.assert_close(top_p(logits, p), warped("TopPLogitsWarper", p, logits))


def test_top_k_keeps_ties_and_shape():
    logits = torch.tensor([[[1.0, 3.0, 3.0, 2.0, 3.0]]])
    assert top_k(logits, 2).isfinite().tolist() == [[[False, True, True, False, True]]]
    kept = top_k(logits, 4)
    torch.testing.assert_close(kept[kept.isfinite()], logits[logits > 1])


def test_top_p_keeps_the_fewest_that_suffice():
    logits = torch.randn(200, TOKENS, dtype=torch.float64) * 3
    p = logits.softmax(-1)
    kept = top_p(logits, 0.8).isfinite()
    mass = (p * kept).sum(-1)
    assert (mass >= 0.8).all()
    least = p.masked_fill(~kept, 2.0).min(-1).values
    assert (mass - least < 0.8).all(), "without the least likely it would not be enough"
    assert (p.masked_fill(kept, 0.0).max(-1).values <= least).all()
    assert (top_p(logits, 0.0).isfinite().sum(-1) == 1).all()
    assert top_p(logits, 1.0).isfinite().all()
    torch.testing.assert_close(top_p(logits, 0.8)[kept], logits[kept])


def test_drawn_as_often_as_it_should_be():
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, -9.0])
    rows = logits.expand(40_000, 5)
    expected = top_p(top_k(with_temperature(logits, 1.5), 4), 0.9).softmax(-1)
    assert (expected == 0).sum() == 2, "one by k, one by p"
    counts = draw(rows, 1.5, k=4, p=0.9).bincount(minlength=5)
    assert (counts[expected == 0] == 0).all()
    torch.testing.assert_close(counts / 40_000, expected, atol=0.01, rtol=0)
    torch.testing.assert_close(draw(rows).bincount(minlength=5) / 40_000, logits.softmax(-1), atol=0.01, rtol=0)


def test_the_order_of_the_filters():
    """First k, then p: after k = 2 the first has 0.73 of what is left, so p = 0.7 leaves it alone."""
    rows = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0]).log_softmax(-1).expand(1000, 5).clone()
    rows[:, 1] += 1e-3
    assert set(draw(rows, k=2, p=0.7).tolist()) == {0}
    assert len(set(draw(rows, p=0.7).tolist())) > 2


def model():
    found = GPT(TOKENS, width=16, heads=2, depth=2, length=10, dropout=0.0)
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return found.eval()


def test_the_same_seed_writes_the_same():
    gpt, prompt = model(), torch.randint(0, TOKENS, (2, 3))
    texts = [generate(gpt, prompt, 30, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(texts[0], texts[1])
    assert not torch.equal(texts[0], texts[2])
    assert torch.equal(texts[0][:, :3], prompt)
    assert texts[0].shape == (2, 33)


@pytest.mark.parametrize("size", [1, 4, 10, 15])
def test_goes_on_when_its_length_is_full(size):
    """The likeliest token after what the model has in sight: up to ten tokens, then the latest five or more."""
    gpt, prompt = model(), torch.randint(0, TOKENS, (2, size))
    text, held = generate(gpt, prompt, 25, k=1), min(size, 10) - 1
    for at in range(size, size + 25):
        held = 5 if held == 10 else held
        held += 1
        expected = gpt(text[:, at - held : at])[:, -1].argmax(-1)
        assert torch.equal(text[:, at], expected), at


def test_a_row_that_has_ended_stays_ended():
    gpt, prompt = model(), torch.randint(0, TOKENS, (30, 2))
    text = generate(gpt, prompt, 60, temperature=3.0, end=7)[:, 2:]
    for row in text.tolist():
        if 7 in row:
            assert set(row[row.index(7) :]) == {7}
    assert sum(7 in row for row in text.tolist()) > 5
    with torch.no_grad():
        gpt.norm.bias.copy_(gpt.table.weight[7] * 1e4)
    assert generate(gpt, prompt, 60, k=1, end=7).shape == (30, 3), "all have ended: there is no more to write"


def test_bad_input():
    logits = torch.randn(1, 5)
    for temperature in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="a temperature is positive"):
            with_temperature(logits, temperature)
    with pytest.raises(ValueError, match="at least one token has to be left, not 0"):
        top_k(logits, 0)
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            top_p(logits, p)
    with pytest.raises(ValueError, match="a prompt has at least one token"):
        generate(model(), torch.zeros(1, 0, dtype=torch.int64), 3)


def test_an_infinite_temperature_is_refused():
    for temperature in (float("inf"), float("nan")):
        with pytest.raises(ValueError, match="positive and finite"):
            with_temperature(torch.tensor([0.0, -torch.inf]), temperature)


def test_writing_from_a_table_by_hand():
    three = torch.tensor(3.0).log()
    table, draws = torch.tensor([[0.0, three], [three, 0.0]]), torch.tensor([0.5, 0.5, 0.2, 0.9])
    assert write_from_table(table, 0, 1.0, 1.0, draws).tolist() == [0, 1, 0, 0, 1]
    assert write_from_table(table, 0, 1.0, 0.5, draws).tolist() == [0, 1, 0, 1, 0]  # the likeliest alone


def test_writing_from_a_table_follows_its_probabilities():
    table, draws = torch.randn(5, 5), (torch.arange(10_000) + 0.5) / 10_000
    frequency = torch.stack([write_from_table(table, 3, 0.7, 1.0, u[None])[1] for u in draws[::10]]).bincount(
        minlength=5
    )
    torch.testing.assert_close(frequency / 1000, (table[3] / 0.7).softmax(-1), atol=2e-3, rtol=0)
