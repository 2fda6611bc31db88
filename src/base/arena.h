/* arena: memory for one turn (a request, a reconcile, a command), freed whole.
 * One arena belongs to one thread at a time.  Running out of memory aborts;
 * passing the arena's limit aborts too, so what users can inflate is limited
 * by its reader first.  With sanitizers on, each piece is its own malloc, so
 * that an overflow by one byte is seen (the debug twin). */
#pragma once
#include "base/base.h"

/* Owner: caller, pv_arena_free().  `name` shows in /debug/turns; static. */
pv_arena *pv_arena_new(const char *name);
/* For few small things that live long: what it begins with is an eighth of that. */
pv_arena *pv_arena_new_small(const char *name);
pv_arena *pv_arena_free(pv_arena *arena); /* accepts NULL, returns NULL */

/* Runs the deferred calls, newest first, then frees every piece but keeps one
 * block for the next turn. */
void pv_arena_reset(pv_arena *arena);

/* Calls fn(arg) when the arena is reset or freed. */
void pv_arena_defer(pv_arena *arena, void (*fn)(void *arg), void *arg);

/* Never NULL; 16-byte aligned; pv_new0 zeroes. */
void *pv_alloc(pv_arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
void *pv_alloc0(pv_arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
#define pv_new(arena, type) ((type *)pv_alloc0((arena), sizeof(type)))
#define pv_new_array(arena, type, n) ((type *)pv_alloc0_array((arena), (n), sizeof(type)))
void *pv_alloc0_array(pv_arena *arena, size_t n, size_t size); /* overflow aborts */

/* Lengthens the newest piece where it lies; false if it is not the newest or there
 * is no room behind it (always with sanitizers on).  For growing buffers. */
bool pv_arena_extend(pv_arena *arena, void *piece, size_t old_size, size_t new_size);

char *pv_strdup(pv_arena *arena, const char *s);
char *pv_strndup(pv_arena *arena, const char *s, size_t len); /* adds the NUL */
char *pv_printf(pv_arena *arena, const char *fmt, ...) PV_PRINTF(2, 3);
char *pv_vprintf(pv_arena *arena, const char *fmt, va_list ap) PV_PRINTF(2, 0);

size_t pv_arena_used(const pv_arena *arena); /* bytes handed out since reset */
size_t pv_arena_peak(const pv_arena *arena);
