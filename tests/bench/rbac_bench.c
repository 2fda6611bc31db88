/* One access check: 200 roles, 1,000 bindings, the caller in 5 groups, allowed by
 * the last of them and by none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bench/timing.h"
#include "core/auth/auth.h"
#include "lang/json/json.h"

#define ROLES 200
#define BINDINGS 1000
#define CHECKS 1000000

static void
put(pv_ctx *cx, pv_store *store, const char *type, const char *name, const char *text)
{
	pv_write write = {.key = {type, "", name}, .expect = PV_REV_ABSENT};

	if (pv_json_parse(cx, (pv_str){text, strlen(text)}, NULL, &write.doc) < 0 ||
	    pv_store_write(cx, store, &write, 1) < 0) {
		fprintf(stderr, "rbac_bench: %s\n", pv_error_text(cx));
		exit(1);
	}
}

static void
fill(pv_ctx *cx, pv_store *store)
{
	for (int i = 0; i < ROLES; i++) {
		char *name = pv_printf(cx->arena, "role-%d", i);

		put(cx, store, "rbac.authorization.k8s.io/ClusterRole", name,
		    pv_printf(cx->arena,
			      "{\"metadata\":{\"name\":\"%s\"},\"rules\":[{\"apiGroups\":[\"apps\",\"batch\"]"
			      ",\"resources\":[\"deployments\","
			      "\"jobs\",\"things%d\"],\"verbs\":[\"get\",\"list\",\"watch\"]}]}",
			      name, i));
	}
	for (int i = 0; i < BINDINGS; i++) {
		char *name = pv_printf(cx->arena, "binding-%d", i);

		put(cx, store, "rbac.authorization.k8s.io/ClusterRoleBinding", name,
		    pv_printf(cx->arena,
			      "{\"metadata\":{\"name\":\"%s\"},\"roleRef\":{\"kind\":\"ClusterRole\","
			      "\"name\":\"role-%d\"},"
			      "\"subjects\":[{\"kind\":\"Group\",\"name\":\"team-%d\"}]}",
			      name, i % ROLES, i % 200));
	}
}

static double
measure(pv_ctx *cx, pv_auth *auth, const char *what, const char *resource)
{
	static const char *const groups[] = {"team-1", "team-2", "team-3", "team-4", "team-5", NULL};
	pv_identity who = {.user = "alice", .groups = groups, .how = "bench"};
	pv_attributes ask = {"list", "apps", resource, "", "default", "", NULL, NULL};
	int64_t start = pv_mono();
	long allowed = 0;
	double ns;

	for (int i = 0; i < CHECKS; i++)
		allowed += pv_auth_allows(cx, auth, &who, &ask, NULL);
	ns = (double)(pv_mono() - start) / CHECKS;
	printf("access check, %s: %.0f ns (%ld of %d allowed; 1,000 bindings, 5 groups)\n", what, ns, allowed,
	       CHECKS);
	return ns;
}

int
main(void)
{
	pv_store_conf conf = {.url = "memory:"};
	pv_store *store;
	double allowed, denied;
	pv_auth *auth;
	pv_ctx cx;

	pv_ctx_init(&cx, "bench");
	if (pv_store_open(&cx, &conf, &store) < 0)
		return 1;
	fill(&cx, store);
	if (pv_auth_open(&cx, store, NULL, &auth) < 0)
		return 1;
	allowed = measure(&cx, auth, "allowed by the last group", "things5");
	denied = measure(&cx, auth, "denied", "secrets");
	figure("one access check, 1,000 bindings", (allowed > denied ? allowed : denied) / 1e3);
	pv_auth_close(auth);
	pv_store_close(store);
	pv_ctx_done(&cx);
	return 0;
}
