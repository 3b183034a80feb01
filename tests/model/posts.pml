// SPDX-License-Identifier: MIT OR Apache-2.0
// A coroutine that becomes ready in the inbox of a blocked caller (lib/sched/sleep.cpp and its
// README), and the latch that the caller waits for.
//
// H waits in a call of its own and looks into its inbox; G, the outermost caller, owns the root and
// may take whatever belongs to it: the job in H's inbox, and another one that lies somewhere else
// and that the worker may take as well. One thread posts, one sets the latch, and a wake-up for
// H comes too late. A thread that has taken a job may never come back. All operations that matter
// here are in the single order of seq_cst, so there is no store buffer. Checked, when nothing moves
// any more: H does not sleep beside a job in its inbox, nor after its latch was set.
//
// BREAK: LOOK_BEFORE_COUNT        S1: the last look comes before the sleeper is counted
// BREAK: WORKER_FIRST             who posts relies on a worker that searches
// BREAK: OWNER_OF_ROOT_FIRST      who posts wakes G although H sleeps beside its inbox
// BREAK: NO_ANNOUNCEMENT          the sleeper looks at the latch instead of announcing itself
// BREAK: TOKEN_OF_CLAIM_DROPPED   a claim that comes before the park is forgotten

#define H 0
#define G 1

mtype = { as_waiter };
#define awake 0

byte other;                // jobs of the root elsewhere
byte inbox;                // jobs in H's inbox
bool searching;            // does the worker?
byte waiters;              // how many callers sleep
mtype resting[2];          // of H and G
bool token[2];
bool parked[2];            // for the check only
bool set, announced;       // H's latch

inline take(from) {
  atomic {
    if
    :: from > 0 -> from--; found = true
    :: else
    fi
  }
}

inline wake_caller(who) {
  atomic {
    if
    :: resting[who] == as_waiter -> resting[who] = awake; woken = true
    :: else
    fi
  };
  if
  :: woken -> waiters--; token[who] = true
  :: else
  fi
}

// H looks into its inbox first, G where it steals; the inboxes of its root come last.
inline look() {
  if
  :: _pid == H -> take(inbox)
  :: else ->
    take(other);
    if
    :: !found -> take(inbox)
    :: else
    fi
  fi
}

active [2] proctype caller() {
  bool found, mine;
  goto busy;
search:
  look();
  if
  :: found -> goto busy
  :: !found -> goto search
  :: !found
  fi;
#ifdef LOOK_BEFORE_COUNT
  look();
#endif
  waiters++;
  resting[_pid] = as_waiter;
  // Bedtimes, hints and the heavy fence are for those who push.
  atomic {
    if
    :: _pid == H && set -> goto woken_up
    :: _pid == H && !set ->
#ifndef NO_ANNOUNCEMENT
      announced = true
#else
      skip
#endif
    :: else
    fi
  };
#ifndef LOOK_BEFORE_COUNT
  look();
#endif
  if
  :: !found ->
#ifdef TOKEN_OF_CLAIM_DROPPED
    token[_pid] = false;
#endif
    parked[_pid] = true;
end_asleep:
    atomic { token[_pid] -> token[_pid] = false; parked[_pid] = false }
  :: found
  fi;
  if
  :: _pid == H -> announced = false
  :: else
  fi;
woken_up:
  atomic {
    if
    :: resting[_pid] == as_waiter -> resting[_pid] = awake; mine = true
    :: else
    fi
  };
  if
  :: mine -> atomic { waiters--; mine = false }
  :: else
  fi;
  if
  :: !found && (_pid == G || !set) -> goto search
  :: else
  fi;
busy:
  if
  :: skip  // for ever, or the latch is set
  :: _pid == G || !set -> found = false; goto search
  fi
}

// Its sleep is the business of sleep.pml.
active proctype worker() {
  bool found;
  do
  :: searching = true;
    if
    :: skip -> take(other)
    :: skip -> take(inbox)
    fi;
    searching = false;
    if
    :: break  // busy for ever, or asleep
    :: found = false
    fi
  od
}

active proctype poster() {
  bool woken;
  inbox++;
#ifdef WORKER_FIRST
  if
  :: searching -> goto out
  :: else
  fi;
#endif
  if
  :: waiters > 0 ->
#ifdef OWNER_OF_ROOT_FIRST
    wake_caller(G);
    if
    :: !woken -> wake_caller(H)
    :: else
    fi
#else
    wake_caller(H);
    if
    :: !woken -> wake_caller(G)
    :: else
    fi
#endif
  :: else  // a worker searches, is woken, or is busy: there is nobody else
  fi;
out:
  skip
}

// That thread has woken none: a worker was searching.
active proctype other_pusher() {
  other++
}

active proctype last_child() {
  bool seen;
  if
  :: atomic { set = true; seen = announced };
    if
    :: seen -> token[H] = true
    :: else
    fi
  :: skip  // it never ends
  fi
}

active proctype late_wake_up() {
  token[H] = true
}

active proctype nothing_moves() {
  timeout;
  assert(!parked[H] || inbox == 0);
  assert(!parked[H] || !set)
}
