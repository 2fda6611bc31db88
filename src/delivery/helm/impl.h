/* impl: what the files of delivery/helm share.
 * Private to this folder. */
#pragma once
#include "delivery/helm/helm.h"

#define HELM_DEPTH 50 /* of charts within charts */

/* Where a warning goes: Helm logs these; here they are dropped when `warn` is NULL. */
pv_tmap *helm_table(const pv_tmap *m, const char *dotted);     /* NULL if there is none */
const pv_tv *helm_value(const pv_tmap *m, const char *dotted); /* no table; NULL if there is none */

/* The chart's defaults under the user's values: null deletes a key.  `vals` is not changed. */
PV_MUST_USE int helm_coalesce(pv_ctx *cx, const helm_chart *chart, const pv_tmap *vals, bool merge,
			      pv_tmap **ret);
void helm_coalesce_tables(pv_tmap *dst, pv_tmap *src, bool merge);
/* Conditions, tags, aliases, import-values: which subcharts take part. */
PV_MUST_USE int helm_dependencies(pv_ctx *cx, helm_chart *chart, const pv_tmap *vals);
/* Does the version lie in the range?  A broken range has nothing in it. */
bool helm_in_range(pv_arena *arena, const char *range, const char *version);
/* A text of Chart.yaml: 1.0 is "1" and true "true" there, as sigs.k8s.io/yaml reads them; "" if absent. */
const char *helm_meta_text(pv_arena *arena, const pv_val *of, const char *key);
/* 0, or the error of a YAML parser in the words that it has in Helm. */
PV_MUST_USE int helm_yaml_failed(pv_ctx *cx, int r);
/* One row of `dependencies`. */
void helm_dependency_read(pv_arena *arena, const pv_val *v, helm_dependency *ret);
const char *helm_chart_path(pv_arena *arena, const helm_chart *chart); /* "a/charts/b" */

typedef struct helm_lock {   /* Chart.lock */
	const char *digest;  /* NULL: there is none */
	pv_vec dependencies; /* of helm_dependency */
} helm_lock;
const char *helm_lock_name(const helm_chart *chart);
PV_MUST_USE int helm_lock_load(pv_ctx *cx, const helm_chart *chart, helm_lock *ret);
/* -PV_ECONFLICT: it is of other dependencies than Chart.yaml has. */
PV_MUST_USE int helm_lock_check(pv_ctx *cx, const helm_chart *chart, const helm_lock *lock);
const char *helm_lock_digest(pv_arena *arena, const pv_vec *wanted, const pv_vec *locked);

/* .Chart, .Files, .Capabilities */
pv_tv helm_chart_value(pv_arena *arena, const helm_chart *chart);
pv_tv helm_files_value(pv_arena *arena, const pv_vec *files);
PV_MUST_USE int helm_capabilities(pv_ctx *cx, const helm_release *release, pv_tv *ret,
				  const char **ret_normal_version);

/* values.schema.json of the chart and its subcharts; says all that is wrong. */
PV_MUST_USE int helm_schemas(pv_ctx *cx, const helm_chart *chart, const pv_tmap *values);

/* A .tgz of the files, below a folder of that name. */
PV_MUST_USE int helm_files_pack(pv_ctx *cx, const char *name, const pv_vec *files, pv_buf *ret);

typedef struct helm_text { /* what a template gave */
	const char *path;
	pv_str text;
} helm_text;
/* Executes the templates; of helm_text, by path. */
PV_MUST_USE int helm_execute(pv_ctx *cx, helm_chart *chart, pv_tmap *values, const helm_release *release,
			     pv_vec *ret);
/* Splits, reads heads, sorts. */
PV_MUST_USE int helm_manifests(pv_ctx *cx, const pv_vec *texts, helm_rendering *ret);
