// SPDX-License-Identifier: MIT OR Apache-2.0
// A lane of the background queue (lib/sched/background_queue.hpp).
//
// A producer puts tasks at the back, two consumers take them from the front and move some there, a
// remover takes out one that it chooses, and a sleeper has its last look, without the locks.
// Checked: each task is taken once; a consumer never takes a task that is younger than a queued one; who
// takes a task out finds it in the list whose lock it holds; the sleeper does not overlook a task that
// was queued all the time.
//
// BREAK: BELIEVES_THE_FIRST_READ  Q1: who takes a task out does not ask again under the lock where it is
// BREAK: MOVES_WITHOUT_THE_FRONT  Q1: tasks are put in front without its lock
// BREAK: TAKES_FROM_THE_BACK      Q2: who takes from the back does not look again whether the front is empty
// BREAK: COUNTS_TOO_LATE          Q3: the count of the back is lowered before that of the front is raised
// BREAK: LOOKS_IN_FRONT_FIRST     Q3: the look without the locks goes the other way

#define TASKS 3
#define BATCH 2                         // here it may be all that is there, unlike in the code
#define BACK 0
#define FRONT 1
#define NOWHERE 2

bool locked[2];
byte in[2];                             // the tasks of a list, as bits; the lowest is the oldest
byte waiting[2];
byte list[TASKS] = NOWHERE;
byte taken[TASKS];
byte pushed;

#define bit(t) (1 << (t))
#define older(t) (bit(t) - 1)

inline lock(l) { atomic { !locked[l] -> locked[l] = true } }
inline unlock(l) { atomic { assert(locked[l]); locked[l] = false } }

inline unlink(l, t) {
  atomic { assert(locked[l] && (in[l] & bit(t))); in[l] = in[l] & ~bit(t); list[t] = NOWHERE };
  waiting[l] = waiting[l] - 1;
  taken[t]++
}

inline oldest_of(l, t) {
  t = 0;
  do
  :: in[l] & bit(t) -> break
  :: else -> t++
  od
}

inline take_oldest(l) {
  d_step {
    oldest_of(l, t);
    assert(((in[BACK] | in[FRONT]) & older(t)) == 0)
  };
  unlink(l, t)
}

// Under both locks.
inline advance() {
#ifdef COUNTS_TOO_LATE
  waiting[BACK] = waiting[BACK] - BATCH;
#else
  waiting[FRONT] = BATCH;
#endif
  i = 0;
  do
  :: i < BATCH ->
    atomic {
      oldest_of(BACK, t);
      in[BACK] = in[BACK] & ~bit(t);
      list[t] = FRONT
    };
    in[FRONT] = in[FRONT] | bit(t);
    i++
  :: else -> break
  od;
#ifdef COUNTS_TOO_LATE
  waiting[FRONT] = BATCH
#else
  waiting[BACK] = waiting[BACK] - BATCH
#endif
}

// Takes at most two tasks, and leaves what it has moved to others.
proctype consumer() {
  byte t, i, n;
  do
  :: n == 2 -> break
  :: n < 2 ->
    if
    :: waiting[FRONT] != 0 ->
      lock(FRONT);
      if
      :: in[FRONT] != 0 -> take_oldest(FRONT); n++
      :: else
      fi;
      unlock(FRONT)
    :: else ->
      if
      :: waiting[BACK] == 0 -> break
      :: else
      fi;
      lock(BACK);
      if
#ifdef TAKES_FROM_THE_BACK
      :: in[BACK] != 0 ->
#else
      :: in[BACK] != 0 && waiting[FRONT] == 0 ->
#endif
        if
        :: waiting[BACK] >= BATCH ->
#ifndef MOVES_WITHOUT_THE_FRONT
          lock(FRONT);
#endif
          advance();
#ifdef MOVES_WITHOUT_THE_FRONT
          lock(FRONT);
          if
          :: in[FRONT] != 0 -> take_oldest(FRONT); n++
          :: else
          fi;
#else
          take_oldest(FRONT);
          n++;
#endif
          unlock(FRONT)
        :: else -> take_oldest(BACK); n++
        fi
      :: else
      fi;
      unlock(BACK)
    fi
  od
}

active proctype producer() {
  do
  :: pushed < TASKS ->
    lock(BACK);
    in[BACK] = in[BACK] | bit(pushed);
    list[pushed] = BACK;
    waiting[BACK] = waiting[BACK] + 1;
    unlock(BACK);
    pushed++
  :: else -> break
  od
}

inline remove(t) {
  do
  :: found = list[t];
    if
    :: found == NOWHERE -> break
    :: else
    fi;
    lock(found);
#ifndef BELIEVES_THE_FIRST_READ
    if
    :: list[t] != found -> unlock(found)
    :: else ->
#endif
      unlink(found, t);
      unlock(found);
      break
#ifndef BELIEVES_THE_FIRST_READ
    fi
#endif
  od
}

// Any of those that it may know of, the younger ones too.
active proctype remover() {
  byte found, t = TASKS;
  do
  :: t > 0 ->
    t--;
    if
    :: pushed > t -> remove(t)
    :: skip
    fi
  :: else -> break
  od
}

active proctype sleeper() {
  byte t;
  bool none_here;
  // One that is queued when the look begins.
  atomic {
    if
    :: list[0] != NOWHERE && pushed > 0 -> t = 0
    :: list[1] != NOWHERE && pushed > 1 -> t = 1
    :: list[2] != NOWHERE && pushed > 2 -> t = 2
    :: pushed == TASKS -> goto done
    fi
  };
#ifdef LOOKS_IN_FRONT_FIRST
  none_here = waiting[FRONT] == 0;
  atomic { none_here = none_here && waiting[BACK] == 0; assert(!none_here || list[t] == NOWHERE) };
#else
  none_here = waiting[BACK] == 0;
  atomic { none_here = none_here && waiting[FRONT] == 0; assert(!none_here || list[t] == NOWHERE) };
#endif
done:
  skip
}

active proctype nothing_moves() {
  byte t;
  timeout;
  do
  :: t < TASKS ->
    assert(taken[t] <= 1 && (taken[t] == 1 || list[t] != NOWHERE));
    t++
  :: else -> break
  od;
  assert(!locked[BACK] && !locked[FRONT])
}

init {
  atomic { run consumer(); run consumer() }
}
