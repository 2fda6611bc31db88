/* Builds the index: role objects -> rules, bindings -> grants by subject. */
#include <stdlib.h>
#include <string.h>

#include "core/auth/rbac_impl.h"
#include "lang/selector/selector.h"

const char *const rbac_types[RBAC_TYPES] = {
	RBAC_GROUP "/Role",
	RBAC_GROUP "/ClusterRole",
	RBAC_GROUP "/RoleBinding",
	RBAC_GROUP "/ClusterRoleBinding",
};

static const char *const *
strings(pv_arena *arena, const pv_val *list)
{
	size_t n = pv_is(list, PV_LIST) ? pv_count(list) : 0, len = 0;
	const char **out = pv_new_array(arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		const char *s = pv_text(pv_item(list, i), NULL);

		if (s)
			out[len++] = pv_strdup(arena, s);
	}
	return (const char *const *)out;
}

void
rbac_add_rules(pv_arena *arena, const pv_val *rules, pv_vec *out)
{
	for (size_t i = 0; pv_is(rules, PV_LIST) && i < pv_count(rules); i++) {
		const pv_val *from = pv_item(rules, i);
		rule *to = pv_vec_add(out);

		to->verbs = strings(arena, pv_get(from, "verbs"));
		to->groups = strings(arena, pv_get(from, "apiGroups"));
		to->resources = strings(arena, pv_get(from, "resources"));
		to->names = strings(arena, pv_get(from, "resourceNames"));
		to->urls = strings(arena, pv_get(from, "nonResourceURLs"));
		to->source = pv_box(arena, pv_copy(arena, from));
	}
}

static bool
is_union(const pv_val *object)
{
	return pv_is(pv_get(object, "aggregationRule"), PV_OBJECT);
}

/* Of the roles that a union's selectors match, the indexes that `seen` has not. */
static void
find_parts(pv_ctx *cx, const pv_val *object, const pv_listing *all, bool *seen, pv_vec *ret)
{
	const pv_val *selectors = pv_at(object, "aggregationRule.clusterRoleSelectors");

	for (size_t j = 0; j < pv_count(selectors); j++) {
		pv_selector *sel;

		if (pv_selector_from(cx, pv_item(selectors, j), &sel) < 0) {
			(void)pv_recover(cx); /* a selector that is no selector matches nothing */
			continue;
		}
		for (size_t i = 0; i < all->len; i++) {
			if (seen[i] ||
			    !pv_selector_match(sel, pv_at(pv_rec_val(all->recs[i]), "metadata.labels")))
				continue;
			seen[i] = true;
			pv_vec_push(ret, &i);
		}
	}
}

/* A ClusterRole with an aggregationRule is the union of the ClusterRoles whose labels its selectors
 * match, of which some may be unions too.  Kubernetes' controller writes that into .rules, as ours does
 * (union.c); here it holds as soon as a part is written.  Each role is taken once, so no ring is endless. */
static void
add_union(pv_ctx *cx, pv_arena *arena, size_t self, const pv_listing *all, pv_vec *out)
{
	bool *seen = pv_new_array(cx->arena, bool, all->len);
	pv_vec found;

	pv_vec_init(&found, cx->arena, sizeof(size_t));
	seen[self] = true;
	find_parts(cx, pv_rec_val(all->recs[self]), all, seen, &found);
	for (size_t i = 0; i < found.len; i++) {
		const pv_val *part = pv_rec_val(all->recs[*PV_AT(size_t, &found, i)]);

		if (is_union(part))
			find_parts(cx, part, all, seen, &found);
		else
			rbac_add_rules(arena, pv_get(part, "rules"), out);
	}
}

char *
rbac_role_key(pv_arena *arena, const char *kind, const char *ns, const char *name)
{
	return pv_printf(arena, "%s/%s/%s", kind, pv_streq(kind, "Role") ? ns : "", name);
}

