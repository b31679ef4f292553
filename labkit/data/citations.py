"""Papers that cite each other, drawn from a seed: like Cora, of any size and any homophily.

Axes: n papers, w words, k topics, m edges.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.data.graphs import Graph, both_ways, split


def citations(
    papers: int = 1000,
    topics: int = 5,
    homophily: float = 0.8,
    cites: float = 2.0,
    words: int = 200,
    clarity: float = 0.15,
    labelled: int = 20,
    seed: int = 0,
) -> Graph:
    """Papers with a topic, a bag of words, and citations, taken as undirected edges.

    Each paper cites about `cites` others: with probability `homophily` one of its own topic, else one of another topic;
    a few papers are cited far more than the rest. Each word of a paper is typical for its topic with probability
    `clarity`, else any word. `labelled` papers of each topic are for training, a fifth of the rest for validation.
    Raises ValueError for fewer than two topics or a probability outside of 0 to 1.
    """
    if topics < 2 or not 0 <= homophily <= 1 or not 0 <= clarity <= 1:
        raise ValueError("citations need at least 2 topics, and homophily and clarity between 0 and 1")
    draw = torch.Generator().manual_seed(seed)
    y = torch.randint(topics, (papers,), generator=draw)
    edges = cited(y, topics, homophily, cites, draw)
    x = bags_of_words(y, topics, words, clarity, draw)
    return Graph(edges, x, y, *split(y, labelled, 0.2, draw))


def cited(
    y: Int[Tensor, " n"], topics: int, homophily: float, cites: float, draw: torch.Generator
) -> Int[Tensor, "2 m"]:
    """Who cites whom, in both directions: first the topic of the cited paper, then the paper by its fame."""
    papers = len(y)
    fame = torch.rand(papers, generator=draw).clamp(min=1e-3) ** -0.6  # a heavy tail: the few that all cite
    citing = torch.randint(papers, (round(cites * papers),), generator=draw)
    away = torch.randint(1, topics, citing.shape, generator=draw)
    same = torch.rand(len(citing), generator=draw) < homophily
    topic = torch.where(same, y[citing], (y[citing] + away) % topics)
    found = torch.empty_like(citing)
    for k in range(topics):
        members, asked = (y == k).nonzero()[:, 0], (topic == k).nonzero()[:, 0]
        if len(asked) and len(members):
            found[asked] = members[torch.multinomial(fame[members], len(asked), replacement=True, generator=draw)]
        else:
            found[asked] = citing[asked]  # nobody to cite: a loop, which `both_ways` takes out
    return both_ways(torch.stack([citing, found]))


def bags_of_words(
    y: Int[Tensor, " n"], topics: int, words: int, clarity: float, draw: torch.Generator, length: int = 15
) -> Float[Tensor, "n w"]:
    """Which words each paper has, as rows that sum to one. Topic k has every `topics`-th word, from word k on."""
    drawn = (len(y), length)
    own = torch.randint(words // topics, drawn, generator=draw) * topics + y[:, None]
    any_word = torch.randint(words, drawn, generator=draw)
    chosen = torch.where(torch.rand(drawn, generator=draw) < clarity, own, any_word)
    bags = torch.zeros(len(y), words).scatter_(1, chosen, 1.0)
    return bags / bags.sum(dim=1, keepdim=True)
