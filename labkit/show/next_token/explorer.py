"""Type a text, see what a language model says comes next, choose it, and look at the attention behind it.

Axes: t tokens of the text, v vocabulary, layers, heads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from labkit.show.kit.explorer import Answer, Explorer, sources
from labkit.show.kit.packing import pack
from labkit.show.next_token.data import Reading, filtered, visible
from labkit.show.next_token.picture import overview

BUDGET = 440_000  # bytes of names and numbers; the rest of the 500 kB is for the code
LONGEST = 10_000  # characters of a text that is read
GOAL = "Turn the dials until exactly two tokens can be drawn."


class NextTokenExplorer(Explorer):
    """A text box, bars of the next token under three dials, and the attention of a head over the tokens behind it.

    `read` makes a `Reading` of a list of tokens, of which there are `tokens` different ones; `encode` and `decode` go
    from text to tokens and back. `start` stands before every text (None: nothing does), and at most `length` tokens are
    read. `text`, `temperature`, `k` (0: all), `p`, `layer`, `head` and `place` (a token's index, -1: the last) can be
    read and set from Python at any time.
    """

    _esm, _css = sources("next_token")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)  # what each token says
    text = traitlets.Unicode().tag(sync=True)
    tokens = traitlets.List(traitlets.Int()).tag(sync=True)  # what was read: the last of the text
    logits = traitlets.Bytes().tag(sync=True)  # float32 (v) after the last token
    given = traitlets.Bytes().tag(sync=True)  # float32 (t): the probability that each token had
    weights = traitlets.Bytes().tag(sync=True)  # uint8 roots (layers, heads, t, t)
    size = traitlets.List(traitlets.Int()).tag(sync=True)  # layers, heads
    start = traitlets.Int(-1).tag(sync=True)  # the token before every text, -1 for none
    temperature = traitlets.Float(1.0).tag(sync=True)
    k = traitlets.Int(0).tag(sync=True)
    p = traitlets.Float(1.0).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    place = traitlets.Int(-1).tag(sync=True)

    def __init__(
        self,
        read: Callable[[list[int]], Reading],
        encode: Callable[[str], list[int]],
        decode: Callable[[list[int]], str],
        tokens: int,
        text: str = "",
        start: int | None = None,
        length: int = 64,
    ):
        if start is None and not text:
            raise ValueError("nothing stands before the text: give a text to begin with, or a start token")
        self.read, self.encode, self.decode, self.length = read, encode, decode, length
        names = [decode([token]) for token in range(tokens)]
        self.taken = ""  # the text that was read last
        super().__init__(goal=GOAL, names=names, start=-1 if start is None else start)
        self._take(self._tokens_of(text), text)
        sent = sum(len(str(name).encode()) + 4 for name in names) + sum(map(len, (self.logits, self.weights)))
        if sent > BUDGET:
            raise ValueError(f"{sent:,} bytes are too many for one explorer (at most {BUDGET:,}): read a shorter text")

    def answer(self, question: dict[str, Any]) -> Answer:
        """Read a `text` as it was typed, or `append` a token, or go one `back`; the page hears of it by the traits."""
        if "text" in question:
            self._take(self._tokens_of(question["text"]), question["text"])
            return {}, []
        written = [*self.written, int(question["append"])] if "append" in question else self.written[:-1]
        self._take(written, self.decode(written[1:] if written[:1] == [self.start] else written))
        return {}, []

    def _tokens_of(self, text: str) -> list[int]:
        if len(text) > LONGEST:
            raise ValueError(f"a text of {len(text):,} characters is too long to type: at most {LONGEST:,}")
        return ([] if self.start < 0 else [self.start]) + list(self.encode(text))

    def _take(self, written: list[int], text: str) -> None:
        """Read the last of the tokens, and send what came of it in one message."""
        if not written:
            raise ValueError("there is no token to read: type something")
        tokens = written[-self.length :]
        reading = self.read(tokens)
        if reading.logits.shape != (len(tokens), len(self.names)):
            raise ValueError(f"{len(tokens)} tokens of {len(self.names)} gave logits {reading.logits.shape}")
        self.reading, self.written, self.taken = reading, written, text
        with self.hold_sync():
            self.size = list(reading.weights.shape[:2])
            self.place, self.tokens, self.text = -1, tokens, text
            self.logits = reading.logits[-1].astype("<f4").tobytes()
            self.given = reading.given(tokens).astype("<f4").tobytes()
            self.weights = pack(reading.weights, "uint8")

    @traitlets.observe("text")
    def _set_in_python(self, change: dict) -> None:
        if change["new"] != self.taken:
            self._take(self._tokens_of(change["new"]), change["new"])

    @traitlets.validate("temperature", "k", "p", "layer", "head", "place")
    def _in_range(self, proposal: dict) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        layers, heads = self.size or (1, 1)
        low, high = {
            "temperature": (0.05, 5.0),
            "k": (0, len(self.names)),
            "p": (0.0, 1.0),
            "layer": (0, layers - 1),
            "head": (0, heads - 1),
            "place": (-1, len(self.tokens) - 1),
        }[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} {value}: it lies between {low} and {high}")
        return value

    @property
    def here(self) -> int:
        """The token whose attention is shown."""
        return self.place if self.place >= 0 else len(self.tokens) - 1

    def probabilities(self) -> np.ndarray:
        """How likely each token (v) is drawn next, under the dials."""
        return filtered(self.reading.logits[-1], self.temperature, self.k, self.p)

    def picture(self) -> Figure:
        """Draw the likeliest next tokens, and where the chosen head looks from the chosen token."""
        looks = self.reading.weights[self.layer, self.head, self.here, : self.here + 1]
        text = [self.names[token] for token in self.tokens[: self.here + 1]]
        titles = (
            f"Next token, {self._dials()}",
            f"Layer {self.layer}, head {self.head}: “{visible(text[-1])}” looks at",
        )
        plain = filtered(self.reading.logits[-1])
        return overview(self.names, plain, self.probabilities(), text, looks, titles)

    def describe(self) -> str:
        """Return in a sentence what comes next, and where the chosen head looks."""
        p = self.probabilities()
        best = [f"“{visible(self.names[n])}” {p[n]:.0%}" for n in np.argsort(-p, kind="stable")[:3] if p[n] > 0]
        row = self.reading.weights[self.layer, self.head, self.here]
        top = [f"“{visible(self.names[self.tokens[j]])}” {row[j]:.0%}" for j in np.argsort(-row, kind="stable")[:2]]
        return (
            f"Next-token explorer after “{self.text[-40:]}”: {', '.join(best)} ({self._dials()}). Layer {self.layer}, "
            f"head {self.head}: “{visible(self.names[self.tokens[self.here]])}” looks at {', '.join(top)}."
        )

    def _dials(self) -> str:
        cut = [f"top-k {self.k}"] * (self.k > 0) + [f"top-p {self.p:g}"] * (self.p < 1)
        return ", ".join([f"temperature {self.temperature:g}", *cut])
