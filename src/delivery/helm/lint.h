/* lint: what the files of the linter share.  Private to this folder; the program's only thread. */
#pragma once
#include "delivery/helm/command.h"

enum lint_severity { LINT_INFO, LINT_WARNING, LINT_ERROR };

typedef struct lint {
	pv_ctx *cx;
	const char *path;
	pv_vec files; /* of helm_file */
	pv_tmap *values;
	const pv_args *args;
	pv_buf out;
	enum lint_severity worst;
} lint;

void lint_say(lint *l, enum lint_severity severity, const char *where, const char *fmt, ...) PV_PRINTF(4, 5);
/* text: of the whole file that the object is of. */
void lint_object(lint *l, const char *file, const pv_val *doc, pv_str text);
