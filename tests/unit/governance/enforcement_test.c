/* What a finding of a policy comes to: exemptions by the clock, rollouts by their stage, the softest of
 * several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "core/enforcement/enforcement.h"
#include "unit/core/world.h"

#define META(kind, name) \
	"{\"apiVersion\":\"governance.pave.dev/v1alpha1\",\"kind\":\"" kind \
	"\",\"metadata\":{\"name\":\"" name "\"},"
#define LIMITS "\"policies\":[{\"kind\":\"ConfigMap\",\"namespace\":\"pave-system\",\"name\":\"limits\"}]"

/* As it lies in the store: no admission and no clock looked at it. */
static void
put(world *w, const char *type, const char *name, const char *json)
{
	pv_write write = {.key = {type, "", name}, .doc = world_json(w, json), .expect = PV_REV_ABSENT};

	if (pv_store_write(&w->cx, w->store, &write, 1) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
}

static pv_ruling
rule_by(world *w, const char *ns, const char *name, const char *rule, enum pv_effect own)
{
	const pv_rule_name named = {"ConfigMap", "pave-system", "limits", rule};
	const pv_admit admit = {.operation = PV_OP_CREATE,
				.resource = pv_resource_of_kind(&w->cx, w->registry, "apps/v1", "Deployment"),
				.ns = ns,
				.name = name,
				.object = world_json(w, "{\"metadata\":{\"labels\":{\"tier\":\"old\"}}}"),
				.serving = w->api};

	return pv_enforcement_rule(&w->cx, &admit, &named, own);
}

static enum pv_effect
effect(world *w, const char *ns, const char *name)
{
	return rule_by(w, ns, name, "deny", PV_EFFECT_DENY).effect;
}

static void
nothing_is_softened_by_nothing(void **state)
{
	world *w = *state;

	assert_int_equal(effect(w, "shop", "web"), PV_EFFECT_DENY);
	assert_int_equal(rule_by(w, "shop", "web", "deny", PV_EFFECT_WARN).effect, PV_EFFECT_WARN);
}

static void
an_exemption_holds_for_what_it_says(void **state)
{
	world *w = *state;

	put(w, PV_EXEMPTIONS, "old",
	    META("PolicyExemption",
		 "old") "\"spec\":{\"until\":\"2100-01-01T00:00:00Z\"," LIMITS
			",\"objects\":{\"namespaces\":[\"shop*\"],\"kinds\":[\"Deployment.apps\"],"
			"\"names\":[\"*-old-*\"],\"selector\":{\"matchLabels\":{\"tier\":\"old\"}}}}}");
	assert_int_equal(effect(w, "shop", "web-old-1"), PV_EFFECT_NONE);
	assert_int_equal(effect(w, "shop-staging", "x-old-old-y"), PV_EFFECT_NONE);
	assert_int_equal(effect(w, "myshop", "web-old-1"), PV_EFFECT_DENY);
	assert_int_equal(effect(w, "shop", "web-old"), PV_EFFECT_DENY);
	assert_int_equal(effect(w, "shop", "web"), PV_EFFECT_DENY);
}

static void
an_exemption_is_over_by_the_clock(void **state)
{
	world *w = *state;

	put(w, PV_EXEMPTIONS, "over",
	    META("PolicyExemption",
		 "over") "\"spec\":{\"until\":\"2026-01-01T00:00:00Z\"," LIMITS
			 ",\"objects\":{\"namespaces\":[\"shop\"]}},\"status\":{\"phase\":\"Active\"}}");
	put(w, PV_EXEMPTIONS, "never",
	    META("PolicyExemption", "never") "\"spec\":{\"until\":\"soon\"," LIMITS
					     ",\"objects\":{\"namespaces\":[\"shop\"]}}}");
	assert_int_equal(effect(w, "shop", "web"), PV_EFFECT_DENY);
}

/* Brackets of a rule's name stand for themselves. */
static void
an_exemption_may_name_a_rule(void **state)
{
	world *w = *state;

	put(w, PV_EXEMPTIONS, "one",
	    META("PolicyExemption",
		 "one") "\"spec\":{\"until\":\"2100-01-01T00:00:00Z\",\"policies\":[{\"kind\":\"ConfigMap\","
			"\"name\":\"lim*\",\"rules\":[\"validations[0]\"]}],"
			"\"objects\":{\"namespaces\":[\"shop\"]}}}");
	assert_int_equal(rule_by(w, "shop", "web", "validations[0]", PV_EFFECT_DENY).effect, PV_EFFECT_NONE);
	assert_int_equal(rule_by(w, "shop", "web", "validations[1]", PV_EFFECT_DENY).effect, PV_EFFECT_DENY);
	assert_int_equal(rule_by(w, "shop", "web", "validations0", PV_EFFECT_DENY).effect, PV_EFFECT_DENY);
}

static void
a_rollout_softens_by_environment(void **state)
{
	world *w = *state;
	pv_ruling ruling;

	put(w, PV_ROLLOUTS, "limits",
	    META("PolicyRollout",
		 "limits") "\"spec\":{" LIMITS
			   ",\"environments\":[{\"name\":\"staging\",\"namespaces\":[\"*-staging\"]},"
			   "{\"name\":\"production\",\"namespaces\":[\"shop*\"]}]},"
			   "\"status\":{\"environments\":[{\"name\":\"staging\",\"stage\":\"Enforce\"},"
			   "{\"name\":\"production\",\"stage\":\"Warn\",\"enforcedFrom\":\"2100-01-01T00:00:00Z\"}]}}");
	assert_int_equal(effect(w, "shop-staging", "web"), PV_EFFECT_DENY);
	assert_int_equal(effect(w, "elsewhere", "web"), PV_EFFECT_DENY);
	assert_int_equal(rule_by(w, "shop", "web", "deny", PV_EFFECT_AUDIT).effect, PV_EFFECT_AUDIT);
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY);
	assert_int_equal(ruling.effect, PV_EFFECT_WARN);
	assert_non_null(
		strstr(pv_enforcement_words(&w->cx, &ruling, "no limits"),
		       "no limits (to be refused from 2100-01-01T00:00:00Z on: PolicyRollout limits)"));
	/* A second one that has not begun: the softest counts. */
	put(w, PV_ROLLOUTS, "other",
	    META("PolicyRollout", "other") "\"spec\":{" LIMITS ",\"environments\":[{\"name\":\"all\"}]}}");
	assert_int_equal(effect(w, "shop", "web"), PV_EFFECT_AUDIT);
	assert_int_equal(effect(w, "shop-staging", "web"), PV_EFFECT_AUDIT);
}

