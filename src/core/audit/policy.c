/* Reading an audit policy and asking it (apiserver pkg/audit/policy). */
#include "core/audit/policy.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lang/yaml/yaml.h"

typedef struct audit_rule {
	enum pv_audit_level level;
	const pv_val *users, *groups, *verbs, *resources, *namespaces, *urls;
	unsigned omitted;
	bool omit_managed;
} audit_rule;

struct pv_audit_policy {
	pv_ctx cx; /* holds the document */
	audit_rule *rules;
	size_t n;
};

static const char *const level_names[] = {"None", "Metadata", "Request", "RequestResponse"};
static const char *const stage_names[] = {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"};

const char *
pv_audit_level_name(enum pv_audit_level level)
{
	return level_names[level];
}

/* ---- reading ---- */

typedef struct source {
	pv_ctx *cx;
	const char *file;
	pv_str text;
} source;

static int PV_PRINTF(3, 4) fault(const source *s, const char *path, const char *fmt, ...)
{
	int line = 1, column = 1;
	char *why;
	va_list args;

	va_start(args, fmt);
	why = pv_vprintf(s->cx->arena, fmt, args);
	va_end(args);
	pv_yaml_locate(s->cx, s->text, 1, path, &line, &column);
	return pv_fail_at(s->cx, PV_EUSAGE, s->file, line, column, "%s: %s", path, why);
}

static const char *
listed(pv_arena *arena, const char *const *names, size_t n)
{
	const char *out = names[0];

	for (size_t i = 1; i < n; i++)
		out = pv_printf(arena, "%s%s%s", out, i + 1 < n ? ", " : " or ", names[i]);
	return out;
}

static int
index_of(const source *s, const char *path, const pv_val *v, const char *const *names, size_t n, size_t *ret)
{
	for (*ret = 0; *ret < n; ++*ret)
		if (pv_streq(pv_text(v, ""), names[*ret]))
			return 0;
	return fault(s, path, "expected %s, found %s", listed(s->cx->arena, names, n),
		     pv_is(v, PV_STRING) ? v->s
		     : v                 ? pv_type_name(v)
					 : "nothing");
}

static int
texts(const source *s, const char *path, const pv_val *v)
{
	if (!v || pv_is(v, PV_NULL))
		return 0;
	if (!pv_is(v, PV_LIST))
		return fault(s, path, "expected a list of strings, found %s", pv_type_name(v));
	for (uint32_t i = 0; i < pv_count(v); i++)
		if (!pv_is(&v->items[i], PV_STRING))
			return fault(s, pv_printf(s->cx->arena, "%s[%u]", path, i),
				     "expected a string, found %s", pv_type_name(&v->items[i]));
	return 0;
}

/* A misspelt field would audit less than is thought. */
static int
fields(const source *s, const char *path, const pv_val *v, const char *const *known, size_t n)
{
	if (!pv_is(v, PV_OBJECT))
		return fault(s, path, "expected an object, found %s", v ? pv_type_name(v) : "nothing");
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const char *key = v->members[i].key.s;
		size_t at = 0;

		while (at < n && !pv_streq(known[at], key))
			at++;
		if (at == n)
			return fault(s, path[0] ? pv_printf(s->cx->arena, "%s.%s", path, key) : key,
				     "unknown field: expected one of %s", listed(s->cx->arena, known, n));
	}
	return 0;
}

static int
stages(const source *s, const char *path, const pv_val *v, unsigned *ret)
{
	int r = texts(s, path, v);

	for (uint32_t i = 0; r == 0 && i < pv_count(v); i++) {
		size_t at;

		r = index_of(s, pv_printf(s->cx->arena, "%s[%u]", path, i), &v->items[i], stage_names,
			     PV_LEN(stage_names), &at);
		if (r == 0)
			*ret |= 1u << at;
	}
	return r;
}

static int
resources(const source *s, const char *path, const pv_val *v)
{
	static const char *const known[] = {"group", "resources", "resourceNames"};
	int r = !v || pv_is(v, PV_LIST) ? 0 : fault(s, path, "expected a list, found %s", pv_type_name(v));

	for (uint32_t i = 0; r == 0 && i < pv_count(v); i++) {
		const char *at = pv_printf(s->cx->arena, "%s[%u]", path, i);
		const pv_val *one = &v->items[i];

		r = fields(s, at, one, known, PV_LEN(known));
		if (r == 0)
			r = texts(s, pv_printf(s->cx->arena, "%s.resources", at), pv_get(one, "resources"));
		if (r == 0)
			r = texts(s, pv_printf(s->cx->arena, "%s.resourceNames", at),
				  pv_get(one, "resourceNames"));
		if (r == 0 && pv_count(pv_get(one, "resourceNames")) && !pv_count(pv_get(one, "resources")))
			r = fault(s, pv_printf(s->cx->arena, "%s.resourceNames", at),
				  "expected resources with it");
	}
	return r;
}

