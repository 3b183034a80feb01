// SPDX-License-Identifier: MIT OR Apache-2.0
// Workers that fall asleep while somebody pushes (lib/sched/sleep.cpp, S1 to S5 of its README).
//
// One pusher, whose job never ends and who therefore never takes a job back; two workers; and one
// disturbance, a blocked caller that takes a job or a wake-up that was meant for an earlier sleep.
// The pusher's stores wait in a store buffer (TSO) until a read-modify-write of its own or the
// sleeper's heavy fence empties it. A worker that has found a job may never come back.
// Checked: when nothing moves any more, no worker sleeps while a job is left.
//
// BREAK: NO_HEAVY_FENCE           S3: the sleeper does not empty the pusher's store buffer
// BREAK: LOOK_BEFORE_COUNT        S1: the last look comes before the sleeper is counted
// BREAK: NO_REPUBLISH             S4: the push takes no place before the count that is read next
// BREAK: HINT_STAYS_LOW           S2: a sleeper does not raise the hint
// BREAK: LOWER_WITHOUT_BEDTIMES   S4: the hint is lowered without looking who came in between
// BREAK: NO_HAND_OVER             S5: the last searcher does not hand the search on
// BREAK: HAND_OVER_BEFORE_COUNT   S5: it looks at what is left before it is counted out
// BREAK: GIVE_UP_AT_LOST_CLAIM    a last look that loses a race does not look again
// BREAK: NO_CLAIMED_STATE         a claimed sleeper may go on before its claimer has counted it

#ifndef PUSHES
#define PUSHES 2
#endif
#define WORKERS 2

mtype = { as_worker, claimed };
#define awake 0

byte top, bottom;          // the deque as all see it
byte my_bottom;            // as the pusher sees it: the difference is in its store buffer
bool hint = true;          // of the pusher
bool epoch_moved;              // has the count moved since the pusher read it?
int idle;                  // | sleeping | searching (8 bits) |
mtype resting[WORKERS];
bool token[WORKERS];       // of each worker's parker
bool pusher_done;

#define SEARCHING(word) (word & 255)
#define SLEEPING(word) (word / 256)

// Takes one job, if there is one. Each step touches what others see at most once; what is local
// costs no step.
inline take(found) {
  do
  :: t = top;
    atomic {
      if
      :: t >= bottom -> found = false; t = 0; break
      :: else
      fi
    };
    atomic {
      if
      :: top == t -> top = t + 1; found = true; t = 0; break
      :: else ->
        t = 0;
#ifdef GIVE_UP_AT_LOST_CLAIM
        found = false;
        break
#endif
      fi
    }
  od
}

// Wakes one worker that sleeps, if there is one; starts anywhere.
inline wake_worker() {
  if
  :: i = 0
  :: i = 1
  fi;
  do
  :: atomic {
      if
      :: resting[i] == as_worker ->
#ifdef NO_CLAIMED_STATE
        resting[i] = awake;
#else
        resting[i] = claimed;
#endif
        break
      :: else ->
        i = 1 - i;
        k++;
        if
        :: k == WORKERS -> break
        :: else
        fi
      fi
    }
  od;
  if
  :: k < WORKERS ->
    idle = idle + 1 - 256;
    resting[i] = awake;
    token[i] = true
  :: else
  fi;
  atomic { i = 0; k = 0 }
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
    :: left && SEARCHING(idle) == 0 -> wake_worker()
    :: else  // whoever searches now hands on
    fi
  :: else
  fi;
#endif
  atomic { t = 0; word = 0; left = false }
}

active [WORKERS] proctype worker() {
  byte t, i, k;
  int word;
  bool found, left;
  goto busy;
search:
  take(found);
  if
  :: found -> goto stop
  :: else -> goto search
  :: !found
  fi;
#ifdef LOOK_BEFORE_COUNT
  take(found);
#endif
  resting[_pid] = as_worker;
  idle = idle - 1 + 256;
  epoch_moved = true;
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
      :: resting[_pid] == as_worker -> resting[_pid] = awake; left = true
      :: else
      fi
    };
    if
    :: left -> atomic { idle = idle + 1 - 256; left = false }; goto stop
    :: else
    fi
  :: else
  fi;
end_asleep:
  do
  :: resting[_pid] == awake -> break
  :: atomic { token[_pid] -> token[_pid] = false }
  od;
  if
  :: !found -> goto search
  :: else
  fi;
stop:
  stop_searching();
busy:
  if
  :: skip  // for ever
  :: idle = idle + 1 -> goto search
  fi
}

// The store buffer.
active proctype memory() {
end:
  do
  :: atomic { bottom < my_bottom -> bottom++ }
  od
}

active proctype pusher() {
  byte i, k;
  int word;
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
      epoch_moved = false;
      word = idle;
      if
      :: SEARCHING(word) > 0
      :: SEARCHING(word) == 0 && SLEEPING(word) > 0 -> wake_worker()
      :: else ->
        atomic { hint = false; bottom = my_bottom };
#ifndef LOWER_WITHOUT_BEDTIMES
        if
        :: epoch_moved -> hint = true
        :: else
        fi
#endif
      fi
    fi
  :: else -> break
  od;
  pusher_done = true
}

// One disturbance: a blocked caller takes a job, or whoever set a latch of before wakes worker 0
// only now.
active proctype disturbance() {
  if
  :: atomic { top < bottom -> top++ }
  :: token[0] = true
  :: skip
  fi
}

active proctype nothing_moves() {
  timeout;
  assert(pusher_done && bottom == my_bottom);
  assert(top == bottom || (resting[0] != as_worker && resting[1] != as_worker))
}
