/* why: `pave why KIND/NAME`: what the controllers last did about an object, and why. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/ask.h"
#include "cmd/gotext.h"
#include "cmd/output.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "cmd/why_policies.h"
#include "lang/json/json.h"

#define PLANS_SHOWN 3
#define VALUE_SHOWN 100   /* bytes of a value in a difference */
#define MESSAGE_SHOWN 600 /* of a text: the reason is at its end more often than not */
#define CONTEXT 24        /* of what did not change, before what did */

/* Bytes that two texts share at their start, a whole number of characters. */
static size_t
shared_prefix(const char *a, const char *b)
{
	size_t n = 0;
	while (a[n] && a[n] == b[n])
		n++;
	while (n > 0 && ((unsigned char)a[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* A text with what `other` begins with, too, left out: of a long one the part that differs is shown. */
static const char *
short_text(pv_ctx *cx, const pv_val *v, const pv_val *other)
{
	const char *text = v ? pv_json_text(cx->arena, v) : "(absent)", *cut = "";
	size_t len = pv_str_of(text).len,
	       shared = other ? shared_prefix(text, pv_json_text(cx->arena, other)) : 0;
	size_t most = pv_is(v, PV_STRING) ? MESSAGE_SHOWN : VALUE_SHOWN;
	if (len > VALUE_SHOWN && shared > CONTEXT) {
		text += shared - CONTEXT;
		while (((unsigned char)*text & 0xc0) == 0x80)
			text++;
		cut = "...";
		len = pv_str_of(text).len;
	}
	if (len <= most)
		return pv_printf(cx->arena, "%s%s", cut, text);
	most = pv_str_clip(text, most).len;
	return pv_printf(cx->arena, "%s%.*s... (-o json shows all)", cut, (int)most, text);
}

static void
print_change(pv_ctx *cx, const char *path, const pv_val *from, const pv_val *to)
{
	printf("      %s: %s%s%s -> %s%s%s\n", path, ask_colour(stdout, "31"), short_text(cx, from, to),
	       ask_colour(stdout, "0"), ask_colour(stdout, "32"), short_text(cx, to, from),
	       ask_colour(stdout, "0"));
}

/* Conditions that come or go all at once: each by its type, and its message is what it says. */
static bool
print_conditions(pv_ctx *cx, const char *path, const pv_val *from, const pv_val *to)
{
	const pv_val *list = from ? from : to;
	for (size_t i = 0; i < pv_count(list); i++)
		if (!pv_is(list, PV_LIST) || !pv_get(pv_item(list, i), "type") ||
		    !pv_get(pv_item(list, i), "message"))
			return false;
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *c = pv_item(list, i), *message = pv_get(c, "message");
		print_change(cx, pv_printf(cx->arena, "%s[type=%s].message", path, pv_text_at(c, "type", "")),
			     from ? message : NULL, from ? NULL : message);
	}
	return pv_count(list) > 0;
}

static void
print_diff(pv_ctx *cx, const pv_val *diff)
{
	for (size_t i = 0; i < pv_count(diff); i++) {
		const pv_val *d = pv_item(diff, i), *from = pv_get(d, "from"), *to = pv_get(d, "to");
		const char *path = pv_text_at(d, "path", "");
		if ((from && to) || !print_conditions(cx, path, from, to))
			print_change(cx, path, from, to);
	}
}

static void
print_object(const char *action, const pv_val *ref)
{
	const char *ns = pv_text_at(ref, "namespace", "");
	printf("    %-7s %s/%s%s%s\n", action, pv_text_at(ref, "kind", ""), pv_text_at(ref, "name", ""),
	       *ns ? " in " : "", ns);
}

/* Is all that changes the object's own .status?  It is written down there already. */
static bool
only_status(const pv_val *change)
{
	const pv_val *diff = pv_get(change, "diff");
	const char *action = pv_text_at(change, "action", "");
	if (pv_streq(action, "status"))
		return true;
	for (size_t i = 0; i < pv_count(diff); i++)
		if (!pv_starts_with(pv_text_at(pv_item(diff, i), "path", ""), "status"))
			return false;
	return pv_streq(action, "update") && pv_count(diff) > 0;
}

static void
print_list(pv_ctx *cx, const char *title, const pv_val *list, bool all)
{
	bool titled = false;
	for (size_t i = 0; i < pv_count(list); i++) {
		if (!all && only_status(pv_item(list, i)))
			continue;
		if (!titled)
			printf("  %s:\n", title);
		titled = true;
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
		printf("    %-7s %s%s%s\n", pv_text_at(f, "state", ""), pv_text_at(f, "key", ""),
		       *error ? ": " : "", error);
	}
}

static const char *
age(pv_ctx *cx, const char *at)
{
	int64_t ns;
	return pv_time_parse(pv_str_of(at), &ns) ? pv_age_format(cx->arena, pv_now() - ns) : "?";
}

/* "13:29" of today, else the whole time. */
static const char *
clock_of(pv_ctx *cx, const char *at)
{
	const char *today = pv_time_format(cx->arena, pv_now());
	size_t len = pv_str_of(at).len;
	return len > 16 && pv_starts_with(at, pv_strndup(cx->arena, today, 10))
		       ? pv_printf(cx->arena, "%.5s UTC", at + 11)
		       : at;
}

/* Who did it: the object for whose sake, else the user, else the controller. */
static const char *
doer(pv_ctx *cx, const pv_val *plan)
{
	const pv_val *by = pv_get(plan, "by");
	const char *who = pv_text_at(plan, "controller", ""), *user = pv_text_at(plan, "user", NULL),
		   *ns = pv_text_at(by, "namespace", "");
	if (pv_truth_at(by, "hidden", false))
		return pv_printf(cx->arena, "an object you may not read (%s)", pv_text_at(by, "kind", ""));
	if (by)
		return pv_printf(cx->arena, "%s %s%s%s", pv_text_at(by, "kind", ""), ns, *ns ? "/" : "",
				 pv_text_at(by, "name", ""));
	if (user)
		return pv_printf(cx->arena, "%s with %s", user, who);
	return pv_streq(who, "") || strstr(who, "controller") || strstr(who, "collector")
		       ? who
		       : pv_printf(cx->arena, "%s controller", who);
}

static void
print_head(pv_ctx *cx, const pv_val *plan)
{
	const char *at = pv_text_at(plan, "at", "");
	printf("%s%s%s, %s ago (%s)", ask_colour(stdout, "1"), doer(cx, plan), ask_colour(stdout, "0"),
	       age(cx, at), at);
	if (pv_get(plan, "times"))
		printf(", %lld times since %s", (long long)pv_i64_at(plan, "times", 1),
		       clock_of(cx, pv_text_at(plan, "since", "")));
	printf("\n");
}

static bool
did_something(const pv_val *plan)
{
	const pv_val *changes = pv_get(plan, "changes");
	for (size_t i = 0; i < pv_count(changes); i++)
		if (!only_status(pv_item(changes, i)))
			return true;
	return false;
}

static void
print_plan(pv_ctx *cx, const pv_val *plan, bool all)
{
	const pv_val *events = pv_get(plan, "events");
	const char *reason = pv_text_at(plan, "reason", NULL);
	print_head(cx, plan);
	if (pv_get(plan, "error"))
		printf("  %sfailed:%s %s\n", ask_colour(stdout, "31"), ask_colour(stdout, "0"),
		       pv_text_at(plan, "error", ""));
	if (reason)
		printf("  because: %s\n", reason);
	if (pv_get(plan, "undid"))
		printf("  undid: %s\n", pv_text_at(plan, "undid", ""));
	print_list(cx, "differs", pv_get(plan, "differences"), all);
	print_list(cx, pv_get(plan, "refused") ? "was not let" : "did", pv_get(plan, "changes"), all);
	if (pv_get(plan, "moreChanges"))
		printf("    and %s more\n",
		       pv_counted(cx->arena, (size_t)pv_i64_at(plan, "moreChanges", 0), "object"));
	why_print_policies(cx, "refused by", pv_get(plan, "refused"), 2);
	if (!did_something(plan))
		printf("  did: nothing%s\n",
		       pv_count(pv_get(plan, "changes")) ? " but write its status" : "");
	for (size_t i = 0; i < pv_count(events); i++)
		printf("  said: %s: %s\n", pv_text_at(pv_item(events, i), "reason", ""),
		       pv_text_at(pv_item(events, i), "message", ""));
	if (all)
		print_facts(pv_get(plan, "facts"));
	if (pv_get(plan, "nextRun"))
		printf("  runs again: %s\n", pv_text_at(plan, "nextRun", ""));
}

/* ---- what is worth reading ---- */

/* What is wrong now, what was done; differences as long as nobody did anything about them. */
static bool
matters(const pv_val *plan, bool newest)
{
	return pv_get(plan, "error") || did_something(plan) ||
	       (newest && pv_count(pv_get(plan, "differences")));
}

/* Turns in a row that did nothing but note what is; the newest of them as one line. */
static size_t
skip_idle(pv_ctx *cx, const pv_val *plans, size_t i)
{
	const pv_val *first = pv_item(plans, i), *oldest = first;
	bool newest = i == 0;
	int64_t times = 0;
	for (; i < pv_count(plans) && !matters(pv_item(plans, i), i == 0); i++) {
		oldest = pv_item(plans, i);
		times += pv_i64_at(oldest, "times", 1);
	}
	if (newest && !pv_truth_at(first, "unconcerned", false))
		printf("\n%s looked again %s since %s, nothing to do\n", doer(cx, first),
		       pv_counted(cx->arena, (size_t)times, "time"),
		       clock_of(cx, pv_text_at(oldest, "since", pv_text_at(oldest, "at", ""))));
	return i;
}

static void
print_causes(const pv_val *causes)
{
	for (size_t i = 0; i < pv_count(causes); i++) {
		const pv_val *c = pv_item(causes, i);
		const char *message = pv_text_at(c, "message", "");
		printf("%s  %s/%s: %s%s%s", i ? "" : "what stands in its way:\n",
		       pv_text_at(c, "object.kind", ""), pv_text_at(c, "object.name", ""),
		       pv_text_at(c, "reason", ""), *message ? ": " : "", message);
		if (pv_get(c, "count"))
			printf(" (%lld times)", (long long)pv_i64_at(c, "count", 0));
		printf("\n");
	}
}

/* The answer in a sentence, what stands in the way, then what was done, newest first. */
static void
print_why(pv_ctx *cx, const pv_val *why, const char *label, bool all)
{
	const pv_val *plans = pv_get(why, "plans");
	size_t shown = 0, i = 0;
	printf("%s%s%s %s\n", ask_colour(stdout, "1"), label, ask_colour(stdout, "0"),
	       pv_text_at(why, "summary", ""));
	print_causes(pv_get(why, "causes"));
	why_print_policies(cx, "what policies have against it", pv_get(why, "policies"), 0);
	while (i < pv_count(plans) && (all || shown < PLANS_SHOWN)) {
		if (!all && !matters(pv_item(plans, i), i == 0)) {
			i = skip_idle(cx, plans, i);
			continue;
		}
		printf("\n");
		print_plan(cx, pv_item(plans, i++), all);
		shown++;
	}
	if (i < pv_count(plans))
		printf("\nearlier: %zu more (--all)\n", pv_count(plans) - i);
}

/* Where the object lives, if no namespace was named and it is not in the default one. */
static int
find_namespace(pv_ctx *cx, pv_client *client, const pv_args *args, const pv_client_kind *kind,
	       const char *name, const char **ret)
{
	pv_client_call call = {.path = NULL};
	const pv_val *list, *items;
	int r;
	*ret = kind->namespaced ? pv_client_namespace(client) : NULL;
	if (!kind->namespaced || pv_args_has(args, "namespace"))
		return 0;
	call.path = pv_printf(cx->arena, "%s?fieldSelector=metadata.name%%3D%s",
			      pv_client_path(cx->arena, kind, NULL, NULL, NULL), name);
	r = pv_client_json(cx, client, &call, NULL, &list);
	if (r < 0) {
		pv_recover(cx); /* no right to list them all: the default namespace it is */
		return 0;
	}
	items = pv_get(list, "items");
	if (pv_count(items) > 1)
		return pv_fail(cx, PV_EBADREQUEST, "%s is in %zu namespaces (%s, %s%s): say which with -n",
			       ask_label(cx->arena, kind, name), pv_count(items),
			       pv_text_at(pv_item(items, 0), "metadata.namespace", ""),
			       pv_text_at(pv_item(items, 1), "metadata.namespace", ""),
			       pv_count(items) > 2 ? ", ..." : "");
	if (pv_count(items) == 1)
		*ret = pv_text_at(pv_item(items, 0), "metadata.namespace", *ret);
	return 0;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *ns = NULL;
	output out;
	target t;
	pv_client_call call = {.path = NULL};
	const pv_val *why;
	pv_client *client;
	int r = output_parse(cx, args, NULL, &out);
	if (r == 0)
		r = ask_open(cx, args, &client);
	if (r < 0)
		return r;
	r = target_one(cx, client, args, &t);
	if (r == 0)
		r = find_namespace(cx, client, args, t.kind, t.name, &ns);
	if (r == 0) {
		call.path = pv_client_path(cx->arena, t.kind, ns, t.name, "why");
		r = pv_client_json(cx, client, &call, NULL, &why);
	}
	if (r == -PV_ENOTFOUND && ns && !pv_args_has(args, "namespace"))
		r = pv_wrap(cx, r,
			    "in namespace %s (if it was in another one and is gone, say which with -n)", ns);
	if (r == 0)
		r = output_print(cx, &out, why);
	if (r == 0 && output_is_text(&out)) {
		const pv_val shown = gotext_visible_all(cx->arena, why);
		print_why(cx, &shown, pv_printf(cx->arena, "%s:", ask_label(cx->arena, t.kind, t.name)),
			  pv_args_has(args, "all"));
	}
	pv_client_close(client);
	return r;
}

static const pv_option options[] = {
	NAMESPACE_OPTIONS,
	{"output", 'o', "json|yaml|jsonpath=TEMPLATE", "print the plans as data"},
	{"all", 'a', NULL,
	 "every plan that is remembered, with the facts it knew, not only the last three that matter"},
	SERVER_OPTIONS,
	{0},
};

const pv_verb why_verb = {
	.name = "why",
	.usage = "KIND/NAME",
	.summary = "what was last done about an object, what changed, and why",
	.help = "The first line says how the object is and how it got there; what stands in its way follows. "
		" Then what was done\n"
		"to it or by it, by whom, and the reason, newest first.  An object that is gone is "
		"explained, too, for a while.\n"
		"The namespace is found if the object is in one only.\n\n"
		"  pave why application/guestbook\n"
		"  pave why deployment/web -n shop --all",
	.options = options,
	.run = run,
};
