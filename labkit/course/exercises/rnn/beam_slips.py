"""What goes wrong in beam search: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.rnn.markov import chain_beam_search


def _penalty(size, penalty):
    return ((5 + size) / 6) ** penalty


class _Search:
    """A search done right, but for what a subclass changes."""

    counted = 0  # what the size of a sequence begins with
    one_begins = True
    ended_stand_still = True

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
        sizes = (self.size + ~self.ended)[:, None].expand_as(totals)
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
    """All beams are the same: every one of them may branch at the first step.

    At the beginning there is one beginning and not as many as there are beams. Which total must the others have, so
    that none of their continuations is chosen?
    """
    return type("_", (_Search,), {"one_begins": False})(chain, start, end, beams, penalty).run()


class _KeepsItsBest(_Search):
    def choose(self, totals, sizes):
        scores = totals / _penalty(sizes, self.penalty)
        if len(self.written[0]) == 1:
            return super().choose(totals, sizes)
        token = scores.argmax(dim=1)
        row = torch.arange(self.beams)
        order = scores[row, token].argsort(descending=True)
        return (row * totals.shape[1] + token)[order]


def each_beam_for_itself(chain, start, end, beams, penalty=0.0):
    """Every beam goes on with its own best token.

    After the first step your beams never compete. A good beam may have the two best continuations of all, and a poor
    one none: over what should the choice run?
    """
    return _KeepsItsBest(chain, start, end, beams, penalty).run()


class _KeepsHistory(_Search):
    def history(self, beam):
        return self.written


def histories_stay_where_they_are(chain, start, end, beams, penalty=0.0):
    """The new tokens are written behind other beginnings than those they continue.

    Beam 0 may now be a continuation of what was beam 1. What must happen to the rows of what is written, before a token
    is added to each?
    """
    return _KeepsHistory(chain, start, end, beams, penalty).run()


def ended_beams_go_on(chain, start, end, beams, penalty=0.0):
    """What has ended goes on.

    A sequence is over at its end token; what you add behind it costs probability that it should keep. In how many ways
    may an ended beam continue, and at what cost?
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
    """The length counts only at the end.

    The long sequences that the correction is for have been thrown away by then. With which number should beams be
    compared at every step?
    """
    return _RanksByTotal(chain, start, end, beams, penalty).run()


def length_ignored(chain, start, end, beams, penalty=0.0):
    """The length is not corrected for.

    With a penalty of 0 you are right. Each further token makes a sequence less likely, so yours prefer to be short:
    what are totals divided by?
    """
    return chain_beam_search(chain, start, end, beams, 0.0)


def start_is_counted(chain, start, end, beams, penalty=0.0):
    """The start token is counted as part of the length.

    It is given, and costs nothing. How many tokens has the sequence with the end token right behind the start?
    """
    return type("_", (_Search,), {"counted": 1})(chain, start, end, beams, penalty).run()


class _TotalsOut(_Search):
    def finish(self):
        return self.written, self.total


def totals_returned(chain, start, end, beams, penalty=0.0):
    """The log-probabilities are returned, not the scores.

    Your sequences are the right ones. What they were compared by is their total divided by something: return that.
    """
    return _TotalsOut(chain, start, end, beams, penalty).run()


def always_the_first_step(chain, start, end, beams, penalty=0.0):
    """The same table is used at every step.

    `chain` holds one table for each step, as a decoder would give you other probabilities at every place. Which index
    says which step it is?
    """
    return chain_beam_search(chain[:1].expand_as(chain), start, end, beams, penalty)


def best_only(chain, start, end, beams, penalty=0.0):
    """Only the best sequence is returned.

    It is the right one. The docstring asks for all beams, best first: what is kept is worth a look.
    """
    rows, scores = chain_beam_search(chain, start, end, beams, penalty)
    return rows[0], scores[0]


SLIPS = (
    greedy_in_disguise,
    each_beam_for_itself,
    histories_stay_where_they_are,
    ended_beams_go_on,
    penalty_at_the_end_only,
    length_ignored,
    start_is_counted,
    totals_returned,
    always_the_first_step,
    best_only,
)
