"""The pool of threads, in LLVM's IR: what callers and workers do, without Python and its lock.

A call publishes its task, and a *ticket*: the number of the call and how many chunks are left. Whoever wants a chunk,
worker or caller, takes one off the ticket by compare-and-exchange, and does it; the caller takes chunks as the others
do until none is left, and then waits for those that somebody has begun. So it never waits for a worker that the
operating system does not run, and an old ticket can be neither taken nor mistaken for a new one: with no chunks left
there is nothing to take.

A worker that finds no chunk looks at the ticket for a few tens of microseconds, then sleeps until the number of calls
changes. The caller wakes as many as there are chunks for, and only if somebody sleeps: that takes it 5 to 25 us.

A second caller, in another thread or inside a task, finds the pool busy and does its work alone.
"""

from __future__ import annotations

import signal
import string

# Where the fields of the pool are, in bytes; those that different threads write are on cache lines of their own.
FIELDS = {
    "busy": 0,  # i32: 1 while somebody's call is in the pool
    "calls": 128,  # i32: how many there have been; workers sleep on it
    "sleepers": 132,  # i32
    "ticket": 256,  # i64: number of the call, and (low half) chunks left
    "done": 384,  # i32: chunks done; the caller sleeps on it
    "waiting": 388,  # i32: 1 if it may be asleep
    "task": 512,  # ptr; from here on, what a call publishes
    "context": 520,  # ptr
    "count": 528,  # i64
    "chunk": 536,  # i64: items in a chunk
    "chunks": 544,  # i64
    "workers": 640,  # i32: how many there are
    "started": 644,  # i32: 1 when somebody has started them, or is about to
    "wanted": 648,  # i32: how many to start
    "spins": 652,  # i32: looks before a worker, or the caller, sleeps
    "mutex": 768,  # where there is no futex
    "condition": 1024,
}
SIZE = 1280
RESET = 648  # a child process of fork begins with zeros up to here

