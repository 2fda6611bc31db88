/* chart_job: what the files of the child that renders a chart share.  Private to this folder. */
#pragma once
#include "delivery/application/chart.h"
#include "delivery/helm/helm.h"

typedef struct job {
	pv_ctx *cx;
	const pv_val *request, *helm;
	const char *dir;         /* of the chart, from the root */
	const pv_val *files;     /* of the chart: {path, text} */
	const pv_val *elsewhere; /* other files that values come from */
	chart_lookups lookups;
} job;

/* $NAME and ${NAME} of the Application's environment, as Argo CD has them. */
const char *job_substituted(job *j, const char *text);
/* A path as the chart means it, from the repository's root; NULL after an error. */
const char *job_path(job *j, const char *path);
PV_MUST_USE int job_read_files(job *j);
PV_MUST_USE int job_read_elsewhere(job *j, const pv_vec *paths); /* of const char *, from the root */
/* What the request's tree has below the folder; the request for the repository's whole tree. */
PV_MUST_USE int job_folder(job *j, const pv_val *request, const char *folder, const pv_val **ret);
pv_val job_root(job *j);
/* Those of `of` below the folder, without what .helmignore among them names: of helm_file. */
PV_MUST_USE int job_kept_files(job *j, const pv_val *of, const char *folder, pv_vec *ret);
bool job_is_below(const job *j, const char *path); /* in the chart's folder */
/* The texts that another source lends for the value file "$name/path"; NULL: none does. */
const pv_val *job_lent(const job *j, const char *text);
/* The files that a value file of the Application means, wherever they lie: of const pv_val *. */
PV_MUST_USE int job_value_files(job *j, const char *text, pv_vec *ret);
/* The same of a path, or pattern, of this repository. */
PV_MUST_USE int job_files_named(job *j, const char *path, pv_vec *ret);
