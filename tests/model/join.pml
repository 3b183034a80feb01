// SPDX-License-Identifier: MIT OR Apache-2.0
// How coroutines run children and go on when all have ended (J1 to J6 of docs/architecture.md,
// detail/task/fork_join.hpp).
//
// Frame G awaits a join of P and D; P awaits a join of A and B, then C. Thread 0 starts G, with its
// deque; both threads are loops that run ready frames and what lies in the deque, thread 1 the
// oldest first. A, B, C and D may suspend once, for a foreign event that may come at once. P may
// find the stack too deep to run A as a nested call.
// Checked: every frame ends once, a parent goes on once and only after its children, nobody touches
// the counter of a join that is gone, and nothing hangs.
//
// BREAK: KEEPS_DETACHED        J6: who goes on inline forgets to take its mark back
// BREAK: CLEARS_DETACHED       J6: who goes on inline takes back a mark of earlier as well
// BREAK: KEEPS_UNWINDING       J6: who goes on inline forgets to take the flag back
// BREAK: BOTTOM_KEEPS_FLAG     J1: the loop at the bottom does not clear the flag
// BREAK: INLINE_REPORTS        J3: an inline child gives its token back as well
// BREAK: INLINE_NOT_COUNTED    J4: the parent keeps the tokens of children that ended inline
// BREAK: NO_TOKEN_OF_PARENT    J4: the counter starts with the children alone
// BREAK: TAKES_BACK_TOO_MUCH   J5: the parent runs a branch that has been stolen

#define A 0
#define B 1
#define C 2
#define D 3
#define P 4
#define OF_P 0  // the join of A and B
#define OF_C 1  // P's await of C
#define OF_G 2  // the join of P and D

#ifdef NO_TOKEN_OF_PARENT
#define OWN 0
#else
#define OWN 1
#endif
#ifdef INLINE_NOT_COUNTED
#define COUNTED(n) 0
#else
#define COUNTED(n) n
#endif

bool ready[4];             // resumed by the foreign event
bool in_deque[4];          // B and D, which is older
bool started[4];
bool ended[5];
bool detached[5];
byte tokens[3];
bool alive[3];             // a join lives until its parent goes on
bool all_done;

inline arrive(join, n) {
  atomic {
    assert(alive[join] && tokens[join] >= (n));
    tokens[join] = tokens[join] - (n);
    last = (tokens[join] == 0)
  }
}

inline open(join, n) {
  atomic {
    alive[join] = true;
    tokens[join] = n + OWN
  }
}

inline end_of(f) {
  assert(!ended[f]);
  ended[f] = true
}

// J1: first the marks, then the handle.
inline suspend_child(f) {
  detached[f] = true;
  suspending = true;
  ready[f] = true
}

inline run_inline(f, join) {
  atomic { assert(!started[f]); started[f] = true };
  if
  :: end_of(f);
#ifdef INLINE_REPORTS
    arrive(join, 1)
#endif
  :: suspend_child(f)
  fi
}

// The parent f suspends, or finds that it need not (J6).
inline suspend_parent(f, join, n) {
  was = detached[f];
  detached[f] = true;
  suspending = true;
  arrive(join, OWN + COUNTED(n));
  if
  :: last ->
#ifndef KEEPS_DETACHED
#ifdef CLEARS_DETACHED
    detached[f] = false;
#else
    detached[f] = was;
#endif
#endif
#ifndef KEEPS_UNWINDING
    suspending = false
#endif
  :: else
  fi
}

