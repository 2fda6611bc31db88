/* rego: the Rego of a template.  It stands alone: its own rules, its libs below data.lib, and
 * data.inventory are all that it may name (frameworks/constraint, pkg/regorewriter). */
#include <string.h>

#include "base/gate.h"
#include "base/str.h"
#include "base/time.h"
#include "core/enforcement/why.h"
#include "governance/gatekeeper/external.h"
#include "governance/gatekeeper/template.h"
#include "lang/json/json.h"

#define DEPTH 1000 /* of a tree of Rego; the parser's own limit is lower */
#define STEPS 5000000
#define MEMORY ((size_t)256 << 20)
#define CPU_TIME (5 * PV_SEC) /* of one constraint on one object */
#define AT_ONCE 4             /* evaluations: their memory is bounded together, too */
#define WAITING_AT_ONCE 16    /* of those that ask Providers: most of the time they wait */
#define FINDINGS_MOST 1000

static pv_gate gate = PV_GATE(AT_ONCE), waiting = PV_GATE(WAITING_AT_ONCE);

typedef struct reader { /* of one module's tree */
	pv_ctx *cx;
	const char *file;
	const pv_val *bad; /* the first reference that is not allowed */
	gk_rego *rego;
	int depth;
} reader;

static bool
is_var(const pv_val *term, const char *name)
{
	return pv_streq(pv_text_at(term, "type", ""), "var") && pv_streq(pv_text_at(term, "value", ""), name);
}

static bool
is_string(const pv_val *term, const char *text)
{
	return pv_streq(pv_text_at(term, "type", ""), "string") &&
	       pv_streq(pv_text_at(term, "value", ""), text);
}

/* data.inventory.cluster[version][kind], data.inventory.namespace[ns][version][kind]: the kind, where it is a
 * constant. */
static void
note_inventory(reader *r, const pv_val *ref)
{
	const pv_val *kind = pv_item(ref, is_string(pv_item(ref, 2), "cluster") ? 4 : 5);
	const char *text =
		pv_streq(pv_text_at(kind, "type", ""), "string") ? pv_text_at(kind, "value", "*") : "*";

	r->rego->refs++;
	for (size_t i = 0; i < r->rego->reads.len; i++)
		if (pv_streq(*PV_AT(const char *, &r->rego->reads, i), text))
			return;
	text = pv_strdup(r->rego->reads.arena, text);
	pv_vec_push(&r->rego->reads, &text);
}

static void
look_at_ref(reader *r, const pv_val *ref)
{
	const pv_val *head = pv_item(ref, 0), *next = pv_item(ref, 1);

	if (is_var(head, "external_data"))
		r->rego->external = true;
	if (!is_var(head, "data"))
		return;
	if (is_string(next, "inventory"))
		note_inventory(r, ref);
	else if (!is_string(next, "lib") && !r->bad)
		r->bad = ref;
}

static void
walk(reader *r, const pv_val *v)
{
	if (++r->depth > DEPTH) {
		r->depth--;
		return;
	}
	if (pv_is(v, PV_OBJECT) && pv_streq(pv_text_at(v, "type", ""), "ref") &&
	    pv_is(pv_get(v, "value"), PV_LIST))
		look_at_ref(r, pv_get(v, "value"));
	if (pv_is(v, PV_OBJECT) && pv_get(v, "with"))
		r->rego->mocks = true;
	for (size_t i = 0; i < pv_count(v); i++)
		walk(r, pv_is(v, PV_OBJECT) ? &v->members[i].val : pv_item(v, i));
	r->depth--;
}

/* data.lib["x"].y, as it is written. */
static const char *
ref_text(pv_ctx *cx, const pv_val *ref)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(ref); i++) {
		const pv_val *term = pv_item(ref, i);
		const char *text = pv_text_at(term, "value", NULL);

		if (!text)
			text = "_";
		if (i == 0)
			pv_buf_adds(&b, text);
		else if (pv_streq(pv_text_at(term, "type", ""), "string"))
			pv_buf_printf(&b, ".%s", text);
		else
			pv_buf_printf(&b, "[%s]", text);
	}
	return b.s;
}

static int
check_imports(reader *r, const pv_val *imports)
{
	for (size_t i = 0; i < pv_count(imports); i++) {
		const pv_val *path = pv_at(pv_item(imports, i), "path.value"), *head = pv_item(path, 0);

		if (is_var(head, "future") || (is_var(head, "data") && is_string(pv_item(path, 1), "lib")))
			continue;
		if (is_var(head, "rego"))
			return pv_fail(r->cx, PV_EINVALID,
				       "%s: invalid import: bad import: \"%s\": expected data.lib... or "
				       "future.keywords...; Rego v1 is asked for by source.version: \"v1\"",
				       r->file, ref_text(r->cx, path));
		return pv_fail(r->cx, PV_EINVALID,
			       "%s: invalid import: bad import: \"%s\": expected data.lib... or "
			       "future.keywords...",
			       r->file, ref_text(r->cx, path));
	}
	return 0;
}

