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

    Everyone who trains on the same text should get the same tokenizer, whatever the order of the documents. Of equally
    frequent pairs the exercise takes the smallest. How does Python compare two tuples?
    """
    row = tokens.tolist()
    pair = Counter(pairwise(row)).most_common(1)[0][0]
    return _done(tokens, pair, merge(row, pair, new))


def smallest_first_token_wins(tokens, new):
    """Of equally frequent pairs, only the first tokens are compared.

    Two equally frequent pairs can begin with the same token. Which of them is the smaller one?
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (-count, pair[0]))
    return _done(tokens, pair, merge(row, pair, new))


def compared_as_text(tokens, new):
    """Pairs are compared as text, not as numbers.

    As text, "10" comes before "9". Compare the pairs as tuples of whole numbers.
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (-count, tuple(map(str, pair))))
    return _done(tokens, pair, merge(row, pair, new))


def replaced_as_text(tokens, new):
    """The pair is replaced in a text.

    In the text "11 2" your replacement finds the pair "1 2". Work on a list of numbers, and move
    along it with an index.
    """
    row = tokens.tolist()
    pair = _best(row)
    merged = " ".join(map(str, row)).replace(f"{pair[0]} {pair[1]}", str(new))
    return _done(tokens, pair, [int(token) for token in merged.split()])


def largest_wins(tokens, new):
    """Of equally frequent pairs, the largest is taken.

    You need the most frequent pair and, among those, the smallest: one is a maximum, the other a minimum. How can one
    sort key express both?
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (-count, -pair[0], -pair[1]))
    return _done(tokens, pair, merge(row, pair, new))


def rarest_pair(tokens, new):
    """The rarest pair is merged.

    A merge should shorten the row. Which pair shortens it most?
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (count, pair))
    return _done(tokens, pair, merge(row, pair, new))


def every_second_pair(tokens, new):
    """Only the pairs at even positions are counted.

    You count the pairs at positions (0, 1), (2, 3), ... Which pair begins at position 1?
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

    In a row of four equal tokens, a pair begins at three positions. The exercise counts positions, not merges.
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

    The new token replaces both. After you have written it, by how many positions do you move on?
    """
    row = tokens.tolist()
    pair = _best(row)
    return _done(tokens, pair, [new if tuple(row[at : at + 2]) == pair else token for at, token in enumerate(row)])


def merged_twice(tokens, new):
    """In a run of equal tokens, one token is merged with both of its neighbors.

    Three equal tokens are one pair and one token. Once a token has been merged, may it be merged again?
    """
    row = tokens.tolist()
    pair = _best(row)
    starts = [tuple(row[at : at + 2]) == pair for at in range(len(row))]
    merged = [new if starts[at] else row[at] for at in range(len(row)) if starts[at] or not (at and starts[at - 1])]
    return _done(tokens, pair, merged)


def from_the_right(tokens, new):
    """The row is merged from right to left.

    Of three equal tokens, which two are the pair? The exercise merges from left to right, so that everyone gets the
    same tokens.
    """
    row = tokens.tolist()
    pair = _best(row)
    return _done(tokens, pair, merge(row[::-1], pair[::-1], new)[::-1])


def last_token_lost(tokens, new):
    """The last token gets lost.

    Your loop ends where no pair can begin. What happens to a last token that belongs to no pair?
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


def second_token_first(tokens, new):
    """Equally frequent pairs are compared by their second token first.

    Python compares tuples from left to right. Which token of the pair decides first?
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (-count, pair[1], pair[0]))
    return _done(tokens, pair, merge(row, pair, new))


def one_number_for_two(tokens, new):
    """Pairs are compared by one number that mixes up two pairs.

    With a key such as 100 a + b, the pair (3, 1500) comes after (4, 50). Compare the pairs as tuples.
    """
    row = tokens.tolist()
    pair = _best(row, lambda count, pair: (-count, 100 * pair[0] + pair[1]))
    return _done(tokens, pair, merge(row, pair, new))
