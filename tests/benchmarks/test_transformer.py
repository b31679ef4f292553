"""A training step and decoding beside torch's and Transformers' own models, on the same weights."""

import pytest
import torch
import torch.nn.functional as F

from benchmarks.timing import ratio
from labkit.data.vocabulary import END, START
from labkit.nn.blocks import PostNorm
from labkit.nn.decoding import greedy
from labkit.transformers.transformer import Transformer
from peers.transformer import TorchTranslator, marian

pytestmark = pytest.mark.benchmark
TOKENS = 88
SIZES = {"lecture": (64, 2, 4, 64, 16, 12), "wider": (128, 2, 4, 64, 16, 16), "long": (64, 2, 4, 16, 128, 128)}


def models_and_batch(size: str):
    width, depth, heads, batch, source_length, target_length = SIZES[size]
    ours = Transformer(TOKENS, TOKENS, width, heads, depth, dropout=0.0, residual=PostNorm)
    source = torch.randint(4, TOKENS, (batch, source_length))
    for row in range(batch):
        source[row, source_length - row % 5 :] = 0  # some padding, as in every real batch
    target = torch.randint(4, TOKENS, (batch, target_length))
    target[:, 0] = START
    peers = {"torch": TorchTranslator(ours), "transformers": marian(ours, TOKENS, TOKENS, length=256)}
    return ours, peers, source, target


def call(model, source, target):
    if model.__class__.__name__ != "MarianMTModel":
        return model(source, target)
    return model(
        input_ids=source,
        attention_mask=(source != 0).long(),
        decoder_input_ids=target,
        decoder_attention_mask=(target != 0).long(),
    ).logits


def training_step(model, source, target):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0)  # a full step that leaves the weights alike

    def step():
        logits = call(model, source, target[:, :-1])
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), label_smoothing=0.1).backward()
        optimizer.step()

    return step


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("peer", ["torch", "transformers"])
def test_training_step(size, peer, record_property):
    ours, peers, source, target = models_and_batch(size)
    torch.testing.assert_close(call(peers[peer], source, target), ours(source, target), atol=1e-4, rtol=1e-4)
    found = ratio(training_step(ours, source, target), training_step(peers[peer], source, target))
    record_property("ratio", found)
    print(f"\ntraining step, {size} size, beside {peer}: ratio {found:.2f}")
    assert found <= 1.0


@torch.no_grad()
def torch_greedy(model, source, length):
    """What a user of torch.nn.Transformer writes: read once, then the whole prefix anew for each token."""
    padded = source == 0
    memory = model.core.encoder(model.source(source), src_key_padding_mask=padded)
    written = torch.full((len(source), 1), START)
    for _ in range(length):
        causal = torch.ones(written.shape[1], written.shape[1], dtype=torch.bool).triu(1)
        read = model.core.decoder(
            model.target(written), memory, tgt_mask=causal, memory_key_padding_mask=padded, tgt_is_causal=True
        )
        written = torch.cat([written, model.out(read[:, -1]).argmax(-1)[:, None]], dim=1)
    return written


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("peer", ["torch", "transformers"])
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_greedy_decoding(size, peer, record_property):
    ours, peers, source, target = models_and_batch(size)
    length = target.shape[1]
    ours.out.bias.data[END] = peers["transformers"].final_logits_bias[0, END] = -1e9  # all rows run to the full length
    ours.eval(), peers[peer].eval()

    def labkit():
        with torch.no_grad():
            return greedy(ours.start(source), len(source), length, START, END)

    def theirs():
        if peer == "torch":
            return torch_greedy(peers["torch"], source, length)
        attention = (source != 0).long()
        return peers[peer].generate(
            source, attention_mask=attention, max_new_tokens=length, num_beams=1, do_sample=False, use_cache=True
        )

    assert (labkit() == theirs()).float().mean() > 0.99  # a tie in the last digit may fall either way
    found = ratio(labkit, theirs, rounds=10)
    record_property("ratio", found)
    print(f"\ngreedy decoding of {length} tokens, {size} size, beside {peer}: ratio {found:.2f}")
    assert found <= 1.0
