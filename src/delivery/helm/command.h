/* command: the verbs of `pave helm`.  Each runs in the program's only thread.
 * Private to this folder. */
#pragma once
#include "core/args/args.h"
#include "delivery/helm/impl.h"

/* -f, --set and its kin. */
PV_MUST_USE int helm_values_asked(pv_ctx *cx, const pv_args *args, pv_tmap **ret);
/* A chart that lies in no folder here: where it comes from, and which. */
typedef struct helm_wish {
	const char *url, *chart, *version;
	const pv_val *entry; /* of helm's repositories.yaml, or NULL */
} helm_wish;
/* As charts_fetch(), with the credentials of the options, of the entry, or of a registry's login. */
PV_MUST_USE int helm_repository_fetch(pv_ctx *cx, const pv_args *args, const helm_wish *wish, pv_val *ret);
PV_MUST_USE int helm_repository_named(pv_ctx *cx, const char *name, const pv_val **ret_entry);
/* *ret_entry NULL: helm knows none at that address. */
PV_MUST_USE int helm_repository_at(pv_ctx *cx, const char *url, const pv_val **ret_entry);
/* Brings what CHART names, as charts_fetch() has it. */
PV_MUST_USE int helm_bring(pv_ctx *cx, const pv_args *args, const char *chart, pv_val *ret);
/* The folder or archive that CHART means, brought if it is not here. */
PV_MUST_USE int helm_locate(pv_ctx *cx, const pv_args *args, const char *chart, const char **ret_path);
/* Loads it, in a sandbox that the process enters for good: whatever else is to be read is read before. */
PV_MUST_USE int helm_load_asked(pv_ctx *cx, const pv_args *args, const char *chart, helm_chart **ret);
const char *helm_archive_name(pv_ctx *cx, const pv_val *found); /* "web-1.0.0.tgz" */
int helm_dependency_list(pv_ctx *cx, const char *folder, const helm_chart *chart);
int helm_unpack_job(pv_ctx *cx, const pv_val *request, pv_val *ret);
int helm_pull(pv_ctx *cx, const pv_args *args);
int helm_dependency_verb(pv_ctx *cx, const pv_args *args);
int helm_template(pv_ctx *cx, const pv_args *args);
int helm_eval_verb(pv_ctx *cx, const pv_args *args);
int helm_lint(pv_ctx *cx, const pv_args *args);
int helm_show(pv_ctx *cx, const pv_args *args);
