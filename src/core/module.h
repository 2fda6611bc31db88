/* module: what a folder under a layer adds to Pave.  Each module.c holds one const
 * pv_module named <layer>_<module>_module pointing at plain tables; the build writes
 * the array of all.  Help, completion, discovery and docs come from these rows.
 * All rows are const; which thread calls a function of one, the type of its table says. */
#pragma once
#include "core/admission/admission.h"
#include "core/api/api.h"
#include "core/fact/fact.h"
#include "core/reconcile/reconcile.h"
#include "core/resource/resource.h"
#include "core/store/store.h"

/* A resource that is computed when asked for (policy reports). */
struct pv_view {
	const char *group, *version, *kind, *plural, *singular; /* plural NULL: of a built-in kind */
	const char *const *short_names;
	bool namespaced;
	bool yields; /* a CRD of the same name takes its place */
	const pv_column *columns;
	size_t n_columns;
	/* Elements: const pv_val * (whole objects).  ns NULL: all. */
	int (*list)(pv_ctx *cx, pv_api *api, const char *ns, pv_vec *ret);
	/* Does what was written change what it lists, perhaps?  NULL: nobody can watch it.  On a loop's thread. */
	bool (*heeds)(const pv_event *event);
	/* Of what was told and what is now: is it the same to who watches? */
	bool (*same)(const pv_val *a, const pv_val *b);
};

/* An HTTP route beside the resource API. */
typedef struct pv_route {
	const char *method; /* "GET", "*" */
	const char *
		path; /* exact, or a prefix when it ends in "/"; "*": what a browser goes to and nothing serves */
	bool anonymous; /* reachable without credentials */
	bool blocking;  /* may wait (writes): runs on the pool */
	const char *summary;
	int (*handle)(pv_ctx *cx, pv_http_req *req, pv_api *api);
} pv_route;

/* A command: `pave NAME`. */
typedef struct pv_option {
	const char *name;  /* "output", with or without value */
	char letter;       /* 'o' or 0 */
	const char *value; /* "json|yaml|table|jsonpath=TEMPLATE"; NULL: a switch */
	const char *help;
} pv_option;
typedef struct pv_args pv_args; /* core/args/args.h */
typedef struct pv_verb {
	const char *name;         /* "why", "rego eval" */
	const char *usage;        /* "KIND/NAME" */
	const char *summary;      /* one line */
	const char *help;         /* a paragraph with an example */
	const pv_option *options; /* ends with name NULL */
	const pv_option *refused; /* what others have by these names: errors, and help says why; as options */
	int (*run)(pv_ctx *cx, const pv_args *args); /* exit code, or -PV_E* */
} pv_verb;

typedef struct pv_metric_row {
	const char *name, *type, *help;
	double (*read)(pv_api *api);
} pv_metric_row;

typedef struct pv_module {
	const char *name; /* "delivery/application" */
	const char *summary;
	const pv_controller *const *controllers; /* the pointer tables end with NULL; may be NULL */
	const pv_index_row *indexes;             /* ends with name NULL */
	const pv_admission *const *admission;
	const pv_view *const *views;
	const pv_fact_kind *const *facts;
	const pv_job_kind *const *jobs;
	const pv_route *routes; /* ends with path NULL */
	const pv_verb *verbs;   /* ends with name NULL */
	const pv_metric_row *metrics;
	/* What policies have against an object that exists, for `pave why`: adds objects as
	 * core/enforcement/why.h has them, with `effect`; may be NULL. */
	int (*objections)(pv_ctx *cx, pv_api *api, const pv_resource *res, const pv_rec *rec, pv_listb *ret);
	/* Called once after the API is open and before it listens; may be NULL. */
	int (*start)(pv_ctx *cx, pv_api *api);
} pv_module;

extern const pv_module *const pv_modules[]; /* ends with NULL; written by the build */
