/* fmt: rules, imports, modules. */
#include "lang/rego/ast_json.h"
#include "lang/rego/fmt.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/go/fmt.h"
#include "lang/rego/parse.h"

/* ---- heads ---- */

static bool
is_true(const rg_term *t)
{
	return t && t->kind == RG_CONST && t->val.type == PV_BOOL && t->val.b;
}

/* `p := 1`, and `p if true`, which is the same. */
static bool
is_constant(const rg_rule *r)
{
	const rg_expr *e = r->body.n == 1 ? r->body.exprs[0] : NULL;
	bool always = e && e->kind == RG_E_TERM && !e->negated && !e->nwith && is_true(e->term);
	return !r->orelse && (!r->has_body || always);
}

/* The head's text, up to the body. */
static rg_loc
head_loc(const fmt *f, const rg_rule *r)
{
	rg_loc loc = r->loc;
	const rg_term *last = r->value && !r->implied_value ? r->value
			      : r->key                      ? r->key
			      : r->nargs                    ? r->args[r->nargs - 1]
							    : r->ref;
	loc.end = last->loc.end > loc.off ? last->loc.end : loc.end;
	if (last != r->value && (r->nargs || r->key)) /* up to the bracket behind it */
		while (loc.end < r->loc.end && strchr(" \t\n,", f->source.s[loc.end]))
			loc.end++;
	if (loc.end < r->loc.end && last != r->value && strchr(")]", f->source.s[loc.end]))
		loc.end++;
	return loc;
}

static bool
was_assigned(const fmt *f, const rg_term *value)
{
	uint32_t at = value->loc.off;
	while (at > 0 && strchr(" \t\n(", f->source.s[at - 1]))
		at--;
	return at > 1 && f->source.s[at - 1] == '=' && f->source.s[at - 2] == ':';
}

static bool
write_value(fmt *f, const rg_rule *r, bool constant, bool is_else)
{
	bool shown = r->value && (r->key || !is_true(r->value) || constant || r->is_default);
	if (!shown || (r->implied_value && !is_else && !(f->v1 && constant && !r->key)))
		return true;
	fmt_add(f, f->v1 || (!r->implied_value && was_assigned(f, r->value)) ? " := " : " = ");
	rg_term value = *r->value;
	if (is_else)
		value.loc.row = r->loc.row;
	return fmt_term(f, &value);
}

static bool
write_name(fmt *f, const rg_rule *r, const rg_loc *loc, bool *ret_whole)
{
	const rg_term *key = r->ref->n > 1 ? r->ref->args[1] : NULL;
	const fmt_comment *c = fmt_comment_at(f, f->at);
	*ret_whole = false;
	if (f->ref_heads || !key || fmt_is_keyword(f, r->ref->args[0]->name))
		return fmt_ref(f, r->ref->args, r->ref->n);
	if (c && c->row == key->loc.row) { /* comments within the head: it stays as it is */
		*ret_whole = true;
		return fmt_unformatted(f, loc, f->at);
	}
	fmt_add(f, r->ref->args[0]->name);
	fmt_add(f, "[");
	bool ok = true;
	if (key->kind == RG_CONST && key->val.type == PV_STRING)
		pv_go_quote(&f->b, pv_strv(&key->val), false);
	else
		ok = fmt_term(f, key);
	fmt_add(f, "]");
	return ok;
}

static bool
write_head(fmt *f, const rg_rule *r, bool constant, bool is_else)
{
	rg_loc loc = head_loc(f, r);
	bool whole = false, ok = true;
	if (is_else)
		fmt_add(f, "else");
	else
		ok = write_name(f, r, &loc, &whole);
	if (whole || !ok)
		return ok;
	if (r->nargs && !is_else) {
		fmt_add(f, "(");
		ok = fmt_list(f, r->args, r->nargs, &loc, fmt_closing(f, &loc, 0, 0, '(', ')'));
		fmt_add(f, ")");
	}
	if (ok && r->key) {
		fmt_add(f, f->contains ? " contains " : "[");
		ok = fmt_term(f, r->key);
		fmt_add(f, f->contains ? "" : "]");
	}
	return ok && write_value(f, r, constant, is_else);
}

/* ---- rules ---- */

static void write_rule(fmt *f, const rg_rule *r, bool is_else);

/* Does something stand before `else` on its line? */
static bool
is_inline_else(const fmt *f, const rg_rule *r)
{
	uint32_t at = r->orelse->loc.off;
	if (r->orelse->loc.row == r->loc.row)
		return false;
	while (at > 0 && strchr(" \t", f->source.s[at - 1]))
		at--;
	return at > 0 && f->source.s[at - 1] != '\n';
}

