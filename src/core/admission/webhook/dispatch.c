/* Which webhooks a write meets, in which order, and what becomes of their answers
 * (apiserver pkg/admission/plugin/webhook/{mutating,validating}/dispatcher.go). */
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "core/admission/expr.h"
#include "core/admission/match.h"
#include "core/admission/request.h"
#include "core/admission/webhook/state.h"

#define GROUP "admissionregistration.k8s.io/"

typedef struct hook {       /* compiled when a configuration changed */
	const pv_val *conf; /* one of .webhooks */
	const char *name;
	const char *key; /* of the configuration too: names are unique in one */
	const pv_match *match;
	expr_conditions conditions;
	bool fails_open, if_needed;
} hook;

typedef struct hooks {
	const hook *list;
	size_t n;
} hooks;

/* Mutating ones, then validating ones, each in the order of the configurations' names. */
typedef struct all_hooks {
	hooks mutating, validating;
} all_hooks;

/* A write that one webhook is asked about. */
typedef struct question {
	const hook *hook;
	pv_admit seen;
	const pv_val *request;
} question;

/* What admission is set up with is judged by nothing that it sets up, or a bad one stayed. */
static bool
is_exempt(const pv_resource *res)
{
	return pv_streq(res->group, "admissionregistration.k8s.io");
}

static pv_val
envelope(pv_ctx *cx, const hook *h, const pv_val *request)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "kind", "AdmissionReview");
	pv_objb_puts(&b, "apiVersion",
		     pv_printf(cx->arena, "admission.k8s.io/%s",
			       webhook_version(pv_get(h->conf, "admissionReviewVersions"))));
	pv_objb_put(&b, "request", *request);
	return pv_objb_end(&b);
}

/* ---- all that are configured ---- */

static void
add_hook(pv_ctx *cx, pv_arena *arena, const char *owner, const pv_val *conf, hook *ret)
{
	const char *name = pv_text(pv_get(conf, "name"), "");

	*ret = (hook){.conf = conf,
		      .name = name,
		      .key = pv_printf(arena, "webhook %s/%s", owner, name),
		      .match = pv_match_new(cx, arena, conf, "rules", false),
		      .conditions = expr_conditions_new(cx, arena, pv_get(conf, "matchConditions")),
		      .fails_open = pv_streq(pv_text(pv_get(conf, "failurePolicy"), "Fail"), "Ignore"),
		      .if_needed = pv_streq(pv_text(pv_get(conf, "reinvocationPolicy"), ""), "IfNeeded")};
}

static hooks
read_hooks(pv_ctx *cx, pv_arena *arena, const pv_listing *found)
{
	size_t n = 0;
	hook *out;
	hooks all;

	for (size_t i = 0; i < found->len; i++)
		n += pv_count(pv_get(pv_rec_val(found->recs[i]), "webhooks"));
	out = pv_new_array(arena, hook, n + 1);
	all = (hooks){out, 0};
	for (size_t i = 0; i < found->len; i++) {
		const pv_val *conf = pv_setup_own(arena, found->recs[i]), *list = pv_get(conf, "webhooks");

		for (size_t k = 0; k < pv_count(list); k++)
			add_hook(cx, arena, pv_text_at(conf, "metadata.name", ""), pv_item(list, k),
				 &out[all.n++]);
	}
	return all;
}

static int
make(pv_ctx *cx, pv_arena *arena, const pv_listing *found, const void **ret)
{
	all_hooks *all = pv_new(arena, all_hooks);

	all->mutating = read_hooks(cx, arena, &found[0]);
	all->validating = read_hooks(cx, arena, &found[1]);
	*ret = all;
	return 0;
}

const pv_setup_plan webhook_plan = {
	.name = "webhooks",
	.types = {GROUP "MutatingWebhookConfiguration", GROUP "ValidatingWebhookConfiguration"},
	.make = make};

static int
load(pv_ctx *cx, const pv_admit *admit, const all_hooks **ret)
{
	static const all_hooks none;
	pv_store *store = pv_api_store(admit->serving);
	const void *now;
	int r;

	*ret = &none;
	if (is_exempt(admit->resource) || (pv_store_count(store, webhook_plan.types[0]) == 0 &&
					   pv_store_count(store, webhook_plan.types[1]) == 0))
		return 0;
	r = pv_setup_now(cx, webhook_setup(pv_api_kept(admit->serving, &webhook_owner)), &now);
	if (r == 0)
		*ret = now;
	return r;
}

/* ---- is it asked? ---- */

