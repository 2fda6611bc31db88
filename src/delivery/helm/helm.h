/* delivery/helm: charts rendered in process, as Helm 4 does it.  A chart is loaded from
 * its files, its values are merged, its templates executed (lang/gotmpl); no I/O but
 * helm_files_load().  Everything lives in the ctx's arena; one thread at a time. */
#pragma once
#include "base/vec.h"
#include "lang/gotmpl/gotmpl.h"

#define HELM_VERSION "v4.1.4" /* the Helm whose ways these are */
#define HELM_KUBE_VERSION "v1.35.0"

typedef struct helm_file {
	const char *name; /* from the chart's root: "templates/web.yaml" */
	pv_str data;
} helm_file;

typedef struct helm_chart helm_chart;
typedef struct helm_dependency { /* of Chart.yaml */
	const char *name, *version, *repository, *condition, *alias;
	const pv_val *tags, *import_values;
	bool enabled;
} helm_dependency;
struct helm_chart {
	const char *name, *version;
	const pv_val *meta;           /* Chart.yaml */
	pv_vec dependencies;          /* of helm_dependency */
	pv_tmap *values;              /* values.yaml */
	pv_str schema;                /* values.schema.json; s NULL: none */
	pv_vec templates, files, raw; /* of helm_file */
	pv_vec charts;                /* of helm_chart *: subcharts */
	helm_chart *parent;           /* NULL: the root */
};

/* The files of a directory, without what .helmignore names, or of a packed chart (.tgz).
 * Blocks.  Limits on their number and size. */
PV_MUST_USE int helm_files_load(pv_ctx *cx, const char *path, pv_vec *ret_files); /* of helm_file */
/* Those of the files that the .helmignore among them leaves. */
PV_MUST_USE int helm_files_kept(pv_ctx *cx, const pv_vec *files, pv_vec *ret);
/* The same from the bytes of a .tgz. */
PV_MUST_USE int helm_files_unpack(pv_ctx *cx, pv_str tgz, pv_vec *ret_files);
/* Errors are Helm's. */
PV_MUST_USE int helm_chart_load(pv_ctx *cx, const pv_vec *files, helm_chart **ret);

/* The dependencies that have a repository and are not in charts/, of helm_dependency: as Chart.lock
 * settled them, if there is one (-PV_ECONFLICT: it is of others), or else as Chart.yaml wants them. */
PV_MUST_USE int helm_needs(pv_ctx *cx, const helm_chart *chart, pv_vec *ret);

/* ---- values ---- */
/* One document; "" is an empty map. */
PV_MUST_USE int helm_values_parse(pv_ctx *cx, pv_str text, pv_tmap **ret);
/* What `b` has replaces what `a` has; tables are merged.  Neither is changed. */
pv_tmap *helm_values_over(pv_arena *arena, const pv_tmap *a, const pv_tmap *b);
enum helm_set { HELM_SET, HELM_SET_STRING, HELM_SET_JSON, HELM_SET_LITERAL, HELM_SET_FILE };
/* --set and its kin into `values`.  HELM_SET_FILE: `read` gives a file's text. */
typedef int (*helm_reader)(pv_ctx *cx, void *of, const char *path, pv_str *ret);
PV_MUST_USE int helm_set(pv_ctx *cx, enum helm_set how, pv_str text, pv_tmap *values, helm_reader read,
			 void *of);

/* ---- rendering ---- */
typedef struct helm_release {
	const char *name, *namespace;
	bool upgrade;             /* .Release.IsUpgrade instead of IsInstall */
	const char *kube_version; /* "v1.30.2", "1.30"; NULL: HELM_KUBE_VERSION */
	const char *const *apis;  /* beside those that Helm knows; NULL-terminated, or NULL */
	bool include_crds, skip_schema, lint;
	bool plain_errors;  /* text/template's own, not told level by level as Helm 4 does */
	int64_t now;        /* the clock, ns */
	pv_tmpl_run limits; /* steps, output, stack, lookup and its `of` */
} helm_release;

typedef struct helm_manifest {
	const char *path; /* "chart/templates/web.yaml" */
	pv_str text;
	const char *kind, *name;
	const char *hook; /* value of helm.sh/hook, NULL: none */
	int weight;
} helm_manifest;
typedef struct helm_rendering {
	pv_vec crds, manifests, hooks; /* of helm_manifest, in Helm's order */
	const char *notes;             /* NOTES.txt of the chart; "" if none */
	bool begun;                    /* the chart and its values were fine; templates were executed */
	const char *broken;            /* when a manifest is no YAML: everything as it was written */
} helm_rendering;

/* What one template gives, as it wrote it; the chart's other templates are there to include. */
PV_MUST_USE int helm_eval(pv_ctx *cx, helm_chart *chart, pv_tmap *values, const helm_release *release,
			  const char *path, pv_str *ret);
/* `values` are the user's, and may be changed.  Errors are Helm's. */
PV_MUST_USE int helm_render(pv_ctx *cx, helm_chart *chart, pv_tmap *values, const helm_release *release,
			    helm_rendering *ret);
