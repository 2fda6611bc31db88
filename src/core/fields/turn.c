/* One write, as the versions of its kind see it. */
#include "core/fields/turn.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"

/* ---- what is nobody's: the server's own fields, and those the request cannot set ---- */

const fset *
turn_servers(pv_arena *arena)
{
	static const char *const meta[] = {
		"f:creationTimestamp", "f:generation",      "f:managedFields", "f:name",
		"f:namespace",         "f:resourceVersion", "f:selfLink",      "f:uid"};
	fsetb m, root;

	fsetb_init(&m, arena);
	for (size_t i = 0; i < PV_LEN(meta); i++)
		fsetb_add(&m, meta[i], fset_leaf());
	fsetb_init(&root, arena);
	fsetb_add(&root, "f:apiVersion", fset_leaf());
	fsetb_add(&root, "f:kind", fset_leaf());
	fsetb_add(&root, "f:metadata", fsetb_end(&m));
	return fsetb_end(&root);
}

/* What of a set lies below one of the paths ("*": any name; NULL ends one). */
static const fset *
below(pv_arena *arena, const fset *set, const char *const *path)
{
	fsetb b;

	if (!set || !*path)
		return set;
	fsetb_init(&b, arena);
	for (size_t i = 0; i < set->n; i++)
		if (pv_streq(*path, "*") || pv_streq(*path, set->kids[i].name))
			fsetb_add(&b, set->kids[i].name, below(arena, set->kids[i].set, path + 1));
	return fsetb_end(&b);
}

const fset *
turn_replicas(pv_arena *arena, const pv_resource *res, const fset *set)
{
	const char *path[8] = {0};
	char *rest = pv_strdup(arena, res->scale_spec ? res->scale_spec : ""), *step;

	for (size_t n = 0; n + 1 < PV_LEN(path) && (step = strtok_r(rest, ".", &rest)); n++)
		path[n] = typed_field(arena, step);
	return path[0] ? below(arena, set, path) : NULL;
}

/* The subresources that write a part of the spec (upstream registry/core/pod/strategy.go). */
static const fset *
part_of(pv_arena *arena, const pv_resource *res, const char *sub, const fset *set)
{
	static const struct {
		const char *sub, *path[5];
	} parts[] = {
		{"ephemeralcontainers", {"f:spec", "f:ephemeralContainers"}},
		{"resize", {"f:spec", "f:containers", "*", "f:resources"}},
		{"resize", {"f:spec", "f:containers", "*", "f:resizePolicy"}},
		{"resize", {"f:spec", "f:initContainers", "*", "f:resources"}},
		{"resize", {"f:spec", "f:initContainers", "*", "f:resizePolicy"}},
	};
	const fset *out = NULL;
	bool whole = true;

	if (pv_streq(sub, "scale") && res->scale_spec)
		return turn_replicas(arena, res, set);

	for (size_t i = 0; i < PV_LEN(parts); i++) {
		if (!pv_streq(parts[i].sub, sub))
			continue;
		whole = false;
		out = fset_union(arena, out, below(arena, set, parts[i].path));
	}
	return whole ? set : out;
}

/* What of the metadata a write of the status writes; upstream nobody asks that of a custom kind's. */
static const fset *
notes_of(pv_arena *arena, const pv_resource *res, const fset *meta)
{
	fsetb b;

	if (res->crd)
		return meta;
	fsetb_init(&b, arena);
	for (size_t i = 0; meta && i < meta->n; i++)
		if (pv_resource_notes(res, meta->kids[i].name + 2))
			fsetb_add(&b, meta->kids[i].name, meta->kids[i].set);
	return fsetb_end(&b);
}

/* What a write to the object, or to its status, leaves alone. */
static bool
is_other_part(const turn *t, const pv_resource *res, const char *name)
{
	if (t->sub[0] == '\0')
		return res->has_status && strcmp(name, "f:status") == 0;
	if (strcmp(t->sub, "status") != 0)
		return false;
	return res->crd ? strcmp(name, "f:spec") == 0
			: strcmp(name, "f:metadata") != 0 && strcmp(name, "f:status") != 0;
}

const fset *
turn_owned(pv_ctx *cx, const turn *t, const pv_resource *res, const fset *set)
{
	const fset *out = fset_without(cx->arena, part_of(cx->arena, res, t->sub, set),
				       turn_servers(cx->arena)),
		   *keep;
	/* A custom kind's parts are told apart in the version that is written, and in no other. */
	bool other = t->res->crd && res != t->res;
	fsetb b;

	if (!out)
		return NULL;
	fsetb_init(&b, cx->arena);
	for (size_t i = 0; i < out->n; i++) {
		const char *name = out->kids[i].name;

		keep = out->kids[i].set;
		if (strcmp(name, "f:metadata") == 0 && keep->member) { /* never owned as a whole */
			fset *copy = pv_new(cx->arena, fset);

			*copy = *keep;
			copy->member = false;
			keep = copy->n ? copy : NULL;
		}
		if (!other && is_other_part(t, res, name))
			continue;
		if (!other && strcmp(t->sub, "status") == 0 && strcmp(name, "f:metadata") == 0)
			keep = notes_of(cx->arena, res, keep);
		fsetb_add(&b, name, keep);
	}
	return fsetb_end(&b);
}

