/* task: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
#include "delivery/application/task.h"

#include <ctype.h>

#include "base/map.h"
#include "base/near.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/application/operation.h"

static const char *const kinds[] = {
	"Namespace",
	"NetworkPolicy",
	"ResourceQuota",
	"LimitRange",
	"PodSecurityPolicy",
	"PodDisruptionBudget",
	"ServiceAccount",
	"Secret",
	"SecretList",
	"ConfigMap",
	"StorageClass",
	"PersistentVolume",
	"PersistentVolumeClaim",
	"CustomResourceDefinition",
	"ClusterRole",
	"ClusterRoleList",
	"ClusterRoleBinding",
	"ClusterRoleBindingList",
	"Role",
	"RoleList",
	"RoleBinding",
	"RoleBindingList",
	"Service",
	"DaemonSet",
	"Pod",
	"ReplicationController",
	"ReplicaSet",
	"Deployment",
	"HorizontalPodAutoscaler",
	"StatefulSet",
	"Job",
	"CronJob",
	"IngressClass",
	"Ingress",
	"APIService",
};

int
kind_rank(const char *kind)
{
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (pv_streq(kinds[i], kind))
			return (int)i;
	return (int)PV_LEN(kinds);
}

int
task_cmp(const void *a, const void *b)
{
	const task *x = a, *y = b;
	if (x->phase != y->phase)
		return x->phase < y->phase ? -1 : 1;
	if (x->wave != y->wave)
		return x->wave < y->wave ? -1 : 1;
	if (x->prune != y->prune)
		return x->prune ? -1 : 1;
	if (x->rank != y->rank)
		return (x->rank < y->rank) != x->prune ? -1
						       : 1; /* what is pruned goes in the opposite order */
	return pv_str_cmp(pv_str_of(x->name), pv_str_of(y->name));
}

/* ---- selective syncs ---- */

static bool
means(const pv_val *r, const item *it)
{
	const char *ns = pv_text_at(r, "namespace", "");
	return pv_streq(pv_text_at(r, "group", ""), it->group) &&
	       pv_streq(pv_text_at(r, "kind", ""), it->kind) &&
	       pv_streq(pv_text_at(r, "name", ""), it->name) && (!*ns || pv_streq(ns, it->ns));
}

static bool
selected(const pv_val *state, const item *it)
{
	const pv_val *list = pv_at(state, "operation.sync.resources");
	for (size_t i = 0; i < pv_count(list); i++)
		if (means(pv_item(list, i), it))
			return true;
	return !pv_count(list);
}

/* As `pave sync --resource` takes it. */
static const char *
resource_word(app *a, const char *group, const char *kind, const char *ns, const char *name)
{
	return pv_printf(a->cx->arena, "%s:%s:%s%s%s", group, kind, ns, *ns ? "/" : "", name);
}

static const char *
told_missing(app *a, const pv_val *r)
{
	const char *ns = pv_text_at(r, "namespace", "");
	const char *word = resource_word(a, pv_text_at(r, "group", ""), pv_text_at(r, "kind", ""), ns,
					 pv_text_at(r, "name", ""));
	pv_near near = {.word = word};
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		if (!it->hook)
			pv_near_try(&near,
				    resource_word(a, it->group, it->kind, *ns ? it->ns : "", it->name));
	}
	return pv_printf(
		a->cx->arena,
		"No matching app resources found: %s is not in application %s/%s (hooks do not count)%s%s%s",
		word, a->ns, a->name, near.best ? "; did you mean " : "", near.best ? near.best : "",
		near.best ? "?" : "");
}

const char *
tasks_missing(app *a, const pv_val *state)
{
	const pv_val *list = pv_at(state, "operation.sync.resources");
	if (pv_truth_at(state, "operation.initiatedBy.automated", false) || pv_get(state, OP_ASKED) ||
	    pv_count(pv_at(state, "syncResult.resources")))
		return NULL;
	for (size_t i = 0; i < pv_count(list); i++) {
		bool there = false;
		for (size_t k = 0; k < a->items.len && !there; k++) {
			const item *it = PV_AT(item, &a->items, k);
			there = !it->hook && means(pv_item(list, i), it);
		}
		if (!there)
			return told_missing(a, pv_item(list, i));
	}
	return NULL;
}