static int
meets_conditions(pv_ctx *cx, const pv_admit *admit, const question *q, bool *ret)
{
	const char *why;
	int r;

	if (!q->hook->conditions.n)
		return 0;
	if (expr_hold(cx, &q->hook->conditions, expr_values(cx, &q->seen, q->request), ret) == 0)
		return 0;
	why = cx->err->message;
	(void)pv_recover(cx);
	*ret = false;
	if (q->hook->fails_open)
		return 0;
	r = pv_fail(cx, PV_EFORBIDDEN, "%s%s%s \"%s\" is forbidden: %s", admit->resource->plural,
		    admit->resource->group[0] ? "." : "", admit->resource->group, admit->name, why);
	cx->err->group = pv_strdup(cx->arena, admit->resource->group);
	cx->err->kind = pv_strdup(cx->arena, admit->resource->plural);
	cx->err->name = pv_strdup(cx->arena, admit->name);
	return r;
}

static int
refuse_dry_run(pv_ctx *cx, const hook *h)
{
	const char *effects = pv_text(pv_get(h->conf, "sideEffects"), "");

	if (pv_streq(effects, "None") || pv_streq(effects, "NoneOnDryRun"))
		return 0;
	return pv_fail(cx, PV_EBADREQUEST, "admission webhook \"%s\" does not support dry run", h->name);
}

static int
is_asked(pv_ctx *cx, const pv_admit *admit, const hook *h, question *q, bool *ret)
{
	const pv_resource *as;
	int r = pv_match_find(cx, h->match, admit, &as);

	*ret = false;
	if (r < 0 || !as)
		return r;
	*q = (question){.hook = h};
	r = pv_admission_as(cx, admit, as, &q->seen);
	if (r < 0)
		return r;
	*ret = true;
	q->request = pv_box(cx->arena, pv_admission_call(cx, admit, &q->seen));
	r = meets_conditions(cx, admit, q, ret);
	return r == 0 && *ret && admit->dry_run ? refuse_dry_run(cx, h) : r;
}

/* ---- the call ---- */

static int
failed(pv_ctx *cx, const hook *h, const char *why)
{
	const char *text = pv_printf(cx->arena, "failed calling webhook \"%s\": %s", h->name, why);
	int r = pv_fail(cx, PV_EINTERNAL, "Internal error occurred: %s", text);

	pv_add_cause(cx, "", "", "%s", text);
	return r;
}

/* An error of the call is recovered from if the webhook fails open: *ret allows then. */
static int
ask(pv_ctx *cx, pv_api *api, const question *q, bool mutating, webhook_answer *ret)
{
	webhook_target target = {.client = pv_get(q->hook->conf, "clientConfig"),
				 .timeout_ns = pv_i64(pv_get(q->hook->conf, "timeoutSeconds"), 10) * PV_SEC,
				 .timeout_in_url = true};
	pv_val review = envelope(cx, q->hook, q->request);
	const pv_val *answer;
	const char *why;
	int r = webhook_post(cx, api, &target, &review, &answer);

	if (r < 0)
		r = pv_wrap(cx, r, "failed to call webhook");
	else
		r = webhook_read(cx, &review, answer, mutating, ret);
	if (r == 0)
		return 0;
	why = cx->err->message;
	(void)pv_recover(cx);
	*ret = (webhook_answer){.allowed = true};
	return q->hook->fails_open ? 0 : failed(cx, q->hook, why);
}

/* Warnings go to the client, annotations to the audit log under the webhook's name. */
static void
pass_on(pv_ctx *cx, const pv_admit *admit, const hook *h, const webhook_answer *answer)
{
	for (size_t i = 0; admit->warnings && i < answer->n_warnings; i++) {
		const char *text = pv_strdup(cx->arena, answer->warnings[i]);

		pv_vec_push(admit->warnings, &text);
	}
	for (size_t i = 0; i < pv_member_count(answer->notes); i++) {
		const pv_member *m = &answer->notes->members[i];

		pv_admission_note(admit, pv_printf(cx->arena, "%s/%s", h->name, m->key.s),
				  pv_strdup(cx->arena, pv_text(&m->val, "")));
	}
}

/* ---- mutating ---- */

static int
apply(pv_ctx *cx, pv_admit *admit, const question *q, const pv_val *patch)
{
	const pv_val *object;
	const pv_resource *as;
	const char *why;

	if (!pv_count(patch))
		return 0;
	if (!q->seen.object)
		return pv_fail(cx, PV_EINTERNAL,
			       "Internal error occurred: admission webhook \"%s\" attempted to modify the "
			       "object, which is not "
			       "supported for this operation",
			       q->hook->name);
	if (pv_patch_json(cx, q->seen.object, patch, &object) < 0) {
		why = cx->err->message;
		(void)pv_recover(cx);
		return pv_fail(cx, PV_EINTERNAL,
			       "Internal error occurred: the patch of admission webhook \"%s\": %s",
			       q->hook->name, why);
	}
	if (pv_admission_same(cx, pv_printf(cx->arena, "admission webhook \"%s\"", q->hook->name),
			      q->seen.object, object) < 0)
		return -PV_EINTERNAL;
	as = q->seen.of ? q->seen.of : q->seen.resource;
	object = pv_resource_default(cx, as, pv_resource_prune(cx, as, object, NULL));
	if (!q->seen.of && pv_api_convert(cx, admit->serving, admit->resource, object, &object) < 0)
		return -cx->err->code;
	admit->object = object;
	return 0;
}

