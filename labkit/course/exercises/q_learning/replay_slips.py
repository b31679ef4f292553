"""What goes wrong in a replay memory: each class is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.replay import Ring


class DrawsEmptySlots(Ring):
    """Slots are sampled in which nothing has been stored.

    Empty slots hold zeros, and your agent would learn from steps that never happened. Among how many slots may you
    choose while the memory is not full?
    """

    def sample(self, uniform):
        """Among all slots."""
        return self.rows[(uniform * len(self.rows)).long().clamp(max=len(self.rows) - 1)]


class NeverDrawsTheLast(Ring):
    """The last row is never sampled.

    With three rows the slots are 0, 1 and 2. Which is the largest slot that your rounding can reach?
    """

    def sample(self, uniform):
        """One slot too few."""
        return self.rows[(uniform * (len(self) - 1)).long()]


class RoundsToTheNearest(Ring):
    """The number is rounded to the nearest slot.

    Then slot 0 gets half the probability of the others, and the largest numbers point behind the last slot. In which
    direction must you round so that all slots get the same probability?
    """

    def sample(self, uniform):
        """To the nearest, kept inside."""
        return self.rows[(uniform * len(self)).round().long().clamp(max=len(self) - 1)]


class KeepsTheOldest(Ring):
    """New rows are dropped when the memory is full.

    Your agent would learn from its oldest steps for ever. Which rows should be overwritten, the oldest or the newest?
    """

    def add(self, rows):
        """As long as there is room."""
        super().add(rows[: len(self.rows) - len(self)])


class BeginsAnewWhenFull(Ring):
    """A batch that does not fit is written from slot 0 on.

    The slots at the end keep their old rows, and rows that are not the oldest are overwritten. Where should the part of
    the batch go that still fits?
    """

    def add(self, rows):
        """At the front, if there is no room for all."""
        start = getattr(self, "at", 0)
        kept = rows[-len(self.rows) :]
        start = 0 if start + len(kept) > len(self.rows) else start
        self.rows[start : start + len(kept)] = kept
        self.at, self.added = start + len(kept), self.added + len(rows)


class CutsAtTheEnd(Ring):
    """The part of a batch that crosses the end is lost.

    In a ring slot 0 follows the last slot. What must happen to a slot number that is too large?
    """

    def add(self, rows):
        """Up to the end."""
        kept = rows[-len(self.rows) :]
        start = (self.added + len(rows) - len(kept)) % len(self.rows)
        fits = kept[: len(self.rows) - start]
        self.rows[start : start + len(fits)] = fits
        self.added += len(rows)


class OneSlotUnused(Ring):
    """The last slot is never used.

    With a capacity of 5 the slots are 0 to 4. Row number 4 goes to slot 4: by what do you divide to get the remainder?
    """

    def add(self, rows):
        """Around a ring that is one too short."""
        period = max(1, len(self.rows) - 1)
        kept = rows[-period:]
        end = self.added + len(rows)
        self.rows[torch.arange(end - len(kept), end, device=self.rows.device) % period] = kept
        self.added = end


class CountsBatches(Ring):
    """The memory counts batches instead of rows.

    `add` gets several rows at once. By how much does the number of rows grow with it?
    """

    def add(self, rows):
        """One more."""
        before = self.added
        super().add(rows)
        self.added = before + 1


class AlwaysAtTheFront(Ring):
    """Every batch is written from the first slot on.

    Each batch overwrites the one before. Which number says where the last batch ended?
    """

    def add(self, rows):
        """From slot 0."""
        kept = rows[-len(self.rows) :]
        self.rows[: len(kept)] = kept
        self.added += len(rows)


class GrowsWithoutEnd(Ring):
    """The memory grows without end.

    Every row is kept: after a million steps the memory has a million rows. What is `capacity` for?
    """

    def add(self, rows):
        """At the end of what there is."""
        self.rows = torch.cat([self.rows[: self.added], rows])
        self.added = len(self.rows)


class FirstOfALargeBatch(Ring):
    """Of a batch larger than the memory the first rows stay.

    If the rows were added one by one, which of them would be in the memory at the end?
    """

    def add(self, rows):
        """The first that fit."""
        kept = rows[: len(self.rows)]
        end = self.added + len(rows)
        self.rows[torch.arange(end - len(kept), end, device=self.rows.device) % len(self.rows)] = kept
        self.added = end


class SamplesInOrder(Ring):
    """The rows are returned in the order of the slots, whatever the numbers are.

    Neighboring steps are too alike to learn from in a row, so the slots are chosen by random numbers. How does a number
    in [0, 1) choose a slot?
    """

    def sample(self, uniform):
        """The first slots."""
        return self.rows[torch.arange(len(uniform)) % len(self)]


class CountStopsAtCapacity(Ring):
    """The count stops at the capacity.

    `self.added` counts all rows that were ever added, also those that were overwritten. With a count that stops, where
    does the next row go?
    """

    def add(self, rows):
        """With a count that is cut off."""
        super().add(rows)
        self.added = min(self.added, len(self.rows))


class DrawsItsOwnNumbers(Ring):
    """The numbers that were given are not used.

    You draw random numbers yourself. The caller gives them, so that the same numbers return the same rows.
    """

    def sample(self, uniform):
        """By other numbers."""
        return self.rows[(torch.rand(len(uniform)) * len(self)).long()]
