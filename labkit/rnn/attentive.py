"""Translators that look back at all that they read while they write: Bahdanau's and Luong's.

Axes: b batch, s source positions, t target positions, d width, v target vocabulary.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from labkit.nn.kinds import as_index
from labkit.nn.masks import padding_mask
from labkit.rnn.recurrent_attention import AdditiveScore, GeneralScore, Score, read_from
from labkit.rnn.seq2seq import Reader


class AttentiveSeq2Seq(nn.Module):
    """What both translators share: they read both ways, keep a vector for each source position, and write with a GRU.

    A subclass says in `write` how one or more tokens follow from the state. Token 0 is padding and is never looked at.
    """

    def __init__(self, source_tokens: int, target_tokens: int, width: int, score: Score):
        super().__init__()
        self.reader = Reader(source_tokens, width, both_ways=True)
        self.bridge = nn.Linear(width // 2, width)  # the writer starts from what the backward reader ended with
        self.table = nn.Embedding(target_tokens, width)
        self.score = score
        self.out = nn.Linear(width, target_tokens)

    def start(self, source: Int[Tensor, "b s"]) -> "Looking":
        """Read the source, and be ready to write one token at a time (see `labkit.nn.decoding`)."""
        memory, end = self.reader(source)
        return Looking(self, memory, self.score.offer(memory), padding_mask(source), self.bridge(end).tanh())

    def align(
        self, source: Int[Tensor, "b s"], target: Int[Tensor, "b t"]
    ) -> tuple[Float[Tensor, "b t v"], Float[Tensor, "b t s"]]:
        """Logits for the token after each of `target`, and where the writer looked for it."""
        writing = self.start(source)
        features, weights = self.write(target, writing)
        return self.out(features), weights

    def forward(self, source: Int[Tensor, "b s"], target: Int[Tensor, "b t"]) -> Float[Tensor, "b t v"]:
        """Logits for the token after each of `target`, which begins with the start token."""
        return self.align(source, target)[0]

    def write(self, target: Int[Tensor, "b t"], at: "Looking") -> tuple[Float[Tensor, "b t d"], Float[Tensor, "b t s"]]:
        """Read these tokens and go on to the state after them: what the logits are made from, and the weights."""
        raise NotImplementedError


class BahdanauSeq2Seq(AttentiveSeq2Seq):
    r"""Looks first, then steps: what was read goes into the state.

    $$c_i = \mathrm{attend}(s_{i-1}, h_1 \dots h_S), \qquad s_i = \mathrm{GRU}([E y_{i-1}, c_i], s_{i-1})$$

    The score is additive. Where the paper has a maxout layer before the softmax, this has a tanh layer.
    Bahdanau et al. 2015, appendix A, https://arxiv.org/abs/1409.0473
    """

    def __init__(self, source_tokens: int, target_tokens: int, width: int = 128):
        super().__init__(source_tokens, target_tokens, width, AdditiveScore(width))
        self.writer = nn.GRUCell(2 * width, width)
        self.mix = nn.Linear(3 * width, width)

    def write(self, target: Int[Tensor, "b t"], at: "Looking") -> tuple[Float[Tensor, "b t d"], Float[Tensor, "b t s"]]:
        """Step through the tokens one by one, since attention at each step needs the state before it."""
        x, states, reads, looks = self.table(as_index(target, "tokens")), [], [], []
        for token in x.unbind(dim=1):
            read, weights = at.look(at.state[:, None])
            at.state = self.writer(torch.cat([token, read[:, 0]], dim=-1), at.state)
            states.append(at.state)
            reads.append(read)
            looks.append(weights)
        known = torch.cat([torch.stack(states, dim=1), torch.cat(reads, dim=1), x], dim=-1)
        return self.mix(known).tanh(), torch.cat(looks, dim=1)


class LuongSeq2Seq(AttentiveSeq2Seq):
    r"""Steps first, then looks: what was read goes into the answer and not into the state.

    $$s_i = \mathrm{GRU}(E y_{i-1}, s_{i-1}), \qquad c_i = \mathrm{attend}(s_i, h_1 \dots h_S), \qquad
    \tilde s_i = \tanh(W [c_i, s_i])$$

    So in training the GRU runs over the whole target at once, and so do all looks. The score is any of the three; the
    paper's input feeding, which gives $\tilde s_i$ to the next step, is left out.
    Luong et al. 2015, https://arxiv.org/abs/1508.04025
    """

    def __init__(self, source_tokens: int, target_tokens: int, width: int = 128, score: Score | None = None):
        super().__init__(source_tokens, target_tokens, width, GeneralScore(width) if score is None else score)
        self.writer = nn.GRU(width, width, batch_first=True)
        self.mix = nn.Linear(2 * width, width)

    def write(self, target: Int[Tensor, "b t"], at: "Looking") -> tuple[Float[Tensor, "b t d"], Float[Tensor, "b t s"]]:
        """All tokens at once: the GRU over them, then one look for each."""
        hidden, state = self.writer(self.table(as_index(target, "tokens")), at.state[None])
        at.state = state[0]
        read, weights = at.look(hidden)
        return self.mix(torch.cat([read, hidden], dim=-1)).tanh(), weights


class Looking:
    """A translator in the middle of a sentence: its state, and all that it read."""

    def __init__(
        self,
        model: AttentiveSeq2Seq,
        memory: Float[Tensor, "b s d"],
        offered: Float[Tensor, "b s a"],
        mask: Bool[Tensor, "b 1 s"],
        state: Float[Tensor, "b d"],
    ):
        self.model, self.memory, self.offered, self.mask, self.state = model, memory, offered, mask, state

    def look(self, query: Float[Tensor, "b t d"]) -> tuple[Float[Tensor, "b t d"], Float[Tensor, "b t s"]]:
        """What each query reads from the source, and from where."""
        return read_from(self.model.score(query, self.offered), self.memory, self.mask)

    def step(self, token: Int[Tensor, " b"]) -> Float[Tensor, "b v"]:
        """Write one token in each row; returns the logits of the next one."""
        features, _ = self.model.write(token[:, None], self)
        return self.model.out(features[:, 0])

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """Go on with these rows, in this order; a row may be taken several times."""
        rows = as_index(rows, "rows")
        self.memory, self.offered, self.mask = self.memory[rows], self.offered[rows], self.mask[rows]
        self.state = self.state[rows]