_FUNCTIONS = """
@graphrt_pool = global [$SIZE x i8] zeroinitializer, align 128

; One chunk, if any is left.
define internal i1 @chunk_done() noinline nounwind {
entry:
  br label %look
look:
  %ticket = load atomic i64, ptr $ticket acquire, align 8
  %left = and i64 %ticket, 4294967295
  %none = icmp eq i64 %left, 0
  br i1 %none, label %nothing, label %take
take:
  %less = sub i64 %ticket, 1
  %pair = cmpxchg ptr $ticket, i64 %ticket, i64 %less acq_rel acquire
  %mine = extractvalue { i64, i1 } %pair, 1
  br i1 %mine, label %work, label %look
work:
  ; Only now may these be read: the call cannot end before this chunk is done.
  %task = load ptr, ptr $task
  %context = load ptr, ptr $context
  %count = load i64, ptr $count
  %size = load i64, ptr $chunk
  %chunks = load i64, ptr $chunks
  %index = sub i64 %chunks, %left
  %begin = mul i64 %index, %size
  %full = add i64 %begin, %size
  %last = icmp slt i64 %count, %full
  %end = select i1 %last, i64 %count, i64 %full
  call void %task(ptr %context, i64 %begin, i64 %end)
  %before = atomicrmw add ptr $done, i32 1 seq_cst
  %waiting = load atomic i32, ptr $waiting seq_cst, align 4
  %asleep = icmp ne i32 %waiting, 0
  br i1 %asleep, label %tell, label %something
tell:
  call void @wake(ptr $done, i64 1)
  br label %something
something:
  ret i1 true
nothing:
  ret i1 false
}

; A worker's life.
define internal ptr @worker(ptr %unused) noinline nounwind {
entry:
  br label %work
work:
  %seen = load atomic i32, ptr $calls seq_cst, align 4
  %did = call i1 @chunk_done()
  br i1 %did, label %work, label %idle
idle:
  %spins = load i32, ptr $spins
  br label %spin
spin:
  %spun = phi i32 [ 0, %idle ], [ %more, %again ]
  %ticket = load atomic i64, ptr $ticket monotonic, align 8
  %left = and i64 %ticket, 4294967295
  %any = icmp ne i64 %left, 0
  br i1 %any, label %work, label %again
again:
  call void @relax()
  %more = add i32 %spun, 1
  %patient = icmp slt i32 %more, %spins
  br i1 %patient, label %spin, label %sleep
sleep:
  %one = atomicrmw add ptr $sleepers, i32 1 seq_cst
  call void @wait(ptr $calls, i32 %seen)
  %other = atomicrmw sub ptr $sleepers, i32 1 seq_cst
  br label %work
}

; Does task(context, begin, end) for ranges that make up 0 to count, of grain items or more; returns when all is done.
define void @graphrt_parallel(ptr %task, ptr %context, i64 %count, i64 %asked) noinline nounwind {
entry:
  %positive = icmp sgt i64 %asked, 1
  %grain = select i1 %positive, i64 %asked, i64 1
  %small = icmp sle i64 %count, %grain
  br i1 %small, label %alone, label %ask
ask:
  %started = load atomic i32, ptr $started acquire, align 4
  %ready = icmp ne i32 %started, 0
  br i1 %ready, label %enter, label %begin
begin:
  call void @start()
  br label %enter
enter:
  %workers = load atomic i32, ptr $workers acquire, align 4
  %some = icmp ne i32 %workers, 0
  br i1 %some, label %lock, label %alone
lock:
  %pair = cmpxchg ptr $busy, i32 0, i32 1 acquire monotonic
  %free = extractvalue { i32, i1 } %pair, 1
  br i1 %free, label %publish, label %alone
publish:
  ; About $PARTS chunks for each thread, so that one that is slow or late leaves its share to the others.
  %wide = zext i32 %workers to i64
  %threads = add i64 %wide, 1
  %parts = mul i64 %threads, $PARTS
  %more = add i64 %count, %parts
  %less = sub i64 %more, 1
  %share = sdiv i64 %less, %parts
  %rounding = add i64 %share, %grain
  %rounded = sub i64 %rounding, 1
  %grains = sdiv i64 %rounded, %grain
  %size = mul i64 %grains, %grain
  %up = add i64 %count, %size
  %down = sub i64 %up, 1
  %chunks = sdiv i64 %down, %size
  store ptr %task, ptr $task
  store ptr %context, ptr $context
  store i64 %count, ptr $count
  store i64 %size, ptr $chunk
  store i64 %chunks, ptr $chunks
  store atomic i32 0, ptr $done seq_cst, align 4
  store atomic i32 0, ptr $waiting seq_cst, align 4
  %call = load atomic i32, ptr $calls monotonic, align 4
  %number = zext i32 %call to i64
  %high = shl i64 %number, 32
  %ticket = or i64 %high, %chunks
  store atomic i64 %ticket, ptr $ticket seq_cst, align 8
  %was = atomicrmw add ptr $calls, i32 1 seq_cst
  %sleepers = load atomic i32, ptr $sleepers seq_cst, align 4
  %asleep = icmp ne i32 %sleepers, 0
  br i1 %asleep, label %rouse, label %help
rouse:
  %others = sub i64 %chunks, 1
  call void @wake(ptr $calls, i64 %others)
  br label %help
help:
  %did = call i1 @chunk_done()
  br i1 %did, label %help, label %finish
finish:
  %all = trunc i64 %chunks to i32
  %spins = load i32, ptr $spins
  br label %look
look:
  %spun = phi i32 [ 0, %finish ], [ %spun1, %pause ]
  %done = load atomic i32, ptr $done seq_cst, align 4
  %over = icmp eq i32 %done, %all
  br i1 %over, label %leave, label %pause
pause:
  call void @relax()
  %spun1 = add i32 %spun, 1
  %patient = icmp slt i32 %spun1, %spins
  br i1 %patient, label %look, label %tired
tired:
  store atomic i32 1, ptr $waiting seq_cst, align 4
  br label %sleep
sleep:
  %sofar = load atomic i32, ptr $done seq_cst, align 4
  %ended = icmp eq i32 %sofar, %all
  br i1 %ended, label %leave, label %wait
wait:
  call void @wait(ptr $done, i32 %sofar)
  br label %sleep
leave:
  store atomic i32 0, ptr $busy release, align 4
  ret void
alone:
  call void %task(ptr %context, i64 0, i64 %count)
  ret void
}

; So many looks at the ticket: to be timed.
define void @graphrt_pool_spin(i64 %count) nounwind {
entry:
  br label %spin
spin:
  %spun = phi i64 [ 0, %entry ], [ %more, %spin ]
  %ticket = load atomic i64, ptr $ticket monotonic, align 8
  call void @relax()
  %more = add i64 %spun, 1
  %patient = icmp slt i64 %more, %count
  br i1 %patient, label %spin, label %leave
leave:
  ret void
}
"""

