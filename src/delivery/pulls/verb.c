/* verb: `pave diff`: what a commit that is not merged yet would change of which Applications. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "core/args/args.h"
#include "core/client/client.h"
#include "core/git/checkout.h"
#include "delivery/pulls/pulls.h"
#include "delivery/pulls/show.h"
#include "lang/json/json.h"

#define ROUTE "/delivery/changes"
#define ANSWER_WITHIN (240 * PV_SEC)

/* "deploy/web" of a path of this machine below the checkout's root. */
static int
path_in(pv_ctx *cx, const char *root, const char *path, pv_listb *list)
{
	char real[PATH_MAX];
	size_t n = strlen(root);
	const char *copy;
	if (!realpath(path, real))
		return pv_fail(cx, PV_ENOTFOUND, "%s: %s", path, strerror(errno));
	copy = pv_strdup(cx->arena, real);
	while (n > 0 && root[n - 1] == '/')
		n--;
	if (strncmp(copy, root, n) != 0 || (copy[n] && copy[n] != '/'))
		return pv_fail(cx, PV_EUSAGE, "%s: expected a path in the checkout %s", path, root);
	pv_listb_add(list, pv_string_ref(copy[n] ? copy + n + 1 : ""));
	return 0;
}

static int
question(pv_ctx *cx, const pv_args *args, pv_val *ret)
{
	const char *repo = pv_args_text(args, "repo", NULL);
	pv_val checkout;
	pv_listb paths;
	pv_objb b;
	int r = pv_git_checkout(cx, pv_args_text(args, "checkout", "."), pv_args_text(args, "head", "HEAD"),
				&checkout);
	if (r == 0 && !repo && !pv_count(pv_get(&checkout, "remotes")))
		r = pv_fail(
			cx, PV_ENOTFOUND,
			"the checkout has no remote: say with --repo how the Applications name its repository");
	pv_listb_init(&paths, cx->arena);
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = path_in(cx, pv_text_at(&checkout, "root", ""), pv_args_at(args, i), &paths);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	if (repo) {
		pv_val one = pv_string_ref(repo);
		pv_objb_put(&b, "repositories", pv_list_of(cx->arena, &one, 1));
	} else
		pv_objb_put(&b, "repositories", *pv_get(&checkout, "remotes"));
	pv_objb_puts(&b, "base", pv_args_text(args, "base", "HEAD"));
	pv_objb_puts(&b, "head", pv_text_at(&checkout, "commit", ""));
	pv_objb_put(&b, "paths", pv_listb_end(&paths));
	*ret = pv_objb_end(&b);
	return 0;
}

static void
print(pv_ctx *cx, const char *as, const pv_val *change)
{
	pv_buf b;
	pv_str text;
	pv_buf_init(&b, cx->arena);
	if (pv_streq(as, "json")) {
		pv_json_write_pretty(&b, change, 2);
		pv_buf_addc(&b, '\n');
		text = (pv_str){b.s, b.len};
	} else
		text = pv_streq(as, "markdown") ? show_markdown(cx->arena, change, PULLS_COMMENT_MOST)
						: show_text(cx->arena, change, SIZE_MAX);
	(void)fwrite(text.s, 1, text.len, stdout);
}

static int
ask(pv_ctx *cx, const pv_args *args, const pv_val *body, const pv_val **ret)
{
	pv_client_conf conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
			       .context = pv_args_text(args, "context", NULL)};
	pv_client_call call = {.method = "POST",
			       .path = ROUTE,
			       .body = pv_str_of(pv_json_text(cx->arena, body)),
			       .timeout_ns = ANSWER_WITHIN};
	pv_client *client = NULL;
	int r = pv_client_open(cx, &conf, &client);
	if (r == 0)
		r = pv_client_json(cx, client, &call, NULL, ret);
	pv_client_close(client);
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *as = pv_args_text(args, "output", "text");
	const pv_val *change;
	pv_val body;
	verdict v;
	int r;
	if (!pv_streq(as, "text") && !pv_streq(as, "markdown") && !pv_streq(as, "json"))
		return pv_fail(cx, PV_EUSAGE, "--output: expected text, markdown or json, found \"%s\"", as);
	r = question(cx, args, &body);
	if (r == 0)
		r = ask(cx, args, &body, &change);
	if (r < 0)
		return r;
	print(cx, as, change);
	v = show_verdict(cx->arena, change);
	if (v.failed)
		return PV_EXIT_FAILED;
	if (v.refused)
		return PV_EXIT_DENIED;
	return v.applications && pv_args_has(args, "exit-code") ? PV_EXIT_FAILED : PV_EXIT_OK;
}

static const pv_option options[] = {
	{"base", 0, "REV", "the branch that it is for (default: HEAD of the server's repository)"},
	{"head", 0, "REV", "what it comes to, which has to be pushed (default: HEAD of the checkout)"},
	{"repo", 0, "URL", "how the Applications name the repository (default: the checkout's remotes)"},
	{"checkout", 'C', "FOLDER", "where it is (default: here)"},
	{"output", 'o', "text|markdown|json", "how to print (default: text)"},
	{"exit-code", 0, NULL, "1 if there is a difference"},
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, then ~/.kube/config)"},
	{"context", 0, "NAME", "which context of it"},
	{0},
};

const pv_verb pulls_verbs[] = {
	{.name = "diff",
	 .usage = "[PATH...]",
	 .summary = "what merging a commit would change of which Applications",
	 .help = "In a checkout of a repository that Applications follow: the server renders each with and without the change, "
		 "compares\nwith what is there, and asks its policies.  With paths only Applications that lie there count.\n"
		 "The exit code is 3 if a policy refuses something, 1 if something cannot be rendered any more.\n"
		 "Example: pave diff --base main",
	 .options = options,
	 .run = run},
	{0},
};
