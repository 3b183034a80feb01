// SPDX-License-Identifier: MIT OR Apache-2.0
// The walk up the graph of waits (lib/sched/wait_graph.hpp; push, pop_awaited_by, wake_waiter_above
// in injector.cpp; add_waiter): who wakes a thread that blocks several waits above the task in
// whose inbox a job becomes ready.
//
// A coroutine of the call G awaits the task A, one of A awaits the task B, and somebody posts one
// of B. The caller of G blocks. The inboxes of G and B are on one pool, those of A on another. The
// coroutines of G and A begin to await meanwhile, each on a thread that does something else
// afterwards. Besides, another thread joins A, or a second coroutine of A is posted, or a worker
// takes one job. All that is posted otherwise must be taken by a thread that blocks; whoever has
// taken a job comes back. The count of sleepers and the claim with its token are one step each: see
// posts.pml; a thread that was woken for one job and takes another, hand_on.pml. All operations that
// matter here are in the single order of seq_cst or under a lock, so there is no store buffer. The
// graph is a chain; the limits of the walk are not modelled.
// Checked: when nothing moves any more, whoever was blocked has returned; so no wake-up was lost,
// and no locks stand in a circle. Each job runs once. Nobody touches a group of inboxes after its
// end.
//
// BREAK: WAKES_OWN_GROUP_ONLY     a post wakes who blocks for the inbox's group, nobody above
// BREAK: WALKS_ONE_STEP           or for the groups that wait for it, nobody above these
// BREAK: WALKS_WITHOUT_LOCK       a post lets go of the injector before it walks
// BREAK: COUNTS_AFTER_WALK        the job is counted when the walk is over
// BREAK: LOOKS_NEVER              a wait that begins does not look what is ready below it
// BREAK: LOOKS_BEFORE_ADDING      it looks before it can be found
// BREAK: LOOKS_AT_ONE_POOL        it looks at the pool of what it waits for only
// BREAK: FLAG_AFTER_LOOK          its group says only after this look that it awaits something
// BREAK: GROUP_IS_NO_NAME         this look begins at the group, which may be gone, and not below
// BREAK: LIST_UNDER_INJECTOR      it keeps the injector of one pool while it looks at the others
// BREAK: LOOK_BEFORE_COUNT        S1: a sleeper's last look comes before it is counted
// BREAK: SLEEPS_BESIDE_OTHER_POOLS  it looks for jobs of tasks on its own pool only
// BREAK: TAKES_WITHOUT_LOCK       it lets go of the injector between the walk and the taking
// BREAK: LOCKS_WHAT_IT_PASSES     a walk takes the injectors of all groups that it comes to

#define G 0
#define A 1
#define B 2
#define NONE 3
#define POOL(group) (group & 1)
#define TASK_ON(pool) (2 - pool)

byte jobs[3];                           // in the inbox; counted for its pool as well
byte coroutines[3] = 1;                 // of the group, that have not ended
bool has_awaited[3];
bool gone[3];

bool awaited[3];                        // by a coroutine of the group before
bool ended[3];
byte references[3];

bool locked[2];                         // the injectors
bool list_locked;                       // the list of all pools

bool joins;                             // does a thread join A?
bool second;                            // is a second coroutine of A posted?
bool joined;                            // is it among the waiters of A?
bool resting[3], announced[2], set[2], token[2];
bool returned[2];

#ifdef GROUP_IS_NO_NAME
#define READY_ON(pool) true             // on behalf of others
#else
#define READY_ON(pool) (jobs[TASK_ON(pool)] > 0 || (pool == POOL(G) && jobs[G] > 0))
#endif

inline lock(mutex) {
  atomic { !mutex -> mutex = true }
}

inline release(task) {
  atomic {
    assert(references[task] > 0);
    references[task]--;
    gone[task] = (references[task] == 0)
  }
}

// Is `wanted`, which may be gone, the group `from` or above it?
inline walk_to(wanted, from) {
  at = from;
  do
  :: assert(!gone[at]);
    if
    :: at == wanted -> above = true; break
    :: at != wanted && (at == G || !awaited[at]) -> break
    :: else -> at--
    fi
  od;
  at = 0
}

