#include "core/resource/impl.h"
#include "base/str.h"
#include <stdlib.h>
#include <string.h>

/* How Kubernetes orders its own groups for clients; CRDs follow by name. */
static const char *const group_order[] = {
	"",
	"apiregistration.k8s.io",
	"apps",
	"events.k8s.io",
	"authentication.k8s.io",
	"authorization.k8s.io",
	"autoscaling",
	"batch",
	"certificates.k8s.io",
	"networking.k8s.io",
	"policy",
	"rbac.authorization.k8s.io",
	"storage.k8s.io",
	"admissionregistration.k8s.io",
	"apiextensions.k8s.io",
	"scheduling.k8s.io",
	"coordination.k8s.io",
	"node.k8s.io",
	"discovery.k8s.io",
	"resource.k8s.io",
	"flowcontrol.apiserver.k8s.io",
};

static size_t
group_rank(const char *group)
{
	size_t i = 0;

	while (i < PV_LEN(group_order) && !pv_streq(group, group_order[i]))
		i++;
	return i;
}

typedef struct version {
	int64_t major, minor;
	int stage; /* 3 stable, 2 beta, 1 alpha, 0 something else */
} version;

static version
version_of(const char *text)
{
	const char *p = text + 1, *digits = p;
	version v = {0, 0, 0}, none = {0, 0, 0};

	while (*p >= '0' && *p <= '9')
		p++;
	if (text[0] != 'v' || !pv_parse_int((pv_str){digits, (size_t)(p - digits)}, &v.major))
		return none;
	if (!*p) {
		v.stage = 3;
		return v;
	}
	if (pv_starts_with(p, "beta") && pv_parse_int(pv_str_of(p + 4), &v.minor))
		v.stage = 2;
	else if (pv_starts_with(p, "alpha") && pv_parse_int(pv_str_of(p + 5), &v.minor))
		v.stage = 1;
	return v.stage ? v : none;
}

int
pv_version_cmp(const char *a, const char *b)
{
	version va = version_of(a), vb = version_of(b);

	if (va.stage != vb.stage)
		return vb.stage - va.stage;
	if (va.major != vb.major)
		return va.major < vb.major ? 1 : -1;
	if (va.minor != vb.minor)
		return va.minor < vb.minor ? 1 : -1;
	return strcmp(a, b);
}

typedef struct place {
	const pv_resource *res;
	size_t rank; /* of its group */
} place;

static int
preference(const void *a, const void *b)
{
	const place *pa = a, *pb = b;
	const pv_resource *ra = pa->res, *rb = pb->res;
	int order;

	if (pa->rank != pb->rank)
		return pa->rank < pb->rank ? -1 : 1;
	order = strcmp(ra->group, rb->group);
	if (order == 0)
		order = pv_version_cmp(ra->version, rb->version);
	return order ? order : strcmp(ra->plural, rb->plural);
}

static void
put_first(pv_map *map, const char *key, const pv_resource *res)
{
	if (!pv_map_finds(map, key))
		pv_map_puts(map, key, (void *)((uintptr_t)res));
}

static void
index_all(pv_snapshot *s)
{
	char key[1024];

	for (size_t i = 0; i < s->n; i++) {
		const pv_resource *res = s->all[i];

		snprintf(key, sizeof(key), "%s/%s/%s", res->group, res->version, res->plural);
		put_first(s->by_path, key, res);
		snprintf(key, sizeof(key), "%s/%s", res->api_version, res->kind);
		put_first(s->by_kind, key, res);
		if (res->storage)
			put_first(s->by_type, res->type, res);
	}
	for (size_t i = 0; i < s->n; i++) /* stored version is not served: the preferred one */
		put_first(s->by_type, s->all[i]->type, s->all[i]);
}

/* A CRD of the same name takes the place of a view that yields: whose product is installed, whose
 * reports they are. */
static bool
gives_way(const pv_resource *res, pv_unit *const *units, size_t n)
{
	if (!res->yields)
		return false;
	for (size_t i = 0; i < n; i++)
		if (units[i]->name && units[i]->n && pv_streq(units[i]->group, res->group) &&
		    pv_streq(units[i]->resources[0].plural, res->plural))
			return true;
	return false;
}

static void
sort(pv_snapshot *s)
{
	place *places = calloc(s->n + 1, sizeof(place));

	PV_ASSERT(places);
	for (size_t i = 0; i < s->n; i++)
		places[i] = (place){s->all[i], group_rank(s->all[i]->group)};
	qsort(places, s->n, sizeof(place), preference);
	for (size_t i = 0; i < s->n; i++)
		s->all[i] = places[i].res;
	free(places);
}

