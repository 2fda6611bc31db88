/* mirror: the bare copies of repositories.  Private to this folder. */
#pragma once
#include "core/fact/fact.h"

struct mirror {
	const char *dir;     /* the bare repository */
	const char *state;   /* file: what the remote was when it was fetched; its age is the mirror's */
	const char *touched; /* file: the remote is said to have moved at its time */
	const char *lock;
	const char *local; /* path of a remote on this machine, or NULL */
	const char *plain; /* URL without credentials, for people */
};

PV_MUST_USE int git_mirror_locate(pv_ctx *cx, pv_facts *facts, const char *repo, struct mirror *ret);
/* Waits for whoever writes the mirror; *ret: to be closed. */
PV_MUST_USE int git_mirror_lock(pv_ctx *cx, const struct mirror *m, int *ret);
/* The fact {repo} -> {refs}: changes whenever a ref of the repository does. */
const char *git_mirror_fact(pv_arena *arena, const char *repo);
extern const pv_fact_kind git_local_fact, git_remote_fact;
