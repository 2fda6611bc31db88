/* reader: the state of one JSON text being read; shared by the files of this folder. */
#pragma once
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/json/scan.h"

#define JSON_TEXT_BLOCK 65536 /* strings are cut from blocks of at most this size */
#define JSON_KNOWN 4096       /* slots for strings of a long text: its keys, and what else comes again */
#define JSON_KNOWN_FROM 65536 /* bytes of a text that is long */
#define JSON_KNOWN_LEN 32     /* bytes of a string that is looked for */

struct frame {
	size_t base; /* index of the container's first child on the stack */
	bool object;
};

struct known {
	const char *s; /* NULL: free */
	size_t len;
};

struct reader {
	pv_ctx *cx;
	const pv_json_opts *opts;
	const char *start, *p, *end;
	pv_buf values, frames; /* heap: pv_val and struct frame */
	pv_val *stack;
	size_t n, cap; /* values on the stack */
	size_t depth, depth_max;
	bool literal;          /* numbers keep their texts */
	struct frame top;      /* of the container being read */
	char *text, *text_end; /* room for strings */
	size_t text_block;
	pv_buf known; /* heap: JSON_KNOWN of struct known, or empty */
};

/* -PV_EBADREQUEST with the line and column of `at`. */
int json_fail_at(struct reader *in, const char *at, const char *what);
/* ... at in->p: "expected `wanted`, found ..." */
int json_unexpected(struct reader *in, const char *wanted);
void json_stack_grow(struct reader *in);
/* Reads a string and pushes it; in->p is behind the opening quote. */
int json_string(struct reader *in);

static inline void
json_push(struct reader *in, pv_val v)
{
	if (in->n == in->cap)
		json_stack_grow(in);
	in->stack[in->n++] = v;
}
