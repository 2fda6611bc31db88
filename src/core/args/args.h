/* args: the command line as its verb's table of options says.  Immutable after
 * parsing; everything lives as long as the program's ctx. */
#pragma once
#include "core/module.h"

/* What a process tells its caller; described in cmd/README.md. */
enum pv_exit {
	PV_EXIT_OK = 0,
	PV_EXIT_FAILED = 1,
	PV_EXIT_USAGE = 2,
	PV_EXIT_DENIED = 3, /* 401, 403: credentials, RBAC or admission */
	PV_EXIT_NOT_FOUND = 4,
	PV_EXIT_CONFLICT = 5,    /* 409: exists already, or somebody else was faster */
	PV_EXIT_UNAVAILABLE = 6, /* nobody answers, or the data directory is in use */
};
int pv_exit_of(int r); /* of a verb's result: an exit code, or -PV_E* */

/* argv[1..]: the words of one of the verbs that each() tells, options, arguments.
 * -PV_EUSAGE, or -PV_EUNSUPPORTED for an option that the verb refuses by name: the text says what was expected, or
 * why; *ret has what was understood, for --output.
 * --help and -h are known everywhere. */
PV_MUST_USE int pv_args_parse(pv_ctx *cx, bool (*each)(size_t *pos, const pv_verb **ret), int argc,
			      char **argv, const pv_args **ret);
/* For tests and for verbs that call others. */
PV_MUST_USE int pv_args_of(pv_ctx *cx, const pv_verb *verb, int argc, const char *const *argv,
			   const pv_args **ret);

const pv_verb *pv_args_verb(const pv_args *args);
bool pv_args_help(const pv_args *args);
const char *pv_args_group(const pv_args *args); /* help is wanted of "rego ..." only; NULL: of all */
bool pv_args_has(const pv_args *args, const char *option);
/* The last value given, or `otherwise`. */
const char *pv_args_text(const pv_args *args, const char *option, const char *otherwise);
/* A whole number from `least` on, of at most 32 bits; least INT32_MIN: any. */
PV_MUST_USE int pv_args_number(pv_ctx *cx, const pv_args *args, const char *option, int64_t least,
			       int64_t otherwise, int64_t *ret);
/* The n-th value of an option that repeats; NULL behind the last. */
const char *pv_args_nth(const pv_args *args, const char *option, size_t n);
/* What it was given, however often, between commas too; ends with NULL.  ret_n may be NULL. */
const char *const *pv_args_list(pv_ctx *cx, const pv_args *args, const char *option, size_t *ret_n);
size_t pv_args_count(const pv_args *args);             /* arguments that are no options */
const char *pv_args_at(const pv_args *args, size_t i); /* NULL behind the last */
