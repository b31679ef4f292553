"""A language model that anybody can compute by hand, for tests of the next-token explorer: it likes the alphabet."""

import numpy as np

from labkit.show.next_token.data import Reading
from labkit.show.next_token.explorer import NextTokenExplorer

LETTERS = [*"abcdefghijklmnopqrstuvwxyz", " ", "\n", "<|end|>"]
END = len(LETTERS) - 1


def encode(text: str) -> list[int]:
    return [LETTERS.index(letter) for letter in text]


def decode(tokens: list[int]) -> str:
    return "".join(LETTERS[token] for token in tokens)


def read(tokens: list[int]) -> Reading:
    """The next letter of the alphabet is likeliest, then the one after it; heads look at themselves, back, all over."""
    t, v = len(tokens), len(LETTERS)
    distance = (np.arange(v)[None] - np.array(tokens)[:, None] - 1) % v
    own, back = np.eye(t), np.eye(t, k=-1)
    back[0, 0] = 1
    even = np.tril(np.ones((t, t))) / np.arange(1, t + 1)[:, None]
    return Reading(-0.5 * distance, np.stack([np.stack([own, back, even]), np.stack([even, own, back])]))


def explorer(text: str = "ab c", length: int = 32) -> NextTokenExplorer:
    return NextTokenExplorer(read, encode, decode, len(LETTERS), text, start=END, length=length)
