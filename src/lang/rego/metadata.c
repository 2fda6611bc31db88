/* metadata: finding the blocks, reading them, giving them to their statements. */
#include "lang/rego/metadata.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lang/yaml/yaml.h"

#define WORD "METADATA"
#define NOTES_MOST 1000 /* of one rule: what walks them goes as deep */
#define ALIASED 1000    /* nodes that aliases may bring into a block: each is copied */

typedef struct block {
	const pv_val *val;
	rg_loc loc;
	int last_row;
} block;

static pv_str
line_of(const rg_module *m, const rg_loc *c)
{
	return (pv_str){m->text.s + c->off + 1, c->end - c->off - 1}; /* without the hash sign */
}

static bool
starts_block(const rg_module *m, const rg_loc *c)
{
	pv_str s = pv_str_trim(line_of(m, c));
	return c->col == 1 && s.len >= strlen(WORD) && memcmp(s.s, WORD, strlen(WORD)) == 0;
}

/* "Name <address>", {name: Name}: both with name and email. */
static pv_val
author(pv_arena *arena, const pv_val *v)
{
	pv_objb o;
	pv_str name = pv_str_trim(pv_strv(v)), mail = {"", 0};
	const char *open = name.len ? memchr(name.s, '<', name.len) : NULL;
	if (v->type == PV_OBJECT) {
		name = pv_str_of(pv_text_at(v, "name", ""));
		mail = pv_str_of(pv_text_at(v, "email", ""));
	} else if (open && name.s[name.len - 1] == '>') {
		mail = (pv_str){open + 1, name.len - (size_t)(open - name.s) - 2};
		name = pv_str_trim((pv_str){name.s, (size_t)(open - name.s)});
	}
	pv_objb_init(&o, arena);
	if (name.len)
		pv_objb_put(&o, "name", pv_stringn(arena, name.s, name.len));
	if (mail.len)
		pv_objb_put(&o, "email", pv_stringn(arena, mail.s, mail.len));
	return pv_objb_end(&o);
}

static pv_val
resource(pv_arena *arena, const pv_val *v)
{
	const char *description = pv_text_at(v, "description", "");
	pv_objb o;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "ref", v->type == PV_STRING ? *v : *pv_get(v, "ref"));
	if (*description)
		pv_objb_puts(&o, "description", description);
	return pv_objb_end(&o);
}

static pv_val
each(pv_arena *arena, const pv_val *list, pv_val (*as)(pv_arena *, const pv_val *))
{
	pv_listb l;
	pv_listb_init(&l, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_listb_add(&l, as(arena, pv_item(list, i)));
	return pv_listb_end(&l);
}

static bool
says_nothing(const pv_val *v)
{
	return v->type == PV_NULL || (v->type == PV_BOOL && !v->b) || (v->type == PV_STRING && !v->len) ||
	       (v->type == PV_LIST && !pv_count(v)) || (v->type == PV_OBJECT && !pv_member_count(v));
}

/* What the block says of what there is to say. */
static const pv_val *
with_scope(pv_arena *arena, const pv_val *said, const char *scope)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	for (size_t i = 0; i < pv_member_count(said); i++) {
		const pv_member *m = &said->members[i];
		const char *name = pv_text(&m->key, "");
		pv_val v = m->val;
		if (!rg_metadata_has(name) || pv_streq(name, "scope") || says_nothing(&v))
			continue;
		if (pv_streq(name, "authors"))
			v = each(arena, &v, author);
		else if (pv_streq(name, "related_resources"))
			v = each(arena, &v, resource);
		pv_objb_add(&o, m->key, v);
	}
	pv_objb_put(&o, "scope", pv_string_ref(scope));
	return pv_box(arena, pv_objb_end(&o));
}

/* ---- reading ---- */

static pv_val
without_nulls(pv_arena *arena, const pv_val *list)
{
	pv_listb l;
	pv_listb_init(&l, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_is(pv_item(list, i), PV_NULL))
			pv_listb_add(&l, *pv_item(list, i));
	return pv_listb_end(&l);
}

/* A member as its type in Go takes it: strings as they are written, and words of YAML 1.1 where a bool stands. */
static pv_val
typed(pv_arena *arena, const char *name, const pv_val *v, const pv_val *written)
{
	static const char *const words[] = {"n", "N", "no",  "No",  "NO",  "off", "Off", "OFF",
					    "y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON"};
	if (pv_streq(name, "scope") || pv_streq(name, "title") || pv_streq(name, "description"))
		return *written;
	if (pv_streq(name, "organizations"))
		return pv_is(written, PV_LIST) ? without_nulls(arena, written) : *v;
	for (size_t i = 0; pv_streq(name, "entrypoint") && i < PV_LEN(words); i++)
		if (pv_streq(pv_text(v, ""), words[i]))
			return pv_bool(i >= PV_LEN(words) / 2);
	return *v;
}

static int
parse_block(pv_ctx *cx, pv_str yaml, const pv_val **ret)
{
	const pv_val *v, *written;
	pv_objb o;
	size_t nodes = yaml.len + ALIASED; /* as many as bytes have room, all the same */
	int r = pv_yaml_parse(cx, yaml, &(pv_yaml_opts){.v3 = true, .nodes = nodes}, &v);
	if (r == 0)
		r = pv_yaml_parse(cx, yaml, &(pv_yaml_opts){.written = true, .nodes = nodes}, &written);
	if (r < 0)
		return r;
	*ret = v;
	if (!pv_is(v, PV_OBJECT))
		return 0;
	pv_objb_init(&o, cx->arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const char *name = pv_text(&v->members[i].key, "");
		const pv_val *as_written = pv_get(written, name);
		pv_val val = v->members[i].val;
		pv_objb_put(&o, name, as_written ? typed(cx->arena, name, &val, as_written) : val);
	}
	*ret = pv_box(cx->arena, pv_objb_end(&o));
	return 0;
}

