"""A training step and writing with a cache beside transformers' GPT-2, on the same weights."""

import pytest
import torch

from benchmarks.timing import ratio, training_step
from labkit.transformers.gpt import GPT, causal_loss
from labkit.transformers.sampling import generate
from peers.gpt import transformers_gpt2

pytestmark = pytest.mark.benchmark
SIZES = {  # tokens, width, heads, depth, length; batch
    "lecture": ((2048, 96, 6, 2, 32), 16),
    "deeper": ((1024, 128, 4, 4, 128), 8),
    "wider": ((4096, 384, 6, 2, 256), 4),
}


def models_and_batch(size: str):
    sizes, batch = SIZES[size]
    ours = GPT(*sizes, dropout=0.0)
    return ours, transformers_gpt2(ours), torch.randint(0, sizes[0], (batch, sizes[-1]))


@pytest.mark.parametrize("size", SIZES)
def test_training_step(size, record_property):
    ours, peer, tokens = models_and_batch(size)
    labkit = training_step(ours.parameters(), lambda: causal_loss(ours(tokens), tokens))
    theirs = training_step(peer.train().parameters(), lambda: peer(tokens, labels=tokens, use_cache=False).loss)
    assert labkit() == pytest.approx(theirs(), abs=1e-4)
    found = ratio(labkit, theirs)
    record_property("ratio", found)
    print(f"\ntraining step, {size} size, beside transformers: ratio {found:.2f}")
    assert found <= 1.0


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("size", SIZES)
def test_writing(size, batch, record_property):
    ours, peer, tokens = models_and_batch(size)
    prompt, count = tokens[:1, :8].repeat(batch, 1), ours.length - 8
    ours.eval()

    def labkit():
        return generate(ours, prompt, count, k=1)

    def theirs():
        return peer.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=count, do_sample=False)

    assert torch.equal(labkit(), theirs())
    found = ratio(labkit, theirs, rounds=10)
    record_property("ratio", found)
    print(f"\nwriting {count} tokens in {batch} rows, {size} size, beside transformers: ratio {found:.2f}")
    assert found <= 1.0
