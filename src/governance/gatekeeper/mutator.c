/* mutator: reading one (pkg/mutation/mutators). */
#include "governance/gatekeeper/mutator_priv.h"

#include <string.h>

#include "base/regex.h"
#include "base/str.h"
#include "lang/json/json.h"

static const char *const kinds[] = {
	[GK_ASSIGN] = "Assign",
	[GK_ASSIGN_IMAGE] = "AssignImage",
	[GK_ASSIGN_METADATA] = "AssignMetadata",
	[GK_MODIFY_SET] = "ModifySet",
};

bool
gk_is_mutator(const pv_val *object)
{
	if (!pv_starts_with(pv_text_at(object, "apiVersion", ""), GK_MUTATIONS "/"))
		return false;
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (pv_streq(pv_text_at(object, "kind", ""), kinds[i]))
			return true;
	return false;
}

const char *
gk_mutator_text(pv_arena *arena, const gk_mutator *m)
{
	return pv_printf(arena, "%s." GK_MUTATIONS " /%s", kinds[m->kind], m->name);
}

const char *
gk_mutator_stamp(const gk_mutator *m)
{
	return m->stamp;
}

/* ---- what is put there ---- */

static int
check_list_value(pv_ctx *cx, const gk_mutator *m)
{
	const gk_node *last = &m->path.nodes[m->path.n - 1];
	const pv_val *key = pv_get(m->value, last->name);

	if (!last->list || !m->value)
		return 0;
	if (last->glob)
		return pv_fail(cx, PV_EINVALID, "can't append to a globbed list");
	if (!pv_is(m->value, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID,
			       "invalid value: `%s`, only objects can be added to keyed lists",
			       pv_json_text(cx->arena, m->value));
	if (!key || !pv_eq(key, last->key))
		return pv_fail(cx, PV_EINVALID,
			       "adding object to list with different key %s: list key %s, object key %s",
			       last->name, pv_json_text(cx->arena, last->key),
			       key ? pv_json_text(cx->arena, key) : "nothing");
	return 0;
}

/* null is as good as not there. */
static const pv_val *
given(const pv_val *object, const char *key)
{
	const pv_val *v = pv_get(object, key);

	return v && v->type != PV_NULL ? v : NULL;
}

static int
read_external(pv_ctx *cx, gk_mutator *m, pv_arena *arena, const pv_val *external)
{
	const char *source = pv_text_at(external, "dataSource", "ValueAtLocation"),
		   *policy = pv_text_at(external, "failurePolicy", "Fail");
	gk_asks *asks = pv_new(arena, gk_asks);

	*asks = (gk_asks){.provider = pv_text_at(external, "provider", ""),
			  .about_user = pv_streq(source, "Username"),
			  .policy = pv_streq(policy, "Ignore")       ? GK_IGNORE
				    : pv_streq(policy, "UseDefault") ? GK_USE_DEFAULT
								     : GK_FAIL,
			  .standard = pv_text_at(external, "default", "")};
	m->asks = asks;
	if (!*asks->provider)
		return pv_fail(cx, PV_EINVALID, "externalData.provider: expected the name of a Provider");
	if (!asks->about_user && !pv_streq(source, "ValueAtLocation"))
		return pv_fail(cx, PV_EINVALID,
			       "externalData.dataSource: expected ValueAtLocation or Username, found \"%s\"",
			       source);
	if (asks->policy == GK_FAIL && !pv_streq(policy, "Fail"))
		return pv_fail(
			cx, PV_EINVALID,
			"externalData.failurePolicy: expected Fail, Ignore or UseDefault, found \"%s\"",
			policy);
	if (asks->policy == GK_USE_DEFAULT && !*asks->standard)
		return pv_fail(cx, PV_EINVALID,
			       "`default` must not be empty when `failurePolicy` is set to `UseDefault`");
	if (m->kind == GK_ASSIGN_METADATA && !asks->about_user)
		return pv_fail(cx, PV_EINVALID,
			       "externalData.dataSource: AssignMetadata adds what is not there yet, so only "
			       "Username can be asked about");
	return 0;
}

static int
read_assign(pv_ctx *cx, gk_mutator *m, pv_arena *arena, const pv_val *assign)
{
	const pv_val *meta = given(assign, "fromMetadata"), *external = given(assign, "externalData");
	int n;

	m->value = given(assign, "value");
	n = (m->value != NULL) + (meta != NULL) + (external != NULL);
	if (n != 1)
		return pv_fail(
			cx, PV_EINVALID,
			"assign must %s one of `externalData`, `value` or `fromMetadata`: invalid assign "
			"field",
			n ? "only set" : "set");
	if (external)
		return read_external(cx, m, arena, external);
	if (!meta)
		return 0;
	m->from = pv_text_at(meta, "field", "");
	if (!pv_streq(m->from, "name") && !pv_streq(m->from, "namespace"))
		return pv_fail(cx, PV_EINVALID,
			       "field %s is not recognized: invalid fromMetadata: expected name or namespace",
			       m->from);
	return 0;
}

/* ---- images ---- */

#define DOMAIN "(^\\w[\\w\\-_]*\\.[\\w\\-_\\.]*[\\w](:\\d+)?$)|(^localhost(:\\d+)?$)"
#define REPOSITORY "^[a-z0-9]+(?:(?:(?:[._/]|__|[-]*)[a-z0-9]+)+)?$"
#define TAG \
	"(^:[\\w][\\w.-]{0,127}$)|(^@[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*[:][0-9A-Fa-f]{32,}$)"

static int
check_part(pv_ctx *cx, const char *part, const char *pattern, const char *name, const char *expected)
{
	const pv_re *re;
	int r;

	if (!*part)
		return 0;
	r = pv_re_cached(cx, pv_str_of(pattern), NULL, &re);
	if (r == 0 && !pv_re_match(re, pv_str_of(part)))
		r = pv_fail(cx, PV_EINVALID, "%s \"%s\" must be %s", name, part, expected);
	return r;
}

/* Is what stands in front of the first slash a registry? */
static bool
has_domain(const char *path)
{
	const char *slash = strchr(path, '/');
	pv_str head = {path, slash ? (size_t)(slash - path) : 0};

	return slash && (memchr(head.s, '.', head.len) || memchr(head.s, ':', head.len) ||
			 pv_str_is(head, "localhost"));
}

static int
read_image(pv_ctx *cx, gk_mutator *m, const pv_val *parameters)
{
	int r;

	m->domain = pv_text_at(parameters, "assignDomain", "");
	m->repository = pv_text_at(parameters, "assignPath", "");
	m->tag = pv_text_at(parameters, "assignTag", "");
	if (!*m->domain && !*m->repository && !*m->tag)
		return pv_fail(cx, PV_EINVALID,
			       "at least one of [assignDomain, assignPath, assignTag] must be set");
	r = check_part(cx, m->domain, DOMAIN, "assignDomain", "a fully-qualified domain name or localhost");
	if (r == 0)
		r = check_part(cx, m->repository, REPOSITORY, "assignPath", "a valid docker image path");
	if (r == 0)
		r = check_part(cx, m->tag, TAG, "assignTag",
			       "a valid docker image tag or digest starting with ':' or '@'");
	if (r == 0 && !*m->domain && has_domain(m->repository))
		r = pv_fail(
			cx, PV_EINVALID,
			"assignDomain must be set if the first part of assignPath \"%s\" can be interpretted as "
			"part of a domain",
			m->repository);
	return r < 0 ? pv_wrap(cx, r, "assignImage %s has invalid parameters", m->name) : 0;
}

/* ---- sets ---- */

static int
read_set(pv_ctx *cx, gk_mutator *m, const pv_val *parameters)
{
	const char *operation = pv_text_at(parameters, "operation", "merge");

	m->value = pv_at(parameters, "values.fromList");
	m->prunes = pv_streq(operation, "prune");
	if (!m->prunes && !pv_streq(operation, "merge"))
		return pv_fail(cx, PV_EINVALID,
			       "unrecognized operation for modifyset: %s: expected merge or prune",
			       operation);
	if (m->value && !pv_is(m->value, PV_LIST))
		return pv_fail(cx, PV_EINVALID, "spec.parameters.values.fromList: expected a list, found %s",
			       pv_type_name(m->value));
	return 0;
}

/* ---- where ---- */

static int
check_keys(pv_ctx *cx, const gk_mutator *m)
{
	const gk_node *last = &m->path.nodes[m->path.n - 1];

	if (m->path.n >= 2 && last[-1].list && !last->list && pv_streq(last->name, last[-1].name))
		return pv_fail(cx, PV_EINVALID, "invalid path format: changing the item key is not allowed");
	return 0;
}

static int
check_path(pv_ctx *cx, const gk_mutator *m, const char *location)
{
	static const char *const names[] = {"assign", "assignImage", "", "modifyset"};
	const gk_path *p = &m->path;
	const gk_node *last;

	if (!p->n)
		return pv_fail(cx, PV_EINVALID, "spec.location: empty path");
	last = &p->nodes[p->n - 1];
	if (m->kind == GK_ASSIGN_METADATA) {
		bool fine =
			p->n == 3 && !p->nodes[1].list && !p->nodes[2].list &&
			pv_streq(p->nodes[0].name, "metadata") &&
			(pv_streq(p->nodes[1].name, "labels") || pv_streq(p->nodes[1].name, "annotations"));

		return fine ? 0
			    : pv_fail(cx, PV_EINVALID,
				      "invalid location for assignmetadata %s: %s: expected metadata.labels.X or "
				      "metadata.annotations.X",
				      m->name, location);
	}
	if (pv_streq(p->nodes[0].name, "metadata"))
		return pv_fail(cx, PV_EINVALID, "%s %s can't change metadata", names[m->kind], m->name);
	if (last->list && m->kind == GK_ASSIGN_IMAGE)
		return pv_fail(cx, PV_EINVALID, "assignImage %s cannot mutate list-type fields", m->name);
	if (last->list && m->kind == GK_MODIFY_SET)
		return pv_fail(cx, PV_EINVALID, "final node in a modifyset location cannot be a keyed list");
	return m->kind == GK_MODIFY_SET ? 0 : check_keys(cx, m);
}

static int
read_test(pv_ctx *cx, gk_mutator *m, pv_arena *arena, const pv_val *test, enum gk_test *tests)
{
	const char *text = pv_text_at(test, "subPath", ""), *condition = pv_text_at(test, "condition", "");
	enum gk_test want = pv_streq(condition, "MustExist")      ? GK_MUST_EXIST
			    : pv_streq(condition, "MustNotExist") ? GK_MUST_NOT_EXIST
								  : GK_ANY;
	gk_path path;
	int r = gk_path_parse(cx, arena, text, &path);

	if (r < 0)
		return pv_wrap(cx, r, "problem parsing sub path `%s` for %s %s", text, kinds[m->kind],
			       m->name);
	if (want == GK_ANY)
		return pv_fail(cx, PV_EINVALID, "%s is not a valid path test condition", condition);
	if (!path.n || !gk_path_is_prefix(&path, &m->path))
		return pv_fail(
			cx, PV_EINVALID,
			"all subpaths must be a prefix of the `location` value of the mutation: subpath \"%s\" "
			"is not a prefix of the location",
			text);
	if (tests[path.n - 1] != GK_ANY && tests[path.n - 1] != want)
		return pv_fail(cx, PV_EINVALID,
			       "conflicting path test conditions: path \"%s\" is marked both MustExist and "
			       "MustNotExist",
			       text);
	tests[path.n - 1] = want;
	return 0;
}

static int
read_tests(pv_ctx *cx, gk_mutator *m, pv_arena *arena, const pv_val *list)
{
	enum gk_test *tests = pv_new_array(arena, enum gk_test, m->path.n + 1);
	bool forbidden = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < pv_count(list); i++)
		r = read_test(cx, m, arena, pv_item(list, i), tests);
	for (size_t i = 0; r == 0 && i < m->path.n; i++) {
		if (forbidden && tests[i] == GK_MUST_EXIST)
			r = pv_fail(
				cx, PV_EINVALID,
				"conflicting path test conditions: a path is marked MustExist but its parent "
				"MustNotExist");
		forbidden = forbidden || tests[i] == GK_MUST_NOT_EXIST;
	}
	if (m->kind == GK_ASSIGN_METADATA) /* labels and annotations that are there stay */
		tests[m->path.n - 1] = GK_MUST_NOT_EXIST;
	m->tests = tests;
	return r;
}

