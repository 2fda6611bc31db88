/* call: what is done to a cluster's objects, one request each.  What was written is known at once: whoever looks
 * after that does not see less. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/fields/fields.h"
#include "delivery/clusters/impl.h"
#include "lang/json/json.h"

#define CALL_TIMEOUT (20 * PV_SEC)
#define LIST_MOST "500"

bool
clusters_is_away(int code)
{
	return code == PV_EUNAVAILABLE || code == PV_ETIMEOUT || code == PV_EUNAUTHORIZED ||
	       code == PV_ETOOMANY;
}

bool
spoke_is_there(spoke *s)
{
	pv_client_call call = {.path = "/version", .timeout_ns = CALL_TIMEOUT / 4};
	const pv_val *version;
	pv_ctx cx;
	bool there;
	pv_ctx_init_small(&cx, "probe");
	there = pv_client_json(&cx, s->client, &call, NULL, &version) == 0;
	pv_ctx_done(&cx);
	return there;
}

static int
ask(pv_ctx *cx, spoke *s, pv_client_call *request, const pv_val **ret)
{
	int r;
	request->timeout_ns = CALL_TIMEOUT;
	r = pv_client_json(cx, s->client, request, NULL, ret);
	if (r < 0 && clusters_is_away(-r))
		atomic_store(&s->doubted, true);
	return r;
}

/* ---- kinds ---- */

static const pv_resource *
resource_of(pv_ctx *cx, const kind *k)
{
	pv_resource *r = pv_new(cx->arena, pv_resource);
	*r = (pv_resource){.group = pv_strdup(cx->arena, k->group),
			   .version = pv_strdup(cx->arena, k->version),
			   .kind = pv_strdup(cx->arena, k->kind),
			   .plural = pv_strdup(cx->arena, k->plural),
			   .singular = pv_str_lower(cx->arena, pv_strdup(cx->arena, k->kind)),
			   .type = pv_strdup(cx->arena, k->type),
			   .api_version = pv_strdup(cx->arena, k->api_version),
			   .namespaced = k->namespaced};
	return r;
}

const pv_resource *
spoke_resource_known(pv_ctx *cx, spoke *s, const char *api_version, const char *name)
{
	kinds *k = kinds_ref(s);
	const kind *one = kinds_find(k, api_version, name);
	const pv_resource *r = one ? resource_of(cx, one) : NULL;
	kinds_unref(s, k);
	return r;
}

static const pv_resource *
find_in(pv_ctx *cx, const pv_val *list, const char *api_version, const char *name)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		const char *slash = strchr(api_version, '/'), *plural = pv_text_at(one, "name", "");
		kind k = {.group = pv_strndup(cx->arena, api_version,
					      slash ? (size_t)(slash - api_version) : 0),
			  .version = pv_strdup(cx->arena, slash ? slash + 1 : api_version),
			  .kind = pv_strdup(cx->arena, name),
			  .plural = pv_strdup(cx->arena, plural),
			  .api_version = pv_strdup(cx->arena, api_version),
			  .namespaced = pv_truth_at(one, "namespaced", false)};
		if (!pv_streq(pv_text_at(one, "kind", ""), name) || strchr(plural, '/'))
			continue;
		k.type = pv_printf(cx->arena, "%s/%s", k.group, name);
		return resource_of(cx, &k);
	}
	return NULL;
}

/* A kind that is not known may have come with what was applied a moment ago.  That none of the version are served is
 * said by who serves: by nobody who cannot be asked. */
int
spoke_resource(pv_ctx *cx, spoke *s, const char *api_version, const char *name, const pv_resource **ret)
{
	pv_client_call call = {.path = pv_printf(cx->arena, "%s/%s",
						 strchr(api_version, '/') ? "/apis" : "/api", api_version)};
	const pv_val *answer = NULL, *list;
	int r;
	*ret = spoke_resource_known(cx, s, api_version, name);
	if (*ret)
		return 0;
	r = ask(cx, s, &call, &answer);
	if (r == -PV_ENOTFOUND) {
		pv_recover(cx);
		return 0;
	}
	if (r < 0)
		return pv_wrap(cx, r, "what is served of %s", api_version);
	list = pv_get(answer, "resources");
	if (!pv_is(list, PV_LIST))
		return pv_fail(cx, PV_EUNAVAILABLE, "%s answered %s: expected a list of kinds, found none",
			       s->server, call.path);
	*ret = find_in(cx, list, api_version, name);
	if (*ret)
		atomic_store(&s->stale, true);
	return 0;
}