#define HELD(name, stage, from) \
	META("PolicyRollout", name) \
	"\"spec\":{" LIMITS ",\"environments\":[{\"name\":\"all\"}]},\"status\":{" \
	"\"environments\":[{\"name\":\"all\",\"stage\":\"" stage "\"" from "}]}}"

/* Who is held by several is let go by the last of them. */
static void
of_several_rollouts_the_last_says_when(void **state)
{
	world *w = *state;
	pv_ruling ruling;

	put(w, PV_ROLLOUTS, "a", HELD("a", "Audit", ",\"enforcedFrom\":\"2100-01-01T00:00:00Z\""));
	put(w, PV_ROLLOUTS, "b", HELD("b", "Warn", ",\"enforcedFrom\":\"2100-02-01T00:00:00Z\""));
	put(w, PV_ROLLOUTS, "c", HELD("c", "Enforce", ""));
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY);
	assert_int_equal(ruling.effect, PV_EFFECT_AUDIT);
	assert_string_equal(ruling.environment, "all");
	assert_string_equal(pv_text_at(ruling.rollout, "metadata.name", ""), "a");
	assert_string_equal(pv_enforcement_soon(&w->cx, &ruling),
			    "to be refused from 2100-02-01T00:00:00Z on: PolicyRollout b");
	/* What only warns is never refused, whoever holds it. */
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_WARN);
	assert_int_equal(ruling.effect, PV_EFFECT_AUDIT);
	assert_null(ruling.from);
	/* One that is paused has no date, so nobody knows. */
	put(w, PV_ROLLOUTS, "0", HELD("0", "Warn", ""));
	assert_null(rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY).from);
	put(w, PV_ROLLOUTS, "z", HELD("z", "Warn", ",\"enforcedFrom\":\"2100-03-01T00:00:00Z\""));
	assert_null(rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY).from);
}

