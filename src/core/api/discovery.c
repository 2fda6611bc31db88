#include "core/api/discovery.h"
#include "base/digest.h"
#include "base/str.h"
#include "core/kinds/kinds.h"
#include "lang/json/json.h"
#include <string.h>
#include <sys/utsname.h>

typedef struct verb_name {
	unsigned bit;
	const char *name;
} verb_name;

/* Each in the order of the server that it comes from upstream. */
/* clang-format off */
static const verb_name builtin_verbs[] = {
	{PV_V_CREATE, "create"}, {PV_V_DELETE, "delete"}, {PV_V_DELETECOLLECTION, "deletecollection"},
	{PV_V_GET, "get"}, {PV_V_LIST, "list"}, {PV_V_PATCH, "patch"}, {PV_V_UPDATE, "update"}, {PV_V_WATCH, "watch"}, {0},
};
static const verb_name custom_verbs[] = {
	{PV_V_DELETE, "delete"}, {PV_V_DELETECOLLECTION, "deletecollection"}, {PV_V_GET, "get"}, {PV_V_LIST, "list"},
	{PV_V_PATCH, "patch"}, {PV_V_CREATE, "create"}, {PV_V_UPDATE, "update"}, {PV_V_WATCH, "watch"}, {0},
};
/* clang-format on */

static pv_val
verb_list(pv_arena *arena, const verb_name *verb, unsigned bits)
{
	pv_listb list;

	pv_listb_init(&list, arena);
	for (; verb->name; verb++)
		if (bits & verb->bit)
			pv_listb_add(&list, pv_string_ref(verb->name));
	return pv_listb_end(&list);
}

static const verb_name *
verbs_of(const pv_resource *res)
{
	return res->crd ? custom_verbs : builtin_verbs;
}

/* Clients that migrate what is stored see by it that the stored version changed
 * (apiserver discovery.StorageVersionHash). */
static char *
storage_hash(pv_arena *arena, const pv_resource *const *all, size_t n, const pv_resource *res)
{
	uint8_t digest[PV_SHA256_LEN];
	const pv_resource *stored = NULL;
	const char *text;

	for (size_t i = 0; i < n && !stored; i++)
		if (all[i]->storage && !all[i]->view && pv_streq(all[i]->type, res->type))
			stored = all[i];
	if (!stored || !(stored->verbs & PV_V_LIST))
		return NULL;
	text = pv_printf(arena, "%s/%s/%s", stored->group, stored->version, stored->kind);
	pv_sha256(text, strlen(text), digest);
	return pv_base64(arena, digest, 8, false);
}

static void
put_names(pv_objb *b, const char *key, const char *const *names)
{
	pv_listb list;

	if (!names || !names[0])
		return;
	pv_listb_init(&list, b->arena);
	for (size_t i = 0; names[i]; i++)
		pv_listb_add(&list, pv_string_ref(names[i]));
	pv_objb_put(b, key, pv_listb_end(&list));
}

static size_t
sub_count(const pv_resource *res)
{
	size_t n = 0;

	while (res->subresources && res->subresources[n])
		n++;
	return n;
}

static void
add_plain(pv_listb *list, const pv_resource *const *all, size_t n_all, const pv_resource *res)
{
	pv_arena *arena = list->arena;
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", res->plural);
	pv_objb_puts(&b, "singularName", res->singular);
	pv_objb_put(&b, "namespaced", pv_bool(res->namespaced));
	pv_objb_puts(&b, "kind", res->kind);
	pv_objb_put(&b, "verbs", verb_list(arena, verbs_of(res), res->verbs));
	put_names(&b, "shortNames", res->short_names);
	put_names(&b, "categories", res->categories);
	pv_objb_puts(&b, "storageVersionHash", storage_hash(arena, all, n_all, res));
	pv_listb_add(list, pv_objb_end(&b));
	for (size_t i = 0; i < sub_count(res); i++) {
		pv_subresource s = pv_resource_sub(res, i);

		pv_objb_init(&b, arena);
		pv_objb_put(&b, "name", pv_stringf(arena, "%s/%s", res->plural, s.name));
		pv_objb_puts(&b, "singularName", "");
		pv_objb_put(&b, "namespaced", pv_bool(res->namespaced));
		if (!pv_streq(s.group, res->group) || !pv_streq(s.version, res->version)) {
			pv_objb_puts(&b, "group", s.group);
			pv_objb_puts(&b, "version", s.version);
		}
		pv_objb_puts(&b, "kind", s.kind);
		pv_objb_put(&b, "verbs", verb_list(arena, builtin_verbs, s.verbs));
		pv_listb_add(list, pv_objb_end(&b));
	}
}