static void
write_else(fmt *f, const rg_rule *r)
{
	const fmt_comment *c = fmt_comment_at(f, f->at);
	bool same_line = is_inline_else(f, r);
	bool above = (c && c->row < r->orelse->loc.row) || f->before_end;
	if (same_line && !above) {
		fmt_add(f, " ");
	} else {
		fmt_blank_line(f);
		fmt_start_line(f);
	}
	(void)fmt_comments(f, r->orelse->loc.row);
	if (above && !same_line)
		fmt_start_line(f);
	write_rule(f, r->orelse, true);
}

static bool
is_short(const fmt *f, const rg_rule *r)
{
	const rg_expr *e = r->body.exprs[0];
	rg_loc head = head_loc(f, r);
	bool set = e->kind == RG_E_TERM && !e->negated && e->term->kind == RG_SET;
	return r->body.n == 1 && e->loc.row == fmt_last_row(f, &head) && !set;
}

static void
write_braces(fmt *f, const rg_rule *r, bool unexpected)
{
	char open = r->nargs ? '(' : r->key ? '[' : 0, close = r->nargs ? ')' : r->key ? ']' : 0;
	if (unexpected && f->at < f->comments.len) {
		fmt_add(f, " { ");
	} else {
		fmt_add(f, " {");
		fmt_end_line(f);
	}
	f->level++;
	(void)fmt_body(f, &r->body);
	(void)fmt_comments(f, fmt_closing(f, &r->loc, open, close, '{', '}'));
	f->level--;
	fmt_start_line(f);
	fmt_add(f, "}");
}

static void
write_rule(fmt *f, const rg_rule *r, bool is_else)
{
	bool constant = is_constant(r);
	bool words = (f->v1 || f->ifs) && (f->contains || r->value);
	if (!is_else)
		fmt_start_line(f);
	fmt_add(f, r->is_default ? "default " : "");
	f->final_line = constant;
	bool ok = write_head(f, r, constant || !r->has_body, is_else);
	if (constant || !r->has_body) {
		fmt_end_line(f);
		return;
	}
	f->final_line = true;
	fmt_add(f, words ? " if" : "");
	if (words && is_short(f, r)) {
		fmt_add(f, " ");
		(void)fmt_expr(f, r->body.exprs[0]);
		fmt_end_line(f);
	} else {
		write_braces(f, r, !ok);
	}
	if (r->orelse)
		write_else(f, r);
}

static bool
groups(const fmt *f, const rg_rule *r)
{
	return r->body.n <= 1 && !r->is_default && (f->v1 || f->ifs) && (f->contains || r->value);
}

/* ---- imports ---- */

static int
by_path(const void *a, const void *b)
{
	const rg_import *x = *(const rg_import *const *)a, *y = *(const rg_import *const *)b;
	for (uint32_t i = 0; i < x->path->n && i < y->path->n; i++) {
		const char *s = i ? pv_text(&x->path->args[i]->val, "") : x->path->args[0]->name;
		const char *t = i ? pv_text(&y->path->args[i]->val, "") : y->path->args[0]->name;
		int r = strcmp(s, t);
		if (r)
			return r;
	}
	int r = (x->path->n > y->path->n) - (x->path->n < y->path->n);
	return r ? r : strcmp(x->renamed ? x->alias : "", y->renamed ? y->alias : "");
}

/* Without the comments around it: nothing in a path has a place of its own. */
static void
write_path(fmt *f, rg_term *const *args, uint32_t n, const char *first)
{
	rg_term head = {.kind = RG_VAR, .name = first, .loc = {.row = -1}};
	rg_term **path = pv_new_array(f->arena, rg_term *, n);
	memcpy(path, args, n * sizeof *path);
	path[0] = &head;
	(void)fmt_ref(f, path, n);
}

static void
write_import(fmt *f, const rg_import *im, const fmt_comment *c)
{
	fmt_start_line(f);
	fmt_add(f, "import ");
	write_path(f, im->path->args, im->path->n, im->path->args[0]->name);
	if (im->renamed) {
		fmt_add(f, " as ");
		fmt_add(f, im->alias);
	}
	if (c) {
		fmt_add(f, " ");
		fmt_addn(f, c->text);
	}
	fmt_end_line(f);
}

