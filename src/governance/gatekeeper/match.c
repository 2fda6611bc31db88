/* match: Gatekeeper's pkg/mutation/match. */
#include "governance/gatekeeper/match.h"

#include <string.h>

#include "base/str.h"
#include "lang/selector/selector.h"

typedef struct words { /* a list of them; none, and a star, stand for any */
	bool any;
	size_t n;
	pv_str *list;
} words;

typedef struct row { /* of spec.match.kinds */
	words kinds, groups;
} row;

struct gk_match {
	const pv_val *spec; /* NULL: everything */
	const char *scope, *name, *source;
	const pv_val *wanted, *excluded; /* namespaces */
	row *rows;
	size_t n_rows; /* 0: any kind */
	pv_selector *labels, *spaces;
};

static words
words_of(pv_arena *arena, const pv_val *list)
{
	words w = {.any = !pv_count(list), .list = pv_new_array(arena, pv_str, pv_count(list) + 1)};

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *word = pv_item(list, i);

		if (!pv_is(word, PV_STRING))
			continue;
		w.any = w.any || pv_str_is(pv_strv(word), "*");
		w.list[w.n++] = pv_strv(word);
	}
	return w;
}

static void
read_spec(pv_arena *arena, gk_match *m)
{
	const pv_val *kinds = pv_get(m->spec, "kinds");

	m->scope = pv_text_at(m->spec, "scope", "");
	m->name = pv_text_at(m->spec, "name", "");
	m->source = pv_text_at(m->spec, "source", "");
	m->wanted = pv_get(m->spec, "namespaces");
	m->excluded = pv_get(m->spec, "excludedNamespaces");
	m->n_rows = pv_count(kinds);
	m->rows = pv_new_array(arena, row, m->n_rows + 1);
	for (size_t i = 0; i < m->n_rows; i++)
		m->rows[i] = (row){words_of(arena, pv_get(pv_item(kinds, i), "kinds")),
				   words_of(arena, pv_get(pv_item(kinds, i), "apiGroups"))};
}

int
gk_match_new(pv_ctx *cx, pv_arena *arena, const pv_val *spec, gk_match **ret)
{
	const pv_val *labels = pv_get(spec, "labelSelector"), *spaces = pv_get(spec, "namespaceSelector");
	gk_match *m = pv_new(arena, gk_match);
	pv_ctx own = *cx;
	int r = 0;

	own.arena = arena; /* the selectors live as long as the match */
	m->spec = spec;
	read_spec(arena, m);
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

gk_candidate
gk_candidate_of(pv_arena *arena, const pv_val *object, const pv_val *space, const char *source)
{
	const char *api = pv_text_at(object, "apiVersion", "");
	gk_candidate c = {.object = object,
			  .space = space,
			  .source = source,
			  .kind = pv_text_at(object, "kind", ""),
			  .group = gk_group(arena, api),
			  .ns = pv_text_at(object, "metadata.namespace", ""),
			  .is_namespace = gk_is_namespace(object)};

	c.within = c.is_namespace ? pv_text_at(object, "metadata.name", "")
		   : space        ? pv_text_at(space, "metadata.name", "")
		   : *c.ns        ? c.ns
				  : NULL;
	return c;
}

/* ---- the parts ---- */

static bool
has_word(const words *w, pv_str text)
{
	bool has = w->any;

	for (size_t i = 0; !has && i < w->n; i++)
		has = pv_str_eq(w->list[i], text);
	return has;
}

bool
gk_match_speaks(const gk_match *m, const char *kind, const char *group)
{
	const pv_str kind_text = pv_str_of(kind), group_text = pv_str_of(group);

	for (size_t i = 0; i < m->n_rows; i++)
		if (has_word(&m->rows[i].kinds, kind_text) && has_word(&m->rows[i].groups, group_text))
			return true;
	return !m->n_rows;
}

static bool
scope_holds(const char *scope, const gk_candidate *c)
{
	bool within = *c->ns || c->space;

	if (pv_streq(scope, "Cluster"))
		return c->is_namespace || !within;
	if (pv_streq(scope, "Namespaced"))
		return !c->is_namespace && within;
	return true; /* any other word, too */
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
spaces_hold(const gk_match *m, const gk_candidate *c)
{
	if (!c->within)
		return true;
	return (!pv_count(m->wanted) || any_wildcard(m->wanted, c->within)) &&
	       !any_wildcard(m->excluded, c->within);
}

static int
selector_holds(pv_ctx *cx, const gk_match *m, const gk_candidate *c, bool *ret)
{
	*ret = true;
	if (!m->spaces)
		return 0;
	if (c->is_namespace) {
		*ret = pv_selector_match(m->spaces, pv_at(c->object, "metadata.labels"));
		return 0;
	}
	if (!c->space && !*c->ns)
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
	int r = 0;

	*ret = true;
	if (!m->spec)
		return 0;
	*ret = gk_match_speaks(m, c->kind, c->group) && scope_holds(m->scope, c) && spaces_hold(m, c) &&
	       (!m->labels || pv_selector_match(m->labels, pv_at(c->object, "metadata.labels")));
	if (*ret)
		r = selector_holds(cx, m, c, ret);
	if (r == 0 && *ret)
		*ret = name_holds(m->name, c->object);
	if (r == 0 && *ret)
		r = source_holds(cx, m->source, c, ret);
	return r < 0 ? pv_wrap(cx, r, "failed to run Match criteria") : 0;
}