/* ---- what each object of the inventory gives by itself ---- */

static bool
is_part(const pv_val *term)
{
	const pv_val *ref = pv_get(term, "value");

	return pv_streq(pv_text_at(term, "type", ""), "ref") && is_var(pv_item(ref, 0), "data") &&
	       is_string(pv_item(ref, 1), "inventory") &&
	       pv_count(ref) >= (is_string(pv_item(ref, 2), "cluster") ? 6 : 7);
}

/* x := data.inventory.namespace[ns][version][kind][name], alone or in a call, and not what is not there. */
static size_t
parts_of(const pv_val *expr)
{
	const pv_val *terms = pv_get(expr, "terms");
	size_t n = 0;

	if (pv_truth(pv_get(expr, "negated"), false) || pv_get(expr, "with"))
		return 0;
	if (!pv_is(terms, PV_LIST))
		return is_part(terms);
	for (size_t i = 0; i < pv_count(terms); i++)
		n += is_part(pv_item(terms, i));
	return n;
}

/* "Service" of input.review.kind.kind == "Service"; NULL: it is another statement. */
static const char *
kind_asked(const pv_val *expr)
{
	static const char *const path[] = {"review", "kind", "kind"};
	const pv_val *terms = pv_get(expr, "terms"), *how = pv_item(pv_get(pv_item(terms, 0), "value"), 0),
		     *ref = pv_item(terms, 1), *text = pv_item(terms, 2);

	if (!pv_is(terms, PV_LIST) || pv_count(terms) != 3 || pv_truth(pv_get(expr, "negated"), false) ||
	    pv_get(expr, "with") || (!is_var(how, "equal") && !is_var(how, "eq")))
		return NULL;
	if (pv_streq(pv_text_at(ref, "type", ""), "string")) {
		ref = pv_item(terms, 2);
		text = pv_item(terms, 1);
	}
	ref = pv_get(ref, "value");
	if (pv_count(ref) != 1 + PV_LEN(path) || !is_var(pv_item(ref, 0), "input") ||
	    !pv_streq(pv_text_at(text, "type", ""), "string"))
		return NULL;
	for (size_t i = 0; i < PV_LEN(path); i++)
		if (!is_string(pv_item(ref, 1 + i), path[i]))
			return NULL;
	return pv_text_at(text, "value", NULL);
}

static void
note_kind(const pv_val *body, gk_rego *ret)
{
	const char *kind = NULL;

	for (size_t i = 0; !kind && i < pv_count(body); i++)
		kind = kind_asked(pv_item(body, i));
	ret->of_any = ret->of_any || !kind;
	kind = pv_strdup(ret->kinds.arena, kind ? kind : "");
	pv_vec_push(&ret->kinds, &kind);
}

bool
gk_rego_is_rule(const pv_val *rule, const char *name)
{
	const pv_val *head = pv_get(rule, "head"), *first = pv_item(pv_get(head, "ref"), 0);

	return pv_streq(pv_text_at(head, "name", ""), name) || pv_streq(pv_text_at(first, "value", ""), name);
}

static void
note_parts(const pv_val *rules, gk_rego *ret)
{
	ret->apart = true;
	for (size_t i = 0; i < pv_count(rules); i++) {
		const pv_val *rule = pv_item(rules, i), *body = pv_get(rule, "body");
		size_t n = 0;

		if (!gk_rego_is_rule(rule, "violation"))
			continue;
		for (size_t k = 0; k < pv_count(body); k++)
			n += parts_of(pv_item(body, k));
		ret->parts += n;
		note_kind(body, ret);
		ret->apart = ret->apart && n < 2;
	}
}

/* ---- one module ---- */

static bool
has_rule(const pv_val *tree, const char *name)
{
	const pv_val *rules = pv_get(tree, "rules");

	for (size_t i = 0; i < pv_count(rules); i++)
		if (gk_rego_is_rule(pv_item(rules, i), name))
			return true;
	return false;
}

/* What a package is called, from its tree: the path behind data. */
static bool
is_lib(const pv_val *tree)
{
	const pv_val *path = pv_at(tree, "package.path");

	return is_string(pv_item(path, 1), "lib") && pv_count(path) > 2;
}