pv_snapshot *
pv_snapshot_of(pv_unit *const *units, size_t n, uint64_t generation)
{
	pv_arena *arena = pv_arena_new("registry");
	pv_snapshot *s = pv_new(arena, pv_snapshot);
	size_t total = 0;

	atomic_init(&s->refs, 1);
	s->arena = arena;
	s->generation = generation;
	s->units = pv_new_array(arena, pv_unit *, n);
	s->n_units = n;
	for (size_t i = 0; i < n; i++) {
		s->units[i] = pv_unit_ref(units[i]);
		total += units[i]->n;
	}
	s->all = pv_new_array(arena, const pv_resource *, total);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < units[i]->n; k++)
			if (!units[i]->resources[k].unserved && !gives_way(&units[i]->resources[k], units, n))
				s->all[s->n++] = &units[i]->resources[k];
	sort(s);
	s->by_path = pv_map_new(arena);
	s->by_kind = pv_map_new(arena);
	s->by_type = pv_map_new(arena);
	index_all(s);
	return s;
}

pv_snapshot *
pv_snapshot_unref(pv_snapshot *s)
{
	if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
		for (size_t i = 0; i < s->n_units; i++)
			pv_unit_unref(s->units[i]);
		pv_arena_free(s->arena);
	}
	return NULL;
}

static void
let_go(void *arg)
{
	pv_snapshot_unref(arg);
}

const pv_snapshot *
pv_snapshot_hold(pv_ctx *cx, pv_registry *registry)
{
	pv_snapshot *s;

	pthread_mutex_lock(&registry->lock);
	s = registry->now;
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&registry->lock);
	pv_arena_defer(cx->arena, let_go, s);
	return s;
}

const pv_resource *
pv_resource_find(pv_ctx *cx, pv_registry *registry, const char *group, const char *vers, const char *plural)
{
	char key[1024];
	int len = snprintf(key, sizeof(key), "%s/%s/%s", group, vers, plural);

	if (len < 0 || (size_t)len >= sizeof(key))
		return NULL;
	return pv_map_find(pv_snapshot_hold(cx, registry)->by_path, key, (size_t)len);
}

const pv_resource *
pv_resource_version(const pv_resource *res, const char *api_version)
{
	for (size_t i = 0; res->unit && i < res->unit->n; i++) {
		const pv_resource *one = &res->unit->resources[i];

		if (pv_streq(one->type, res->type) && pv_streq(one->api_version, api_version))
			return one;
	}
	return NULL;
}

const pv_resource *
pv_resource_of_kind(pv_ctx *cx, pv_registry *registry, const char *api_version, const char *kind)
{
	char key[1024];
	int len = snprintf(key, sizeof(key), "%s/%s", api_version, kind);

	if (len < 0 || (size_t)len >= sizeof(key))
		return NULL;
	return pv_map_find(pv_snapshot_hold(cx, registry)->by_kind, key, (size_t)len);
}

const pv_resource *
pv_resource_of_type(pv_ctx *cx, pv_registry *registry, const char *type)
{
	return pv_map_finds(pv_snapshot_hold(cx, registry)->by_type, type);
}

const pv_resource *const *
pv_resource_all(pv_ctx *cx, pv_registry *registry, size_t *ret_n)
{
	const pv_snapshot *s = pv_snapshot_hold(cx, registry);

	*ret_n = s->n;
	return s->all;
}

bool
pv_resource_each(pv_ctx *cx, pv_registry *registry, size_t *pos, const pv_resource **ret)
{
	const pv_snapshot *s = pv_snapshot_hold(cx, registry);

	if (*pos >= s->n)
		return false;
	*ret = s->all[(*pos)++];
	return true;
}

static bool
in_list(const char *const *list, const char *word)
{
	for (size_t i = 0; list && list[i]; i++)
		if (pv_streq(list[i], word))
			return true;
	return false;
}

/* rest: what stands behind the first dot: "", "apps", "v1.apps". */
static bool
is_group(const pv_resource *res, const char *rest)
{
	size_t len = strlen(res->version);

	if (!*rest || pv_streq(rest, res->group))
		return true;
	if (strncmp(rest, res->version, len) == 0 && (rest[len] == '.' || !rest[len]))
		return pv_streq(rest[len] ? rest + len + 1 : "", res->group);
	return false;
}

const pv_resource *
pv_resource_by_word(pv_ctx *cx, pv_registry *registry, const char *word)
{
	const pv_snapshot *s = pv_snapshot_hold(cx, registry);
	const char *lower = pv_str_lower(cx->arena, word), *dot = strchr(lower, '.');
	const char *rest = dot ? dot + 1 : "";
	const char *name = dot ? pv_strndup(cx->arena, lower, (size_t)(dot - lower)) : lower;

	for (size_t i = 0; i < s->n; i++) {
		const pv_resource *res = s->all[i];

		if ((pv_streq(name, res->plural) || pv_streq(name, res->singular)) && is_group(res, rest))
			return res;
	}
	for (size_t i = 0; i < s->n; i++) {
		const pv_resource *res = s->all[i];

		if (is_group(res, rest) &&
		    (in_list(res->short_names, name) || pv_streq(name, pv_str_lower(cx->arena, res->kind))))
			return res;
	}
	return NULL;
}