/* ---- hooks ---- */

const char *
hook_name(app *a, const item *it, enum phase phase, const char *since)
{
	int64_t started = 0;
	char *name;
	if (*it->name)
		return it->name;
	(void)pv_time_parse(pv_str_of(since), &started);
	name = pv_printf(a->cx->arena, "%s%.7s-%s-%lld", pv_text_at(it->want, "metadata.generateName", ""),
			 a->from->revision ? a->from->revision : "", phase_name(phase),
			 (long long)(started / PV_SEC));
	return pv_str_lower(a->cx->arena, name);
}

static void
add_hook(app *a, const pv_val *state, const item *it, pv_vec *ret)
{
	for (int p = PHASE_PRE; p < PHASE_NONE; p++)
		if (hook_runs(it->want, (enum phase)p)) {
			task *t = pv_vec_add(ret);
			*t = (task){it,
				    (enum phase)p,
				    hook_wave(it->want),
				    false,
				    kind_rank(it->kind),
				    hook_name(a, it, (enum phase)p, pv_text_at(state, "startedAt", "")),
				    NULL};
		}
}

/* ---- waves ---- */

/* The last that came is the first to go: of the waves that have something to prune, the first and the last
 * change places, the second and the last but one, and so on. */
static int64_t
turned(const pv_val *prunes, int64_t wave)
{
	size_t n = pv_count(prunes), low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int64_t found = pv_i64(pv_item(prunes, middle), 0);
		if (found == wave)
			return pv_i64(pv_item(prunes, n - 1 - middle), 0);
		if (found < wave)
			low = middle + 1;
		else
			high = middle;
	}
	return wave;
}

/* What is pruned goes in turned waves, or after all else with PruneLast=true.  Both are by what there was
 * when the attempt began, for what is pruned is not there any more: else the waves of the rest would move
 * under way. */
static void
turn_prunes(app *a, const pv_val *waves, pv_vec *tasks)
{
	for (size_t i = 0; i < tasks->len; i++) {
		task *t = PV_AT(task, tasks, i);
		if (t->prune && app_option(a, t->item->live, "PruneLast=true"))
			t->wave = pv_i64_at(waves, "last", 0) + 1;
		else if (t->prune)
			t->wave = turned(pv_get(waves, "prunes"), t->wave);
	}
}

static bool
needs(const task *t, const item *first)
{
	if (t->prune || t->item == first)
		return false;
	if (pv_streq(first->kind, "Namespace"))
		return pv_streq(t->item->ns, first->name);
	return pv_streq(t->item->group, pv_text_at(first->want, "spec.group", "")) &&
	       pv_streq(t->item->kind, pv_text_at(first->want, "spec.names.kind", ""));
}

/* Namespaces and CRDs come no later than the first object that needs them. */
static void
pull_forward(pv_vec *tasks)
{
	for (size_t i = 0; i < tasks->len; i++) {
		task *t = PV_AT(task, tasks, i);
		if (t->prune || t->item->hook ||
		    (!pv_streq(t->item->kind, "Namespace") &&
		     !pv_streq(t->item->kind, "CustomResourceDefinition")))
			continue;
		for (size_t k = 0; k < tasks->len; k++) {
			const task *other = PV_AT(task, tasks, k);
			if (!needs(other, t->item))
				continue;
			if (other->phase < t->phase || (other->phase == t->phase && other->wave < t->wave)) {
				t->phase = other->phase;
				t->wave = other->wave;
			}
		}
	}
}

/* ---- what is done already ---- */

static const char *
result_key(app *a, const char *group, const char *kind, const char *ns, const char *name, const char *phase)
{
	return pv_printf(a->cx->arena, "%s/%s/%s/%s/%s", group, kind, ns, name, phase);
}