static int
read_module(pv_ctx *cx, const pv_rego_module *module, bool lib, gk_rego *ret, pv_val *ret_tree)
{
	const pv_rego_opts opts = {.v0 = true};
	reader r = {.cx = cx, .file = module->name, .rego = ret};
	const char *doubt;
	int e = pv_rego_parse(cx, module, &opts, ret_tree);

	if (e < 0)
		return e;
	if (lib && !is_lib(ret_tree))
		return pv_fail(
			cx, PV_EINVALID,
			"%s: invalid lib prefix: path %s not found in lib prefixes: expected a package "
			"below lib",
			module->name, ref_text(cx, pv_at(ret_tree, "package.path")));
	e = check_imports(&r, pv_get(ret_tree, "imports"));
	if (e < 0)
		return e;
	walk(&r, pv_get(ret_tree, "rules"));
	if (!lib)
		note_parts(pv_get(ret_tree, "rules"), ret);
	doubt = ret->doubt ? NULL : gk_rego_other_result(cx, module->name, ret_tree);
	if (doubt)
		ret->doubt = pv_strdup(ret->kinds.arena, doubt);
	if (r.bad)
		return pv_fail(cx, PV_EINVALID,
			       "invalid data references: check refs failed on module %s: disallowed ref %s: "
			       "expected data.lib or data.inventory",
			       module->name, ref_text(cx, r.bad));
	return 0;
}

/* data["a"]["b"].violation[result] */
static int
query_of(pv_ctx *cx, const pv_val *tree, const char **ret)
{
	const pv_val *path = pv_at(tree, "package.path");
	pv_buf b;

	if (is_string(pv_item(path, 1), "lib") || is_string(pv_item(path, 1), "inventory"))
		return pv_fail(
			cx, PV_EINVALID,
			"template: package %s: expected a name of its own: lib and inventory are others'",
			pv_text_at(pv_item(path, 1), "value", ""));
	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "data");
	for (size_t i = 1; i < pv_count(path); i++) {
		pv_str part = pv_strv(pv_get(pv_item(path, i), "value"));

		pv_buf_addc(&b, '[');
		pv_buf_add_json(&b, part.s, part.len);
		pv_buf_addc(&b, ']');
	}
	pv_buf_adds(&b, ".violation[result]");
	*ret = b.s;
	return 0;
}

static int
read_modules(pv_ctx *cx, const pv_val *source, pv_vec *modules, gk_rego *ret, const char **ret_query)
{
	const pv_val *libs = pv_get(source, "libs");
	bool v1 = pv_streq(pv_text_at(source, "version", ""), "v1");
	pv_rego_module entry = {.name = "template", .text = pv_strv(pv_get(source, "rego")), .v1 = v1};
	pv_val tree;
	int r = read_module(cx, &entry, false, ret, &tree);

	pv_vec_push(modules, &entry);
	if (r == 0 && !has_rule(&tree, "violation"))
		r = pv_fail(cx, PV_EINVALID,
			    "template: invalid rego: invalid module: missing required rules: [violation]");
	if (r == 0)
		r = query_of(cx, &tree, ret_query);
	for (size_t i = 0; r == 0 && i < pv_count(libs); i++) {
		pv_rego_module lib = {.name = pv_printf(cx->arena, "libs[%zu]", i),
				      .text = pv_strv(pv_item(libs, i)),
				      .v1 = v1};

		r = read_module(cx, &lib, true, ret, &tree);
		pv_vec_push(modules, &lib);
	}
	return r;
}

int
gk_rego_compile(pv_ctx *cx, pv_arena *arena, const pv_val *source, bool prints, gk_rego *ret)
{
	const pv_rego_opts opts = {.v0 = true, .alone = true, .prints = prints, .external = true};
	const char *query = NULL, *stray;
	pv_vec modules;
	int r;

	*ret = (gk_rego){0};
	pv_vec_init(&ret->reads, arena, sizeof(const char *));
	pv_vec_init(&ret->kinds, arena, sizeof(const char *));
	if (!pv_is(pv_get(source, "rego"), PV_STRING))
		return pv_fail(cx, PV_EINVALID, "rego source missing required field: rego");
	pv_vec_init(&modules, cx->arena, sizeof(pv_rego_module));
	r = read_modules(cx, source, &modules, ret, &query);
	if (r == 0)
		r = pv_rego_compile(cx, modules.data, modules.len, &opts, &ret->rego);
	if (r == 0)
		r = pv_rego_prepare(cx, ret->rego, query, &ret->query);
	if (r == 0 && !ret->doubt && !ret->mocks && (stray = gk_rego_stray_input(cx, ret->rego)))
		ret->doubt = pv_strdup(arena, stray);
	if (r < 0)
		gk_rego_done(ret);
	return r;
}

