// SPDX-License-Identifier: Apache-2.0
#include "stack.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

enum { ENOUGH = 4 * 1024 * 1024 };

struct detour {
	int (*call)(void *data);
	void *data;
	int ret;
	ucontext_t back;
};

/* makecontext(3) passes on nothing but ints. */
static void take(unsigned int high, unsigned int low)
{
	struct detour *detour = (struct detour *)(uintptr_t)((uint64_t)high << 32 | low);

	detour->ret = detour->call(detour->data);
}

int stack_call(int call(void *data), void *data)
{
	struct detour detour = { .call = call, .data = data };
	uint64_t at = (uintptr_t)&detour;
	struct rlimit limit;
	ucontext_t context;
	void *stack;

	if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= ENOUGH)
		return call(data);
	stack = mmap(NULL, ENOUGH, PROT_READ | PROT_WRITE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED || getcontext(&context) < 0)
		return call(data);
	context.uc_stack = (stack_t){ .ss_sp = stack, .ss_size = ENOUGH };
	context.uc_link = &detour.back;
	makecontext(&context, (void (*)(void))take, 2, (unsigned int)(at >> 32),
	            (unsigned int)at);
	if (swapcontext(&detour.back, &context) < 0)
		return call(data);
	munmap(stack, ENOUGH);
	return detour.ret;
}
