// SPDX-License-Identifier: MIT OR Apache-2.0
// Workers that fall asleep while places for background work are given away and come back
// (lib/sched/find_work.cpp, sleep.cpp, loops.cpp: S1, S5 and background_limit).
//
// Two workers share one place; one of them is in it. A thread spawns and wakes none where the
// limit is reached. Another posts a foreground job, lifts background work to the foreground,
// or joins a queued task in place. A worker that has found a job may never come back. All
// operations that matter here are in the single order of seq_cst; what a store buffer may delay is
// the business of tests/simulation/protocol/sleep.cpp.
// Checked: when nothing moves any more, no worker sleeps while a foreground job is left, or a
// background task and a place for it.
//
// BREAK: LIMIT_BEFORE_PUSH        who spawns looks for a free place before the push
// BREAK: PLACE_BACK_AFTER_SEARCH  a worker keeps the place of its last task until it has searched
// BREAK: NO_SECOND_LOOK           who gives a place back unused does not look at the queue again
// BREAK: PLACE_LEAKS              a place that was taken in vain is kept
// BREAK: IGNORES_QUEUE            S5: who stops searching looks for foreground jobs only
// BREAK: NO_HAND_OVER             S5: the last searcher does not hand the search on
// BREAK: HAND_OVER_BEFORE_COUNT   S5: it looks at what is left before it is counted out
// BREAK: LOOK_BEFORE_COUNT        S1: the last look comes before the sleeper is counted
// BREAK: LIFT_WAKES_NOBODY        a lifter relies on those who have looked at the limit
// BREAK: LIFT_WAKES_FIRST         a lifter looks who sleeps before it has moved the job

#ifndef SPAWNS
#define SPAWNS 1
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef LIMIT
#define LIMIT 1
#endif

mtype = { as_worker, claimed };
#define awake 0

byte foreground;           // jobs of each tier
byte queued = 1;
byte places_taken = 1;     // by worker 0, which is in a background task at first
byte in_background;        // workers that are in a background task for ever, for the check only
int idle;                  // | sleeping | searching (8 bits) |
mtype resting[WORKERS];
bool token[WORKERS];       // of each worker's parker

#define SEARCHING(word) (word & 255)
#define SLEEPING(word) (word / 256)
#define PLACE_FREE (places_taken < LIMIT)

inline take_foreground() {
  atomic {
    if
    :: foreground > 0 -> foreground--; found = true
    :: else
    fi
  }
}

inline take_place() {
  atomic {
    if
    :: PLACE_FREE -> places_taken++; has_place = true
    :: else
    fi
  }
}

inline give_place_back() {
  atomic { assert(places_taken > 0); places_taken--; has_place = false }
}

inline take_background() {
  do
  :: queued == 0 -> break
  :: else ->
    take_place();
    if
    :: !has_place -> break
    :: else
    fi;
    atomic {
      if
      :: queued > 0 -> queued--; found = true; break
      :: else
      fi
    };
#ifdef PLACE_LEAKS
    has_place = false
#else
    give_place_back()
#endif
#ifdef NO_SECOND_LOOK
    ; break
#endif
  od
}

inline look() {
  take_foreground();
  if
  :: !found -> take_background()
  :: else
  fi
}

// Wakes one worker that sleeps, if there is one.
inline wake_worker() {
  do
  :: atomic {
      if
      :: resting[i] == as_worker -> resting[i] = claimed; break
      :: else ->
        i++;
        if
        :: i == WORKERS -> break
        :: else
        fi
      fi
    }
  od;
  if
  :: i < WORKERS ->
    idle = idle + 1 - 256;
    atomic { resting[i] = awake; token[i] = true }
  :: else
  fi;
  i = 0
}

inline wake_worker_unless_searching() {
  word = idle;
  if
  :: SEARCHING(word) == 0 && SLEEPING(word) > 0 -> wake_worker()
  :: else
  fi;
  word = 0
}

inline more_to_take() {
  left = (foreground > 0);
#ifndef IGNORES_QUEUE
  if
  :: !left ->
    place = PLACE_FREE;
    left = (place && queued > 0);
    place = false
  :: else
  fi
#endif
}

inline stop_searching() {
#ifdef HAND_OVER_BEFORE_COUNT
  more_to_take();
#endif
  atomic { word = idle; idle = idle - 1 };
#ifndef NO_HAND_OVER
  if
  :: SEARCHING(word) == 1 && SLEEPING(word) > 0 ->
#ifndef HAND_OVER_BEFORE_COUNT
    more_to_take();
#endif
    if
    :: left && SEARCHING(idle) == 0 -> wake_worker()
    :: else  // the thread that searches now forwards the wake-up
    fi
  :: else
  fi;
#endif
  atomic { word = 0; left = false }
}

active [WORKERS] proctype worker() {
  byte i;
  int word;
  bool found, has_place, left, place;
#ifdef PLACE_BACK_AFTER_SEARCH
  bool late;
#endif
  has_place = (_pid == 0);
  goto begun;
search:
  look();
  if
  :: found -> goto stop
  :: else -> goto search
  :: !found
  fi;
#ifdef LOOK_BEFORE_COUNT
  look();
#endif
  resting[_pid] = as_worker;
  idle = idle - 1 + 256;
#ifndef LOOK_BEFORE_COUNT
  look();
#endif
#ifdef PLACE_BACK_AFTER_SEARCH
  if
  :: late -> give_place_back(); late = false
  :: else
  fi;
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
begun:
  if
  :: goto busy
  :: skip  // the job ends
  fi;
#ifdef PLACE_BACK_AFTER_SEARCH
  atomic { late = late || has_place; has_place = false };
#else
  if
  :: has_place -> give_place_back()
  :: else
  fi;
#endif
  atomic { idle = idle + 1; found = false };
  goto search;
busy:  // for ever
  if
  :: has_place -> in_background++
  :: else
  fi
}

active proctype spawner() {
  byte i, spawns;
  int word;
  bool place;
  do
  :: spawns < SPAWNS ->
    spawns++;
#ifdef LIMIT_BEFORE_PUSH
    place = PLACE_FREE;
    queued++;
#else
    queued++;
    place = PLACE_FREE;
#endif
    if
    :: place -> wake_worker_unless_searching()
    :: else  // the thread that gives a place back looks at the queue
    fi
  :: else -> break
  od
}

// One disturbance.
active proctype somebody_else() {
  byte i;
  int word;
#ifdef LIFT_WAKES_FIRST
  wake_worker_unless_searching();
#endif
  if
  :: foreground++; wake_worker_unless_searching()
  :: atomic { queued > 0 -> queued--; foreground++ };
#if !defined(LIFT_WAKES_NOBODY) && !defined(LIFT_WAKES_FIRST)
    wake_worker_unless_searching()
#endif
  :: atomic { queued > 0 -> queued-- }
  :: skip
  fi
}

active proctype nothing_moves() {
  byte i;
  timeout;
  for (i : 0 .. (WORKERS - 1)) {
    assert(resting[i] != as_worker ||
           foreground == 0 && (queued == 0 || in_background == LIMIT))
  }
}
