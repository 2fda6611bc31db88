/* jsonnet: Jsonnet to a value, by libjsonnet (wrapped here only).  It knows no limit of steps, so a stranger's
 * code is for a sandboxed child with a deadline; files are read by the caller alone.  Any thread. */
#pragma once
#include "base/ctx.h"
#include "lang/value/value.h"

typedef struct pv_jsonnet {
	/* The text of the file at the path, for import; -PV_ENOTFOUND: there is none, and the next place is tried. */
	int (*load)(pv_ctx *cx, void *of, const char *path, pv_str *ret);
	void *of;
	const char *const
		*libraries; /* folders that are looked through after the importing file's, NULL at the end */
	const pv_val *ext_vars, *tlas; /* lists of {name, value, code}; NULL: none */
} pv_jsonnet;

/* -PV_EINVALID says what is wrong and where; an error of load() stays what it was. */
PV_MUST_USE int pv_jsonnet_eval(pv_ctx *cx, const pv_jsonnet *conf, const char *file, pv_str text,
				const pv_val **ret);
