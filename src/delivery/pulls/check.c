/* check: PullRequestCheck -> what each open pull request of a repository is told.  One is looked at once for each of its
 * commits: what the branch, the cluster or the policies become later says nothing anew. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/application/application.h"
#include "delivery/applicationset/applicationset.h"
#include "delivery/pulls/pulls.h"
#include "delivery/pulls/show.h"

#define HOME "argocd"
#define PULLS_MOST 100
#define LOOKS_MOST 4         /* in one turn: each renders all Applications of the branch */
#define DESCRIPTION_MOST 140 /* GitHub's */
#define READY "Ready"

struct check {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *object, *spec, *status;
	const char *forge; /* "github" */
	pv_listb pulls;    /* of the new status */
	const char *error; /* the first thing that went wrong; NULL: nothing did */
	size_t looks;      /* in this turn */
};

/* ---- how the forge is asked ---- */

static pv_val
reference(struct check *c, const pv_val *ref, const char *name)
{
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "namespace", HOME);
	pv_objb_puts(&b, "name", pv_text_at(ref, name, ""));
	pv_objb_puts(&b, "key", pv_text_at(ref, "key", ""));
	return pv_objb_end(&b);
}

static pv_val
question(struct check *c, const char *ask)
{
	const pv_val *of = pv_get(c->spec, c->forge);
	const char *owner = pv_text_at(of, "owner", NULL),
		   *repo = pv_text_at(of, "repo", pv_text_at(of, "project", ""));
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "ask", ask);
	pv_objb_puts(&b, "forge", c->forge);
	pv_objb_puts(&b, "owner", owner ? owner : "");
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "api", pv_text_at(of, "api", NULL));
	if (pv_get(of, "insecure"))
		pv_objb_put(&b, "insecure", *pv_get(of, "insecure"));
	if (pv_streq(c->forge, "gitlab"))
		pv_objb_puts(&b, "state", "opened");
	pv_objb_puts(&b, "watch", owner ? pv_printf(c->cx->arena, "%s/%s", owner, repo) : repo);
	pv_objb_put(&b, "secret", reference(c, pv_get(of, "tokenRef"), "secretName"));
	if (pv_get(of, "caRef"))
		pv_objb_put(&b, "ca", reference(c, pv_get(of, "caRef"), "configMapName"));
	return pv_objb_end(&b);
}

/* ---- what is told ---- */

struct told {
	const char *state, *description, *comment; /* state: "success", "failure" */
};

static struct told
told_of(struct check *c, const pv_val *change)
{
	verdict v = show_verdict(c->cx->arena, change);
	pv_str text = show_markdown(c->cx->arena, change, PULLS_COMMENT_MOST);
	return (struct told){show_is_good(&v) ? "success" : "failure", v.words,
			     pv_strndup(c->cx->arena, text.s, text.len)};
}

static struct told
told_of_fork(struct check *c)
{
	static const char words[] = "it comes from a fork, and what strangers wrote is not rendered";
	return (struct told){"success", words, pv_printf(c->cx->arena, "### Not looked at: %s\n", words)};
}

static const char *
mark_of(struct check *c)
{
	return pv_printf(c->cx->arena, "[//]: # (pave-pull-request-check %s)\n",
			 pv_text_at(c->object, "metadata.name", ""));
}

static pv_val
payload_of(struct check *c, const pv_val *pull, const struct told *told)
{
	pv_val v = question(c, "say");
	pv_objb b;
	pv_objb_from(&b, c->cx->arena, &v);
	pv_objb_puts(&b, "number", pv_text_at(pull, "number", ""));
	pv_objb_puts(&b, "sha", pv_text_at(pull, "head_sha", ""));
	if (pv_truth_at(c->spec, "comment", true)) {
		pv_objb_puts(&b, "mark", mark_of(c));
		pv_objb_puts(&b, "comment", told->comment);
	}
	if (pv_truth_at(c->spec, "commitStatus", true)) {
		pv_str clip = pv_str_clip(told->description, DESCRIPTION_MOST);
		pv_objb_puts(&b, "state", told->state);
		pv_objb_put(&b, "description", pv_stringn(c->cx->arena, clip.s, clip.len));
		pv_objb_puts(&b, "context", pv_text_at(c->spec, "context", "pave/diff"));
		pv_objb_puts(&b, "targetURL", pv_text_at(c->spec, "targetURL", NULL));
	}
	return pv_objb_end(&b);
}

/* Once for each commit and each spec: 1, 0: it is being said, or negative. */
static int
say(struct check *c, const pv_val *pull, const struct told *told)
{
	pv_val payload = payload_of(c, pull, told), args;
	const pv_val *done;
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "check", pv_text_at(c->object, "metadata.uid", ""));
	pv_objb_put(&b, "generation", pv_int(pv_i64_at(c->object, "metadata.generation", 0)));
	pv_objb_puts(&b, "number", pv_text_at(pull, "number", ""));
	pv_objb_puts(&b, "head", pv_text_at(pull, "head_sha", ""));
	args = pv_objb_end(&b);
	return pv_plan_effect(c->cx, c->plan, FORGE_SAY, &args, &payload, &done);
}

/* ---- one pull request ---- */

static const pv_val *
known_of(struct check *c, const pv_val *pull)
{
	const pv_val *all = pv_get(c->status, "pulls");
	for (size_t i = 0; i < pv_count(all); i++)
		if (pv_streq(pv_text_at(pv_item(all, i), "number", ""), pv_text_at(pull, "number", "")))
			return pv_item(all, i);
	return NULL;
}