static pv_val
kind_ref(pv_arena *arena, const char *group, const char *version, const char *kind)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "group", group);
	pv_objb_puts(&b, "version", version);
	pv_objb_puts(&b, "kind", kind);
	return pv_objb_end(&b);
}

/* What answers a request; of a built-in kind in its own version, upstream leaves it to the reader to know. */
static pv_val
answering(pv_arena *arena, const pv_resource *res, const char *group, const char *version, const char *kind)
{
	bool own = res->kind_facts && pv_streq(group, res->group) && pv_streq(version, res->version);

	return kind_ref(arena, own ? "" : group, own ? "" : version, kind);
}

static void
add_aggregated(pv_listb *list, const pv_resource *res)
{
	pv_arena *arena = list->arena;
	pv_objb b, sb;
	pv_listb subs;
	size_t n = sub_count(res);

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "resource", res->plural);
	pv_objb_put(&b, "responseKind", answering(arena, res, res->group, res->version, res->kind));
	pv_objb_puts(&b, "scope", res->namespaced ? "Namespaced" : "Cluster");
	pv_objb_puts(&b, "singularResource", res->singular);
	pv_objb_put(&b, "verbs", verb_list(arena, verbs_of(res), res->verbs));
	put_names(&b, "shortNames", res->short_names);
	put_names(&b, "categories", res->categories);
	pv_listb_init(&subs, arena);
	for (size_t i = 0; i < n; i++) {
		pv_subresource s = pv_resource_sub(res, i);

		pv_objb_init(&sb, arena);
		pv_objb_puts(&sb, "subresource", s.name);
		pv_objb_put(&sb, "responseKind", answering(arena, res, s.group, s.version, s.kind));
		pv_objb_put(&sb, "verbs", verb_list(arena, builtin_verbs, s.verbs));
		pv_listb_add(&subs, pv_objb_end(&sb));
	}
	if (n)
		pv_objb_put(&b, "subresources", pv_listb_end(&subs));
	pv_listb_add(list, pv_objb_end(&b));
}

/* ---- documents.  Keys: "/apis/apps", or with the format in front: "v2 /apis" ---- */

static void
write_doc(pv_buf *out, pv_objb *b)
{
	pv_val v = pv_objb_end(b);

	pv_json_write(out, &v);
	pv_buf_addc(out, '\n');
}

static int
render_version(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	struct utsname host;
	pv_val version;
	pv_objb b;

	(void)registry, (void)key;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "major", "1");
	pv_objb_puts(&b, "minor", "34");
	pv_objb_puts(&b, "emulationMajor", "1");
	pv_objb_puts(&b, "emulationMinor", "34");
	pv_objb_puts(&b, "minCompatibilityMajor", "1");
	pv_objb_puts(&b, "minCompatibilityMinor", "33");
	pv_objb_puts(&b, "gitVersion", PV_KUBERNETES);
	pv_objb_puts(&b, "gitCommit", pv_build_commit);
	pv_objb_puts(&b, "gitTreeState", pv_build_tree);
	pv_objb_puts(&b, "buildDate", "1970-01-01T00:00:00Z");
	pv_objb_puts(&b, "goVersion", "");
	pv_objb_puts(&b, "compiler", "");
	pv_objb_puts(&b, "platform",
		     uname(&host) == 0 && pv_streq(host.machine, "aarch64") ? "linux/arm64" : "linux/amd64");
	version = pv_objb_end(&b);
	pv_json_write_pretty(out, &version, 2); /* people read it */
	return 0;
}

static int
render_api(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	pv_val v1 = pv_string_ref("v1");
	pv_objb b;

	(void)registry, (void)key;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "APIVersions");
	pv_objb_put(&b, "versions", pv_list_of(cx->arena, &v1, 1));
	write_doc(out, &b);
	return 0;
}