/* ---- versions ---- */

int
turn_as(pv_ctx *cx, const turn *t, const char *api_version, const pv_val *object, const pv_resource **ret_res,
	const pv_val **ret)
{
	const pv_fields_versions *versions = t->by->versions;

	*ret = object;
	*ret_res = t->res;
	if (!versions)
		return 0;
	if (!pv_streq(api_version, t->res->api_version))
		*ret_res = versions->find(versions->arg, t->res, api_version);
	if (!*ret_res || !object || pv_streq(pv_text_at(object, "apiVersion", ""), api_version))
		return 0;
	return versions->convert(cx, versions->arg, *ret_res, object, ret);
}

static const tsight *
seen_from(const turn *t, const char *api_version)
{
	for (size_t i = 0; i < t->sights.len; i++)
		if (pv_streq(PV_AT(tsight, &t->sights, i)->api_version, api_version))
			return PV_AT(tsight, &t->sights, i);
	return NULL;
}

const tdiff *
turn_sight(const turn *t, const char *api_version)
{
	static const tdiff nothing;
	const tsight *seen = seen_from(t, api_version);

	return seen ? &seen->diff : &nothing;
}

static int
look_from(pv_ctx *cx, turn *t, const char *api_version, const pv_val *live, const pv_val *wished, tsight *ret)
{
	const pv_resource *res;
	int r = turn_as(cx, t, api_version, live, &res, &live);

	*ret = (tsight){.api_version = api_version, .gone = !res};
	if (r < 0 || !res)
		return r;
	r = turn_as(cx, t, api_version, wished, &res, &wished);
	if (r == 0)
		r = typed_compare(cx, res->whole, live, wished, &ret->diff);
	ret->diff.added = turn_owned(cx, t, res, ret->diff.added);
	ret->diff.modified = turn_owned(cx, t, res, ret->diff.modified);
	ret->diff.removed = turn_owned(cx, t, res, ret->diff.removed);
	return r;
}

int
turn_look(pv_ctx *cx, turn *t, const pv_val *live, const pv_val *wished)
{
	for (size_t i = 0; i < t->managers.len; i++) {
		fmanager *one = PV_AT(fmanager, &t->managers, i);
		const tsight *seen = seen_from(t, one->api_version);

		if (!seen) {
			tsight *made = pv_vec_add(&t->sights);
			int r = look_from(cx, t, one->api_version, live, wished, made);

			if (r < 0)
				return r;
			seen = made;
		}
		if (seen->gone)
			one->set = NULL;
	}
	return 0;
}

/* ---- schemas that changed ---- */

/* What became atomic since is owned as a whole by who owned something in it.  What is not atomic any more stays
 * owned as it was (structured-merge-diff, typed/reconcile_schema.go). */
static const fset *
reconciled(pv_arena *arena, const pv_schema *schema, const fset *set)
{
	bool changed = false, map;
	const char *const *keys;
	size_t n;
	fsetb out;

	if (!schema || !set || set->n == 0)
		return set;
	map = pv_starts_with(set->kids[0].name, "f:");
	if (map ? pv_schema_map(schema) == PV_MAP_ATOMIC
		: pv_schema_list(schema, &keys, &n) == PV_LIST_ATOMIC)
		return fset_leaf();
	fsetb_init(&out, arena);
	out.member = set->member;
	for (size_t i = 0; i < set->n; i++) {
		const fkid *kid = &set->kids[i];
		const fset *now = reconciled(
			arena, map ? pv_schema_field(schema, kid->name + 2) : pv_schema_items(schema),
			kid->set);

		changed |= now != kid->set;
		fsetb_add(&out, kid->name, now);
	}
	return changed ? fsetb_end(&out) : set;
}

int
turn_begin(pv_ctx *cx, const pv_fields_write *by, const pv_val *managed, turn *ret)
{
	turn t = {.by = by, .res = by->resource};

	t.sub = by->subresource ? by->subresource : "";
	t.manager = by->manager && by->manager[0] ? by->manager : "unknown";
	t.now = pv_streq(t.sub, "scale") ? "" : pv_time_format(cx->arena, by->now_ns);
	managers_parse(cx, managed, &t.managers);
	pv_vec_init(&t.sights, cx->arena, sizeof(tsight));
	for (size_t i = 0; t.res->crd && i < t.managers.len; i++) {
		fmanager *one = PV_AT(fmanager, &t.managers, i);
		const pv_resource *res;
		const pv_val *none;
		int r = turn_as(cx, &t, one->api_version, NULL, &res, &none);

		if (r < 0)
			return r;
		one->set = reconciled(cx->arena, res ? res->whole : NULL, one->set);
	}
	*ret = t;
	return 0;
}
