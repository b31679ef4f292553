"""Wrong answers to a straight-through quantizer: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.autoencoders.quantizer import quantize


def _apart(one, other):
    return (one - other).square().sum(dim=1).mean()


def _right(vectors, codebook, beta, codes):
    """The rest, done right, for the codes given."""
    chosen = codebook[codes]
    loss = _apart(vectors.detach(), chosen) + beta * _apart(vectors, chosen.detach())
    return vectors + (chosen - vectors).detach(), codes, loss


def not_straight_through(vectors, codebook, beta=0.25):
    """The gradient stops at the entries.

    The values are right. But choosing the nearest entry has no derivative, so the gradient of the decoder never reaches
    the encoder. How can the result have the value of the entry and the gradient of the vector?
    """
    _, codes, loss = quantize(vectors, codebook, beta)
    return codebook[codes], codes, loss


def result_detached(vectors, codebook, beta=0.25):
    """The result has no gradient.

    The values are right, but no gradient passes through them. In the backward pass the result should act as the vector.
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized.detach(), codes, loss


def codes_move_too(vectors, codebook, beta=0.25):
    """The gradient of the result goes to vectors and entries.

    In the paper the decoder's gradient passes to the encoder alone; entries learn from their own term of the loss.
    Which part of your sum should be a constant?
    """
    _, codes, loss = quantize(vectors, codebook, beta)
    chosen = codebook[codes]
    return vectors + chosen - vectors.detach(), codes, loss


def farthest(vectors, codebook, beta=0.25):
    """The farthest entry is taken.

    Do you look for the smallest distance or for the largest?
    """
    return _right(vectors, codebook, beta, torch.cdist(vectors, codebook).argmax(dim=1))


def most_in_line(vectors, codebook, beta=0.25):
    """The entry with the largest dot product is taken.

    A long entry has large products with many vectors and may be far from all of them. The squared distance also
    contains the length of the entry.
    """
    return _right(vectors, codebook, beta, (vectors @ codebook.T).argmax(dim=1))


def weight_on_the_codes(vectors, codebook, beta=0.25):
    """The weight is on the wrong term.

    Beta weighs the commitment: the term that moves the vectors and holds the entries constant. (You are in good
    company: a well-known library had this for years, and keeps it as `legacy`.)
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    chosen = codebook[codes]
    return quantized, codes, _apart(vectors, chosen.detach()) + beta * _apart(vectors.detach(), chosen)


def both_terms_move_both(vectors, codebook, beta=0.25):
    """Nothing is held constant in the loss.

    Its value is right. But each term moves both sides, so beta no longer sets how fast one follows the other. Which
    side is constant in the first term, and which in the second?
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    return quantized, codes, (1 + beta) * _apart(vectors, codebook[codes])


def loss_without_gradient(vectors, codebook, beta=0.25):
    """The loss has no gradient.

    Its value is right, and it moves nothing. In each of the two terms one side is constant, and only one.
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized, codes, loss.detach()


def commitment_only(vectors, codebook, beta=0.25):
    """The entries do not learn.

    Your loss moves vectors to entries. Which term moves the entries to the vectors?
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    return quantized, codes, beta * _apart(vectors, codebook[codes].detach())


def no_commitment(vectors, codebook, beta=0.25):
    """The vectors do not commit.

    Entries follow vectors, but vectors may move away from them at no cost. Which term keeps them near?
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    return quantized, codes, _apart(vectors.detach(), codebook[codes])


def mean_over_numbers(vectors, codebook, beta=0.25):
    """The loss is averaged over the width too.

    The formula has squared lengths, and a squared length is a sum over the width. With a mean, wider entries would cost
    no more than narrow ones.
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized, codes, loss / vectors.shape[1]


def sum_over_vectors(vectors, codebook, beta=0.25):
    """The loss is summed over the vectors.

    Then it grows with the number of vectors, and so does its gradient. Take the mean over vectors.
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized, codes, loss * len(vectors)


def weight_ignored(vectors, codebook, beta=0.25):
    """The weight has no effect.

    The caller may pass another beta than 0.25.
    """
    return quantize(vectors, codebook, 0.25)


def vectors_returned(vectors, codebook, beta=0.25):
    """The vectors come back unchanged.

    The gradient passes through, and so does the value: nothing has been quantized. The decoder should get the entries.
    """
    _, codes, loss = quantize(vectors, codebook, beta)
    return vectors.clone(), codes, loss


def length_not_squared(vectors, codebook, beta=0.25):
    """The lengths are not squared.

    The formula has squared lengths: the sum of squares over the width, without a root.
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    chosen = codebook[codes]
    to_vectors = (vectors.detach() - chosen).norm(dim=1).mean()
    return quantized, codes, to_vectors + beta * (vectors - chosen.detach()).norm(dim=1).mean()


SLIPS = (
    not_straight_through,
    result_detached,
    codes_move_too,
    farthest,
    most_in_line,
    weight_on_the_codes,
    both_terms_move_both,
    loss_without_gradient,
    commitment_only,
    no_commitment,
    mean_over_numbers,
    sum_over_vectors,
    weight_ignored,
    vectors_returned,
    length_not_squared,
)
