/* Policies and documents of ConfigMaps, as the API and admission have them: what is compiled, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "governance/opa/maps.h"
#include "governance/rego/set.h"
#include "unit/core/world.h"

#define PACKAGE "package kubernetes.admission\n"
#define SEATS \
	PACKAGE \
	"deny[\"full\"] { to_number(input.request.object.data.seats) > data[\"pave-system\"].hall.seats }\n"

static int
open_all(void **state)
{
	int r = world_open(state);
	world_create(
		*state,
		"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"pave-system\"}}");
	return r;
}

static pv_val
one_of(world *w, const char *key, const char *value)
{
	pv_objb b;
	pv_objb_init(&b, w->cx.arena);
	pv_objb_puts(&b, key, value);
	return pv_objb_end(&b);
}

/* A ConfigMap, made or replaced; `note`: an annotation. */
static void
put(world *w, const char *name, const char *label, const char *key, const char *text, const char *note)
{
	pv_call call = world_call(w, "v1", "ConfigMap", "pave-system", name);
	const pv_val *made;
	pv_objb meta, b;
	bool created;
	pv_val v;
	pv_objb_init(&meta, w->cx.arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", "pave-system");
	pv_objb_put(&meta, "labels",
		    one_of(w, label, pv_streq(label, "openpolicyagent.org/data") ? "opa" : "rego"));
	pv_objb_put(&meta, "annotations", one_of(w, "note", note));
	pv_objb_init(&b, w->cx.arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "ConfigMap");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "data", one_of(w, key, text));
	v = pv_objb_end(&b);
	call.force = true;
	if (pv_api_patch(&w->cx, w->api, &call, PV_PATCH_APPLY, &v, &made, &created) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

static void
put_policy(world *w, const char *name, const char *text, const char *note)
{
	put(w, name, "openpolicyagent.org/policy", "rules.rego", text, note);
}

static void
put_seats(world *w, const char *seats)
{
	put(w, "hall", "openpolicyagent.org/data", "seats", seats, NULL);
}

/* Is a ConfigMap with three seats let in? */
static bool
has_room(world *w)
{
	pv_call call = world_call(w, "v1", "ConfigMap", "default", "x");
	const pv_val *made,
		*v = world_json(w, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":"
				   "\"x\"},\"data\":{\"seats\":\"3\"}}");
	call.dry_run = true;
	if (pv_api_create(&w->cx, w->api, &call, v, &made) == 0)
		return true;
	assert_non_null(strstr(pv_error_text(&w->cx), "full"));
	pv_recover(&w->cx);
	return false;
}

static in_force
only_policy(world *w, uint64_t *ret_generation)
{
	pv_vec all;
	assert_int_equal(set_policies(&w->cx, w->api, &all, ret_generation), 0);
	assert_int_equal(all.len, 1);
	return *PV_AT(in_force, &all, 0);
}

static void
documents_that_change_compile_no_policy_at_admission(void **state)
{
	world *w = *state;
	uint64_t first, second, third;
	in_force before, after;
	put_policy(w, "p", SEATS, NULL);
	put_seats(w, "2");
	before = only_policy(w, &first);
	assert_false(has_room(w));
	put_seats(w, "3");
	after = only_policy(w, &second);
	assert_true(has_room(w));
	assert_ptr_equal(after.policy, before.policy);
	assert_true(second > first); /* so that reports are computed anew */
	put_policy(w, "p", SEATS, "another");
	assert_ptr_equal(only_policy(w, &third).policy, before.policy);
	assert_int_equal(third, second);
	put_policy(w, "p", SEATS "# another\n", NULL);
	assert_ptr_not_equal(only_policy(w, &third).policy, before.policy);
	assert_true(third > second);
	assert_true(has_room(w));
}

/* As it is at work now. */
static const policy *
at_work(world *w, const char *name)
{
	uint64_t generation;
	pv_vec all;
	assert_int_equal(set_policies(&w->cx, w->api, &all, &generation), 0);
	for (size_t i = 0; i < all.len; i++)
		if (pv_streq(policy_name(PV_AT(in_force, &all, i)->policy), name))
			return PV_AT(in_force, &all, i)->policy;
	return NULL;
}

static void
a_policy_that_changes_is_compiled_alone_a_library_with_all(void **state)
{
	static const char *const libraries[] = {"package lib\nf = 1\n", "package lib\nf = 2\n",
						"# none\n\npackage  kubernetes.admission.lib\nf = 3\n",
						"package kubernetes.admissions\nf = 4\n", NULL};
	pv_call gone_by = {0};
	const pv_val *gone;
	world *w = *state;
	put_policy(w, "p", SEATS, NULL);
	put_policy(w, "q", PACKAGE, NULL);
	const policy *p = at_work(w, "pave-system/p"), *q = at_work(w, "pave-system/q");
	put_policy(w, "q", PACKAGE "warn[\"w\"] { false }\n", NULL);
	assert_ptr_not_equal(at_work(w, "pave-system/q"), q);
	assert_ptr_equal(at_work(w, "pave-system/p"), p);
	for (size_t i = 0; libraries[i]; i++) {
		put_policy(w, "lib", libraries[i], NULL);
		assert_ptr_not_equal(at_work(w, "pave-system/p"), p);
		p = at_work(w, "pave-system/p");
	}
	put_policy(w, "lib", PACKAGE "f = 1\n", NULL); /* no library any more */
	assert_ptr_not_equal(at_work(w, "pave-system/p"), p);
	p = at_work(w, "pave-system/p");
	put_policy(w, "lib", PACKAGE "f = 2\n", NULL);
	assert_ptr_equal(at_work(w, "pave-system/p"), p);
	put_policy(w, "other", "package other\n", NULL);
	p = at_work(w, "pave-system/p");
	gone_by = world_call(w, "v1", "ConfigMap", "pave-system", "other");
	assert_int_equal(pv_api_delete(&w->cx, w->api, &gone_by, &gone), 0);
	assert_ptr_not_equal(at_work(w, "pave-system/p"), p);
}

typedef struct platform {
	opa_engine *engine;
	opa_maps *maps;
} platform;

static void
wake(void *arg PV_UNUSED)
{
}

static platform
open_platform(world *w)
{
	platform p = {.engine = opa_engine_new(&w->cx, &(opa_engine_conf){.v0 = true})};
	assert_int_equal(opa_maps_open(&w->cx, w->store, p.engine, wake, NULL, &p.maps), 0);
	return p;
}

static void
close_platform(platform *p)
{
	p->maps = opa_maps_close(p->maps);
	p->engine = opa_engine_free(p->engine);
}

static const opa_state *
fresh(world *w, const platform *p)
{
	if (opa_maps_freshen(&w->cx, p->maps) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
	return opa_engine_state(&w->cx, p->engine);
}

static void
nor_where_the_api_asks(void **state)
{
	world *w = *state;
	platform p = open_platform(w);
	const opa_state *before, *after;
	put_policy(w, "p", SEATS, NULL);
	put_seats(w, "2");
	before = fresh(w, &p);
	put_seats(w, "3");
	after = fresh(w, &p);
	assert_true(opa_state_number(after) > opa_state_number(before));
	assert_ptr_equal(opa_state_rego(after), opa_state_rego(before));
	assert_int_equal(pv_i64_at(pv_get(opa_state_data(after), "pave-system"), "hall.seats", 0), 3);
	before = after;
	put_policy(w, "p", SEATS, "another");
	after = fresh(w, &p);
	assert_ptr_equal(after, before); /* the state of Pave's own annotation is none */
	put_policy(w, "p", SEATS "# another\n", NULL);
	after = fresh(w, &p);
	assert_ptr_not_equal(opa_state_rego(after), opa_state_rego(before));
	close_platform(&p);
}

static void
refuses_to_load(world *w, const platform *p, const char *why)
{
	assert_int_equal(opa_maps_freshen(&w->cx, p->maps), -PV_EINVALID);
	assert_non_null(strstr(pv_error_text(&w->cx), why));
	assert_non_null(w->cx.err->causes); /* as OPA's API tells them */
	pv_recover(&w->cx);
}

static void
what_does_not_load_together_is_told_until_it_does(void **state)
{
	static const char clash[] = "conflicting rules data.kubernetes.admission.f found";
	world *w = *state;
	platform p = open_platform(w);
	const opa_state *before;
	pv_call two = world_call(w, "v1", "ConfigMap", "pave-system", "two");
	const pv_val *gone;
	put_policy(w, "one", PACKAGE "f(1) = 3\n", NULL);
	before = fresh(w, &p);
	put_policy(w, "two", PACKAGE "f(1, 2) = 3\n", NULL);
	assert_int_equal(pv_api_get(&w->cx, w->api, &two, &gone), 0);
	assert_true(opa_maps_try(&w->cx, p.maps, gone) < 0); /* and whoever writes it is warned */
	assert_non_null(strstr(pv_error_text(&w->cx), clash));
	pv_recover(&w->cx);
	for (int i = 0; i < 3; i++)
		refuses_to_load(w, &p, clash);
	put_seats(w, "2");
	refuses_to_load(w, &p, clash);
	assert_ptr_equal(opa_engine_state(&w->cx, p.engine), before);
	assert_int_equal(pv_api_delete(&w->cx, w->api, &two, &gone), 0);
	assert_ptr_equal(opa_state_rego(fresh(w, &p)), opa_state_rego(before));
	close_platform(&p);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_all, world_close)
	const struct CMUnitTest tests[] = {
		T(documents_that_change_compile_no_policy_at_admission),
		T(nor_where_the_api_asks),
		T(a_policy_that_changes_is_compiled_alone_a_library_with_all),
		T(what_does_not_load_together_is_told_until_it_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
