/* parse_module: modules: package, imports, statements. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/metadata.h"
#include "lang/rego/parse.h"

#define TOLD_MOST 1000 /* wrong rules of one module; each is held to those before */

/* ---- package and imports ---- */

static bool
parse_package(rg_parser *p, rg_module *m)
{
	m->loc = p->lex.loc;
	if (!rg_accept_word(p, RG_WORD_PACKAGE))
		return rg_syntax(p, &p->lex.loc, "package expected");
	if (p->lex.tok != RG_T_IDENT || rg_is_keyword(p))
		return rg_unexpected(p, "the package's path");
	rg_loc loc = p->lex.loc;
	rg_term *t = rg_parse_primary(p);
	if (!t)
		return false;
	t = rg_as_ref(p, t);
	rg_term *ref = rg_term_new(p, RG_REF, &loc);
	ref->n = t->n + 1;
	ref->args = pv_new_array(p->arena, rg_term *, ref->n);
	ref->args[0] = rg_term_new(p, RG_VAR, &loc);
	ref->args[0]->name = "data";
	for (uint32_t i = 0; i < t->n; i++) {
		rg_term *a = t->args[i];
		if (i == 0 && a->kind == RG_VAR)
			a = rg_term_string(p, &a->loc, a->name, strlen(a->name));
		if (a->kind != RG_CONST || a->val.type != PV_STRING)
			return rg_syntax(p, &a->loc, "package path may contain string values only");
		ref->args[i + 1] = a;
	}
	m->package = ref;
	return true;
}

static bool
exclusive(rg_parser *p, const rg_term *path)
{
	return rg_syntax(
		p, &path->loc,
		"the `rego.v1` import implies `future.keywords`, these are therefore mutually exclusive");
}

static bool
add_words(rg_parser *p, const rg_term *path, uint32_t words)
{
	bool old = words & RG_KW_V1;
	if (old && p->by_v1)
		return exclusive(p, path);
	p->by_words = p->by_words || (old && !p->v1);
	p->keywords |= words;
	return true;
}

/* future.keywords.x, rego.v1: switches, not documents. */
static bool
import_switch(rg_parser *p, rg_module *m, const rg_term *path, bool *ret_switch)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} words[] = {
		{"in", RG_KW_IN},
		{"every", RG_KW_IN | RG_KW_EVERY},
		{"contains", RG_KW_CONTAINS},
		{"if", RG_KW_IF},
		{"not", RG_KW_NOT},
		{"and", RG_KW_AND},
		{"or", RG_KW_OR},
	};
	const char *root = path->args[0]->name;
	const char *second = path->n > 1 ? pv_text(&path->args[1]->val, "") : "";
	const char *third = path->n > 2 ? pv_text(&path->args[2]->val, "") : "";
	*ret_switch = true;
	if (pv_streq(root, "rego")) {
		if (!pv_streq(second, "v1") && !pv_streq(second, "v2"))
			return rg_syntax(p, &path->loc, "invalid import, must be `rego.v1`");
		if (p->by_words)
			return exclusive(p, path);
		p->by_v1 = !p->v1 || p->by_v1;
		p->v1 = m->v1 = true;
		p->keywords |= RG_KW_V1 | (pv_streq(second, "v2") ? RG_KW_NOT : 0);
		return true;
	}
	if (!pv_streq(root, "future")) {
		*ret_switch = false;
		return true;
	}
	if (!pv_streq(second, "keywords"))
		return rg_syntax(p, &path->loc, "invalid import, must be `future.keywords`");
	if (path->n == 2)
		return add_words(p, path, RG_KW_V1 | RG_KW_NOT | RG_KW_AND | RG_KW_OR);
	for (size_t i = 0; path->n == 3 && i < PV_LEN(words); i++)
		if (pv_streq(third, words[i].name))
			return add_words(p, path, words[i].bits);
	return rg_syntax(p, &path->loc,
			 "unexpected keyword, must be one of [and contains every if in not or]");
}

static bool
is_reserved(const rg_parser *p, const char *name)
{
	rg_parser at = *p;
	rg_lex_init(&at.lex, pv_str_of(name));
	rg_lex_next(&at.lex);
	return at.lex.word == RG_WORD_CONTAINS ? (p->keywords & RG_KW_CONTAINS) != 0 : rg_is_keyword(&at);
}

