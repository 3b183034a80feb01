// SPDX-License-Identifier: MIT OR Apache-2.0
// Marks in the graph of waits (W1 to W4 in lib/sched/wait_graph.hpp; push in injector.cpp;
// add_waiter in task_waits.cpp, complete_task in background_task.cpp): who wakes a thread that
// blocks several waits above the task in whose inbox a job becomes ready.
//
// A coroutine of the call G awaits the task A, one of A awaits the task B, and somebody posts one
// of B. The caller of G blocks. The inboxes of G and B are on one pool, those of A on another. The
// coroutines of G and A begin to await meanwhile, each on a thread that does something else
// afterwards. Besides, another thread joins A, or a second coroutine of A is posted, or a worker
// takes one job. All that is posted otherwise must be taken by a thread that blocks; whoever has
// taken a job comes back. The count of sleepers and the claim with its token are one step each: see
// posts.pml; a thread that was woken for one job and takes another, forward_wakeup.pml. All
// operations that matter here are in the single order of seq_cst or under a lock, so there is no
// store buffer. The graph is a chain, so each task has one way of being marked for each group
// above. Checked: when nothing moves any more, whoever was blocked has returned; so no wake-up was
// lost, and no locks stand in a circle. Each job runs once. No thread touches a group of inboxes
// after its end, or a mark after that of its wait.
//
// BREAK: TELLS_OWN_GROUP_ONLY     a post wakes who blocks for the inbox's group, nobody above
// BREAK: MARKS_ONE_STEP           a mark is not handed down to what its task waits for
// BREAK: COUNTS_AFTER_TELLING     W3: the job is counted when the marks have been read
// BREAK: LOOKS_AT_NO_JOBS         W3: who makes a mark does not look at what is ready
// BREAK: WAKES_NOBODY             W4: or wakes nobody for it
// BREAK: LISTS_LATE               W2: a wait is listed when it has looked at the marks of its group
// BREAK: WATCHES_LATE             a thread reads the list of its group before that is watched
// BREAK: WATCHES_NEVER            or does not say that it is
// BREAK: TELLS_WITHOUT_INJECTOR   a post lets go of the injector before it reads the marks
// BREAK: LOOK_BEFORE_COUNT        S1: a sleeper's last look comes before it is counted
// BREAK: TAKES_WITHOUT_PIN        a task is not pinned while its inbox is looked at
// BREAK: MARKS_OUTLIVE_WAIT       W1: the waiter is told before the marks of its wait go
// BREAK: LEAVES_RING              a mark whose task has nothing ready leaves the ring without the
// lock

#define G 0
#define A 1
#define B 2
#define NONE 3
#define POOL(group) (group & 1)

// Marks by watcher and task.
#define G_A 0
#define G_B 1
#define A_B 2
#define MARK(watcher, task) (watcher + task - 1)
#define WATCHER(m) (m == A_B -> A : G)
#define AT(m) (m == G_A -> A : B)

byte jobs[3];                           // in the inbox
byte coroutines[3] = 1;                 // of the group, that have not ended
bool gone[3];

bool listed[3];                         // the wait of the group before for this task
bool awaited[3];                        // its waiter has been added
bool ended[3];
byte references[3];

bool watched[3];
mtype = { unmade, idle, fresh, ready };
mtype mark_is[3] = unmade;
byte pins[3];

bool locked[2];                         // the injectors
bool graph;                             // the lock of the marks
bool guarded[3];                        // the locks of the lists

bool joins;                             // does a thread join A?
bool second;                            // is a second coroutine of A posted?
bool joined;                            // is it among the waiters of A?
bool resting[3], announced[2], set[2], token[2];
bool returned[2];

#define MADE(m) (mark_is[m] != unmade)
#define MARKED(task) (task == A && MADE(G_A) || task == B && (MADE(G_B) || MADE(A_B)))
#define RING(group) (group == G && (mark_is[G_A] == ready || mark_is[G_B] == ready) \
                     || group == A && mark_is[A_B] == ready)

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

inline wake_thread_of(group) {
  atomic {
    assert(!gone[group]);
    if
    :: resting[group] -> resting[group] = false; token[group] = true; woken = true
    :: else
    fi
  }
}

// Under the lock of the graph.
inline make_mark(by, on) {
  atomic {
    assert(!gone[on] && !gone[by]);
    if
    :: !MADE(MARK(by, on)) -> mark_is[MARK(by, on)] = fresh
    :: else
    fi
  }
}

inline mark_below(top, from) {
  lock(guarded[from]);
  if
  :: listed[from + 1] -> make_mark(top, (from + 1))
  :: else
  fi;
  guarded[from] = false
}

inline spread() {
  do
  :: atomic {
      if
      :: mark_is[G_A] == fresh -> now = G_A
      :: mark_is[G_B] == fresh -> now = G_B
      :: mark_is[A_B] == fresh -> now = A_B
      :: else -> break
      fi;
      mark_is[now] = idle
    };
#ifndef MARKS_ONE_STEP
    if
    :: AT(now) == A -> mark_below(WATCHER(now), A)
    :: else
    fi;
#endif
#ifndef LOOKS_AT_NO_JOBS
    if
    :: jobs[AT(now)] > 0 ->
      mark_is[now] = ready;
#ifndef WAKES_NOBODY
      wake_thread_of(WATCHER(now));
#endif
      woken = false
    :: else
    fi
#endif
  od;
  now = 0
}

inline tell(m) {
  if
  :: mark_is[m] == idle -> mark_is[m] = ready
  :: else
  fi;
  if
  :: !woken && mark_is[m] == ready -> wake_thread_of(WATCHER(m))
  :: else
  fi
}

