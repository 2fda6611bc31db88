/* The paths above the kinds: what groups, versions and kinds there are, the server's version, and the documents of the
 * issuer of service accounts' tokens.  Groups of custom kinds have none, as in Kubernetes. */
#include <string.h>

#include "base/str.h"
#include "core/api/openapi_parts.h"
#include "core/kinds/kinds.h"

static const char *const discovered[] = {"application/json", "application/yaml",
					 "application/vnd.kubernetes.protobuf", NULL};
static const char *const json[] = {"application/json", NULL};
static const char *const keys[] = {"application/jwk-set+json", NULL};

static const struct root {
	const char *key, *id, *tag, *about, *type; /* type: "meta.v1.APIVersions"; NULL: a text */
	const char *const *consumes, *const *produces;
} roots[] = {
	{".well-known/openid-configuration", "getServiceAccountIssuerOpenIDConfiguration", "WellKnown",
	 "What the issuer of service accounts' tokens says of itself (OpenID Connect Discovery).", NULL, NULL,
	 json},
	{"api", "getCoreAPIVersions", "core", "The versions of the core group.", "meta.v1.APIVersions",
	 discovered, discovered},
	{"apis", "getAPIVersions", "apis", "The groups and their versions.", "meta.v1.APIGroupList",
	 discovered, discovered},
	{"openid/v1/jwks", "getServiceAccountIssuerOpenIDKeyset", "openid",
	 "The public keys that service accounts' tokens are verified with.", NULL, NULL, keys},
	{"version", "getCodeVersion", "version", "The server's version.", "version.Info", json, json},
};

static pv_val
text(openapi_parts *p, const char *type, const char *field, bool zero)
{
	pv_objb b;

	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", pv_words_about(p->words, type, field));
	pv_objb_puts(&b, "type", "string");
	if (zero)
		pv_objb_puts(&b, "default", "");
	return pv_objb_end(&b);
}

/* What /version answers: no resource, so no table of facts has it. */
static void
add_version(openapi_parts *p)
{
	static const char *const required[] = {"major",     "minor",        "gitVersion",
					       "gitCommit", "gitTreeState", "buildDate",
					       "goVersion", "compiler",     "platform"};
	static const char *const more[] = {"emulationMajor", "emulationMinor", "minCompatibilityMajor",
					   "minCompatibilityMinor"};
	static const char type[] = "pkg.version.Info";
	pv_objb b, props;
	pv_listb names;

	pv_objb_init(&props, p->arena);
	pv_listb_init(&names, p->arena);
	for (size_t i = 0; i < PV_LEN(required); i++) {
		pv_objb_put(&props, required[i], text(p, type, required[i], true));
		pv_listb_add(&names, pv_string_ref(required[i]));
	}
	for (size_t i = 0; i < PV_LEN(more); i++)
		pv_objb_put(&props, more[i], text(p, type, more[i], false));
	pv_objb_init(&b, p->arena);
	pv_objb_puts(&b, "description", pv_words_about(p->words, type, NULL));
	pv_objb_puts(&b, "type", "object");
	pv_objb_put(&b, "required", pv_listb_end(&names));
	pv_objb_put(&b, "properties", pv_objb_end(&props));
	openapi_schema_add(p, pv_kinds_openapi_name(p->arena, type), pv_objb_end(&b), NULL);
}

static void
add(openapi_parts *p, const struct root *root)
{
	openapi_op op = {.method = "get",
			 .id = root->id,
			 .tag = root->tag,
			 .about = root->about,
			 .consumes = root->consumes,
			 .produces = root->produces};

	if (root->type && pv_starts_with(root->type, "version.")) {
		op.answer = "io.k8s.apimachinery.pkg.version.Info";
		add_version(p);
	} else if (root->type) {
		openapi_parts_want(p, root->type);
		op.answer = pv_kinds_openapi_name(p->arena, root->type);
	}
	openapi_path_add(p, pv_printf(p->arena, "/%s/", root->key), &op, 1);
}

/* ---- groups ---- */

/* The next resource of Kubernetes' own that begins a group, or a group-version. */
static const pv_resource *
next(openapi_parts *p, size_t *pos, bool versions)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(p->cx, p->registry, &n);

	for (size_t i = *pos; i < n; i++) {
		const pv_resource *res = all[i], *before = i ? all[i - 1] : NULL;

		if (!res->kind_facts || (!versions && !*res->group))
			continue;
		if (before && before->kind_facts && pv_streq(before->group, res->group) &&
		    (!versions || pv_streq(before->version, res->version)))
			continue;
		*pos = i + 1;
		return res;
	}
	return NULL;
}

static struct root
group_root(openapi_parts *p, const pv_resource *res)
{
	return (struct root){
		pv_printf(p->arena, "apis/%s", res->group),
		pv_printf(p->arena, "get%sAPIGroup", openapi_gv_word(p->arena, res->group, NULL)),
		openapi_tag(p->arena, res->group, NULL),
		"The versions of the group.",
		"meta.v1.APIGroup",
		discovered,
		discovered};
}

static void
add_gv(openapi_parts *p, const pv_resource *res)
{
	struct root root = {
		pv_printf(p->arena, "%s/%s", *res->group ? "apis" : "api", res->api_version),
		pv_printf(p->arena, "get%sAPIResources", openapi_gv_word(p->arena, res->group, res->version)),
		openapi_tag(p->arena, res->group, res->version),
		"The resources of the version.",
		"meta.v1.APIResourceList",
		discovered,
		discovered};

	add(p, &root);
}

void
openapi_roots_gv(openapi_parts *p, const char *api_version)
{
	const pv_resource *res;

	for (size_t pos = 0; (res = next(p, &pos, true)) != NULL;)
		if (pv_streq(res->api_version, api_version))
			add_gv(p, res);
}

const char *
openapi_roots_at(openapi_parts *p, size_t n)
{
	const pv_resource *res = NULL;
	size_t pos = 0;

	if (n < PV_LEN(roots))
		return roots[n].key;
	for (n -= PV_LEN(roots); (res = next(p, &pos, false)) != NULL && n; n--)
		;
	return res ? group_root(p, res).key : NULL;
}

bool
openapi_roots_add(openapi_parts *p, const char *key)
{
	const pv_resource *res;
	struct root root;

	for (size_t i = 0; i < PV_LEN(roots); i++) {
		if (!pv_streq(roots[i].key, key))
			continue;
		add(p, &roots[i]);
		return true;
	}
	for (size_t pos = 0; (res = next(p, &pos, false)) != NULL;) {
		root = group_root(p, res);
		if (!pv_streq(root.key, key))
			continue;
		add(p, &root);
		return true;
	}
	return false;
}

void
openapi_roots_all(openapi_parts *p)
{
	const pv_resource *res;
	const char *key;

	for (size_t i = 0; (key = openapi_roots_at(p, i)) != NULL; i++)
		openapi_roots_add(p, key);
	for (size_t pos = 0; (res = next(p, &pos, true)) != NULL;)
		add_gv(p, res);
}
