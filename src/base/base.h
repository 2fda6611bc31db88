/* base: names that every header may rely on.  Types and attributes only.
 * Nothing here allocates, locks or knows of Pave. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PV_MUST_USE __attribute__((warn_unused_result))
#define PV_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PV_NORETURN __attribute__((noreturn))
#define PV_UNUSED __attribute__((unused))
#define PV_CLEANUP(fn) __attribute__((cleanup(fn)))
#define PV_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Aborts with file, line and the expression: for what cannot happen.  Stays on
 * in release builds; user input never reaches one. */
#define PV_ASSERT(expr) ((expr) ? (void)0 : pv_panic(__FILE__, __LINE__, #expr))
PV_NORETURN void pv_panic(const char *file, int line, const char *what);

typedef struct pv_arena pv_arena;
typedef struct pv_ctx pv_ctx;
typedef struct pv_buf pv_buf;
typedef struct pv_vec pv_vec;
typedef struct pv_map pv_map;

/* Bytes that somebody else owns.  Not NUL-terminated unless its maker says so. */
typedef struct pv_str {
	const char *s;
	size_t len;
} pv_str;
