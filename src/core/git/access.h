/* access: names of repositories and how to get at them.  Private to this folder. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"
#include "core/fact/fact.h"

#define GIT_SECRET_TYPE "argocd.argoproj.io/secret-type" /* the label of a Secret with credentials */

/* File name of the repository's mirror: a digest of its normalised URL. */
char *git_mirror_name(pv_arena *arena, const char *repo);
/* The URL as addresses are compared when secrets are at stake: scheme, host, port and path,
 * in lower case, without user and ".git". */
char *git_address(pv_arena *arena, const char *repo);
/* What a known_hosts file says of this key (base64) of a host; port "" is 22. */
enum git_host { GIT_HOST_UNKNOWN, GIT_HOST_OTHER_KEY, GIT_HOST_KNOWN, GIT_HOST_REVOKED };
enum git_host git_host_find(pv_arena *arena, const char *known_hosts, const char *host, const char *port,
			    const char *key);
/* Is it an address that cannot be read in two ways?  -PV_EINVALID says what is wrong. */
PV_MUST_USE int git_check_url(pv_ctx *cx, const char *repo);
/* What a repository on this machine looks like from outside: changes when a ref does. */
const char *git_local_stamp(pv_arena *arena, const char *path);
/* How old a mirror of a remote may be, ns. */
int64_t git_poll_period(pv_ctx *cx, pv_facts *facts);
enum git_use {
	GIT_READ,
	GIT_WRITE
}; /* Secrets of type repository and repo-creds, or repository-write and so on */
/* Adds username, password, sshPrivateKey and so on from the repository's Secret, if any, whose
 * NAMESPACE/NAME becomes `secret` (and the only project that it is for `ofProject`),
 * knownHosts from ConfigMap argocd-ssh-known-hosts-cm, and the host's authorities (PEM) from
 * argocd-tls-certs-cm.  -PV_EUNSUPPORTED names a field of the Secret that is not understood. */
PV_MUST_USE int git_add_access(pv_ctx *cx, pv_facts *facts, const char *repo, enum git_use use,
			       pv_objb *request);

/* The url of the Secret of a repository with that name and type ("helm"); NULL: there is none. */
const char *git_url_named(pv_ctx *cx, pv_facts *facts, const char *type, const char *name);
bool git_access_in(const char *ns); /* are Secrets of that namespace looked at? */
/* What git_add_access reads, and whether the object (as it was or is) says how to get at args.repo. */
extern const char *const git_access_types[];
bool git_access_heeds(pv_ctx *cx, const pv_val *args, const pv_rec *rec);

extern const pv_admission git_label_admission;
/* The public keys of ConfigMap argocd-gpg-keys-cm (of pv_str, arena of cx), in the order of their names. */
void git_signers(pv_ctx *cx, pv_facts *facts, pv_vec *ret);
extern const char *const git_signers_types[];
bool git_signers_heed(pv_ctx *cx, const pv_val *args, const pv_rec *rec);
/* A job of this folder over the mirror of args.repo. */
PV_MUST_USE int git_ask(pv_ctx *cx, pv_facts *facts, const char *job, const pv_val *args, pv_val *ret);
/* The base of what changes with any ref of args.repo. */
bool git_mirror_base(pv_ctx *cx, const pv_val *args, const char **ret_fact, pv_val *ret_args);

extern const pv_fact_kind git_commit_fact, git_tree_fact, git_files_fact, git_signatures_fact, git_base_fact;