inline wake_waiter_of(group) {
  atomic {
    assert(!gone[group]);
    if
    :: resting[group] -> resting[group] = false; token[group] = true; woken = true
    :: else
    fi
  }
}

inline walk_and_wake(from) {
  at = from;
  do
  ::
#ifdef LOCKS_WHAT_IT_PASSES
    if
    :: POOL(at) != POOL(from) -> lock(locked[POOL(at)])
    :: else
    fi;
#endif
    wake_waiter_of(at);
#ifdef LOCKS_WHAT_IT_PASSES
    if
    :: POOL(at) != POOL(from) -> locked[POOL(at)] = false
    :: else
    fi;
#endif
#ifdef WAKES_OWN_GROUP_ONLY
    break;
#endif
    if
    :: woken || at == G || !awaited[at] -> break
#ifdef WALKS_ONE_STEP
    :: at != from -> break
#endif
    :: else -> at--
    fi
  od;
  atomic { at = 0; woken = false }
}

inline push(to) {
  lock(locked[POOL(to)]);
  assert(!gone[to]);
#ifndef COUNTS_AFTER_WALK
  jobs[to]++;
#endif
#ifdef WALKS_WITHOUT_LOCK
  locked[POOL(to)] = false;
#endif
  walk_and_wake(to);
#ifdef COUNTS_AFTER_WALK
  jobs[to]++;
#endif
#ifndef WALKS_WITHOUT_LOCK
  locked[POOL(to)] = false
#endif
}

inline set_latch(group) {
  atomic {
    set[group] = true;
    if
    :: announced[group] -> token[group] = true
    :: else
    fi
  }
}

// A coroutine has ended, with what it has awaited; the last one ends the call or the task.
inline end_of_coroutine(group) {
  atomic {
    assert(coroutines[group] > 0);
    coroutines[group]--;
    last = (coroutines[group] == 0)
  };
  if
  :: last && group != B -> release(group + 1)
  :: else
  fi;
  if
  :: last && group == G -> set_latch(G)
  :: last && group != G ->
    atomic {
      ended[group] = true;
      tell_coroutine = awaited[group];
      tell_thread = (group == A && joined);
      awaited[group] = false
    };
    release(group);
    if
    :: tell_coroutine -> push(group - 1)
    :: else
    fi;
    if
    :: tell_thread -> set_latch(A)
    :: else
    fi;
    atomic { tell_coroutine = false; tell_thread = false }
  :: else
  fi;
  last = false
}

inline take(group) {
  assert(jobs[group] > 0);
  jobs[group]--;
  found = group
}

inline pop_awaited_by(group, pool) {
  if
  :: READY_ON(pool) ->
    lock(locked[pool]);
    if
    :: jobs[TASK_ON(pool)] > 0 -> walk_to(group, TASK_ON(pool))
    :: else
    fi;
#ifdef TAKES_WITHOUT_LOCK
    locked[pool] = false;
    lock(locked[pool]);
#endif
    atomic {
      if
      :: above -> take(TASK_ON(pool)); above = false
      :: else
      fi
    };
    locked[pool] = false
  :: else
  fi
}

inline look(group) {
  if
  :: jobs[group] > 0 ->
    lock(locked[POOL(group)]);
    atomic {
      if
      :: jobs[group] > 0 -> take(group)
      :: else
      fi
    };
    locked[POOL(group)] = false
  :: else
  fi;
  if
  :: found == NONE && has_awaited[group] ->
    pop_awaited_by(group, POOL(group));
#ifndef SLEEPS_BESIDE_OTHER_POOLS
    if
    :: found == NONE ->
      lock(list_locked);
      pop_awaited_by(group, (1 - POOL(group)));
      list_locked = false
    :: else
    fi
#endif
  :: else
  fi
}

