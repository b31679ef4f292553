"""A whole class, from the folder to the report.

batch: a class through an executor, into the store
command: `labkit grade`, its forms and options
executors: where submissions are graded: here, in processes, on a cluster
gradescope: Gradescope's results.json, and what its autograder runs
processes: how grading processes are made
progressbar: how far a run is
run: one run over a class, from the folder to the report
version: what marks depend on besides the submission
"""
