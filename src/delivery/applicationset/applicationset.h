/* applicationset: what other modules may tell ApplicationSets.  Any thread. */
#pragma once
#include "core/fact/fact.h"

#define FORGE_FACT \
	"forge" /* {ask: pulls, forge, owner, repo, api, secret, ca, watch} -> {items}: forge.h says more */
/* An effect whose payload is the same with {ask: say, number, sha, mark, comment, state, description, context, targetURL}:
 * the comment that begins with the mark becomes this one, and the commit gets a status.  Its args are its key. */
#define FORGE_SAY "forge-say"
/* A repository ("owner/name", or a number), or an owner of some, is said to have changed on its forge: pull requests
 * and lists of repositories are asked for again. */
void applicationset_touch(pv_ctx *cx, pv_facts *facts, const char *name);
