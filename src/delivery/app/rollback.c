/* rollback: back to what was deployed before, and kept there if the Application is synced automatically. */
#include <stdio.h>

#include "base/str.h"
#include "delivery/app/verb.h"
#include "delivery/application/application.h"

static int
deployment(talk *t, const pv_val *object, const pv_val **ret)
{
	const char *text = pv_args_at(t->args, 1);
	const pv_val *all = pv_at(object, "status.history");
	int64_t id = 0;
	*ret = NULL;
	if (!text && pv_count(all) < 2)
		return pv_fail(t->cx, PV_ENOTFOUND,
			       "application '%s' should have at least two successful deployments", t->name);
	if (!text) {
		*ret = pv_item(all, pv_count(all) - 2);
		return 0;
	}
	if (!pv_parse_int(pv_str_of(text), &id))
		return pv_fail(t->cx, PV_EUSAGE,
			       "expected the id of a deployment (pave app history %s), found \"%s\"", t->name,
			       text);
	for (size_t i = 0; i < pv_count(all); i++)
		if (pv_i64_at(pv_item(all, i), "id", -1) == id)
			*ret = pv_item(all, i);
	return *ret ? 0
		    : pv_fail(t->cx, PV_ENOTFOUND,
			      "application '%s' does not have deployment id '%lld' in history", t->name,
			      (long long)id);
}

/* The sources that it had then, but for their revision, are those that it has. */
static bool
is_of_its_sources(pv_arena *arena, const pv_val *object, const pv_val *entry)
{
	const pv_val *now = pv_at(object, "spec.sources"), *was = pv_get(entry, "sources");
	bool many = pv_count(now) > 0;
	size_t n = many ? pv_count(now) : 1;
	if (many && pv_count(was) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const pv_val *a = many ? pv_item(now, i) : application_source(arena, object),
			     *b = many ? pv_item(was, i) : pv_get(entry, "source");
		pv_val x = pv_without(arena, a, "targetRevision"), y = pv_without(arena, b, "targetRevision");
		if (!a || !b || !pv_eq(&x, &y))
			return false;
	}
	return true;
}

static bool
is_back(const talk *t, const pv_val *now)
{
	const pv_val *many = pv_at(now, "status.sync.revisions");
	pv_buf b;
	pv_buf_init(&b, t->cx->arena);
	for (size_t i = 0; i < pv_count(many); i++)
		pv_buf_printf(&b, "%s%s", i ? "," : "", pv_text(pv_item(many, i), ""));
	return pv_streq(pv_text_at(now, "status.sync.status", ""), "Synced") && !command_is_running(now) &&
	       pv_streq(b.len ? b.s : pv_text_at(now, "status.sync.revision", ""), t->aim);
}

/* Automated sync would take it forward again: it is kept there, and automation goes on about that. */
static int
hold(talk *t, const pv_val *object, const pv_val *entry)
{
	const pv_val *many = pv_get(entry, "revisions"), *now;
	const char *at;
	pv_buf b;
	int r;
	if (!is_of_its_sources(t->cx->arena, object, entry))
		return pv_fail(
			t->cx, PV_EINVALID,
			"application '%s' is synced automatically, and its source was another one in deployment %lld: "
			"switch automated sync off, or put spec.source back",
			t->name, (long long)pv_i64_at(entry, "id", 0));
	pv_buf_init(&b, t->cx->arena);
	for (size_t i = 0; i < pv_count(many); i++)
		pv_buf_printf(&b, "%s%s", i ? "," : "", pv_text(pv_item(many, i), ""));
	at = b.len ? b.s : pv_text_at(entry, "revision", "");
	t->aim = at;
	r = command_annotate(t, APPLICATION_HELD, pv_string_ref(at));
	if (r == 0)
		r = talk_await(t, is_back, &now);
	if (r == 0)
		printf("application '%s' is kept at %s, with automated sync; `pave app sync %s` goes on\n",
		       t->name, at, t->name);
	return r;
}

int
command_rollback(talk *t)
{
	const pv_val *before, *entry;
	pv_val body;
	int r = talk_timeout(t);
	if (r == 0)
		r = talk_load(t, &before);
	if (r == 0)
		r = deployment(t, before, &entry);
	if (r < 0)
		return r;
	if (!pv_streq(command_policy(before), "Manual"))
		return hold(t, before, entry);
	t->aim = before;
	body = pv_with(t->cx->arena, NULL, "id", pv_int(pv_i64_at(entry, "id", 0)));
	body = pv_with(t->cx->arena, &body, "prune", pv_bool(pv_args_has(t->args, "prune")));
	r = talk_ask(t, "POST", talk_path(t, "/rollback"), &body, NULL);
	return r < 0 ? r : command_tell_end(t);
}