static bool
parse_import(rg_parser *p, rg_module *m)
{
	rg_import im = {.loc = p->lex.loc};
	bool is_switch = false;
	rg_advance(p);
	if (p->lex.tok != RG_T_IDENT)
		return rg_unexpected(p, "the import's path");
	rg_term *t = rg_parse_primary(p);
	if (!t)
		return false;
	if (t->kind != RG_VAR && (t->kind != RG_REF || t->args[0]->kind != RG_VAR))
		return rg_syntax(
			p, &t->loc,
			"unexpected import path, must begin with one of: {data, future, input, rego}");
	im.path = rg_as_ref(p, t);
	for (uint32_t i = 1; i < im.path->n; i++)
		if (im.path->args[i]->kind != RG_CONST || im.path->args[i]->val.type != PV_STRING)
			return rg_syntax(p, &im.path->args[i]->loc,
					 "unexpected import path: expected strings");
	if (!import_switch(p, m, im.path, &is_switch))
		return false;
	const char *root = im.path->args[0]->name;
	if (!is_switch && !pv_streq(root, "data") && !pv_streq(root, "input"))
		return rg_syntax(p, &t->loc,
				 "unexpected import path, must begin with one of: "
				 "{data, future, input, rego}, got: %s",
				 root);
	const rg_term *last = im.path->args[im.path->n - 1];
	im.alias = im.path->n == 1 ? root : last->val.s;
	if (rg_accept_word(p, RG_WORD_AS)) {
		if (is_switch)
			return rg_syntax(p, &im.loc, "`%s` imports cannot be aliased", root);
		if (p->lex.tok != RG_T_IDENT || rg_is_keyword(p) ||
		    (p->lex.word == RG_WORD_CONTAINS && p->keywords & RG_KW_CONTAINS))
			return rg_unexpected(p, "var");
		im.renamed = true;
		im.alias = pv_strndup(p->arena, p->lex.s + p->lex.loc.off, p->lex.loc.end - p->lex.loc.off);
		rg_advance(p);
		if (pv_streq(im.alias, "data") || pv_streq(im.alias, "input"))
			return rg_unexpected(p, "var");
	} else if (!is_switch && last->val.type == PV_STRING && is_reserved(p, last->val.s)) {
		return rg_syntax(
			p, &last->loc,
			"unexpected import path, must not end with a keyword, got: %s (hint: import a "
			"different path or use an alias)",
			last->val.s);
	}
	im.is_switch = is_switch;
	pv_vec_push(&m->imports, &im);
	return !p->failed;
}

static bool
parse_statements(rg_parser *p, rg_module *m)
{
	if (!parse_package(p, m))
		return false;
	while (!p->failed && p->lex.tok != RG_T_EOF)
		if (p->lex.tok == RG_T_SEMI)
			return rg_unexpected_here(p); /* nothing but space stands between statements */
		else if (!(rg_at_word(p, RG_WORD_IMPORT) ? parse_import(p, m) : rg_parse_rule(p, m)))
			return false;
	return !p->failed;
}

rg_module *
rg_parse_module_in(rg_errors *errors, pv_arena *arena, const pv_rego_module *src, bool v0, pv_vec *comments)
{
	rg_errors names, later;
	rg_parser p;
	size_t badat;
	int before = errors->n;
	rg_module *m = pv_new(arena, rg_module);
	m->name = pv_strdup(arena, src->name);
	char *text = pv_strndup(arena, src->text.s, src->text.len);
	m->text = (pv_str){text, src->text.len};
	m->v1 = !v0;
	pv_vec_init(&m->imports, arena, sizeof(rg_import));
	pv_vec_init(&m->rules, arena, sizeof(rg_rule *));
	pv_vec_init(&m->notes, arena, sizeof(rg_note));
	if (src->text.len > RG_TEXT_MAX)
		rg_error_add(errors, m->name, NULL, "rego_parse_error", "module is longer than %d bytes",
			     RG_TEXT_MAX);
	else if (!pv_utf8_valid(text, src->text.len, &badat))
		rg_error_add(errors, m->name, NULL, "rego_parse_error", "invalid UTF-8 at byte %zu", badat);
	if (errors->n > before)
		return NULL;
	rg_errors_init(&names, errors->cx);
	rg_errors_init(&later, errors->cx);
	names.limit = later.limit = TOLD_MOST;
	rg_parser_init(&p, errors, arena, m->name, m->text, comments);
	p.names = &names;
	p.later = &later;
	p.v1 = m->v1;
	p.keywords = v0 ? 0 : RG_KW_V1;
	if (parse_statements(&p, m)) {
		rg_errors_move(&names, errors);
		rg_errors_move(&later, errors);
	}
	m->keywords = p.keywords;
	if (errors->n == before)
		rg_metadata_attach(errors, arena, m, comments);
	return errors->n == before ? m : NULL;
}

int
rg_parse_module(pv_ctx *cx, pv_arena *arena, const pv_rego_module *src, bool v0, rg_module **ret)
{
	pv_vec comments;
	rg_errors e;
	rg_errors_init(&e, cx);
	pv_vec_init(&comments, cx->arena, sizeof(rg_loc));
	*ret = rg_parse_module_in(&e, arena, src, v0, &comments);
	return rg_errors_end(&e);
}
