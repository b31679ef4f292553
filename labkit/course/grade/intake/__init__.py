"""From a folder to what there is to grade.

intake: from a folder to what there is to grade
layouts: whose is a file, by where it lies
names: names of students, harmless
"""
