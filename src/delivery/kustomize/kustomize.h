/* delivery/kustomize: kustomizations built in process, as kustomize 5.8 builds them.  Files come
 * through kust_files, so a folder and a tree of a commit are the same; nothing else does I/O.
 * Everything lives in the ctx's arena; one thread at a time. */
#pragma once
#include "base/vec.h"
#include "lang/value/value.h"

#define KUST_VERSION "v5.8.1" /* the kustomize whose ways these are */

enum kust_entry { KUST_NOTHING, KUST_FILE, KUST_FOLDER };

/* Where files are.  Paths are absolute, "/" is the top. */
typedef struct kust_files kust_files;
struct kust_files {
	/* What lies there; *ret_real is its path with every symbolic link followed. */
	enum kust_entry (*find)(pv_ctx *cx, const kust_files *files, const char *path, const char **ret_real);
	int (*load)(pv_ctx *cx, const kust_files *files, const char *real, pv_str *ret);
	/* All files below a folder, of helm_file, named from there: a chart.  NULL: nobody can say. */
	int (*list)(pv_ctx *cx, const kust_files *files, const char *real, pv_vec *ret);
	bool together; /* find() is asked for all paths of a list before any is read: to bring them at once */
	void *of;
};
/* The files of this machine. */
extern const kust_files kust_disk;

/* Those of a tree whose reader gives {files: [{path, text}]}, or {path, error}, for globs of paths from its top; what was
 * read is kept. */
typedef int kust_reader(pv_ctx *cx, void *of, const pv_val *globs, pv_val *ret);
const kust_files *kust_tree(pv_arena *arena, kust_reader *read, void *of);
/* kust_files.list of what is read already: texts: path from the top -> anything. */
typedef struct pv_map pv_map;
PV_MUST_USE int kust_list(pv_ctx *cx, const kust_files *files, const pv_map *texts, const char *real,
			  pv_vec *ret);

/* A folder of another repository, as a kustomization names it. */
typedef struct kust_remote {
	const char *repo, *path, *ref; /* path: from its top; ref: a branch, tag or commit, "" for HEAD */
} kust_remote;
/* A chart of a repository over HTTP(S) or of a registry. */
typedef struct kust_chart {
	const char *repo, *name, *version; /* version: or a range, "" for the newest */
} kust_chart;
enum kust_order { KUST_ORDER_UNSAID, KUST_ORDER_LEGACY, KUST_ORDER_NONE };
typedef struct kust_options {
	bool anywhere;   /* files may lie outside of the kustomization's folder (LoadRestrictionsNone) */
	bool managed_by; /* the label app.kubernetes.io/managed-by */
	enum kust_order order; /* unless the kustomization says */
	const pv_val *edit;    /* spec.source.kustomize of an Application, or NULL */
	pv_vec *warnings;      /* of const char *; NULL: nobody reads them */
	/* Brings another repository: *ret are its files, the same for the same repository and ref.  NULL: none. */
	int (*remote)(pv_ctx *cx, void *of, const kust_remote *remote, const kust_files **ret);
	/* Brings a chart's files, of helm_file.  NULL: none. */
	int (*chart)(pv_ctx *cx, void *of, const kust_chart *chart, pv_vec *ret);
	void *of;                 /* of both */
	bool helm;                /* helmCharts are permitted (--enable-helm) */
	const char *kube_version; /* that charts see unless the kustomization says; NULL: helm's own */
} kust_options;

/* The objects that the kustomization in the folder stands for, of const pv_val *, in their order. */
PV_MUST_USE int kust_build(pv_ctx *cx, const kust_files *files, const char *folder,
			   const kust_options *options, pv_vec *ret);
/* As kustomize prints them. */
void kust_print(pv_buf *b, const pv_vec *objects);
