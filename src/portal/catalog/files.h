/* files: all entities of a place, a commit or a folder: read in rounds until no Location or
 * placeholder names another file.  Everything lives in the ctx's arena.  Private. */
#pragma once
#include "core/module.h"

typedef struct files_place {
	/* The texts of the files that match a pattern: {files: [{path, text}]}.  May block. */
	int (*texts)(pv_ctx *cx, void *arg, const pv_val *globs, pv_val *ret);
	/* files_parse(), here or in a child: strangers' files are read in one. */
	int (*parse)(pv_ctx *cx, const pv_val *request, pv_val *ret);
	void *arg;
} files_place;

/* paths: patterns of files with entities.
 * *ret: {files, entities, errors} as parse.h says, and {locations, reads}. */
PV_MUST_USE int files_read(pv_ctx *cx, const files_place *place, const pv_val *paths, pv_val *ret);
/* {files: [{path, text}], wanted: {path: true}} -> what files_read() gives, of these files. */
PV_MUST_USE int files_parse(pv_ctx *cx, const pv_val *request, pv_val *ret);
/* .spec.paths of a source, or what stands for it. */
const pv_val *files_paths(pv_ctx *cx, const pv_val *paths);
