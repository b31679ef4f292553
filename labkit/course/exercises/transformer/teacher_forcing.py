"""Exercise: decoder inputs, labels shifted by one, and a mask that hides the future and the padding."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def _targets(lengths: list[int], width: int, draw: torch.Generator, padding: int = 0) -> torch.Tensor:
    """Rows of different random tokens, never `padding`, then padding up to `width`."""
    rows = torch.stack([torch.randperm(40, generator=draw)[:width] + 10 for _ in lengths])
    for row, length in zip(rows, lengths, strict=True):
        row[length:] = padding
    return rows


def cases(seed: int, device: torch.device) -> list[Case]:
    """Without and with padding, a padding other than 0, one pair of tokens, a row that is all padding."""
    draw = torch.Generator().manual_seed(seed)
    return [
        Case("two tokens", {"target": _targets([2], 2, draw), "padding": 0}, "causal"),
        Case("four tokens", {"target": _targets([4], 4, draw), "padding": 0}, "causal"),
        Case("two rows of six", {"target": _targets([6, 6], 6, draw), "padding": 0}, "causal"),
        Case("padding at the end", {"target": _targets([3], 5, draw), "padding": 0}, "padding"),
        Case("rows of different length", {"target": _targets([5, 2, 4], 5, draw), "padding": 0}, "padding"),
        Case("padding is token 3", {"target": _targets([4, 2], 4, draw, padding=3), "padding": 3}, "padding"),
        Case("a row that is all padding", {"target": _targets([3, 0], 4, draw), "padding": 0}, "padding"),
        Case(
            "a target that is not contiguous",
            {"target": _targets([5, 3], 5, draw), "padding": 0},
            "padding",
            strided=("target",),
        ),
    ]


def _causal(inputs, diagonal=0):
    length = inputs.shape[1]
    return torch.ones(length, length, dtype=torch.bool, device=inputs.device).tril(diagonal)


def _seen(inputs, padding):
    return (inputs != padding)[:, None]


def strictly_causal(target, padding=0):
    """A position may not look at itself.

    Position t is given token t and should say token t + 1: is there harm in its looking at what it was given? And
    what is left for the very first position to look at?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs, -1) & _seen(inputs, padding)


def sees_the_future(target, padding=0):
    """The causal mask is turned over.

    Rows are the positions that look, columns those that are looked at. In the first row, which one place should be
    True?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs).T & _seen(inputs, padding)


def padding_in_sight(target, padding=0):
    """The padding can be looked at.

    Rows in a batch have different lengths, and what fills them up means nothing. Which columns of the mask must be
    False for it, row by row of the batch?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & torch.ones_like(_seen(inputs, padding))


def future_in_sight(target, padding=0):
    """Every position may see the future.

    All positions learn at once, so the answer of each stands in the inputs of the next. What would the model learn if
    it could look there?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _seen(inputs, padding).expand(-1, inputs.shape[1], -1)


def labels_not_shifted(target, padding=0):
    """The labels are the inputs.

    The model is then asked to say what it has just been given, which it can do without learning anything. What should
    it say after the first token?
    """
    inputs = target[:, :-1]
    return inputs, inputs.clone(), _causal(inputs) & _seen(inputs, padding)


def shifted_backwards(target, padding=0):
    """Inputs and labels have changed places.

    Your model is given a token and asked for the one before it. In which order does it write?
    """
    inputs = target[:, 1:]
    return inputs, target[:, :-1], _causal(inputs) & _seen(inputs, padding)


def mask_inverted(target, padding=0):
    """The mask is the other way round.

    In this course True means: may look. Is the first position allowed to look at itself in your mask?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], ~(_causal(inputs) & _seen(inputs, padding))


def padding_does_not_look(target, padding=0):
    """Padding is kept from looking, not from being looked at.

    You have switched off rows of the mask. It does not matter what padding reads; who must not read the padding?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & _seen(inputs, padding).mT


def padding_of_the_labels(target, padding=0):
    """The padding is looked for in the labels.

    The mask says what the decoder may look at. Does it look at inputs or at labels?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & _seen(target[:, 1:], padding)


def padding_is_zero(target, padding=0):
    """Padding is taken to be token 0.

    It often is, and that is why `padding` has a default. What if the caller says that it is token 3?
    """
    inputs = target[:, :-1]
    return inputs, target[:, 1:], _causal(inputs) & _seen(inputs, 0)


def mask_for_the_whole(target, padding=0):
    """The mask is one position too large.

    The decoder is given one token less than the target has. How long is what the mask is for?
    """
    return target[:, :-1], target[:, 1:], _causal(target) & _seen(target, padding)


SLIPS = (
    strictly_causal,
    sees_the_future,
    padding_in_sight,
    future_in_sight,
    labels_not_shifted,
    shifted_backwards,
    mask_inverted,
    padding_does_not_look,
    padding_of_the_labels,
    padding_is_zero,
    mask_for_the_whole,
)

EXERCISE = Exercise(
    id="transformer.teacher_forcing",
    title="Teacher forcing",
    hour=7,
    position=4,
    minutes=5,
    difficulty=2,
    reference="labkit.transformers.transformer:teacher_forcing",
    returns=("inputs", "labels", "mask"),
    cases=cases,
    properties=(
        Property("shape", "three results of the right shapes", 0.25, "shape"),
        Property("given", "the inputs are what comes before each label", 0.5, result="inputs"),
        Property("labels", "each label is the token after its input", 0.75, result="labels"),
        Property("causal", "no position sees the future, each sees itself", 0.75, result="mask"),
        Property("padding", "nobody looks at padding", 0.5, result="mask"),
        Property("inputs", "the target is left as it was", 0.25, "inputs"),
    ),
    hints=(
        "Write a target of four tokens on paper, and below each token the one that should be said next. Which token "
        "has nothing below it? Which is never said?",
        "The causal mask is a square with True on and below the diagonal: row t may look at columns 0 to t. torch can "
        "cut such a triangle out of a square of ones.",
        "The padding mask depends on the row of the batch and on the column that is looked at. Compare the inputs "
        "with `padding`, and give the result an axis so that it broadcasts to (b, t - 1, t - 1): where does the new "
        "axis go?",
        "Both must allow a look: combine the two masks with `&`. Mind that the masks are for the inputs, which are "
        "one token shorter than the target.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