# Threads that take no signals: Python's handlers interrupt the main thread's system calls only if it gets the signal.
_START = """
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(ptr)
declare i32 @pthread_sigmask(i32, ptr, ptr)
declare ptr @memset(ptr, i32, i64)

define internal void @start() noinline nounwind {
entry:
  %pair = cmpxchg ptr $started, i32 0, i32 1 acq_rel acquire
  %mine = extractvalue { i32, i1 } %pair, 1
  br i1 %mine, label %first, label %leave
first:
  %thread = alloca ptr
  %signals = alloca [128 x i8], align 16
  %before = alloca [128 x i8], align 16
  %filled = call ptr @memset(ptr %signals, i32 255, i64 128)
  %masked = call i32 @pthread_sigmask(i32 $SIG_SETMASK, ptr %signals, ptr %before)
  %wanted = load i32, ptr $wanted
  br label %head
head:
  %index = phi i32 [ 0, %first ], [ %next, %counted ]
  %more = icmp slt i32 %index, %wanted
  br i1 %more, label %create, label %done
create:
  %failed = call i32 @pthread_create(ptr %thread, ptr null, ptr @worker, ptr null)
  %there = icmp eq i32 %failed, 0
  br i1 %there, label %counted, label %done
counted:
  %handle = load ptr, ptr %thread
  %detached = call i32 @pthread_detach(ptr %handle)
  %one = atomicrmw add ptr $workers, i32 1 seq_cst
  %next = add i32 %index, 1
  br label %head
done:
  %restored = call i32 @pthread_sigmask(i32 $SIG_SETMASK, ptr %before, ptr null)
  br label %leave
leave:
  ret void
}
"""

# Sleeping until a word is no longer what it was, and waking who sleeps on it: Linux.
_FUTEX = """
declare i64 @syscall(i64, ...)

define internal void @wait(ptr %word, i32 %seen) noinline nounwind {
  %r = call i64 (i64, ...) @syscall(i64 $FUTEX, ptr %word, i64 128, i32 %seen, ptr null, ptr null, i64 0)
  ret void
}
define internal void @wake(ptr %word, i64 %count) noinline nounwind {
  %r = call i64 (i64, ...) @syscall(i64 $FUTEX, ptr %word, i64 129, i64 %count, ptr null, ptr null, i64 0)
  ret void
}
define void @graphrt_pool_prepare() nounwind {
  ret void
}
"""

# The same with the means of POSIX: one condition for both words, and all who sleep wake up and look again.
_POSIX = """
declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)

define internal void @wait(ptr %word, i32 %seen) noinline nounwind {
entry:
  %locked = call i32 @pthread_mutex_lock(ptr $mutex)
  %now = load atomic i32, ptr %word seq_cst, align 4
  %same = icmp eq i32 %now, %seen
  br i1 %same, label %sleep, label %leave
sleep:
  %woken = call i32 @pthread_cond_wait(ptr $condition, ptr $mutex)
  br label %leave
leave:
  %unlocked = call i32 @pthread_mutex_unlock(ptr $mutex)
  ret void
}
define internal void @wake(ptr %word, i64 %count) noinline nounwind {
  %locked = call i32 @pthread_mutex_lock(ptr $mutex)
  %woken = call i32 @pthread_cond_broadcast(ptr $condition)
  %unlocked = call i32 @pthread_mutex_unlock(ptr $mutex)
  ret void
}
define void @graphrt_pool_prepare() nounwind {
  %mutex = call i32 @pthread_mutex_init(ptr $mutex, ptr null)
  %condition = call i32 @pthread_cond_init(ptr $condition, ptr null)
  ret void
}
"""

# Where none of this is there, nobody starts a worker, and every caller does its work alone.
_NONE = """
define internal void @start() nounwind {
  ret void
}
define internal void @wait(ptr %word, i32 %seen) nounwind {
  ret void
}
define internal void @wake(ptr %word, i64 %count) nounwind {
  ret void
}
define void @graphrt_pool_prepare() nounwind {
  ret void
}
"""

_RELAX = {"x86_64": "call void @llvm.x86.sse2.pause()", "aarch64": "call void @llvm.aarch64.hint(i32 1)"}
_RELAX_DECLARED = {
    "x86_64": "declare void @llvm.x86.sse2.pause()",
    "aarch64": "declare void @llvm.aarch64.hint(i32 immarg)",
}
_FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98}
PARTS = 4
"""Chunks for each thread."""


def text(triple: str, *, futex: bool = True) -> str:
    """The module for a machine; without ``futex`` as on a POSIX system that has none."""
    architecture = triple.split("-")[0].replace("arm64", "aarch64")
    names = {name: f"getelementptr (i8, ptr @graphrt_pool, i64 {offset})" for name, offset in FIELDS.items()}
    names |= {"SIZE": str(SIZE), "PARTS": str(PARTS)}
    relax = f"define internal void @relax() nounwind {{\n  {_RELAX.get(architecture, '')}\n  ret void\n}}\n"
    parts = [_FUNCTIONS, _RELAX_DECLARED.get(architecture, ""), relax]
    if "windows" in triple:
        parts += [_NONE]
    else:
        names["SIG_SETMASK"] = str(int(signal.SIG_SETMASK))
        names["FUTEX"] = str(_FUTEX_NUMBERS.get(architecture, 0))
        parts += [_START, _FUTEX if futex and "linux" in triple and architecture in _FUTEX_NUMBERS else _POSIX]
    return string.Template("\n".join(parts)).substitute(names)
