"""What goes wrong in a step of byte-pair encoding: each function is wrong in one thing, which its docstring names."""

from collections import Counter
from itertools import pairwise

from labkit.transformers.bpe_training import merge, merge_step


def _best(row, key=lambda count, pair: (-count, pair), pairs=pairwise):
    frequency = Counter(pairs(row))
    return min(frequency, key=lambda pair: key(frequency[pair], pair))


def _done(tokens, pair, merged):
    return tokens.new_tensor(pair), tokens.new_tensor(merged)


def first_seen_wins(tokens, new):
    """Of equally frequent pairs, the first in the row is taken.

    Two people who train on the same text should get the same tokenizer, whatever the order of the documents. The
    exercise says which of several pairs to take: which is smallest, if you compare them like words in a dictionary?
    """
    row = tokens.tolist()
    pair = Counter(pairwise(row)).most_common(1)[0][0]
    return _done(tokens, pair, merge(row, pair, new))


def largest_wins(tokens, new):
    """Of equally frequent pairs, the largest is taken.

    The most frequent and, among those, the smallest: one is a maximum, the other a minimum. How can both be asked of
    one sort key?
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (-count, -pair[0], -pair[1]))
    return _done(tokens, pair, merge(row, pair, new))


def rarest_pair(tokens, new):
    """The rarest pair is merged.

    Merging is to make the row shorter. Which pair shortens it most?
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (count, pair))
    return _done(tokens, pair, merge(row, pair, new))


def every_second_pair(tokens, new):
    """Only the pairs at even places are counted.

    Your pairs stand side by side, (0, 1), (2, 3), ... Which pair begins at place 1?
    """
    row = tokens.tolist()
    pair = _best(row, pairs=lambda row: zip(row[::2], row[1::2], strict=False))
    return _done(tokens, pair, merge(row, pair, new))


def order_ignored(tokens, new):
    """A pair and its mirror image are counted as one.

    'th' and 'ht' are not the same. Is (a, b) equal to (b, a) in your count?
    """
    row = tokens.tolist()
    both = Counter(tuple(sorted(pair)) for pair in pairwise(row))
    pair = _best(row, lambda count, pair: (-both[tuple(sorted(pair))], pair))
    return _done(tokens, pair, merge(row, pair, new))


def counted_without_overlap(tokens, new):
    """Overlapping pairs are counted once.

    In a row of four equal tokens a pair begins at three places. The exercise counts places, not merges.
    """
    row = tokens.tolist()
    frequency = {pair: merge(row, pair, new).count(new) for pair in pairwise(row)}
    pair = min(frequency, key=lambda pair: (-frequency[pair], pair))
    return _done(tokens, pair, merge(row, pair, new))


def only_the_first(tokens, new):
    """Only the first occurrence is merged.

    The pair is right. Where else does it stand in the row?
    """
    row = tokens.tolist()
    pair = _best(row)
    at = next(at for at, two in enumerate(pairwise(row)) if two == pair)
    return _done(tokens, pair, [*row[:at], new, *row[at + 2 :]])


def second_token_kept(tokens, new):
    """The second token of a merged pair is still there.

    The new token stands for both. After you have written it, how far on does the next token to look at stand?
    """
    row = tokens.tolist()
    pair = _best(row)
    return _done(tokens, pair, [new if tuple(row[at : at + 2]) == pair else token for at, token in enumerate(row)])


def merged_twice(tokens, new):
    """In a run of equal tokens, one token is merged with both of its neighbors.

    Three equal tokens are a pair and one more. Once a token has gone into a merge, may it go into the next?
    """
    row = tokens.tolist()
    pair = _best(row)
    starts = [tuple(row[at : at + 2]) == pair for at in range(len(row))]
    merged = [new if starts[at] else row[at] for at in range(len(row)) if starts[at] or not (at and starts[at - 1])]
    return _done(tokens, pair, merged)


def from_the_right(tokens, new):
    """The row is merged from right to left.

    Of three equal tokens, which two are the pair? Everyone reads the row from its beginning, so that everyone gets the
    same tokens.
    """
    row = tokens.tolist()
    pair = _best(row)
    return _done(tokens, pair, merge(row[::-1], pair[::-1], new)[::-1])


def last_token_lost(tokens, new):
    """The last token gets lost.

    Your loop ends where no pair can begin any more. What about a last token that belongs to no pair?
    """
    pair, merged = merge_step(tokens, new)
    return pair, merged if merged[-1] == new else merged[:-1]


def row_changed(tokens, new):
    """The row itself is changed.

    The result is right, but the caller's row is not what it was. Build a new list while you read the old one.
    """
    pair, merged = merge_step(tokens, new)
    tokens[: len(merged)] = merged
    return pair, merged


SLIPS = (
    first_seen_wins,
    largest_wins,
    rarest_pair,
    every_second_pair,
    order_ignored,
    counted_without_overlap,
    only_the_first,
    second_token_kept,
    merged_twice,
    from_the_right,
    last_token_lost,
    row_changed,
)
