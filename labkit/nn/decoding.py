"""Writing a sequence, one token at a time, with any model that can be asked for the next one.

Axes: b batch, w beams, t positions, v vocabulary.
"""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor


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
    """Always the likeliest token: start, then up to `length` tokens, padded with `end` once a row has ended."""
    token = torch.full((batch,), start, device=device)
    written, ended = [token], torch.zeros(batch, dtype=torch.bool, device=device)
    for _ in range(length):
        token = writer.step(token).argmax(dim=-1).masked_fill(ended, end)
        written.append(token)
        ended |= token == end
        if ended.all():
            break
    return torch.stack(written, dim=1)


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
    that short sequences do not win only by being short. Sequences are padded with `end`.
    Wu et al. 2016, eq. 14, https://arxiv.org/abs/1609.08144
    """
    if beams < 1:
        raise ValueError(f"a search keeps at least one beam, not {beams}")
    writer.select(torch.arange(batch, device=device).repeat_interleave(beams))
    written = torch.full((batch, beams, 1), start, device=device)
    total = torch.full((batch, beams), -torch.inf, device=device)
    total[:, 0] = 0.0  # all beams start alike: only one of them may branch
    size, ended = torch.zeros_like(total), torch.zeros_like(total, dtype=torch.bool)
    first = torch.arange(batch, device=device)[:, None] * beams  # b 1: the row of each search's first beam
    for _ in range(length):
        log_p = writer.step(written[:, :, -1].flatten()).log_softmax(dim=-1).view(batch, beams, -1)
        log_p = _only_end_after_the_end(log_p, ended, end)
        candidates = (total[:, :, None] + log_p).flatten(start_dim=1)  # b w*v
        sizes = (size + ~ended)[:, :, None].expand_as(log_p).flatten(start_dim=1)
        best = (candidates / ((5 + sizes) / 6) ** penalty).topk(beams, dim=-1).indices  # b w
        beam, token = best // log_p.shape[-1], best % log_p.shape[-1]
        total, size = candidates.gather(1, best), sizes.gather(1, best)
        written = torch.cat([written.gather(1, beam[:, :, None].expand_as(written)), token[:, :, None]], dim=-1)
        ended = ended.gather(1, beam) | (token == end)
        if ended.all():
            break
        writer.select((first + beam).flatten())
    return written, total / ((5 + size) / 6) ** penalty


def _only_end_after_the_end(log_p: Float[Tensor, "b w v"], ended: Tensor, end: int) -> Float[Tensor, "b w v"]:
    """A sequence that has ended goes on in one way, at no cost."""
    closed = torch.full_like(log_p, -torch.inf)
    closed[:, :, end] = 0.0
    return torch.where(ended[:, :, None], closed, log_p)
