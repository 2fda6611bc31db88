/* main: finds the verb, runs it, and turns its error into text and an exit code. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd/ask.h"
#include "cmd/verbs.h"

static int
show_help(const pv_args *args)
{
	const pv_verb *verb = pv_args_verb(args);
	bool bare = verb && !verb->run; /* called with nothing at all */
	pv_buf text;

	pv_buf_init(&text, NULL);
	pv_help_write(&text, bare ? NULL : verb, pv_args_group(args));
	fputs(text.s, bare ? stderr : stdout);
	pv_buf_done(&text);
	return bare ? PV_EXIT_USAGE : PV_EXIT_OK;
}

static int
run(pv_ctx *cx, int argc, char **argv)
{
	const pv_args *args = NULL;
	int r = pv_args_parse(cx, pv_verb_each, argc, argv, &args);

	if (r < 0)
		return ask_print_error(cx, args, r);
	if (pv_args_help(args))
		return show_help(args);
	r = pv_checked(cx, pv_args_verb(args)->run(cx, args));
	return r < 0 ? ask_print_error(cx, args, r) : r;
}

int
main(int argc, char **argv)
{
	pv_ctx cx;
	int code;

	if (argc > 1 && pv_streq(argv[1], "--job"))
		return pv_job_main(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	pv_ctx_init(&cx, "main");
	if (argc > 1 && pv_streq(argv[1], "--complete"))
		code = complete_main(&cx, argc - 2, (const char *const *)(argv + 2));
	else
		code = run(&cx, argc, argv);
	pv_ctx_done(&cx);
	return fflush(stdout) == 0 ? code : PV_EXIT_FAILED;
}
