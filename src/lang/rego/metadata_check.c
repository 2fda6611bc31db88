/* metadata_check: what OPA refuses of a METADATA block, in its words: members of other types than its own,
 * authors and resources that name nobody and nothing, scopes of what does not follow, and what is said twice. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/go/url.h"
#include "lang/json/json.h"
#include "lang/rego/compile.h"
#include "lang/rego/metadata.h"
#include "lang/rego/typing_schema.h"
#include "lang/yaml/yaml.h"

/* ---- types ---- */

static const struct {
	const char *name, *type, *each; /* Go's names of them; each: of the elements of a list */
} members[] = {
	{"scope", "string", NULL},
	{"title", "string", NULL},
	{"entrypoint", "bool", NULL},
	{"description", "string", NULL},
	{"organizations", "[]string", "string"},
	{"related_resources", "[]interface {}", NULL},
	{"authors", "[]interface {}", NULL},
	{"schemas", "[]map[string]interface {}", "map[string]interface {}"},
	{"custom", "map[string]interface {}", NULL},
	{"compile", "map[string]interface {}", NULL},
};

bool
rg_metadata_has(const char *name)
{
	for (size_t i = 0; i < PV_LEN(members); i++)
		if (pv_streq(members[i].name, name))
			return true;
	return false;
}

static bool
fits(const pv_val *v, const char *type)
{
	bool list = v->type == PV_LIST, object = v->type == PV_OBJECT;
	if (v->type == PV_NULL)
		return true;
	if (pv_streq(type, "string"))
		return !list && !object;
	if (pv_streq(type, "bool"))
		return v->type == PV_BOOL;
	return *type == '[' ? list : object;
}

/* cannot unmarshal !!str `Jane` into []string */
static const char *
type_fault(pv_arena *arena, const pv_val *v, const char *type)
{
	const char *tag = v->type == PV_LIST     ? "seq"
			  : v->type == PV_OBJECT ? "map"
			  : v->type == PV_STRING ? "str"
			  : v->type == PV_BOOL   ? "bool"
			  : v->num != PV_INT     ? "float"
						 : "int";
	if (v->type == PV_LIST || v->type == PV_OBJECT)
		return pv_printf(arena, "cannot unmarshal !!%s into %s", tag, type);
	const char *text = pv_scalar_text(arena, v);
	bool longer = strlen(text) > 10;
	return pv_printf(arena, "cannot unmarshal !!%s `%.*s%s` into %s", tag, longer ? 7 : (int)strlen(text),
			 text, longer ? "..." : "", type);
}

#define FAULTS_MOST 20 /* of a block: each is looked for in its text */

typedef struct faults {
	pv_ctx *cx;
	pv_str text; /* of the block */
	pv_buf told;
	size_t n;
	int line; /* of the first, from 1 */
} faults;

static void
tell_fault(faults *f, int line, const char *fault)
{
	if (!f->n++) {
		f->line = line;
		pv_buf_adds(&f->told, "yaml: unmarshal errors:");
	}
	pv_buf_printf(&f->told, "\n  line %d: %s", line, fault);
}

static void
tell_type(faults *f, const pv_val *v, const char *type, const char *path)
{
	int line = 1, column;
	(void)pv_yaml_locate(f->cx, f->text, 1, path, &line, &column);
	tell_fault(f, line, type_fault(f->cx->arena, v, type));
}

static void
check_repeats(faults *f)
{
	pv_vec repeats;
	pv_vec_init(&repeats, f->cx->arena, sizeof(pv_yaml_fault));
	pv_yaml_repeats_v3(f->cx, f->text, &repeats);
	for (size_t i = 0; i < repeats.len && f->n < FAULTS_MOST; i++)
		tell_fault(f, PV_AT(pv_yaml_fault, &repeats, i)->line,
			   PV_AT(pv_yaml_fault, &repeats, i)->message);
}

static void
check_types(faults *f, const pv_val *block)
{
	if (!fits(block, "map[string]interface {}"))
		tell_type(f, block, "ast.rawAnnotation", "");
	for (size_t i = 0; i < PV_LEN(members); i++) {
		const pv_val *v = pv_get(block, members[i].name);
		if (v && !fits(v, members[i].type)) {
			tell_type(f, v, members[i].type, members[i].name);
			continue;
		}
		for (uint32_t k = 0; v && members[i].each && k < pv_count(v) && f->n < FAULTS_MOST; k++)
			if (!fits(pv_item(v, k), members[i].each))
				tell_type(f, pv_item(v, k), members[i].each,
					  pv_printf(f->cx->arena, "%s[%u]", members[i].name, k));
	}
}

/* ---- authors, resources, documents that are not known ---- */

static const char *
author_fault(const pv_val *v)
{
	if (v->type == PV_STRING)
		return pv_str_trim(pv_strv(v)).len ? NULL : "author is an empty string";
	if (v->type != PV_OBJECT)
		return "invalid value type, must be string or map";
	return *pv_text_at(v, "name", "") || *pv_text_at(v, "email", "")
		       ? NULL
		       : "'name' and/or 'email' values required in object";
}

static const char *
resource_fault(pv_ctx *cx, const pv_val *v)
{
	const pv_val *ref = v->type == PV_STRING ? v : pv_get(v, "ref");
	pv_go_url url;
	if (v->type != PV_STRING && v->type != PV_OBJECT)
		return "invalid value type, must be string or map";
	if (v->type == PV_OBJECT && (!ref || ref->type != PV_STRING || !ref->len))
		return "'ref' value required in object";
	return ref->len ? pv_go_url_parse(cx->arena, pv_strv(ref), &url) : "ref URL may not be empty string";
}