static int
read_rule(const source *s, const char *path, const pv_val *v, audit_rule *ret)
{
	static const char *const known[] = {"level",           "users",      "userGroups",
					    "verbs",           "resources",  "namespaces",
					    "nonResourceURLs", "omitStages", "omitManagedFields"};
	static const char *const lists[] = {"users", "userGroups", "verbs", "namespaces", "nonResourceURLs"};
	size_t level = 0;
	int r = fields(s, path, v, known, PV_LEN(known));

	if (r == 0)
		r = index_of(s, pv_printf(s->cx->arena, "%s.level", path), pv_get(v, "level"), level_names,
			     PV_LEN(level_names), &level);
	for (size_t i = 0; r == 0 && i < PV_LEN(lists); i++)
		r = texts(s, pv_printf(s->cx->arena, "%s.%s", path, lists[i]), pv_get(v, lists[i]));
	if (r == 0)
		r = resources(s, pv_printf(s->cx->arena, "%s.resources", path), pv_get(v, "resources"));
	if (r == 0)
		r = stages(s, pv_printf(s->cx->arena, "%s.omitStages", path), pv_get(v, "omitStages"),
			   &ret->omitted);
	if (r < 0)
		return r;
	ret->level = (enum pv_audit_level)level;
	ret->users = pv_get(v, "users");
	ret->groups = pv_get(v, "userGroups");
	ret->verbs = pv_get(v, "verbs");
	ret->resources = pv_get(v, "resources");
	ret->namespaces = pv_get(v, "namespaces");
	ret->urls = pv_get(v, "nonResourceURLs");
	ret->omit_managed = pv_truth(pv_get(v, "omitManagedFields"), ret->omit_managed);
	if (pv_count(ret->urls) && (pv_count(ret->resources) || pv_count(ret->namespaces)))
		return fault(s, pv_printf(s->cx->arena, "%s.nonResourceURLs", path),
			     "a rule is about URLs or about resources and namespaces, not both");
	return 0;
}

static int
read_policy(const source *s, const pv_val *doc, pv_audit_policy *p)
{
	static const char *const known[] = {"apiVersion", "kind",       "metadata",
					    "rules",      "omitStages", "omitManagedFields"};
	bool managed = pv_truth(pv_get(doc, "omitManagedFields"), false);
	const pv_val *rules = pv_get(doc, "rules");
	unsigned omitted = 0;
	int r = fields(s, "", doc, known, PV_LEN(known));

	if (r == 0 && (!pv_streq(pv_text_at(doc, "apiVersion", ""), "audit.k8s.io/v1") ||
		       !pv_streq(pv_text_at(doc, "kind", ""), "Policy")))
		r = fault(s, "kind", "expected apiVersion audit.k8s.io/v1, kind Policy");
	if (r == 0 && !pv_count(rules))
		r = fault(s, "rules", "expected at least one rule: without any, nothing is audited");
	if (r == 0)
		r = stages(s, "omitStages", pv_get(doc, "omitStages"), &omitted);
	if (r < 0)
		return r;
	p->rules = pv_new_array(p->cx.arena, audit_rule, pv_count(rules));
	for (uint32_t i = 0; r == 0 && i < pv_count(rules); i++) {
		p->rules[p->n] = (audit_rule){.omitted = omitted, .omit_managed = managed};
		r = read_rule(s, pv_printf(s->cx->arena, "rules[%u]", i), &rules->items[i],
			      &p->rules[p->n++]);
	}
	return r;
}