// Blocks for the group: the caller of G, or a thread that joins A.
proctype blocked(byte group) {
  byte at, found = NONE;
  bool above, woken, last, tell_coroutine, tell_thread;
  if
  :: group == A ->
    atomic {
      if
      :: ended[A] -> set[A] = true
      :: else -> joined = true
      fi
    }
  :: else
  fi;
  do
  :: set[group] -> break
  :: else ->
#ifdef LOOK_BEFORE_COUNT
    look(group);
#endif
    resting[group] = true;
    atomic { announced[group] = !set[group] };
    if
    :: announced[group] ->
#ifndef LOOK_BEFORE_COUNT
      look(group);
#endif
      if
      :: found == NONE ->
end_asleep:
        atomic { token[group] -> token[group] = false }
      :: else
      fi;
      announced[group] = false
    :: else
    fi;
    resting[group] = false;
    if
    :: found != NONE -> end_of_coroutine(found); found = NONE
    :: else
    fi
  od;
  if
  :: group == G -> gone[G] = true
  :: else -> release(A)
  fi;
  returned[group] = true
}

inline wake_waiter_above(group, pool) {
  if
  :: READY_ON(pool) ->
#ifdef LIST_UNDER_INJECTOR
    if
    :: pool != POOL(task) -> lock(locked[pool])
    :: else
    fi;
#else
    lock(locked[pool]);
#endif
#ifdef GROUP_IS_NO_NAME
    walk_and_wake(group);
#else
    if
    :: jobs[TASK_ON(pool)] > 0 ->
      walk_to(group, TASK_ON(pool));
      if
      :: above -> walk_and_wake(TASK_ON(pool))
      :: else
      fi;
      above = false
    :: else
    fi;
#endif
#ifdef LIST_UNDER_INJECTOR
    if
    :: pool != POOL(task) -> locked[pool] = false
    :: else
    fi
#else
    locked[pool] = false
#endif
  :: else
  fi
}

inline look_below(group, task) {
#ifdef LIST_UNDER_INJECTOR
  lock(locked[POOL(task)]);
#endif
  wake_waiter_above(group, POOL(task));
#ifndef LOOKS_AT_ONE_POOL
  lock(list_locked);
  wake_waiter_above(group, (1 - POOL(task)));
  list_locked = false;
#endif
#ifdef LIST_UNDER_INJECTOR
  locked[POOL(task)] = false;
#endif
  skip
}

// A thread on which the coroutine of the group before awaits the task.
proctype awaiter(byte task) {
  byte at;
  bool above, woken, added, last, tell_coroutine, tell_thread;
#ifndef FLAG_AFTER_LOOK
  has_awaited[task - 1] = true;
#endif
#ifdef LOOKS_BEFORE_ADDING
  look_below(task - 1, task);
#endif
  atomic { added = !ended[task]; awaited[task] = added };
  if
  :: added ->
#if !defined(LOOKS_NEVER) && !defined(LOOKS_BEFORE_ADDING)
    look_below(task - 1, task);
#endif
#ifdef FLAG_AFTER_LOOK
    has_awaited[task - 1] = true;
#endif
    skip
  :: else -> end_of_coroutine(task - 1)
  fi
}

proctype poster(byte to) {
  byte at;
  bool woken;
  push(to)
}

// Comes at any time.
proctype worker() {
  byte group, at, found = NONE;
  bool woken, last, tell_coroutine, tell_thread;
  if
  :: group = A
  :: group = B
  fi;
  lock(locked[POOL(group)]);
  atomic {
    if
    :: jobs[group] > 0 -> take(group)
    :: else
    fi
  };
  locked[POOL(group)] = false;
  if
  :: found != NONE -> end_of_coroutine(found)
  :: else
  fi
}

active proctype nothing_moves() {
  timeout;
  assert(returned[G] && (returned[A] || !joins));
  assert(gone[G] && gone[A] && gone[B])
}

init {
  atomic {
    references[B] = 2;
    references[A] = 2;
    run blocked(G);
    run awaiter(A);
    run awaiter(B);
    run poster(B);
    if
    :: joins = true
    :: second = true
    :: run worker()
#ifdef TOGETHER
    :: joins = true; second = true
#endif
    fi;
    if
    :: joins -> references[A]++; run blocked(A)
    :: else
    fi;
    if
    :: second -> coroutines[A]++; run poster(A)
    :: else
    fi
  }
}