const pv_resource *
spoke_resource_meant(pv_ctx *cx, spoke *s, const char *name)
{
	kinds *k = kinds_ref(s);
	const pv_resource *r = NULL;
	for (size_t i = 0; k && !r && i < k->n; i++)
		if (k->all[i].preferred && pv_streq(k->all[i].kind, name))
			r = resource_of(cx, &k->all[i]);
	kinds_unref(s, k);
	return r;
}

/* ---- requests ---- */

static char *
path_of(pv_ctx *cx, const pv_call *call, const char *name)
{
	pv_client_kind k = {.group = call->resource->group,
			    .version = call->resource->version,
			    .plural = call->resource->plural,
			    .namespaced = call->resource->namespaced};
	return pv_client_path(cx->arena, &k, call->ns, name, NULL);
}

static char *
with_query(pv_ctx *cx, const pv_call *call, const char *path, bool apply)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, "%s?fieldManager=%s", path, pv_url_escape(cx->arena, call->manager));
	if (apply && call->force)
		pv_buf_adds(&b, "&force=true");
	if (call->dry_run)
		pv_buf_adds(&b, "&dryRun=All");
	if (call->validation)
		pv_buf_printf(&b, "&fieldValidation=%s", call->validation);
	return b.s;
}

/* What is no object is nobody's answer to such a question, whatever its status. */
static int
ask_object(pv_ctx *cx, spoke *s, pv_client_call *request, const pv_val **ret)
{
	int r = ask(cx, s, request, ret);
	if (r == 0 && !pv_is(pv_get(*ret, "metadata"), PV_OBJECT))
		r = pv_fail(cx, PV_EINTERNAL, "%s answered %s: expected an object, found none", s->server,
			    request->path);
	return r;
}

/* What a watch will tell of, too, is kept; of all else only that it is another than it was. */
static bool
is_kept(spoke *s, const pv_call *call)
{
	kinds *k = kinds_ref(s);
	bool kept = kinds_watched(s, k, call->resource->type, call->ns) != NULL;
	kinds_unref(s, k);
	return kept;
}

static char *
key_of(pv_ctx *cx, const pv_call *call, const char *name)
{
	const pv_resource *res = call->resource;
	return mirror_key(cx->arena, res->group, res->kind, res->namespaced ? call->ns : "", name);
}

/* A watch may come first, and is right either way. */
static void
note_written(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object)
{
	const char *key;
	bool kept;
	if (call->dry_run)
		return;
	key = key_of(cx, call, pv_text_at(object, "metadata.name", ""));
	kept = is_kept(s, call);
	pthread_mutex_lock(&s->lock);
	if (kept)
		(void)mirror_wrote(s->mirror, key, pv_get(object, "metadata"));
	else
		mirror_tell(s->mirror, key);
	pthread_mutex_unlock(&s->lock);
}

static int
write_it(pv_ctx *cx, spoke *s, const pv_call *call, const char *method, const char *type, const pv_val *body,
	 const pv_val **ret)
{
	bool post = pv_streq(method, "POST"), apply = pv_streq(type, "application/apply-patch+yaml");
	char *text = pv_json_text(cx->arena, body);
	pv_client_call request = {.method = method, .type = type, .body = pv_str_of(text)};
	int r;
	request.path = with_query(cx, call, path_of(cx, call, post ? NULL : call->name), apply);
	r = ask_object(cx, s, &request, ret);
	if (r == 0)
		note_written(cx, s, call, *ret);
	return r;
}

int
spoke_find(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val **ret)
{
	pv_client_call request = {.path = path_of(cx, call, call->name)};
	int r = ask_object(cx, s, &request, ret);
	if (r != -PV_ENOTFOUND)
		return r;
	pv_recover(cx);
	*ret = NULL;
	return 0;
}

int
spoke_list(pv_ctx *cx, spoke *s, const pv_call *call, const char *query, const pv_val **ret)
{
	pv_call all = *call;
	pv_client_call request = {0};
	int r;
	all.ns = *call->ns ? call->ns : NULL;
	request.path = pv_printf(cx->arena, "%s?limit=" LIST_MOST "%s%s", path_of(cx, &all, NULL),
				 *query ? "&" : "", query);
	r = ask(cx, s, &request, ret);
	if (r == 0 &&
	    (!pv_ends_with(pv_text_at(*ret, "kind", ""), "List") || !pv_is(pv_get(*ret, "items"), PV_LIST)))
		r = pv_fail(cx, PV_EINTERNAL, "%s answered %s: expected a list, found none", s->server,
			    request.path);
	if (r == 0 && *pv_text_at(*ret, "metadata.continue", ""))
		r = pv_fail(cx, PV_ETOOLARGE, "%s: more than " LIST_MOST " objects", request.path);
	return r;
}

