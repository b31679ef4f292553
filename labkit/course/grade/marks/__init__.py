"""From a submission's outcomes to marks, and where they are kept.

grading: one submission: hidden cases, worker, judge
result: what comes out of one submission
store: results and claims, in SQLite
"""