/* The comment behind an import is taken out of the list: it goes where the import goes. */
static const fmt_comment **
take_comments(fmt *f, const pv_vec *imports)
{
	const fmt_comment **own = pv_new_array(f->arena, const fmt_comment *, imports->len + 1);
	size_t n = f->at;
	for (size_t i = f->at; i < f->comments.len; i++) {
		fmt_comment c = *fmt_comment_at(f, i);
		size_t k = 0;
		while (k < imports->len && (*PV_AT(const rg_import *, imports, k))->loc.row != c.row)
			k++;
		if (k < imports->len) {
			fmt_comment *copy = pv_new(f->arena, fmt_comment);
			*copy = c;
			own[k] = copy;
		} else {
			*PV_AT(fmt_comment, &f->comments, n++) = c;
		}
	}
	f->comments.len = n;
	return own;
}

static void
write_group(fmt *f, const rg_import **group, size_t n, const pv_vec *all, const fmt_comment **own)
{
	(void)fmt_comments(f, group[0]->loc.row);
	qsort(group, n, sizeof *group, by_path);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (*PV_AT(const rg_import *, all, k) != group[i])
			k++;
		write_import(f, group[i], own[k]);
	}
	fmt_blank_line(f);
}

static void
write_imports(fmt *f, pv_vec *imports)
{
	const fmt_comment **own = take_comments(f, imports);
	const rg_import **group = pv_new_array(f->arena, const rg_import *, imports->len + 1);
	size_t n = 0;
	for (size_t i = 0; i < imports->len; i++) {
		const rg_import *im = *PV_AT(const rg_import *, imports, i);
		if (n && im->loc.row - group[n - 1]->loc.row > 1) {
			write_group(f, group, n, imports, own);
			n = 0;
		}
		group[n++] = im;
	}
	if (n)
		write_group(f, group, n, imports, own);
}

/* ---- modules ---- */

static bool
is_import(const rg_import *im, const char *root, const char *second)
{
	return im->is_switch && pv_streq(im->path->args[0]->name, root) &&
	       (!second || (im->path->n > 1 && pv_streq(pv_text(&im->path->args[1]->val, ""), second)));
}

static void
settle(fmt *f, bool v0)
{
	for (size_t i = 0; i < f->m->imports.len; i++) {
		const rg_import *im = PV_AT(rg_import, &f->m->imports, i);
		const char *word = im->path->n > 2 ? pv_text(&im->path->args[2]->val, "") : "";
		bool all = is_import(im, "rego", "v1") || (is_import(im, "future", NULL) && im->path->n == 2);
		f->ifs = f->ifs || all || (im->is_switch && pv_streq(word, "if"));
		f->contains = f->contains || all || (im->is_switch && pv_streq(word, "contains"));
	}
	f->v1 = !v0;
	f->ifs = f->ifs || f->v1;
	f->contains = f->contains || f->v1;
	for (size_t i = 0; i < f->m->rules.len; i++) {
		const rg_rule *r = *PV_AT(const rg_rule *, &f->m->rules, i);
		f->ref_heads = f->ref_heads || r->ref->n > 2 || (r->ref->n == 2 && r->key);
	}
}

static bool
drops(const fmt *f, const pv_rego_form *how, const rg_import *im)
{
	bool imported = how->add_v1;
	for (size_t i = 0; i < f->m->imports.len; i++)
		imported = imported || is_import(PV_AT(rg_import, &f->m->imports, i), "rego", "v1");
	if (is_import(im, "future", NULL))
		return imported || (f->v1 && how->drop_v0_imports);
	return is_import(im, "rego", "v1") && (how->add_v1 || (f->v1 && how->drop_v0_imports));
}

/* Imports and rules in the order of the text. */
static void
write_statements(fmt *f, const pv_rego_form *how)
{
	const pv_vec *ims = &f->m->imports, *rules = &f->m->rules;
	size_t i = 0, k = 0;
	while (i < ims->len || k < rules->len) {
		pv_vec run;
		pv_vec_init(&run, f->arena, sizeof(const rg_import *));
		const rg_rule *next = k < rules->len ? *PV_AT(const rg_rule *, rules, k) : NULL;
		for (; i < ims->len && (!next || PV_AT(rg_import, ims, i)->loc.off < next->loc.off); i++) {
			const rg_import *im = PV_AT(rg_import, ims, i);
			if (!drops(f, how, im))
				pv_vec_push(&run, &im);
		}
		write_imports(f, &run);
		for (; k < rules->len; k++) {
			const rg_rule *r = *PV_AT(const rg_rule *, rules, k), *after;
			if (i < ims->len && PV_AT(rg_import, ims, i)->loc.off < r->loc.off)
				break;
			after = k + 1 < rules->len ? *PV_AT(const rg_rule *, rules, k + 1) : NULL;
			(void)fmt_comments(f, r->loc.row);
			write_rule(f, r, false);
			if (!(after && groups(f, r) && groups(f, after) && after->loc.row == r->loc.row + 1))
				fmt_blank_line(f);
		}
	}
}

