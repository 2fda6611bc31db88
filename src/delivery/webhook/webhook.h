/* webhook: what a forge says when somebody pushed.  Pure.  Private. */
#pragma once
#include "lang/value/value.h"

/* The URLs of the repository that a push event of GitHub, GitLab, Gitea/Gogs, Bitbucket
 * Server or Azure DevOps names (several spellings of one); elements: const char *. */
void webhook_repositories(pv_arena *arena, const pv_val *payload, pv_vec *ret);

/* Who sent it, and what proves it. */
struct webhook_proof {
	const char *forge; /* "github": the secret's name is webhook.github.secret */
	const char *key;   /* member of Secret argocd-secret */
	const char *given; /* the header's value */
	bool is_token;     /* the header is the secret itself, not a signature of the body */
};
/* header(arg, name): NULL if absent.  False: the request is no forge's. */
bool webhook_proof_of(const char *(*header)(const void *arg, const char *name), const void *arg,
		      struct webhook_proof *ret);
/* Does it prove the secret? */
bool webhook_proven(pv_arena *arena, const struct webhook_proof *proof, const char *secret, pv_str body);
