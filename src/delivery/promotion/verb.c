/* verb: `pave promote` and `pave promotion ...`: how Promotions are, and what a person may do about them.  They write
 * the spec, as anybody may who has the right. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "delivery/promotion/inside.h"
#include "lang/json/json.h"

#define API PROMOTION_GROUP "/v1alpha1"
#define APPROVALS_KEPT 50 /* of those before: the schema has room for 100 */
#define SHOWN 5           /* of the history */
#define LOOK_AGAIN (50 * PV_MS)
#define WAIT_MOST "30m"

typedef struct talk {
	pv_ctx *cx;
	const pv_args *args;
	pv_client *client;
	const pv_client_kind *kind;
	const char *ns, *name;
	const pv_val *was; /* as it was when asked for */
} talk;

/* ---- asking and writing ---- */

static int
load(talk *t, const pv_val **ret)
{
	const pv_client_call call = {.path = pv_client_path(t->cx->arena, t->kind, t->ns, t->name, NULL)};
	return pv_client_json(t->cx, t->client, &call, NULL, ret);
}

static int
open_talk(pv_ctx *cx, const pv_args *args, talk *t)
{
	const pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
				     .context = pv_args_text(args, "context", NULL),
				     .ns = pv_args_text(args, "namespace", NULL)};
	int r;
	*t = (talk){.cx = cx, .args = args};
	r = pv_client_open(cx, &conf, &t->client);
	if (r == 0)
		r = pv_client_find_kind(cx, t->client, API, "Promotion", &t->kind);
	if (r == 0)
		t->ns = pv_client_namespace(t->client);
	return r;
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
	call.path = pv_printf(arena, "%s?fieldManager=pave-promotion",
			      pv_client_path(arena, t->kind, t->ns, t->name, NULL));
	call.body = pv_str_of(pv_json_text(arena, &patch));
	pv_vec_init(&warnings, arena, sizeof(const char *));
	r = pv_client_json(t->cx, t->client, &call, &warnings, &now);
	for (size_t i = 0; i < warnings.len; i++)
		fprintf(stderr, "Warning: %s\n", *PV_AT(const char *, &warnings, i));
	if (r == 0 && done)
		printf("promotion.delivery.pave.dev/%s %s\n", t->name, done);
	return r;
}

/* ---- list and status ---- */

static const char *
told(pv_ctx *cx, const pv_val *values)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(values); i++) {
		const pv_val *one = pv_item(values, i);
		const char *name = pv_text_at(one, "name", NULL), *file = pv_text_at(one, "file", NULL);
		pv_buf_printf(&b, "%s%s %s", i ? ", " : "", name ? name : "revision",
			      pv_text_at(one, "text", ""));
		if (file)
			pv_buf_printf(&b, " (%s %s)", file, pv_text_at(one, "field", ""));
	}
	return b.s;
}

static void
print_line(const pv_val *one)
{
	const char *waits = pv_text_at(one, "status.waitsFor", NULL);
	printf("%s: %s -> %s, %s%s%s\n", pv_text_at(one, "metadata.name", ""),
	       pv_text_at(one, "spec.from.application", ""), pv_text_at(one, "spec.to.application", ""),
	       pv_text_at(one, "status.phase", "not looked at yet"), waits ? ", waits for: " : "",
	       waits ? waits : "");
}

static void
print_entry(pv_ctx *cx, const pv_val *one)
{
	const char *by = pv_text_at(one, "by", NULL), *why = pv_text_at(one, "why", NULL),
		   *commit = pv_text_at(one, "commit", NULL);
	printf("  %lld: %s%s%s%s%s%s%s, %s\n", (long long)pv_i64_at(one, "id", 0), pv_text_at(one, "at", ""),
	       by ? " by " : "", by ? by : "", why ? ", rolled back: " : "", why ? why : "",
	       commit ? ", commit " : "", commit ? commit : "", told(cx, pv_get(one, "values")));
}

static int
print_status(talk *t)
{
	const pv_val *candidate = pv_at(t->was, "status.candidate"), *waits = pv_at(t->was, "status.waits"),
		     *history = pv_at(t->was, "status.history");
	size_t n = pv_count(history);
	print_line(t->was);
	if (candidate)
		printf("candidate %s, %s%s: %s\n", pv_text_at(candidate, "id", ""),
		       pv_get(candidate, "since") ? "Healthy since " : "not Healthy yet",
		       pv_text_at(candidate, "since", ""), told(t->cx, pv_get(candidate, "values")));
	for (size_t i = 0; i < pv_count(waits); i++)
		printf("  waits for: %s\n", pv_text(pv_item(waits, i), ""));
	if (n)
		puts("history, the newest first:");
	for (size_t i = 0; i < n && i < SHOWN; i++)
		print_entry(t->cx, pv_item(history, n - 1 - i));
	return 0;
}

