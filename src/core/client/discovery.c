/* The server's kinds, by aggregated discovery (KEP-3352), asked for once. */
#include <string.h>
#include <strings.h>

#include "base/near.h"
#include "base/str.h"
#include "core/client/impl.h"

#define ACCEPT \
	"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," \
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

static const char *const *
strings(pv_arena *arena, const pv_val *list)
{
	const char **out = pv_new_array(arena, const char *, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++)
		out[i] = pv_strdup(arena, pv_text(pv_item(list, i), ""));
	return (const char *const *)out;
}

static void
add_version(pv_client *client, const char *group, const pv_val *version)
{
	const pv_val *resources = pv_get(version, "resources");
	pv_arena *arena = client->arena;

	for (size_t i = 0; i < pv_count(resources); i++) {
		const pv_val *from = pv_item(resources, i);
		pv_client_kind *to = pv_vec_add(&client->kinds);

		to->group = pv_strdup(arena, group);
		to->version = pv_strdup(arena, pv_text_at(version, "version", ""));
		to->kind = pv_strdup(arena, pv_text_at(from, "responseKind.kind", ""));
		to->plural = pv_strdup(arena, pv_text_at(from, "resource", ""));
		to->singular = pv_strdup(arena, pv_text_at(from, "singularResource", ""));
		to->short_names = strings(arena, pv_get(from, "shortNames"));
		to->categories = strings(arena, pv_get(from, "categories"));
		to->verbs = strings(arena, pv_get(from, "verbs"));
		to->namespaced = pv_streq(pv_text_at(from, "scope", ""), "Namespaced");
	}
}

static int
discover_root(pv_ctx *cx, pv_client *client, const char *path)
{
	pv_client_call call = {.path = path, .accept = ACCEPT};
	const pv_val *answer, *groups;
	int r = pv_client_json(cx, client, &call, NULL, &answer);

	if (r < 0)
		return r;
	if (!pv_streq(pv_text_at(answer, "kind", ""), "APIGroupDiscoveryList"))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "%s%s: expected aggregated discovery (Kubernetes 1.27 or newer), found %s",
			       client->server, path, pv_text_at(answer, "kind", "no kind"));
	groups = pv_get(answer, "items");
	for (size_t i = 0; i < pv_count(groups); i++) {
		const pv_val *versions = pv_get(pv_item(groups, i), "versions");

		for (size_t j = 0; j < pv_count(versions); j++) /* the preferred one is first */
			add_version(client, pv_text_at(pv_item(groups, i), "metadata.name", ""),
				    pv_item(versions, j));
	}
	return 0;
}

int
pv_client_discover(pv_ctx *cx, pv_client *client)
{
	int r;

	if (client->discovered)
		return 0;
	pv_vec_init(&client->kinds, client->arena, sizeof(pv_client_kind));
	r = discover_root(cx, client, "/api");
	if (r == 0)
		r = discover_root(cx, client, "/apis");
	client->discovered = r == 0;
	return r;
}

static bool
is_word(const pv_client_kind *kind, const char *word, size_t len)
{
	if (strlen(kind->plural) == len && strncasecmp(kind->plural, word, len) == 0)
		return true;
	if (strlen(kind->singular) == len && strncasecmp(kind->singular, word, len) == 0)
		return true;
	if (strlen(kind->kind) == len && strncasecmp(kind->kind, word, len) == 0)
		return true;
	for (const char *const *s = kind->short_names; *s; s++)
		if (strlen(*s) == len && strncasecmp(*s, word, len) == 0)
			return true;
	return false;
}

/* "deployments.v1.apps", "deployments.apps", "deployments" */
static bool
is_qualified(pv_ctx *cx, const pv_client_kind *kind, const char *word)
{
	size_t len = strcspn(word, ".");
	const char *rest = word[len] ? word + len + 1 : "";

	if (!is_word(kind, word, len))
		return false;
	return !rest[0] || pv_streq(rest, kind->group) ||
	       pv_streq(rest, pv_printf(cx->arena, "%s.%s", kind->version, kind->group)) ||
	       pv_streq(rest, kind->version);
}

