/* why: `pave why KIND/NAME`: what the controllers last did about an object, and why. */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/ask.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

#define PLANS_SHOWN 3

static const char *
short_text(pv_ctx *cx, const pv_val *v)
{
	const char *text = v ? pv_json_text(cx->arena, v) : "(absent)";
	size_t len = pv_str_of(text).len;
	return len > 100 ? pv_printf(cx->arena, "%.97s...", text) : text;
}

static void
print_diff(pv_ctx *cx, const pv_val *diff)
{
	for (size_t i = 0; i < pv_count(diff); i++) {
		const pv_val *d = pv_item(diff, i);
		printf("      %s: %s%s%s -> %s%s%s\n", pv_text_at(d, "path", ""), ask_colour("31"), short_text(cx, pv_get(d, "from")),
		       ask_colour("0"), ask_colour("32"), short_text(cx, pv_get(d, "to")), ask_colour("0"));
	}
}

static void
print_object(const char *action, const pv_val *ref)
{
	const char *ns = pv_text_at(ref, "namespace", "");
	printf("    %-7s %s/%s%s%s\n", action, pv_text_at(ref, "kind", ""), pv_text_at(ref, "name", ""), *ns ? " in " : "", ns);
}

static void
print_list(pv_ctx *cx, const char *title, const pv_val *list)
{
	if (pv_count(list))
		printf("  %s:\n", title);
	for (size_t i = 0; i < pv_count(list); i++) {
		print_object(pv_text_at(pv_item(list, i), "action", ""), pv_get(pv_item(list, i), "object"));
		print_diff(cx, pv_get(pv_item(list, i), "diff"));
	}
}

static void
print_facts(const pv_val *facts)
{
	if (pv_count(facts))
		printf("  knew:\n");
	for (size_t i = 0; i < pv_count(facts); i++) {
		const pv_val *f = pv_item(facts, i);
		const char *error = pv_text_at(f, "error", "");
		printf("    %-7s %s%s%s\n", pv_text_at(f, "state", ""), pv_text_at(f, "key", ""), *error ? ": " : "", error);
	}
}

static const char *
age(pv_ctx *cx, const char *at)
{
	int64_t ns;
	return pv_time_parse(pv_str_of(at), &ns) ? pv_age_format(cx->arena, pv_now() - ns) : "?";
}

static void
print_plan(pv_ctx *cx, const pv_val *plan)
{
	const pv_val *events = pv_get(plan, "events");
	const char *at = pv_text_at(plan, "at", ""), *reason = pv_text_at(plan, "reason", NULL);
	printf("%s%s%s, %s ago (%s)\n", ask_colour("1"), pv_text_at(plan, "controller", ""), ask_colour("0"), age(cx, at), at);
	if (reason)
		printf("  because: %s\n", reason);
	print_list(cx, "differs", pv_get(plan, "differences"));
	print_list(cx, "did", pv_get(plan, "changes"));
	if (!pv_count(pv_get(plan, "changes")))
		printf("  did: nothing\n");
	for (size_t i = 0; i < pv_count(events); i++)
		printf("  said: %s: %s\n", pv_text_at(pv_item(events, i), "reason", ""), pv_text_at(pv_item(events, i), "message", ""));
	print_facts(pv_get(plan, "facts"));
	if (pv_get(plan, "error"))
		printf("  %sfailed:%s %s\n", ask_colour("31"), ask_colour("0"), pv_text_at(plan, "error", ""));
	if (pv_get(plan, "nextRun"))
		printf("  runs again: %s\n", pv_text_at(plan, "nextRun", ""));
}

/* ---- turns that are alike ---- */

static bool
same_text(const pv_val *a, const pv_val *b, const char *key)
{
	return pv_streq(pv_text_at(a, key, ""), pv_text_at(b, key, ""));
}

/* The same fields of the same object, whatever their values. */
static bool
same_change(const pv_val *a, const pv_val *b)
{
	const pv_val *x = pv_get(a, "diff"), *y = pv_get(b, "diff");
	bool same = same_text(a, b, "action") && pv_eq(pv_get(a, "object"), pv_get(b, "object")) && pv_count(x) == pv_count(y);
	for (size_t i = 0; same && i < pv_count(x); i++)
		same = same_text(pv_item(x, i), pv_item(y, i), "path");
	return same;
}

static bool
alike(const pv_val *a, const pv_val *b)
{
	const pv_val *x = pv_get(a, "changes"), *y = pv_get(b, "changes");
	bool same = same_text(a, b, "controller") && same_text(a, b, "error") && pv_count(x) == pv_count(y);
	for (size_t i = 0; same && i < pv_count(x); i++)
		same = same_change(pv_item(x, i), pv_item(y, i));
	return same;
}

