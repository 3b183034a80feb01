// SPDX-License-Identifier: MIT OR Apache-2.0
// Lifting (lib/sched/lift.cpp): a background task becomes a part of the foreground root that waits
// for it, and with it what its own work waits for.
//
// T and U are background tasks, X and V the roots of calls from outside. X waits for U, whose work
// waits for T; V may wait for T too. Meanwhile a participant begins stints for T, U or V, and a
// thief steals from it, reading its tag between sighting and claim; or somebody posts to an inbox
// of T; or T ends. What each job really belongs to is carried along for the check only. All
// operations that matter here are in the single order of seq_cst or under a lock, so there is no
// store buffer.
// Checked: a participant whose deque is not empty shows the root that its job belongs to, or has
// been lifted to. When nothing moves any more, both tasks have been lifted, U to X; whoever works
// for one shows where it was lifted to; what waits in the inbox stands in the foreground. Nobody
// touches T after it was freed.
//
// BREAK: LOOKS_ONCE               who begins to work for a root does not look at it again
// BREAK: STORES_ALWAYS            it shows what the second look has seen although that is no news
// BREAK: TAGS_FIRST               the tags are changed before lifted_to is set
// BREAK: CHANGES_WITHOUT_COMPARING  a lifter stores the tag over what has come in between
// BREAK: PUSHES_BEFORE_TAG        a stint's first job is pushed before its tag is shown
// BREAK: TAG_AFTER_CLAIM          the thief reads the victim's tag after the claim
// BREAK: TIER_BEFORE_LOCK         a poster looks at the tier before it has the injector's lock
// BREAK: INBOXES_FIRST            a lifter moves the inboxes before lifted_to is set
// BREAK: LISTS_WITHOUT_LOCK       who waits looks whether it was lifted, then lists the wait
// BREAK: WAITS_FIRST              a lifter looks what a task waits for before lifted_to is set
// BREAK: TELLS_FIRST              a wait is taken off the list after the waiter was told
// BREAK: NO_REFERENCE             a lifter does not keep what it has found in a list

#define NONE 0
#define T 1
#define U 2
#define X 3
#define V 4
#define OWNER 0
#define THIEF 1
#ifndef STINTS
#define STINTS 2                        // of the owner
#endif

byte lifted_to[5];
bool guarded[3];                        // the lock of a task's root
bool listed;                            // among U's waits: the one for T
byte references = 2;                    // of T: a handle in U's work, and the pool's
bool freed;
bool added, told, gone;                 // the wait, whose memory goes when it is over

byte working_for[2];
byte top[2], bottom[2];                 // one job at most is in a deque
byte in_deque[2], in_hand[2];           // the root to which the job really belongs

bool locked;                            // the injector
bool posted, in_background;             // T's inbox

#define LIFTED(root) (lifted_to[root] != NONE)

inline lock(mutex) {
  atomic { !mutex -> mutex = true }
}

inline tag_of(root, tag) {
  atomic {
    if
    :: LIFTED(root) -> tag = lifted_to[root]
    :: else -> tag = root
    fi
  }
}

inline release() {
  atomic { assert(!freed); references--; freed = (references == 0) }
}

inline change_tag(who, from, to) {
#ifdef CHANGES_WITHOUT_COMPARING
  if
  :: working_for[who] == from -> working_for[who] = to
  :: else
  fi
#else
  atomic {
    if
    :: working_for[who] == from -> working_for[who] = to
    :: else
    fi
  }
#endif
}

inline move_inbox() {
  lock(locked);
  if
  :: posted && in_background && LIFTED(T) -> in_background = false
  :: else
  fi;
  locked = false
}

inline change_tags(task, to) {
  assert(task != T || !freed);
  change_tag(OWNER, task, to);
  change_tag(THIEF, task, to);
#ifndef INBOXES_FIRST
  move_inbox()
#endif
}

// Shown by who has set it.
inline add(task, to) {
  lock(guarded[task]);
  atomic {
    assert(task != T || !freed);
    first = !LIFTED(task)
  };
  if
  :: first ->
#ifdef INBOXES_FIRST
    move_inbox();
#endif
#ifdef TAGS_FIRST
    change_tags(task, to);
    first = false;
#endif
    lifted_to[task] = to;
#ifndef NO_REFERENCE
    if
    :: task == T -> references++
    :: else
    fi
#endif
  :: else
  fi;
  guarded[task] = false
}

inline lift_T(to) {
  add(T, to);
  if
  :: first -> change_tags(T, to)
  :: else
  fi;
#ifndef NO_REFERENCE
  if
  :: first -> release()
  :: else
  fi;
#endif
  first = false
}