void
gk_rego_done(gk_rego *rego)
{
	rego->query = pv_rego_query_free(rego->query);
	rego->rego = pv_rego_unref(rego->rego);
}

/* ---- judging ---- */

/* NULL: it is one of many, or known already. */
static gk_violation *
add(pv_ctx *cx, const char *message, const pv_val *details, bool failed, pv_vec *ret)
{
	gk_violation *v;

	if (ret->len >= FINDINGS_MOST)
		return NULL;
	for (size_t i = 0; i < ret->len; i++) {
		const gk_violation *known = PV_AT(gk_violation, ret, i);

		if (pv_streq(known->message, message) && details && known->details &&
		    pv_eq(known->details, details))
			return NULL;
	}
	v = pv_vec_add(ret);
	v->message = ret->len == FINDINGS_MOST ? "more violations than are listed" : message;
	v->details = details ? details : pv_box(cx->arena, pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	v->failed = failed;
	return v;
}

/* Of the rule body that gave it. */
static const pv_val *
basis_of(pv_ctx *cx, const pv_val *result, const gk_question *q, const pv_vec *held)
{
	pv_why_reader how = pv_why_of_reviews;

	how.hides = pv_streq(pv_text_at(q->review, "kind.kind", ""), "Secret");
	for (size_t i = 0; i < held->len; i++) {
		const pv_rego_held *one = PV_AT(pv_rego_held, held, i);

		if (one->value && pv_ends_with(one->rule, ".violation") && pv_eq(one->value, result))
			return pv_box(cx->arena, pv_why_rego(cx, one, &how));
	}
	return NULL;
}

static void
add_result(pv_ctx *cx, const pv_val *result, const gk_question *q, const pv_vec *held, pv_vec *ret)
{
	gk_violation *v = NULL;

	const pv_val *message = pv_get(result, "msg"), *details = pv_get(result, "details");
	pv_val plain =
		details ? pv_rego_json(cx->arena, details) : pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	if (pv_is(message, PV_STRING))
		v = add(cx, message->s, pv_box(cx->arena, plain), false, ret);
	else if (message)
		(void)add(cx,
			  pv_printf(cx->arena, "violation: msg: expected a string, found %s %s",
				    pv_type_name(message), pv_json_text(cx->arena, message)),
			  NULL, true, ret);
	if (v && q->explains)
		v->basis = basis_of(cx, result, q, held);
}

static pv_val
input_of(pv_ctx *cx, const gk_question *q)
{
	const pv_val *parameters = pv_at(q->constraint, "spec.parameters");
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "review", *q->review);
	pv_objb_put(&b, "parameters",
		    parameters ? *parameters : pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	return pv_objb_end(&b);
}

/* OPA's errors have their place in front themselves. */
static const char *
error_text(pv_ctx *cx)
{
	const pv_error *e = cx->err;
	const char *text = e->file && pv_starts_with(e->message, e->file) ? e->message : pv_error_text(cx);

	return pv_strdup(cx->arena, text);
}

static pv_val
answer(void *arg, pv_ctx *cx, const pv_val *request)
{
	const gk_question *q = arg;

	return gk_external_rego(cx, q->api, request, q->audits);
}

void
gk_rego_judge(pv_ctx *cx, const gk_rego *rego, const gk_question *q, pv_vec *ret)
{
	pv_val input = input_of(cx, q);
	pv_rego_eval eval = {.input = &input,
			     .data = q->data,
			     .now_ns = pv_now(),
			     .steps = STEPS,
			     .memory = MEMORY,
			     .cpu_ns = CPU_TIME,
			     .explains = q->explains,
			     .print = q->print,
			     .print_arg = q->print_arg,
			     .external = q->api ? answer : NULL,
			     .external_arg = (void *)(uintptr_t)q};
	pv_gate *at = rego->external ? &waiting : &gate;
	pv_rego_result result;
	int r;

	pv_gate_enter(at);
	r = pv_rego_run(cx, rego->query, &eval, &result);
	pv_gate_leave(at);
	if (r < 0) {
		(void)add(cx, error_text(cx), NULL, true, ret);
		(void)pv_recover(cx);
		return;
	}
	for (size_t i = 0; i < result.sets.len; i++)
		add_result(cx, pv_get(*PV_AT(const pv_val *, &result.sets, i), "result"), q, &result.held,
			   ret);
}
