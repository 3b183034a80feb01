// SPDX-License-Identifier: MIT OR Apache-2.0
// Who may be helped (lib/sched/work_origin.hpp, leapfrog.cpp, run_job.hpp: H1 to H3).
//
// X is blocked and may take only what descends from what it waits for: the jobs in its own deque,
// and what those who stole them push. T is a worker that takes strangers or jobs of X; inside a
// stranger it may block in a wait of its own, and help X there, in a work unit inside the work
// unit. U is a worker that steals from both. Each job carries, for the check only, whether it
// descends from X's. Checked: X never takes a stranger. (It may miss a descendant.)
//
// BREAK: BASE_AFTER_CURRENT    a work unit begins before the base that belongs to it
// BREAK: BASE_BACK_FIRST       a work unit inside another ends with the base before the work unit
// BREAK: LOOKS_ONCE            the reader does not look at the work unit again after the base
// BREAK: NO_BASE               H1: the reader does not ask whether the job is older than the work
// unit
// BREAK: LAST_KEEPS_TOP        D2: taking one's own last job does not move top
// BREAK: CLAIMS_UNSEEN         the thief claims what is there now, not what it has looked at
// BREAK: TRUSTS_THE_CHAIN      H3: the walk up does not ask whether the victim has moved on

#define X 0
#define T 1
#define U 2
#define NONE 0
#define STRANGE 1                       // from a participant that has nothing to do with X
#define STOLEN(victim, index) (16 + 16 * victim + index)
#define VICTIM(origin) (origin / 16 - 1)
#define INDEX(origin) (origin % 16)
#define SLOTS 8
#ifndef PUSHES
#define PUSHES 2                        // of T
#endif

byte top[3], bottom[3], base[3], current[3];
bool descends[24];                      // of the job at an index of a deque
bool over[3];                           // for the bound of the search

#define JOB(who, index) descends[(who) * SLOTS + (index)]

inline push(who, truth) {
  atomic { JOB(who, bottom[who]) = truth; bottom[who]++ }
}

// The owner's newest job; its end is of no interest here.
inline pop(who) {
  atomic {
    if
    :: bottom[who] > top[who] + 1 -> bottom[who]--
    :: bottom[who] == top[who] + 1 ->
#ifdef LAST_KEEPS_TOP
      bottom[who]--
#else
      top[who]++
#endif
    :: else
    fi
  }
}

inline begin_work(who, word) {
#ifdef BASE_AFTER_CURRENT
  current[who] = word;
  base[who] = bottom[who]
#else
  base[who] = bottom[who];
  current[who] = word
#endif
}

active proctype waiter() {
  // The walk of leapfrog.cpp.
  byte v, t, s, at, from;
  bool claimed;
  push(X, true);
  push(X, true);
  do
  :: over[T] && over[U] -> break
  :: if
    :: v = T
    :: v = U
    fi;
    t = top[v];
    if
    :: bottom[v] <= t -> goto next
    :: else
    fi;
    at = t;
    s = NONE;
    from = v;
    do
    :: s = current[from];
#ifndef NO_BASE
      atomic {
        if
#ifdef TRUSTS_THE_CHAIN
        :: at < base[from] && from == v -> goto next
#else
        :: at < base[from] -> goto next
#endif
        :: else
        fi
      };
#endif
#ifndef LOOKS_ONCE
      atomic {
        if
        :: current[from] != s -> goto next
        :: else
        fi
      };
#endif
      if
      :: s == NONE || s == STRANGE -> goto next
      :: else
      fi;
      if
      :: VICTIM(s) == X -> break
      :: else -> atomic { at = INDEX(s); from = VICTIM(s) }
      fi
    od;
    atomic {
      if
#ifdef CLAIMS_UNSEEN
      :: top[v] < bottom[v] -> t = top[v]; top[v]++; claimed = true
#else
      :: top[v] == t -> top[v]++; claimed = true
#endif
      :: else
      fi;
      assert(!claimed || JOB(v, t))
    };
next:
    atomic { claimed = false; v = 0; t = 0; s = 0; at = 0; from = 0 }
  od
}

// Steals the oldest job of `victim`, if there is one.
inline steal(victim) {
  atomic {
    if
    :: top[victim] < bottom[victim] ->
      word = STOLEN(victim, top[victim]);
      truth = JOB(victim, top[victim]);
      top[victim]++
    :: else -> word = NONE
    fi
  }
}

active proctype worker_T() {
  byte word, outer_base, outer, wait_base, pushes;
  bool truth;
  do
  :: pushes < PUSHES ->
    if
    :: atomic { word = STRANGE; truth = false }
    :: skip -> steal(X)
    fi;
    if
    :: word != NONE -> begin_work(T, word); outer = word
    :: else -> goto next
    fi;
    // The work of this work unit.
    do
    :: pushes < PUSHES -> push(T, truth); pushes++
    :: pop(T)
    :: pushes < PUSHES && bottom[T] > top[T] + 1 -> pop(T)
    :: outer == STRANGE ->
      // Blocked: X works for this wait, so what X pushed may be taken.
      wait_base = bottom[T];
      steal(X);
      if
      :: word != NONE ->
        outer_base = base[T];
        begin_work(T, word);
        do
        :: pushes < PUSHES -> push(T, true); pushes++
        :: bottom[T] > wait_base -> pop(T)
        :: break
        od;
#ifdef BASE_BACK_FIRST
        base[T] = outer_base;
        current[T] = outer;
#else
        current[T] = outer;
        base[T] = outer_base;
#endif
        truth = false
      :: else
      fi
    :: break
    od;
    // All that is left runs in the same work unit.
    do
    :: bottom[T] > top[T] -> pop(T)
    :: else -> break
    od;
next:
    atomic { outer = 0; wait_base = 0; outer_base = 0; word = 0; truth = false }
  :: break
  od;
  over[T] = true
}

active proctype worker_U() {
  byte word, pushes;
  bool truth;
  do
  :: pushes < 2 ->
    if
    :: skip -> steal(T)
    :: skip -> steal(X)
    fi;
    if
    :: word != NONE ->
      begin_work(U, word);
      push(U, truth);
      pushes++;
      do
      :: bottom[U] > top[U] -> pop(U)
      :: bottom[U] == top[U] -> break
      od
    :: else
    fi;
    atomic { word = 0; truth = false }
  :: break
  od;
  over[U] = true
}
