/* version: of this program and, if one answers, of the server. */
#include <stdio.h>

#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/output.h"
#include "cmd/verbs.h"
#include "core/api/discovery.h"

/* The server's answer; NULL, and why, if there is none. */
static const pv_val *
ask_server(pv_ctx *cx, const pv_args *args, const char **ret_place)
{
	pv_client_call call = {.path = "/version", .timeout_ns = INT64_C(3000000000)};
	const pv_val *answer = NULL;
	pv_client *client = NULL;
	int r = ask_open(cx, args, &client);
	if (r == 0)
		r = pv_client_json(cx, client, &call, NULL, &answer);
	if (r == 0) {
		*ret_place = pv_strdup(cx->arena, pv_client_server(client));
	} else {
		*ret_place = pv_strdup(cx->arena, pv_error_text(cx));
		pv_recover(cx);
		answer = NULL;
	}
	pv_client_close(client);
	return answer;
}

static pv_val
as_data(pv_ctx *cx, const pv_val *server)
{
	pv_objb client, b;
	pv_objb_init(&client, cx->arena);
	pv_objb_puts(&client, "paveVersion", PAVE_VERSION);
	pv_objb_puts(&client, "gitCommit", pv_build_commit);
	pv_objb_puts(&client, "gitTreeState", pv_build_tree);
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "clientVersion", pv_objb_end(&client));
	if (server)
		pv_objb_put(&b, "serverVersion", *server);
	return pv_objb_end(&b);
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *place = NULL;
	const pv_val *server;
	output out;
	pv_val data;
	int r = output_parse(cx, args, NULL, &out);
	if (r < 0)
		return r;
	server = pv_args_has(args, "client") ? NULL : ask_server(cx, args, &place);
	data = as_data(cx, server);
	if (!output_is_text(&out))
		return output_print(cx, &out, &data);
	if (*pv_build_commit)
		printf("client: pave " PAVE_VERSION " (commit %s, %s)\n", pv_build_commit,
		       pv_streq(pv_build_tree, "dirty") ? "with changes" : "unchanged");
	else
		printf("client: pave " PAVE_VERSION " (commit not known: built outside of Git)\n");
	if (server)
		printf("server: Kubernetes API %s at %s\n", pv_text_at(server, "gitVersion", "?"), place);
	else if (place)
		printf("server: none (%s)\n", place);
	return PV_EXIT_OK;
}

static const pv_option options[] = {
	{"client", 0, NULL, "of this program only: no server is asked"},
	{"output", 'o', "json|yaml|table|jsonpath=TEMPLATE", "how to print"},
	SERVER_OPTIONS,
	{0},
};

const pv_verb version_verb = {
	.name = "version",
	.usage = "",
	.summary = "print the version of this program and of the server",
	.help = "If no server answers within three seconds, that is told, and is no failure.\n\n"
		"  pave version --client -o jsonpath='{.clientVersion.gitCommit}'",
	.options = options,
	.run = run,
};
