/* A validating policy's expressions against the kinds that it speaks of, for .status.typeChecking
 * (apiserver pkg/admission/plugin/policy/validating/typechecking.go). */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/policy/policy.h"
#include "core/policy/set.h"

#define KINDS 10 /* of one rule */

typedef struct typecheck {
	pv_ctx *cx;
	const pv_val *spec;
	const void *params; /* type; NULL: none */
	pv_vec kinds;       /* of const pv_resource * */
	pv_listb warnings;
} typecheck;

/* ---- which kinds ---- */

static int
by_kind(const void *a, const void *b)
{
	const pv_resource *x = *(const pv_resource *const *)a, *y = *(const pv_resource *const *)b;
	int r = strcmp(x->group, y->group);

	r = r ? r : strcmp(x->version, y->version);
	return r ? r : strcmp(x->kind, y->kind);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, without what `without` has a character of; false if there is none, or one of all with a star. */
static bool
words(typecheck *t, const pv_val *list, const char *without, bool give_up, pv_vec *ret)
{
	pv_vec_init(ret, t->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *one = pv_text(pv_item(list, i), "");

		if (!strpbrk(one, without))
			pv_vec_push(ret, &one);
		else if (give_up)
			return false;
	}
	pv_vec_sort(ret, by_text);
	return ret->len > 0;
}

static bool
has(const typecheck *t, const pv_resource *res)
{
	for (size_t i = 0; i < t->kinds.len; i++)
		if (*PV_AT(const pv_resource *, &t->kinds, i) == res)
			return true;
	return false;
}

static void
kinds_of_rule(typecheck *t, pv_registry *registry, const pv_val *rule)
{
	pv_vec groups, versions, plurals;
	size_t n = 0;

	if (!words(t, pv_get(rule, "apiGroups"), "*", true, &groups) ||
	    !words(t, pv_get(rule, "apiVersions"), "*", true, &versions) ||
	    !words(t, pv_get(rule, "resources"), "*/", false, &plurals))
		return;
	for (size_t g = 0; g < groups.len; g++)
		for (size_t v = 0; v < versions.len; v++)
			for (size_t p = 0; p < plurals.len && n < KINDS; p++) {
				const pv_resource *res =
					pv_resource_find(t->cx, registry, *PV_AT(const char *, &groups, g),
							 *PV_AT(const char *, &versions, v),
							 *PV_AT(const char *, &plurals, p));

				n += res != NULL;
				if (res && res->schema && !has(t, res))
					pv_vec_push(&t->kinds, &res);
			}
}

/* ---- one expression ---- */

static void
check_with(typecheck *t, const pv_resource *res, pv_str text, pv_buf *out)
{
	const policy_types types = {expr_whole(t->cx->arena, res), t->params};
	policy_compile c = {.cx = t->cx, .arena = t->cx->arena};
	pv_cel_env env = {.shapes = &expr_shapes, .homogeneous = true, .kubernetes = true};
	pv_vec unheard; /* what else is wrong with the policy is told when it is written */
	const pv_cel *program;
	policy p = {.name = ""};

	pv_vec_init(&unheard, t->cx->arena, sizeof(pv_cause));
	c.causes = &unheard;
	policy_declare(&c, t->spec, &types, &p);
	env.vars = c.vars;
	env.n_vars = c.n_vars;
	if (pv_cel_compile(t->cx, t->cx->arena, &env, text, &program) == 0)
		return;
	pv_buf_printf(out, "%s%s/%s, Kind=%s: %s\n", out->len ? "\n" : "", res->group, res->version,
		      res->kind, pv_error_text(t->cx));
	(void)pv_recover(t->cx);
}

static void
check(typecheck *t, const pv_val *rule, size_t i, const char *field)
{
	pv_str text = pv_strv(pv_get(rule, field));
	pv_objb warning;
	pv_buf out;

	if (!text.len)
		return;
	pv_buf_init(&out, t->cx->arena);
	for (size_t k = 0; k < t->kinds.len; k++)
		check_with(t, *PV_AT(const pv_resource *, &t->kinds, k), text, &out);
	if (!out.len)
		return;
	pv_objb_init(&warning, t->cx->arena);
	pv_objb_puts(&warning, "fieldRef", pv_printf(t->cx->arena, "spec.validations[%zu].%s", i, field));
	pv_objb_puts(&warning, "warning", out.s);
	pv_listb_add(&t->warnings, pv_objb_end(&warning));
}

pv_val
pv_policy_status(pv_ctx *cx, pv_registry *registry, const pv_val *object, int64_t generation)
{
	const pv_val *spec = pv_get(object, "spec"), *rules = pv_at(spec, "matchConstraints.resourceRules"),
		     *list = pv_get(spec, "validations"), *conditions = pv_at(object, "status.conditions");
	typecheck t = {.cx = cx, .spec = spec};
	const pv_resource *params =
		pv_resource_of_kind(cx, registry, pv_text_at(spec, "paramKind.apiVersion", ""),
				    pv_text_at(spec, "paramKind.kind", ""));
	pv_objb status, checking;
	pv_val warnings;

	pv_vec_init(&t.kinds, cx->arena, sizeof(const pv_resource *));
	pv_listb_init(&t.warnings, cx->arena);
	for (size_t i = 0; i < pv_count(rules); i++)
		kinds_of_rule(&t, registry, pv_item(rules, i));
	pv_vec_sort(&t.kinds, by_kind);
	t.params = params && params->schema ? expr_whole(cx->arena, params) : NULL;
	for (size_t i = 0; i < pv_count(list); i++) {
		check(&t, pv_item(list, i), i, "expression");
		check(&t, pv_item(list, i), i, "messageExpression");
	}
	pv_objb_init(&checking, cx->arena);
	warnings = pv_listb_end(&t.warnings);
	if (pv_count(&warnings))
		pv_objb_put(&checking, "expressionWarnings", warnings);
	pv_objb_init(&status, cx->arena);
	if (conditions)
		pv_objb_put(&status, "conditions", *conditions);
	pv_objb_put(&status, "observedGeneration", pv_int(generation));
	pv_objb_put(&status, "typeChecking", pv_objb_end(&checking));
	return pv_objb_end(&status);
}
