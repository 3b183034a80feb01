// SPDX-License-Identifier: MIT OR Apache-2.0
// A blocking join of three branches takes its own branches back (detail/task/blocking_join.hpp).
//
// T pushes the branches Second and First (in that order), runs its own, then wants First and Second
// back. A thief may have taken them, the oldest first. Second blocks until a coroutine of its own
// has run: T may take that coroutine while it helps, the coroutine may suspend on T and leave a
// job of its own (Rest) in T's deque, and First may end just then.
// Checked: everything runs exactly once, and T comes back after all of it.
//
// BREAK: TAKES_WHAT_IS_THERE    T takes whatever it pops for its own branch
// BREAK: DROPS_WHAT_IS_THERE    T forgets what it popped and did not expect
// BREAK: LEAVES_HELP_TO_OTHERS  T, when it waits, does not run what lies in its own deque

#define First 1
#define Second 2
#define Rest 3

byte slot[6];
byte top, bottom;          // T's deque
bool running[4];           // by the thread that took it
bool ended[4];
bool wanted;               // Second waits for its coroutine
bool taken;                // T has taken the coroutine
bool coroutine_ended;
bool finished;

inline push(j) {
  atomic { slot[bottom] = j; bottom++ }
}

// The newest, or 0. Taking the last one moves top, as the deque does (D2).
inline pop() {
  atomic {
    if
    :: top == bottom -> newest = 0
    :: top + 1 == bottom -> newest = slot[top]; top++
    :: else -> bottom--; newest = slot[bottom]
    fi
  }
}

inline begin(j) {
  atomic { assert(!running[j]); running[j] = true }
}

// Second ends only after its coroutine; the coroutine ends with the job that it left behind.
inline end_of(j) {
  if
  :: j == Second -> wanted = true; coroutine_ended
  :: else
  fi;
  if
  :: j == Rest -> coroutine_ended = true
  :: else
  fi;
  ended[j] = true
}

inline help() {
  do
  :: ended[wish] -> break
  :: atomic { wanted && !taken -> taken = true };
    if
    :: coroutine_ended = true  // it did not suspend
    :: push(Rest)              // it did, on T
    fi
#ifndef LEAVES_HELP_TO_OTHERS
  :: top < bottom ->
    pop();
    if
    :: newest == Rest -> begin(newest); end_of(newest)
    :: newest == 0
    fi
#endif
  od
}

active proctype T() {
  byte newest, wish;
  atomic { push(Second); push(First) };
  for (wish : First .. Second) {
    pop();
    if
#ifdef TAKES_WHAT_IS_THERE
    :: newest != 0 -> begin(wish); end_of(wish)
    :: else -> help()
#else
    :: newest == wish -> begin(wish); end_of(wish)
    :: else ->
#ifndef DROPS_WHAT_IS_THERE
      if
      :: newest != 0 -> push(newest)
      :: else
      fi;
#endif
      help()
#endif
    fi
  }
  assert(ended[First] && ended[Second]);
  finished = true
}

// Two thieves, who may take the coroutine as well, or its job.
active [2] proctype thief() {
  byte j;
end:
  do
  :: atomic { top < bottom -> j = slot[top]; top++ };
    begin(j);
    end_of(j);
    if
    :: j = 0
    :: break  // it is busy elsewhere
    fi
  :: atomic { wanted && !taken -> taken = true; coroutine_ended = true }
  od
}

active proctype nothing_moves() {
  timeout;
  assert(finished && (!running[Rest] || ended[Rest]))
}
