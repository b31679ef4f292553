"""Exercise: beam search in a small model whose probabilities are all in a table."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.rnn.markov import chain_beam_search

START, END = 0, 1


def _chain(steps: int, tokens: int, draw: torch.Generator) -> torch.Tensor:
    """Log-probabilities of the next token after each token, at each step; nothing is certain."""
    return (1.5 * torch.randn(steps, tokens, tokens, generator=draw)).log_softmax(dim=-1)


def _trap(draw: torch.Generator) -> torch.Tensor:
    """Token 2 is the likeliest first token, and nothing likely follows; after token 3 the end is nearly certain."""
    p = torch.rand(2, 4, 4, generator=draw)
    p[0, START] = torch.tensor([0.02, 0.03, 0.55, 0.40])
    p[1, 2] = torch.tensor([0.30, 0.30, 0.20, 0.20]) + 0.02 * p[1, 2]
    p[1, 3] = torch.tensor([0.03, 0.90, 0.04, 0.03])
    return (p / p.sum(dim=-1, keepdim=True)).log()


def _patience(draw: torch.Generator) -> torch.Tensor:
    """An early end is likely. Corrected for length, a longer sequence is better, although its start is unlikely."""
    p = torch.rand(3, 5, 5, generator=draw)
    noise = 0.01 * p[0, 2]
    p[0, START] = torch.tensor([0.1, 0.3, 0.4, 0.1, 0.1]) + noise
    p[1, 2] = torch.tensor([0.01, 0.01, 0.01, 0.50, 0.47]) + noise
    p[2, 3] = 0.2 + noise
    p[2, 4] = torch.tensor([0.01, 0.96, 0.01, 0.01, 0.01]) + noise
    return (p / p.sum(dim=-1, keepdim=True)).log()


def _ends_early(chain: torch.Tensor) -> torch.Tensor:
    """The end is likely after every token: good sequences are short."""
    chain = chain.clone()
    chain[:, :, END] += 2.5
    return chain.log_softmax(dim=-1)


def _case(name: str, chain: torch.Tensor, beams: int, tests: str = "values", penalty: float = 0.0) -> Case:
    return Case(name, {"chain": chain, "start": START, "end": END, "beams": beams, "penalty": penalty}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One beam; a trap; several beams, few ends and many; penalties; a start and an end of other numbers."""
    one = draw.generator
    yield _case("one beam: greedy", _chain(3, 3, one), 1, "one")
    yield _case("one step", _chain(1, 4, one), 3, "one")
    yield _case("a trap for greedy search", _trap(one), 2, "trap")
    for beams in (2, 3, 5):
        yield _case(f"{beams} beams", _chain(4, 5, one), beams)
    for n in (1, 2, 3):
        yield _case(f"sequences that end early, {n}", _ends_early(_chain(4, 4, one)), 3, "ends")
    yield _case("a long sequence with an unlikely start", _patience(one), 2, "length", 3.0)
    for n in (1, 2, 3):
        yield _case(f"long or short, {n}", _ends_early(_chain(6, 6, one)), 4, "length", 1.5)
    moved = {"chain": _chain(5, 5, one), "start": 3, "end": 2, "beams": 3, "penalty": 0.5}
    yield Case("other numbers for start and end", moved, "length")


EXERCISE = exercise(
    __name__,
    chain_beam_search,
    made,
    [
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("one", "one beam is greedy decoding, one step is the best few tokens", 0.5),
        Property("trap", "two beams find a sequence that greedy search misses", 0.5),
        Property("values", "the right sequences in the right order, with their scores", 1.0),
        Property("ends", "a sequence that has ended does not change, costs nothing more, and still competes", 1.0),
        Property("length", "beams are compared by their score, corrected for length", 1.0),
        Property("inputs", "the table is left as it was", 0.5, "inputs"),
    ],
    title="Beam search",
    minutes=8,
    difficulty=3,
    returns=("sequences", "scores"),
    hints=(
        "`log_p` is (beams, v). Add each beam's total, and you have the totals of all continuations of all beams in "
        "one table. A beam that has ended does not become longer: how many tokens has each continuation?",
        "Divide the table by the length penalty of each continuation's size, flatten it, and take the best `beams` "
        "with `topk`. For an index in the flattened table, `// v` is the beam it continues and `% v` its token.",
        "Everything that is kept for a beam must follow: select the rows of `written`, `total`, `size` and `ended` "
        "that are continued, in the new order, and only then append the new tokens.",
    ),
    hidden=("labkit.nn.decoding:beam_search", "labkit.rnn.markov:all_sequences"),
)