static void
note(struct check *c, const pv_val *pull, const char *state, const char *message, int64_t since)
{
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "number", pv_text_at(pull, "number", ""));
	pv_objb_puts(&b, "head", pv_text_at(pull, "head_sha", ""));
	pv_objb_puts(&b, "state", state);
	pv_objb_puts(&b, "message", message);
	pv_objb_put(&b, "since", pv_int(since));
	pv_objb_put(&b, "generation", pv_int(pv_i64_at(c->object, "metadata.generation", 0)));
	pv_listb_add(&c->pulls, pv_objb_end(&b));
}

static void
failed(struct check *c, const pv_val *pull)
{
	const char *text = pv_printf(c->cx->arena, "pull request %s: %s", pv_text_at(pull, "number", ""),
				     pv_error_text(c->cx));
	c->error = c->error ? c->error : text;
	pv_recover(c->cx);
}

/* What it would change: 1, 0: not known yet, or negative. */
static int
look(struct check *c, const pv_val *pull, int64_t since, struct told *ret)
{
	pv_val repo = *pv_get(c->spec, "repoURL"), repos = pv_list_of(c->cx->arena, &repo, 1), change;
	application_change ask = {.repositories = &repos,
				  .base = pv_text_at(pull, "target_branch", ""),
				  .head = pv_text_at(pull, "head_sha", ""),
				  .since = since};
	int r;
	if (pv_truth_at(pull, "fork", false)) {
		*ret = told_of_fork(c);
		return 1;
	}
	r = application_changes(c->cx, c->plan, &ask, &change);
	if (r == 1)
		*ret = told_of(c, &change);
	return r;
}

static void
tell(struct check *c, const pv_val *pull)
{
	const pv_val *known = known_of(c, pull);
	bool same = known && pv_streq(pv_text_at(known, "head", ""), pv_text_at(pull, "head_sha", "")) &&
		    pv_i64_at(known, "generation", 0) == pv_i64_at(c->object, "metadata.generation", 0);
	int64_t since = same ? pv_i64_at(known, "since", 0) : pv_plan_now(c->plan);
	struct told told = {0};
	int r;
	if (same && !pv_streq(pv_text_at(known, "state", ""), "Pending")) {
		pv_listb_add(&c->pulls, *known);
		return;
	}
	if (!same) { /* the repository is looked at no earlier than this */
		note(c, pull, "Pending", "", since);
		pv_plan_requeue(c->plan, PV_MS);
		return;
	}
	if (c->looks >= LOOKS_MOST) {
		note(c, pull, "Pending", "", since);
		pv_plan_requeue(c->plan, PV_SEC);
		return;
	}
	r = look(c, pull, since, &told);
	if (r == 1)
		r = say(c, pull, &told);
	if (r >= 0 && !pv_truth_at(pull, "fork", false)) /* what fails keeps nobody waiting */
		c->looks++;
	if (r < 0)
		failed(c, pull);
	if (r == 1)
		note(c, pull,
		     pv_truth_at(pull, "fork", false)  ? "Skipped"
		     : pv_streq(told.state, "success") ? "Success"
						       : "Failure",
		     told.description, since);
	else
		note(c, pull, "Pending", "", since);
}

/* ---- all of them ---- */

static void
write_status(struct check *c)
{
	const char *why = c->error;
	pv_val conditions;
	pv_objb b;
	conditions = pv_condition_set(c->cx, pv_get(c->status, "conditions"), READY, why ? "False" : "True",
				      why ? "Failed" : "Looking",
				      why ? why : "open pull requests are told what they change",
				      pv_plan_now(c->plan));
	pv_objb_init(&b, c->cx->arena);
	pv_objb_put(&b, "observedGeneration", pv_int(pv_i64_at(c->object, "metadata.generation", 0)));
	pv_objb_put(&b, "conditions", conditions);
	pv_objb_put(&b, "pulls", pv_listb_end(&c->pulls));
	pv_plan_status(c->cx, c->plan, pv_objb_end(&b));
}

static int
ask(struct check *c, const pv_val **ret)
{
	pv_val args = question(c, "pulls");
	return pv_plan_fact(c->cx, c->plan, FORGE_FACT, &args, ret);
}

static int
reconcile(pv_ctx *cx, const pv_val *object, pv_plan *plan)
{
	static const char *const forges[] = {"github", "gitlab", "gitea"};
	struct check c = {.cx = cx,
			  .plan = plan,
			  .object = object,
			  .spec = pv_get(object, "spec"),
			  .status = pv_get(object, "status")};
	const pv_val *found, *items;
	int r = 1;
	for (size_t i = 0; i < PV_LEN(forges); i++)
		if (pv_get(c.spec, forges[i]))
			c.forge = forges[i];
	pv_listb_init(&c.pulls, cx->arena);
	if (!pv_streq(pv_text_at(object, "metadata.namespace", ""), HOME))
		c.error = "only in namespace " HOME ", for a comment tells of Applications of any";
	else
		r = ask(&c, &found);
	if (r < 0) {
		c.error = pv_strdup(cx->arena, pv_error_text(cx));
		pv_recover(cx);
	}
	if (r == 0)
		return 0; /* called again when it is known */
	items = c.error ? NULL : pv_get(found, "items");
	for (size_t i = 0; i < pv_count(items) && i < PULLS_MOST; i++)
		tell(&c, pv_item(items, i));
	if (c.error && r < 0) /* what was told stays told */
		for (size_t i = 0; i < pv_count(pv_get(c.status, "pulls")); i++)
			pv_listb_add(&c.pulls, *pv_item(pv_get(c.status, "pulls"), i));
	write_status(&c);
	pv_plan_summary(cx, plan, c.error ? "%s" : "%s pull requests are told", c.error ? c.error : "open");
	return 0;
}

const pv_controller pulls_controller = {.name = "pull-request-check",
					.kind = "delivery.pave.dev/v1alpha1/PullRequestCheck",
					.reconcile = reconcile};
