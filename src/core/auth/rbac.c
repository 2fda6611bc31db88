/* Reads the index: does anything that is bound to this caller match? */
#include "core/auth/rbac.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/auth/rbac_impl.h"

/* Waking comes a moment after a write is acknowledged, and a right that was taken
 * away must be gone by then: readers look at the store's revision instead. */
static void
woken(void *arg)
{
	(void)arg;
}

/* Did anything come?  A watch that fell behind starts again at the newest revision:
 * the rebuild that follows lists everything anyway. */
static bool
drain(pv_ctx *cx, rbac *r)
{
	bool any = false;

	for (int i = 0; i < RBAC_TYPES; i++) {
		pv_event event;
		int got;

		do {
			if (!r->watches[i]) {
				any = true;
				if (pv_watch_open(cx, r->store, rbac_types[i], pv_store_rev(r->store), woken,
						  r, &r->watches[i]) < 0) {
					(void)pv_recover(cx);
					break;
				}
			}
			got = pv_watch_next(cx, r->watches[i], &event);
			any = any || got != 0;
			if (got < 0) {
				(void)pv_recover(cx);
				r->watches[i] = pv_watch_close(r->watches[i]);
			}
		} while (got != 0);
	}
	return any;
}

static void
refresh(rbac *r)
{
	pv_ctx cx;

	pv_ctx_init(&cx, "rbac");
	pthread_rwlock_wrlock(&r->lock);
	if (atomic_load(&r->seen) != pv_store_rev(r->store)) {
		int64_t seen = pv_store_rev(r->store);

		if (drain(&cx, r)) {
			rbac_index *old = r->index;

			r->index = rbac_index_build(&cx, r->store);
			rbac_index_free(old);
		}
		atomic_store(&r->seen, seen);
	}
	pthread_rwlock_unlock(&r->lock);
	pv_ctx_done(&cx);
}

static void
lock_fresh(rbac *r)
{
	if (atomic_load_explicit(&r->seen, memory_order_acquire) != pv_store_rev(r->store))
		refresh(r);
	pthread_rwlock_rdlock(&r->lock);
}

int
rbac_open(pv_ctx *cx, pv_store *store, rbac **ret)
{
	rbac *r = calloc(1, sizeof *r);

	(void)cx;
	PV_ASSERT(r);
	r->store = store;
	pthread_rwlock_init(&r->lock, NULL);
	refresh(r); /* the newest revision is never 0 */
	*ret = r;
	return 0;
}

rbac *
rbac_close(rbac *r)
{
	if (!r)
		return NULL;
	for (int i = 0; i < RBAC_TYPES; i++)
		r->watches[i] = r->watches[i] ? pv_watch_close(r->watches[i]) : NULL;
	rbac_index_free(r->index);
	pthread_rwlock_destroy(&r->lock);
	free(r);
	return NULL;
}

static bool
has(const char *const *list, const char *what)
{
	for (; *list; list++) {
		if ((*list)[0] == '*' && (*list)[1] == '\0')
			return true;
		if (strcmp(*list, what) == 0)
			return true;
	}
	return false;
}

/* "pods", "pods/log", "*", "pods/" + "*" is not a pattern, but "*" + "/scale" is. */
static bool
has_resource(const char *const *list, const char *resource, const char *subresource)
{
	size_t len = strlen(resource);

	for (; *list; list++) {
		const char *one = *list;

		if (one[0] == '*' && one[1] == '\0')
			return true;
		if (subresource[0] == '\0') {
			if (strcmp(one, resource) == 0)
				return true;
		} else if ((strncmp(one, resource, len) == 0 && one[len] == '/' &&
			    strcmp(one + len + 1, subresource) == 0) ||
			   (one[0] == '*' && one[1] == '/' && strcmp(one + 2, subresource) == 0)) {
			return true;
		}
	}
	return false;
}

static bool
has_url(const char *const *list, const char *url)
{
	for (; *list; list++) {
		size_t len = strlen(*list);

		if (strcmp(*list, url) == 0)
			return true;
		if (len && (*list)[len - 1] == '*' && strncmp(*list, url, len - 1) == 0)
			return true;
	}
	return false;
}

bool
rbac_rule_matches(const rule *r, const pv_attributes *what)
{
	if (!has(r->verbs, what->verb))
		return false;
	if (what->url)
		return has_url(r->urls, what->url);
	if (!has(r->groups, what->group) || !has_resource(r->resources, what->resource, what->subresource))
		return false;
	if (!r->names[0])
		return true;
	for (const char *const *name = r->names; *name; name++)
		if (what->name[0] && strcmp(*name, what->name) == 0)
			return true;
	return false;
}

static bool
concerns(const grant *g, const pv_attributes *what)
{
	return !g->ns || (!what->url && strcmp(g->ns, what->ns) == 0);
}

static const grant *
find_in(const subject *s, const pv_attributes *what)
{
	for (const grant *g = s ? s->first : NULL; g; g = g->next) {
		if (!concerns(g, what))
			continue;
		for (size_t i = 0; g->role && i < g->role->n; i++)
			if (rbac_rule_matches(&g->role->rules[i], what))
				return g;
	}
	return NULL;
}