static pv_val
version_ref(pv_arena *arena, const pv_resource *res)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "groupVersion", res->api_version);
	pv_objb_puts(&b, "version", res->version);
	return pv_objb_end(&b);
}

/* An APIGroup of all[i...], which share a group; *ret_end is behind them. */
static pv_val
group_doc(pv_arena *arena, const pv_resource *const *all, size_t n, size_t i, bool alone, size_t *ret_end)
{
	const char *group = all[i]->group, *last = "";
	pv_listb versions;
	pv_objb b;

	pv_objb_init(&b, arena);
	if (alone) {
		pv_objb_puts(&b, "kind", "APIGroup");
		pv_objb_puts(&b, "apiVersion", "v1");
	}
	pv_objb_puts(&b, "name", group);
	pv_listb_init(&versions, arena);
	pv_val preferred = version_ref(arena, all[i]);
	for (; i < n && pv_streq(all[i]->group, group); i++) {
		if (!pv_streq(all[i]->version, last))
			pv_listb_add(&versions, version_ref(arena, all[i]));
		last = all[i]->version;
	}
	pv_objb_put(&b, "versions", pv_listb_end(&versions));
	pv_objb_put(&b, "preferredVersion", preferred);
	*ret_end = i;
	return pv_objb_end(&b);
}

static int
render_apis(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	size_t n, i = 0;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	pv_listb groups;
	pv_objb b;

	(void)key;
	pv_listb_init(&groups, cx->arena);
	while (i < n) {
		if (*all[i]->group)
			pv_listb_add(&groups, group_doc(cx->arena, all, n, i, false, &i));
		else
			i++;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "APIGroupList");
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_put(&b, "groups", pv_listb_end(&groups));
	write_doc(out, &b);
	return 0;
}

static int
not_here(pv_ctx *cx)
{
	return pv_fail(cx, PV_ENOTFOUND, "the server could not find the requested resource");
}

static int
render_group(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	const char *group = key + strlen("/apis/");
	size_t n, end;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);

	for (size_t i = 0; i < n; i++) {
		if (!pv_streq(all[i]->group, group))
			continue;
		pv_val v = group_doc(cx->arena, all, n, i, true, &end);
		pv_json_write(out, &v);
		pv_buf_addc(out, '\n');
		return 0;
	}
	return not_here(cx);
}

static int
render_resources(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	const char *api_version = pv_starts_with(key, "/apis/") ? key + 6 : key + strlen("/api/");
	size_t n, found = 0;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	pv_listb list;
	pv_objb b;

	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < n; i++) {
		if (!pv_streq(all[i]->api_version, api_version))
			continue;
		found++;
		add_plain(&list, all, n, all[i]);
	}
	if (!found)
		return not_here(cx);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "APIResourceList");
	if (!pv_streq(api_version, "v1")) /* which says it by being the oldest */
		pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "groupVersion", api_version);
	pv_objb_put(&b, "resources", pv_listb_end(&list));
	write_doc(out, &b);
	return 0;
}

static pv_val
aggregated_version(pv_arena *arena, const pv_resource *const *all, size_t n, size_t *pos)
{
	const pv_resource *first = all[*pos];
	pv_listb list;
	pv_objb b;

	pv_listb_init(&list, arena);
	for (; *pos < n && pv_streq(all[*pos]->api_version, first->api_version); ++*pos)
		add_aggregated(&list, all[*pos]);
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "version", first->version);
	pv_objb_put(&b, "resources", pv_listb_end(&list));
	pv_objb_puts(&b, "freshness", "Current");
	return pv_objb_end(&b);
}