static int
unknown_word(pv_ctx *cx, pv_client *client, const char *word)
{
	pv_near near = {.word = word};

	for (size_t i = 0; i < client->kinds.len; i++) {
		const pv_client_kind *kind = PV_AT(pv_client_kind, &client->kinds, i);

		pv_near_try(&near, kind->singular);
		pv_near_try(&near, kind->plural);
	}
	return pv_fail(cx, PV_ENOTFOUND, "the server doesn't have a resource type \"%s\"%s", word,
		       near.best ? pv_printf(cx->arena, "; did you mean \"%s\"?", near.best) : "");
}

/* The versions a kind of this name is served in, else the kind it may have meant. */
static int
unknown_kind(pv_ctx *cx, pv_client *client, const char *api_version, const char *name)
{
	const char *hint = "apply its definition first";
	pv_near near = {.word = name};

	for (size_t i = 0; i < client->kinds.len; i++) {
		const pv_client_kind *kind = PV_AT(pv_client_kind, &client->kinds, i);

		pv_near_try(&near, kind->kind);
		if (near.best == kind->kind)
			hint = pv_printf(cx->arena, "did you mean %s of %s%s%s?", kind->kind, kind->group,
					 kind->group[0] ? "/" : "", kind->version);
	}
	return pv_fail(cx, PV_ENOTFOUND, "no matches for kind \"%s\" in version \"%s\": %s", name,
		       api_version, hint);
}

int
pv_client_find(pv_ctx *cx, pv_client *client, const char *word, const pv_client_kind **ret)
{
	int r = pv_client_discover(cx, client);

	for (size_t i = 0; r == 0 && i < client->kinds.len; i++) {
		const pv_client_kind *kind = PV_AT(pv_client_kind, &client->kinds, i);

		if (is_qualified(cx, kind, word)) {
			*ret = kind;
			return 0;
		}
	}
	return r < 0 ? r : unknown_word(cx, client, word);
}

int
pv_client_find_kind(pv_ctx *cx, pv_client *client, const char *api_version, const char *name,
		    const pv_client_kind **ret)
{
	int r = pv_client_discover(cx, client);

	for (size_t i = 0; r == 0 && i < client->kinds.len; i++) {
		const pv_client_kind *kind = PV_AT(pv_client_kind, &client->kinds, i);
		const char *version = kind->group[0]
					      ? pv_printf(cx->arena, "%s/%s", kind->group, kind->version)
					      : kind->version;

		if (pv_streq(kind->kind, name) && pv_streq(version, api_version)) {
			*ret = kind;
			return 0;
		}
	}
	return r < 0 ? r : unknown_kind(cx, client, api_version, name);
}

bool
pv_client_kind_each(pv_ctx *cx, pv_client *client, size_t *pos, const pv_client_kind **ret)
{
	if (pv_client_discover(cx, client) < 0) {
		(void)pv_recover(cx);
		return false;
	}
	if (*pos >= client->kinds.len)
		return false;
	*ret = PV_AT(pv_client_kind, &client->kinds, (*pos)++);
	return true;
}

char *
pv_client_path(pv_arena *arena, const pv_client_kind *kind, const char *ns, const char *name,
	       const char *subresource)
{
	char *path = kind->group[0] ? pv_printf(arena, "/apis/%s/%s", kind->group, kind->version)
				    : pv_printf(arena, "/api/%s", kind->version);

	if (kind->namespaced && ns && ns[0])
		path = pv_printf(arena, "%s/namespaces/%s", path, pv_url_escape(arena, ns));
	path = pv_printf(arena, "%s/%s", path, kind->plural);
	if (name && name[0])
		path = pv_printf(arena, "%s/%s", path, pv_url_escape(arena, name));
	if (subresource && subresource[0])
		path = pv_printf(arena, "%s/%s", path, subresource);
	return path;
}
