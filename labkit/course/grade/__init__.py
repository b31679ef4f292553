"""Grading: notebooks of strangers go in, marks that can be defended come out.

One half runs student code where it can do no harm (worker, and what it stands on); the other reads, judges, keeps and
tells, and never runs a line of a student's (grading, and what stands on it).

cage: the sandbox, and what runs inside it
errors: what stops a run
export: marks for other systems
intake: from a folder to what there is to grade
keeper: the grader's side of the sandbox: the warm process and its children
limits: what one submission may use
marks: from a submission's outcomes to marks, and where they are kept
paper: reading a notebook: its cells, and which of them an exercise needs
run: a whole class, from the folder to the report
tell: what students and instructors read
wire: what goes between the grader and the sandbox, as plain bytes
"""
