/* check: a policy that loads may still do nothing, because its package or its rules are
 * misspelt.  That is told, unless another policy uses it: then it is a library. */
#include "governance/rego/check.h"

#include <string.h>

#include "base/near.h"
#include "base/str.h"

/* What the modules of one ConfigMap hold. */
struct content {
	pv_buf packages, rules; /* names, for the message */
	const char *root;       /* the package whose rules are asked, and those below it */
	bool asked;             /* a package of that or below */
	bool decides;           /* with a rule deny or warn */
	bool used;              /* its package is named by another policy, or asked by decision logs */
	const char *stray;      /* reads of input what no admission has, and where; NULL: does not */
};

static void
add_name(pv_buf *names, const char *name)
{
	pv_buf_printf(names, "%s%s", names->len ? ", " : "", name);
}

static bool
names_package(const pv_vec *others, const char *package)
{
	for (size_t i = 0; i < others->len; i++) {
		const pv_val *data = pv_get(*PV_AT(const pv_val *, others, i), "data");
		for (size_t k = 0; k < pv_member_count(data); k++) {
			pv_str text = pv_strv(&data->members[k].val);
			if (memmem(text.s, text.len, package, strlen(package)))
				return true;
		}
	}
	return false;
}

/* input is an AdmissionReview here. */
static const char *
stray_input(pv_ctx *cx, const pv_val *module)
{
	static const char *const known[] = {"request", "apiVersion", "kind"};
	const pv_val *inputs = pv_get(module, "inputs");
	for (size_t i = 0; i < pv_count(inputs); i++) {
		const pv_member *m = pv_sorted(inputs, i);
		const char *name = pv_text(&m->key, "");
		bool fine = false;
		for (size_t k = 0; k < PV_LEN(known); k++)
			fine = fine || pv_streq(name, known[k]);
		if (!fine)
			return pv_printf(cx->arena,
					 "policy reads input.%s (%s:%lld), which is never there: expected "
					 "input.request, as in an AdmissionReview%s",
					 name, pv_text_at(module, "path", ""), (long long)pv_i64(&m->val, 0),
					 pv_streq(name, "review") ? "; input.review is what Gatekeeper's "
								    "ConstraintTemplates read"
								  : "");
	}
	return NULL;
}

static void
look_at(pv_ctx *cx, const pv_val *module, const pv_vec *others, struct content *c)
{
	const char *package = pv_text_at(module, "package", ""), *name = package + sizeof("data.") - 1;
	const pv_val *rules = pv_get(module, "rules");
	bool asked = policy_below(name, c->root);
	add_name(&c->packages, name);
	c->asked = c->asked || asked;
	c->used = c->used || names_package(others, package) || pv_streq(name, "system.log");
	c->stray = c->stray || !asked ? c->stray : stray_input(cx, module);
	for (size_t i = 0; i < pv_count(rules); i++) {
		const char *rule = pv_text(pv_item(rules, i), "");
		add_name(&c->rules, rule);
		c->decides = c->decides || (asked && (pv_streq(rule, "deny") || pv_streq(rule, "warn")));
	}
}

static const char *
doubt_of(pv_ctx *cx, const policy *p, const pv_vec *others, const rego_bundles *bundles)
{
	pv_val modules = policy_modules(cx->arena, p);
	struct content c = {.root = policy_root(p)};
	pv_buf_init(&c.packages, cx->arena);
	pv_buf_init(&c.rules, cx->arena);
	for (size_t i = 0; i < pv_count(&modules); i++) {
		const pv_val *module = pv_item(&modules, i);
		if (policy_owns(p, bundles, pv_text_at(module, "path", "")))
			look_at(cx, module, others, &c);
	}
	if (c.decides || c.used)
		return c.stray;
	if (c.packages.len == 0)
		return policy_bundle(p) ? "policy decides nothing: its bundle has no module"
					: "policy decides nothing: its data has no module";
	if (!c.asked)
		return pv_printf(cx->arena,
				 "policy decides nothing: expected package %s or one below it, found %s%s",
				 c.root, c.packages.s,
				 policy_bundle(p) ? "; the annotation " PACKAGE_ANNOTATION " names another"
						  : ", which no other policy uses");
	return pv_printf(cx->arena,
			 "policy decides nothing: expected a rule deny or warn in package %s, found %s",
			 c.packages.s, c.rules.len ? c.rules.s : "no rule");
}

/* ---- annotations of ours ---- */

static const char *const annotations[] = {MODE_ANNOTATION,     SYNTAX_ANNOTATION, STRICT_ANNOTATION,
					  SEVERITY_ANNOTATION, BUNDLE_ANNOTATION, PACKAGE_ANNOTATION};

static bool
is_annotation(const char *key)
{
	for (size_t i = 0; i < PV_LEN(annotations); i++)
		if (pv_streq(key, annotations[i]))
			return true;
	return false;
}

static const char *
meant(pv_ctx *cx, const char *key)
{
	pv_near near = {.word = key};
	pv_buf all;
	pv_buf_init(&all, cx->arena);
	for (size_t i = 0; i < PV_LEN(annotations); i++) {
		pv_near_try(&near, annotations[i]);
		add_name(&all, annotations[i]);
	}
	return near.best ? pv_printf(cx->arena, "did you mean %s?", near.best)
			 : pv_printf(cx->arena, "expected one of %s", all.s);
}

static const char *
misspelt(pv_ctx *cx, const pv_val *map)
{
	const pv_val *all = pv_at(map, "metadata.annotations");
	for (size_t i = 0; i < pv_count(all); i++) {
		const char *key = pv_text(&pv_sorted(all, i)->key, "");
		if (pv_starts_with(key, "pave.dev/") && !is_annotation(key))
			return pv_printf(cx->arena, "annotation %s means nothing on a policy: %s", key,
					 meant(cx, key));
	}
	return NULL;
}

int
check_policy(pv_ctx *cx, const pv_val *map, const pv_vec *others, const rego_bundles *bundles,
	     const char **ret_doubt)
{
	policy *p = NULL;
	pv_vec libraries;
	int r;
	policy_libraries(cx, others, &libraries);
	r = policy_compile(cx, map, &libraries, bundles, &p);
	*ret_doubt = r < 0 ? NULL : misspelt(cx, map);
	if (r == 0 && !*ret_doubt)
		*ret_doubt = doubt_of(cx, p, others, bundles);
	policy_unref(p);
	return r;
}
