/* manifests: what an Application's sources say, and how what is there differs: objects as JSON texts, as Argo CD has
 * them.  What Secrets hold is hidden. */
#include "base/str.h"
#include "delivery/application/application.h"
#include "delivery/argocd/impl.h"
#include "lang/json/json.h"

/* ?revision=, or ?revisions= with ?sourcePositions= of several sources. */
static int
at_revisions(call *c, const pv_val *object, const pv_val **ret)
{
	const char *one = call_query(c, "revision"), *at, *revision;
	const pv_val *sources = pv_at(object, "spec.sources");
	pv_val v = *one ? application_at(c->cx->arena, object, NULL, one) : *object;
	for (int i = 0; (at = pv_http_query_at(c->req, "sourcePositions", i)); i++) {
		int64_t n;
		revision = pv_http_query_at(c->req, "revisions", i);
		if (!pv_parse_int(pv_str_of(at), &n) || n < 1 || n > (int64_t)pv_count(sources) || !revision)
			return pv_fail(
				c->cx, PV_EBADREQUEST,
				"sourcePositions: expected for each of the revisions a number from 1 to %zu",
				pv_count(sources));
		v = application_source_at(c->cx->arena, &v, (size_t)n - 1, revision);
	}
	*ret = pv_box(c->cx->arena, v);
	return 0;
}

static int
look(call *c, target *f, const pv_val **ret)
{
	const pv_val *object = NULL;
	pv_val found;
	int r = application_find(c, c->part[0], "get", f);
	if (r == 0)
		r = at_revisions(c, f->object, &object);
	if (r == 0)
		r = application_preview(c->cx, c->api, object, &found);
	if (r < 0)
		return r;
	if (f->right == RIGHT_KUBERNETES)
		found = application_preview_limited(c->cx, c->api, f->object, &found);
	*ret = pv_box(c->cx->arena, found);
	return 0;
}

static pv_val
text_of(call *c, const pv_val *object)
{
	return pv_string_ref(object ? pv_json_text(c->cx->arena, object) : "null");
}

/* ---- what shall be ---- */

static int
manifests(call *c)
{
	static const char *const told[] = {"revision", "sourceType"};
	const pv_val *found, *all;
	pv_listb list;
	pv_objb b;
	target f;
	int r = look(c, &f, &found);
	if (r < 0)
		return r;
	all = pv_get(found, "objects");
	pv_listb_init(&list, c->cx->arena);
	for (size_t i = 0; i < pv_count(all); i++)
		if (pv_get(pv_item(all, i), "target"))
			pv_listb_add(&list, text_of(c, pv_get(pv_item(all, i), "target")));
	pv_objb_init(&b, c->cx->arena);
	pv_objb_put(&b, "manifests", pv_listb_end(&list));
	pv_objb_puts(&b, "namespace", pv_text_at(f.object, "spec.destination.namespace", ""));
	pv_objb_puts(&b, "server", pv_text_at(f.object, "spec.destination.server", ""));
	for (size_t i = 0; i < PV_LEN(told); i++)
		pv_objb_puts(&b, told[i], pv_text_at(found, told[i], NULL));
	return call_answer(c, pv_objb_end(&b));
}

/* ---- how it differs ---- */

static bool
is_asked_for(call *c, const pv_val *object)
{
	static const char *const parts[] = {"group", "kind", "namespace", "name", "version"};
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (*call_query(c, parts[i]) &&
		    !pv_streq(call_query(c, parts[i]), pv_text_at(object, parts[i], "")))
			return false;
	return true;
}

static bool
is_modified(const pv_val *object)
{
	return !pv_streq(pv_text_at(object, "status", ""), "Synced") && !pv_get(object, "hook");
}

static pv_val
difference(call *c, const pv_val *object)
{
	static const char *const parts[] = {"group", "kind", "namespace", "name"};
	static const struct {
		const char *to, *from;
	} states[] = {{"targetState", "target"},
		      {"liveState", "live"},
		      {"normalizedLiveState", "normalizedLive"},
		      {"predictedLiveState", "predicted"}};
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		pv_objb_puts(&b, parts[i], pv_text_at(object, parts[i], NULL));
	for (size_t i = 0; i < PV_LEN(states); i++)
		pv_objb_put(&b, states[i].to, text_of(c, pv_get(object, states[i].from)));
	if (pv_get(object, "hook"))
		pv_objb_put(&b, "hook", pv_bool(true));
	if (is_modified(object))
		pv_objb_put(&b, "modified", pv_bool(true));
	pv_objb_puts(&b, "resourceVersion", pv_text_at(object, "live.metadata.resourceVersion", NULL));
	return pv_objb_end(&b);
}

static int
differences(call *c, bool sum)
{
	const pv_val *found, *all;
	bool any = false;
	pv_listb list;
	pv_val v;
	target f;
	int r = look(c, &f, &found);
	if (r < 0)
		return r;
	all = pv_get(found, "objects");
	pv_listb_init(&list, c->cx->arena);
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);
		if (!is_asked_for(c, one) || pv_get(one, "hidden"))
			continue;
		any = any || is_modified(one);
		pv_listb_add(&list, difference(c, one));
	}
	v = pv_with(c->cx->arena, NULL, "items", pv_listb_end(&list));
	return call_answer(c, sum ? pv_with(c->cx->arena, &v, "modified", pv_bool(any)) : v);
}

static int
managed_resources(call *c)
{
	return differences(c, false);
}

/* Of what the Application's own sources say; objects that a caller sends are not tried. */
static int
server_side_diff(call *c)
{
	return pv_http_query_at(c->req, "targetManifests", 0)
		       ? pv_fail(c->cx, PV_EUNSUPPORTED,
				 "targetManifests is not supported yet: without it the sources of the Application are compared")
		       : differences(c, true);
}

const struct path application_manifest_paths[] = {
	{"GET", "v1/applications/{}/manifests", manifests, 0},
	{"GET", "v1/applications/{}/managed-resources", managed_resources, 0},
	{"GET", "v1/applications/{}/server-side-diff", server_side_diff, 0},
	{NULL, NULL, NULL, 0},
};
