/* Blocks that double in size, or, with AddressSanitizer, one malloc a piece. */
#include "base/arena.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A turn that needs more than this has lost its way; readers limit input long before. */
#define SIZE_C(n) ((size_t)(n))
#define ARENA_LIMIT (SIZE_C(4) << 30)
#define BLOCK_FIRST SIZE_C(4096)
#define BLOCK_SMALL SIZE_C(512)
#define BLOCK_MOST (SIZE_C(256) << 10)
#define AHEAD (SIZE_C(64) << 10) /* of a large block this much is brought in at a time */
#define BLOCK_KEPT (SIZE_C(64) << 10)
#define GIVE_BACK \
	(SIZE_C(16) << 20) /* who used more gives the pages back: malloc keeps a pile for each thread */
#define ALIGN SIZE_C(16)

#if defined(__SANITIZE_ADDRESS__)
#define TWIN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TWIN 1
#endif
#endif
#ifndef TWIN
#define TWIN 0
#endif

typedef struct block {
	struct block *next;
	size_t size; /* of bytes[] */
	_Alignas(16) char bytes[];
} block;

typedef struct deferred {
	struct deferred *next;
	void (*fn)(void *arg);
	void *arg;
} deferred;

struct pv_arena {
	const char *name;
	block *blocks;       /* newest first; pieces come from the newest */
	char *free, *end;    /* what is left of the newest, as far as it was brought in */
	size_t others, peak; /* bytes handed out of all but the newest; the most ever, of turns before */
	size_t first_size, next_size;
	deferred *deferred;
};

size_t
pv_arena_used(const pv_arena *a)
{
	return a->others + (a->free ? (size_t)(a->free - a->blocks->bytes) : 0);
}

static _Noreturn void
give_up(const pv_arena *a, const char *why, size_t size)
{
	fprintf(stderr, "pave: arena %s: %s (%zu bytes used, %zu more wanted)\n",
		a && a->name ? a->name : "?", why, a ? pv_arena_used(a) : 0, size);
	abort();
}

static pv_arena *
arena_new(const char *name, size_t first_size)
{
	pv_arena *a = calloc(1, sizeof *a);

	if (a == NULL)
		give_up(NULL, "out of memory", sizeof *a);
	a->name = name;
	a->first_size = a->next_size = first_size;
	return a;
}

pv_arena *
pv_arena_new(const char *name)
{
	return arena_new(name, BLOCK_FIRST);
}

pv_arena *
pv_arena_new_small(const char *name)
{
	return arena_new(name, BLOCK_SMALL);
}

static void
run_deferred(pv_arena *a)
{
	while (a->deferred != NULL) {
		deferred *d = a->deferred;
		a->deferred = d->next;
		d->fn(d->arg);
	}
}

/* Frees every block but the first that is small enough to keep. */
static block *
free_blocks(block *b, size_t keep)
{
	block *kept = NULL;

	while (b != NULL) {
		block *next = b->next;
		if (!TWIN && kept == NULL && b->size <= keep)
			kept = b;
		else
			free(b);
		b = next;
	}
	if (kept != NULL)
		kept->next = NULL;
	return kept;
}

static void
give_back(size_t used)
{
	if (!TWIN && used > GIVE_BACK)
		malloc_trim(0);
}

/* Lets more of the newest block be used.  Its pages are asked for at once: a fault for each
 * costs a short command more than what it does with them. */
static void
bring_in(pv_arena *a)
{
	const size_t page = 4096;
	size_t left = a->blocks->size - (size_t)(a->end - a->blocks->bytes);
	char *from = a->end - (uintptr_t)a->end % page;
	int error = errno; /* kernels before 5.14 know nothing of it, and say so */

	a->end += left < AHEAD ? left : AHEAD;
	if (a->blocks->size >= AHEAD)
		(void)madvise(from, (size_t)(a->end - from), MADV_POPULATE_WRITE); /* or faults, as ever */
	errno = error;
}

/* Has the newest block so much left?  Then it is brought in. */
static bool
has_room(pv_arena *a, size_t room)
{
	if (a->free == NULL || a->blocks->size - (size_t)(a->free - a->blocks->bytes) < room)
		return false;
	while ((size_t)(a->end - a->free) < room)
		bring_in(a);
	return true;
}

