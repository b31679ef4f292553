"""Byte-pair encoding on bytes: any text becomes a short list of numbers, and nothing is unknown.

Axes: n tokens.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import torch
from jaxtyping import Int
from torch import Tensor

from labkit.transformers.bpe_training import Pair, learn_merges, merge

VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]  # bytes that print as Latin-1 characters
BYTES = [*VISIBLE, *(byte for byte in range(256) if byte not in set(VISIBLE))]  # GPT-2's order: token 0 is "!"
NUMBER = {byte: number for number, byte in enumerate(BYTES)}
END = "<|endoftext|>"
SURROGATE = re.compile("[\ud800-\udfff]")


class BytePairEncoding:
    """A tokenizer that knows every byte, and beyond them the `merges` it is given, most important first.

    Text is cut into words, which keep the space before them; in each word, of all pairs that are in `merges` the
    earliest is merged, until none is left. Tokens are the 256 bytes in GPT-2's order, then one for each merge, then
    `end`, which closes a document and never comes from text. Raises ValueError for a merge of tokens not yet made.
    Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; on bytes: Radford et al. 2019,
    https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf
    """

    def __init__(self, merges: Sequence[Pair]):
        self.merges = list(merges)
        self.names = [bytes([byte]) for byte in BYTES]  # what each token stands for
        for a, b in self.merges:
            if not 0 <= max(a, b) < len(self.names) or min(a, b) < 0:
                raise ValueError(f"merge {len(self.names) - 256} joins {a} and {b}, of which one is not made before it")
            self.names.append(self.names[a] + self.names[b])
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self.end = len(self.names)
        self._known: dict[str, list[int]] = {}

    @classmethod
    def train(cls, documents: Iterable[str], tokens: int = 1024) -> "BytePairEncoding":
        """Learn from text, up to a vocabulary of `tokens`, `end` included; fewer, if there is no pair left to merge.

        The merges are those of the `tokenizers` library: pairs are counted where they overlap, and of several equally
        frequent ones the smallest is merged, which there means the smallest numbers in the order of BYTES.
        """
        if tokens < 257:
            raise ValueError(f"256 bytes and the end of text are {257} tokens: {tokens} is too few")
        words = Counter(word for document in documents for word in split_words(without_surrogates(document)))
        spelled = {tuple(NUMBER[byte] for byte in word.encode()): count for word, count in words.items()}
        return cls(learn_merges(spelled, tokens - 257, first=256))

    def __len__(self) -> int:
        return len(self.names) + 1

    def encode(self, text: str | bytes) -> list[int]:
        """Text, or any bytes, as tokens. What looks like END in the text is text.

        Halves of surrogate pairs, which no text in UTF-8 can hold, become the replacement sign.
        """
        escaped = isinstance(text, bytes)  # bytes that are not text become characters of their own
        text = text.decode("utf-8", "surrogateescape") if escaped else without_surrogates(text)
        return [token for word in split_words(text) for token in self._encode_word(word)]

    def encode_documents(self, documents: Iterable[str]) -> Int[Tensor, " n"]:
        """All documents in one row, with `end` before each, between them, and after the last."""
        rows = [[self.end, *self.encode(document)] for document in documents]
        return torch.tensor([token for row in rows for token in row] + [self.end])

    def decode(self, tokens: Iterable[int]) -> str:
        """Tokens as text. Where they are cut within a character, there stands the replacement sign."""
        return self.decode_bytes(tokens).decode("utf-8", "replace")

    def decode_bytes(self, tokens: Iterable[int]) -> bytes:
        """Tokens as exactly the bytes that were encoded. Raises ValueError for a number that is no token."""
        pieces = []
        for token in map(int, tokens):
            if not 0 <= token < len(self):
                raise ValueError(f"there is no token {token}: they run from 0 to {len(self) - 1}")
            pieces.append(END.encode() if token == self.end else self.names[token])
        return b"".join(pieces)

    def _encode_word(self, word: str) -> list[int]:
        if word not in self._known:
            spelled = [NUMBER[byte] for byte in word.encode("utf-8", "surrogateescape")]
            self._known[word] = self._merge_all(spelled)
        return self._known[word]

    def _merge_all(self, word: list[int]) -> list[int]:
        """Merge the pair that was learned first, wherever it stands, until no pair is known."""
        never = len(self.merges)
        while len(word) > 1:
            rank = min(self.ranks.get(pair, never) for pair in pairwise(word))
            if rank == never:
                break
            word = merge(word, self.merges[rank], 256 + rank)
        return word


def without_surrogates(text: str) -> str:
    """Return the text with pairs of surrogates joined, and single ones replaced by the replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if SURROGATE.search(text) else text


def split_words(text: str) -> list[str]:
    """Cut text into words, numbers, punctuation and spaces, as GPT-2 does; the first three take one space along.

    Merges do not cross these cuts. Radford et al. 2019, see `BytePairEncoding`.
    """
    return _splitter().findall(text)


@cache
def _splitter() -> re.Pattern[str]:
    numbers = "".join(char for char in map(chr, range(0x110000)) if unicodedata.category(char)[0] == "N")
    return re.compile(
        r"'(?:[sdmt]|ll|ve|re)"  # English contractions
        rf"| ?[^\W_{numbers}]+"  # letters
        rf"| ?[{numbers}]+"
        r"| ?(?:[^\s\w]|[_\x1c-\x1f])+"  # Python counts four separators among the spaces; Unicode and GPT-2 do not
        r"|[^\S\x1c-\x1f]+(?![\S\x1c-\x1f])"  # spaces but the last one before a word, which is the word's
        r"|[^\S\x1c-\x1f]+"
    )
