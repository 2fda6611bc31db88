/* breakdown: a PolicyRule as the questions that it answers: one for each verb, group, resource and name,
 * and for each verb and path.  In cx's arena; one thread.  Internal to core/auth. */
#pragma once
#include "core/auth/auth.h"

typedef struct texts {
	const char **at;
	size_t n;
} texts;

typedef struct breakdown {
	texts verbs, groups, resources, names, urls;
} breakdown;

breakdown breakdown_of(pv_ctx *cx, const pv_val *rule);
size_t breakdown_size(const breakdown *b); /* how many questions; SIZE_MAX: more than can be counted */
/* The i-th of them; verbs change first, then names, resources, groups. */
pv_attributes breakdown_question(pv_ctx *cx, const breakdown *b, const char *ns, size_t i);
