"""Exercise: beam search in a small model whose probabilities are all in a table."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.rnn.beam_slips import SLIPS

START, END = 0, 1


def _chain(steps: int, tokens: int, draw: torch.Generator) -> torch.Tensor:
    """Log-probabilities of the next token after each token, at each step; nothing is certain."""
    return (1.5 * torch.randn(steps, tokens, tokens, generator=draw)).log_softmax(dim=-1)


def _trap(draw: torch.Generator) -> torch.Tensor:
    """The likeliest beginning, token 2, leads nowhere in particular; token 3 leads straight to the end."""
    p = torch.rand(2, 4, 4, generator=draw)
    p[0, START] = torch.tensor([0.02, 0.03, 0.55, 0.40])
    p[1, 2] = torch.tensor([0.30, 0.30, 0.20, 0.20]) + 0.02 * p[1, 2]
    p[1, 3] = torch.tensor([0.03, 0.90, 0.04, 0.03])
    return (p / p.sum(dim=-1, keepdim=True)).log()


def _patience(draw: torch.Generator) -> torch.Tensor:
    """The end comes early and likely. Corrected for its length, a longer sequence is better, and it starts badly."""
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


def _case(name: str, chain: torch.Tensor, beams: int, penalty: float = 0.0, tests: str = "values") -> Case:
    return Case(name, {"chain": chain, "start": START, "end": END, "beams": beams, "penalty": penalty}, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """One beam; a trap; several beams, few ends and many; penalties; a start and an end of other numbers."""
    draw = torch.Generator().manual_seed(seed)
    other = _chain(5, 5, draw)
    moved = {"chain": other, "start": 3, "end": 2, "beams": 3, "penalty": 0.5}
    return [
        _case("one beam: greedy", _chain(3, 3, draw), 1, tests="one"),
        _case("one step", _chain(1, 4, draw), 3, tests="one"),
        _case("a trap for greed", _trap(draw), 2, tests="trap"),
        *(_case(f"{beams} beams", _chain(4, 5, draw), beams) for beams in (2, 3, 5)),
        *(_case(f"sequences that end early, {n}", _ends_early(_chain(4, 4, draw)), 3, tests="ends") for n in (1, 2, 3)),
        _case("a long sequence that starts badly", _patience(draw), 2, 3.0, "length"),
        *(_case(f"long or short, {n}", _ends_early(_chain(6, 6, draw)), 4, 1.5, "length") for n in (1, 2, 3)),
        Case("other numbers for start and end", moved, "length"),
    ]


EXERCISE = Exercise(
    id="rnn.beam_search",
    title="Beam search",
    hour=3,
    position=4,
    minutes=8,
    difficulty=3,
    reference="labkit.rnn.markov:chain_beam_search",
    returns=("sequences", "scores"),
    cases=cases,
    properties=(
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("one", "one beam is greedy decoding, one step is the best few tokens", 0.5),
        Property("trap", "two beams escape a trap that greed runs into", 0.5),
        Property("values", "the right sequences in the right order, with their scores", 1.0),
        Property("ends", "what has ended stands still, at no cost, and still competes", 1.0),
        Property("length", "beams are compared by their score, corrected for length", 1.0),
        Property("inputs", "the table is left as it was", 0.5, "inputs"),
    ),
    hints=(
        "Keep five things for each beam: what is written (beams, n), its total log-probability, its size, and whether "
        "it has ended. At the start all beams are alike, so only the first may have a total of 0. The others?",
        "At each step `chain[step, last token of each beam]` is (beams, v). Add the totals, and you have all "
        "continuations of all beams in one table. An ended beam continues in one way only: with `end`, at a cost of 0.",
        "Divide the table by the length penalty of each continuation's size, flatten it, and take the best `beams` "
        "with `topk`. From a number in the flattened table, `// v` says which beam it continues, and `% v` with which "
        "token.",
        "Now everything that is kept for a beam must follow: take the rows of the beams that are continued, in the new "
        "order, and only then add the new tokens. An ended beam's size does not grow.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.nn.decoding:beam_search", "labkit.rnn.markov:all_sequences"),
)
