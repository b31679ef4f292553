"""Torch's recurrent networks, and ordinary translators of torch's parts, given labkit's weights."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from labkit.rnn.attentive import AttentiveSeq2Seq
from labkit.rnn.recurrence import Recurrence
from labkit.rnn.seq2seq import Seq2Seq


@torch.no_grad()
def torch_recurrence(ours: Recurrence) -> nn.RNNBase:
    """The RNN, LSTM or GRU of torch with the weights of ours."""
    kind = {1: nn.RNN, 3: nn.GRU, 4: nn.LSTM}[ours.cell.gates]
    both = ours.directions == 2
    peer = kind(ours.width, ours.hidden, ours.depth, batch_first=True, dropout=ours.dropout.p, bidirectional=both)
    for n, cell in enumerate(ours.cells):
        end = f"_l{n // ours.directions}" + "_reverse" * (n % ours.directions)
        for layer, name in ((cell.input, "ih"), (cell.recurrent, "hh")):
            getattr(peer, f"weight_{name}{end}").copy_(layer.weight)
            getattr(peer, f"bias_{name}{end}").copy_(layer.bias)
    return peer


class TorchSeq2Seq(nn.Module):
    """An ordinary encoder-decoder from torch's parts, packed, with the weights of our `Seq2Seq`."""

    def __init__(self, ours: Seq2Seq):
        super().__init__()
        self.source, self.target, self.out = ours.reader.table, ours.table, ours.out
        self.reader, self.writer = ours.reader.forth, ours.writer

    def forward(self, source, target):
        lengths = (source != 0).sum(dim=1).cpu()
        packed = pack_padded_sequence(self.source(source), lengths, batch_first=True, enforce_sorted=False)
        _, state = self.reader(packed)
        return self.out(self.writer(self.target(target), state)[0])


class TorchAttentive(nn.Module):
    """An ordinary encoder-decoder with attention from torch's parts, packed, with the weights of ours."""

    def __init__(self, ours: AttentiveSeq2Seq):
        super().__init__()
        width = ours.table.embedding_dim
        self.source, self.target, self.out = ours.reader.table, ours.table, ours.out
        self.reader = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        with torch.no_grad():
            for end, part in (("", ours.reader.forth), ("_reverse", ours.reader.back)):
                for name, weight in part.named_parameters():
                    getattr(self.reader, name + end).copy_(weight)
        self.bridge, self.writer, self.mix, self.score = ours.bridge, ours.writer, ours.mix, ours.score

    def read(self, source):
        lengths = (source != 0).sum(dim=1).cpu()
        packed = pack_padded_sequence(self.source(source), lengths, batch_first=True, enforce_sorted=False)
        memory, ends = self.reader(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
        return memory, torch.tanh(self.bridge(ends[1]))


class TorchBahdanau(TorchAttentive):
    """Additive attention before each step of a GRUCell."""

    def forward(self, source, target):
        memory, state = self.read(source)
        keys, logits = self.score.key(memory), []
        for token in self.target(target).unbind(dim=1):
            scores = torch.tanh(self.score.query(state)[:, None] + keys) @ self.score.weight
            weights = torch.softmax(scores.masked_fill(source == 0, float("-inf")), dim=-1)
            context = torch.bmm(weights[:, None], memory)[:, 0]
            state = self.writer(torch.cat([token, context], dim=-1), state)
            logits.append(self.out(torch.tanh(self.mix(torch.cat([state, context, token], dim=-1)))))
        return torch.stack(logits, dim=1)


class TorchLuong(TorchAttentive):
    """General attention after a GRU over the whole target."""

    def forward(self, source, target):
        memory, state = self.read(source)
        hidden, _ = self.writer(self.target(target), state[None])
        scores = torch.bmm(hidden, self.score.key(memory).transpose(1, 2))
        weights = torch.softmax(scores.masked_fill((source == 0)[:, None], float("-inf")), dim=-1)
        context = torch.bmm(weights, memory)
        return self.out(torch.tanh(self.mix(torch.cat([context, hidden], dim=-1))))
