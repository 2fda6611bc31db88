/* forge: repositories and pull requests as forges tell them over REST, and what a plugin answers: facts whose finding
 * out runs in a child with the network.  Private to this folder.
 *   forge {ask: repos|pulls, forge, api, owner, repo, ...} -> {items: [...], pages: {url: {etag, next, items}}}
 *   appset-plugin {map, name, input} -> {items: [parameters]}
 * pages are what the next look compares with: what has not changed is not sent again. */
#pragma once
#include "base/httpc.h"
#include "base/vec.h"
#include "core/fact/fact.h"
#include "delivery/applicationset/applicationset.h"

#define PLUGIN_FACT "appset-plugin"
#define FORGE_JOB "ask-forge"

/* In the child: what is asked of whom, and what has been answered. */
struct ask {
	pv_ctx *cx;
	const pv_val *request;
	const struct forge_api *forge; /* NULL: a plugin */
	const char *base;              /* of the API, ends in "/" */
	const char *auth;              /* header with the token, or NULL */
	pv_httpc *client;
	void *reach;
	const pv_val *known; /* pages of the look before */
	pv_objb pages;
	pv_listb items;
	size_t requests;
};

/* Makes what is kept of one entry. */
typedef pv_val (*forge_trim)(struct ask *a, const pv_val *entry);
typedef int (*forge_each)(struct ask *a, const pv_val *item, void *arg);
/* GET base + path, all pages of a list; each(a, item) of every entry, in order, until one answers something: that.
 * -PV_ENOTFOUND: 404. */
PV_MUST_USE int forge_walk(struct ask *a, const char *path, forge_trim trim, forge_each each, void *arg);
/* The same of what is one entry, and no list. */
PV_MUST_USE int forge_one(struct ask *a, const char *path, forge_trim trim, forge_each each, void *arg);
/* Is there something?  404 is no error. */
PV_MUST_USE int forge_has(struct ask *a, const char *path, bool *ret);
/* POST of a JSON body -> a JSON answer. */
PV_MUST_USE int forge_post(struct ask *a, const char *path, const pv_val *body, const pv_val **ret);
/* A JSON body that is taken (200 to 299). */
PV_MUST_USE int forge_send(struct ask *a, const char *method, const char *path, const pv_val *body);
/* What the request says of a pull request: {owner, repo, number, sha, mark, comment, state, description, context,
 * targetURL}. */
PV_MUST_USE int forge_say(struct ask *a);
PV_MUST_USE int forge_open(struct ask *a);
void forge_close(struct ask *a);

/* One forge's API. */
typedef struct forge_api {
	const char *name;   /* "github": the member of the generator */
	const char *title;  /* "GitHub" */
	const char *api;    /* where it is if nobody says */
	const char *suffix; /* of its API */
	const char *header; /* in front of the token */
	const char *many;   /* how a list's pages are asked for */
	const char *hash;   /* where a branch has its commit's */
	int (*repos)(struct ask *a);
	int (*pulls)(struct ask *a);
} forge_api;
extern const forge_api forge_github, forge_gitlab, forge_gitea;
const forge_api *forge_of(const char *name); /* NULL: none that is known */

struct forge_branch {
	const pv_val *repo; /* {organization, repository, repository_id, https, ssh, labels} */
	const char *branch, *sha;
};
/* The address of what the API has of a repository. */
typedef const char *(*forge_place)(struct ask *a, const pv_val *repo, const char *rest);
/* Is the path there? */
typedef int (*forge_path)(struct ask *a, const struct forge_branch *b, const char *path, bool *ret);
/* Adds a repository's branches, or its first one, to the items where a filter takes them.  Of a repository that went in
 * between, or has no commit, there are none. */
PV_MUST_USE int forge_add_branches(struct ask *a, const pv_val *repo, forge_place place, forge_path has);
/* Likewise pull requests {number, title, branch, target_branch, head_sha, labels, author} that have the request's labels. */
PV_MUST_USE int forge_add_pulls(struct ask *a, const char *path, forge_trim trim);
/* A text of the request, as it stands in an address. */
const char *forge_asked(struct ask *a, const char *name);

/* What the facts are made of, for whoever has no server: find(of, type, ns, name) reads an object ("/Secret"), NULL if
 * there is none; api: whose addresses may be connected to, or NULL. */
typedef struct forge_reader {
	const pv_val *(*find)(pv_ctx *cx, void *of, const char *type, const char *ns, const char *name);
	void *of;
	pv_api *api;
} forge_reader;
PV_MUST_USE int forge_find(pv_ctx *cx, const forge_reader *from, const pv_val *args, const pv_val *previous,
			   pv_val *ret);
PV_MUST_USE int forge_find_plugin(pv_ctx *cx, const forge_reader *from, const pv_val *args, pv_val *ret);

/* The same with the server's Secrets and ConfigMaps. */
PV_MUST_USE int forge_find_for(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret);

extern const pv_fact_kind forge_fact, plugin_fact, say_effect;
extern const pv_job_kind forge_job;
