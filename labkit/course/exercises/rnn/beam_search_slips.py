"""What goes wrong in beam search: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rnn.markov import chain_beam_search


def _penalty(size, penalty):
    return ((5 + size) / 6) ** penalty


class _Search:
    """A right search, except for what a subclass changes."""

    counted = 0  # what the size of a sequence begins with
    one_begins = True
    ended_stand_still = True
    ended_keep_their_size = True

    def __init__(self, chain, start, end, beams, penalty):
        self.chain, self.end, self.beams, self.penalty = chain, end, beams, penalty
        self.written = torch.full((beams, 1), start)
        self.total = torch.full((beams,), -torch.inf if self.one_begins else 0.0, dtype=chain.dtype)
        self.total[0] = 0.0
        self.size = torch.full((beams,), float(self.counted), dtype=chain.dtype)
        self.ended = torch.zeros(beams, dtype=torch.bool)

    def run(self):
        for step in range(len(self.chain)):
            self.grow(self.next(step))
        return self.finish()

    def next(self, step):
        """Log-probabilities of the next token, for each beam."""
        log_p = self.chain[step, self.written[:, -1]].clone()
        if self.ended_stand_still:
            log_p[self.ended] = -torch.inf
            log_p[self.ended, self.end] = 0.0
        return log_p

    def grow(self, log_p):
        totals = self.total[:, None] + log_p
        longer = ~self.ended if self.ended_keep_their_size else torch.ones_like(self.size)
        sizes = (self.size + longer)[:, None].expand_as(totals)
        best = self.choose(totals, sizes)
        beam, token = best // log_p.shape[1], best % log_p.shape[1]
        self.total, self.size = totals.flatten()[best], sizes.flatten()[best]
        self.written = torch.cat([self.history(beam), token[:, None]], dim=1)
        self.ended = self.ended[beam] | (token == self.end)

    def choose(self, totals, sizes):
        """Which continuations are kept, as numbers of the flattened table."""
        return (totals / _penalty(sizes, self.penalty)).flatten().topk(self.beams).indices

    def history(self, beam):
        return self.written[beam]

    def finish(self):
        return self.written, self.total / _penalty(self.size, self.penalty)


def greedy_in_disguise(chain, start, end, beams, penalty=0.0):
    """All beams are the same: every one of them may continue at the first step.

    At the start all beams hold the same sequence, so the best continuations of all are the same too. Which total must
    all beams but the first have, so that none of their continuations is chosen?
    """
    return type("_", (_Search,), {"one_begins": False})(chain, start, end, beams, penalty).run()


class _KeepsItsBest(_Search):
    def choose(self, totals, sizes):
        scores = totals / _penalty(sizes, self.penalty)
        if len(self.written[0]) == 1:
            return super().choose(totals, sizes)
        values, token = scores.max(dim=1)
        row = torch.arange(self.beams)
        return (row * totals.shape[1] + token)[values.argsort(descending=True)]


def each_beam_for_itself(chain, start, end, beams, penalty=0.0):
    """Every beam continues with its own best token.

    After the first step your beams never compete. One beam may have the two best continuations of all, and another one
    none. Over which table should the choice run?
    """
    return _KeepsItsBest(chain, start, end, beams, penalty).run()


class _KeepsHistory(_Search):
    def history(self, beam):
        return self.written


def histories_stay_where_they_are(chain, start, end, beams, penalty=0.0):
    """The new tokens are appended to the wrong sequences.

    Beam 0 may now continue what was beam 1. Which rows of `written` must you select before you append a token to each?
    """
    return _KeepsHistory(chain, start, end, beams, penalty).run()


def ended_beams_go_on(chain, start, end, beams, penalty=0.0):
    """Sequences go on after their end.

    A sequence is over at its end token, and every token after it lowers a probability that should not change. With
    which token may an ended beam continue, and at which log-probability?
    """
    return type("_", (_Search,), {"ended_stand_still": False})(chain, start, end, beams, penalty).run()


class _RanksByTotal(_Search):
    def choose(self, totals, sizes):
        return totals.flatten().topk(self.beams).indices

    def finish(self):
        scores = self.total / _penalty(self.size, self.penalty)
        order = scores.argsort(descending=True)
        return self.written[order], scores[order]


def penalty_at_the_end_only(chain, start, end, beams, penalty=0.0):
    """The length is corrected for at the end only.

    By then the long sequences that the correction is for have been dropped. By which number should beams be compared at
    every step?
    """
    return _RanksByTotal(chain, start, end, beams, penalty).run()


def length_ignored(chain, start, end, beams, penalty=0.0):
    """The length is not corrected for.

    With a penalty of 0 you are right. Each further token makes a sequence less likely, so your search prefers short
    ones. What are totals divided by?
    """
    return chain_beam_search(chain, start, end, beams, 0.0)


def start_is_counted(chain, start, end, beams, penalty=0.0):
    """The start token is counted as part of the length.

    In the formula n counts the tokens after the start. What is n for a sequence that ends right after the start?
    """
    return type("_", (_Search,), {"counted": 1})(chain, start, end, beams, penalty).run()


class _TotalsOut(_Search):
    def finish(self):
        return self.written, self.total


def totals_returned(chain, start, end, beams, penalty=0.0):
    """The log-probabilities are returned, not the scores.

    Your sequences are right. Beams are compared by their total divided by the length penalty: return these scores.
    """
    return _TotalsOut(chain, start, end, beams, penalty).run()


def always_the_first_step(chain, start, end, beams, penalty=0.0):
    """The same table is used at every step.

    `chain` holds one table for each step, since a decoder gives other probabilities at every position. Which axis is
    the step?
    """
    return chain_beam_search(chain[:1].expand_as(chain), start, end, beams, penalty)


def best_only(chain, start, end, beams, penalty=0.0):
    """Only the best sequence is returned.

    It is the right one. The docstring asks for the sequences of all beams, best first.
    """
    return tuple(part[0] for part in chain_beam_search(chain, start, end, beams, penalty))


def ended_beams_grow(chain, start, end, beams, penalty=0.0):
    """The size of an ended beam keeps growing.

    With a penalty of 0 you are right. The tokens after the first `end` only fill the row. Which beams become longer in
    a step?
    """
    return type("_", (_Search,), {"ended_keep_their_size": False})(chain, start, end, beams, penalty).run()


class _DividesByLength(_Search):
    def choose(self, totals, sizes):
        return (totals / sizes**self.penalty).flatten().topk(self.beams).indices

    def finish(self):
        return self.written, self.total / self.size**self.penalty


def divided_by_the_length(chain, start, end, beams, penalty=0.0):
    """The total is divided by a power of n, not of (5 + n) / 6.

    That is another common correction. Compare your denominator with the formula of the exercise.
    """
    return _DividesByLength(chain, start, end, beams, penalty).run()
