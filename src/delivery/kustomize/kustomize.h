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
	bool together; /* find() is asked for all paths of a list before any is read: to bring them at once */
	void *of;
};
/* The files of this machine. */
extern const kust_files kust_disk;

enum kust_order { KUST_ORDER_UNSAID, KUST_ORDER_LEGACY, KUST_ORDER_NONE };
typedef struct kust_options {
	bool anywhere;   /* files may lie outside of the kustomization's folder (LoadRestrictionsNone) */
	bool managed_by; /* the label app.kubernetes.io/managed-by */
	enum kust_order order; /* unless the kustomization says */
	const pv_val *edit;    /* spec.source.kustomize of an Application, or NULL */
	pv_vec *warnings;      /* of const char *; NULL: nobody reads them */
} kust_options;

/* The objects that the kustomization in the folder stands for, of const pv_val *, in their order. */
PV_MUST_USE int kust_build(pv_ctx *cx, const kust_files *files, const char *folder,
			   const kust_options *options, pv_vec *ret);
/* As kustomize prints them. */
void kust_print(pv_buf *b, const pv_vec *objects);
