"""Sequence to sequence: one recurrent network reads, another writes from where the first one ended.

Axes: b batch, s source positions, t target positions, d width, h hidden units of one direction, v target vocabulary.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.data.vocabulary import PADDING
from labkit.nn.kinds import as_index


class Reader(nn.Module):
    """Reads a padded source with a GRU: a vector for each position, and the state after its true end.

    With `both_ways` a second GRU reads from each row's own end to its beginning: then a position's vector, both states
    side by side, knows what stands on either side, and the final state is that of the backward direction alone.
    Raises ValueError for an odd width that is to be shared by two directions, or a source without any token.
    """

    def __init__(self, tokens: int, width: int, both_ways: bool = False):
        super().__init__()
        if both_ways and width % 2:
            raise ValueError(f"two directions share the width: choose an even number, not {width}")
        hidden = width // 2 if both_ways else width
        self.table = nn.Embedding(tokens, width)
        self.forth = nn.GRU(width, hidden, batch_first=True)
        self.back = nn.GRU(width, hidden, batch_first=True) if both_ways else None

    def forward(self, source: Int[Tensor, "b s"]) -> tuple[Float[Tensor, "b s d"], Float[Tensor, "b h"]]:
        source = as_index(source, "tokens")
        lengths = (source != PADDING).sum(dim=1)
        if not lengths.is_meta and lengths.min() == 0:
            raise ValueError("a source is all padding: there is nothing to read, so leave such rows out")
        x, ends = self.table(source), lengths - 1
        memory, _ = self.forth(x)
        if self.back is None:  # behind the end a state is never used, so nothing has to stop there
            return memory, memory[torch.arange(len(source), device=source.device), ends]
        place = torch.arange(source.shape[1], device=source.device)
        turn = torch.where(place < lengths[:, None], ends[:, None] - place, place)[:, :, None]  # its own inverse
        turned, _ = self.back(x.gather(1, turn.expand_as(x)))
        backward = turned.gather(1, turn.expand_as(turned))
        return torch.cat([memory, backward], dim=-1), backward[:, 0]


class Seq2Seq(nn.Module):
    r"""Reads the source into one vector, whatever its length, and writes the target from it.

    $$p(y_1, \dots, y_T \mid x) = \prod_t p(y_t \mid y_{<t}, h(x))$$

    In training the writer is given the true token before each one that it should write (teacher forcing). Both networks
    are torch's GRU. Token 0 is padding.
    Sutskever et al. 2014, https://arxiv.org/abs/1409.3215; Cho et al. 2014, https://arxiv.org/abs/1406.1078
    """

    def __init__(self, source_tokens: int, target_tokens: int, width: int = 128):
        super().__init__()
        self.reader = Reader(source_tokens, width)
        self.table = nn.Embedding(target_tokens, width)
        self.writer = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, target_tokens)

    def forward(self, source: Int[Tensor, "b s"], target: Int[Tensor, "b t"]) -> Float[Tensor, "b t v"]:
        """Logits for the token after each of `target`, which begins with the start token."""
        _, state = self.reader(source)
        return self.out(self.writer(self.table(as_index(target, "tokens")), state[None])[0])

    def start(self, source: Int[Tensor, "b s"]) -> "Writing":
        """Read the source, and be ready to write one token at a time (see `labkit.nn.decoding`)."""
        return Writing(self, self.reader(source)[1])


class Writing:
    """A translator in the middle of a sentence: all that it knows is one state."""

    def __init__(self, model: Seq2Seq, state: Float[Tensor, "b d"]):
        self.model, self.state = model, state

    def step(self, token: Int[Tensor, " b"]) -> Float[Tensor, "b v"]:
        """Write one token in each row; returns the logits of the next one."""
        hidden, state = self.model.writer(self.model.table(as_index(token, "tokens")[:, None]), self.state[None])
        self.state = state[0]
        return self.model.out(hidden[:, 0])

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """Go on with these rows, in this order; a row may be taken several times."""
        self.state = self.state[as_index(rows, "rows")]
