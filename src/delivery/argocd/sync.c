/* sync: what is done to an Application by writing its .operation: a sync, a rollback, the end of one that runs. */
#include "base/str.h"
#include "delivery/application/application.h"
#include "delivery/argocd/impl.h"

/* Of argocd-cm: a revision that is not the Application's own needs override. */
#define OVERRIDES "application.sync.requireOverridePrivilegeForRevisionSync"

static bool
is_automated(const pv_val *object)
{
	return pv_is(pv_at(object, "spec.syncPolicy.automated"), PV_OBJECT) &&
	       pv_truth_at(object, "spec.syncPolicy.automated.enabled", true);
}

static int
check_free(call *c, const target *f)
{
	const char *phase = pv_text_at(f->object, "status.operationState.phase", "");
	if (pv_at(f->object, "metadata.deletionTimestamp"))
		return pv_fail(c->cx, PV_ECONFLICT, "application is deleting");
	if (pv_get(f->object, "operation") || pv_streq(phase, "Running") || pv_streq(phase, "Terminating"))
		return pv_fail(c->cx, PV_ECONFLICT, "another operation is already in progress");
	return 0;
}

/* A whole sync to what the sources name ends a rollback. */
static bool
goes_on(const target *f, const pv_val *sync)
{
	return pv_get(pv_at(f->object, "metadata.annotations"), APPLICATION_HELD) &&
	       !pv_get(sync, "revision") && !pv_get(sync, "revisions") && !pv_get(sync, "source") &&
	       !pv_get(sync, "sources") && !pv_count(pv_get(sync, "resources")) &&
	       !pv_truth_at(sync, "dryRun", false);
}

static int
operate(call *c, const target *f, pv_val sync)
{
	pv_val v = pv_with(c->cx->arena, NULL, "sync", sync), who;
	static const struct {
		const char *from, *to;
	} parts[] = {{"infos", "info"}, {"retryStrategy", "retry"}};
	const pv_val *now;
	int r;
	who = pv_with(c->cx->arena, NULL, "username", pv_string(c->cx->arena, c->who.name));
	v = pv_with(c->cx->arena, &v, "initiatedBy", who);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (pv_get(c->body, parts[i].from) && !pv_is(pv_get(c->body, parts[i].from), PV_NULL))
			v = pv_with(c->cx->arena, &v, parts[i].to, *pv_get(c->body, parts[i].from));
	v = pv_with(c->cx->arena, NULL, "operation", v);
	if (goes_on(f, &sync))
		v = pv_with_at(c->cx->arena, &v, "metadata.annotations",
			       pv_with(c->cx->arena, NULL, APPLICATION_HELD, pv_null()));
	r = application_patch(c, f, v, &now);
	return r < 0 ? r : call_answer(c, *now);
}

/* Numbers of 64 bits are texts in protobuf's JSON. */
static int64_t
number_of(const pv_val *v)
{
	int64_t n = pv_i64(v, -1);
	if (pv_is(v, PV_STRING) && !pv_parse_int(pv_strv(v), &n))
		n = -1;
	return n;
}

/* What is not the revision that Git keeps deploying is deployed only by hand, and only where nothing puts it back. */
static int
check_revision(call *c, const target *f, const char *asked, const pv_val *source)
{
	const char *named = pv_text_at(source, "targetRevision", "");
	int r = 0;
	named = *named ? named : "HEAD";
	if (!*asked || pv_streq(asked, named))
		return 0;
	if (pv_streq(settings_text(c->cx, c->api, "argocd-cm", OVERRIDES, ""), "true"))
		r = rights_check(c->rights, "applications", "override", f->rbac, f->ns, f->name, NULL);
	if (r < 0 || pv_truth_at(c->body, "dryRun", false) || !is_automated(f->object))
		return r;
	return pv_fail(c->cx, PV_ECONFLICT, "Cannot sync to %s: auto-sync currently set to %s", asked, named);
}

/* Of several sources a list with one for each, "" where none is asked for. */
static int
put_revisions(call *c, const target *f, pv_objb *b)
{
	const pv_val *sources = pv_at(f->object, "spec.sources"), *asked = pv_get(c->body, "revisions");
	size_t n = pv_count(sources);
	const char **of = pv_new_array(c->cx->arena, const char *, n),
		   *one = pv_text_at(c->body, "revision", "");
	pv_listb list;
	int r = 0;
	if (!n) {
		if (*one)
			pv_objb_puts(b, "revision", one);
		return check_revision(c, f, one, application_source(c->cx->arena, f->object));
	}
	for (size_t i = 0; i < pv_count(asked); i++) {
		int64_t at = number_of(pv_item(pv_get(c->body, "sourcePositions"), i));
		if (at < 1 || at > (int64_t)n)
			return pv_fail(
				c->cx, PV_EBADREQUEST,
				"sourcePositions: expected for each of the revisions a number from 1 to %zu",
				n);
		of[at - 1] = pv_text(pv_item(asked, i), "");
	}
	pv_listb_init(&list, c->cx->arena);
	for (size_t i = 0; r == 0 && i < n; i++) {
		pv_listb_add(&list, pv_string_ref(of[i] ? of[i] : ""));
		r = check_revision(c, f, of[i] ? of[i] : "", pv_item(sources, i));
	}
	if (pv_count(asked))
		pv_objb_put(b, "revisions", pv_listb_end(&list));
	return r;
}

