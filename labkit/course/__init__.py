"""The classroom: what turns the other rooms into lectures.

check: checking an answer: what an exercise is, how it is run and judged, and what is said about it
cli: the command line
desk: the learner's desk: what a notebook meets
doctor: what is installed, and what to do about what is not
exercises: the exercises of each hour
grade: from a class's notebooks to marks
press: the press: from the text of a lecture to its notebooks, executed and measured
"""
