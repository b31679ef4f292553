"""Marks for other systems.

canvas: Canvas's gradebook, filled in
directory: whose is a row of another system's table
export: marks for other systems
gradebook: nbgrader's gradebook.db, filled in
gradescope_zip: the autograder zip
moodle: Moodle's worksheet, filled in
sheets: the tables of other systems
"""