static void
begin(pv_arena *a, block *b)
{
	a->blocks = b;
	a->free = a->end = b && !TWIN ? b->bytes : NULL;
	if (a->free)
		bring_in(a);
}

void
pv_arena_reset(pv_arena *a)
{
	size_t used;

	run_deferred(a);
	used = pv_arena_used(a);
	a->peak = pv_arena_peak(a);
	a->others = 0;
	a->next_size = a->first_size;
	begin(a, free_blocks(a->blocks, BLOCK_KEPT));
	give_back(used);
}

pv_arena *
pv_arena_free(pv_arena *a)
{
	size_t used;

	if (a == NULL)
		return NULL;
	run_deferred(a);
	used = pv_arena_used(a);
	free_blocks(a->blocks, 0);
	give_back(used);
	free(a);
	return NULL;
}

void
pv_arena_defer(pv_arena *a, void (*fn)(void *arg), void *arg)
{
	deferred *d = pv_new(a, deferred);

	d->fn = fn;
	d->arg = arg;
	d->next = a->deferred;
	a->deferred = d;
}

static block *
block_new(pv_arena *a, size_t size)
{
	block *b = malloc(sizeof *b + size);

	if (b == NULL)
		give_up(a, "out of memory", size);
	b->size = size;
	return b;
}

/* A piece that the newest block has no room for.  A large one gets a block of its
 * own behind the newest, whose room stays in use. */
static __attribute__((noinline)) void *
alloc_block(pv_arena *a, size_t size)
{
	size_t room = (size + ALIGN - 1) & ~(ALIGN - 1), used = pv_arena_used(a);
	bool own = TWIN || room > a->next_size / 2;
	block *b;

	if (size > ARENA_LIMIT || used + room > ARENA_LIMIT)
		give_up(a, "over the limit of a turn", size);
	if (has_room(a, room)) {
		a->free += room;
		return a->free - room;
	}
	b = block_new(a, TWIN ? size : own ? room : a->next_size - sizeof(block));
	if (own) {
		block **at = a->blocks == NULL ? &a->blocks : &a->blocks->next;
		b->next = *at;
		*at = b;
		a->others += room;
		return b->bytes;
	}
	if (a->next_size < BLOCK_MOST)
		a->next_size *= 2;
	b->next = a->blocks;
	a->others = used;
	begin(a, b);
	(void)has_room(a, room);
	a->free += room;
	return b->bytes;
}

void *
pv_alloc(pv_arena *a, size_t size)
{
	void *piece = a->free;

	if (size >= (size_t)(a->end - a->free))
		return alloc_block(a, size);
	a->free += (size + ALIGN - 1) & ~(ALIGN - 1);
	return piece;
}

void *
pv_alloc0(pv_arena *a, size_t size)
{
	return memset(pv_alloc(a, size), 0, size);
}

void *
pv_alloc0_array(pv_arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		give_up(a, "array size overflows", n);
	return pv_alloc0(a, total);
}

bool
pv_arena_extend(pv_arena *a, void *piece, size_t old_size, size_t new_size)
{
	size_t old_room = (old_size + ALIGN - 1) & ~(ALIGN - 1), more;

	if (a->free == NULL || new_size < old_size || (char *)piece + old_room != a->free)
		return false;
	more = ((new_size + ALIGN - 1) & ~(ALIGN - 1)) - old_room;
	if (!has_room(a, more))
		return false;
	a->free += more;
	return true;
}

char *
pv_strndup(pv_arena *a, const char *s, size_t len)
{
	char *copy = pv_alloc(a, len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
pv_strdup(pv_arena *a, const char *s)
{
	return pv_strndup(a, s, strlen(s));
}

char *
pv_vprintf(pv_arena *a, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	PV_ASSERT(n >= 0);
	if ((size_t)n < sizeof small) {
		text = pv_strndup(a, small, (size_t)n);
	} else {
		text = pv_alloc(a, (size_t)n + 1);
		vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return text;
}

char *
pv_printf(pv_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = pv_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

size_t
pv_arena_peak(const pv_arena *a)
{
	size_t used = pv_arena_used(a);

	return used > a->peak ? used : a->peak;
}
