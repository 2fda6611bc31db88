/* hydrate: https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/
 * .status.sourceHydrator says which dry commit was committed where; while that is as the spec and the dry source
 * are, nothing is rendered. */
#include "delivery/application/hydrate.h"

#include "base/str.h"
#include "base/time.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "delivery/application/desired.h"
#include "delivery/application/sources.h"

#define AGAIN "argocd.argoproj.io/hydrate" /* the annotation that asks for it */
#define CURRENT "sourceHydrator.currentOperation"

static const pv_val *
spec_of(const app *a)
{
	return pv_get(a->spec, "sourceHydrator");
}

const pv_val *
application_source(pv_arena *arena, const pv_val *application)
{
	const pv_val *spec = pv_get(application, "spec"), *hydrator = pv_get(spec, "sourceHydrator");
	pv_objb b;
	if (pv_count(pv_get(spec, "sources")))
		return NULL;
	if (!hydrator)
		return pv_get(spec, "source");
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "repoURL", pv_text_at(hydrator, "drySource.repoURL", ""));
	pv_objb_puts(&b, "path", pv_text_at(hydrator, "syncSource.path", ""));
	pv_objb_puts(&b, "targetRevision", pv_text_at(hydrator, "syncSource.targetBranch", ""));
	return pv_box(arena, pv_objb_end(&b));
}

/* Where it is committed to: what hydrateTo says waits there for somebody to move it. */
static const char *
branch_of(const pv_val *spec)
{
	return pv_text_at(spec, "hydrateTo.targetBranch", pv_text_at(spec, "syncSource.targetBranch", ""));
}

/* ---- two of one place ---- */

static const char *
place_of(pv_arena *arena, const pv_val *spec)
{
	return pv_printf(arena, "%s\n%s\n%s", git_address(arena, pv_text_at(spec, "drySource.repoURL", "")),
			 branch_of(spec), pv_git_path(arena, pv_text_at(spec, "syncSource.path", "")));
}

void
hydrate_keys(pv_ctx *cx, const pv_val *object, pv_vec *ret)
{
	const pv_val *spec = pv_at(object, "spec.sourceHydrator");
	const char *key = spec ? place_of(cx->arena, spec) : NULL;
	if (key)
		pv_vec_push(ret, &key);
}

static int
check_place(app *a, const pv_val *spec)
{
	pv_vec all;
	pv_plan_named(a->cx, a->plan, HYDRATE_INDEX, place_of(a->cx->arena, spec), &all);
	for (size_t i = 0; i < all.len; i++) {
		const pv_place *other = PV_AT(pv_place, &all, i);
		if (!pv_streq(other->ns, a->ns) || !pv_streq(other->name, a->name))
			return pv_fail(
				a->cx, PV_ECONFLICT,
				"application %s/%s is committed to %s of branch \"%s\", too: expected another path",
				other->ns, other->name, pv_text_at(spec, "syncSource.path", ""),
				branch_of(spec));
	}
	if (!*pv_git_path(a->cx->arena, pv_text_at(spec, "syncSource.path", "")))
		return pv_fail(a->cx, PV_EINVALID,
			       "spec.sourceHydrator.syncSource.path is the root, which would go with each "
			       "commit: expected a folder");
	return 0;
}

/* ---- the commit ---- */

/* The key is the dry commit and what is made of it; 1, 0 or negative. */
static int
commit(const hydration *h, const pv_val **ret)
{
	const char *to = pv_text_at(h->spec, "hydrateTo.targetBranch", NULL);
	pv_val args, change;
	pv_objb b;
	int r = hydrate_change(h, &change);
	if (r < 0)
		return r;
	pv_objb_init(&b, h->a->cx->arena);
	pv_objb_puts(&b, "repo", h->dry->repo);
	pv_objb_puts(&b, "application", pv_text_at(h->a->object, "metadata.uid", ""));
	pv_objb_puts(&b, "project", pv_text_at(h->a->spec, "project", "default"));
	pv_objb_put(&b, "spec", *h->spec);
	pv_objb_puts(&b, "branch", branch_of(h->spec));
	pv_objb_puts(&b, "from", to ? pv_text_at(h->spec, "syncSource.targetBranch", "") : NULL);
	pv_objb_puts(&b, "dry", h->dry->revision);
	args = pv_objb_end(&b);
	return pv_plan_effect(h->a->cx, h->a->plan, "hydrate", &args, &change, ret);
}

static int
drive(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	pv_objb b;
	pv_val change;
	if (previous) {
		*ret = *previous;
		return 0;
	}
	pv_objb_from(&b, cx->arena, pv_get(args, "payload"));
	pv_objb_puts(&b, "branch", pv_text_at(args, "branch", ""));
	pv_objb_puts(&b, "from", pv_text_at(args, "from", NULL));
	pv_objb_puts(&b, "project", pv_text_at(args, "project", ""));
	change = pv_objb_end(&b);
	int r = pv_git_push(cx, facts, pv_text_at(args, "repo", ""), &change, ret);
	if (r == 0) /* what is known of the repository must be younger */
		*ret = pv_with(cx->arena, ret, "at", pv_int(pv_now()));
	return r;
}

const pv_fact_kind hydrate_effect = {.name = "hydrate",
				     .find = drive,
				     .effect = true,
				     .reads = git_access_types,
				     .heeds = git_access_heeds};

/* ---- what is said of it ---- */