int
pv_audit_policy_parse(pv_ctx *cx, const char *file, pv_str text, pv_audit_policy **ret)
{
	pv_audit_policy *p = calloc(1, sizeof *p);
	pv_yaml_opts opts = {.file = file};
	source s = {cx, file, text};
	const pv_val *doc;
	int r = pv_yaml_parse(cx, text, &opts, &doc);

	PV_ASSERT(p);
	pv_ctx_init(&p->cx, "audit policy");
	if (r == 0) {
		doc = pv_box(p->cx.arena, pv_copy(p->cx.arena, doc));
		r = read_policy(&s, doc, p);
	}
	if (r < 0) {
		pv_audit_policy_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

pv_audit_policy *
pv_audit_policy_free(pv_audit_policy *p)
{
	if (p) {
		pv_ctx_done(&p->cx);
		free(p);
	}
	return NULL;
}

/* ---- asking ---- */

static bool
in_any(const pv_val *list, const char *const *groups)
{
	for (; groups && *groups; groups++)
		if (pv_list_has_text(list, *groups))
			return true;
	return false;
}

/* "pods", "pods/log", "pods" or "*" and a slash and the other, "*" */
static bool
is_resource(const char *one, const pv_audit_question *q)
{
	size_t len = strlen(one), res = strlen(q->resource);
	const char *slash = strchr(one, '/');

	if (pv_streq(one, "*"))
		return true;
	if (!slash)
		return !q->subresource[0] && pv_streq(one, q->resource);
	if (pv_streq(slash, "/*") && (size_t)(slash - one) == res && strncmp(one, q->resource, res) == 0)
		return true;
	if (!q->subresource[0] || !pv_streq(slash + 1, q->subresource))
		return false;
	return (len > 1 && one[0] == '*' && slash == one + 1) ||
	       ((size_t)(slash - one) == res && strncmp(one, q->resource, res) == 0);
}

static bool
about_resource(const audit_rule *rule, const pv_audit_question *q)
{
	if (q->url || (pv_count(rule->namespaces) && !pv_list_has_text(rule->namespaces, q->ns)))
		return false;
	for (size_t i = 0; i < pv_count(rule->resources); i++) {
		const pv_val *one = pv_item(rule->resources, i), *names = pv_get(one, "resourceNames");
		const pv_val *kinds = pv_get(one, "resources");

		if (!pv_streq(pv_text_at(one, "group", ""), q->group))
			continue;
		if (!pv_count(kinds))
			return true;
		for (size_t j = 0; j < pv_count(kinds); j++)
			if (is_resource(pv_text(pv_item(kinds, j), ""), q) &&
			    (!pv_count(names) || pv_list_has_text(names, q->name)))
				return true;
	}
	return !pv_count(rule->resources);
}

static bool
about_url(const audit_rule *rule, const pv_audit_question *q)
{
	for (size_t i = 0; q->url && i < pv_count(rule->urls); i++) {
		const char *one = pv_text(pv_item(rule->urls, i), "");
		size_t len = strlen(one);

		if (pv_streq(one, q->url) ||
		    (len && one[len - 1] == '*' && strncmp(one, q->url, len - 1) == 0))
			return true;
	}
	return false;
}

static bool
matches(const audit_rule *rule, const pv_audit_question *q)
{
	if ((pv_count(rule->users) && !pv_list_has_text(rule->users, q->user)) ||
	    (pv_count(rule->groups) && !in_any(rule->groups, q->groups)) ||
	    (pv_count(rule->verbs) && !pv_list_has_text(rule->verbs, q->verb)))
		return false;
	if (pv_count(rule->namespaces) || pv_count(rule->resources))
		return about_resource(rule, q);
	return !pv_count(rule->urls) || about_url(rule, q);
}

/* Bodies of these are secrets themselves, whatever a rule says. */
static bool
is_secret(const pv_audit_question *q)
{
	if (q->group[0] == '\0')
		return pv_streq(q->resource, "secrets") ||
		       (pv_streq(q->resource, "serviceaccounts") && pv_streq(q->subresource, "token"));
	return pv_streq(q->group, "authentication.k8s.io") && pv_streq(q->resource, "tokenreviews");
}

pv_audit_decision
pv_audit_policy_decide(const pv_audit_policy *p, const pv_audit_question *q)
{
	pv_audit_decision out = {PV_AUDIT_NONE, 0, false};

	for (size_t i = 0; i < p->n; i++) {
		const audit_rule *rule = &p->rules[i];

		if (!matches(rule, q))
			continue;
		out = (pv_audit_decision){rule->level, rule->omitted, rule->omit_managed};
		if (out.level > PV_AUDIT_METADATA && !q->url && is_secret(q))
			out.level = PV_AUDIT_METADATA;
		break;
	}
	return out;
}