static void
link_results(app *a, const pv_val *state, pv_vec *tasks)
{
	const pv_val *list = pv_at(state, "syncResult.resources");
	pv_map *by_key = pv_map_new(a->cx->arena);
	for (size_t i = 0; i < tasks->len; i++) {
		task *t = PV_AT(task, tasks, i);
		pv_map_puts(by_key,
			    result_key(a, t->item->group, t->item->kind, t->item->ns, t->name,
				       phase_name(t->phase)),
			    t);
	}
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *r = pv_item(list, i);
		task *t = pv_map_finds(by_key,
				       result_key(a, pv_text_at(r, "group", ""), pv_text_at(r, "kind", ""),
						  pv_text_at(r, "namespace", ""), pv_text_at(r, "name", ""),
						  pv_text_at(r, "syncPhase", "")));
		if (t)
			t->result = r;
	}
}

/* With ApplyOutOfSyncOnly=true: what was out of sync when the attempt began (operation.c), for
 * what was applied since no longer is, and is still waited for.  NULL: everything. */
static pv_map *
differing(app *a, const pv_val *state)
{
	const pv_val *list = pv_get(state, OP_DIFFERING);
	pv_map *map = list ? pv_map_new(a->cx->arena) : NULL;
	for (size_t i = 0; i < pv_count(list); i++)
		pv_map_puts(map, pv_text(pv_item(list, i), ""), a);
	return map;
}

/* A sync of chosen resources, or one that only applies, leaves hooks out. */
static bool
skips_hooks(const pv_val *state)
{
	return pv_count(pv_at(state, "operation.sync.resources")) > 0 ||
	       (pv_at(state, "operation.sync.syncStrategy.apply") &&
		!pv_at(state, "operation.sync.syncStrategy.hook"));
}

static void
collect(app *a, const pv_val *state, pv_vec *ret)
{
	const pv_map *chosen = differing(a, state);
	pv_vec_init(ret, a->cx->arena, sizeof(task));
	for (size_t i = 0; i < a->items.len; i++) {
		const item *it = PV_AT(item, &a->items, i);
		task *t;
		if (it->hook) {
			if (!skips_hooks(state))
				add_hook(a, state, it, ret);
			continue;
		}
		if (!selected(state, it) || (chosen && it->want && !pv_map_finds(chosen, item_key(a, it))))
			continue;
		t = pv_vec_add(ret);
		*t = (task){it,        PHASE_SYNC,          hook_wave(it->want ? it->want : it->live),
			    !it->want, kind_rank(it->kind), it->name,
			    NULL};
	}
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

pv_val
tasks_waves(app *a, const pv_val *state)
{
	int64_t last = 0;
	pv_vec tasks, waves;
	pv_listb prunes;
	pv_objb b;
	collect(a, state, &tasks);
	pv_vec_init(&waves, a->cx->arena, sizeof(int64_t));
	for (size_t i = 0; i < tasks.len; i++) {
		const task *t = PV_AT(task, &tasks, i);
		if (t->phase == PHASE_SYNC && t->wave > last)
			last = t->wave;
		if (t->prune)
			pv_vec_push(&waves, &t->wave);
	}
	pv_vec_sort(&waves, by_number);
	pv_listb_init(&prunes, a->cx->arena);
	for (size_t i = 0; i < waves.len; i++)
		if (i == 0 || *PV_AT(int64_t, &waves, i) != *PV_AT(int64_t, &waves, i - 1))
			pv_listb_add(&prunes, pv_int(*PV_AT(int64_t, &waves, i)));
	pv_objb_init(&b, a->cx->arena);
	if (waves.len)
		pv_objb_put(&b, "prunes", pv_listb_end(&prunes));
	pv_objb_put(&b, "last", pv_int(last));
	return pv_objb_end(&b);
}

void
tasks_build(app *a, const pv_val *state, pv_vec *ret)
{
	const pv_val *noted = pv_get(state, OP_WAVES);
	pv_val now = noted ? *noted : tasks_waves(a, state);
	collect(a, state, ret);
	turn_prunes(a, &now, ret);
	pull_forward(ret);
	pv_vec_sort(ret, task_cmp);
	link_results(a, state, ret);
}
