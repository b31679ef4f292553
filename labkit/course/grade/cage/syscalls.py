"""The numbers of the system calls that a learner's process may make, on x86-64 and on aarch64 ("-": not there).

From Linux's own tables (arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h).
"""

import platform

HARMLESS = """
read:0:63 write:1:64 pread64:17:67 pwrite64:18:68 readv:19:65 writev:20:66 preadv:295:69 pwritev:296:70
preadv2:327:286 pwritev2:328:287 lseek:8:62 close:3:57 close_range:436:436 dup:32:23 dup2:33:- dup3:292:24 pipe:22:-
pipe2:293:59 fstat:5:80 stat:4:- lstat:6:- newfstatat:262:79 statx:332:291 statfs:137:43 fstatfs:138:44 access:21:-
faccessat:269:48 faccessat2:439:439 readlink:89:- readlinkat:267:78 getdents:78:- getdents64:217:61 getcwd:79:17
chdir:80:49 fchdir:81:50 mkdir:83:- mkdirat:258:34 rmdir:84:- unlink:87:- unlinkat:263:35 rename:82:-
renameat:264:38 renameat2:316:276 ftruncate:77:46 fallocate:285:47 fsync:74:82 fdatasync:75:83
sync_file_range:277:84 fadvise64:221:223 readahead:187:213 sendfile:40:71 copy_file_range:326:285 flock:73:32
umask:95:166 poll:7:- ppoll:271:73 select:23:- pselect6:270:72 epoll_create:213:- epoll_create1:291:20
epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:- eventfd2:290:19 mmap:9:222
munmap:11:215 mremap:25:216 mprotect:10:226 madvise:28:233 msync:26:227 mincore:27:232 brk:12:214 membarrier:324:283
futex:202:98 futex_waitv:449:449 rseq:334:293 set_robust_list:273:99 set_tid_address:218:96 arch_prctl:158:-
sched_yield:24:124 sched_getaffinity:204:123 sched_getparam:143:121 sched_getscheduler:145:120 getcpu:309:168
get_mempolicy:239:236 rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136
rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132 restart_syscall:219:128 alarm:37:- setitimer:38:103
getitimer:36:102 pause:34:- nanosleep:35:101 clock_nanosleep:230:115 clock_gettime:228:113 clock_getres:229:114
gettimeofday:96:169 time:201:- times:100:153 getpid:39:172 gettid:186:178 getppid:110:173 getuid:102:174
geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148 getresgid:120:150 getgroups:115:158 getpgrp:111:-
getpgid:121:155 getsid:124:156 getrusage:98:165 getrlimit:97:163 getpriority:140:141 uname:63:160 sysinfo:99:179
getrandom:318:278 capget:125:90 wait4:61:260 waitid:247:95 exit:60:93 exit_group:231:94
"""
CHECKED = """
clone:56:220 kill:62:129 tgkill:234:131 rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240 prlimit64:302:261
prctl:157:167 fcntl:72:25 ioctl:16:29 open:2:- openat:257:56 sched_setaffinity:203:122
"""
NOT_THERE = "clone3:435:435 openat2:437:437 memfd_create:319:279 io_uring_setup:425:425 pidfd_open:434:434"
NEWEST = 462  # above it, the program says "no such call", which is what libraries are prepared for
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as the kernel's audit names them
COLUMN = {"x86_64": 1, "aarch64": 2}


def numbers(table: str, machine: str | None = None) -> dict[str, int]:
    """A table's calls and their numbers on this machine, or on the one named. Raises KeyError for any other."""
    column = COLUMN[machine or platform.machine()]
    rows = [row.split(":") for row in table.split()]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}
