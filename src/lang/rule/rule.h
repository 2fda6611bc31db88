/* rule: the small language in which Pave judges documents of many kinds: paths, comparisons and texts with
 * values in them, a line each (README.md).  Read once into an arena, then immutable: any thread evaluates.
 * What is absent is absent: no path fails.  No I/O, no clock but the one given. */
#pragma once
#include "lang/value/value.h"

typedef struct pv_expr pv_expr;

/* ---- reading ---- */

#define PV_RULE_NAMES 32
typedef struct pv_rule_reader {
	pv_ctx *cx;
	pv_arena *arena; /* of what is read */
	const char *file;
	pv_str text;
	size_t at;  /* next byte */
	bool items; /* a bare word is a field of the item that is looked at */
	int depth;
	size_t n_names; /* let and the parameters of define */
	struct {
		pv_str name;
		const pv_expr *is;
	} names[PV_RULE_NAMES];
} pv_rule_reader;

/* The text is borrowed, as long as what is read of it. */
void pv_rule_init(pv_rule_reader *r, pv_ctx *cx, pv_arena *arena, const char *file, pv_str text);
/* To the beginning of the next line that says something; false: there is none.  *ret_indented: it belongs to
 * the one above. */
bool pv_rule_line(pv_rule_reader *r, bool *ret_indented);
bool pv_rule_ends(pv_rule_reader *r); /* nothing more stands in this line */
/* Takes the word (letters) or sign if it comes next. */
bool pv_rule_accept(pv_rule_reader *r, const char *word);
/* Letters, digits and what of `more` comes; -PV_EINVALID if there is none: "expected <what>". */
PV_MUST_USE int pv_rule_word(pv_rule_reader *r, const char *more, const char *what, pv_str *ret);
PV_MUST_USE int pv_rule_expr(pv_rule_reader *r, const pv_expr **ret);
/* A path that can be set: .a.b["c"]; steps of names only. */
PV_MUST_USE int pv_rule_place(pv_rule_reader *r, const pv_expr **ret);
PV_MUST_USE int pv_rule_name(pv_rule_reader *r, pv_str name, const pv_expr *is); /* `$name` from here on */
/* -PV_EINVALID at the place where the reader is: "FILE:3:7: ..". */
int pv_rule_fail(pv_rule_reader *r, const char *fmt, ...) PV_PRINTF(2, 3);

/* ---- files of rules by kind ---- */

/* What the lines below a kind say; `of` is what begin() made. */
typedef struct pv_rule_form {
	void *(*begin)(pv_arena *arena);
	int (*line)(pv_rule_reader *r, void *of); /* reads one line to its end */
	int (*end)(pv_rule_reader *r, void *of);  /* the section is read; the reader is at its kinds */
} pv_rule_form;

typedef struct pv_rule_set pv_rule_set; /* in an arena */
pv_rule_set *pv_rule_set_new(pv_arena *arena, const pv_rule_form *form);
/* Adds a file's, whose text is borrowed; its name without .rules is the group, if it says no other.
 * -PV_EINVALID "FILE:3:7: .." */
PV_MUST_USE int pv_rule_set_read(pv_ctx *cx, pv_rule_set *set, const char *file, pv_str text);
/* The kind's own, or else the first with a wildcard that matches; NULL: none. */
const void *pv_rule_set_find(const pv_rule_set *set, pv_str group, const char *kind);

/* ---- evaluating ---- */

typedef struct pv_rule_env {
	pv_arena *arena;      /* of texts that are made, and lists that are chosen */
	const pv_val *object; /* "." */
	const pv_val *params; /* "$params": an object of texts, or NULL */
	int64_t now;          /* now(): ns since 1970 */
	const pv_val *item;   /* inside [..] and each(..) */
	size_t index;         /* "#", from 1 */
} pv_rule_env;

/* pv_is_absent(): there is no value. */
pv_val pv_expr_eval(pv_rule_env *env, const pv_expr *e);
static inline bool
pv_is_absent(const pv_val *v)
{
	return v->type > PV_SET;
}
/* Absent, null, false and what is empty are not. */
bool pv_expr_is_true(pv_rule_env *env, const pv_expr *e);
/* "" for what is no scalar.  A text without values in it is not copied. */
const char *pv_expr_text(pv_rule_env *env, const pv_expr *e);
/* The document with a place set, objects on the way are made; absent: taken away. */
pv_val pv_expr_put(pv_rule_env *env, const pv_expr *place, const pv_val *document, const pv_val *v);
