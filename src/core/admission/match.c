#include "core/admission/match.h"

#include "base/str.h"
#include "core/admission/request.h"
#include "core/api/api.h"
#include "lang/selector/selector.h"

typedef struct names { /* of a rule's list; star: any will do */
	const char *const *list;
	size_t n;
	bool star;
} names;

typedef struct target {     /* of .resources: "pods", "pods/status", "*", "*" with a subresource */
	pv_str plural, sub; /* sub.len 0: none */
} target;

typedef struct rule {
	unsigned operations; /* a bit for each */
	names groups, versions, objects;
	const target *targets;
	size_t n_targets;
	int scope; /* 0: both, 1: namespaced, 2: cluster */
} rule;

typedef struct rules {
	const rule *list;
	size_t n;
} rules;

struct pv_match {
	rules wanted, excluded;
	bool open, exact;
	const pv_selector *ns, *object; /* NULL: everything */
	const char *error;              /* of a selector */
};

/* ---- making ---- */

static names
names_of(pv_arena *arena, const pv_val *list)
{
	const char **out = pv_new_array(arena, const char *, pv_count(list) + 1);
	names n = {.list = out, .n = pv_count(list)};

	for (size_t i = 0; i < n.n; i++) {
		out[i] = pv_text(pv_item(list, i), "");
		n.star = n.star || pv_streq(out[i], "*");
	}
	return n;
}

static unsigned
operations_of(const pv_val *list)
{
	static const char *const all[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};
	unsigned bits = 0;

	for (size_t i = 0; i < pv_count(list); i++)
		for (size_t k = 0; k < PV_LEN(all); k++)
			if (pv_streq(pv_text(pv_item(list, i), ""), all[k]) ||
			    pv_streq(pv_text(pv_item(list, i), ""), "*"))
				bits |= 1u << k;
	return bits;
}

static void
read_rule(pv_arena *arena, const pv_val *v, rule *ret)
{
	const pv_val *resources = pv_get(v, "resources");
	const char *scope = pv_text_at(v, "scope", "*");
	target *targets = pv_new_array(arena, target, pv_count(resources) + 1);

	*ret = (rule){.operations = operations_of(pv_get(v, "operations")),
		      .groups = names_of(arena, pv_get(v, "apiGroups")),
		      .versions = names_of(arena, pv_get(v, "apiVersions")),
		      .objects = names_of(arena, pv_get(v, "resourceNames")),
		      .targets = targets,
		      .scope = pv_streq(scope, "Namespaced") ? 1
			       : pv_streq(scope, "Cluster")  ? 2
							     : 0};
	for (size_t i = 0; i < pv_count(resources); i++) {
		pv_str rest = pv_str_of(pv_text(pv_item(resources, i), "")), head;

		if (pv_str_next(&rest, '/', &head))
			targets[ret->n_targets++] = (target){head, rest.s ? rest : PV_STR("")};
	}
}

static rules
read_rules(pv_arena *arena, const pv_val *list)
{
	rule *out = pv_new_array(arena, rule, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++)
		read_rule(arena, pv_item(list, i), &out[i]);
	return (rules){out, pv_count(list)};
}

static const pv_selector *
read_selector(pv_ctx *cx, pv_arena *arena, const pv_val *v, const char **ret_error)
{
	pv_arena *turn = cx->arena;
	pv_selector *made = NULL;

	if (!v || (!pv_count(pv_get(v, "matchLabels")) && !pv_count(pv_get(v, "matchExpressions"))))
		return NULL;
	cx->arena = arena; /* selectors lie where they are made */
	if (pv_selector_from(cx, v, &made) < 0) {
		*ret_error = pv_strdup(arena, cx->err->message);
		(void)pv_recover(cx);
	}
	cx->arena = turn;
	return made;
}

const pv_match *
pv_match_new(pv_ctx *cx, pv_arena *arena, const pv_val *spec, const char *list, bool open)
{
	pv_match *m = pv_new(arena, pv_match);

	m->wanted = read_rules(arena, pv_get(spec, list));
	m->excluded = read_rules(arena, pv_get(spec, "excludeResourceRules"));
	m->open = open && !m->wanted.n;
	m->exact = pv_streq(pv_text_at(spec, "matchPolicy", "Equivalent"), "Exact");
	m->ns = read_selector(cx, arena, pv_get(spec, "namespaceSelector"), &m->error);
	m->object = read_selector(cx, arena, pv_get(spec, "objectSelector"), &m->error);
	return m;
}

/* ---- asking ---- */

static bool
has(const names *n, const char *text)
{
	if (n->star)
		return true;
	for (size_t i = 0; i < n->n; i++)
		if (pv_streq(n->list[i], text))
			return true;
	return false;
}

static bool
names_resource(const rule *r, const pv_admit *a)
{
	const char *sub = a->subresource ? a->subresource : "";

	for (size_t i = 0; i < r->n_targets; i++) {
		const target *t = &r->targets[i];

		if (!pv_str_is(t->plural, "*") && !pv_str_is(t->plural, a->resource->plural))
			continue;
		if (t->sub.len ? pv_str_is(t->sub, "*") || (*sub && pv_str_is(t->sub, sub)) : !*sub)
			return true;
	}
	return false;
}

static bool
any_names(const rules *all, const pv_admit *a, const pv_resource *as)
{
	for (size_t i = 0; i < all->n; i++) {
		const rule *r = &all->list[i];

		if (r->operations >> a->operation & 1 &&
		    (!r->scope || (r->scope == 1) == a->resource->namespaced) && names_resource(r, a) &&
		    has(&r->groups, as->group) && has(&r->versions, as->version) &&
		    (!r->objects.n || has(&r->objects, a->name)))
			return true;
	}
	return false;
}

/* The version that a rule names, the write's own if any does. */
static const pv_resource *
named(pv_ctx *cx, const pv_admit *a, const rules *all, bool exact)
{
	const pv_resource *const *list;
	size_t n;

	if (any_names(all, a, a->resource))
		return a->resource;
	if (exact || !a->serving || !all->n)
		return NULL;
	list = pv_resource_all(cx, pv_api_registry(a->serving), &n);
	for (size_t i = 0; i < n; i++)
		if (pv_streq(list[i]->type, a->resource->type) && any_names(all, a, list[i]))
			return list[i];
	return NULL;
}

static bool
selects_namespace(pv_ctx *cx, const pv_admit *a, const pv_selector *s)
{
	if (!s || (!a->resource->namespaced && !pv_streq(a->resource->type, "/Namespace")))
		return true;
	return pv_selector_match(s, pv_at(pv_admission_namespace(cx, a), "metadata.labels"));
}

static bool
selects_object(const pv_admit *a, const pv_selector *s)
{
	return !s || (a->object && pv_selector_match(s, pv_at(a->object, "metadata.labels"))) ||
	       (a->old && pv_selector_match(s, pv_at(a->old, "metadata.labels")));
}

int
pv_match_find(pv_ctx *cx, const pv_match *m, const pv_admit *a, const pv_resource **ret)
{
	const pv_resource *as = m->open ? a->resource : named(cx, a, &m->wanted, m->exact);

	*ret = NULL;
	if (!as || named(cx, a, &m->excluded, m->exact))
		return 0;
	if (m->error)
		return pv_fail(cx, PV_EINVALID, "%s", m->error);
	if (selects_namespace(cx, a, m->ns) && selects_object(a, m->object))
		*ret = as;
	return 0;
}