/* The warning is not lost just when it is most pressing. */
static void
whose_time_is_over_is_refused_once_it_is_let(void **state)
{
	world *w = *state;
	pv_ruling ruling;

	put(w, PV_ROLLOUTS, "m", HELD("m", "Warn", ",\"violations\":9,\"allowed\":0"));
	put(w, PV_ROLLOUTS, "a", HELD("a", "Warn", ",\"enforcedFrom\":\"2100-01-01T00:00:00Z\""));
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY);
	assert_null(ruling.from);
	assert_string_equal(pv_enforcement_words(&w->cx, &ruling, "no limits"),
			    "no limits (to be refused once the gate of PolicyRollout m opens in all)");
	/* One that holds it beside and has no date: nothing is known. */
	put(w, PV_ROLLOUTS, "b", HELD("b", "Audit", ""));
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY);
	assert_null(pv_enforcement_soon(&w->cx, &ruling));
}

static void
whose_gate_is_open_waits_for_its_turn(void **state)
{
	world *w = *state;
	pv_ruling ruling;

	put(w, PV_ROLLOUTS, "m", HELD("m", "Warn", ",\"violations\":2,\"allowed\":2"));
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY);
	assert_string_equal(pv_enforcement_soon(&w->cx, &ruling),
			    "to be refused once PolicyRollout m moves on in all");
	put(w, PV_ROLLOUTS, "p",
	    META("PolicyRollout", "p") "\"spec\":{\"paused\":true," LIMITS
				       ",\"environments\":[{\"name\":\"all\"}]},\"status\":{"
				       "\"environments\":[{\"name\":\"all\",\"stage\":\"Warn\"}]}}");
	ruling = rule_by(w, "shop", "web", "deny", PV_EFFECT_DENY);
	assert_null(pv_enforcement_soon(&w->cx, &ruling));
}

static void
a_rollback_needs_no_controller(void **state)
{
	world *w = *state;

	put(w, PV_ROLLOUTS, "limits",
	    META("PolicyRollout",
		 "limits") "\"spec\":{" LIMITS
			   ",\"environments\":[{\"name\":\"staging\",\"namespaces\":[\"*-staging\"]},{\"name\":\"rest\"}],"
			   "\"rollback\":{\"to\":\"Audit\",\"environments\":[\"rest\"],\"reason\":\"x\"}},"
			   "\"status\":{\"environments\":[{\"name\":\"staging\",\"stage\":\"Enforce\"},"
			   "{\"name\":\"rest\",\"stage\":\"Enforce\"}]}}");
	assert_int_equal(effect(w, "shop-staging", "web"), PV_EFFECT_DENY);
	assert_int_equal(effect(w, "shop", "web"), PV_EFFECT_AUDIT);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
	const struct CMUnitTest tests[] = {
		T(nothing_is_softened_by_nothing),         T(an_exemption_holds_for_what_it_says),
		T(an_exemption_is_over_by_the_clock),      T(an_exemption_may_name_a_rule),
		T(a_rollout_softens_by_environment),       T(a_rollback_needs_no_controller),
		T(of_several_rollouts_the_last_says_when), T(whose_time_is_over_is_refused_once_it_is_let),
		T(whose_gate_is_open_waits_for_its_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
