/* verb: `pave rollout ...`: how far PolicyRollouts are, and what a person may do about them.  They write the
 * spec, as anybody may who has the right. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "governance/rollout/inside.h"
#include "governance/rollout/rollout.h"
#include "lang/json/json.h"

#define API "governance.pave.dev/v1alpha1"

typedef struct talk {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *client;
	const pv_client_kind *kind;
	const char *name;
	const pv_val *was; /* as it was when asked for */
} talk;

/* ---- asking and writing ---- */

static int
open_talk(pv_ctx *cx, const pv_args *args, size_t words, const char *usage, talk *t)
{
	const pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
				     .context = pv_args_text(args, "context", NULL)};
	const char *word = pv_args_at(args, 0), *slash = word ? strrchr(word, '/') : NULL;
	pv_client_call call = {0};
	int r;

	*t = (talk){.cx = cx, .args = args, .name = slash ? slash + 1 : word};
	if (pv_args_count(args) != words)
		return pv_fail(cx, PV_EUSAGE, "expected %s, found %zu arguments: pave %s %s", usage,
			       pv_args_count(args), pv_args_verb(args)->name, pv_args_verb(args)->usage);
	r = pv_client_open(cx, &conf, &t->client);
	if (r == 0)
		r = pv_client_find_kind(cx, t->client, API, "PolicyRollout", &t->kind);
	if (r < 0 || !t->name)
		return r;
	call.path = pv_client_path(cx->arena, t->kind, NULL, t->name, NULL);
	return pv_client_json(cx, t->client, &call, NULL, &t->was);
}

/* Of the version that was seen: a list is replaced whole, and somebody else's approval must not be lost. */
static int
change(talk *t, pv_val spec, const char *done)
{
	pv_arena *arena = t->cx->arena;
	pv_val meta = pv_with(arena, NULL, "resourceVersion", *pv_at(t->was, "metadata.resourceVersion")),
	       patch;
	pv_client_call call = {.method = "PATCH", .type = "application/merge-patch+json"};
	const pv_val *now;
	pv_vec warnings;
	int r;

	patch = pv_with(arena, NULL, "metadata", meta);
	patch = pv_with(arena, &patch, "spec", spec);
	call.path = pv_printf(arena, "%s?fieldManager=pave-rollout",
			      pv_client_path(arena, t->kind, NULL, t->name, NULL));
	call.body = pv_str_of(pv_json_text(arena, &patch));
	pv_vec_init(&warnings, arena, sizeof(const char *));
	r = pv_client_json(t->cx, t->client, &call, &warnings, &now);
	for (size_t i = 0; i < warnings.len; i++)
		fprintf(stderr, "Warning: %s\n", *PV_AT(const char *, &warnings, i));
	if (r == 0)
		printf("policyrollout.governance.pave.dev/%s %s\n", t->name, done);
	return r;
}

/* ---- approve ---- */

static const char *
next_stage(const pv_val *state)
{
	enum pv_effect stage = pv_effect_of(pv_text_at(state, "stage", ""));

	return stage == PV_EFFECT_DENY ? NULL : rollout_stage_name(stage + 1);
}

static pv_val
approvals_with(talk *t, const char *environment, const char *stage, const char *by)
{
	const pv_val *old = pv_at(t->was, "spec.approvals");
	pv_listb list;
	pv_objb b;

	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; i < pv_count(old); i++)
		pv_listb_add(&list, *pv_item(old, i));
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "environment", environment);
	pv_objb_puts(&b, "stage", stage);
	pv_objb_puts(&b, "by", by);
	pv_listb_add(&list, pv_objb_end(&b));
	return pv_listb_end(&list);
}

static int
approve(talk *t)
{
	const char *environment = pv_args_at(t->args, 1), *stage, *by = NULL;
	const pv_val *state = pv_enforcement_state(t->was, environment);
	int r;

	if (!rollout_has_environment(pv_at(t->was, "spec.environments"), environment))
		return pv_fail(t->cx, PV_ENOTFOUND, "PolicyRollout %s has no environment \"%s\"", t->name,
			       environment);
	stage = pv_args_text(t->args, "stage", next_stage(state));
	if (!stage)
		return pv_fail(t->cx, PV_EINVALID, "\"%s\" is at Enforce: there is nothing to approve",
			       environment);
	if (!pv_streq(pv_text_at(t->was, "spec.approval", ""), "Manual"))
		fputs("Warning: its approval is Automatic: it moves on without being let\n", stderr);
	r = pv_client_who(t->cx, t->client, &by);
	if (r < 0)
		return r;
	return change(t, pv_with(t->cx->arena, NULL, "approvals", approvals_with(t, environment, stage, by)),
		      pv_printf(t->cx->arena, "may move on to %s in %s, says %s", stage, environment, by));
}

/* ---- pause, resume, back ---- */

static int
pause_it(talk *t)
{
	return change(t, pv_with(t->cx->arena, NULL, "paused", pv_bool(true)), "stays as it is");
}

static int
resume(talk *t)
{
	pv_val spec = pv_with(t->cx->arena, NULL, "paused", pv_bool(false));

	spec = pv_with(t->cx->arena, &spec, "rollback", pv_null());
	return change(t, spec, "goes on");
}

