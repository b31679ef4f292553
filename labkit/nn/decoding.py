"""Writing a sequence, one token at a time, with any model that can be asked for the next one.

Axes: b batch, w beams, t positions, v vocabulary.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.train.evaluate import evaluation


@runtime_checkable
class Writer(Protocol):
    """A model in the middle of a sentence."""

    def step(self, token: Int[Tensor, " b"]) -> Float[Tensor, "b v"]:
        """Write one token in each row; logits of the next one."""

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """Go on with these rows, in this order; a row may be taken several times."""


@torch.no_grad()
def greedy(
    writer: Writer, batch: int, length: int, start: int, end: int, device: torch.device | str = "cpu"
) -> Int[Tensor, "b t"]:
    """Always the likeliest token: start, then up to `length` tokens, padded with `end` once a row has ended.

    A writer's `model` is asked in evaluation mode, and gets its own mode back.
    """
    token = torch.full((batch,), start, device=device)
    written, ended = [token], torch.zeros(batch, dtype=torch.bool, device=device)
    with without_dropout(writer):
        for _ in range(length):
            token = writer.step(token).argmax(dim=-1).masked_fill(ended, end)
            written.append(token)
            ended |= token == end
            if ended.all():
                break
    return torch.stack(written, dim=1)


def without_dropout(writer: Writer) -> AbstractContextManager[None]:
    """Put the writer's `model`, if it has one, into evaluation mode for a while."""
    model = getattr(writer, "model", None)
    return evaluation(model) if isinstance(model, nn.Module) else nullcontext()


@torch.no_grad()
def beam_search(
    writer: Writer,
    batch: int,
    length: int,
    start: int,
    end: int,
    beams: int = 4,
    penalty: float = 0.6,
    device: torch.device | str = "cpu",
) -> tuple[Int[Tensor, "b w t"], Float[Tensor, "b w"]]:
    r"""The `beams` likeliest sequences that a search keeping `beams` at each step finds, best first, with their scores.

    A score is $\log p(y \mid x) \big/ \big((5 + |y|) / 6\big)^{\mathrm{penalty}}$, where $|y|$ counts the end token, so
    that short sequences do not win only by being short. Sequences are padded with `end`. A writer's `model` is asked in
    evaluation mode, and gets its own mode back.
    Raises ValueError for less than one beam. Wu et al. 2016, eq. 14, https://arxiv.org/abs/1609.08144
    """
    if beams < 1:
        raise ValueError(f"a search keeps at least one beam, not {beams}")
    writer.select(torch.arange(batch, device=device).repeat_interleave(beams))
    search = _Search(batch, beams, start, device)
    with without_dropout(writer):
        for _ in range(length):
            log_p = writer.step(search.written[:, :, -1].flatten()).log_softmax(dim=-1)
            rows = search.grow(log_p.view(batch, beams, -1), end, penalty)
            if search.ended.all():
                break
            writer.select(rows)
    return search.written, search.total / _length_penalty(search.size, penalty)


def _length_penalty(size: Float[Tensor, "*any"], penalty: float) -> Float[Tensor, "*any"]:
    return ((5 + size) / 6) ** penalty


class _Search:
    """What a beam search has so far: sequences, their log-probabilities, their sizes, and which have ended."""

    def __init__(self, batch: int, beams: int, start: int, device: torch.device | str):
        self.written = torch.full((batch, beams, 1), start, device=device)
        self.total = torch.full((batch, beams), -torch.inf, device=device)
        self.total[:, 0] = 0.0  # all beams start alike: only one of them may branch
        self.size = torch.zeros_like(self.total)
        self.ended = torch.zeros_like(self.total, dtype=torch.bool)

    def grow(self, log_p: Float[Tensor, "b w v"], end: int, penalty: float) -> Int[Tensor, " rows"]:
        """Keep the best continuations; returns which row each of them continues."""
        batch, beams, tokens = log_p.shape
        closed = torch.full_like(log_p, -torch.inf)
        closed[:, :, end] = 0.0  # what has ended goes on in one way, at no cost
        log_p = torch.where(self.ended[:, :, None], closed, log_p)
        totals = (self.total[:, :, None] + log_p).flatten(start_dim=1)  # b w*v
        sizes = (self.size + ~self.ended)[:, :, None].expand_as(log_p).flatten(start_dim=1)
        best = (totals / _length_penalty(sizes, penalty)).topk(beams, dim=-1).indices  # b w
        beam, token = best // tokens, best % tokens
        self.total, self.size = totals.gather(1, best), sizes.gather(1, best)
        history = self.written.gather(1, beam[:, :, None].expand_as(self.written))
        self.written = torch.cat([history, token[:, :, None]], dim=-1)
        self.ended = self.ended.gather(1, beam) | (token == end)
        return (torch.arange(batch, device=beam.device)[:, None] * beams + beam).flatten()