int
spoke_patch(pv_ctx *cx, spoke *s, const pv_call *call, const char *type, const pv_val *patch,
	    const pv_val **ret)
{
	return write_it(cx, s, call, "PATCH", type, patch, ret);
}

int
spoke_create(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	return write_it(cx, s, call, "POST", NULL, object, ret);
}

int
spoke_update(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	return write_it(cx, s, call, "PUT", NULL, object, ret);
}

/* What the client-side applier holds is from now on what the manager applied. */
static int
take_over(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *live)
{
	const pv_val *taken = pv_fields_take_over(cx, call->resource, call->takes_over, call->manager, live),
		     *now;
	pv_objb patch, meta;
	pv_val body;
	if (taken == live)
		return 0;
	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "resourceVersion", pv_text_at(live, "metadata.resourceVersion", ""));
	pv_objb_put(&meta, "managedFields", *pv_at(taken, "metadata.managedFields"));
	pv_objb_init(&patch, cx->arena);
	pv_objb_put(&patch, "metadata", pv_objb_end(&meta));
	body = pv_objb_end(&patch);
	return write_it(cx, s,
			&(pv_call){.resource = call->resource,
				   .ns = call->ns,
				   .name = call->name,
				   .manager = call->manager},
			"PATCH", "application/merge-patch+json", &body, &now);
}

/* What the server says of an object is no part of what is wanted of it. */
static pv_val
intent_of(pv_ctx *cx, const pv_val *object)
{
	static const char *const servers[] = {"managedFields",     "resourceVersion", "uid",
					      "creationTimestamp", "generation",      "selfLink"};
	pv_val meta = *pv_get(object, "metadata");
	for (size_t i = 0; i < PV_LEN(servers); i++)
		meta = pv_without(cx->arena, &meta, servers[i]);
	return pv_with(cx->arena, object, "metadata", meta);
}

int
spoke_apply(pv_ctx *cx, spoke *s, const pv_call *call, const pv_val *object, const pv_val **ret)
{
	pv_val body = intent_of(cx, object);
	const pv_val *live = NULL;
	int r = 0;
	if (call->takes_over && !call->dry_run) {
		r = spoke_find(cx, s, call, &live);
		if (r == 0 && live)
			r = take_over(cx, s, call, live);
	}
	return r < 0 ? r : write_it(cx, s, call, "PATCH", "application/apply-patch+yaml", &body, ret);
}

/* ---- deleting ---- */

static pv_val
options_of(pv_ctx *cx, const pv_call *call)
{
	pv_objb b, precondition;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "DeleteOptions");
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "propagationPolicy", call->propagation ? call->propagation : "Background");
	if (call->grace_seconds >= 0)
		pv_objb_put(&b, "gracePeriodSeconds", pv_int(call->grace_seconds));
	if (call->expect_uid) {
		pv_objb_init(&precondition, cx->arena);
		pv_objb_puts(&precondition, "uid", call->expect_uid);
		pv_objb_put(&b, "preconditions", pv_objb_end(&precondition));
	}
	return pv_objb_end(&b);
}

/* What is left says that it is being deleted, and waits for finalizers or for a process to end. */
static bool
is_left(const pv_val *answer)
{
	return pv_at(answer, "metadata.deletionTimestamp") &&
	       (pv_count(pv_at(answer, "metadata.finalizers")) ||
		pv_i64_at(answer, "metadata.deletionGracePeriodSeconds", 0) > 0);
}

int
spoke_delete(pv_ctx *cx, spoke *s, const pv_call *call)
{
	pv_val options = options_of(cx, call);
	char *text = pv_json_text(cx->arena, &options);
	pv_client_call request = {
		.method = "DELETE", .path = path_of(cx, call, call->name), .body = pv_str_of(text)};
	const pv_val *answer = NULL;
	int r = ask(cx, s, &request, &answer);
	if (r < 0 && r != -PV_ENOTFOUND)
		return r;
	if (r < 0)
		pv_recover(cx);
	if (is_left(answer)) {
		note_written(cx, s, call, answer);
		return 0;
	}
	pthread_mutex_lock(&s->lock);
	mirror_drop(s->mirror, key_of(cx, call, call->name), NULL);
	mirror_tell(s->mirror, key_of(cx, call, call->name)); /* though it was not kept */
	pthread_mutex_unlock(&s->lock);
	return 0;
}