static int
list_all(talk *t)
{
	bool all = pv_args_has(t->args, "all-namespaces");
	const pv_client_call call = {
		.path = pv_client_path(t->cx->arena, t->kind, all ? NULL : t->ns, NULL, NULL)};
	const pv_val *list;
	int r = pv_client_json(t->cx, t->client, &call, NULL, &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < pv_count(pv_get(list, "items")); i++)
		print_line(pv_item(pv_get(list, "items"), i));
	if (!pv_count(pv_get(list, "items")))
		fprintf(stderr, "No Promotions found%s%s\n", all ? "" : " in namespace ", all ? "" : t->ns);
	return 0;
}

/* ---- approve ---- */

static int
approve_quietly(talk *t, const char *done)
{
	const char *id = pv_text_at(t->was, "status.candidate.id", NULL), *by;
	const pv_val *old = pv_at(t->was, "spec.approvals");
	pv_listb list;
	pv_objb b;
	int r;
	if (!id)
		return pv_fail(t->cx, PV_ECONFLICT, "promotion %s has no candidate yet: %s", t->name,
			       pv_text_at(t->was, "status.waitsFor", "it has not been looked at"));
	r = pv_client_who(t->cx, t->client, &by);
	if (r < 0)
		return r;
	pv_listb_init(&list, t->cx->arena);
	for (size_t i = pv_count(old) > APPROVALS_KEPT ? pv_count(old) - APPROVALS_KEPT : 0;
	     i < pv_count(old); i++)
		pv_listb_add(&list, *pv_item(old, i));
	pv_objb_init(&b, t->cx->arena);
	pv_objb_puts(&b, "candidate", id);
	pv_objb_puts(&b, "by", by);
	pv_listb_add(&list, pv_objb_end(&b));
	return change(t, pv_with(t->cx->arena, NULL, "approvals", pv_listb_end(&list)),
		      done ? pv_printf(t->cx->arena, "%s %s, says %s", done, id, by) : NULL);
}

static int
approve(talk *t)
{
	if (!pv_streq(pv_text_at(t->was, "spec.approval", ""), "Manual"))
		fputs("Warning: its approval is Automatic: it goes on without being let\n", stderr);
	return approve_quietly(t, "may go on with candidate");
}

/* Until what was let through is there, and well. */
static int
await(talk *t, const char *id)
{
	const char *within = pv_args_text(t->args, "timeout", WAIT_MOST);
	struct timespec pause = {0, LOOK_AGAIN};
	int64_t most, until;
	const pv_val *now;
	int r;
	if (!pv_duration_parse(pv_str_of(within), &most) || most <= 0)
		return pv_fail(t->cx, PV_EUSAGE,
			       "--timeout: expected a duration such as 30s or 5m, found \"%s\"", within);
	until = pv_mono() + most;
	while ((r = load(t, &now)) == 0) {
		if (pv_streq(pv_text_at(now, "status.current.id", ""), id) &&
		    pv_truth_at(now, "status.current.healthy", false))
			break;
		if (!pv_streq(pv_text_at(now, "status.candidate.id", id), id))
			return pv_fail(t->cx, PV_ECONFLICT, "candidate %s gave way to another one: %s", id,
				       pv_text_at(now, "status.candidate.id", ""));
		if (pv_mono() > until)
			return pv_fail(t->cx, PV_ETIMEOUT,
				       "it is not there within %s (--timeout), and waits for: %s", within,
				       pv_text_at(now, "status.waitsFor", "nothing that is known"));
		nanosleep(&pause, NULL);
	}
	if (r == 0)
		printf("promotion.delivery.pave.dev/%s promoted: %s\n", t->name,
		       told(t->cx, pv_at(now, "status.candidate.values")));
	return r;
}

static int
promote(talk *t)
{
	const char *id = pv_text_at(t->was, "status.candidate.id", "");
	int r = 0;
	if (!pv_streq(pv_text_at(t->was, "status.current.id", ""), id) || !*id)
		r = approve_quietly(t, pv_args_has(t->args, "wait") ? NULL : "goes on with candidate");
	return r < 0 || !pv_args_has(t->args, "wait") ? r : await(t, id);
}

/* ---- pause, resume, back ---- */

static int
pause_it(talk *t)
{
	return change(t, pv_with(t->cx->arena, NULL, "paused", pv_bool(true)),
		      "writes nothing until it is resumed");
}

static int
resume(talk *t)
{
	pv_val spec = pv_with(t->cx->arena, NULL, "paused", pv_bool(false));
	return change(t, pv_with(t->cx->arena, &spec, "rollback", pv_null()), "goes on");
}

