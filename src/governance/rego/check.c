/* check: a policy that loads may still do nothing, because its package or its rules are
 * misspelt.  That is told, unless another policy uses it: then it is a library. */
#include "governance/rego/check.h"

#include <string.h>

#include "base/str.h"

/* What the modules of one ConfigMap hold. */
struct content {
	pv_buf packages, rules; /* names, for the message */
	bool asked;             /* a package of POLICY_ROOT or below */
	bool decides;           /* with a rule deny or warn */
	bool used;              /* its package is named by another policy */
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
		for (size_t k = 0; k < pv_count(data); k++) {
			pv_str text = pv_strv(&data->members[k].val);
			if (memmem(text.s, text.len, package, strlen(package)))
				return true;
		}
	}
	return false;
}

static void
look_at(const pv_val *module, const pv_vec *others, struct content *c)
{
	const char *package = pv_text_at(module, "package", ""), *name = package + sizeof("data.") - 1;
	const pv_val *rules = pv_get(module, "rules");
	bool asked = policy_asks(name);
	add_name(&c->packages, name);
	c->asked = c->asked || asked;
	c->used = c->used || names_package(others, package);
	for (size_t i = 0; i < pv_count(rules); i++) {
		const char *rule = pv_text(pv_item(rules, i), "");
		add_name(&c->rules, rule);
		c->decides = c->decides || (asked && (pv_streq(rule, "deny") || pv_streq(rule, "warn")));
	}
}

static const char *
doubt_of(pv_ctx *cx, const policy *p, const pv_vec *others)
{
	pv_val modules = policy_modules(cx->arena, p);
	const char *own = pv_printf(cx->arena, "%s/", policy_name(p));
	struct content c = {0};
	pv_buf_init(&c.packages, cx->arena);
	pv_buf_init(&c.rules, cx->arena);
	for (size_t i = 0; i < pv_count(&modules); i++) {
		const pv_val *module = pv_item(&modules, i);
		if (pv_starts_with(pv_text_at(module, "path", ""), own))
			look_at(module, others, &c);
	}
	if (c.decides || c.used)
		return NULL;
	if (c.packages.len == 0)
		return "policy decides nothing: its data has no module";
	if (!c.asked)
		return pv_printf(cx->arena,
				 "policy decides nothing: expected package " POLICY_ROOT
				 " or one below it, found %s, which no other policy uses",
				 c.packages.s);
	return pv_printf(cx->arena,
			 "policy decides nothing: expected a rule deny or warn in package %s, found %s",
			 c.packages.s, c.rules.len ? c.rules.s : "no rule");
}

int
check_policy(pv_ctx *cx, const pv_val *map, const pv_vec *others, const char **ret_doubt)
{
	policy *p = NULL;
	pv_vec libraries;
	int r;
	policy_libraries(cx, others, &libraries);
	r = policy_compile(cx, map, &libraries, &p);
	*ret_doubt = r < 0 ? NULL : doubt_of(cx, p, others);
	policy_unref(p);
	return r;
}
