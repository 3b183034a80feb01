// SPDX-License-Identifier: MIT OR Apache-2.0
// A caller that was woken for one job and takes another first (S6 in lib/sched/README.md;
// forward_wakeup in sleep.cpp and loops.cpp, tell_watchers in wait_graph.cpp).
//
// A coroutine of the call G waits on G's own pool, another one of it on a second pool, and a third
// awaits a task T of the second pool, as three other calls do. A job becomes ready in each of the
// three inboxes. The only worker of the second pool, G, and two of the other callers look, are
// about to sleep, or sleep; the third one comes by, not having slept. These three are of the second
// pool; G's own has no worker. A thread that has taken a job comes back and looks again, or never
// does: it may wait for one of the other jobs. A post with whom it wakes is one step here, and so
// are a claim with its counts and a look: see wait_graph.pml and posts.pml. All operations that
// matter here are in the single order of seq_cst, so there is no store buffer. Checked: when
// nothing moves any more, nobody sleeps beside a job that it may take.
//
// BREAK: NO_HAND_ON               whoever was woken runs what it has found
// BREAK: HANDS_ON_AFTER_RUN       it hands on when it comes back
// BREAK: LOOKS_AT_OWN_POOL_ONLY   it looks what is left on its own pool
// BREAK: CLAIM_AT_LOOK_FORGOTTEN  who is woken during its last look is not woken_for_job
// BREAK: WAKES_WORKERS_ONLY       it wakes no other caller
// BREAK: WAKES_CALLERS_ONLY       it wakes no worker
// BREAK: ONE_INBOX_FOR_ALL        it wakes none if it has woken a caller for a job in any inbox

#define CALLERS 3
#define G 0
#define INBOXES 3

// The inboxes: G's on its own pool, G's on the second pool, and that of the task.
#define OWN 0
#define FAR 1
#define T 2

byte jobs[INBOXES];
bool resting[CALLERS];                 // callers
bool worker_rests;

#define MAY_TAKE(who, inbox) (jobs[inbox] > 0 && (who == G || inbox == T))

inline take(inbox) {
  jobs[inbox]--;
  found = true
}

inline look_as_caller() {
  atomic {
    if
    :: MAY_TAKE(me, OWN) -> take(OWN)
    :: else ->
      if
      :: MAY_TAKE(me, FAR) -> take(FAR)
      :: else ->
        if
        :: MAY_TAKE(me, T) -> take(T)
        :: else
        fi
      fi
    fi
  }
}

inline wake_caller_of(inbox) {
  if
  :: resting[G] -> resting[G] = false; woken = true
  :: inbox == T && resting[1] -> resting[1] = false; woken = true
  :: inbox == T && resting[2] -> resting[2] = false; woken = true
  :: else
  fi
}

#if defined(NO_HAND_ON)
#define HANDS_ON false
#elif defined(LOOKS_AT_OWN_POOL_ONLY)
#define HANDS_ON (me != G)
#else
#define HANDS_ON true
#endif

// On the second pool. The walk comes to callers from the task's inbox only: G's inboxes are no
// task's.
inline forward_wakeup() {
  woken_for_job = false;
  atomic {
#ifndef WAKES_WORKERS_ONLY
    if
    :: jobs[T] > 0 -> wake_caller_of(T)
    :: else
    fi;
#endif
    left = (jobs[FAR] > 0 || (jobs[T] > 0 && !woken));
#ifdef ONE_INBOX_FOR_ALL
    left = (left && !woken);
#endif
    woken = false
  };
#ifndef WAKES_CALLERS_ONLY
  if
  :: left -> worker_rests = false
  :: else
  fi;
#endif
  left = false
}

// Into the inbox that has its number.
active [INBOXES] proctype poster() {
  bool woken;
  atomic {
    jobs[_pid]++;
    wake_caller_of(_pid);
    if
    :: !woken && _pid != OWN -> worker_rests = false
    :: else
    fi
  }
}

active [CALLERS] proctype caller() {
  bool found, left, woken_for_job, woken;
  byte me = _pid - INBOXES;
  do
  :: look_as_caller();
    if
    :: !found ->
      resting[me] = true;
      look_as_caller();
      if
      :: found ->
        atomic {
#ifndef CLAIM_AT_LOOK_FORGOTTEN
          woken_for_job = (woken_for_job || !resting[me]);
#endif
          resting[me] = false
        }
      :: else ->
end_asleep:
        atomic { !resting[me] -> woken_for_job = true }
      fi
    :: else
    fi;
#ifndef HANDS_ON_AFTER_RUN
    if
    :: found && woken_for_job && HANDS_ON -> forward_wakeup()
    :: else
    fi;
#endif
    if
    :: found -> break                   // busy for ever
    :: true -> found = false
    fi;
#ifdef HANDS_ON_AFTER_RUN
    if
    :: woken_for_job -> forward_wakeup()
    :: else
    fi
#endif
  od
}

inline look_as_worker() {
  atomic {
    if
    :: jobs[FAR] > 0 -> take(FAR)
    :: jobs[T] > 0 -> take(T)
    :: else
    fi
  }
}

active proctype worker() {
  bool found;
  do
  :: look_as_worker();
    if
    :: !found ->
      worker_rests = true;
      look_as_worker();
      if
      :: found -> worker_rests = false
      :: else ->
end_asleep:
        !worker_rests
      fi
    :: else
    fi;
    if
    :: found -> break                   // busy for ever
    :: true -> found = false
    fi
  od
}

// A caller that has not slept.
active proctype passer_by() {
  atomic {
    if
    :: jobs[T] > 0 -> jobs[T]--
    :: true
    fi
  }
}

active proctype nothing_moves() {
  timeout;
  assert(!resting[G] || jobs[OWN] + jobs[FAR] + jobs[T] == 0);
  assert((!resting[1] && !resting[2]) || jobs[T] == 0);
  assert(!worker_rests || jobs[FAR] + jobs[T] == 0)
}
