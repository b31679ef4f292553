"""What goes wrong in a top-p filter: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.transformers.sampling import top_p


def _filtered(logits, p, keep):
    """Sort, ask `keep` which of the sorted are kept, and bring that back; done right but for what `keep` does."""
    ordered, order = logits.sort(dim=-1, descending=True)
    p_sorted = ordered.softmax(dim=-1)
    kept = keep(p_sorted, p_sorted.cumsum(dim=-1))
    return logits.masked_fill(~torch.empty_like(kept).scatter(-1, order, kept), -torch.inf)


def _first(kept):
    return torch.cat([torch.ones_like(kept[..., :1]), kept[..., 1:]], dim=-1)


def crossing_token_dropped(logits, p):
    """The token that reaches p is dropped.

    Add up what you keep: is it p, or less? The fewest tokens that together have *at least* p include the one with which
    the sum gets there.
    """
    return _filtered(logits, p, lambda _, sums: _first(sums <= p))


def one_more_kept(logits, p):
    """One token more than needed is kept.

    Without your last token, the sum is p or more already. Which sum decides whether a token is still needed: the one
    of those before it, or that of those before its neighbor?
    """

    def keep(each, sums):
        before_the_neighbor = (sums - each).roll(1, dims=-1)
        before_the_neighbor[..., 0] = -1.0
        return before_the_neighbor < p

    return _filtered(logits, p, keep)


def each_at_least_p(logits, p):
    """Every token is compared with p by itself.

    You keep what is likelier than p. Top-p asks for a group that is likely enough *together*: what has to be added up?
    """
    return _filtered(logits, p, lambda each, _: _first(each >= p))


def best_one_lost(logits, p):
    """At p = 0 nothing is left.

    A distribution without any token cannot be drawn from. Which one stays, whatever p is?
    """
    return _filtered(logits, p, lambda each, sums: sums - each < p)


def unlikely_kept(logits, p):
    """The unlikely tokens are kept, and the likely ones dropped.

    Draw a little from your result: what would the model say? From which end does the sum have to begin?
    """
    return _filtered(logits, p, lambda each, sums: ~_first(sums - each < p))


def smallest_first(logits, p):
    """The sum begins with the least likely.

    `sort` begins with the smallest unless told otherwise. Which tokens do you add up until you reach p?
    """
    ordered, order = logits.sort(dim=-1)
    each = ordered.softmax(dim=-1)
    kept = _first(each.cumsum(dim=-1) - each < p)
    return logits.masked_fill(~torch.empty_like(kept).scatter(-1, order, kept), -torch.inf)


def not_brought_back(logits, p):
    """What is dropped is dropped in sorted order.

    Your mask belongs to the sorted logits, and you apply it to those that are not. How does the third of the sorted
    ones find its place again? `scatter` and `gather` move values by an index.
    """
    each = logits.sort(dim=-1, descending=True).values.softmax(dim=-1)
    return logits.masked_fill(~_first(each.cumsum(dim=-1) - each < p), -torch.inf)


def left_sorted(logits, p):
    """The result is in sorted order.

    Token 3 has to stay token 3, or the model speaks with shuffled words. Bring the filtered logits back into the order
    in which they came.
    """
    ordered = logits.sort(dim=-1, descending=True).values
    each = ordered.softmax(dim=-1)
    return ordered.masked_fill(~_first(each.cumsum(dim=-1) - each < p), -torch.inf)


def dropped_to_zero(logits, p):
    """Dropped logits are set to 0.

    A logit of 0 is not a probability of 0: what is e to the power of 0? Which logit can never be drawn?
    """
    kept = top_p(logits, p)
    return kept.masked_fill(kept == -torch.inf, 0.0)


def probabilities_returned(logits, p):
    """Probabilities are returned, not logits.

    The next step takes a softmax itself, so it wants logits: those that came in, with the dropped ones at minus
    infinity.
    """
    return top_p(logits, p).softmax(dim=-1)


def logits_added_up(logits, p):
    """Logits are added up, not probabilities.

    Logits may be negative, and sum to anything. What turns them into numbers of which p can be a share?
    """
    ordered, order = logits.sort(dim=-1, descending=True)
    kept = _first(ordered.cumsum(dim=-1) - ordered < p)
    return logits.masked_fill(~torch.empty_like(kept).scatter(-1, order, kept), -torch.inf)


def rows_together(logits, p):
    """All rows share one sum.

    Each row is a text of its own, with its own next token. Over which axis does the sum run?
    """
    flat = logits.softmax(dim=-1).flatten() / logits[..., 0].numel()
    each, order = flat.sort(descending=True)
    kept = _first(each.cumsum(dim=0) - each < p)
    return logits.masked_fill(~torch.empty_like(kept).scatter(0, order, kept).view(logits.shape), -torch.inf)


def logits_changed(logits, p):
    """The logits themselves are changed.

    The result is right, but the caller's logits have lost their values. `masked_fill` gives a new tensor, and with an
    underscore, or an assignment, the old one is written to.
    """
    return logits.masked_fill_(top_p(logits.detach(), p) == -torch.inf, -torch.inf)


SLIPS = (
    crossing_token_dropped,
    one_more_kept,
    each_at_least_p,
    best_one_lost,
    unlikely_kept,
    smallest_first,
    not_brought_back,
    left_sorted,
    dropped_to_zero,
    probabilities_returned,
    logits_added_up,
    rows_together,
    logits_changed,
)
