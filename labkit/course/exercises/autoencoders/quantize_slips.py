"""What goes wrong in a straight-through quantizer: each function is wrong in one thing, which its docstring names."""

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
    """The gradient stops at the codes.

    The values are right. But choosing the nearest has no derivative, so what the decoder has to say never reaches the
    encoder. How can the result have the value of the code and the gradient of the vector?
    """
    _, codes, loss = quantize(vectors, codebook, beta)
    return codebook[codes], codes, loss


def result_detached(vectors, codebook, beta=0.25):
    """The result has no gradient.

    The values are right, and nothing can flow back through them. What should the gradient see in place of the code?
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized.detach(), codes, loss


def codes_move_too(vectors, codebook, beta=0.25):
    """The gradient of the result goes to vectors and codes.

    It is handed to both. In the paper the decoder's gradient passes to the encoder alone; codes learn from their own
    term of the loss. Which part of your sum should stand still?
    """
    _, codes, loss = quantize(vectors, codebook, beta)
    chosen = codebook[codes]
    return vectors + chosen - vectors.detach(), codes, loss


def farthest(vectors, codebook, beta=0.25):
    """The farthest code is taken.

    The least distance is wanted. Do you look for the least or for the greatest?
    """
    return _right(vectors, codebook, beta, torch.cdist(vectors, codebook).argmax(dim=1))


def most_in_line(vectors, codebook, beta=0.25):
    """The code with the greatest dot product is taken.

    A long code wins many dot products without being near. Distance also counts how long the code itself is.
    """
    return _right(vectors, codebook, beta, (vectors @ codebook.T).argmax(dim=1))


def weight_on_the_codes(vectors, codebook, beta=0.25):
    """The weight is on the wrong term.

    Beta weighs the commitment: the term in which the codes stand still and the vectors move. (You are in good company:
    a well-known library had this for years, and keeps it as `legacy`.)
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    chosen = codebook[codes]
    return quantized, codes, _apart(vectors, chosen.detach()) + beta * _apart(vectors.detach(), chosen)


def both_terms_move_both(vectors, codebook, beta=0.25):
    """Nothing stands still in the loss.

    Its value is right. But in each term both sides move, so that beta no longer says how fast the one follows the
    other. Who is held still in the first term, who in the second?
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    return quantized, codes, (1 + beta) * _apart(vectors, codebook[codes])


def loss_without_gradient(vectors, codebook, beta=0.25):
    """The loss has no gradient.

    Its value is right, and it moves nobody. In each of the two terms one side stands still, and only one.
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized, codes, loss.detach()


def commitment_only(vectors, codebook, beta=0.25):
    """The codes do not learn.

    Your loss pulls vectors to codes. Who pulls the codes to where the vectors are?
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    return quantized, codes, beta * _apart(vectors, codebook[codes].detach())


def no_commitment(vectors, codebook, beta=0.25):
    """The vectors do not commit.

    Codes follow vectors, and vectors may run away from them without any cost. Which term keeps them near?
    """
    quantized, codes, _ = quantize(vectors, codebook, beta)
    return quantized, codes, _apart(vectors.detach(), codebook[codes])


def mean_over_numbers(vectors, codebook, beta=0.25):
    """The loss is averaged over the width too.

    The formula has squared lengths, and a squared length is a sum over the width. With a mean, wider codes would cost
    no more than narrow ones.
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized, codes, loss / vectors.shape[1]


def sum_over_vectors(vectors, codebook, beta=0.25):
    """The loss is summed over the vectors.

    Then it grows with the batch, and so does the step that it asks for. What is to be averaged?
    """
    quantized, codes, loss = quantize(vectors, codebook, beta)
    return quantized, codes, loss * len(vectors)


def weight_ignored(vectors, codebook, beta=0.25):
    """The weight has no effect.

    What if the caller hands over another beta than 0.25?
    """
    return quantize(vectors, codebook, 0.25)


def vectors_returned(vectors, codebook, beta=0.25):
    """The vectors come back unchanged.

    Gradients go through, and so do the values: nothing has been quantized. Which value should the decoder see?
    """
    _, codes, loss = quantize(vectors, codebook, beta)
    return vectors.clone(), codes, loss


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
)
