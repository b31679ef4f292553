import math

import pytest
import torch

from labkit.transformers.gpt import GPT
from labkit.transformers.scoring import bits_per_byte, log_probabilities


def model():
    found = GPT(20, width=16, heads=2, depth=2, length=8, dropout=0.5)
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return found


@pytest.mark.parametrize("size", [2, 5, 9, 10, 14, 61, 300])
def test_each_token_is_scored_with_the_most_context(size):
    gpt, text = model().eval(), torch.randint(0, 20, (size,))
    found = log_probabilities(gpt, text)
    assert found.shape == (size - 1,)
    length = min(8, size - 1)
    starts = [*range(0, size - 1 - length, 4), size - 1 - length]
    for at in range(1, size):
        start = min(start for start in starts if start + length >= at)  # the earliest window that reaches it
        expected = gpt(text[None, start:at]).log_softmax(-1)[0, -1, text[at]]
        torch.testing.assert_close(found[at - 1], expected, atol=1e-5, rtol=1e-4)
        assert at - start > 4 or at <= 8


def test_dropout_is_off_and_the_mode_comes_back():
    gpt, text = model(), torch.randint(0, 20, (30,))
    torch.testing.assert_close(log_probabilities(gpt, text), log_probabilities(gpt, text))
    assert gpt.training


def test_bits_per_byte():
    assert bits_per_byte([math.log(1 / 256)] * 4, ["ab", "cd"]) == pytest.approx(8.0)
    assert bits_per_byte(torch.full((3,), math.log(0.5)), ["ü"]) == pytest.approx(1.5), "bytes, not characters"


def test_bad_input():
    with pytest.raises(ValueError, match="a text of 1 tokens has nothing to predict"):
        log_probabilities(model(), torch.tensor([3]))
    with pytest.raises(ValueError, match="no text to measure by"):
        bits_per_byte([0.0], [])
