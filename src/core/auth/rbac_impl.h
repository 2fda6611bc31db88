/* rbac_impl: the compiled index, shared by its builder and its readers. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/auth/rbac.h"

#define RBAC_GROUP "rbac.authorization.k8s.io"
enum rbac_type { ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING, RBAC_TYPES };
extern const char *const rbac_types[RBAC_TYPES];

typedef struct rule { /* string lists end with NULL */
	const char *const *verbs, *const *groups, *const *resources, *const *names, *const *urls;
	const pv_val *source; /* the PolicyRule */
} rule;

typedef struct role {
	const rule *rules;
	size_t n;
} role;

typedef struct grant {
	const char *ns;   /* NULL: in every namespace and outside of any */
	const role *role; /* NULL: it is not there */
	const char *binding, *binding_ns, *role_kind, *role_name, *subject;
	struct grant *next; /* of the same subject */
} grant;

typedef struct subject {
	grant *first, **tail;
} subject;

typedef struct rbac_index {
	pv_arena *arena;
	pv_map *roles;    /* "Role/ns/name", "ClusterRole//name" -> role */
	pv_map *subjects; /* "u:alice", "g:dev" -> subject */
} rbac_index;

struct rbac {
	pv_store *store;
	pthread_rwlock_t lock;
	rbac_index *index;
	_Atomic int64_t seen; /* the store's revision that the index speaks of */
	pv_watch *watches[RBAC_TYPES];
};

/* PolicyRules as rules, in the arena. */
void rbac_add_rules(pv_arena *arena, const pv_val *rules, pv_vec *ret /* of rule */);
bool rbac_rule_matches(const rule *r, const pv_attributes *what);
rbac_index *rbac_index_build(pv_ctx *cx, pv_store *store); /* never NULL */
rbac_index *rbac_index_free(rbac_index *index);
char *rbac_role_key(pv_arena *arena, const char *kind, const char *ns, const char *name);
