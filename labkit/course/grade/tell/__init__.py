"""What students and instructors read.

classplots: the pictures of the class report
classreport: what an instructor learns of the class
pages: the feedback page of a student
tables: grades.csv, and the table on the terminal
tally: counts over the results of a class
"""
