/* cost: what an expression may cost at most, as cel-go's checker guesses it; private to lang/cel.
 * Guesses are values; one thread, while the types of the check are there. */
#pragma once
#include "lang/cel/ast.h"
#include "lang/cel/type.h"

#define COST_MOST UINT64_MAX

typedef struct cost_size {
	uint64_t least, most; /* bytes or elements */
} cost_size;

/* Where in the schema a value comes from.  Of what came from nowhere (PATH_NONE) the first step leads to the
 * root, as it does in Kubernetes. */
enum cost_path { PATH_NONE, PATH_AT, PATH_KEY, PATH_LOST };

/* How large what a list or a map holds is. */
typedef struct cost_inside {
	bool known;
	cost_size key, item;
} cost_inside;

typedef struct guess {
	uint64_t cost;
	bool sized;     /* is `size` known */
	cost_size size; /* of what was computed */
	cost_inside inside;
	uint8_t path;     /* enum cost_path */
	const void *node; /* of PATH_AT */
	bool fallback;    /* `size` is only for what neither path nor type has */
} guess;

typedef struct costs {
	const pv_cel *program;
	const pv_cel_shapes *shapes;
	const void *root; /* of paths that come from nowhere; NULL: they lead nowhere */
	guess *locals;
	unsigned depth;
} costs;

uint64_t cost_plus(uint64_t a, uint64_t b);
uint64_t cost_times(uint64_t a, uint64_t b);
uint64_t cost_part(uint64_t size, double each); /* rounded up */
cost_size cost_add(cost_size a, cost_size b);
cost_size cost_union(cost_size a, cost_size b);
/* How large the value of that expression may be. */
cost_size cost_size_of(const costs *c, const node *n, const guess *g);
bool cost_is_sized(const costs *c, const node *n, const guess *g, cost_size *ret);
/* What is the same value as that expression, or one of two. */
guess cost_same(const costs *c, const node *n, const guess *g);
cost_inside cost_either(const guess *a, const guess *b);
guess cost_items(const costs *c, const guess *list); /* one of its elements */
/* A call's own cost, and in *ret what is known of its result; a: of its arguments, the receiver first. */
uint64_t cost_call(const costs *c, const node *n, const guess *a, guess *ret);
