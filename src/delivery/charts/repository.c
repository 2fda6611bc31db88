/* repository: a chart repository over HTTP(S): index.yaml and the archives that it names.
 * https://helm.sh/docs/topics/chart_repository/ */
#include <string.h>

#include "base/str.h"
#include "delivery/charts/impl.h"
#include "lang/yaml/yaml.h"

#define NODES_MAX 8000000 /* of an index: some have tens of thousands of versions */

static int
load_index(struct fetch *f, const pv_val **ret)
{
	const pv_yaml_opts opts = {.file = "index.yaml", .nodes = NODES_MAX};
	const char *url = pv_printf(f->cx->arena, "%s/index.yaml", f->url);
	pv_httpc_answer answer = {0};
	int r = web_get(f, &(struct web_get){.url = url, .as = WEB_SELF, .limit = INDEX_MAX}, &answer);
	if (r == 0 && answer.status != 200)
		return web_refused(f, url, &answer);
	if (r == 0)
		r = pv_yaml_parse(f->cx, answer.body, &opts, ret);
	if (r == 0 && !pv_is(pv_get(*ret, "entries"), PV_OBJECT))
		return pv_fail(
			f->cx, PV_EINVALID,
			"chart repository %s: index.yaml is no index of charts: it has no map `entries`",
			f->plain);
	return r < 0 && answer.status == 200 ? pv_wrap(f->cx, r, "chart repository %s", f->plain) : r;
}

/* From index.yaml: which version, and where it lies. */
static int
find(struct fetch *f)
{
	const pv_val *index, *list, *entry;
	const char *ref, *digest;
	int i, r = load_index(f, &index);
	if (r < 0)
		return r;
	list = pv_get(pv_get(index, "entries"), f->chart);
	if (pv_count(list) == 0)
		return pv_fail(f->cx, PV_ENOTFOUND, "chart \"%s\" not found in %s repository", f->chart,
			       f->plain);
	i = version_pick(f, list, "version");
	if (i < 0)
		return -f->cx->err->code;
	entry = pv_item(list, (size_t)i);
	ref = pv_text(pv_item(pv_get(entry, "urls"), 0), "");
	digest = pv_text_at(entry, "digest", "");
	f->version = pv_text_at(entry, "version", "");
	f->digest = pv_starts_with(digest, "sha256:") ? digest + 7 : digest;
	f->archive = web_resolve(f->cx->arena, f->url, ref);
	return *ref ? 0
		    : pv_fail(f->cx, PV_ENOTFOUND, "chart \"%s\" version %s of %s has no downloadable URLs",
			      f->chart, f->version, f->plain);
}

static int
bring(struct fetch *f)
{
	bool own = web_same_host(f->cx->arena, f->url, f->archive) ||
		   pv_truth_at(f->request, "passCredentials", false);
	struct web_get get = {.url = f->archive, .as = own ? WEB_SELF : WEB_NOBODY, .limit = ARCHIVE_MAX};
	pv_httpc_answer answer;
	int r = web_get(f, &get, &answer);
	if (r == 0 && answer.status != 200)
		return web_refused(f, f->archive, &answer);
	f->bytes = answer.body;
	return r;
}

static const pv_val *
without_credentials(const struct fetch *f)
{
	static const char *const names[] = {"username",          "password",         "bearerToken",
					    "tlsClientCertData", "tlsClientCertKey", "secret"};
	pv_val left = *f->request;
	for (size_t i = 0; i < PV_LEN(names); i++)
		left = pv_without(f->cx->arena, &left, names[i]);
	return pv_box(f->cx->arena, left);
}

int
repository_fetch(struct fetch *f)
{
	int r = 0;
	if (!*f->chart)
		f->archive = f->url;
	else
		r = find(f);
	if (r == 0 && pv_starts_with(f->archive, "oci://")) {
		if (!pv_truth_at(f->request, "passCredentials", false)) /* it is another host */
			f->request = without_credentials(f);
		f->url = f->archive;
		f->chart = "";
		return registry_fetch(f);
	}
	return r < 0 || fetch_is_kept(f) ? r : bring(f);
}
