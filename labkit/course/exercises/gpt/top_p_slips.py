"""What goes wrong in a top-p filter: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.transformers.sampling import top_p


def _filtered(logits, p, keep):
    """Sort, ask `keep` which of the sorted are kept, and bring that back; right except for what `keep` does."""
    ordered, order = logits.sort(dim=-1, descending=True)
    p_sorted = ordered.softmax(dim=-1)
    kept = keep(p_sorted, p_sorted.cumsum(dim=-1))
    return logits.masked_fill(~torch.empty_like(kept).scatter(-1, order, kept), -torch.inf)


def _first(kept):
    return torch.cat([torch.ones_like(kept[..., :1]), kept[..., 1:]], dim=-1)


def crossing_token_dropped(logits, p):
    """The token that reaches p is dropped.

    Add up what you keep: is it p, or less? The fewest tokens that together have *at least* p include the token with
    which the sum reaches p.
    """
    return _filtered(logits, p, lambda _, sums: _first(sums <= p))


def every_token_can_be_dropped(logits, p):
    """The token that reaches p is dropped, even if it is the first.

    You keep tokens while the sum stays below p. If the first token alone has more than p, what is left? The fewest
    tokens that together have *at least* p include the token with which the sum reaches p.
    """
    return _filtered(logits, p, lambda _, sums: sums <= p)


def one_more_kept(logits, p):
    """One token more than needed is kept.

    Without your last token, the sum already is p or more. A token is needed if the tokens before it do not reach p.
    Which tokens does your sum include?
    """

    def keep(each, sums):
        before_the_neighbor = (sums - each).roll(1, dims=-1)
        before_the_neighbor[..., 0] = -1.0
        return before_the_neighbor < p

    return _filtered(logits, p, keep)


def each_at_least_p(logits, p):
    """Every token is compared with p by itself.

    You keep tokens whose own probability is at least p. Top-p asks for a group that has p *together*: what must you add
    up?
    """
    return _filtered(logits, p, lambda each, _: _first(each >= p))


def best_one_lost(logits, p):
    """At p = 0 nothing is left.

    One cannot sample when no token is left. Which token stays, whatever p is?
    """
    return _filtered(logits, p, lambda each, sums: sums - each < p)


def unlikely_kept(logits, p):
    """The unlikely tokens are kept, and the likely ones dropped.

    Sample a few tokens from your result: are they likely ones? At which end must the sum begin?
    """
    return _filtered(logits, p, lambda each, sums: ~_first(sums - each < p))


def smallest_first(logits, p):
    """The sum begins with the least likely.

    `sort` is ascending by default. Which tokens do you add up until you reach p?
    """
    ordered, order = logits.sort(dim=-1)
    each = ordered.softmax(dim=-1)
    kept = _first(each.cumsum(dim=-1) - each < p)
    return logits.masked_fill(~torch.empty_like(kept).scatter(-1, order, kept), -torch.inf)


def not_brought_back(logits, p):
    """The mask is in sorted order, the logits are not.

    Your mask belongs to the sorted logits, but you apply it to the unsorted ones. How do you bring it back into the old
    order? `scatter` and `gather` move values by an index.
    """
    each = logits.sort(dim=-1, descending=True).values.softmax(dim=-1)
    return logits.masked_fill(~_first(each.cumsum(dim=-1) - each < p), -torch.inf)


def left_sorted(logits, p):
    """The result is in sorted order.

    The position of a logit says which token it belongs to. Bring the filtered logits back into the order in which they
    came.
    """
    ordered = logits.sort(dim=-1, descending=True).values
    each = ordered.softmax(dim=-1)
    return ordered.masked_fill(~_first(each.cumsum(dim=-1) - each < p), -torch.inf)


def dropped_to_zero(logits, p):
    """Dropped logits are set to 0.

    A logit of 0 is not a probability of 0: what is e to the power of 0? Which logit gives a probability of exactly 0?
    """
    kept = top_p(logits, p)
    return kept.masked_fill(kept == -torch.inf, 0.0)


def probabilities_returned(logits, p):
    """Probabilities are returned, not logits.

    The next step takes a softmax itself, so it expects logits: the ones that came in, with minus infinity where a token
    is dropped.
    """
    return top_p(logits, p).softmax(dim=-1)


def logits_added_up(logits, p):
    """Logits are added up, not probabilities.

    Logits can be negative and have any sum. What turns them into probabilities?
    """
    ordered, order = logits.sort(dim=-1, descending=True)
    kept = _first(ordered.cumsum(dim=-1) - ordered < p)
    return logits.masked_fill(~torch.empty_like(kept).scatter(-1, order, kept), -torch.inf)


def rows_together(logits, p):
    """All rows share one sum.

    Each row is a text of its own. Over which axis must the sum run?
    """
    flat = logits.softmax(dim=-1).flatten() / logits[..., 0].numel()
    each, order = flat.sort(descending=True)
    kept = _first(each.cumsum(dim=0) - each < p)
    return logits.masked_fill(~torch.empty_like(kept).scatter(0, order, kept).view(logits.shape), -torch.inf)


def logits_changed(logits, p):
    """The logits themselves are changed.

    The result is right, but the caller's logits have lost their values. `masked_fill` makes a new tensor;
    `masked_fill_` and assignments write into the old one.
    """
    return logits.masked_fill_(top_p(logits.detach(), p) == -torch.inf, -torch.inf)


def filtered_probabilities(logits, p):
    """Probabilities are returned where logits are expected, with 0 for the others.

    What comes back is used as logits: the ones that came in, with minus infinity where a token is dropped.
    """
    kept = top_p(logits, p) > -torch.inf
    return logits.softmax(dim=-1) * kept


def gathered(logits, p):
    """The mask is gathered where it should be scattered.

    `gather` reads from the places that `order` names, `scatter` writes to them. Entry i of the sorted mask belongs to
    token order[i]: which of the two puts it there?
    """
    ordered, order = logits.sort(dim=-1, descending=True)
    each = ordered.softmax(dim=-1)
    kept = _first(each.cumsum(dim=-1) - each < p)
    return logits.masked_fill(~kept.gather(-1, order), -torch.inf)


def normalized(logits, p):
    """The logits that are kept are changed.

    You return logarithms of probabilities. Their softmax is right, but the exercise asks for the logits
    as they came in.
    """
    return top_p(logits, p).log_softmax(dim=-1)