active [2] proctype thread() {
  bool suspending, last, was, below, deferred;
  byte inline_ended, f;

  if
  :: _pid == 1 -> goto bottom
  :: else
  fi;
  below = true;            // G is below P on this stack
  open(OF_G, 2);
  in_deque[D] = true;
  open(OF_P, 2);
  in_deque[B] = true;
  if
  :: skip ->
    run_inline(A, OF_P);
    if
    :: suspending -> goto p_suspends
    :: else -> inline_ended = 1
    fi;
    atomic {
      if
#ifdef TAKES_BACK_TOO_MUCH
      :: in_deque[B] = false
#else
      :: in_deque[B] -> in_deque[B] = false
      :: else -> goto p_suspends
#endif
      fi
    };
    run_inline(B, OF_P);
    if
    :: suspending -> goto p_suspends
    :: else -> goto p_goes_on
    fi
  :: skip -> deferred = true  // too deep: A runs from the bottom loop
  fi;
p_suspends:
  suspend_parent(P, OF_P, inline_ended);
  if
  :: last -> goto p_goes_on
  :: else -> goto leave
  fi;

p_goes_on:
  atomic {
    assert(alive[OF_P] && ended[A] && ended[B]);
    alive[OF_P] = false
  };
  open(OF_C, 1);
  run_inline(C, OF_C);
  if
  :: suspending ->
    suspend_parent(P, OF_C, 0);
    if
    :: last -> goto p_ends
    :: else -> goto leave
    fi
  :: else -> goto p_ends
  fi;

p_ends:
  atomic {
    assert(alive[OF_C] && ended[C]);
    alive[OF_C] = false
  };
  end_of(P);
  if
  :: detached[P] ->
    arrive(OF_G, 1);
    if
    :: last -> goto g_goes_on
    :: else -> goto leave
    fi
  :: else -> goto leave
  fi;

leave:  // returns to whoever has resumed P on this stack
  if
  :: !below -> goto bottom
  :: else -> below = false; inline_ended = 0
  fi;
  if
  :: suspending -> goto g_suspends
  :: else -> inline_ended = 1
  fi;
  atomic {
    if
    :: in_deque[D] -> in_deque[D] = false
    :: else -> goto g_suspends
    fi
  };
  run_inline(D, OF_G);
  if
  :: suspending -> goto g_suspends
  :: else -> goto g_goes_on
  fi;
g_suspends:
  arrive(OF_G, OWN + COUNTED(inline_ended));
  if
  :: last -> goto g_goes_on
  :: else -> goto bottom
  fi;

g_goes_on:
  atomic {
    assert(alive[OF_G] && ended[P] && ended[D]);
    alive[OF_G] = false
  };
  assert(!all_done);
  all_done = true;
  goto out;

bottom:
#ifndef BOTTOM_KEEPS_FLAG
  suspending = false;
#endif
  if
  :: deferred -> deferred = false; f = A; goto begin
  :: else
  fi;
end_idle:
  if
  :: atomic { in_deque[B] && (_pid == 0 || !in_deque[D]) -> in_deque[B] = false; f = B };
    goto begin
  :: atomic { in_deque[D] && (_pid == 1 || !in_deque[B]) -> in_deque[D] = false; f = D };
    goto begin
  :: atomic { ready[A] -> ready[A] = false; f = A }
  :: atomic { ready[B] -> ready[B] = false; f = B }
  :: atomic { ready[C] -> ready[C] = false; f = C }
  :: atomic { ready[D] -> ready[D] = false; f = D }
  :: all_done -> goto out
  fi;
  detached[f] = true;
  goto child_ends;
begin:
  detached[f] = true;
  atomic { assert(!started[f]); started[f] = true };
  if
  :: skip
  :: suspend_child(f); goto bottom
  fi;
child_ends:
  end_of(f);
  assert(detached[f]);
  if
  :: f == C -> arrive(OF_C, 1)
  :: f == D -> arrive(OF_G, 1)
  :: else -> arrive(OF_P, 1)
  fi;
  if
  :: !last -> goto bottom
  :: else
  fi;
#ifndef BOTTOM_KEEPS_FLAG
  suspending = false;
#endif
  if
  :: f == D -> goto g_goes_on
  :: f == C -> detached[P] = true; goto p_ends
  :: else -> detached[P] = true; goto p_goes_on
  fi;
out:
  skip
}

active proctype nothing_moves() {
  timeout;
  assert(all_done)
}
