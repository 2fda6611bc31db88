/* say: what is written to a forge about a pull request: a comment, which takes the place of the one before, and a status
 * of its commit.
 * https://docs.github.com/en/rest/issues/comments  https://docs.gitlab.com/api/notes/  https://docs.gitea.com/api/ */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "delivery/applicationset/applicationset.h"
#include "delivery/applicationset/forge.h"
#include "lang/json/json.h"

#define COMMENTS_MOST 3000 /* looked at for ours */

struct talk {
	struct ask *a;
	const char *thread, *one; /* the comments of the pull request, and the folder of one of them */
	const char *status;
	const char *change;      /* the method that changes a comment */
	const char *label, *bad; /* what a status calls itself, and failure */
	const char *mark;
	const pv_val *body; /* of the comment */
	bool said;
	size_t seen;
};

static const char *
wish(const struct talk *t, const char *name)
{
	return pv_text_at(t->a->request, name, "");
}

static void
find_way(struct talk *t)
{
	pv_arena *arena = t->a->cx->arena;
	const char *owner = forge_asked(t->a, "owner"), *repo = forge_asked(t->a, "repo"),
		   *number = forge_asked(t->a, "number"), *sha = forge_asked(t->a, "sha");
	if (t->a->forge == &forge_gitlab) {
		t->thread = pv_printf(arena, "projects/%s/merge_requests/%s/notes", repo, number);
		t->one = t->thread;
		t->status = pv_printf(arena, "projects/%s/statuses/%s", repo, sha);
		t->change = "PUT";
		t->label = "name";
		t->bad = "failed";
		return;
	}
	t->thread = pv_printf(arena, "repos/%s/%s/issues/%s/comments", owner, repo, number);
	t->one = pv_printf(arena, "repos/%s/%s/issues/comments", owner, repo);
	t->status = pv_printf(arena, "repos/%s/%s/statuses/%s", owner, repo, sha);
	t->change = "PATCH";
	t->label = "context";
	t->bad = "failure";
}

/* ---- the comment ---- */

/* Its number, if it begins as ours does: what people say is not kept. */
static pv_val
trim(struct ask *a, const pv_val *entry)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	if (pv_starts_with(pv_text_at(entry, "body", ""), pv_text_at(a->request, "mark", "")) &&
	    pv_get(entry, "id"))
		pv_objb_put(&b, "id", *pv_get(entry, "id"));
	return pv_objb_end(&b);
}

/* Anybody may begin a comment like ours: one that is refused is theirs. */
static int
write_anew(struct ask *a, const pv_val *item, void *arg)
{
	struct talk *t = arg;
	int r;
	if (!pv_get(item, "id"))
		return ++t->seen >= COMMENTS_MOST;
	r = forge_send(a, t->change,
		       pv_printf(a->cx->arena, "%s/%lld", t->one, (long long)pv_i64_at(item, "id", 0)),
		       t->body);
	if (r == -PV_EFORBIDDEN) {
		pv_recover(a->cx);
		return ++t->seen >= COMMENTS_MOST;
	}
	t->said = r == 0;
	return r < 0 ? r : 1;
}

static int
say_comment(struct talk *t)
{
	pv_arena *arena = t->a->cx->arena;
	pv_val body = pv_with(arena, NULL, "body",
			      pv_string_ref(pv_printf(arena, "%s\n%s", t->mark, wish(t, "comment"))));
	t->body = &body;
	int r = forge_walk(t->a, pv_printf(arena, "%s?%s", t->thread, t->a->forge->many), trim, write_anew,
			   t);
	return r < 0 || t->said ? r : forge_send(t->a, "POST", t->thread, &body);
}

/* ---- the status ---- */

static int
say_status(struct talk *t)
{
	const char *state = wish(t, "state");
	pv_val body;
	pv_objb b;
	pv_objb_init(&b, t->a->cx->arena);
	pv_objb_puts(&b, "state", pv_streq(state, "failure") ? t->bad : state);
	pv_objb_puts(&b, "description", wish(t, "description"));
	pv_objb_puts(&b, t->label, wish(t, "context"));
	if (*wish(t, "targetURL"))
		pv_objb_puts(&b, "target_url", wish(t, "targetURL"));
	body = pv_objb_end(&b);
	return forge_send(t->a, "POST", t->status, &body);
}

int
forge_say(struct ask *a)
{
	struct talk t = {.a = a, .mark = pv_text_at(a->request, "mark", "")};
	int r = 0;
	find_way(&t);
	if (*wish(&t, "comment") && *t.mark)
		r = say_comment(&t);
	if (r >= 0 && *wish(&t, "state"))
		r = say_status(&t);
	return r < 0 ? r : 0;
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	const pv_val *payload = pv_get(args, "payload");
	pv_val said;
	int r = forge_find_for(cx, facts, payload, &said);
	*ret = r == 0 ? pv_bool(true) : pv_null();
	return r;
}

const pv_fact_kind say_effect = {
	.name = FORGE_SAY, .find = find, .effect = true, .retry_most_ns = 600 * PV_SEC};