static bool
matters(const pv_val *plan)
{
	return pv_count(pv_get(plan, "changes")) || pv_get(plan, "error");
}

/* How many of the plans behind the i-th that matter are like it, without one between them. */
static size_t
count_alike(const pv_val *plans, size_t i, size_t *ret_last)
{
	size_t n = 0;
	*ret_last = i;
	for (size_t k = i + 1; k < pv_count(plans); k++) {
		if (!matters(pv_item(plans, k)))
			continue;
		if (!alike(pv_item(plans, i), pv_item(plans, k)))
			break;
		*ret_last = k;
		n++;
	}
	return n;
}

/* The last turn, and before it the last ones that changed something; those alike as one. */
static void
print_why(pv_ctx *cx, const pv_val *why, bool all)
{
	const pv_val *plans = pv_get(why, "plans");
	size_t shown = 0, last;
	for (size_t i = 0; i < pv_count(plans) && (all || shown < PLANS_SHOWN); i++) {
		const pv_val *plan = pv_item(plans, i);
		size_t more;
		if (!all && i > 0 && !matters(plan))
			continue;
		if (shown++)
			printf("\n");
		print_plan(cx, plan);
		more = all || !matters(plan) ? 0 : count_alike(plans, i, &last);
		if (!more)
			continue;
		printf("  before that: %zu more like this one, the first %s ago (--all shows each)\n", more,
		       age(cx, pv_text_at(pv_item(plans, last), "at", "")));
		i = last;
	}
}

/* Where the object lives, if no namespace was named and it is not in the default one. */
static int
find_namespace(pv_ctx *cx, pv_client *client, const pv_args *args, const pv_client_kind *kind, const char *name,
               const char **ret)
{
	pv_client_call call = {.path = NULL};
	const pv_val *list, *items;
	int r;
	*ret = kind->namespaced ? pv_client_namespace(client) : NULL;
	if (!kind->namespaced || pv_args_has(args, "namespace"))
		return 0;
	call.path = pv_printf(cx->arena, "%s?fieldSelector=metadata.name%%3D%s", pv_client_path(cx->arena, kind, NULL, NULL, NULL), name);
	r = pv_client_json(cx, client, &call, NULL, &list);
	if (r < 0) {
		pv_recover(cx); /* no right to list them all: the default namespace it is */
		return 0;
	}
	items = pv_get(list, "items");
	if (pv_count(items) > 1)
		return pv_fail(cx, PV_EBADREQUEST, "%s is in %zu namespaces (%s, %s%s): say which with -n", ask_label(cx->arena, kind, name),
		               pv_count(items), pv_text_at(pv_item(items, 0), "metadata.namespace", ""),
		               pv_text_at(pv_item(items, 1), "metadata.namespace", ""), pv_count(items) > 2 ? ", ..." : "");
	if (pv_count(items) == 1)
		*ret = pv_text_at(pv_item(items, 0), "metadata.namespace", *ret);
	return 0;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "output", NULL), *ns;
	target t;
	pv_client_call call = {.path = NULL};
	const pv_val *why;
	pv_client *client;
	bool done;
	int r = ask_open(cx, args, &client);
	if (r < 0)
		return r;
	r = target_one(cx, client, args, &t);
	if (r == 0)
		r = find_namespace(cx, client, args, t.kind, t.name, &ns);
	if (r == 0) {
		call.path = pv_client_path(cx->arena, t.kind, ns, t.name, "why");
		r = pv_client_json(cx, client, &call, NULL, &why);
	}
	if (r == 0)
		r = ask_print(cx, format, why, &done);
	if (r == 0 && !done)
		print_why(cx, why, pv_args_has(args, "all"));
	pv_client_close(client);
	return r;
}

static const pv_option options[] = {
	SERVER_OPTIONS,
	{"output", 'o', "json|yaml|jsonpath=TEMPLATE", "print the plans as data"},
	{"all", 'a', NULL, "every plan that is remembered, not only the last three that matter"},
	{0},
};

const pv_verb why_verb = {
	.name = "why",
	.usage = "KIND/NAME",
	.summary = "what was last done about an object, what changed, and why",
	.help = "Shows the last plans of the controllers that look after the object: the reason, what differed, what was done,\n"
	        "the facts it knew (Git trees, ...), errors and the next run.  The namespace is found if there is only one.\n"
	        "Example: pave why application/guestbook",
	.options = options,
	.run = run,
};