inline work_for(who, root) {
  tag_of(root, tag);
  working_for[who] = tag;
#ifndef LOOKS_ONCE
  shown = tag;
  tag_of(root, tag);
#ifdef STORES_ALWAYS
  working_for[who] = tag
#else
  if
  :: tag != shown -> working_for[who] = tag
  :: else
  fi
#endif
#endif
}

inline push(who) {
  atomic { in_deque[who] = in_hand[who]; bottom[who]++ }
}

inline pop() {
  atomic {
    if
    :: top[OWNER] < bottom[OWNER] -> top[OWNER]++
    :: else
    fi
  }
}

proctype owner() {
  byte root, tag, shown, stints;
  do
  :: stints < STINTS ->
    atomic {
      stints++;
      if
      :: root = T
      :: root = U
      :: root = V
      fi;
      in_hand[OWNER] = root
    };
#ifdef PUSHES_BEFORE_TAG
    push(OWNER);
    work_for(OWNER, root);
#else
    work_for(OWNER, root);
    push(OWNER);
#endif
    if
    :: break  // busy for ever
    :: skip -> pop(); atomic { in_hand[OWNER] = NONE; root = 0; tag = 0; shown = 0 }
    fi
  :: break
  od
}

proctype thief() {
  byte root, tag, shown, seen;
  do
  :: seen = top[OWNER];
    if
    :: seen < bottom[OWNER] ->
#ifndef TAG_AFTER_CLAIM
      root = working_for[OWNER];
#endif
      atomic {
        if
        :: top[OWNER] == seen -> top[OWNER]++; in_hand[THIEF] = in_deque[OWNER]
        :: else
        fi
      };
      if
      :: in_hand[THIEF] != NONE -> break
      :: else -> root = 0
      fi
    :: else
    fi
  :: goto over
  od;
#ifdef TAG_AFTER_CLAIM
  root = working_for[OWNER];
#endif
  work_for(THIEF, root);
  push(THIEF);
over:
  skip
}

proctype caller_X() {
  bool first;
#ifdef WAITS_FIRST
  bool seen = listed;
#endif
  add(U, X);
  if
  :: first -> change_tags(U, X); first = false
  :: else
  fi;
  lock(guarded[U]);
  if
#ifdef WAITS_FIRST
  :: seen -> add(T, X)
#else
  :: listed -> assert(!gone); add(T, X)
#endif
  :: else
  fi;
  guarded[U] = false;
  if
  :: first -> change_tags(T, X)
  :: else
  fi;
#ifndef NO_REFERENCE
  if
  :: first -> release()
  :: else
  fi
#endif
}

proctype work_of_U() {
  bool first, lifts;
#ifdef LISTS_WITHOUT_LOCK
  lifts = LIFTED(U);
#endif
  lock(guarded[U]);
#ifndef LISTS_WITHOUT_LOCK
  lifts = LIFTED(U);
#endif
  if
  :: !lifts -> listed = true
  :: else
  fi;
  guarded[U] = false;
  if
  :: lifts -> lift_T(X)
  :: else
  fi;
  added = true;
end:
  told -> gone = true;
  release()
}

proctype caller_V() {
  bool first;
  lift_T(V)
}

proctype end_of_T() {
  added;
#ifdef TELLS_FIRST
  told = true;
#endif
  lock(guarded[U]);
  listed = false;
  guarded[U] = false;
  told = true;
  release()
}

proctype poster() {
  byte tag;
#ifdef TIER_BEFORE_LOCK
  tag_of(T, tag);
#endif
  lock(locked);
#ifndef TIER_BEFORE_LOCK
  tag_of(T, tag);
#endif
  atomic { posted = true; in_background = (tag == T) };
  locked = false
}

#define HOLDS_WRONG_JOB(who) \
  (top[who] < bottom[who] && \
   (working_for[who] == NONE || \
    working_for[who] != in_deque[who] && working_for[who] != lifted_to[in_deque[who]]))
#define STALE(who) \
  ((in_hand[who] == T || in_hand[who] == U) && working_for[who] != lifted_to[in_hand[who]])

active proctype always() {
end:
  atomic { HOLDS_WRONG_JOB(OWNER) || HOLDS_WRONG_JOB(THIEF) -> assert(false) }
}

active proctype nothing_moves() {
  timeout;
  assert(lifted_to[U] == X && (LIFTED(T) || told));
  assert(!STALE(OWNER) && !STALE(THIEF));
  assert(!posted || !in_background)
}

init {
  atomic {
    run caller_X();
    run work_of_U();
    if
    :: run owner(); run thief()
    :: run caller_V(); run owner()
    :: run caller_V(); run poster()
    :: run end_of_T()
    fi
  }
}