/* ---- whom ---- */

static int
check_operations(pv_ctx *cx, const gk_mutator *m, const pv_val *operations, size_t i)
{
	for (size_t k = 0; k < pv_count(operations); k++) {
		const char *word = pv_text(pv_item(operations, k), "");

		if (!pv_streq(word, "CREATE") && !pv_streq(word, "UPDATE") && !pv_streq(word, "*"))
			return pv_fail(cx, PV_EINVALID,
				       "invalid applyTo for %s mutator %s: invalid operation \"%s\" in "
				       "applyTo[%zu].operations: must be one of CREATE, UPDATE, *",
				       kinds[m->kind], m->name, word, i);
		if (pv_streq(word, "*") && pv_count(operations) > 1)
			return pv_fail(
				cx, PV_EINVALID,
				"invalid applyTo for %s mutator %s: wildcard \"*\" in applyTo[%zu].operations "
				"must not be combined with other operations",
				kinds[m->kind], m->name, i);
	}
	return 0;
}

static int
check_apply(pv_ctx *cx, const gk_mutator *m)
{
	int r = 0;

	if (m->kind == GK_ASSIGN_METADATA)
		return 0;
	if (!pv_count(m->apply))
		return pv_fail(cx, PV_EINVALID, "applyTo required for %s mutator %s", kinds[m->kind],
			       m->name);
	for (size_t i = 0; r == 0 && i < pv_count(m->apply); i++) {
		const pv_val *one = pv_item(m->apply, i);

		if (!pv_count(pv_get(one, "groups")) || !pv_count(pv_get(one, "versions")) ||
		    !pv_count(pv_get(one, "kinds")))
			return pv_fail(
				cx, PV_EINVALID,
				"invalid applyTo for %s mutator %s, all of group, version and kind must be "
				"specified",
				kinds[m->kind], m->name);
		r = check_operations(cx, m, pv_get(one, "operations"), i);
	}
	return r;
}

