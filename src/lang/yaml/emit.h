/* emit: the state that go-yaml v2's emitter keeps, and scalars written by its
 * rules; write.c walks the value.  One thread at a time. */
#pragma once
#include "base/buf.h"
#include "base/str.h"

struct emitter {
	pv_buf *b;
	pv_arena *arena; /* for the writer's own needs */
	int column;      /* in characters */
	int indent;      /* of the open container; -1 at the root */
	bool whitespace; /* the last written was space, or the line is new */
	bool indention;  /* only indentation and indicators on this line so far */
	bool v3;         /* by go-yaml v3's rules: no folding, lists deeper than their keys */
};

enum emit_role { EMIT_VALUE, EMIT_SIMPLE_KEY };

void emit_break(struct emitter *e);
void emit_indent(struct emitter *e);
void emit_indicator(struct emitter *e, const char *s, bool need_space, bool is_space, bool is_indention);
/* A string; quotes and block style as go-yaml chooses them. */
void emit_string(struct emitter *e, pv_str s, enum emit_role role);
/* Text that needs no quotes: numbers, true, null. */
void emit_plain(struct emitter *e, pv_str s);
/* Fits before a ':' on its line. */
bool emit_is_simple_key(pv_str s);
