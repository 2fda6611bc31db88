/* webhook: what forges and registries send when something came, and what proves it.
 * Pure; what is returned lives in the arena or in what was given.  Private.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/ */
#pragma once
#include "lang/value/value.h"

enum webhook_kind {
	WEBHOOK_UNKNOWN,    /* not one of the sender's events that are heeded */
	WEBHOOK_PING,       /* a trial: nothing came */
	WEBHOOK_REPOSITORY, /* commits, tags, a pull request: something came to a repository */
	WEBHOOK_PACKAGE,    /* an image or a chart came to a registry */
};

enum webhook_proof {
	PROOF_HMAC,  /* a header holds the body's HMAC-SHA256 by the secret */
	PROOF_TOKEN, /* a header holds the secret */
	PROOF_LOGIN, /* Basic authentication: the secrets are user and password */
};

struct webhook_event {
	const char *event;
	enum webhook_kind kind;
};

struct webhook_sender {
	const char *name;  /* "GitHub" */
	const char *mark;  /* the header it is known by; NULL: the member of the payload, below */
	const char *event; /* what says which event it is: a header or, with a '.' before it, a member */
	const struct webhook_event *events; /* a name that ends in '*' is a beginning; ends with NULL */
	enum webhook_proof proof;
	const char *proof_header;
	const char *secrets[2]; /* members of Secret argocd-secret; NULL: none */
};

/* A header of the request; NULL: it has none. */
typedef struct webhook_request {
	const char *(*header)(const void *arg, const char *name);
	const void *arg;
	pv_str body;
	const pv_val *payload;
} webhook_request;

/* NULL: nobody that is known. */
const struct webhook_sender *webhook_sender_of(const webhook_request *q);
/* The names of all that are known, as a list in words. */
const char *webhook_senders(pv_arena *arena);
/* The names of its events that are heeded, as a list in words. */
const char *webhook_events(pv_arena *arena, const struct webhook_sender *sender);
/* *ret_event: its name as the sender says it; "" if it says none. */
enum webhook_kind webhook_kind_of(const struct webhook_sender *sender, const webhook_request *q,
				  const char **ret_event);
/* Does the request prove that its sender knows these?  A NULL among them is not asked for. */
bool webhook_proven(pv_arena *arena, const struct webhook_sender *sender, const webhook_request *q,
		    const char *const secrets[2]);

/* Of these three a list has 64 texts at most, of 2,048 bytes at most each.
 * The URLs of the repository that an event names (several spellings of one), or of what is in
 * a registry ("oci://ghcr.io/org/name"); elements: const char *. */
void webhook_repositories(pv_arena *arena, const pv_val *payload, pv_vec *ret);
/* How the forge calls the repository and whose it is: "owner/name", "owner", a project's number; elements:
 * const char *. */
void webhook_names(pv_arena *arena, const pv_val *payload, pv_vec *ret);
/* The branches, tags or versions that came, without "refs/heads/"; elements: const char *. */
void webhook_revisions(pv_arena *arena, const pv_val *payload, pv_vec *ret);
