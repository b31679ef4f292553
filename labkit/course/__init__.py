"""The classroom: what turns the other rooms into lectures.

authoring: how an exercise is written
bench: time, memory and size of the notebooks, against their budgets
build: from the text of a lecture to its notebooks
checking: from an answer to a report
claims: the claims of a lecture, on several seeds
cli: the command line
clock: stopping code that does not stop by itself
dependencies: which of labkit's code a lecture rests on
doctor: what is installed, and what to do about what is not
execution: running a notebook, and cleaning up after it
exercise: what a lecture says: exercise, hint, score
exercises: the exercises of each hour
feedback: what a learner sees
grade: from a class's notebooks to marks
judging: comparing what an answer did with what the reference did
lesson: the start of a notebook, and what it claims
notebook: from a parsed lecture to a notebook
outputs: cleaning what a notebook has put out
problems: what went wrong inside an answer, in plain words
progress: what a learner has done, kept on this machine
proofreading: what may be wrong with the source of a lecture
registry: where exercises are found
running: running an answer on a case
source: the text of a lecture, parsed
spec: what an exercise is made of
standing: what a learner has done over the whole course
template: what every notebook has: badges and the set-up cell
"""
