"""Checking an answer: what an exercise is, how it is run and judged, and what is said about it.

authoring: how an exercise is written
checking: from an answer to a report
clock: stopping code that does not stop by itself
feedback: what a learner sees
judging: comparing what an answer did with what the reference did
leaves: results, down to plain values
own: whether an answer calls labkit's own
problems: what went wrong inside an answer, in plain words
recognizing: which misconception an answer behaves like
registry: where exercises are found
running: running an answer on a case
spec: what an exercise is made of
surroundings: the same state of torch and numpy for every answer
telling: which failure to show first, and which cases prove something
"""
