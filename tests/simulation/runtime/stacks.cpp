// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stacks.hpp"

#include "layout.hpp"
#include "threads.hpp"
#include "tls.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

namespace context = boost::context::detail;

namespace simulation {
namespace {

void (*at_end)() = nullptr;

char* stack_top(unsigned id) noexcept {
  return reinterpret_cast<char*>(stacks_base + (id + 1) * stack_size);
}

// Goes on on the stack `to`. The other side stores where this one goes on, in *from.
void jump(void* to, void** from) noexcept {
  const context::transfer_t back = context::jump_fcontext(to, from);
  *static_cast<void**>(back.data) = back.fctx;
}

// The first code on a simulated thread's stack.
void enter(context::transfer_t from) noexcept {
  *static_cast<void**>(from.data) = from.fctx;
  thread& t = self();
  world.active = true;
  t.result = t.function(t.argument);
  while (t.exit_call_count > 0) {
    const thread_exit_call c = t.exit_calls[--t.exit_call_count];
    c.function(c.object);
  }
  run_key_destructors();
  world.active = false;
  at_end();
  std::abort();
}

}  // namespace

void switch_to(unsigned next) noexcept {
  thread& from = self();
  world.current = next;
  set_thread_pointer(world.threads[next].tls);
  jump(world.threads[next].context, &from.context);
}

void enter_from_host() noexcept {
  set_thread_pointer(world.threads[0].tls);
  jump(world.threads[0].context, &world.host_context);
}

void leave_for_host() noexcept {
  static constinit void* nowhere = nullptr;
  world.active = false;
  set_thread_pointer(world.host_tls);
  jump(world.host_context, &nowhere);
  std::abort();
}

void prepare_stack(unsigned id, void (*ended)()) noexcept {
  at_end = ended;
  thread& t = world.threads[id];
  t.tls = fresh_tls(id);
  t.context = context::make_fcontext(stack_top(id) - 64, stack_size - 64, &enter);
}

void map_arena() {
  void* const arena = ::mmap(reinterpret_cast<void*>(arena_base), arena_size,
                             PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (arena != reinterpret_cast<void*>(arena_base)) {
    std::fputs("the simulated machine finds its addresses in use\n", stderr);
    std::abort();
  }
  world.host_tls = thread_pointer();
}

void* host_pages(std::size_t bytes) {
  void* const p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) std::abort();
  return p;
}

}  // namespace simulation
