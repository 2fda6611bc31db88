/* What an event names: a repository in several spellings, and what came to it. */
#include "base/str.h"
#include "base/vec.h"
#include "delivery/webhook/webhook.h"

/* Anybody may send one, and each name is held against every fact: a real event has fewer, and shorter ones. */
#define NAMES_MOST 64
#define NAME_MOST 2048

static void
add(pv_vec *ret, const char *text)
{
	if (*text && ret->len < NAMES_MOST && strlen(text) <= NAME_MOST)
		pv_vec_push(ret, &text);
}

/* GitHub's registry says whose the package is, and not where it lies. */
static void
add_package(pv_arena *arena, const pv_val *payload, pv_vec *ret)
{
	const pv_val *package = pv_get(payload, pv_get(payload, "package") ? "package" : "registry_package");
	const char *owner = pv_text_at(package, "namespace", pv_text_at(package, "owner.login", "")),
		   *name = pv_text_at(package, "name", "");

	if (*owner && *name && strcasecmp(pv_text_at(package, "package_type", ""), "container") == 0)
		add(ret, pv_printf(arena, "oci://ghcr.io/%s/%s", owner, name));
}

/* Harbor: "registry.example/project/name:tag", or "...@sha256:digest". */
static void
add_artifact(pv_arena *arena, const pv_val *artifact, pv_vec *ret)
{
	const char *url = pv_text_at(artifact, "resource_url", ""), *slash = strrchr(url, '/');
	size_t len = slash ? (size_t)(slash - url) + strcspn(slash, ":@") : 0;

	if (len)
		add(ret, pv_printf(arena, "oci://%.*s", (int)len, url));
}

void
webhook_repositories(pv_arena *arena, const pv_val *payload, pv_vec *ret)
{
	static const char *const paths[] = {
		"repository.clone_url",
		"repository.html_url",
		"repository.ssh_url", /* GitHub, Gitea, Gogs */
		"project.git_http_url",
		"project.git_ssh_url",
		"project.web_url",               /* GitLab */
		"resource.repository.remoteUrl", /* Azure DevOps */
		"repository.links.html.href",    /* Bitbucket */
	};
	const pv_val *clones = pv_at(payload, "repository.links.clone"), /* Bitbucket Server */
		*artifacts = pv_at(payload, "event_data.resources");     /* Harbor */

	pv_vec_init(ret, arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(paths); i++)
		add(ret, pv_text_at(payload, paths[i], ""));
	for (size_t i = 0; i < pv_count(clones); i++)
		add(ret, pv_text_at(pv_item(clones, i), "href", ""));
	for (size_t i = 0; i < pv_count(artifacts); i++)
		add_artifact(arena, pv_item(artifacts, i), ret);
	add_package(arena, payload, ret);
}

void
webhook_names(pv_arena *arena, const pv_val *payload, pv_vec *ret)
{
	static const char *const paths[] = {"repository.full_name", "project.path_with_namespace"};
	const pv_val *number = pv_at(payload, "project.id"); /* GitLab */

	pv_vec_init(ret, arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(paths); i++) {
		const char *name = pv_text_at(payload, paths[i], "");

		for (size_t n = strnlen(name, NAME_MOST); n > 0 && ret->len < NAMES_MOST; n--)
			if (name[n] == '\0' || name[n] == '/') /* groups are in groups */
				add(ret, pv_strndup(arena, name, n));
	}
	if (pv_is(number, PV_NUMBER))
		add(ret, pv_scalar_text(arena, number));
}

static void
add_revision(pv_vec *ret, const char *ref)
{
	static const char *const folders[] = {"refs/heads/", "refs/tags/"};

	for (size_t i = 0; i < PV_LEN(folders); i++)
		if (pv_starts_with(ref, folders[i]))
			ref += strlen(folders[i]);
	add(ret, ref);
}

void
webhook_revisions(pv_arena *arena, const pv_val *payload, pv_vec *ret)
{
	static const struct {
		const char *list, *ref;
	} lists[] = {
		{"resource.refUpdates", "name"}, /* Azure DevOps */
		{"changes", "ref.id"},           /* Bitbucket Server */
		{"push.changes", "new.name"},    /* Bitbucket */
		{"event_data.resources", "tag"}, /* Harbor */
	};

	pv_vec_init(ret, arena, sizeof(const char *));
	add_revision(ret, pv_text_at(payload, "ref", "")); /* the others */
	add(ret, pv_text_at(payload, "package.package_version.container_metadata.tag.name", ""));
	add(ret, pv_text_at(payload, "registry_package.package_version.container_metadata.tag.name", ""));
	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *list = pv_at(payload, lists[i].list);

		for (size_t k = 0; pv_is(list, PV_LIST) && k < pv_count(list); k++)
			add_revision(ret, pv_text_at(pv_item(list, k), lists[i].ref, ""));
	}
}
