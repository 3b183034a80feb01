// SPDX-License-Identifier: MIT OR Apache-2.0
// A blocked caller that falls asleep while somebody pushes what it may take (lib/sched/sleep.cpp,
// S1 to S5 of its README).
//
// One pusher, whose job never ends; one worker; one blocked caller. As in sleep.pml, the pusher's
// stores wait in a store buffer (TSO), and whoever has taken a job may never come back. A wake-up
// for the caller that was meant for an earlier sleep may come at any time.
// Checked: when nothing moves any more, neither sleeps while a job is left.
//
// BREAK: NO_HEAVY_FENCE           S3: the sleeper does not empty the pusher's store buffer
// BREAK: LOOK_BEFORE_COUNT        S1: the last look comes before the sleeper is counted
// BREAK: LOWER_WITHOUT_BEDTIMES   S4: the hint is lowered without looking who came in between
// BREAK: NO_HAND_OVER             S5: the last searcher forgets the blocked caller
// BREAK: WORKERS_ONLY             a push wakes no caller where no worker is to be had

#ifndef PUSHES
#define PUSHES 2
#endif
#define SEARCHING(word) (word & 255)
#define SLEEPING(word) (word / 256)

mtype = { as_worker, claimed, as_waiter };
#define awake 0

byte top, bottom;          // the deque as all see it
byte my_bottom;            // as the pusher sees it: the difference is in its store buffer
bool hint = true;          // of the pusher
bool epoch_moved;              // has the count of sleep_epoch moved since the pusher read it?
int idle;                  // of workers: | sleeping | searching (8 bits) |
byte waiters;              // how many callers sleep
mtype worker_rests, caller_rests;
bool worker_token, caller_token;
bool pusher_done;

inline take(found) {
  do
  :: t = top;
    atomic {
      if
      :: t >= bottom -> t = 0; break
      :: else
      fi
    };
    atomic {
      if
      :: top == t -> top = t + 1; found = true; t = 0; break
      :: else -> t = 0
      fi
    }
  od
}

inline wake_worker() {
  atomic {
    if
    :: worker_rests == as_worker -> worker_rests = claimed; woken = true
    :: else
    fi
  };
  if
  :: woken ->
    idle = idle + 1 - 256;
    worker_rests = awake;
    worker_token = true
  :: else
  fi
}

inline wake_caller() {
  atomic {
    if
    :: caller_rests == as_waiter -> caller_rests = awake; woken = true
    :: else
    fi
  };
  if
  :: woken -> waiters--; caller_token = true
  :: else
  fi
}

active proctype caller() {
  byte t;
  bool found, mine;
  goto busy;
look:
  take(found);
  if
  :: found -> goto busy
  :: !found -> goto look
  :: !found
  fi;
#ifdef LOOK_BEFORE_COUNT
  take(found);
#endif
  waiters++;
  caller_rests = as_waiter;
  epoch_moved = true;
  hint = true;
#ifndef NO_HEAVY_FENCE
  bottom = my_bottom;
#endif
#ifndef LOOK_BEFORE_COUNT
  take(found);
#endif
  if
  :: !found ->
end_asleep:
    caller_token -> caller_token = false
  :: found
  fi;
  atomic {
    if
    :: caller_rests == as_waiter -> caller_rests = awake; mine = true
    :: else
    fi
  };
  if
  :: mine -> atomic { waiters--; mine = false }
  :: else
  fi;
  if
  :: !found -> goto look
  :: else
  fi;
busy:
  if
  :: skip  // for ever
  :: found = false -> goto look
  fi
}

inline stop_searching() {
  atomic { word = idle; idle = idle - 1 };
  if
  :: SEARCHING(word) == 1 && SLEEPING(word) == 0 ->
#ifndef NO_HAND_OVER
    if
    :: waiters > 0 ->
      t = top;
      if
      :: t < bottom -> wake_caller()
      :: else
      fi
    :: else
    fi
#endif
    skip
  :: else
  fi;
  atomic { t = 0; word = 0; woken = false }
}

active proctype worker() {
  byte t;
  int word;
  bool found, woken;
  goto busy;
search:
  take(found);
  if
  :: found -> goto stop
  :: !found -> goto search
  :: !found
  fi;
  worker_rests = as_worker;
  idle = idle - 1 + 256;
  epoch_moved = true;
  hint = true;
  bottom = my_bottom;
  take(found);
  if
  :: found ->
    atomic {
      if
      :: worker_rests == as_worker -> worker_rests = awake; woken = true
      :: else
      fi
    };
    if
    :: woken -> atomic { idle = idle + 1 - 256; woken = false }; goto stop
    :: else
    fi
  :: else
  fi;
end_asleep:
  do
  :: worker_rests == awake -> break
  :: atomic { worker_token -> worker_token = false }
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
  :: atomic { idle = idle + 1; found = false } -> goto search
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
  int word;
  bool woken;
  do
  :: my_bottom < PUSHES ->
    my_bottom++;
    if
    :: !hint
    :: else ->
      bottom = my_bottom;
      epoch_moved = false;
      word = idle;
      if
      :: SEARCHING(word) > 0
      :: SEARCHING(word) == 0 && SLEEPING(word) > 0 -> wake_worker()
      :: else ->
#ifndef WORKERS_ONLY
        if
        :: waiters > 0 -> wake_caller()
        :: else
        fi;
#endif
        if
        :: !woken ->
          atomic { hint = false; bottom = my_bottom };
#ifndef LOWER_WITHOUT_BEDTIMES
          if
          :: epoch_moved -> hint = true
          :: else
          fi
#endif
        :: else
        fi
      fi;
      atomic { word = 0; woken = false }
    fi
  :: else -> break
  od;
  pusher_done = true
}

// A latch of before: whoever set it wakes the caller only now.
active proctype late_wake_up() {
  caller_token = true
}

active proctype nothing_moves() {
  timeout;
  assert(pusher_done && bottom == my_bottom);
  assert(top == bottom || (caller_rests != as_waiter && worker_rests != as_worker))
}
