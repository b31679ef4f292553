"""The sandbox, and what runs inside it.

answers: running a notebook's code for one exercise, and finding the answer
child: what runs inside the sandbox
hiding: keeping references from student code
landlock: which files a process may touch
privileges: what a process gives up
sandbox: closing a process in
seccomp: which system calls a process may make
standins: what notebooks expect around them
syscalls: numbers of system calls
trash: removing files where nothing can be removed
"""
