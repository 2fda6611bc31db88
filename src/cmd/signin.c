/* signin: a one-time link that signs a browser in to the portal as the kubeconfig's user. */
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/verbs.h"

static int
run(pv_ctx *cx, const pv_args *args)
{
	pv_client_call call = {.method = "POST", .path = "/portal/code"};
	const pv_val *answer;
	pv_client *client;
	int r;
	if (pv_args_count(args))
		return pv_fail(cx, PV_EUSAGE,
			       "signin takes no arguments, found \"%s\" (see `pave signin --help`)",
			       pv_args_at(args, 0));
	r = ask_open(cx, args, &client);
	if (r < 0)
		return r;
	r = pv_client_json(cx, client, &call, NULL, &answer);
	if (r == 0) {
		printf("%s%s\n", pv_client_server(client), pv_text_at(answer, "path", ""));
		fflush(stdout);
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "It signs you in as %s, once, until %s.\n",
				pv_text_at(answer, "user", "?"), pv_text_at(answer, "expires", "?"));
	}
	pv_client_close(client);
	return r;
}

static const pv_option options[] = {SERVER_OPTIONS, {0}};

const pv_verb signin_verb = {
	.name = "signin",
	.usage = "",
	.summary = "print a one-time link that signs you in to the portal",
	.help = "The link signs a browser in as the kubeconfig's user, with that user's rights, for at most twelve hours and no\n"
		"longer than the certificate or token that asked.  It works once, within 15 minutes; of one user the newest four do.\n\n"
		"  xdg-open \"$(pave signin)\"",
	.options = options,
	.run = run,
};
