// SPDX-License-Identifier: MIT OR Apache-2.0
// The work-stealing deque (detail/sync/deque.hpp): one owner who pushes and pops, two thieves.
//
// Memory is that of a machine with store buffers (TSO): plain stores of the owner wait in a queue
// and become visible later, in order; its read-modify-writes empty the queue first. That is what
// separates the exchange in pop() from a plain store. Checked: every element is taken exactly once,
// a thief whose claim succeeds got the element it saw (D2), and rings may grow under thieves.
// The model's owner makes room as it pushes; a fork does so before its first push (reserve()).
// Not modelled: reordering that only processors without TSO show; the tags in the code speak of it.
//
// BREAK: POP_WITHOUT_EXCHANGE   pop() announces itself with a plain store
// BREAK: LAST_WITHOUT_CLAIM     pop() takes the last element without moving top
// BREAK: BOTTOM_BEFORE_TOP      a thief reads bottom first
// BREAK: RING_BEFORE_BOTTOM     a thief reads the ring first
// BREAK: RING_BEFORE_COPY       the larger ring is published before it is filled
// BREAK: PUBLISH_BEFORE_SLOT    push() moves bottom before it writes the slot

#define PUSHES 4      // elements 1 .. PUSHES
#define SMALL 2       // slots of the first ring
#define LARGE 4       // slots of the second

mtype = { slot_small, slot_large, bottom_is, ring_is };

byte small[SMALL];
byte large[LARGE];
bool grown;           // the visible ring
byte top;
byte bottom;          // as others see it

// The owner's stores on their way to memory.
chan stores = [8] of { mtype, byte, byte };

byte takers[PUSHES + 1];   // how often each element was taken
byte pushed_at[8];         // the element last pushed at an index
byte taken;
bool finished;             // the owner has ended
byte running = 3;

// No thread moves any more: every element has been taken.
inline end_of_process() {
  atomic {
    running--;
    assert(running > 0 || taken == PUSHES)
  }
}

inline take(element) {
  assert(element != 0);
  takers[element]++;
  taken++;
  assert(takers[element] == 1);
}

active proctype memory() {
  byte at, value;
  do
  :: atomic { stores ? slot_small(at, value) -> small[at] = value }
  :: atomic { stores ? slot_large(at, value) -> large[at] = value }
  :: atomic { stores ? bottom_is(at, value) -> bottom = value }
  :: atomic { stores ? ring_is(at, value) -> grown = true }
  :: atomic { finished && empty(stores) -> break }
  od
}

inline store_slot(index, value) {
  if
  :: my_large -> stores ! slot_large(index % LARGE, value)
  :: else -> stores ! slot_small(index % SMALL, value)
  fi
}

// A thread sees its own stores at once; here it waits for them instead.
inline load_own_slot(index, result) {
  if
  :: my_large -> empty(stores) -> result = large[index % LARGE]
  :: !my_large -> empty(stores) -> result = small[index % SMALL]
  fi
}

active proctype owner() {
  byte next = 1, b, t, i, e, my_bottom, top_seen;
  bool my_large, drained;
  do
  :: next <= PUSHES ->
    b = my_bottom;
    if
    :: b - top_seen >= SMALL && !my_large ->
      top_seen = top;
      if
      :: b - top_seen >= SMALL ->
#ifdef RING_BEFORE_COPY
        stores ! ring_is(0, 0);
#endif
        for (i : top_seen .. (b - 1)) {
          // The owner sees its own stores, so the copy waits for them.
          empty(stores) -> stores ! slot_large(i % LARGE, small[i % SMALL])
        }
#ifndef RING_BEFORE_COPY
        stores ! ring_is(0, 0);
#endif
        my_large = true
      :: else
      fi
    :: else
    fi;
    pushed_at[b] = next;
#ifdef PUBLISH_BEFORE_SLOT
    stores ! bottom_is(0, b + 1);
    store_slot(b, next);
#else
    store_slot(b, next);
    stores ! bottom_is(0, b + 1);
#endif
    my_bottom = b + 1;
    next++
  :: next > 1 ->
    if
    :: my_bottom == 0 || my_bottom - 1 < top_seen -> drained = true
    :: else ->
      drained = false;
      b = my_bottom - 1;
#ifdef POP_WITHOUT_EXCHANGE
      stores ! bottom_is(0, b);
#else
      atomic { empty(stores) -> bottom = b };
#endif
      t = top;
      if
      :: t < b -> load_own_slot(b, e); take(e); my_bottom = b
      :: else ->
        e = 0;
        if
        :: t == b ->
#ifdef LAST_WITHOUT_CLAIM
          load_own_slot(b, e)
#else
          atomic {
            empty(stores) ->
            if
            :: top == b -> top = b + 1; load_own_slot(b, e)
            :: else
            fi
          }
#endif
        :: else
        fi;
        if
        :: e != 0 -> take(e)
        :: else -> drained = true
        fi;
        top_seen = b + 1;
        stores ! bottom_is(0, b + 1);
        my_bottom = b + 1
      fi
    fi;
    if
    :: drained && next > PUSHES -> break
    :: else
    fi
  od;
  atomic { empty(stores) -> finished = true };
  end_of_process()
}

active [2] proctype thief() {
  byte t, b, e;
  bool in_large;
  do
  :: atomic { finished && top >= bottom -> break }
  :: true ->
#ifdef RING_BEFORE_BOTTOM
    in_large = grown;
#endif
#ifdef BOTTOM_BEFORE_TOP
    b = bottom;
    t = top;
#else
    t = top;
    b = bottom;
#endif
    if
    :: b > t ->
#ifndef RING_BEFORE_BOTTOM
      in_large = grown;
#endif
      if
      :: in_large -> e = large[t % LARGE]
      :: else -> e = small[t % SMALL]
      fi;
      atomic {
        if
        :: top == t ->
          top = t + 1;
          assert(e == pushed_at[t]);  // D2
          take(e)
        :: else
        fi
      }
    :: else
    fi;
    t = 0; b = 0; e = 0; in_large = false
  od;
  end_of_process()
}