static int
sync_of(call *c, const target *f, pv_val *ret)
{
	static const char *const parts[] = {"dryRun", "prune", "resources", "manifests"};
	const pv_val *options = pv_at(c->body, "syncOptions.items"), *strategy = pv_get(c->body, "strategy");
	pv_objb b;
	int r;
	pv_objb_init(&b, c->cx->arena);
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *part = pv_get(c->body, parts[i]);
		if (part && !pv_is(part, PV_NULL))
			pv_objb_put(&b, parts[i], *part);
	}
	if (pv_is(strategy, PV_OBJECT))
		pv_objb_put(&b, "syncStrategy", *strategy);
	options = options ? options : pv_at(f->object, "spec.syncPolicy.syncOptions");
	if (pv_is(options, PV_LIST))
		pv_objb_put(&b, "syncOptions", *options);
	r = put_revisions(c, f, &b);
	*ret = pv_objb_end(&b);
	if (r < 0 || !pv_count(pv_get(c->body, "manifests")))
		return r;
	if (is_automated(f->object) && !pv_truth_at(c->body, "dryRun", false))
		return pv_fail(
			c->cx, PV_ECONFLICT,
			"cannot use local sync when Automatic Sync Policy is enabled unless for dry run");
	return rights_check(c->rights, "applications", "override", f->rbac, f->ns, f->name, NULL);
}

static int
sync_it(call *c)
{
	pv_val sync;
	target f;
	int r = application_find(c, c->part[0], "sync", &f);
	if (r == 0)
		r = check_free(c, &f);
	if (r == 0)
		r = sync_of(c, &f, &sync);
	return r < 0 ? r : operate(c, &f, sync);
}

static const pv_val *
deployment(const pv_val *object, int64_t id)
{
	const pv_val *history = pv_at(object, "status.history");
	for (size_t i = 0; i < pv_count(history); i++)
		if (pv_i64_at(pv_item(history, i), "id", -1) == id)
			return pv_item(history, i);
	return NULL;
}

static int
rollback(call *c)
{
	static const char *const parts[] = {"revision", "revisions", "source", "sources"};
	int64_t id = pv_get(c->body, "id") ? number_of(pv_get(c->body, "id")) : 0;
	const pv_val *to, *options;
	pv_objb b;
	target f;
	int r = application_find(c, c->part[0], "rollback", &f);
	if (r == 0)
		r = check_free(c, &f);
	if (r == 0 && is_automated(f.object))
		r = pv_fail(c->cx, PV_ECONFLICT, "rollback cannot be initiated when auto-sync is enabled");
	if (r < 0)
		return r;
	to = deployment(f.object, id);
	if (!to)
		return pv_fail(c->cx, PV_EBADREQUEST,
			       "application %s does not have deployment id %lld in history", f.name,
			       (long long)id);
	pv_objb_init(&b, c->cx->arena);
	for (size_t i = 0; i < PV_LEN(parts); i++)
		if (pv_get(to, parts[i]))
			pv_objb_put(&b, parts[i], *pv_get(to, parts[i]));
	pv_objb_put(&b, "prune", pv_bool(pv_truth_at(c->body, "prune", false)));
	pv_objb_put(&b, "dryRun", pv_bool(pv_truth_at(c->body, "dryRun", false)));
	options = pv_at(f.object, "spec.syncPolicy.syncOptions");
	if (options)
		pv_objb_put(&b, "syncOptions", *options);
	return operate(c, &f, pv_objb_end(&b));
}

static int
terminate(call *c)
{
	pv_val v;
	target f;
	int r = application_find(c, c->part[0], "sync", &f);
	if (r == 0 && !pv_get(f.object, "operation") &&
	    !pv_streq(pv_text_at(f.object, "status.operationState.phase", ""), "Running"))
		r = pv_fail(c->cx, PV_EBADREQUEST,
			    "Unable to terminate operation. No operation is in progress");
	if (r < 0)
		return r;
	v = pv_get(f.object, "operation") ? pv_with(c->cx->arena, NULL, "operation", pv_null())
					  : pv_with_at(c->cx->arena, NULL, "status.operationState.phase",
						       pv_string_ref("Terminating"));
	r = application_patch(c, &f, v, NULL);
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path application_sync_paths[] = {
	{"POST", "v1/applications/{}/sync", sync_it, PATH_MESSAGE},
	{"POST", "v1/applications/{}/rollback", rollback, PATH_MESSAGE},
	{"DELETE", "v1/applications/{}/operation", terminate, 0},
	{NULL, NULL, NULL, 0},
};
