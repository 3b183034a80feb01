// SPDX-License-Identifier: MIT OR Apache-2.0
// Lifting (lib/sched/lift.cpp): a background task becomes a part of the foreground root that waits
// for it. How the lifters find the task is the business of lift_waits.pml.
//
// T is a background task, X and V are the roots of calls from outside. The caller of V joins T, and
// work of X waits for T on another thread than X's caller. Meanwhile a participant begins work
// units for T or V, and a thief steals from it, reading its tag between peek and take; or
// somebody posts to an inbox of T while no worker may take it, and the callers fall asleep. What
// each job really belongs to is carried along for the check only. All operations that matter here
// are in the single order of seq_cst or under a lock, so there is no store buffer. Checked: a
// participant whose deque is not empty shows the root that its job belongs to, or has been lifted
// to. When nothing moves any more, whoever works for T shows where it was lifted to; what waits in
// the inbox stands in the foreground, and the caller that T was lifted to does not sleep beside it.
//
// BREAK: LOOKS_ONCE               who begins to work for a root does not look at it again when its
//                                 tag can be seen
// BREAK: STORES_ALWAYS            it shows what this second look has seen although that is no news
// BREAK: TAGS_FIRST               the tags are changed before lifted_to is set
// BREAK: CHANGES_WITHOUT_COMPARING  a lifter stores the tag over what has come in between
// BREAK: LIFTS_AGAIN              L1: lifted_to is set although it was set before
// BREAK: PUSHES_BEFORE_TAG        a work unit's first job is pushed before its tag is shown
// BREAK: TAG_AFTER_CLAIM          the thief reads the victim's tag after the claim
// BREAK: TIER_BEFORE_LOCK         a poster looks at the tier before it has the injector's lock
// BREAK: INBOXES_FIRST            a lifter moves the inboxes before lifted_to is set
// BREAK: LIFTS_IN_SILENCE         a lifter wakes nobody for what it has moved

#define NONE 0
#define T 1
#define X 2
#define V 3
#define OWNER 0
#define THIEF 1
#ifndef WORK_UNITS
#define WORK_UNITS 2                    // of the owner
#endif

bool posts;                             // does somebody post, or are there work units?

byte lifted_to[4];
bool guarded;                           // the lock of T's root

byte working_for[2];
byte top[2], bottom[2];                 // one job at most is in a deque
byte in_deque[2], in_hand[2];           // the root to which the job really belongs

bool locked;                            // the injector
bool posted, in_background;             // T's inbox
bool resting[4], parked[4];             // callers; parked is for the check only

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

// The claim with its token is one step here; see posts.pml.
inline wake(caller) {
  atomic {
    if
    :: resting[caller] -> resting[caller] = false
    :: else
    fi
  }
}

inline move_inbox() {
  lock(locked);
  if
  :: posted && in_background && LIFTED(T) -> in_background = false
  :: else
  fi;
  locked = false
}

inline show_others(to) {
  if
  :: posts ->
#ifndef INBOXES_FIRST
    move_inbox();
#endif
#ifndef LIFTS_IN_SILENCE
    if
    :: posted -> wake(to)
    :: else
    fi
#endif
    skip
  :: else ->
#ifndef TAGS_FIRST
    change_tag(OWNER, T, to);
    change_tag(THIEF, T, to);
#endif
    skip
  fi
}

inline lift(to) {
  lock(guarded);
#ifdef LIFTS_AGAIN
  first = true;
#else
  first = !LIFTED(T);
#endif
  if
  :: first ->
#ifdef INBOXES_FIRST
    move_inbox();
#endif
#ifdef TAGS_FIRST
    change_tag(OWNER, T, to);
    change_tag(THIEF, T, to);
#endif
    lifted_to[T] = to
  :: else
  fi;
  guarded = false;
  if
  :: first -> show_others(to)
  :: else
  fi
}

inline work_for(who, root) {
  tag_of(root, tag);
  working_for[who] = tag;
#ifndef LOOKS_ONCE
  if
  :: tag == T ->
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
  :: else
  fi
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

proctype work_of_X() {
  bool first;
  lift(X)
}

proctype owner() {
  byte root, tag, shown, begun;
  do
  :: begun < WORK_UNITS ->
    atomic {
      begun++;
      if
      :: root = T
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
  :: goto out
  od;
#ifdef TAG_AFTER_CLAIM
  root = working_for[OWNER];
#endif
  work_for(THIEF, root);
  push(THIEF);
out:
  skip
}

// A blocked caller, and the work that it may take meanwhile: what has been lifted to its root.
proctype caller(byte me) {
  bool first, found;
  if
  :: me == V -> lift(V)
  :: else
  fi;
  if
  :: posts ->
    do
    :: resting[me] = true;
      if
      :: posted && !in_background ->
        lock(locked);
        if
        :: posted && !in_background && lifted_to[T] == me -> posted = false; found = true
        :: else
        fi;
        locked = false
      :: else
      fi;
      if
      :: found -> break
      :: else
      fi;
      parked[me] = true;
end_asleep:
      atomic { !resting[me] -> parked[me] = false }
    od
  :: else
  fi
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
  locked = false;
  wake(tag)
}

#define HOLDS_WRONG_JOB(who) \
  (top[who] < bottom[who] && \
   (working_for[who] == NONE || \
    working_for[who] != in_deque[who] && working_for[who] != lifted_to[in_deque[who]]))
#define STALE(who) (in_hand[who] == T && working_for[who] != lifted_to[T])
#define SLEEPS_BESIDE_JOB(who) (parked[who] && resting[who] && posted && lifted_to[T] == who)

active proctype always() {
end:
  atomic { HOLDS_WRONG_JOB(OWNER) || HOLDS_WRONG_JOB(THIEF) -> assert(false) }
}

active proctype nothing_moves() {
  timeout;
  assert(LIFTED(T) && !guarded);
  assert(!STALE(OWNER) && !STALE(THIEF));
  assert(!posted || !in_background);
  assert(!SLEEPS_BESIDE_JOB(X) && !SLEEPS_BESIDE_JOB(V))
}

init {
  atomic {
    run caller(X);
    run caller(V);
    run work_of_X();
    if
    :: posts = true; run poster()
    :: run owner(); run thief()
    fi
  }
}