static pv_val
named_environments(talk *t)
{
	size_t n;
	const char *const *names = pv_args_list(t->cx, t->args, "environment", &n);
	const pv_val *all = pv_at(t->was, "spec.environments");
	pv_listb list;

	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; i < n; i++)
		pv_listb_add(&list, pv_string(t->cx->arena, names[i]));
	for (size_t i = 0; !n && i < pv_count(all); i++)
		pv_listb_add(&list, pv_string(t->cx->arena, pv_text_at(pv_item(all, i), "name", "")));
	return pv_listb_end(&list);
}

/* Without those that would lead straight on again. */
static pv_val
approvals_up_to(talk *t, const char *to, const pv_val *environments)
{
	const pv_val *old = pv_at(t->was, "spec.approvals");
	pv_listb list;

	pv_listb_init(&list, t->cx->arena);
	for (size_t i = 0; i < pv_count(old); i++) {
		const pv_val *one = pv_item(old, i);

		if (pv_effect_of(pv_text_at(one, "stage", "")) <= pv_effect_of(to) ||
		    !pv_list_has_text(environments, pv_text_at(one, "environment", "")))
			pv_listb_add(&list, *one);
	}
	return pv_listb_end(&list);
}

static int
back(talk *t)
{
	const char *to = pv_args_text(t->args, "to", "Warn"), *reason = pv_args_text(t->args, "reason", "");
	pv_val environments = named_environments(t), spec;
	pv_objb b;

	if (!*reason)
		return pv_fail(t->cx, PV_EUSAGE, "--reason: expected why it is rolled back, found nothing");
	for (size_t i = 0; i < pv_count(&environments); i++)
		if (!rollout_has_environment(pv_at(t->was, "spec.environments"),
					     pv_text(pv_item(&environments, i), "")))
			return pv_fail(t->cx, PV_ENOTFOUND, "PolicyRollout %s has no environment \"%s\"",
				       t->name, pv_text(pv_item(&environments, i), ""));
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "to", to);
	pv_objb_puts(&b, "reason", reason);
	pv_objb_put(&b, "environments", environments);
	spec = pv_with(t->cx->arena, NULL, "rollback", pv_objb_end(&b));
	spec = pv_with(t->cx->arena, &spec, "approvals", approvals_up_to(t, to, &environments));
	return change(t, spec,
		      pv_printf(t->cx->arena, "is back at %s until `pave rollout resume %s`", to, t->name));
}

/* ---- the verbs ---- */

static int
with_talk(pv_ctx *cx, const pv_args *args, size_t words, const char *usage, int (*what)(talk *))
{
	talk t;
	int r = open_talk(cx, args, words, usage, &t);

	if (r == 0)
		r = what(&t);
	(void)pv_client_close(t.client);
	return r;
}

#define ONE "the name of a PolicyRollout"

static int
run_approve(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, 2, ONE " and of one of its environments", approve);
}

static int
run_pause(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, 1, ONE, pause_it);
}

static int
run_resume(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, 1, ONE, resume);
}

static int
run_back(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, 1, ONE, back);
}

static int
print_status(talk *t)
{
	rollout_print(t->cx, t->was);
	return 0;
}

static int
run_status(pv_ctx *cx, const pv_args *args)
{
	return with_talk(cx, args, 1, ONE, print_status);
}

/* clang-format off */
#define SERVER_OPTIONS \
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, then ~/.kube/config)"}, \
	{"context", 0, "NAME", "which context of it"}
/* clang-format on */

static const pv_option options[] = {SERVER_OPTIONS, {0}};
static const pv_option approve_options[] = {
	SERVER_OPTIONS,
	{"stage", 0, "STAGE", "Warn or Enforce (default: the next one)"},
	{0},
};
static const pv_option back_options[] = {
	SERVER_OPTIONS,
	{"to", 0, "STAGE", "Audit or Warn (default: Warn)"},
	{"reason", 0, "TEXT", "why; whoever looks at it reads this"},
	{"environment", 'e', "NAME", "only this one; may be given again (default: all)"},
	{0},
};

const pv_verb rollout_verbs[] = {
	{.name = "rollout status",
	 .usage = "ROLLOUT",
	 .summary = "how far a PolicyRollout is, what it waits for, and whom it would refuse",
	 .help = "Example: pave rollout status limits",
	 .options = options,
	 .run = run_status},
	{.name = "rollout approve",
	 .usage = "ROLLOUT ENVIRONMENT",
	 .summary = "let an environment of a PolicyRollout move on to its next stage",
	 .help = "In your own name, with the verb approve on policyrollouts.\n"
		 "Example: pave rollout approve limits production",
	 .options = approve_options,
	 .run = run_approve},
	{.name = "rollout pause",
	 .usage = "ROLLOUT",
	 .summary = "keep a PolicyRollout as it is",
	 .help = "Example: pave rollout pause limits",
	 .options = options,
	 .run = run_pause},
	{.name = "rollout resume",
	 .usage = "ROLLOUT",
	 .summary = "let a PolicyRollout go on that was paused or rolled back",
	 .help = "After a rollback the least times begin anew.\nExample: pave rollout resume limits",
	 .options = options,
	 .run = run_resume},
	{.name = "rollout back",
	 .usage = "ROLLOUT",
	 .summary = "take a PolicyRollout back a stage or two, at once",
	 .help = "It stays there until `pave rollout resume`.  Approvals that would lead on again go.\n"
		 "Example: pave rollout back limits --environment production --reason \"the shop cannot deploy\"",
	 .options = back_options,
	 .run = run_back},
	{0},
};
