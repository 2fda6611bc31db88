/* mutator_priv: a mutator as it was read; of mutator.c and mutate.c only. */
#pragma once
#include "governance/gatekeeper/mutator.h"

/* In the order in which they are asked. */
enum gk_kind { GK_ASSIGN, GK_ASSIGN_IMAGE, GK_ASSIGN_METADATA, GK_MODIFY_SET };

enum gk_failure { GK_FAIL, GK_IGNORE, GK_USE_DEFAULT };

typedef struct gk_asks { /* externalData */
	const char *provider;
	bool about_user; /* who writes; else what stands at the location */
	enum gk_failure policy;
	const char *standard; /* put there when there is no answer, under GK_USE_DEFAULT */
} gk_asks;

struct gk_mutator {
	enum gk_kind kind;
	const char *name, *stamp;
	gk_path path;
	const enum gk_test *tests; /* of each node */
	gk_match *match;
	const pv_val *apply; /* spec.applyTo */
	const pv_val *value; /* assigned, or the list of a set; NULL */
	const char *from;    /* "name", "namespace" of the object's metadata; NULL */
	const gk_asks *asks; /* NULL: nobody */
	const char *domain, *repository, *tag;
	bool prunes;
};