static pv_val
now_of(app *a)
{
	return pv_string_ref(pv_time_format(a->cx->arena, pv_plan_now(a->plan)));
}

static pv_val
operation_of(const hydration *h, const char *phase, const char *message, const char *commit)
{
	app *a = h->a;
	const pv_val *was = pv_at(a->status, CURRENT);
	const char *dry = h->dry->revision;
	bool same = pv_eq(pv_get(was, "sourceHydrator"), h->spec) &&
		    pv_streq(pv_text_at(was, "drySHA", ""), dry ? dry : "");
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_put(&b, "startedAt",
		    same && pv_get(was, "startedAt") ? *pv_get(was, "startedAt") : now_of(a));
	if (!pv_streq(phase, "Hydrating"))
		pv_objb_put(&b, "finishedAt",
			    same && pv_streq(pv_text_at(was, "phase", ""), phase) && pv_get(was, "finishedAt")
				    ? *pv_get(was, "finishedAt")
				    : now_of(a));
	pv_objb_puts(&b, "phase", phase);
	pv_objb_puts(&b, "message", message);
	pv_objb_puts(&b, "drySHA", dry);
	pv_objb_puts(&b, "hydratedSHA", commit);
	pv_objb_put(&b, "sourceHydrator", *h->spec);
	return pv_objb_end(&b);
}

/* .status.sourceHydrator; what was done before stays until the next is done. */
static void
tell(const hydration *h, const char *phase, const char *message, const char *commit)
{
	const pv_val *last = pv_at(h->a->status, "sourceHydrator.lastSuccessfulOperation");
	pv_objb b, done;
	pv_objb_init(&b, h->a->cx->arena);
	pv_objb_put(&b, "currentOperation", operation_of(h, phase, message, commit));
	if (commit) {
		pv_objb_init(&done, h->a->cx->arena);
		pv_objb_puts(&done, "drySHA", h->dry->revision);
		pv_objb_puts(&done, "hydratedSHA", commit);
		pv_objb_put(&done, "sourceHydrator", *h->spec);
		pv_objb_put(&b, "lastSuccessfulOperation", pv_objb_end(&done));
	} else if (last) {
		pv_objb_put(&b, "lastSuccessfulOperation", *last);
	}
	h->a->hydrated = pv_box(h->a->cx->arena, pv_objb_end(&b));
}

static int
failed(const hydration *h)
{
	app *a = h->a;
	bool before = pv_at(a->status, "sourceHydrator.lastSuccessfulOperation") != NULL;
	const char *why = pv_strdup(a->cx->arena, pv_error_text(a->cx));
	pv_plan_fail(a->cx, a->plan, "HydrationFailed");
	tell(h, "Failed", why, NULL);
	app_condition(a, "HydrationError", "Failed to hydrate: %s", why);
	return before ? 1 : -1;
}

static int
wait(const hydration *h)
{
	tell(h, "Hydrating", "rendering and committing", NULL);
	pv_plan_status(h->a->cx, h->a->plan,
		       pv_with(h->a->cx->arena, h->a->status, "sourceHydrator", *h->a->hydrated));
	return 0;
}

static int
finish(const hydration *h, const pv_val *done)
{
	app *a = h->a;
	const char *commit = pv_text_at(done, "commit", "");
	int64_t at = pv_i64_at(done, "at", 0);
	a->since = at > a->since ? at : a->since;
	tell(h, "Hydrated", NULL, commit);
	pv_plan_reason(a->cx, a->plan, "hydrated %.7s as %.7s of branch %s", h->dry->revision, commit,
		       branch_of(h->spec));
	return 1;
}

/* ---- when ---- */

/* Asked for by annotation: what is known of it is forgotten. */
static bool
is_asked_again(app *a)
{
	pv_val status;
	if (!pv_get(pv_at(a->object, "metadata.annotations"), AGAIN))
		return false;
	status = pv_without_at(a->cx->arena, a->status, CURRENT);
	(void)pv_plan_annotate(a->cx, a->plan, a->object, AGAIN, NULL);
	pv_plan_status(a->cx, a->plan, status);
	pv_plan_requeue(a->plan, PV_MS);
	return true;
}

static bool
is_done(const hydration *h)
{
	const pv_val *was = pv_at(h->a->status, CURRENT);
	return pv_streq(pv_text_at(was, "phase", ""), "Hydrated") &&
	       pv_streq(pv_text_at(was, "drySHA", ""), h->dry->revision) &&
	       pv_eq(pv_get(was, "sourceHydrator"), h->spec);
}

int
hydrate(app *a)
{
	const pv_val *spec = spec_of(a), *found, *done = NULL;
	app_source dry = source_of(pv_get(spec, "drySource"));
	hydration h = {.a = a, .spec = spec, .dry = &dry};
	int r;
	if (!spec)
		return 1;
	if (is_asked_again(a))
		return 0;
	h.path = pv_git_path(a->cx->arena, pv_text_at(spec, "syncSource.path", ""));
	r = check_place(a, spec);
	if (r == 0)
		r = desired_tree(a, &dry);
	if (r == 1 && is_done(&h))
		return 1;
	if (r == 1)
		r = desired_manifests(a, &dry, &found);
	if (r == 1) {
		h.rendered = found;
		r = commit(&h, &done);
	}
	return r < 0 ? failed(&h) : r == 0 ? wait(&h) : finish(&h, done);
}
