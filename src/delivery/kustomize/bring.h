/* bring: other repositories and charts for the command.  Private to this folder; one thread. */
#pragma once
#include "base/map.h"
#include "core/fact/fact.h"
#include "delivery/kustomize/kustomize.h"

typedef struct bringing {
	const char *folder; /* of this command alone; NULL: nothing was brought */
	pv_facts *facts;
	pv_map *known; /* "ref repository" -> repository * */
} bringing;

/* Has the options bring what the kustomization names; to be ended by bringing_done(). */
void bringing_init(pv_ctx *cx, bringing *b, kust_options *options);
void bringing_done(bringing *b);
