/* Which server, credentials and namespace the kubeconfig means: one file, several, and what is missing.
 * What is wanted of several is what `kubectl config view --minify` says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "core/client/kubeconfig.h"
#include "unit/folder.h"

static char folder[FOLDER_SIZE];
static pv_ctx cx;

static const char red[] = "clusters:\n"
			  "- {name: cow, cluster: {server: 'http://cow.example:8080'}}\n"
			  "users:\n"
			  "- {name: red, user: {token: red-token}}\n"
			  "- {name: both, user: {token: first}}\n"
			  "contexts:\n"
			  "- {name: federal, context: {cluster: cow, user: red, namespace: hammer}}\n"
			  "- {name: mixed, context: {cluster: pig, user: both}}\n";
static const char black[] = "current-context: blue\n"
			    "clusters:\n"
			    "- {name: pig, cluster: {server: 'http://pig.example:8080/'}}\n"
			    "- {name: cow, cluster: {server: 'http://other.example:8080'}}\n"
			    "users:\n"
			    "- {name: black, user: {tokenFile: black.token}}\n"
			    "- {name: both, user: {username: second, password: second}}\n"
			    "contexts:\n"
			    "- {name: blue, context: {cluster: pig, user: black, namespace: saw}}\n"
			    "- {name: federal, context: {cluster: pig, user: black}}\n"
			    "- {name: lost, context: {cluster: pig, user: nobody}}\n";
static const char last[] = "current-context: federal\n";

static const char *
at(const char *name)
{
	return pv_printf(cx.arena, "%s/%s", folder, name);
}

static void
put(const char *name, const char *text)
{
	if (pv_file_save(&cx, at(name), pv_str_of(text), 0600) < 0)
		fail_msg("%s", pv_error_text(&cx));
}

/* $KUBECONFIG: the names, in `folder`, behind one another. */
static void
environment(const char *names)
{
	pv_str rest = pv_str_of(names), piece;
	const char *list = "";

	while (pv_str_next(&rest, ' ', &piece))
		list = pv_printf(cx.arena, "%s%s%s", list, *list ? ":" : "",
				 at(pv_strndup(cx.arena, piece.s, piece.len)));
	assert_int_equal(setenv("KUBECONFIG", list, 1), 0);
}

static kubeconfig
read_all(const char *context)
{
	pv_client_conf conf = {.context = context};
	kubeconfig found;

	if (kubeconfig_load(&cx, &conf, &found) < 0)
		fail_msg("%s", pv_error_text(&cx));
	return found;
}

static void
fails(const char *context, int code, const char *text)
{
	pv_client_conf conf = {.context = context};
	kubeconfig found;

	assert_int_equal(kubeconfig_load(&cx, &conf, &found), -code);
	if (!strstr(pv_error_text(&cx), text))
		fail_msg("\"%s\" is not in: %s", text, pv_error_text(&cx));
	pv_recover(&cx);
}

static void
the_first_that_sets_the_current_context_wins(void **state)
{
	kubeconfig found;

	(void)state;
	environment("red black last");
	found = read_all(NULL);
	assert_string_equal(found.server, "http://pig.example:8080");
	assert_string_equal(found.ns, "saw");
	assert_string_equal(found.http.token, "black"); /* its file is beside black, not where we are */
	environment("red last black");
	found = read_all(NULL);
	assert_string_equal(found.server, "http://cow.example:8080");
}

static void
the_first_of_a_name_wins_whole(void **state)
{
	kubeconfig found;

	(void)state;
	environment("red black");
	found = read_all("federal");
	assert_string_equal(found.server, "http://cow.example:8080");
	assert_string_equal(found.ns, "hammer");
	assert_string_equal(found.http.token, "red-token");
	found = read_all("mixed"); /* a context of one file, a cluster of the other */
	assert_string_equal(found.server, "http://pig.example:8080");
	assert_string_equal(found.http.token, "first");
	assert_null(found.http.user);
	environment("black red");
	found = read_all("mixed");
	assert_null(found.http.token);
	assert_string_equal(found.http.user, "second");
}

static void
one_that_is_not_there_is_left_out(void **state)
{
	(void)state;
	environment("none black black");
	assert_string_equal(read_all(NULL).server, "http://pig.example:8080");
	assert_int_equal(setenv("KUBECONFIG", pv_printf(cx.arena, "::%s:", at("black")), 1), 0);
	assert_string_equal(read_all(NULL).server, "http://pig.example:8080");
	environment("none nor-this");
	fails(NULL, PV_ENOTFOUND, "nor-this: none of these files is there");
	environment("none");
	fails(NULL, PV_ENOTFOUND, "none: No such file or directory");
	environment("black broken");
	fails(NULL, PV_EBADREQUEST, "/broken:");
}

static void
what_is_missing_is_named(void **state)
{
	(void)state;
	environment("red");
	fails(NULL, PV_ENOTFOUND, "/red: expected a current-context, found none");
	fails("mixed", PV_ENOTFOUND, "/red: there is no cluster \"pig\"");
	environment("red black");
	fails("nope", PV_ENOTFOUND, "/black: there is no context \"nope\"");
	fails("lost", PV_ENOTFOUND, "there is no user \"nobody\"");
}

static void
nobody_else_is_asked_instead(void **state)
{
	static const char *const keys[] = {"exec", "auth-provider", "as", "as-groups"};

	(void)state;
	for (size_t i = 0; i < PV_LEN(keys); i++) {
		put("odd", pv_printf(cx.arena, "users:\n- {name: black, user: {%s: x}}\n", keys[i]));
		environment("odd black");
		fails(NULL, PV_EUNSUPPORTED, pv_printf(cx.arena, "/odd: user.%s is not supported", keys[i]));
	}
	put("odd", "clusters:\n- {name: pig, cluster: {server: 'http://x', proxy-url: 'http://y'}}\n");
	fails(NULL, PV_EUNSUPPORTED, "/odd: cluster.proxy-url is not supported");
}

static void
contexts_of_all_files_are_told_once(void **state)
{
	static const char *const wanted[] = {"federal", "mixed", "blue", "lost"};
	pv_client_conf conf = {.kubeconfig = NULL};
	pv_vec names;

	(void)state;
	environment("red black");
	assert_int_equal(pv_client_contexts(&cx, &conf, &names), 0);
	assert_int_equal(names.len, PV_LEN(wanted));
	for (size_t i = 0; i < PV_LEN(wanted); i++)
		assert_string_equal(*PV_AT(const char *, &names, i), wanted[i]);
}

static int
open_folder(void **state)
{
	(void)state;
	pv_ctx_init(&cx, "test");
	folder_make(folder);
	put("red", red);
	put("black", black);
	put("last", last);
	put("broken", "{\n");
	put("black.token", "black\n");
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	folder_remove(folder);
	pv_ctx_done(&cx);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_sets_the_current_context_wins),
		cmocka_unit_test(the_first_of_a_name_wins_whole),
		cmocka_unit_test(one_that_is_not_there_is_left_out),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(nobody_else_is_asked_instead),
		cmocka_unit_test(contexts_of_all_files_are_told_once),
	};

	return cmocka_run_group_tests_name("kubeconfig", tests, open_folder, remove_folder);
}