static const subject *
subject_of(const rbac_index *index, char prefix, const char *name)
{
	char room[256];
	size_t len = strlen(name);

	if (len > sizeof room - 2)
		return NULL; /* no subject is that long: names end at 253 */
	room[0] = prefix;
	room[1] = ':';
	memcpy(room + 2, name, len);
	return pv_map_find(index->subjects, room, len + 2);
}

static const grant *
find_grant(const rbac_index *index, const pv_identity *who, const pv_attributes *what)
{
	const grant *found = find_in(subject_of(index, 'u', who->user), what);

	for (size_t i = 0; !found && who->groups && who->groups[i]; i++)
		found = find_in(subject_of(index, 'g', who->groups[i]), what);
	return found;
}

bool
rbac_allows(pv_ctx *cx, rbac *r, const pv_identity *who, const pv_attributes *what, const char **ret_why)
{
	const grant *found;

	lock_fresh(r);
	found = find_grant(r->index, who, what);
	if (found && ret_why) {
		const char *kind = found->ns ? "RoleBinding" : "ClusterRoleBinding";

		*ret_why = pv_printf(cx->arena, "RBAC: allowed by %s \"%s%s%s\" of %s \"%s\" to %s", kind,
				     found->binding, found->ns ? "/" : "", found->ns ? found->ns : "",
				     found->role_kind, found->role_name, found->subject);
	}
	pthread_rwlock_unlock(&r->lock);
	return found != NULL;
}

static void
add_lost(pv_ctx *cx, const subject *s, const pv_attributes *what, bool everywhere, pv_vec *texts)
{
	for (const grant *g = s ? s->first : NULL; g; g = g->next) {
		const char *text;
		bool told = false;

		if (g->role || !concerns(g, what) || everywhere != !g->ns)
			continue;
		text = pv_printf(cx->arena, "%s." RBAC_GROUP " \"%s\" not found",
				 pv_str_lower(cx->arena, g->role_kind), g->role_name);
		for (size_t i = 0; i < texts->len && !told; i++)
			told = pv_streq(*PV_AT(const char *, texts, i), text);
		if (!told)
			pv_vec_push(texts, &text);
	}
}

const char *
rbac_lost(pv_ctx *cx, rbac *r, const pv_identity *who, const pv_attributes *what)
{
	pv_vec texts;
	pv_buf out;

	pv_vec_init(&texts, cx->arena, sizeof(const char *));
	lock_fresh(r);
	for (int everywhere = 1; everywhere >= 0; everywhere--) {
		add_lost(cx, subject_of(r->index, 'u', who->user), what, everywhere, &texts);
		for (size_t i = 0; who->groups && who->groups[i]; i++)
			add_lost(cx, subject_of(r->index, 'g', who->groups[i]), what, everywhere, &texts);
	}
	pthread_rwlock_unlock(&r->lock);
	if (texts.len == 0)
		return NULL;
	pv_buf_init(&out, cx->arena);
	for (size_t i = 0; i < texts.len; i++)
		pv_buf_printf(&out, "%s%s", i ? ", " : "", *PV_AT(const char *, &texts, i));
	return pv_printf(cx->arena, texts.len > 1 ? "RBAC: [%s]" : "RBAC: %s", out.s);
}

static void
list_rules(pv_ctx *cx, const subject *s, const char *ns, pv_listb *resource, pv_listb *url)
{
	for (const grant *g = s ? s->first : NULL; g; g = g->next) {
		if (g->ns && strcmp(g->ns, ns) != 0)
			continue;
		for (size_t i = 0; g->role && i < g->role->n; i++) {
			const rule *one = &g->role->rules[i];

			if (one->urls[0])
				pv_listb_add(url, pv_copy(cx->arena, one->source));
			else
				pv_listb_add(resource, pv_copy(cx->arena, one->source));
		}
	}
}

void
rbac_rules(pv_ctx *cx, rbac *r, const pv_identity *who, const char *ns, pv_listb *resource, pv_listb *url)
{
	lock_fresh(r);
	list_rules(cx, subject_of(r->index, 'u', who->user), ns, resource, url);
	for (size_t i = 0; who->groups && who->groups[i]; i++)
		list_rules(cx, subject_of(r->index, 'g', who->groups[i]), ns, resource, url);
	pthread_rwlock_unlock(&r->lock);
}

pv_val
rbac_role_rules(pv_ctx *cx, rbac *r, const char *kind, const char *ns, const char *name, bool *ret_found)
{
	const role *found;
	pv_listb out;

	pv_listb_init(&out, cx->arena);
	lock_fresh(r);
	found = pv_map_finds(r->index->roles, rbac_role_key(cx->arena, kind, ns, name));
	for (size_t i = 0; found && i < found->n; i++)
		pv_listb_add(&out, pv_copy(cx->arena, found->rules[i].source));
	pthread_rwlock_unlock(&r->lock);
	*ret_found = found != NULL;
	return pv_listb_end(&out);
}
