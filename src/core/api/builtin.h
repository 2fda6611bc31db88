/* builtin: what the API server does for particular kinds, beyond their schema, defaults and rules
 * (core/kinds).  Private to core/api. */
#pragma once
#include "core/api/impl.h"

/* ---- scale.c ---- */
pv_val scale_of(pv_ctx *cx, const pv_resource *res, const pv_val *object);
/* What admission is shown of an object: of a write to its scale, that. */
const pv_val *scale_shown(pv_ctx *cx, const write_op *w, const pv_val *object);
void scale_ask(pv_ctx *cx, const write_op *w, pv_admit *admit); /* the same, of all that it is asked */
/* What admission made of the Scale, in the object.  -PV_EINTERNAL if it is none any more. */
PV_MUST_USE int scale_take(pv_ctx *cx, const write_op *w, const pv_val *scale, const pv_val **object);
typedef struct scale_args {
	bool patch;
	enum pv_patch_kind kind; /* of a patch */
	const pv_val *body;
} scale_args;
/* A transform; arg: scale_args. */
PV_MUST_USE int scale_change(pv_ctx *cx, write_op *w, void *arg, const pv_val **ret);

/* ---- what built-in kinds do beyond their schema (builtin.c) ---- */
/* As decoding and defaulting do: what the client is taken to have said. */
PV_MUST_USE int builtin_complete(pv_ctx *cx, const write_op *w, const pv_val **object);
/* As upstream's strategies do: nobody's field. */
PV_MUST_USE int builtin_prepare(pv_ctx *cx, const write_op *w, const pv_val **object);
/* Once more, of what admission changed: what nobody outside may say. */
PV_MUST_USE int builtin_settle(pv_ctx *cx, const write_op *w, const pv_val **object);
/* Behind everything, and nobody's field. */
const pv_val *builtin_finish(pv_ctx *cx, const write_op *w, const pv_val *object);
/* Adds what its kind finds wrong with it, beside what its schema and its rules do. */
void builtin_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes);
PV_MUST_USE int builtin_check(pv_ctx *cx, const write_op *w, const pv_val *object);
PV_MUST_USE int builtin_deletable(pv_ctx *cx, const write_op *w);
bool builtin_marks_grace(const pv_resource *res); /* deletionGracePeriodSeconds beside deletionTimestamp */
bool builtin_has_generation(const pv_resource *res);
bool builtin_is_new(const write_op *w, const pv_val *object); /* a generation of its own */
PV_MUST_USE int builtin_marked(pv_ctx *cx, const write_op *w,
			       const pv_val **object); /* it ends from now on */
bool builtin_counts_deletion(const pv_resource *res);  /* being deleted is a generation of its own */
bool builtin_made_by_update(const pv_resource *res);   /* a PUT of what is not there makes it */
bool builtin_wants_version(const pv_resource *res);    /* a write says which version it changes */
bool builtin_returns_deleted(const pv_resource *res);
bool builtin_orphans(const pv_resource *res); /* a DELETE that does not say leaves what it owns */

/* ---- CustomResourceDefinitions and the objects of their kinds (definition.c) ---- */
bool definition_is(const pv_resource *res);
void device_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes); /* device.c */
PV_MUST_USE int definition_prepare(pv_ctx *cx, const write_op *w, const pv_val **object);
/* -PV_EMETHOD: no objects of a kind are made that is being deleted. */
PV_MUST_USE int definition_open(pv_ctx *cx, const write_op *w);
/* One that is deleted stays until its objects are gone. */
const pv_val *definition_keep(pv_ctx *cx, const write_op *w, const pv_val *object);
/* It is marked: its objects go. */
PV_MUST_USE int definition_empty(pv_ctx *cx, const write_op *w);
/* After the store has it, or has it no more (NULL): the registry learns of it. */
PV_MUST_USE int definition_stored(pv_ctx *cx, const write_op *w, const pv_val *object);
/* After an object is gone: the last one of a definition that is being deleted takes it along. */
PV_MUST_USE int definition_gone(pv_ctx *cx, const write_op *w);

/* ---- CertificateSigningRequests (certificate.c) ---- */
PV_MUST_USE int certificate_prepare(pv_ctx *cx, const write_op *w, const pv_val **object);
void certificate_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes);

/* ---- Services (service.c, nodeport.c) ---- */
PV_MUST_USE int service_address(pv_ctx *cx, const write_op *w, const pv_val **object);
/* Held from choosing an address until it is stored, but while admission is asked; nothing for other kinds. */
void service_lock(const write_op *w, bool lock);
/* The Service without what its new type does not have and its writer did not change. */
PV_MUST_USE const pv_val *service_drop(pv_ctx *cx, const pv_val *old, const pv_val *object);
/* Refuses ports of the nodes that are taken; last: gives those that are missing. */
PV_MUST_USE int service_ports(pv_ctx *cx, const write_op *w, bool last, const pv_val **object);
/* The address again, after the lock was let go: somebody may have taken it meanwhile.
 * chosen: by us and not by the client, so another will do. */
PV_MUST_USE int service_keep(pv_ctx *cx, const write_op *w, bool chosen, const pv_val **object);

/* ---- Pods' own subresources (podpart.c) ---- */
/* As write_part().  NULL: it is another write. */
const pv_val *podpart_of(pv_ctx *cx, const write_op *w, const pv_val *object, const pv_val *rest);
