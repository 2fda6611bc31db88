/* write: values into files by a commit, and into the spec of the Application.  A commit is an effect: done once for
 * one entry of the history, and if the server ends before it knows, what it made is found again. */
#include "base/str.h"
#include "base/time.h"
#include "core/api/api.h"
#include "core/git/git.h"
#include "core/reconcile/reconcile.h"
#include "delivery/application/application.h"
#include "delivery/promotion/inside.h"

#define COMMIT "promotion-commit"

/* ---- the commit ---- */

static int
commit(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const pv_val *request = pv_get(args, "request");
	const char *repo = pv_text_at(args, "repo", ""), *name = pv_text_at(args, "application", "");
	const pv_key key = {"argoproj.io/Application", pv_text_at(args, "namespace", ""), name};
	const pv_rec *rec;
	if (previous) {
		*ret = *previous;
		return 0;
	}
	rec = pv_store_find(cx, pv_api_store(pv_facts_api(facts)), &key);
	if (!rec || !application_may_read(cx, pv_facts_api(facts), pv_rec_val(rec), repo))
		return pv_fail(cx, PV_EFORBIDDEN,
			       "the project of application %s does not permit repository %s", name,
			       pv_git_plain_url(cx->arena, repo));
	return pv_git_push(cx, facts, repo, request, ret);
}

const pv_fact_kind promotion_commit = {
	.name = COMMIT, .find = commit, .effect = true, .retry_most_ns = 10 * PV_SEC};

/* Its last line is of this entry alone, so that it is known again. */
static const char *
message(const turn *t, const pv_val *values, int64_t entry)
{
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	pv_buf_printf(&b, "Promote %s to %s\n\n", pv_text_at(t->from, "metadata.name", "it"),
		      pv_text_at(t->to, "metadata.name", ""));
	for (size_t i = 0; i < pv_count(values); i++) {
		const pv_val *one = pv_item(values, i);
		if (pv_text_at(one, "file", NULL))
			pv_buf_printf(&b, "%s %s: %s\n", pv_text_at(one, "file", ""),
				      pv_text_at(one, "field", ""), pv_text_at(one, "text", ""));
	}
	pv_buf_printf(&b, "\nPromotion: %s/%s %s %lld\n", t->ns, t->name,
		      pv_text_at(t->object, "metadata.uid", ""), (long long)entry);
	return b.s;
}

/* "": it is not said. */
static const char *
branch_of(const turn *t)
{
	const char *target = pv_text_at(t->to, "spec.source.targetRevision", "");
	return pv_text_at(t->spec, "git.branch", pv_streq(target, "HEAD") ? "" : target);
}

static pv_val
request_of(const turn *t, const pv_val *values, int64_t entry)
{
	const pv_val *git = pv_get(t->spec, "git");
	const char *project = pv_text_at(t->to, "spec.project", "");
	pv_objb b;
	pv_val author = pv_with(t->cx->arena, NULL, "name", pv_string_ref(pv_text_at(git, "author", "Pave")));
	author = pv_with(t->cx->arena, &author, "email",
			 pv_string_ref(pv_text_at(git, "email", "pave@localhost")));
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "branch", branch_of(t));
	pv_objb_put(&b, "author", author);
	pv_objb_puts(&b, "project", *project ? project : "default");
	pv_objb_puts(&b, "message", message(t, values, entry));
	pv_objb_put(&b, "edits", carry_edits(t, values));
	return pv_objb_end(&b);
}

static int
write_files(turn *t, const pv_val *values, int64_t entry, const char **ret_commit)
{
	const char *repo = pv_text_at(t->to, "spec.source.repoURL", "");
	const pv_val *done;
	pv_objb b;
	pv_val args;
	int r;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "uid", pv_text_at(t->object, "metadata.uid", ""));
	pv_objb_puts(&b, "namespace", t->ns);
	pv_objb_puts(&b, "application", pv_text_at(t->to, "metadata.name", ""));
	pv_objb_put(&b, "entry", pv_int(entry));
	pv_objb_put(&b, "request", request_of(t, values, entry));
	args = pv_objb_end(&b);
	if (!*repo) {
		turn_waits(t, "application %s has not one source: files are written to that of spec.source",
			   pv_text_at(t->to, "metadata.name", ""));
		return 0;
	}
	if (!*branch_of(t)) {
		turn_waits(
			t,
			"spec.git.branch: expected the branch that commits go to, for application %s names none",
			pv_text_at(t->to, "metadata.name", ""));
		return 0;
	}
	r = pv_plan_effect(t->cx, t->plan, COMMIT, &args, NULL, &done);
	if (r < 0) {
		turn_waits(t, "the commit was not made: %s", pv_error_text(t->cx));
		pv_recover(t->cx);
		return 0;
	}
	if (r == 0)
		turn_waits(t, "the commit is being made");
	else
		*ret_commit = pv_text_at(done, "commit", "");
	return r > 0;
}

/* ---- the Application ---- */

static int
write_spec(turn *t, const pv_val *values)
{
	pv_val patch;
	if (carry_is_there(t, values))
		return 1;
	if (carry_patch(t, values, &patch) < 0) {
		turn_waits(t, "%s", pv_error_text(t->cx));
		pv_recover(t->cx);
		return 0;
	}
	pv_plan_patch(t->cx, t->plan, t->to, "", patch);
	turn_waits(t, "application %s is being written", pv_text_at(t->to, "metadata.name", ""));
	return 0;
}

int
write_values(turn *t, const pv_val *values, int64_t entry, const char **ret_commit)
{
	*ret_commit = "";
	if (carry_commits(values) && !write_files(t, values, entry, ret_commit))
		return 0;
	return write_spec(t, values);
}