static void
add_roles(pv_ctx *cx, rbac_index *index, const char *kind, const pv_listing *all)
{
	for (size_t i = 0; i < all->len; i++) {
		const pv_key *key = pv_rec_key(all->recs[i]);
		const pv_val *object = pv_rec_val(all->recs[i]);
		role *made = pv_new(index->arena, role);
		pv_vec rules;

		pv_vec_init(&rules, index->arena, sizeof(rule));
		if (is_union(object))
			add_union(cx, index->arena, i, all, &rules);
		else
			rbac_add_rules(index->arena, pv_get(object, "rules"), &rules);
		made->rules = rules.data;
		made->n = rules.len;
		pv_map_puts(index->roles, rbac_role_key(index->arena, kind, key->ns, key->name), made);
	}
}

/* "u:NAME" or "g:NAME"; NULL for a kind of subject that does not exist. */
static const char *
subject_key(pv_arena *arena, const pv_val *from, const char *ns)
{
	const char *kind = pv_text_at(from, "kind", ""), *name = pv_text_at(from, "name", ""),
		   *own = pv_text_at(from, "namespace", "");

	if (pv_streq(kind, "User"))
		return pv_printf(arena, "u:%s", name);
	if (pv_streq(kind, "Group"))
		return pv_printf(arena, "g:%s", name);
	if (pv_streq(kind, "ServiceAccount"))
		return pv_printf(arena, "u:system:serviceaccount:%s:%s", *own ? own : ns, name);
	return NULL;
}

static void
add_grant(rbac_index *index, const char *key, const grant *from)
{
	subject *to = pv_map_finds(index->subjects, key);
	grant *made = pv_new(index->arena, grant);

	if (!to) {
		to = pv_new(index->arena, subject);
		to->tail = &to->first;
		pv_map_puts(index->subjects, key, to);
	}
	*made = *from;
	*to->tail = made;
	to->tail = &made->next;
}

static void
add_bindings(rbac_index *index, bool cluster, const pv_listing *all)
{
	pv_arena *arena = index->arena;

	for (size_t i = 0; i < all->len; i++) {
		const pv_key *key = pv_rec_key(all->recs[i]);
		const pv_val *object = pv_rec_val(all->recs[i]), *subjects = pv_get(object, "subjects");
		grant made = {0};

		made.role_kind = pv_strdup(arena, pv_text_at(object, "roleRef.kind", ""));
		made.role_name = pv_strdup(arena, pv_text_at(object, "roleRef.name", ""));
		made.role = pv_map_finds(index->roles,
					 rbac_role_key(arena, made.role_kind, key->ns, made.role_name));
		made.binding = pv_strdup(arena, key->name);
		made.binding_ns = pv_strdup(arena, key->ns);
		made.ns = cluster ? NULL : made.binding_ns;
		for (size_t j = 0; j < pv_count(subjects); j++) {
			const char *name = subject_key(arena, pv_item(subjects, j), key->ns);

			made.subject =
				pv_printf(arena, "%s \"%s\"", pv_text_at(pv_item(subjects, j), "kind", ""),
					  pv_text_at(pv_item(subjects, j), "name", ""));
			if (name)
				add_grant(index, name, &made);
		}
	}
}

rbac_index *
rbac_index_build(pv_ctx *cx, pv_store *store)
{
	rbac_index *index = calloc(1, sizeof *index);
	pv_listing all[RBAC_TYPES];

	PV_ASSERT(index);
	index->arena = pv_arena_new("rbac");
	index->roles = pv_map_new(index->arena);
	index->subjects = pv_map_new(index->arena);
	for (int i = 0; i < RBAC_TYPES; i++) {
		pv_list_query query = {.type = rbac_types[i]};

		all[i] = (pv_listing){0};
		if (pv_store_list(cx, store, &query, &all[i]) < 0) {
			(void)pv_recover(cx); /* newest revision: nothing can be compacted */
			all[i].len = 0;
		}
	}
	add_roles(cx, index, "Role", &all[ROLE]);
	add_roles(cx, index, "ClusterRole", &all[CLUSTER_ROLE]);
	add_bindings(index, false, &all[ROLE_BINDING]);
	add_bindings(index, true, &all[CLUSTER_ROLE_BINDING]);
	return index;
}

rbac_index *
rbac_index_free(rbac_index *index)
{
	if (index) {
		pv_arena_free(index->arena);
		free(index);
	}
	return NULL;
}
