// SPDX-License-Identifier: MIT OR Apache-2.0
// Workers that fall asleep while somebody pushes (lib/sched/sleep.cpp, S1 to S5 of its README).
//
// One pusher, whose job never ends and who therefore never takes a job back; two workers; a blocked
// caller that helps itself to one job; a wake-up for worker 0 that was meant for an earlier sleep.
// The pusher's stores wait in a store buffer (TSO) until a read-modify-write of its own or the
// sleeper's heavy fence empties it. A worker that has found a job may never come back.
// Checked: when nothing moves any more, no worker sleeps while a job is left.
//
// BREAK: NO_HEAVY_FENCE           the sleeper does not empty the pusher's store buffer
// BREAK: LOOK_BEFORE_COUNT        S1: the last look comes before the sleeper is counted
// BREAK: NO_REPUBLISH             S2: the push takes no place before the count that is read next
// BREAK: HINT_STAYS_LOW           S3: a sleeper does not raise the hint
// BREAK: LOWER_WITHOUT_BEDTIMES   S4: the hint is lowered without looking who came in between
// BREAK: NO_HAND_OVER             S5: the last searcher does not hand the search on
// BREAK: HAND_OVER_BEFORE_COUNT   S5: it looks at what is left before it stops to count as searching
// BREAK: GIVE_UP_AT_LOST_CLAIM    a last look that loses a race does not look again
// BREAK: NO_CLAIMED_STATE         a claimed sleeper may go on before its claimer has counted it

#define PUSHES 3
#define WORKERS 2

mtype = { awake, as_worker, claimed };

byte top, bottom;          // the deque as all see it
byte my_bottom;            // as the pusher sees it: the difference is in its store buffer
bool hint = true;          // of the pusher
byte bedtimes;
int idle = WORKERS;        // | sleeping | searching (8 bits) |
mtype resting[WORKERS];
bool token[WORKERS];       // of each worker's parker
bool pusher_done;
byte ready;                // workers that have begun

#define SEARCHING(word) (word & 255)
#define SLEEPING(word) (word / 256)

// Takes one job, if there is one.
inline take(found) {
  found = false;
  do
  :: t = top;
    if
    :: t >= bottom -> break
    :: else ->
      atomic {
        if
        :: top == t -> top = t + 1; found = true; break
        :: else
        fi
      };
#ifdef GIVE_UP_AT_LOST_CLAIM
      break
#endif
    fi
  od
}

inline wake_worker(found) {
  found = false;
  if
  :: i = 0
  :: i = 1
  fi;
  k = 0;
  do
  :: k < WORKERS && !found ->
    atomic {
      if
      :: resting[i] == as_worker ->
        found = true;
#ifdef NO_CLAIMED_STATE
        resting[i] = awake
#else
        resting[i] = claimed
#endif
      :: else -> i = 1 - i; k++
      fi
    }
  :: else -> break
  od;
  if
  :: found ->
    idle = idle + 1 - 256;
    resting[i] = awake;
    token[i] = true
  :: else
  fi;
  k = 0
}

// The store buffer.
active proctype memory() {
end:
  do
  :: atomic { bottom < my_bottom -> bottom++ }
  od
}

active proctype pusher() {
  byte seen, i, k;
  int word;
  bool woken;
  ready == WORKERS;
  do
  :: my_bottom < PUSHES ->
    my_bottom++;
    if
    :: !hint
    :: else ->
#ifdef NO_REPUBLISH
      skip;
#else
      bottom = my_bottom;
#endif
      seen = bedtimes;
      word = idle;
      if
      :: SEARCHING(word) > 0
      :: SEARCHING(word) == 0 && SLEEPING(word) > 0 -> wake_worker(woken)
      :: else ->
        atomic { hint = false; bottom = my_bottom };
#ifndef LOWER_WITHOUT_BEDTIMES
        if
        :: bedtimes != seen -> hint = true
        :: else
        fi
#endif
      fi
    fi
  :: else -> break
  od;
  pusher_done = true
}

inline stop_searching() {
#ifdef HAND_OVER_BEFORE_COUNT
  left = (top < bottom);
#endif
  atomic { word = idle; idle = idle - 1 };
#ifndef NO_HAND_OVER
  if
  :: SEARCHING(word) == 1 && SLEEPING(word) > 0 ->
#ifndef HAND_OVER_BEFORE_COUNT
    t = top;
    left = (t < bottom);
#endif
    if
    :: left -> wake_worker(found)
    :: else
    fi
  :: else
  fi
#endif
}

inline sleep_until_claimed() {
  do
  :: resting[me] == awake -> break
  :: else -> atomic { token[me] -> token[me] = false }
  od
}

proctype worker(byte me) {
  byte t, i, k;
  int word;
  bool found, left;
  atomic { resting[me] = awake; ready++ };
  do
  :: take(found);
    if
    :: found ->
      stop_searching();
      if
      :: break  // busy for ever
      :: true
      fi;
      idle = idle + 1
    :: else ->
      if
      :: true   // spins
      :: true ->
#ifdef LOOK_BEFORE_COUNT
        take(found);
#endif
        resting[me] = as_worker;
        idle = idle - 1 + 256;
        bedtimes++;
#ifndef HINT_STAYS_LOW
        hint = true;
#endif
#ifndef NO_HEAVY_FENCE
        bottom = my_bottom;
#endif
#ifndef LOOK_BEFORE_COUNT
        take(found);
#endif
        if
        :: found ->
          atomic {
            if
            :: resting[me] == as_worker -> resting[me] = awake; left = true
            :: else -> left = false
            fi
          };
          if
          :: left -> idle = idle + 1 - 256
          :: else -> sleep_until_claimed()
          fi;
          stop_searching();
          break
        :: else -> sleep_until_claimed()
        fi
      fi
    fi;
    t = 0; word = 0; left = false
  od
}

active proctype helper() {
end:
  atomic { top < bottom -> top++ }
}

// A latch of before: whoever set it wakes worker 0 only now.
active proctype late_wake_up() {
  ready == WORKERS;
  token[0] = true
}

active proctype nothing_moves() {
  timeout;
  assert(pusher_done && bottom == my_bottom);
  assert(top == bottom || (resting[0] != as_worker && resting[1] != as_worker))
}

init {
  atomic { run worker(0); run worker(1) }
}
