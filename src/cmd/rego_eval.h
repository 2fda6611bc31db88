/* rego_eval: what the verbs of `rego` share.  Private to cmd. */
#pragma once
#include <stdio.h>

#include "core/args/args.h"
#include "core/bundle/bundle.h"
#include "lang/rego/unknowns.h"

typedef struct rego_source {
	pv_rego_source from; /* modules and base documents */
	const pv_val *input; /* NULL: undefined */
	const char *query;
	bool prints; /* print() is kept */
} rego_source;

void rego_source_init(pv_ctx *cx, rego_source *ret);
/* Loads what the arguments name, of which there must be one (--bundle); modules_only: of no bundle but *.rego. */
PV_MUST_USE int rego_source_paths(pv_ctx *cx, const pv_args *args, bool modules_only, rego_source *ret);
/* What --OPTION names: a file, or this program's version of them. */
PV_MUST_USE int rego_capabilities_read(pv_ctx *cx, const char *option, const char *named, const pv_val **ret);
/* --capabilities; *ret NULL: not given. */
PV_MUST_USE int rego_capabilities_load(pv_ctx *cx, const pv_args *args, const pv_val **ret);
/* --target: Rego is evaluated as it is, and nothing else is. */
PV_MUST_USE int rego_target_check(pv_ctx *cx, const pv_args *args);
/* --schema: a file, the JSON Schema of the input; or a folder of those that METADATA names.  As pv_rego_opts
 * has them, never NULL. */
PV_MUST_USE int rego_schemas_load(pv_ctx *cx, const pv_args *args, const pv_val **ret);
pv_rego_opts rego_source_opts(const pv_args *args); /* --v0-compatible, --strict, --untyped */
PV_MUST_USE int rego_max_errors(pv_ctx *cx, const pv_args *args, pv_rego_opts *ret); /* --max-errors */
/* To stderr, beside the error in cx: the modules do not parse as Rego v1, but do as v0. */
void rego_source_hint(const pv_ctx *cx, const pv_args *args, const rego_source *src);
/* Loads what -d, -i, -I and the argument name. */
PV_MUST_USE int rego_source_load(pv_ctx *cx, const pv_args *args, rego_source *ret);
/* Compiles it.  Owner of both: caller. */
PV_MUST_USE int rego_source_compile(pv_ctx *cx, const pv_args *args, const rego_source *src,
				    pv_rego **ret_rego, pv_rego_query **ret_query);

/* --verification-key, its id, --scope and --exclude-files-verify; *key is what *ret points to. */
PV_MUST_USE int rego_trust(pv_ctx *cx, const pv_args *args, pv_bundle_key *key, pv_bundle_trust *ret);

/* Is there a rule, or a package, at each path that --entrypoint names? */
PV_MUST_USE int rego_entries_check(pv_ctx *cx, const pv_args *args, const pv_rego *rego);

/* Prints as `opa eval -f FORMAT`; false if there is no such format. */
bool rego_format_is(const char *format);
typedef struct rego_shown { /* beside the result; NULL: not asked for */
	const pv_val *covered, *metrics, *errors;
	const pv_val *all_metrics, *all_profile; /* of several runs, in their place */
	const pv_vec *explanation;               /* const char * */
	const pv_vec *profile;                   /* pv_rego_cost */
	size_t cell;                             /* bytes of a value in a table; 0: all */
} rego_shown;
void rego_print_result(pv_ctx *cx, const char *format, const pv_rego_query *query,
		       const pv_rego_result *result, const rego_shown *shown);
/* What --unknowns, --disable-inlining and their like say. */
pv_rego_partial_opts rego_partial_opts(pv_ctx *cx, const pv_args *args, const rego_source *src,
				       const pv_rego_eval *eval);
/* As `opa eval --partial -f json|pretty|source`. */
void rego_print_left(pv_ctx *cx, const char *format, const pv_rego_left *left);
void rego_print_json(pv_ctx *cx, FILE *to, const pv_val *v); /* two blanks a level, the author's order */
/* {errors: [..]}: the causes of the error in cx as OPA shows them. */
pv_val rego_errors_json(pv_ctx *cx);
void rego_print_error(pv_ctx *cx, const char *format);
/* Its text, as commands tell it that read modules only: of such that do not parse, "during loading". */
const char *rego_load_error(pv_ctx *cx);
/* Rego's errors are told here, since their text holds its causes; others are left to the caller. */
PV_MUST_USE int rego_told_once(pv_ctx *cx, int r); /* r, or an exit code */
