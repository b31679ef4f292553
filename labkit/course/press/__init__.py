"""The press: from the text of a lecture to its notebooks, executed and measured.

bench: time, memory and size of the notebooks, against their budgets
build: from the text of a lecture to its notebooks
claims: the claims of a lecture, on several seeds
dependencies: which of labkit's code a lecture rests on
execution: running a notebook, and cleaning up after it
marks: the marks of solutions and bug hunts
minutes: how long an hour takes, counted from its source
notebook: from a parsed lecture to a notebook
outputs: cleaning what a notebook has put out
proofreading: what may be wrong with the source of a lecture
rules: what a lecture must keep to
source: the text of a lecture, parsed
template: what every notebook has: badges and the set-up cell
"""
