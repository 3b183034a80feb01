// SPDX-License-Identifier: MIT OR Apache-2.0
// The lists of waits by which lifting goes on from task to task (announce_wait and lift in
// lib/sched/lift.cpp, list_wait and end_wait in wait_graph.cpp).
//
// T and U are background tasks, X and V the roots of calls from outside. X waits for U, whose work
// waits for T. No other waits for T; or V does, and meanwhile T ends, or the work of T waits for
// U: a circle, which hangs the program and must not hang the library. What lifting is for is the
// business of lift.pml. All operations that matter here are in the single order of seq_cst or under
// a lock, so there is no store buffer.
// Checked: when nothing moves any more, U has been lifted, and T too unless it ended before; no
// lock is held, and in the end nobody keeps T. No thread touches T, a wait or a root after its end.
//
// BREAK: LISTS_AFTER_LOOK         who waits looks whether it was lifted, then lists the wait
// BREAK: LISTS_WITHOUT_LOCK       a lifter reads the list while a wait leaves it
// BREAK: ANNOUNCES_LATE           a wait is announced when the waiter may have been told already
// BREAK: WAITS_FIRST              a lifter looks what a task waits for before lifted_to is set
// BREAK: TELLS_FIRST              a wait is taken off the list after the waiter was told
// BREAK: LEAVES_WAIT              a wait for what has just ended stays on the list
// BREAK: BOTH_LOCKS               a lifter holds one task's lock while it takes that of the next
// BREAK: NO_REFERENCE_TO_LIFTED   a lifter does not keep what it has lifted and not shown yet
// BREAK: NO_END_OF_REFERENCE      it keeps what it has lifted for ever

#define NONE 0
#define T 1
#define U 2
#define X 3
#define V 4
#define OTHER(task) (3 - task)

bool ends, circle;                      // does T end? does its work wait for U?

byte lifted_to[3];
bool over[5];                           // has the call returned?
bool guarded[3];                        // the lock of a task's group
bool listed[3];                         // in it: the wait of the task's work for the other task
byte references = 3;                    // of T: handles in U's work and in V's call, and the pool's
bool freed, ended;                      // T
bool added, told, gone;                 // the wait of U's work, whose memory goes when it is over

#define LIFTED(root) (lifted_to[root] != NONE)

inline lock(mutex) {
  atomic { !mutex -> mutex = true }
}

inline keep(task) {
  if
  :: task == T -> assert(!freed); references++
  :: else
  fi
}

inline release(task) {
  atomic {
    if
    :: task == T -> assert(!freed); references--; freed = (references == 0)
    :: else
    fi
  }
}

// Adds to `to_show` what it has set.
inline add(task, to) {
#ifdef BOTH_LOCKS
  lock(guarded[task]);
#endif
  atomic {
    assert(task != T || !freed);
    if
    :: !LIFTED(task) ->
      assert(!over[to]);
      lifted_to[task] = to;
#ifndef NO_REFERENCE_TO_LIFTED
      keep(task);
#endif
      to_show = to_show | task
    :: else
    fi
  };
#ifdef BOTH_LOCKS
  guarded[task] = false
#endif
}

// Each task has one wait at most.
inline add_waits_of(task, to) {
#ifndef LISTS_WITHOUT_LOCK
  lock(guarded[task]);
#endif
  found = listed[task];
  if
  :: found -> assert(task != U || !gone); add(OTHER(task), to); found = false
  :: else
  fi;
#ifndef LISTS_WITHOUT_LOCK
  guarded[task] = false
#endif
}

inline lift(task, to) {
#ifdef WAITS_FIRST
  add_waits_of(task, to);
#endif
  add(task, to);
  do
  :: atomic {
      to_show != 0 ->
      if
      :: to_show & U -> task_shown = U
      :: else -> task_shown = T
      fi;
      to_show = to_show - task_shown
    };
    assert(task_shown != T || !freed);  // shows it to others
#ifndef WAITS_FIRST
    add_waits_of(task_shown, to);
#endif
#if !defined(NO_REFERENCE_TO_LIFTED) && !defined(NO_END_OF_REFERENCE)
    release(task_shown);
#endif
    task_shown = NONE
  :: else -> break
  od
}

proctype caller(byte me, task) {
  byte to_show, task_shown;
  bool found;
  lift(task, me);
  if
  :: ends ->
    if
    :: me == X -> gone
    :: me == V -> ended; release(T)
    fi;
    over[me] = true
  :: else
  fi
}

inline announce() {
#ifdef LISTS_AFTER_LOOK
  to = lifted_to[task];
#endif
  lock(guarded[task]);
  atomic { assert(task != U || !told); listed[task] = true };
  guarded[task] = false;
#ifndef LISTS_AFTER_LOOK
  to = lifted_to[task];
#endif
  if
  :: to != NONE -> lift(OTHER(task), to)
  :: else
  fi
}

inline end_wait() {
  lock(guarded[U]);
  atomic { assert(!gone); listed[U] = false };
  guarded[U] = false
}

proctype work_of(byte task) {
  byte to, to_show, task_shown;
  bool found;
#ifndef ANNOUNCES_LATE
  announce();
#endif
  if
  :: ends ->
    atomic { added = !ended };
#ifdef ANNOUNCES_LATE
    announce();
#endif
    if
    :: added -> told
#ifndef LEAVES_WAIT
    :: else -> end_wait()
#else
    :: else
#endif
    fi;
    gone = true;
    release(T)
  :: else
#ifdef ANNOUNCES_LATE
    -> announce()
#endif
  fi
}

proctype task_ends() {
  bool waits;
  atomic { ended = true; waits = added };
  release(T);
  if
  :: waits ->
#ifdef TELLS_FIRST
    told = true;
#endif
    end_wait();
    told = true
  :: else
  fi
}

active proctype nothing_moves() {
  timeout;
  assert(LIFTED(U) && (LIFTED(T) || ended));
  assert(lifted_to[U] == X || circle);
  assert(!guarded[T] && !guarded[U]);
  assert(!ends || (freed && over[X] && over[V]))
}

init {
  atomic {
    run caller(X, U);
    run work_of(U);
    if
    :: circle = true; run caller(V, T); run work_of(T)
    :: ends = true; run caller(V, T); run task_ends()
    :: skip
    fi
  }
}
