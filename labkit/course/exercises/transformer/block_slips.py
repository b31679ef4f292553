"""What goes wrong in a block: each function is wrong in one thing, which its docstring names."""

import torch.nn.functional as F

from labkit.nn.attention import multi_head_attend


def _norm(x):
    return F.layer_norm(x, x.shape[-1:])


def _attention(y, w_q, w_k, w_v, w_o, heads):
    return multi_head_attend(y @ w_q, y @ w_k, y @ w_v, heads) @ w_o


def _network(y, w_1, w_2):
    return F.relu(y @ w_1) @ w_2


def no_residual(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """Nothing is added to the input.

    Each layer's output replaces what came in. What does your block return when w_o and w_2 are zero, and what should
    it return?
    """
    a = _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return _network(_norm(a), w_1, w_2)


def second_residual_missing(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The output of the feed-forward network is added to nothing.

    The first equation is right. What stands in front of the plus sign in the second?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return _network(_norm(a), w_1, w_2)


def first_residual_missing(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The output of the attention is added to nothing.

    The second equation is right. What stands in front of the plus sign in the first?
    """
    a = _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return a + _network(_norm(a), w_1, w_2)


def second_residual_from_x(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The second residual path starts at x.

    The result of the attention reaches the feed-forward network, and then it is lost. To what is the network's output
    added in the second equation?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return x + _network(_norm(a), w_1, w_2)


def residual_is_normalized(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The residual path carries the normalized input.

    Only what enters a layer is normalized. What is added to its output: x, or the norm of x? (Check that the norm of x
    has not taken the name of x.)
    """
    x = _norm(x)
    a = _norm(x + _attention(x, w_q, w_k, w_v, w_o, heads))
    return a + _network(a, w_1, w_2)


def post_norm(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The sums are normalized, not the inputs.

    That is post-norm, the block of the original paper. In this block, where does the norm stand: before the layer, or
    after the sum?
    """
    a = _norm(x + _attention(x, w_q, w_k, w_v, w_o, heads))
    return _norm(a + _network(a, w_1, w_2))


def no_norms(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """Nothing is normalized.

    Each of the two layers reads a normalized input. Where does LayerNorm stand in the two equations?
    """
    a = x + _attention(x, w_q, w_k, w_v, w_o, heads)
    return a + _network(a, w_1, w_2)


def second_norm_missing(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The feed-forward network reads a without a norm.

    There are two norms in a block. What does the second equation say inside FFN(...)?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return a + _network(a, w_1, w_2)


def both_layers_read_x(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """Both layers read the norm of x.

    Your feed-forward network does not see what the attention has read. (Some models do this on purpose, to compute both
    at once.) Of what is the norm in the second equation?
    """
    y = _norm(x)
    return x + _attention(y, w_q, w_k, w_v, w_o, heads) + _network(y, w_1, w_2)


def only_queries_normalized(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """Only the queries are normalized.

    In self-attention, queries, keys and values all come from the same vectors. From x, or from the norm of x?
    """
    a = x + multi_head_attend(_norm(x) @ w_q, x @ w_k, x @ w_v, heads) @ w_o
    return a + _network(_norm(a), w_1, w_2)


def no_relu(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The ReLU is missing.

    Two matrix products in a row are one matrix product. What stands between them?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return a + _norm(a) @ w_1 @ w_2


def relu_at_the_end(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The ReLU comes after the second matrix.

    Then the network can only add, never subtract. Between which two matrices does the ReLU stand?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return a + F.relu(_norm(a) @ w_1 @ w_2)


def w_o_forgotten(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """W_O is not used.

    `multi_head` places the heads side by side. Which matrix mixes them before the result is added to x?
    """
    a = x + multi_head_attend(*(_norm(x) @ w for w in (w_q, w_k, w_v)), heads)
    return a + _network(_norm(a), w_1, w_2)


def one_head(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """There is one head, whatever `heads` says.

    With one head your result is right. Does `heads` reach the attention?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, 1)
    return a + _network(_norm(a), w_1, w_2)


def transposed_weights(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The matrices are transposed.

    `nn.Linear` multiplies by the transpose of its weight. Here the equations hold as they stand: X times W.
    """
    a = x + _attention(_norm(x), w_q.T, w_k.T, w_v.T, w_o.T, heads)
    return a + _network(_norm(a), w_1, w_2)


def norm_over_positions(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The norm runs over more than the width.

    Each token is normalized by itself: over which axis do you take its mean and its standard deviation?
    """
    y = F.layer_norm(x, x.shape[1:])
    a = x + _attention(y, w_q, w_k, w_v, w_o, heads)
    return a + _network(F.layer_norm(a, a.shape[1:]), w_1, w_2)


def first_residual_is_normalized(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The first residual path carries the norm of x.

    What enters the attention is normalized. What is added to its output: x, or the norm of x?
    """
    y = _norm(x)
    a = y + _attention(y, w_q, w_k, w_v, w_o, heads)
    return a + _network(_norm(a), w_1, w_2)


def values_not_normalized(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """The values are computed from x, not from its norm.

    Queries and keys are right. In self-attention, what are the values computed from?
    """
    y = _norm(x)
    a = x + multi_head_attend(y @ w_q, y @ w_k, x @ w_v, heads) @ w_o
    return a + _network(_norm(a), w_1, w_2)


def x_added_twice(x, w_q, w_k, w_v, w_o, w_1, w_2, heads):
    """X is added a second time.

    a already contains x. To what is the output of the feed-forward network added in the second equation?
    """
    a = x + _attention(_norm(x), w_q, w_k, w_v, w_o, heads)
    return x + a + _network(_norm(a), w_1, w_2)
