/* applicationset: what other modules may tell ApplicationSets.  Any thread. */
#pragma once
#include "core/fact/fact.h"

/* A repository ("owner/name", or a number), or an owner of some, is said to have changed on its forge: pull requests
 * and lists of repositories are asked for again. */
void applicationset_touch(pv_ctx *cx, pv_facts *facts, const char *name);
