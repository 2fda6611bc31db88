/* http: one HTTP request on its way through the API.  Internal to core/api. */
#pragma once
#include "core/api/impl.h"
#include "core/audit/audit.h"
#include "lang/selector/selector.h"

/* PROTOBUF_PARTIAL: PartialObjectMetadata in protobuf, which custom kinds have too. */
enum form { FORM_JSON, FORM_YAML, FORM_TABLE, FORM_PARTIAL, FORM_PROTOBUF, FORM_PROTOBUF_PARTIAL };
#define PV_PROTOBUF_TYPE "application/vnd.kubernetes.protobuf"

#define ANY_METHOD (~0u) /* instead of verbs */

typedef struct target { /* what the path names */
	const pv_resource *res;
	const char *group, *version, *plural;
	const char *ns, *name, *sub; /* "" when absent */
	unsigned sub_verbs;          /* enum pv_verb_bit */
	bool collection;
	bool watched; /* the path itself says so: /api/v1/watch/... */
} target;

typedef struct request {
	pv_api *api;
	pv_ctx *cx;
	pv_http_req *http;
	const char *method, *path;    /* path: decoded */
	const char *verb;             /* get list watch create ...; NULL: not dispatched */
	const struct pv_route *route; /* a module's, that answers it; NULL: none does */
	target t;
	enum form form;
	const char *form_version; /* of a Table or PartialObjectMetadata */
	bool form_listed;         /* PartialObjectMetadataList was asked for */
	pv_vec warnings;          /* of const char * */
	pv_vec notes;             /* of const char *: keys and values of the audit event */
	int64_t received, began;  /* wall clock, monotonic */
	int status;
	struct audited { /* for an audit policy */
		bool decided;
		bool acting; /* it is known who acts, so that rights are asked */
		pv_audit_decision decision;
		const pv_val *sent, *answered; /* bodies, or NULL */
		const pv_val *made;            /* by a create; or NULL */
		const pv_val *status;          /* the Status that was answered; or NULL */
	} audit;
} request;

/* ---- route.c ---- */
/* false: the raw path is not /api/V/... or /apis/G/V/... */
bool route_parse(pv_ctx *cx, const char *path, target *ret);
PV_MUST_USE int route_resource(request *q); /* finds the resource; 404 */
/* What authorizers are asked: a list of one name (fieldSelector) is asked for by that name, as upstream. */
pv_attributes route_attributes(request *q, const char *verb);
PV_MUST_USE int route_dispatch(request *q); /* by method, to what is below */
PV_MUST_USE int weight_claim(request *q);   /* room for what a write will take; waits for it (weight.c) */
bool route_streams(const request *q);       /* goes on after its headers: exec, log and the like */
bool route_allows(const request *q);      /* is the method one of the resource's?  Before anything is read */
PV_MUST_USE int route_forbid(request *q); /* 405, or 403 */

void route_begin(request *q);         /* names no resource yet */
const char *request_verb(request *q); /* as RBAC, audit and fairness name it, before it is dispatched too */

/* ---- audit.c ---- */
void audit_begin(request *q); /* who asks for what is known */
void audit_end(request *q, const pv_error *refusal);
/* What is to be told (pv_audit_add, with the time) when the stream that q opens ends; NULL: nothing is. */
pv_audit_event *audit_keep_end(request *q, pv_arena *arena);
bool audit_wants_answer(const request *q); /* q->audit.answered is to be set */

/* ---- flow.c ---- */
PV_MUST_USE int flow_check(request *q); /* 429 for who waited too long */
void flow_tell(request *q);             /* the answer's headers */
#define FLOW_DEBUG "/debug/api_priority_and_fairness/"
bool flow_has(const char *path); /* one of its tables of what levels do now */
int handle_flow(request *q);

/* ---- negotiate.c ---- */
PV_MUST_USE int negotiate(request *q); /* of a resource that is known, or not there at all */
bool form_is_partial(enum form form);
/* Of metadata alone, a list is asked for as a list, and one object as one. */
PV_MUST_USE int form_fits(request *q, bool list);
/* Of an answer that is no object of the resource (a Status, a Scale): no table, nothing left out. */
enum form form_whole(enum form form);

/* ---- answer.c ---- */
PV_MUST_USE int answer_val(request *q, int status, const pv_val *object);
PV_MUST_USE int answer_rec(request *q, int status, const pv_rec *rec);
PV_MUST_USE int answer_text(request *q, int status, const char *text);
/* The same for what is not to be cut to its metadata. */
PV_MUST_USE int answer_made(request *q, int status, const pv_val *object);
/* The object, or list of objects, by its own apiVersion and kind; *ret_known false: it has no protobuf form. */
PV_MUST_USE int answer_protobuf(pv_ctx *cx, pv_api *api, const pv_val *object, pv_buf *out, bool *ret_known);
PV_MUST_USE int answer_success(request *q); /* 201, with a Status */
void answer_error(request *q);              /* of cx->err */
void answer_warnings(request *q);
/* {kind: PartialObjectMetadata, apiVersion, metadata} */
pv_val partial_of(pv_ctx *cx, const char *version, const pv_val *object);

/* ---- body.c ---- */
PV_MUST_USE int body_object(request *q, const pv_val **ret, pv_vec *duplicates);
/* An object that the resource does not store.  -PV_EBADREQUEST if it says that it is another, or a
 * value has another type than the kind gives it. */