static void
write_module(fmt *f, const pv_rego_form *how)
{
	const rg_term *package = f->m->package;
	(void)fmt_comments(f, f->m->loc.row);
	fmt_start_line(f);
	fmt_add(f, "package ");
	write_path(f, package->args + 1, package->n - 1, pv_text(&package->args[1]->val, ""));
	fmt_blank_line(f);
	if (how->add_v1)
		fmt_add(f, "import rego.v1\n\n");
	write_statements(f, how);
	for (; f->at < f->comments.len; f->at++) {
		if (!f->in_line)
			fmt_start_line(f);
		fmt_addn(f, fmt_comment_at(f, f->at)->text);
		fmt_end_line(f);
	}
	while (f->b.len > 1 && f->b.s[f->b.len - 1] == '\n' && f->b.s[f->b.len - 2] == '\n')
		f->b.len--;
}

static void
add_comments(fmt *f, const pv_vec *places)
{
	pv_vec_init(&f->comments, f->arena, sizeof(fmt_comment));
	for (size_t i = 0; i < places->len; i++) {
		const rg_loc *loc = PV_AT(rg_loc, places, i);
		pv_str text = fmt_source(f, loc);
		while (text.len && strchr(" \t\r\n\v\f", text.s[text.len - 1]))
			text.len--;
		fmt_comment c = {loc->row, text};
		pv_vec_push(&f->comments, &c);
	}
}

/* The same but for imports, and for `:=` where nothing stood or `=` did. */
static bool
same_tree(const pv_val *a, const pv_val *b)
{
	uint32_t n = 0, m = 0;
	if (a->type != b->type)
		return false;
	if (a->type == PV_LIST) {
		for (uint32_t i = 0; i < a->len && a->len == b->len; i++)
			if (!same_tree(&a->items[i], &b->items[i]))
				return false;
		return a->len == b->len;
	}
	if (a->type != PV_OBJECT)
		return pv_eq(a, b);
	for (uint32_t i = 0; i < a->len; i++) {
		const char *key = pv_text(&a->members[i].key, "");
		if (pv_streq(key, "assign") || pv_streq(key, "imports"))
			continue;
		const pv_val *other = pv_getv(b, &a->members[i].key);
		n++;
		if (!other || !same_tree(&a->members[i].val, other))
			return false;
	}
	for (uint32_t i = 0; i < b->len; i++) {
		const char *key = pv_text(&b->members[i].key, "");
		m += !pv_streq(key, "assign") && !pv_streq(key, "imports");
	}
	return n == m;
}

/* What was written must say the same: nobody's policy is broken by its form. */
static int
check_result(pv_ctx *cx, const fmt *f, const char *name)
{
	pv_rego_module again = {.name = name, .text = {f->b.s, f->b.len}};
	rg_module *m;
	if (rg_parse_module(cx, cx->arena, &again, !f->v1, &m) < 0) {
		const pv_error *e = pv_take_error(cx);
		return pv_fail(cx, PV_EINTERNAL,
			       "%s: its new form cannot be read, so it is left as it is: %s", name,
			       e->message);
	}
	pv_val old = rg_module_json(cx->arena, f->m), new = rg_module_json(cx->arena, m);
	if (!f->rewrote && !same_tree(&old, &new))
		return pv_fail(cx, PV_EINTERNAL,
			       "%s: its new form would mean something else, so it is left as it is", name);
	return 0;
}

int
pv_rego_format(pv_ctx *cx, const pv_rego_module *module, const pv_rego_form *how, pv_str *ret)
{
	fmt f = {.arena = cx->arena, .source = module->text};
	pv_vec comments;
	rg_errors e;
	rg_errors_init(&e, cx);
	pv_vec_init(&comments, cx->arena, sizeof(rg_loc));
	f.m = rg_parse_module_in(&e, cx->arena, module, how->v0, &comments);
	if (!f.m)
		return rg_errors_end(&e);
	pv_buf_init(&f.b, cx->arena);
	add_comments(&f, &comments);
	settle(&f, how->v0 && !how->add_v1);
	write_module(&f, how);
	*ret = (pv_str){f.b.s, f.b.len};
	return check_result(cx, &f, module->name);
}