static int
back(talk *t)
{
	const pv_val *history = pv_at(t->was, "status.history");
	const char *reason = pv_args_text(t->args, "reason", ""), *to = pv_args_text(t->args, "to", NULL),
		   *by;
	int64_t id = pv_count(history) > 1 ? pv_i64_at(pv_item(history, pv_count(history) - 2), "id", 0) : 0;
	pv_objb b;
	int r;
	if (!*reason)
		return pv_fail(t->cx, PV_EUSAGE, "--reason: expected why it is rolled back, found nothing");
	if (to && !pv_parse_int(pv_str_of(to), &id))
		return pv_fail(t->cx, PV_EUSAGE,
			       "--to: expected the number of an entry of the history, found \"%s\"", to);
	if (!id)
		return pv_fail(t->cx, PV_ECONFLICT, "promotion %s has nothing in its history to go back to",
			       t->name);
	r = pv_client_who(t->cx, t->client, &by);
	if (r < 0)
		return r;
	pv_objb_init(&b, t->cx->arena);
	pv_objb_put(&b, "to", pv_int(id));
	pv_objb_puts(&b, "reason", reason);
	pv_objb_puts(&b, "by", by);
	return change(t, pv_with(t->cx->arena, NULL, "rollback", pv_objb_end(&b)),
		      pv_printf(t->cx->arena, "goes back to entry %lld until `pave promotion resume %s`",
				(long long)id, t->name));
}

/* ---- the verbs ---- */

static int
with_talk(pv_ctx *cx, const pv_args *args, size_t words, int (*what)(talk *))
{
	const char *word = pv_args_at(args, 0), *slash = word ? strrchr(word, '/') : NULL;
	talk t = {0};
	int r;
	if (pv_args_count(args) != words)
		return pv_fail(cx, PV_EUSAGE, "expected %s, found %zu arguments: pave %s %s",
			       words ? "the name of a Promotion" : "no name", pv_args_count(args),
			       pv_args_verb(args)->name, pv_args_verb(args)->usage);
	r = open_talk(cx, args, &t);
	t.name = slash ? slash + 1 : word;
	if (r == 0 && words)
		r = load(&t, &t.was);
	if (r == 0)
		r = what(&t);
	(void)pv_client_close(t.client);
	return r;
}

#define RUN(name, words, what) \
	static int name(pv_ctx *cx, const pv_args *args) \
	{ \
		return with_talk(cx, args, words, what); \
	}
RUN(run_list, 0, list_all)
RUN(run_status, 1, print_status)
RUN(run_approve, 1, approve)
RUN(run_promote, 1, promote)
RUN(run_pause, 1, pause_it)
RUN(run_resume, 1, resume)
RUN(run_back, 1, back)

/* clang-format off */
#define SERVER_OPTIONS \
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, then ~/.kube/config)"}, \
	{"context", 0, "NAME", "which context of it"}, \
	{"namespace", 'n', "NAME", "the Promotion's namespace"}
/* clang-format on */

static const pv_option options[] = {SERVER_OPTIONS, {0}};
static const pv_option list_options[] = {
	SERVER_OPTIONS,
	{"all-namespaces", 'A', NULL, "those of all namespaces"},
	{0},
};
static const pv_option promote_options[] = {
	SERVER_OPTIONS,
	{"wait", 'w', NULL, "until it is there and Healthy; 1 if it does not come"},
	{"timeout", 0, "DURATION", "how long --wait waits (default: " WAIT_MOST ")"},
	{0},
};
static const pv_option back_options[] = {
	SERVER_OPTIONS,
	{"to", 0, "ENTRY", "an entry of the history (default: the one before the last)"},
	{"reason", 0, "TEXT", "why; whoever looks at it reads this"},
	{0},
};

const pv_verb promotion_verbs[] = {
	{.name = "promote",
	 .usage = "PROMOTION",
	 .summary = "let what runs in one environment come to the next",
	 .help = "Approves the candidate of a Promotion, in your own name; its gates hold all the same.\n"
		 "Example: pave promote shop-production --wait",
	 .options = promote_options,
	 .run = run_promote},
	{.name = "promotion list",
	 .usage = "",
	 .summary = "Promotions, and what they wait for",
	 .help = "Example: pave promotion list -A",
	 .options = list_options,
	 .run = run_list},
	{.name = "promotion status",
	 .usage = "PROMOTION",
	 .summary = "the candidate of a Promotion, what it waits for, and what was promoted before",
	 .help = "Example: pave promotion status shop-production",
	 .options = options,
	 .run = run_status},
	{.name = "promotion approve",
	 .usage = "PROMOTION",
	 .summary = "let the candidate of a Promotion through",
	 .help = "In your own name, with the verb approve on promotions.\n"
		 "Example: pave promotion approve shop-production",
	 .options = options,
	 .run = run_approve},
	{.name = "promotion pause",
	 .usage = "PROMOTION",
	 .summary = "have a Promotion write nothing",
	 .help = "Example: pave promotion pause shop-production",
	 .options = options,
	 .run = run_pause},
	{.name = "promotion resume",
	 .usage = "PROMOTION",
	 .summary = "let a Promotion go on that was paused or rolled back",
	 .help = "What was rolled back from is not written again unless it is approved anew.\n"
		 "Example: pave promotion resume shop-production",
	 .options = options,
	 .run = run_resume},
	{.name = "promotion back",
	 .usage = "PROMOTION",
	 .summary = "have a Promotion write what was there before, at once",
	 .help = "It stays so until `pave promotion resume`.\n"
		 "Example: pave promotion back shop-production --reason \"the shop is slow\"",
	 .options = back_options,
	 .run = run_back},
	{0},
};