PV_MUST_USE int body_of_kind(request *q, const char *api_version, const char *kind, const pv_val **ret);
/* Its namespace is the request's, or it names none. */
PV_MUST_USE int body_of_here(request *q, const pv_val *body);
PV_MUST_USE int body_patch(request *q, enum pv_patch_kind *ret_kind, const pv_val **ret, pv_vec *duplicates);
PV_MUST_USE int body_options(request *q, pv_call *call); /* DeleteOptions, and the query's */
/* DeleteOptions that stand elsewhere; NULL: none. */
PV_MUST_USE int body_delete_options(request *q, const pv_val *options, pv_call *call);

/* ---- query.c ---- */
typedef struct fields_query { /* a field selector over a resource */
	const pv_resource *res;
	pv_vec terms;          /* of pv_field_term */
	const char *name, *ns; /* metadata.name=X, metadata.namespace=X; NULL: not asked */
} fields_query;
typedef struct list_options {
	pv_selector *labels; /* NULL: all */
	fields_query fields;
	bool selective; /* any selector at all */
	size_t limit;
	int64_t rev; /* 0: newest */
	bool exact;
	const char *after_ns, *after_name;
	bool watch, bookmarks, rev_given;
	bool initial, initial_given; /* sendInitialEvents */
	int64_t timeout_ns;
} list_options;
PV_MUST_USE int query_list(request *q, list_options *ret);
PV_MUST_USE int query_get(request *q); /* resourceVersion: 400, 504 */
PV_MUST_USE int query_write(request *q, const char *kind, pv_call *call);
bool query_flag(request *q, const char *name);
bool query_matches(pv_ctx *cx, const list_options *o, const pv_rec *rec);
bool query_matches_val(pv_ctx *cx, const list_options *o, const pv_val *object);
char *query_continue(pv_arena *arena, int64_t rev, const char *ns, const char *name);

/* ---- handlers: read.c list.c watch.c change.c subresource.c eviction.c review.c why.c root.c ---- */
PV_MUST_USE int handle_get(request *q);
PV_MUST_USE int handle_list(request *q);
PV_MUST_USE int handle_watch(request *q, const list_options *o);
PV_MUST_USE int handle_create(request *q);
PV_MUST_USE int handle_update(request *q);
PV_MUST_USE int handle_patch(request *q);
PV_MUST_USE int handle_delete(request *q);
/* Of what it left, when a client did not say what becomes of that. */
void warn_of_orphans(request *q, const pv_call *call);
PV_MUST_USE int handle_delete_many(request *q);
PV_MUST_USE int handle_scale(request *q);
/* 1: q names a subresource with a life of its own, *ret says how it went. */
bool handle_subresource(request *q, int *ret);
PV_MUST_USE int handle_eviction(request *q);
PV_MUST_USE int handle_binding(request *q);
/* Its faults, and which of its selectors no authorizer can use (NULL: none). */
void review_check(request *q, const pv_val *spec, pv_vec *causes);
void review_check_meta(request *q, const pv_val *meta,
		       pv_vec *causes); /* it says nothing but the namespace */
const char *review_ignored(pv_ctx *cx, const pv_val *spec);
bool handle_review(request *q, int *ret);
PV_MUST_USE int handle_why(request *q);
/* What is posted to a subresource of q's on its way in, as policies and webhooks see it: a type of built-in
 * kinds ("policy/v1", "Eviction").  (subresource.c) */
pv_admit posted(request *q, const pv_call *call, enum pv_operation operation, const char *api_version,
		const char *kind, const pv_val *object);
/* It is asked about: changed, then judged.  *object: as it was changed. */
PV_MUST_USE int posted_admit(request *q, const pv_call *call, const char *api_version, const char *kind,
			     const pv_val **object);
PV_MUST_USE int handle_proxy(request *q); /* proxy.c */
/* ---- connect.c ---- */
PV_MUST_USE int handle_log(request *q);
PV_MUST_USE int handle_exec(request *q);
PV_MUST_USE int handle_attach(request *q);
PV_MUST_USE int handle_port_forward(request *q);
/* Is it a document or a page of the API itself, beside its resources? */
bool root_has(const char *path);
/* Everything that is not /api/V/... or /apis/G/V/...: health, discovery, metrics. */
PV_MUST_USE int handle_root(request *q);
/* ---- health.c ---- */
/* A probe is answered whatever credentials come along: a stale one says nothing about health. */
bool handle_probe(request *q, int *ret);
bool health_has(const char *path);               /* /readyz, or one check of it */
void health_paths(pv_arena *arena, pv_vec *ret); /* of const char *, added */
PV_MUST_USE int handle_health(request *q);
PV_MUST_USE int handle_slis(request *q);
/* ---- gzip.c, turns.c, route.c ---- */
bool gzip_wanted(request *q, size_t size); /* of the answer */
/* A body that lies in the arena, packed if that is wanted. */
void gzip_reply(request *q, int status, const char *type, pv_str text);
pv_http_source gzip_source(request *q, const pv_http_source *from);
void turns_note(request *q);
PV_MUST_USE int handle_turns(request *q);
PV_MUST_USE int handle_backup(request *q);
PV_MUST_USE int may(request *q, const char *verb); /* RBAC for the target */
