"""From a submission's outcomes to marks, and where they are kept.

grading: one submission: hidden cases, worker, judge
handout: what was handed out: stubs and imports of a lecture
result: what comes out of one submission
store: results and claims, in SQLite
"""