static int
read_parameters(pv_ctx *cx, gk_mutator *m, pv_arena *arena, const pv_val *parameters)
{
	int r;

	switch (m->kind) {
	case GK_ASSIGN_IMAGE: return read_image(cx, m, parameters);
	case GK_MODIFY_SET: return read_set(cx, m, parameters);
	case GK_ASSIGN:
	case GK_ASSIGN_METADATA: break;
	}
	r = read_assign(cx, m, arena, pv_get(parameters, "assign"));
	if (r == 0 && m->kind == GK_ASSIGN_METADATA && m->value && !pv_is(m->value, PV_STRING))
		r = pv_fail(cx, PV_EINVALID,
			    "spec.parameters.assign.value field must be a string for AssignMetadata \"%s\"",
			    m->name);
	if (r == 0 && m->asks && m->path.nodes[m->path.n - 1].list)
		r = pv_fail(cx, PV_EINVALID, "cannot assign an answer of a Provider to a list");
	if (r == 0 && m->from && m->path.nodes[m->path.n - 1].list)
		r = pv_fail(cx, PV_EINVALID, "cannot assign a metadata field to a list");
	return r < 0 ? r : check_list_value(cx, m);
}

int
gk_mutator_new(pv_ctx *cx, pv_arena *arena, const pv_val *object, gk_mutator **ret)
{
	const char *kind = pv_text_at(object, "kind", ""),
		   *location = pv_text_at(object, "spec.location", "");
	const pv_val *parameters = pv_at(object, "spec.parameters");
	gk_mutator *m = pv_new(arena, gk_mutator);
	int r;

	*ret = m;
	m->name = pv_text_at(object, "metadata.name", "");
	m->stamp = pv_printf(arena, "%s %lld", pv_text_at(object, "metadata.uid", ""),
			     (long long)pv_i64_at(object, "metadata.generation", 0));
	m->apply = pv_at(object, "spec.applyTo");
	while (!pv_streq(kinds[m->kind], kind))
		m->kind++;
	if (strlen(m->name) > 63)
		return pv_fail(cx, PV_EINVALID, "maximum name length is 63 characters");
	r = gk_path_parse(cx, arena, location, &m->path);
	if (r < 0)
		return pv_wrap(cx, r, "invalid location format `%s` for %s %s", location, kind, m->name);
	r = check_path(cx, m, location);
	if (r == 0)
		r = read_parameters(cx, m, arena, parameters);
	if (r == 0)
		r = read_tests(cx, m, arena, pv_get(parameters, "pathTests"));
	if (r == 0)
		r = check_apply(cx, m);
	return r < 0 ? r : gk_match_new(cx, arena, pv_at(object, "spec.match"), &m->match);
}
