/* version: of this program and, if one answers, of the server. */
#include <stdio.h>

#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/verbs.h"

static int
run(pv_ctx *cx, const pv_args *args)
{
	pv_client_call call = {.path = "/version", .timeout_ns = INT64_C(3000000000)};
	const pv_val *server;
	pv_client *client;
	printf("client: pave " PAVE_VERSION "\n");
	if (pv_args_has(args, "client"))
		return PV_EXIT_OK;
	if (ask_open(cx, args, &client) < 0) {
		printf("server: none (%s)\n", pv_error_text(cx));
		pv_recover(cx);
		return PV_EXIT_OK;
	}
	if (pv_client_json(cx, client, &call, NULL, &server) == 0) {
		printf("server: Kubernetes API %s at %s\n", pv_text_at(server, "gitVersion", "?"), pv_client_server(client));
	} else {
		printf("server: none (%s)\n", pv_error_text(cx));
		pv_recover(cx);
	}
	pv_client_close(client);
	return PV_EXIT_OK;
}

static const pv_option options[] = {
	SERVER_OPTIONS,
	{"client", 0, NULL, "of this program only"},
	{0},
};

const pv_verb version_verb = {
	.name = "version",
	.usage = "",
	.summary = "print the version of this program and of the server",
	.options = options,
	.run = run,
};
