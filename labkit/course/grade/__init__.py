"""Grading: notebooks of strangers go in, marks that can be defended come out.

One half runs student code where it can do no harm (worker, and what it stands on); the other reads, judges, keeps and
tells, and never runs a line of a student's (grading, and what stands on it).

answers: running a notebook's code for one exercise, and finding the answer
batch: a class through an executor, into the store
canvas: Canvas's gradebook, filled in
cells: which code of a notebook an exercise needs
channel: what comes back from a submission, checked
child: what runs inside the sandbox
classplots: the pictures of the class report
classreport: what an instructor learns of the class
command: `labkit grade`, its forms and options
errors: what stops a run
executors: where submissions are graded: here, in processes, on a cluster
export: marks for other systems
gradebook: nbgrader's gradebook.db, filled in
gradescope: Gradescope's results.json, and what its autograder runs
gradescope_zip: the autograder zip
grading: one submission: hidden cases, worker, judge
hiding: keeping references from student code
intake: from a folder to what there is to grade
landlock: which files a process may touch
layouts: whose is a file, by where it lies
limits: what one submission may use
magics: what IPython's own syntax means without IPython
moodle: Moodle's worksheet, filled in
names: names of students, harmless
nursery: the warm process that forks a child for each submission
outcomes: outcomes as documents, and back
pages: the feedback page of a student
parcel: cases as plain bytes, and back
privileges: what a process gives up
processes: how grading processes are made
progressbar: how far a run is
result: what comes out of one submission
run: one run over a class, from the folder to the report
sandbox: closing a process in
seccomp: which system calls a process may make
sheets: the tables of other systems
standins: what notebooks expect around them
store: results and claims, in SQLite
submission: reading a notebook, without its outputs
syscalls: numbers of system calls
tables: grades.csv, and the table on the terminal
trash: removing files where nothing can be removed
version: what marks depend on besides the submission
warm: the grader's handle on the warm process
watching: the grader's side of one child
worker: running strangers' notebooks
"""
