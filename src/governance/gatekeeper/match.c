/* match: Gatekeeper's pkg/mutation/match. */
#include "governance/gatekeeper/match.h"

#include <string.h>

#include "base/str.h"
#include "lang/selector/selector.h"

struct gk_match {
	const pv_val *spec; /* NULL: everything */
	pv_selector *labels, *spaces;
};

int
gk_match_new(pv_ctx *cx, pv_arena *arena, const pv_val *spec, gk_match **ret)
{
	const pv_val *labels = pv_get(spec, "labelSelector"), *spaces = pv_get(spec, "namespaceSelector");
	gk_match *m = pv_new(arena, gk_match);
	pv_ctx own = *cx;
	int r = 0;

	own.arena = arena; /* the selectors live as long as the match */
	m->spec = spec;
	if (labels && labels->type != PV_NULL && (r = pv_selector_from(&own, labels, &m->labels)) < 0)
		r = pv_wrap(&own, r, "spec.match.labelSelector");
	if (r == 0 && spaces && spaces->type != PV_NULL &&
	    (r = pv_selector_from(&own, spaces, &m->spaces)) < 0)
		r = pv_wrap(&own, r, "spec.match.namespaceSelector");
	cx->err = own.err;
	*ret = m;
	return r;
}

/* ---- words ---- */

bool
gk_wildcard(const char *pattern, const char *name)
{
	size_t len = strlen(pattern), has = strlen(name);
	bool front = len > 0 && pattern[0] == '*', back = len > 0 && pattern[len - 1] == '*';
	const char *rest = front ? pattern + 1 : pattern;
	size_t want = len - front - (back && len > 1 ? 1 : 0);

	if (front && back)
		return want == 0 || memmem(name, has, rest, want) != NULL;
	if (has < want)
		return false;
	if (front)
		return memcmp(name + has - want, rest, want) == 0;
	return back ? memcmp(name, rest, want) == 0 : pv_streq(pattern, name);
}

static bool
generates(const char *pattern, const char *prefix)
{
	return pv_ends_with(pattern, "*") && gk_wildcard(pattern, prefix);
}

const char *
gk_group(pv_arena *arena, const char *api_version)
{
	const char *slash = strchr(api_version, '/');

	return slash ? pv_strndup(arena, api_version, (size_t)(slash - api_version)) : "";
}

const char *
gk_version(const char *api_version)
{
	const char *slash = strchr(api_version, '/');

	return slash ? slash + 1 : api_version;
}

bool
gk_is_namespace(const pv_val *object)
{
	return pv_streq(pv_text_at(object, "kind", ""), "Namespace") &&
	       !strchr(pv_text_at(object, "apiVersion", ""), '/');
}

/* ---- the parts ---- */

/* No list, an empty one and a star stand for any. */
static bool
lists_or_any(const pv_val *list, const char *text)
{
	return !pv_count(list) || pv_list_has_text(list, "*") || pv_list_has_text(list, text);
}

static bool
kinds_hold(const pv_val *kinds, const char *kind, const char *group)
{
	for (size_t i = 0; i < pv_count(kinds); i++)
		if (lists_or_any(pv_get(pv_item(kinds, i), "kinds"), kind) &&
		    lists_or_any(pv_get(pv_item(kinds, i), "apiGroups"), group))
			return true;
	return !pv_count(kinds);
}

bool
gk_match_speaks(const gk_match *m, const char *kind, const char *group)
{
	return kinds_hold(pv_get(m->spec, "kinds"), kind, group);
}

static bool
scope_holds(const char *scope, const gk_candidate *c)
{
	bool within = *pv_text_at(c->object, "metadata.namespace", "") || c->space;

	if (pv_streq(scope, "Cluster"))
		return gk_is_namespace(c->object) || !within;
	if (pv_streq(scope, "Namespaced"))
		return !gk_is_namespace(c->object) && within;
	return true; /* any other word, too */
}

/* The namespace that lists of names are held against; NULL: they do not apply. */
static const char *
space_of(const gk_candidate *c)
{
	const char *own = pv_text_at(c->object, "metadata.namespace", "");

	if (gk_is_namespace(c->object))
		return pv_text_at(c->object, "metadata.name", "");
	if (c->space)
		return pv_text_at(c->space, "metadata.name", "");
	return *own ? own : NULL;
}

static bool
any_wildcard(const pv_val *patterns, const char *name)
{
	for (size_t i = 0; i < pv_count(patterns); i++)
		if (gk_wildcard(pv_text(pv_item(patterns, i), ""), name))
			return true;
	return false;
}

static bool
spaces_hold(const pv_val *spec, const gk_candidate *c)
{
	const pv_val *wanted = pv_get(spec, "namespaces"), *excluded = pv_get(spec, "excludedNamespaces");
	const char *space = space_of(c);

	if (!space)
		return true;
	return (!pv_count(wanted) || any_wildcard(wanted, space)) && !any_wildcard(excluded, space);
}

static int
selector_holds(pv_ctx *cx, const gk_match *m, const gk_candidate *c, bool *ret)
{
	const pv_val *labels = pv_at(c->object, "metadata.labels");

	*ret = true;
	if (!m->spaces)
		return 0;
	if (gk_is_namespace(c->object)) {
		*ret = pv_selector_match(m->spaces, labels);
		return 0;
	}
	if (!c->space && !*pv_text_at(c->object, "metadata.namespace", ""))
		return 0; /* of the cluster: all */
	if (!c->space)
		return pv_fail(cx, PV_EINVALID,
			       "namespace selector for namespace-scoped object but missing Namespace");
	*ret = pv_selector_match(m->spaces, pv_at(c->space, "metadata.labels"));
	return 0;
}

static bool
name_holds(const char *pattern, const pv_val *object)
{
	return !*pattern || gk_wildcard(pattern, pv_text_at(object, "metadata.name", "")) ||
	       generates(pattern, pv_text_at(object, "metadata.generateName", ""));
}

static int
source_holds(pv_ctx *cx, const char *source, const gk_candidate *c, bool *ret)
{
	bool all = !*source || pv_streq(source, "All");

	*ret = all || pv_streq(source, c->source);
	if (!all && !pv_streq(source, "Original") && !pv_streq(source, "Generated"))
		return pv_fail(cx, PV_EINVALID, "invalid source field \"%s\"", source);
	if (!all && !*c->source)
		return pv_fail(cx, PV_EINVALID, "source field not specified for resource %s",
			       pv_text_at(c->object, "metadata.name", ""));
	return 0;
}

int
gk_match_holds(pv_ctx *cx, const gk_match *m, const gk_candidate *c, bool *ret)
{
	const pv_val *spec = m->spec;
	int r = 0;

	*ret = true;
	if (!spec)
		return 0;
	*ret = kinds_hold(pv_get(spec, "kinds"), pv_text_at(c->object, "kind", ""),
			  gk_group(cx->arena, pv_text_at(c->object, "apiVersion", ""))) &&
	       scope_holds(pv_text_at(spec, "scope", ""), c) && spaces_hold(spec, c) &&
	       (!m->labels || pv_selector_match(m->labels, pv_at(c->object, "metadata.labels")));
	if (*ret)
		r = selector_holds(cx, m, c, ret);
	if (r == 0 && *ret)
		*ret = name_holds(pv_text_at(spec, "name", ""), c->object);
	if (r == 0 && *ret)
		r = source_holds(cx, pv_text_at(spec, "source", ""), c, ret);
	return r < 0 ? pv_wrap(cx, r, "failed to run Match criteria") : 0;
}
