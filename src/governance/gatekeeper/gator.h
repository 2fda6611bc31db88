/* gator: the tools of Gatekeeper, over files and without a server: suites, manifests, expansion.
 * One thread; what is read lives in the arena of cx.  Private. */
#pragma once
#include "base/buf.h"
#include "base/regex.h"
#include "core/args/args.h"
#include "governance/gatekeeper/expand.h"
#include "governance/gatekeeper/judge.h"

extern const pv_verb gator_verbs[]; /* ends with name NULL */
int gator_verify(pv_ctx *cx, const pv_args *args);
int gator_test(pv_ctx *cx, const pv_args *args);
int gator_expand(pv_ctx *cx, const pv_args *args);
int gator_bench(pv_ctx *cx, const pv_args *args);

/* ---- reading (gator_read.c) ---- */
/* All objects of one file, words as yes and on as they stand; `what` names it in errors. */
PV_MUST_USE int gator_objects(pv_ctx *cx, const char *path, const char *what, pv_vec *ret);
/* The files below a path that end in one of .yaml .yml (.json), in order; deep: in folders below, too. */
PV_MUST_USE int gator_files(pv_ctx *cx, const char *path, bool deep, bool json, pv_vec *ret);
/* What --filename and standard input give.  It must not be nothing. */
PV_MUST_USE int gator_sources(pv_ctx *cx, const pv_args *args, pv_vec *ret);
/* --image and --tempdir are refused. */
PV_MUST_USE int gator_refuse_images(pv_ctx *cx, const pv_args *args);
PV_MUST_USE int gator_engines(pv_ctx *cx, const pv_args *args, gk_engines *ret);
bool gator_is(const pv_val *object, const char *group, const char *kind /* NULL: any */);
/* An error in gator's way: on standard error, exit code 1; doing may be NULL. */
int gator_fatal(pv_ctx *cx, int r, const char *doing);
pv_val gator_in_order(pv_ctx *cx, const pv_val *v); /* its keys sorted, at every level */
void gator_printed(void *buf, const char *line);    /* of print(), no more than is kept */

typedef struct gator_policies {
	pv_vec templates; /* gk_template *, let go with cx's arena */
	gk_book book;     /* every object is in its inventory */
} gator_policies;
/* The templates and constraints among objects. */
PV_MUST_USE int gator_policies_load(pv_ctx *cx, const pv_vec *objects, const gk_engines *engines,
				    gator_policies *ret);

/* ---- exemptions and rollouts (gator_soften.c) ---- */
/* Those among objects; one that is not sound is an error. */
PV_MUST_USE int gator_softening_load(pv_ctx *cx, const pv_vec *objects, pv_enforcement *ret);
/* Has the finding its way, or what they leave of it?  False: it comes to nothing. */
bool gator_soften(pv_ctx *cx, const pv_enforcement *set, const pv_val *object, const pv_val *space,
		  gk_finding *finding);

/* ---- a suite (gator_suite.c) ---- */
typedef struct gator_case {
	const char *name;
	bool skipped, failed;
	const char *error;
	int64_t ns;
	const char *printed; /* of print(); "" */
} gator_case;
typedef struct gator_result { /* of a test */
	const char *name;
	bool skipped;
	const char *error; /* NULL: none of its own */
	int64_t ns;
	pv_vec cases; /* of gator_case */
} gator_result;
typedef struct gator_suite {
	const char *path; /* as it was asked for */
	bool skipped;
	const char *error;
	int64_t ns;
	pv_vec tests; /* of gator_result */
} gator_suite;
typedef struct gator_filter { /* --run; NULL: all */
	const pv_re *test, *item;
	bool both; /* "test//case" */
} gator_filter;

PV_MUST_USE int gator_filter_new(pv_ctx *cx, const char *text, gator_filter *ret);
void gator_run_suite(pv_ctx *cx, const pv_val *suite, const gator_filter *filter, const gk_engines *engines,
		     gator_suite *ret);
bool gator_failed(const gator_suite *suite);
void gator_print(pv_buf *b, const gator_suite *suite, bool verbose);
