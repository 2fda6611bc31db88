/* look: into an Application: how it differs, what its sources say, what its Pods said, what can be done to its objects. */
#include <stdio.h>
#include <string.h>

#include "base/httpc.h"
#include "base/str.h"
#include "delivery/app/verb.h"
#include "lang/diff/lines.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

static pv_str
yaml_of(pv_arena *arena, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	if (pv_is(v, PV_OBJECT))
		pv_yaml_write(&b, v);
	return (pv_str){b.len ? b.s : "", b.len};
}

/* ---- diff ---- */

static int
state(const talk *t, const pv_val *object, const char *member, const pv_val **ret)
{
	return pv_json_parse(t->cx, pv_strv(pv_get(object, member)), NULL, ret);
}

static int
print_diff(const talk *t, const pv_val *object, bool *any)
{
	const pv_val *live, *target;
	pv_str text;
	int r = state(t, object, "normalizedLiveState", &live);
	if (r == 0)
		r = state(t, object, "predictedLiveState", &target);
	if (r < 0 || !pv_truth_at(object, "modified", false))
		return r;
	*any = true;
	text = pv_diff_lines(t->cx->arena, "live", "target", yaml_of(t->cx->arena, live),
			     yaml_of(t->cx->arena, target));
	printf("\n===== %s/%s %s/%s ======\n%.*s", pv_text_at(object, "group", ""),
	       pv_text_at(object, "kind", ""), pv_text_at(object, "namespace", ""),
	       pv_text_at(object, "name", ""), (int)text.len, text.s);
	return 0;
}

static const talk_pair revisions[] = {
	{"revision", "revision"}, {"revisions", "revisions"}, {"source-positions", "sourcePositions"}, {0}};

static int
refresh(talk *t)
{
	const char *how = pv_args_has(t->args, "hard-refresh") ? "hard"
			  : pv_args_has(t->args, "refresh")    ? "normal"
							       : NULL;
	return how ? talk_ask(t, NULL, pv_printf(t->cx->arena, "%s&refresh=%s", talk_path(t, ""), how), NULL,
			      NULL)
		   : 0;
}

/* Of each object the exit code says whether it differs, as diff(1) does. */
int
command_diff(talk *t)
{
	const pv_val *found, *items;
	bool any = false;
	int64_t code = 1;
	int r = pv_args_number(t->cx, t->args, "diff-exit-code", 0, 1, &code);
	if (r == 0)
		r = refresh(t);
	if (r == 0)
		r = talk_ask(t, NULL,
			     pv_printf(t->cx->arena, "%s%s", talk_path(t, "/managed-resources"),
				       talk_query(t, revisions)),
			     NULL, &found);
	items = r == 0 ? pv_get(found, "items") : NULL;
	for (size_t i = 0; r == 0 && i < pv_count(items); i++)
		r = print_diff(t, pv_item(items, i), &any);
	if (r < 0)
		return r;
	return any && !pv_streq(pv_args_text(t->args, "exit-code", "true"), "false") ? (int)code : 0;
}

/* ---- manifests ---- */

int
command_manifests(talk *t)
{
	const char *source = pv_args_text(t->args, "source", "git");
	bool live = pv_streq(source, "live");
	const pv_val *found, *items, *object;
	int r = 0;
	if (!live && !pv_streq(source, "git"))
		return pv_fail(t->cx, PV_EUSAGE, "--source: expected git or live, found \"%s\"", source);
	r = talk_ask(
		t, NULL,
		pv_printf(t->cx->arena, "%s%s", talk_path(t, "/managed-resources"), talk_query(t, revisions)),
		NULL, &found);
	items = r == 0 ? pv_get(found, "items") : NULL;
	for (size_t i = 0; r == 0 && i < pv_count(items); i++) {
		r = state(t, pv_item(items, i), live ? "liveState" : "targetState", &object);
		if (r == 0 && pv_is(object, PV_OBJECT)) {
			pv_str text = yaml_of(t->cx->arena, object);
			printf("---\n%.*s", (int)text.len, text.s);
		}
	}
	return r;
}

/* ---- logs ---- */

int
command_logs(talk *t)
{
	static const talk_pair pairs[] = {
		{"container", "container"}, {"tail", "tailLines"},      {"since-seconds", "sinceSeconds"},
		{"filter", "filter"},       {"group", "group"},         {"kind", "kind"},
		{"name", "resourceName"},   {"namespace", "namespace"}, {0}};
	bool names = !pv_args_has(t->args, "no-pod-name");
	pv_client_call call = {
		.path = pv_printf(t->cx->arena, "%s%s%s%s", talk_path(t, "/logs"), talk_query(t, pairs),
				  pv_args_has(t->args, "previous") ? "&previous=true" : "",
				  pv_args_has(t->args, "match-case") ? "&matchCase=true" : "")};
	pv_str body, line;
	int r = pv_client_do(t->cx, t->client, &call, NULL, &body);
	while (r == 0 && pv_str_next(&body, '\n', &line)) {
		const pv_val *v;
		if (!line.len)
			continue;
		r = pv_json_parse(t->cx, line, NULL, &v);
		v = r == 0 ? pv_get(v, "result") : NULL;
		if (r == 0 && !pv_truth_at(v, "last", false))
			printf("%s%s%s\n", names ? pv_text_at(v, "podName", "") : "", names ? ": " : "",
			       pv_text_at(v, "content", ""));
	}
	return r;
}

