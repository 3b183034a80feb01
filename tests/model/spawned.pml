// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a spawned task (detail/sched/background_task.hpp, lib/sched/background_task.cpp,
// task_waits.cpp).
//
// A shared task with three handles: two joiners, who run it in place if nobody has started it and
// else wait, or drop their handle; and somebody who may want it cancelled and drops his. A worker
// takes it from the queue, and a pool that shuts down may cancel it there. The task may suspend;
// then somebody else ends it, who need not belong to its pool.
// Checked: it runs once, or never if it was cancelled, and who goes on sees which; nobody waits for
// ever, and a waiter that has been told is not touched again; the task is freed once, and after
// that nobody touches it, nor a pool that only the task had kept.
//
// BREAK: CLAIMS_AT_A_GLANCE     B1: whoever sees the task in its queue starts it
// BREAK: ADDS_WITHOUT_LOOKING   a waiter does not look for the mark of the end
// BREAK: ENDS_BY_STORE          the end looks who waits, then stores the mark
// BREAK: CANCEL_TELLS_NOBODY    who cancels does not look who has come to wait since the claim
// BREAK: RESULT_AFTER_END       B3: the mark comes before the result
// BREAK: NEXT_AFTER_TELLING     the next waiter is read from one that has been told
// BREAK: RELEASES_FIRST         the pool's reference is given up before the end
// BREAK: HANDLES_ONLY           the pool has no reference
// BREAK: EVERY_HANDLE_RELEASES  a handle that is not the last gives a reference up too
// BREAK: POOL_NOT_KEPT          the task does not keep the state of its pool

#define NOBODY 0
#define THE_END 3                       // the mark; the waiters are 1 and 2
#define HANDLES 3

// The task.
bool queued = true;
byte waiters = NOBODY;
byte handles = HANDLES;
#ifdef HANDLES_ONLY
byte references = 1;
#else
byte references = 2;
#endif
bool unwanted;
bool suspended;                         // until its event comes
bool result, cancelled;                 // written before the end
bool freed;
byte runs;                              // for the check only

// The state of the pool is kept by the task and by the pool itself.
#ifdef POOL_NOT_KEPT
byte kept_by = 1;
#else
byte kept_by = 2;
#endif
bool counted;                           // the end of the task, for which the pool waits

byte next[3];                           // of a waiter in the stack
bool waits[3];                          // from the moment it can be found until it is told
bool gone[3];                           // it has gone on, and its memory is no waiter any more

// Under the lock of the queue; the queue holds no task that is gone.
inline pop() {
#ifdef CLAIMS_AT_A_GLANCE
  mine = queued;
  queued = false
#else
  atomic { mine = queued; queued = false }
#endif
}

inline claim() {
  assert(!freed);
  pop()
}

inline release() {
  atomic {
    assert(!freed && references > 0);
    references--;
    if
    :: references == 0 ->
      freed = true;
      assert(kept_by > 0);
#ifndef POOL_NOT_KEPT
      kept_by--
#endif
    :: else
    fi
  }
}

inline tell_waiters() {
#ifdef RELEASES_FIRST
  release();
#endif
#ifdef ENDS_BY_STORE
  w = waiters;
  atomic { assert(!freed); waiters = THE_END };
#else
  atomic { assert(!freed); w = waiters; waiters = THE_END };
#endif
  do
  :: w != NOBODY && w != THE_END ->
#ifdef NEXT_AFTER_TELLING
    atomic { assert(waits[w] && !gone[w]); waits[w] = false };
    atomic { assert(!gone[w]); w = next[w] };
#else
    atomic { assert(!gone[w]); after = next[w] };
    atomic { assert(waits[w] && !gone[w]); waits[w] = false; w = after; after = NOBODY };
#endif
    assert(kept_by > 0)  // where the parker of the waiter is
  :: else -> break
  od;
  w = NOBODY
}

inline end_task() {
#ifdef RESULT_AFTER_END
  tell_waiters();
  result = true;
#else
  result = true;
  tell_waiters();
#endif
#ifndef RELEASES_FIRST
  release();
#endif
  counted = true
}

// By who has claimed it.
inline start() {
  atomic { assert(!freed && !cancelled); runs++ };
  if
  :: suspended = true; mine = false  // somebody else ends it
  :: end_task()
  fi
}

inline cancel() {
  atomic { assert(!freed && runs == 0); cancelled = true };
#ifdef CANCEL_TELLS_NOBODY
  atomic { assert(!freed); waiters = THE_END };
#else
  tell_waiters();
#endif
#ifndef RELEASES_FIRST
  release();
#endif
  counted = true
}

// The last handle carries the reference.
inline drop_handle() {
  atomic { assert(!freed); handles--; last = (handles == 0) };
  if
  :: last ->
    if
    :: unwanted ->
      claim();
      if
      :: mine -> cancel()
      :: else
      fi
    :: else
    fi;
    release()
#ifdef EVERY_HANDLE_RELEASES
  :: else -> release()
#else
  :: else
#endif
  fi
}

inline add_waiter(me) {
  do
  :: atomic {
      assert(!freed);
      first = waiters;
#ifndef ADDS_WITHOUT_LOOKING
      if
      :: first == THE_END -> break
      :: else
      fi;
#endif
      waits[me] = true;
      next[me] = first
    };
    atomic {
      assert(!freed);
      if
      :: waiters == first -> waiters = me; first = NOBODY; break
      :: else -> waits[me] = false
      fi
    }
  od
}

proctype joiner(byte me) {
  byte first, w, after;
  bool mine, last;
  if
  :: goto drop  // does not join
  :: skip
  fi;
  atomic {
    assert(!freed);
    if
    :: waiters == THE_END -> goto ended
    :: else
    fi
  };
  claim();
  if
  :: mine ->
    start();
    if
    :: mine -> goto ended
    :: else
    fi
  :: else
  fi;
  add_waiter(me);
  atomic { !waits[me] -> gone[me] = true };
ended:
  atomic {
    assert(!freed && waiters == THE_END && (result || cancelled));
    first = NOBODY;
    mine = false
  };
drop:
  drop_handle()
}

active proctype holder() {
  byte w, after;
  bool mine, last;
  if
  :: unwanted = true
  :: skip  // detached
  fi;
  drop_handle()
}

active proctype worker() {
  byte w, after;
  bool mine;
end:
  queued -> pop();
  if
  :: mine -> start()
  :: else
  fi
}

active proctype event() {
  byte w, after;
end:
  atomic { suspended -> suspended = false };
  end_task()
}

active proctype shutdown() {
  byte w, after;
  bool mine;
  if
  :: skip ->
    pop();
    if
    :: mine -> cancel()
    :: else
    fi
  :: skip  // drains
  fi;
  atomic { counted -> kept_by-- }
}

active proctype nothing_moves() {
  timeout;
  assert(!queued && !suspended && waiters == THE_END && freed && kept_by == 0);
  assert(!waits[1] && !waits[2]);
  assert(cancelled && runs == 0 || !cancelled && runs == 1)
}

init {
  atomic { run joiner(1); run joiner(2) }
}
