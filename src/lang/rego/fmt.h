/* rego/fmt: a module's tree as `opa fmt` writes it: tabs, the author's lines where they carry
 * meaning, comments where they stood.  What the functions return false for is OPA's "unexpected
 * comment": a term with comments that its new form has no place for keeps its old form.
 * Private to this folder but for pv_rego_format() in rego.h. */
#pragma once
#include "base/buf.h"
#include "lang/rego/ast.h"

typedef struct fmt_comment {
	int row;
	pv_str text; /* with the hash sign */
} fmt_comment;

typedef struct fmt {
	pv_arena *arena;
	const rg_module *m;
	pv_str source;
	pv_buf b;
	int level;
	bool in_line;                  /* something stands on the current line */
	bool delay;                    /* before_end waits for the next line */
	const fmt_comment *before_end; /* goes to the end of the line */
	bool final_line;               /* a text that is kept takes the comment of its last line along */
	pv_vec comments;               /* fmt_comment */
	size_t at;                     /* the first that is not written yet */
	bool v1, ifs, contains, ref_heads;
	bool rewrote; /* plus(x, y, z) became z = x + y: the tree is another one */
} fmt;

void fmt_add(fmt *f, const char *s);
void fmt_addn(fmt *f, pv_str s);
void fmt_start_line(fmt *f);
void fmt_end_line(fmt *f);
void fmt_blank_line(fmt *f);
pv_str fmt_source(const fmt *f, const rg_loc *loc);
int fmt_last_row(const fmt *f, const rg_loc *loc);
const fmt_comment *fmt_comment_at(const fmt *f, size_t i); /* NULL behind the last */
/* Writes the comments above the row, and notes that of the row itself. */
bool fmt_comments(fmt *f, int row);
/* The row of the bracket that closes the first `open`, behind a first pair of skip_open and
 * skip_close if those are given; -1 if there is none. */
int fmt_closing(const fmt *f, const rg_loc *loc, char skip_open, char skip_close, char open, char close);
bool fmt_unformatted(fmt *f, const rg_loc *loc, size_t comments);

/* fmt_term.c */
bool fmt_term(fmt *f, const rg_term *t);
bool fmt_ref(fmt *f, rg_term *const *args, uint32_t n);
bool fmt_list(fmt *f, rg_term *const *args, uint32_t n, const rg_loc *loc, int close); /* of arguments */
bool fmt_call(fmt *f, const rg_term *t, bool nested, bool parens);
bool fmt_is_keyword(const fmt *f, const char *name);
bool fmt_in(fmt *f, const rg_term *t, bool parens); /* internal.member_2 and _3 */
/* fmt_expr.c */
bool fmt_body(fmt *f, const rg_body *body);
/* Behind `|` or `{`, up to the closing bracket. */
bool fmt_closure(fmt *f, char open, char close, const rg_body *body, int row, const rg_loc *loc);
bool fmt_expr(fmt *f, const rg_expr *e);
