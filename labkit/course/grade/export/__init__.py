"""Marks for other systems.

canvas: Canvas's gradebook, filled in
export: marks for other systems
gradebook: nbgrader's gradebook.db, filled in
gradescope_zip: the autograder zip
moodle: Moodle's worksheet, filled in
sheets: the tables of other systems
"""