/* key: "v2 /apis" */
static int
render_aggregated(pv_ctx *cx, pv_registry *registry, const char *key, pv_buf *out)
{
	const char *space = strchr(key, ' ');
	bool core = pv_streq(space + 1, "/api");
	pv_arena *arena = cx->arena;
	size_t n, i = 0;
	const pv_resource *const *all = pv_resource_all(cx, registry, &n);
	pv_listb groups, versions;
	pv_objb b, meta, group;

	pv_listb_init(&groups, arena);
	while (i < n) {
		const char *name = all[i]->group;

		pv_listb_init(&versions, arena);
		while (i < n && pv_streq(all[i]->group, name))
			pv_listb_add(&versions, aggregated_version(arena, all, n, &i));
		if (!*name != core)
			continue;
		pv_objb_init(&meta, arena);
		pv_objb_puts(&meta, "name", *name ? name : NULL);
		pv_objb_init(&group, arena);
		pv_objb_put(&group, "metadata", pv_objb_end(&meta));
		pv_objb_put(&group, "versions", pv_listb_end(&versions));
		pv_listb_add(&groups, pv_objb_end(&group));
	}
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "kind", "APIGroupDiscoveryList");
	pv_objb_put(&b, "apiVersion", pv_stringf(arena, "apidiscovery.k8s.io/%.*s", (int)(space - key), key));
	pv_objb_put(&b, "metadata", pv_object_of(arena, NULL, 0, NULL, NULL));
	pv_objb_put(&b, "items", pv_listb_end(&groups));
	write_doc(out, &b);
	return 0;
}

/* ---- paths ---- */

static const char *
trimmed(pv_arena *arena, const char *path)
{
	size_t len = strlen(path);

	return len > 1 && path[len - 1] == '/' ? pv_strndup(arena, path, len - 1) : path;
}

static size_t
slashes(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/' && path[1];
	return n;
}

bool
pv_discovery_has(const char *path)
{
	if (pv_starts_with(path, "/apis/"))
		return slashes(path) <= 3;
	if (pv_starts_with(path, "/api/"))
		return slashes(path) <= 2;
	return pv_streq(path, "/api") || pv_streq(path, "/apis") || pv_streq(path, "/version") ||
	       pv_streq(path, "/version/");
}

static pv_registry_render *
renderer(const char *path)
{
	if (pv_streq(path, "/version"))
		return render_version;
	if (pv_streq(path, "/api"))
		return render_api;
	if (pv_streq(path, "/apis"))
		return render_apis;
	if (pv_starts_with(path, "/apis/") && slashes(path) == 2)
		return render_group;
	return render_resources;
}

/* "v2", "v2beta1": the aggregated version that comes before plain JSON; "" plain; NULL none. */
static const char *
negotiated(const char *accept, bool root)
{
	pv_str rest = pv_str_of(accept);
	pv_accept range;
	bool any = false;

	while (pv_accept_next(&rest, &range)) {
		any = true;
		if (!pv_accept_is_json(&range))
			continue;
		if (!range.as.len)
			return "";
		if (!root || !pv_str_is(range.as, "APIGroupDiscoveryList") ||
		    !pv_str_is(range.g, "apidiscovery.k8s.io"))
			continue;
		if (pv_str_is(range.v, "v2"))
			return "v2";
		if (pv_str_is(range.v, "v2beta1"))
			return "v2beta1";
	}
	return any ? NULL : "";
}

int
pv_discovery(pv_ctx *cx, pv_registry *registry, const pv_document_query *query, pv_document *ret)
{
	const char *path = trimmed(cx->arena, query->path), *key = path, *type = "application/json";
	bool root = pv_streq(path, "/api") || pv_streq(path, "/apis");
	const char *format = negotiated(query->accept, root);
	pv_registry_render *render = renderer(path);
	uint64_t hash;
	pv_str body;
	int r;

	if (!format)
		return pv_fail(cx, PV_ENOTACCEPTABLE,
			       "only the following media types are accepted: application/json%s",
			       root ? ", application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
				    : "");
	if (*format) {
		key = pv_printf(cx->arena, "%s %s", format, path);
		type = pv_printf(cx->arena,
				 "application/json;g=apidiscovery.k8s.io;v=%s;as=APIGroupDiscoveryList",
				 format);
		render = render_aggregated;
	}
	r = pv_registry_document(cx, registry, key, pv_registry_generation(registry), render, &body, &hash);
	if (r < 0)
		return r;
	pv_document_fill(cx, query, type, body, hash, ret);
	if (!*format)
		ret->cache = "no-cache, private";
	return 0;
}