/* ---- actions ---- */

/* The objects that --kind, --group, --namespace and --resource-name choose, as parameters of the API. */
static int
chosen(talk *t, pv_vec *ret)
{
	static const struct {
		const char *option, *member, *name;
	} parts[] = {{"kind", "kind", "kind"},
		     {"group", "group", "group"},
		     {"namespace", "namespace", "namespace"},
		     {"resource-name", "name", "resourceName"},
		     {NULL, "version", "version"}};
	const pv_val *object, *all;
	int r = talk_load(t, &object);
	all = r == 0 ? pv_at(object, "status.resources") : NULL;
	pv_vec_init(ret, t->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < pv_count(all); i++) {
		bool fits = true;
		const char *text;
		pv_buf b;
		pv_buf_init(&b, t->cx->arena);
		for (size_t k = 0; k < PV_LEN(parts); k++) {
			const char *is = pv_text_at(pv_item(all, i), parts[k].member, ""),
				   *wish = parts[k].option ? pv_args_text(t->args, parts[k].option, NULL)
							   : NULL;
			fits = fits && (!wish || pv_streq(wish, is));
			pv_buf_printf(&b, "&%s=%s", parts[k].name, pv_url_escape(t->cx->arena, is));
		}
		text = b.s;
		if (fits)
			pv_vec_push(ret, &text);
	}
	if (r == 0 && !ret->len)
		r = pv_fail(t->cx, PV_ENOTFOUND,
			    "application %s has no such resource (pave app resources %s)", t->name, t->name);
	return r;
}

static const char *
parameter(pv_arena *arena, const char *query, const char *name)
{
	const char *at = strstr(query, pv_printf(arena, "&%s=", name));
	at = at ? at + strlen(name) + 2 : "";
	return pv_percent_decode(arena, pv_strndup(arena, at, strcspn(at, "&")));
}

int
command_actions(talk *t)
{
	static const char *const heads[] = {"GROUP", "KIND", "NAME", "ACTION", "DISABLED"};
	pv_arena *arena = t->cx->arena;
	pv_vec all;
	table rows;
	int r = chosen(t, &all);
	rows_init(&rows, arena, heads, PV_LEN(heads));
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const char *query = *PV_AT(const char *, &all, i);
		const pv_val *found, *actions;
		r = talk_ask(t, NULL, pv_printf(arena, "%s%s", talk_path(t, "/resource/actions"), query),
			     NULL, &found);
		actions = r == 0 ? pv_get(found, "actions") : NULL;
		for (size_t k = 0; k < pv_count(actions); k++) {
			rows_add(&rows, parameter(arena, query, "group"));
			rows_add(&rows, parameter(arena, query, "kind"));
			rows_add(&rows, parameter(arena, query, "resourceName"));
			rows_add(&rows, pv_text_at(pv_item(actions, k), "name", ""));
			rows_add(&rows,
				 pv_truth_at(pv_item(actions, k), "disabled", false) ? "true" : "false");
		}
	}
	if (r == 0)
		rows_print(&rows);
	return r;
}

int
command_act(talk *t)
{
	const char *name = pv_args_at(t->args, 1);
	pv_val body;
	pv_vec all;
	int r;
	if (!name || !pv_args_has(t->args, "kind"))
		return pv_fail(
			t->cx, PV_EUSAGE,
			"expected an Application, an action and --kind: pave app actions run shop restart --kind Deployment");
	r = chosen(t, &all);
	if (r == 0 && all.len > 1 && !pv_args_has(t->args, "all"))
		r = pv_fail(t->cx, PV_EUSAGE,
			    "%zu resources fit: choose one with --resource-name, or say --all", all.len);
	body = pv_string_ref(name);
	for (size_t i = 0; r == 0 && i < all.len; i++)
		r = talk_ask(t, "POST",
			     pv_printf(t->cx->arena, "%s%s", talk_path(t, "/resource/actions"),
				       *PV_AT(const char *, &all, i)),
			     &body, NULL);
	if (r == 0)
		printf("%s: %s of application '%s'\n", name, pv_counted(t->cx->arena, all.len, "resource"),
		       t->name);
	return r;
}