static int
invoke(pv_ctx *cx, pv_admit *admit, const hook *h)
{
	webhook_answer answer;
	question q;
	bool asked;
	int r = is_asked(cx, admit, h, &q, &asked);

	if (r < 0 || !asked)
		return r;
	r = ask(cx, admit->serving, &q, true, &answer);
	if (r < 0)
		return r;
	pass_on(cx, admit, h, &answer);
	if (!answer.allowed)
		return webhook_refuse(cx, h->name, answer.status);
	r = apply(cx, admit, &q, answer.patch);
	if (r == 0 && h->if_needed)
		pv_admission_asked(admit, h->key);
	return r;
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	const all_hooks *all;
	int r = load(cx, admit, &all);

	for (size_t i = 0; r == 0 && i < all->mutating.n; i++)
		if (pv_admission_turn(admit, all->mutating.list[i].key))
			r = invoke(cx, admit, &all->mutating.list[i]);
	return r;
}

/* ---- validating: side by side ---- */

typedef struct group {
	pthread_mutex_t lock;
	pthread_cond_t done;
	size_t left;
} group;

typedef struct call {
	group *group;
	pv_api *api;
	question q;
	pv_ctx cx; /* a turn of its own: its thread fails and allocates here */
	webhook_answer answer;
	int r;
} call;

static void
run(void *arg)
{
	call *c = arg;

	c->r = ask(&c->cx, c->api, &c->q, false, &c->answer);
	pthread_mutex_lock(&c->group->lock);
	if (--c->group->left == 0)
		pthread_cond_signal(&c->group->done);
	pthread_mutex_unlock(&c->group->lock);
}

/* The first refusal in the order of the webhooks, whoever was quicker. */
static int
verdict(pv_ctx *cx, const pv_admit *admit, const call *c)
{
	if (c->r < 0) {
		int r = pv_fail(cx, c->cx.err->code, "%s", c->cx.err->message);

		for (const pv_cause *one = c->cx.err->causes; one; one = one->next)
			pv_add_cause(cx, "", "", "%s", one->message);
		return r;
	}
	pass_on(cx, admit, c->q.hook, &c->answer);
	return c->answer.allowed ? 0 : webhook_refuse(cx, c->q.hook->name, c->answer.status);
}

static int
ask_all(pv_ctx *cx, const pv_admit *admit, webhook_state *state, const pv_vec *questions)
{
	call *calls = pv_new_array(cx->arena, call, questions->len);
	group g = {.left = questions->len};
	int r = 0;

	pthread_mutex_init(&g.lock, NULL);
	pthread_cond_init(&g.done, NULL);
	for (size_t i = 0; i < questions->len; i++) {
		call *c = &calls[i];

		*c = (call){.group = &g, .api = admit->serving, .q = *PV_AT(question, questions, i)};
		pv_ctx_init(&c->cx, "webhook");
		c->cx.deadline_ns = cx->deadline_ns;
		if (i + 1 == questions->len || !pv_pool_run(state->pool, run, c))
			run(c); /* the last one here; and all that find no room */
	}
	pthread_mutex_lock(&g.lock);
	while (g.left)
		pthread_cond_wait(&g.done, &g.lock);
	pthread_mutex_unlock(&g.lock);
	for (size_t i = 0; i < questions->len; i++) {
		if (r == 0)
			r = verdict(cx, admit, &calls[i]);
		pv_ctx_done(&calls[i].cx);
	}
	pthread_cond_destroy(&g.done);
	pthread_mutex_destroy(&g.lock);
	return r;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const all_hooks *all;
	pv_vec questions;
	int r = load(cx, admit, &all);

	(void)denials;
	pv_vec_init(&questions, cx->arena, sizeof(question));
	for (size_t i = 0; r == 0 && i < all->validating.n; i++) {
		question q;
		bool asked;

		r = is_asked(cx, admit, &all->validating.list[i], &q, &asked);
		if (r == 0 && asked)
			pv_vec_push(&questions, &q);
	}
	if (r < 0 || !questions.len)
		return r;
	return ask_all(cx, admit, pv_api_kept(admit->serving, &webhook_owner), &questions);
}

const pv_admission webhook_admission = {
	.name = "webhooks", .mutate = mutate, .validate = validate, .last = true};
