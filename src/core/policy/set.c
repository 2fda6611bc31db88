/* The policies in force: compiled again by the first write after one of them changed. */
#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "core/policy/vap.h"

#define POLICY "admissionregistration.k8s.io/ValidatingAdmissionPolicy"
#define BINDING "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding"

struct keeper {
	pthread_mutex_t lock;
	pv_store *store;
	pv_watch *watches[2];
	vap_set *set; /* NULL: to be made */
};

static const char *const types[] = {POLICY, BINDING};
static const char owner; /* its address is this module's key with the API */

static void
on_wake(void *arg PV_UNUSED)
{
	/* Nothing to do: whoever asks next drains the watches. */
}

static void
unref(void *arg)
{
	vap_set *set = arg;

	if (set && atomic_fetch_sub(&set->refs, 1) == 1) {
		pv_arena_free(set->arena);
		free(set);
	}
}

static void
close_keeper(void *arg)
{
	struct keeper *k = arg;

	for (size_t i = 0; i < PV_LEN(types); i++)
		k->watches[i] = pv_watch_close(k->watches[i]);
	unref(k->set);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static int
open_watches(pv_ctx *cx, struct keeper *k)
{
	int64_t rev = pv_store_rev(k->store);
	int r = 0;

	for (size_t i = 0; r == 0 && i < PV_LEN(types); i++) {
		k->watches[i] = pv_watch_close(k->watches[i]);
		r = pv_watch_open(cx, k->store, types[i], rev, on_wake, k, &k->watches[i]);
	}
	return r;
}

int
vap_start(pv_ctx *cx, pv_api *api)
{
	struct keeper *k = calloc(1, sizeof *k);
	int r;

	PV_ASSERT(k);
	pthread_mutex_init(&k->lock, NULL);
	k->store = pv_api_store(api);
	r = open_watches(cx, k);
	if (r < 0)
		close_keeper(k);
	else
		pv_api_keep(api, &owner, k, close_keeper);
	return r;
}

/* ---- making; the caller holds the lock ---- */

static const pv_val *
own(vap_set *set, const pv_rec *rec)
{
	return pv_box(set->arena, pv_copy(set->arena, pv_rec_val(rec)));
}

static void
add_policy(pv_ctx *cx, vap_set *set, const pv_rec *rec, vap_policy *ret)
{
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	vap_compile(cx, set->arena, own(set, rec), ret, &causes);
	if (!causes.len)
		return;
	ret->error = pv_printf(set->arena, "%s: %s", PV_AT(pv_cause, &causes, 0)->field,
			       PV_AT(pv_cause, &causes, 0)->message);
	pv_log(PV_WARN, "policy", "a ValidatingAdmissionPolicy does not compile", "policy", ret->name,
	       "error", ret->error, NULL);
}

static int
make(pv_ctx *cx, struct keeper *k)
{
	pv_listing found[2];
	vap_policy *policies;
	const pv_val **bindings;
	vap_set *set;
	int r = 0;

	for (size_t i = 0; r == 0 && i < PV_LEN(types); i++)
		r = pv_store_list(cx, k->store, &(pv_list_query){.type = types[i]}, &found[i]);
	if (r < 0)
		return r;
	set = calloc(1, sizeof *set);
	PV_ASSERT(set);
	set->arena = pv_arena_new("policies");
	atomic_init(&set->refs, 1);
	policies = pv_new_array(set->arena, vap_policy, found[0].len + 1);
	for (size_t i = 0; i < found[0].len; i++)
		add_policy(cx, set, found[0].recs[i], &policies[i]);
	bindings = pv_new_array(set->arena, const pv_val *, found[1].len + 1);
	for (size_t i = 0; i < found[1].len; i++)
		bindings[i] = own(set, found[1].recs[i]);
	set->policies = policies;
	set->n_policies = found[0].len;
	set->bindings = bindings;
	set->n_bindings = found[1].len;
	k->set = set;
	return 0;
}

static int
freshen(pv_ctx *cx, struct keeper *k)
{
	bool changed = false;
	pv_event event;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < PV_LEN(types); i++)
		while ((r = pv_watch_next(cx, k->watches[i], &event)) == 1)
			changed = true;
	if (r == -PV_EGONE) { /* fell behind: start over from now */
		(void)pv_recover(cx);
		changed = true;
		r = open_watches(cx, k);
	}
	if (changed) {
		unref(k->set);
		k->set = NULL;
	}
	return r < 0 || k->set ? r : make(cx, k);
}

int
vap_now(pv_ctx *cx, pv_api *api, const vap_set **ret)
{
	struct keeper *k = pv_api_kept(api, &owner);
	vap_set *set = NULL;
	int r;

	pthread_mutex_lock(&k->lock);
	r = freshen(cx, k);
	if (r == 0) {
		set = k->set;
		atomic_fetch_add(&set->refs, 1);
	}
	pthread_mutex_unlock(&k->lock);
	if (set)
		pv_arena_defer(cx->arena, unref, set);
	*ret = set;
	return r;
}
