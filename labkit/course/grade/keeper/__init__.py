"""The grader's side of the sandbox: the warm process and its children.

nursery: the warm process that forks a child for each submission
warm: the grader's handle on the warm process
watching: the grader's side of one child
worker: running strangers' notebooks
"""