inline tell_watchers(group) {
  wake_thread_of(group);
#ifndef TELLS_OWN_GROUP_ONLY
  assert(!gone[group]);
  if
  :: MARKED(group) ->
    lock(graph);
    if
    :: group == A -> tell(G_A)
    :: group == B -> tell(G_B); tell(A_B)
    fi;
    graph = false
  :: else
  fi;
#endif
  woken = false
}

inline push(to) {
  lock(locked[POOL(to)]);
  assert(!gone[to]);
#ifndef COUNTS_AFTER_TELLING
  jobs[to]++;
#endif
#ifdef TELLS_WITHOUT_INJECTOR
  locked[POOL(to)] = false;
#endif
  tell_watchers(to);
#ifdef COUNTS_AFTER_TELLING
  jobs[to]++;
#endif
#ifndef TELLS_WITHOUT_INJECTOR
  locked[POOL(to)] = false
#endif
}

inline list_wait(task) {
#ifdef LISTS_LATE
  passes_on = watched[task - 1] || MARKED(task - 1);
#endif
  lock(guarded[task - 1]);
  listed[task] = true;
#ifndef LISTS_LATE
  passes_on = watched[task - 1] || MARKED(task - 1);
#endif
  guarded[task - 1] = false;
  if
  :: passes_on ->
    lock(graph);
    if
    :: watched[task - 1] -> make_mark((task - 1), task)
    :: else
    fi;
    if
    :: task == B && MADE(G_A) -> make_mark(G, B)
    :: else
    fi;
    spread();
    graph = false;
    passes_on = false
  :: else
  fi
}

inline end_wait(task) {
  lock(guarded[task - 1]);
  assert(!gone[task - 1] && !gone[task]);
  listed[task] = false;
  guarded[task - 1] = false;
  if
  :: MARKED(task) ->
    lock(graph);
    atomic {
      if
      :: task == A -> mark_is[G_A] = unmade
      :: task == B -> mark_is[G_B] = unmade; mark_is[A_B] = unmade
      fi
    };
    graph = false
  :: else
  fi;
  pins[task] == 0
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
    :: tell_coroutine ->
#ifndef MARKS_OUTLIVE_WAIT
      end_wait(group);
#endif
      push(group - 1);
#ifdef MARKS_OUTLIVE_WAIT
      end_wait(group);
#endif
      skip
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

inline take_from_inbox(group) {
  assert(!gone[group]);
  if
  :: jobs[group] > 0 ->
    lock(locked[POOL(group)]);
    atomic {
      if
      :: jobs[group] > 0 -> jobs[group]--; found = group
      :: else
      fi
    };
    locked[POOL(group)] = false
  :: else
  fi
}

inline watch(group) {
#ifdef WATCHES_NEVER
  skip
#else
  if
  :: watched[group] -> skip
  :: else ->
#ifdef WATCHES_LATE
    passes_on = listed[group + 1];
#endif
    lock(guarded[group]);
    watched[group] = true;
#ifndef WATCHES_LATE
    passes_on = listed[group + 1];
#endif
    guarded[group] = false;
    if
    :: passes_on ->
      lock(graph);
      mark_below(group, group);
      spread();
      graph = false;
      passes_on = false
    :: else
    fi
  fi
#endif
}

// One mark of the ring at a time.
inline take_awaited(group) {
  do
  :: found != NONE || !RING(group) -> break
  :: else ->
#ifndef LEAVES_RING
    lock(graph);
#endif
    if
    :: group == G && mark_is[G_A] == ready -> now = G_A
    :: group == G && mark_is[G_B] == ready -> now = G_B
    :: group == A && mark_is[A_B] == ready -> now = A_B
    :: else -> now = NONE
    fi;
    if
    :: now == NONE -> below = NONE
    :: now != NONE && jobs[AT(now)] == 0 -> mark_is[now] = idle; below = NONE
    :: else ->
      below = AT(now);
#ifndef TAKES_WITHOUT_PIN
      pins[below]++
#endif
    fi;
#ifndef LEAVES_RING
    graph = false;
#endif
    now = 0;
    if
    :: below != NONE ->
      take_from_inbox(below);
#ifndef TAKES_WITHOUT_PIN
      pins[below]--
#endif
    :: else
    fi;
    below = 0
  od
}

inline look(group) {
  take_from_inbox(group);
  if
  :: found == NONE -> watch(group); take_awaited(group)
  :: else
  fi
}

// Blocks for the group: the caller of G, or a thread that joins A.
proctype blocked(byte group) {
  byte now, below, found = NONE;
  bool passes_on, woken, last, tell_coroutine, tell_thread;
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

// A thread on which the coroutine of the group before awaits the task.
proctype awaiter(byte task) {
  byte now;
  bool passes_on, woken, added, last, tell_coroutine, tell_thread;
  list_wait(task);
  atomic { added = !ended[task]; awaited[task] = added };
  if
  :: added
  :: else -> end_wait(task); end_of_coroutine(task - 1)
  fi
}

proctype poster(byte to) {
  bool woken;
  push(to)
}

// Comes at any time.
proctype worker() {
  byte group, found = NONE;
  bool woken, last, tell_coroutine, tell_thread;
  if
  :: group = A
  :: group = B
  fi;
  lock(locked[POOL(group)]);
  atomic {
    if
    :: jobs[group] > 0 -> jobs[group]--; found = group
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
  assert(gone[G] && gone[A] && gone[B]);
  assert(!MADE(G_A) && !MADE(G_B) && !MADE(A_B))
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