/* What is wrong of the block's `line`-th line; 0: of the block. */
static bool
refuse(rg_errors *errors, const rg_module *m, const rg_loc *first, size_t lines, int line,
       const char *message)
{
	size_t at = line > 0 ? (size_t)line : 0;
	at = at < lines ? at : line > 0 ? lines : 0;
	if (!rg_errors_full(errors))
		rg_error_syntax(errors, m->name, m->text, &first[at], message);
	return false;
}

/* The block from comment *at on; *at is moved behind it. */
static bool
read_block(rg_errors *errors, pv_arena *arena, const rg_module *m, const pv_vec *comments, size_t *at,
	   block *ret)
{
	pv_ctx *cx = errors->cx;
	pv_buf b;
	const rg_loc *first = PV_AT(rg_loc, comments, *at);
	const pv_val *v;
	size_t lines = 0;
	int line = 0;
	pv_buf_init(&b, cx->arena);
	*ret = (block){.loc = *first, .last_row = first->row};
	for (++*at; *at < comments->len; ++*at, lines++) {
		const rg_loc *c = PV_AT(rg_loc, comments, *at);
		if (c->row != ret->last_row + 1 || c->col != 1 || starts_block(m, c))
			break;
		pv_str s = line_of(m, c);
		if (s.len && *s.s == ' ')
			s = (pv_str){s.s + 1, s.len - 1};
		pv_buf_add(&b, s.s, s.len);
		pv_buf_addc(&b, '\n');
		ret->last_row = c->row;
	}
	pv_str yaml = {b.s, b.len};
	if (pv_str_trim(yaml).len == 0)
		return refuse(errors, m, first, lines, 0, "expected METADATA block, found whitespace");
	if (parse_block(cx, yaml, &v) < 0) {
		const pv_error *e = pv_take_error(cx);
		return refuse(errors, m, first, lines, e->line,
			      pv_printf(cx->arena, "yaml: line %d: %s", e->line, e->message));
	}
	const char *fault = rg_metadata_fault(cx, yaml, v, &line);
	if (fault)
		return refuse(errors, m, first, lines, line, fault);
	ret->val = pv_box(arena, pv_copy(arena, v));
	return true;
}

/* ---- what follows ---- */

/* Which rule and which import come next: blocks are asked about in their order, as those are. */
typedef struct next {
	size_t rule, import;
} next;

static rg_rule *
rule_behind(const rg_module *m, int row, next *n)
{
	for (; n->rule < m->rules.len; n->rule++) {
		rg_rule *r = *PV_AT(rg_rule *, &m->rules, n->rule);
		if (r->loc.row > row)
			return r;
	}
	return NULL;
}

/* Before that rule, or whatever comes. */
static bool
import_behind(const rg_module *m, int row, const rg_rule *rule, next *n)
{
	for (; n->import < m->imports.len; n->import++) {
		const rg_import *im = PV_AT(const rg_import, &m->imports, n->import);
		if (im->loc.row > row)
			return !rule || im->loc.row < rule->loc.row;
	}
	return false;
}

static void
give(rg_errors *errors, pv_arena *arena, rg_module *m, const block *b, next *n)
{
	rg_rule *r = rule_behind(m, b->last_row, n);
	const char *of = b->loc.row < m->loc.row               ? "package"
			 : import_behind(m, b->last_row, r, n) ? "import"
			 : r                                   ? "rule"
							       : "";
	const pv_val *given = pv_get(b->val, "scope");
	const char *scope = given && !says_nothing(given) ? pv_scalar_text(arena, given) : of;
	rg_note **at = r ? &r->notes : NULL;
	size_t before = 0;
	if (pv_streq(scope, "rule") && !given && pv_truth_at(b->val, "entrypoint", false))
		scope = "document";
	rg_note note = {.says = with_scope(arena, b->val, scope), .scope = scope, .loc = b->loc};
	rg_metadata_check_scope(errors, m, &note, of);
	if (pv_streq(of, "package"))
		pv_vec_push(&m->notes, &note);
	if (!pv_streq(of, "rule"))
		return;
	for (; *at; before++)
		at = &(*at)->next;
	if (before >= NOTES_MOST) {
		rg_error_add(errors, m->name, &b->loc, "rego_parse_error",
			     "a rule has more than %d METADATA blocks", NOTES_MOST);
		return;
	}
	*at = pv_new(arena, rg_note);
	**at = note;
}

void
rg_metadata_attach(rg_errors *errors, pv_arena *arena, rg_module *m, const pv_vec *comments)
{
	next n = {0, 0};
	block b;
	for (size_t i = 0; i < comments->len;) {
		if (!starts_block(m, PV_AT(rg_loc, comments, i))) {
			i++;
			continue;
		}
		if (pv_arena_used(arena) > RG_TREES) {
			rg_error_add(errors, m->name, PV_AT(rg_loc, comments, i), "rego_parse_error",
				     "memory limit reached: the trees of modules take more than %zu MiB",
				     RG_TREES >> 20);
			return;
		}
		if (read_block(errors, arena, m, comments, &i, &b))
			give(errors, arena, m, &b, &n);
	}
}