static const char *
list_fault(pv_ctx *cx, const pv_val *block)
{
	const pv_val *authors = pv_get(block, "authors"), *resources = pv_get(block, "related_resources");
	const char *fault;
	for (uint32_t i = 0; i < pv_count(resources); i++)
		if ((fault = resource_fault(cx, pv_item(resources, i))) != NULL)
			return pv_printf(cx->arena, "invalid related-resource definition %s: %s",
					 pv_json_text(cx->arena, pv_item(resources, i)), fault);
	for (uint32_t i = 0; i < pv_count(authors); i++)
		if ((fault = author_fault(pv_item(authors, i))) != NULL)
			return pv_printf(cx->arena, "invalid author definition %s: %s",
					 pv_json_text(cx->arena, pv_item(authors, i)), fault);
	return NULL;
}

static const char *
compile_fault(pv_ctx *cx, const pv_val *compile)
{
	const pv_val *unknowns = pv_get(compile, "unknowns"), *rule = pv_get(compile, "mask_rule");
	for (uint32_t i = 0; pv_is(unknowns, PV_LIST) && i < unknowns->len; i++) {
		const pv_val *v = &unknowns->items[i];
		if (v->type == PV_STRING && !rg_is_reference(cx, v->s, "input", "data"))
			return pv_printf(cx->arena,
					 "invalid unknowns element \"%s\": expected ref but got %s", v->s,
					 v->s);
	}
	if (pv_is(rule, PV_STRING) && !rg_is_reference(cx, rule->s, rule->s, NULL))
		return pv_printf(cx->arena, "invalid mask_rule annotation \"%s\": expected ref", rule->s);
	return NULL;
}

const char *
rg_metadata_fault(pv_ctx *cx, pv_str text, const pv_val *block, int *ret_line)
{
	faults f = {.cx = cx, .text = text};
	pv_buf_init(&f.told, cx->arena);
	check_repeats(&f);
	if (!f.told.len)
		check_types(&f, block);
	*ret_line = f.line;
	if (f.told.len)
		return f.told.s;
	const char *fault = list_fault(cx, block);
	if (!fault)
		fault = compile_fault(cx, pv_get(block, "compile"));
	return fault ? fault : rg_schemas_fault(cx, pv_get(block, "schemas"));
}

/* ---- scopes ---- */

void
rg_metadata_check_scope(rg_errors *errors, const rg_module *m, const rg_note *n, const char *of)
{
	const char *scope = n->scope;
	bool rules = pv_streq(scope, "rule") || pv_streq(scope, "document"),
	     packages = pv_streq(scope, "package") || pv_streq(scope, "subpackages");
	const char *wants = rules ? "rule" : "package";
	if (!rules && !packages)
		rg_error_add(errors, m->name, &n->loc, "rego_parse_error",
			     "invalid annotation scope '%s'. Use one of 'rule', 'document', 'package', or "
			     "'subpackages'",
			     scope);
	else if (!*of)
		rg_error_add(errors, m->name, &n->loc, "rego_parse_error",
			     "annotation scope '%s' must be applied to %s", scope, wants);
	else if (!pv_streq(of, wants))
		rg_error_add(errors, m->name, &n->loc, "rego_parse_error",
			     "annotation scope '%s' must be applied to %s (have %s)", scope, wants, of);
	if (pv_truth_at(n->says, "entrypoint", false) && !pv_streq(scope, "document") &&
	    !pv_streq(scope, "package"))
		rg_error_add(errors, m->name, &n->loc, "rego_parse_error",
			     "annotation entrypoint applied to non-document or package scope '%s'", scope);
}

/* ---- twice ---- */

typedef struct place {
	const char *file;
	const rg_note *note;
} place;

/* data.a.p, up to what is no constant. */
static const char *
document_path(pv_arena *arena, const rg_rule *r)
{
	const rg_term *package = r->module->package, *ref = r->ref;
	pv_val name = pv_string_ref(ref->args[0]->name);
	pv_buf b;
	pv_buf_init(&b, arena);
	for (uint32_t i = 1; i < package->n; i++)
		pv_rego_put_key(&b, &package->args[i]->val);
	pv_rego_put_key(&b, &name);
	for (uint32_t i = 1; i < ref->n && ref->args[i]->kind == RG_CONST; i++)
		pv_rego_put_key(&b, &ref->args[i]->val);
	return b.s;
}

/* By what it is about: a scope and a path. */
static void
note_once(pv_map *seen, rg_errors *e, const rg_module *m, const rg_note *n, const char *path)
{
	const char *key = pv_printf(e->cx->arena, "%s %s", n->scope, path);
	place *first = pv_map_finds(seen, key);
	if (first) {
		rg_error_add(e, m->name, &n->loc, "rego_type_error", "%s annotation redeclared: %s:%d",
			     n->scope, first->file, first->note->loc.row);
		return;
	}
	first = pv_new(e->cx->arena, place);
	*first = (place){m->name, n};
	pv_map_puts(seen, key, first);
}

void
rg_metadata_check_once(const rg_program *p, rg_errors *e)
{
	pv_map *seen = pv_map_new(e->cx->arena);
	for (size_t i = 0; i < p->modules.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &p->modules, i);
		const char *package = m->notes.len ? rg_package_ref(e->cx->arena, m->package) : "";
		for (size_t k = 0; k < m->notes.len; k++)
			note_once(seen, e, m, PV_AT(const rg_note, &m->notes, k), package);
		for (size_t k = 0; k < m->rules.len; k++) {
			const rg_rule *r = *PV_AT(const rg_rule *, &m->rules, k);
			for (const rg_note *n = r->notes; n; n = n->next)
				if (pv_streq(n->scope, "document"))
					note_once(seen, e, m, n, document_path(e->cx->arena, r));
		}
	}
}
