"""The learner's desk: what a notebook meets.

exercise: what a lecture says: exercise, hint, score
figures: figures as people read them
lesson: the start of a notebook, and what it claims
progress: what a learner has done, kept on this machine
standard: the standard run beside a quick one
standing: what a learner has done over the whole course
syntax: a syntax error in an exercise's cell, in the kit's words
"""
