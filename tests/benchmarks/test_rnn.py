"""A training step of the translators beside ordinary ones of torch's parts; what the cells by hand cost, in figures.

The layers by hand are for reading and proof: no lecture trains with them, and their ratio is printed, not barred.
"""

import pytest
import torch
import torch.nn.functional as F

from benchmarks.timing import ratio
from labkit.data.vocabulary import END, START
from labkit.nn.decoding import greedy
from labkit.rnn.attentive import BahdanauSeq2Seq, LuongSeq2Seq
from labkit.rnn.gru import GRU
from labkit.rnn.lstm import LSTM
from labkit.rnn.seq2seq import Seq2Seq
from labkit.rnn.simple_rnn import SimpleRNN
from peers.recurrent import TorchBahdanau, TorchLuong, TorchSeq2Seq, torch_recurrence

pytestmark = pytest.mark.benchmark
TOKENS = 30
SIZES = {"lecture": (64, 64, 16, 17), "wider": (128, 64, 16, 17), "long": (64, 16, 64, 64)}
PEERS = {Seq2Seq: TorchSeq2Seq, BahdanauSeq2Seq: TorchBahdanau, LuongSeq2Seq: TorchLuong}


def models_and_batch(kind, size: str):
    width, batch, source_length, target_length = SIZES[size]
    ours = kind(TOKENS, TOKENS, width)
    source = torch.randint(4, TOKENS, (batch, source_length))
    for row in range(batch):
        source[row, source_length - row % 12 :] = 0  # some padding, as in every real batch
    target = torch.randint(4, TOKENS, (batch, target_length))
    target[:, 0] = START
    return ours, PEERS[kind](ours), source, target


def training_step(model, source, target):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0)  # a full step that leaves the weights alike

    def step():
        logits = model(source, target[:, :-1])
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=0).backward()
        optimizer.step()

    return step


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", PEERS)
def test_training_step(kind, size, record_property):
    ours, peer, source, target = models_and_batch(kind, size)
    torch.testing.assert_close(ours(source, target), peer(source, target))
    found = ratio(training_step(ours, source, target), training_step(peer, source, target))
    record_property("ratio", found)
    print(f"\ntraining step, {kind.__name__}, {size} size, beside torch's parts: ratio {found:.2f}")
    assert found <= 1.0


@torch.no_grad()
def prefix_by_prefix(model, source, length):
    """What is written without a state kept between steps: the whole prefix anew for each token."""
    written = torch.full((len(source), 1), START)
    for _ in range(length):
        written = torch.cat([written, model(source, written)[:, -1].argmax(-1)[:, None]], dim=1)
    return written


@pytest.mark.parametrize("kind", PEERS)
def test_greedy_decoding(kind, record_property):
    ours, peer, source, target = models_and_batch(kind, "lecture")
    ours.out.bias.data[END] = -1e9  # all rows run to the full length
    length = target.shape[1]

    def labkit():
        with torch.no_grad():
            return greedy(ours.start(source), len(source), length, START, END)

    assert (labkit() == prefix_by_prefix(peer, source, length)).float().mean() > 0.99
    found = ratio(labkit, lambda: prefix_by_prefix(peer, source, length), rounds=10)
    record_property("ratio", found)
    print(f"\ngreedy decoding, {kind.__name__}: ratio {found:.2f}")
    assert found <= 1.0


@pytest.mark.parametrize("network", [SimpleRNN, LSTM, GRU])
def test_what_the_layers_by_hand_cost(network, record_property):
    ours, x = network(32, 64), torch.randn(64, 50, 32)
    peer = torch_recurrence(ours)

    def step(model):
        def run():
            model.zero_grad()
            model(x)[0].square().mean().backward()

        return run

    torch.testing.assert_close(ours(x)[0], peer(x)[0])
    found = ratio(step(ours), step(peer), rounds=10)
    record_property("ratio", found)
    print(f"\n{network.__name__} by hand beside torch's fused layer: ratio {found:.2f}, for reading only")
    assert found < 30
