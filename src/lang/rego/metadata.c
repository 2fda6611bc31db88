/* metadata: finding the blocks, reading them, giving them to their statements. */
#include "lang/rego/metadata.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lang/rego/errors.h"
#include "lang/rego/typing_schema.h"
#include "lang/yaml/yaml.h"

typedef struct block {
	const pv_val *val;
	const char *scope; /* NULL: that of what follows */
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
	return pv_str_is(pv_str_trim(line_of(m, c)), "METADATA");
}

/* "Name <address>" -> {name, email}; objects stay as they are. */
static pv_val
author(pv_arena *arena, const pv_val *v)
{
	pv_objb o;
	pv_str name = pv_str_trim(pv_strv(v)), mail = {"", 0};
	if (v->type != PV_STRING)
		return *v;
	const char *open = name.len ? memchr(name.s, '<', name.len) : NULL;
	if (open && name.s[name.len - 1] == '>') {
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
	pv_objb o;
	if (v->type != PV_STRING)
		return *v;
	pv_objb_init(&o, arena);
	pv_objb_put(&o, "ref", *v);
	return pv_objb_end(&o);
}

static const pv_val *
with_scope(pv_arena *arena, const pv_val *v, const char *scope)
{
	pv_objb o;
	pv_objb_init(&o, arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		pv_val (*each)(pv_arena *, const pv_val *) =
			pv_streq(pv_text(&m->key, ""), "authors")             ? author
			: pv_streq(pv_text(&m->key, ""), "related_resources") ? resource
									      : NULL;
		pv_listb list;
		pv_listb_init(&list, arena);
		for (size_t k = 0; each && k < pv_count(&m->val); k++)
			pv_listb_add(&list, each(arena, pv_item(&m->val, k)));
		pv_objb_add(&o, m->key, each && m->val.type == PV_LIST ? pv_listb_end(&list) : m->val);
	}
	pv_objb_put(&o, "scope", pv_string(arena, scope));
	return pv_box(arena, pv_objb_end(&o));
}

/* The block from comment *at on; *at is moved behind it. */
static bool
read_block(rg_errors *errors, pv_arena *arena, const rg_module *m, const pv_vec *comments, size_t *at,
	   block *ret)
{
	pv_ctx *cx = errors->cx;
	pv_buf text;
	const rg_loc *first = PV_AT(rg_loc, comments, *at);
	const pv_val *v;
	pv_buf_init(&text, cx->arena);
	*ret = (block){.loc = *first, .last_row = first->row};
	for (++*at; *at < comments->len; ++*at) {
		const rg_loc *c = PV_AT(rg_loc, comments, *at);
		if (c->row != ret->last_row + 1 || starts_block(m, c))
			break;
		pv_str line = line_of(m, c);
		pv_buf_add(&text, line.s, line.len);
		pv_buf_addc(&text, '\n');
		ret->last_row = c->row;
	}
	if (text.len && pv_yaml_parse(cx, (pv_str){text.s, text.len}, NULL, &v) < 0) {
		const pv_error *e = pv_take_error(cx);
		rg_error_add(errors, m->name, first, "rego_parse_error", "yaml: line %d: %s", e->line,
			     e->message);
		return false;
	}
	const char *fault = text.len ? rg_schemas_fault(cx, pv_get(v, "schemas")) : NULL;
	if (fault) {
		rg_error_add(errors, m->name, first, "rego_parse_error", "%s", fault);
		return false;
	}
	if (text.len == 0 || !pv_is(v, PV_OBJECT)) {
		rg_error_add(errors, m->name, first, "rego_parse_error",
			     "expected METADATA block, found whitespace");
		return false;
	}
	ret->val = pv_box(arena, pv_copy(arena, v));
	ret->scope = pv_text(pv_get(ret->val, "scope"), NULL);
	return true;
}

static rg_rule *
rule_behind(const rg_module *m, int row)
{
	for (size_t i = 0; i < m->rules.len; i++) {
		rg_rule *r = *PV_AT(rg_rule *, &m->rules, i);
		if (r->loc.row > row)
			return r;
	}
	return NULL;
}

static void
give(pv_arena *arena, rg_module *m, const block *b)
{
	bool package = b->loc.row < m->loc.row;
	const char *scope = b->scope                                   ? b->scope
			    : package                                  ? "package"
			    : pv_truth_at(b->val, "entrypoint", false) ? "document"
								       : "rule";
	const pv_val *v = with_scope(arena, b->val, scope);
	rg_rule *r = package ? NULL : rule_behind(m, b->last_row);
	if (pv_streq(scope, "package") || pv_streq(scope, "subpackages"))
		pv_vec_push(&m->annotations, &v);
	else if (r && pv_streq(scope, "document"))
		r->document = v;
	else if (r)
		r->metadata = v;
}

void
rg_metadata_attach(rg_errors *errors, pv_arena *arena, rg_module *m, const pv_vec *comments)
{
	block b;
	for (size_t i = 0; i < comments->len;) {
		if (!starts_block(m, PV_AT(rg_loc, comments, i))) {
			i++;
			continue;
		}
		if (read_block(errors, arena, m, comments, &i, &b))
			give(arena, m, &b);
	}
}
