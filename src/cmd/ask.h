/* ask: what the verbs that talk to a server share: options, where things are, and printing.
 * Private to cmd. */
#pragma once
#include <stdio.h>

#include "core/args/args.h"
#include "core/client/client.h"

/* clang-format off */
#define SERVER_OPTIONS \
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, ~/.kube/config)"}, \
	{"context", 0, "NAME", "which context of it (default: the current one)"}
#define NAMESPACE_OPTIONS \
	{"namespace", 'n', "NAME", "the namespace (default: the context's)"}
/* clang-format on */

/* As --kubeconfig, --context and --namespace say.  Owner: caller, pv_client_close(). */
PV_MUST_USE int ask_open(pv_ctx *cx, const pv_args *args, pv_client **ret);
/* "deployment.apps/web" */
char *ask_label(pv_arena *arena, const pv_client_kind *kind, const char *name);
/* The documents of a file, of the *.yaml, *.yml and *.json files of a folder, or of standard
 * input ("-"): of ask_doc. */
typedef struct ask_doc {
	const char *file;
	int line; /* where its document starts */
	const pv_val *object;
	pv_str text;      /* of the file */
	const char *base; /* the path to the object in its document: "", "items[3]." of a List */
} ask_doc;
PV_MUST_USE int ask_documents(pv_ctx *cx, const char *file, bool recursive, pv_vec *ret);
/* Those of every --filename, as --recursive says. */
PV_MUST_USE int ask_filenames(pv_ctx *cx, const pv_args *args, pv_vec *ret);

/* "Warning: ..." lines on stderr. */
void ask_print_warnings(const pv_vec *warnings);
/* The error of cx, which is r, with its causes on stderr: what, where in the object, why.  With
 * --output json or yaml it is a Status: JSON is one line, a YAML document begins with "---".
 * Recovers, and returns the exit code that says so.  args may be NULL. */
int ask_print_error(pv_ctx *cx, const pv_args *args, int r);
/* For verbs that go on behind what fails: the same if r < 0; *worst is the exit code so far. */
void ask_go_on(pv_ctx *cx, const pv_args *args, int r, int *worst);

/* "31" -> its escape; "" unless `to` is a terminal that has colours (TERM), and with NO_COLOR. */
const char *ask_colour(FILE *to, const char *code);
