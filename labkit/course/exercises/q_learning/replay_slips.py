"""What goes wrong in a replay memory: each class is wrong in one thing, which its docstring names."""

import torch

from labkit.rl.replay import Ring


class DrawsEmptySlots(Ring):
    """Slots are drawn in which nothing has been stored.

    The memory is made of zeros, and your agent now learns from them: steps that never happened. Among how many slots
    may you choose while it is not full?
    """

    def sample(self, uniform):
        """Among all slots."""
        return self.rows[(uniform * len(self.rows)).long().clamp(max=len(self.rows) - 1)]


class NeverDrawsTheLast(Ring):
    """The last row is never drawn.

    With three rows the slots are 0, 1 and 2. Which is the largest that your rounding can reach?
    """

    def sample(self, uniform):
        """One slot too few."""
        return self.rows[(uniform * (len(self) - 1)).long()]


class RoundsToTheNearest(Ring):
    """The number is rounded to the nearest slot.

    Then the slot 0 gets a stretch half as long as the others, and the last number falls off the end. Equal stretches
    come from rounding in one direction only.
    """

    def sample(self, uniform):
        """To the nearest, kept inside."""
        return self.rows[(uniform * len(self)).round().long().clamp(max=len(self) - 1)]


class KeepsTheOldest(Ring):
    """What comes when the memory is full is thrown away.

    Your agent gets better, and goes on learning from its first clumsy steps. Who should make room for whom?
    """

    def add(self, rows):
        """As long as there is room."""
        super().add(rows[: len(self.rows) - len(self)])


class BeginsAnewWhenFull(Ring):
    """When a batch does not fit, it is written from the first slot on.

    The slots between the last batch and the end of the memory stay as they are, and rows that are not the oldest are
    overwritten. What should happen to the part of a batch that still fits?
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

    The front of the memory is right behind its end: a ring. What happens to a slot number that is too large?
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

    Each batch wipes out the one before. What tells the memory where the last one ended?
    """

    def add(self, rows):
        """From slot 0."""
        kept = rows[-len(self.rows) :]
        self.rows[: len(kept)] = kept
        self.added += len(rows)


class GrowsWithoutEnd(Ring):
    """The memory grows without end.

    All is kept, and nothing makes room: after a million steps, so many rows. What does `capacity` stand for?
    """

    def add(self, rows):
        """At the end of what there is."""
        self.rows = torch.cat([self.rows[: self.added], rows])
        self.added = len(self.rows)


class FirstOfALargeBatch(Ring):
    """Of a batch larger than the memory the first rows stay.

    Added one by one, which rows of such a batch would have survived?
    """

    def add(self, rows):
        """The first that fit."""
        kept = rows[: len(self.rows)]
        end = self.added + len(rows)
        self.rows[torch.arange(end - len(kept), end, device=self.rows.device) % len(self.rows)] = kept
        self.added = end


SLIPS = (
    DrawsEmptySlots,
    NeverDrawsTheLast,
    RoundsToTheNearest,
    KeepsTheOldest,
    BeginsAnewWhenFull,
    CutsAtTheEnd,
    OneSlotUnused,
    CountsBatches,
    AlwaysAtTheFront,
    GrowsWithoutEnd,
    FirstOfALargeBatch,
)
