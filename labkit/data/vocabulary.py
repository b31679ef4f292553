"""Tokens and their numbers."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

PADDING, START, END, UNKNOWN = range(4)
SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>")


class Vocabulary:
    """A numbered list of tokens. The first four are padding, start, end, and unknown."""

    def __init__(self, tokens: Iterable[str]):
        self.tokens = [*SPECIAL, *sorted(set(tokens) - set(SPECIAL))]
        self.numbers = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, sentences: Sequence[Sequence[str]]) -> Int[Tensor, "n t"]:
        """Sentences to one matrix: start, tokens, end, then padding. A token that is not listed becomes unknown."""
        rows = [[START, *(self.numbers.get(token, UNKNOWN) for token in sentence), END] for sentence in sentences]
        longest = max((len(row) for row in rows), default=0)
        padded = [row + [PADDING] * (longest - len(row)) for row in rows]
        return torch.tensor(padded, dtype=torch.int64).view(len(rows), longest)

    def decode(self, numbers: Int[Tensor, " t"]) -> list[str]:
        """Numbers to tokens: what stands after the start, up to the end."""
        tokens = []
        for number in numbers.tolist():
            if number == END:
                break
            if number not in (PADDING, START):
                tokens.append(self.tokens[number])
        return tokens
