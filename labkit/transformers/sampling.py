"""Choosing the next token by chance: how bold, from how many, from how much.

Axes: b batch, t positions, v vocabulary.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index, drawn_on
from labkit.train.evaluate import evaluation
from labkit.transformers.gpt import GPT


def with_temperature(logits: Float[Tensor, "*b v"], temperature: float) -> Float[Tensor, "*b v"]:
    r"""$z / T$: below 1 the likely gets likelier, above 1 chances even out.

    Raises ValueError unless the temperature is positive and finite.
    Ackley, Hinton and Sejnowski 1985, https://doi.org/10.1207/s15516709cog0901_7
    """
    if not 0 < temperature < math.inf:
        raise ValueError(f"a temperature is positive and finite, not {temperature}: for the likeliest token take k = 1")
    return logits / temperature


def top_k(logits: Float[Tensor, "*b v"], k: int) -> Float[Tensor, "*b v"]:
    """The k largest logits, and minus infinity for the others; what equals the k-th is kept as well.

    Raises ValueError for k below 1. Fan et al. 2018, https://arxiv.org/abs/1805.04833
    """
    if k < 1:
        raise ValueError(f"at least one token has to be left, not {k}")
    smallest = logits.topk(min(k, logits.shape[-1])).values[..., -1:]  # *b 1
    return logits.masked_fill(logits < smallest, -torch.inf)


def top_p(logits: Float[Tensor, "*b v"], p: float) -> Float[Tensor, "*b v"]:
    r"""The fewest tokens that together have a probability of at least p, and minus infinity for the others.

    $$V^{(p)} = \text{the smallest } V' \text{ with } \sum_{x \in V'} P(x) \ge p$$

    The likeliest token is always kept. Raises ValueError unless p lies between 0 and 1.
    Holtzman et al. 2020, https://arxiv.org/abs/1904.09751
    """
    if not 0 <= p <= 1:
        raise ValueError(f"a probability lies between 0 and 1, not {p}")
    ascending, order = logits.sort(dim=-1)
    with_less_likely = ascending.softmax(dim=-1).cumsum(dim=-1)  # each token together with all below it
    dropped = with_less_likely <= 1 - p
    dropped[..., -1] = False
    return logits.masked_fill(torch.empty_like(dropped).scatter(-1, order, dropped), -torch.inf)


def draw(
    logits: Float[Tensor, "b v"],
    temperature: float = 1.0,
    k: int | None = None,
    p: float | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, " b"]:
    """One token for each row: the temperature first, then the `k` largest, then the share `p` of what is left.

    With `k` = 1 nothing is left to chance.
    """
    logits = with_temperature(logits, temperature)
    if k == 1:
        return logits.argmax(dim=-1)
    logits = logits if k is None else top_k(logits, k)
    logits = logits if p is None else top_p(logits, p)
    p = logits.softmax(dim=-1).to(drawn_on(generator, logits))
    return torch.multinomial(p, 1, generator=generator)[:, 0].to(logits.device)


@torch.no_grad()
def generate(
    model: GPT,
    prompt: Int[Tensor, "b t"],
    count: int,
    temperature: float = 1.0,
    k: int | None = None,
    p: float | None = None,
    generator: torch.Generator | None = None,
    end: int | None = None,
) -> Int[Tensor, "b more"]:
    """The prompt and up to `count` tokens after it, each by `draw`; a row that has written `end` goes on with it.

    Nothing is computed twice until the model's `length` is full; then it reads the latest half anew, and goes on from
    there. The model is in evaluation mode meanwhile. Raises ValueError for an empty prompt.
    """
    _begun(prompt)
    with evaluation(model):
        return _continued(model, as_index(prompt, "tokens"), count, (temperature, k, p, generator), end)


def _continued(
    model: GPT, prompt: Int[Tensor, "b t"], count: int, how: tuple, end: int | None
) -> Int[Tensor, "b more"]:
    text, ended, held = prompt, torch.zeros_like(prompt[:, 0], dtype=torch.bool), min(prompt.shape[1], model.length) - 1
    writer = model.start(prompt[:, -model.length : -1])
    for _ in range(count):
        if held == model.length:
            held = model.length // 2
            writer = model.start(text[:, -held - 1 : -1])
        token = draw(writer.step(text[:, -1]), *how)
        if end is not None:
            token = token.masked_fill(ended, end)
            ended |= token == end
        text, held = torch.cat([text, token[:, None]], dim=1), held + 1
        if ended.all():
            break
    return text


def _begun(prompt: Int[Tensor, "b t"]) -> None:
    if not prompt.shape[1]:
        raise ValueError("a prompt has at least one token: give the end of text to begin a new one")


def write_from_table(
    table: Float[Tensor, "v v"], first: int, temperature: float, p: float, draws: Float[Tensor, " n"]
) -> Int[Tensor, " more"]:
    r"""Write with the smallest language model: row i of the table holds the logits of the token after token i.

    Each draw $u$, uniform in [0, 1), chooses the first token at which the cumulative sum of the probabilities exceeds
    it, after temperature and top-p. Returns `first` and one token for each draw.
    Holtzman et al. 2020, https://arxiv.org/abs/1904.09751
    """
    text = [first]
    for u in draws:
        logits = top_p(with_temperature(table[text[-1]], temperature), p)
        text.append(int((logits.softmax(dim=-1).cumsum(dim=-1) <= u).sum()))
    return torch.tensor(text, device=table.device)
