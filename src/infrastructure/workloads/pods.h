/* pods: what every workload asks about Pods, and makes of templates.  Private. */
#pragma once
#include "core/reconcile/reconcile.h"

const char *meta_name(const pv_val *object);
const char *meta_ns(const pv_val *object);
bool is_deleting(const pv_val *object);
int64_t created_at(const pv_val *object);                     /* ns, 0 if unknown */
int64_t replicas_of(const pv_val *object, int64_t otherwise); /* .spec.replicas */

bool pod_ended(const pv_val *pod);                            /* Succeeded or Failed */
bool pod_active(const pv_val *pod);                           /* neither ended nor being deleted */
bool pod_has_labels(const pv_val *pod, const pv_val *labels); /* all of them */
bool pod_ready(const pv_val *pod);
/* Ready for min_ready seconds; *ret_wait: when it will be, ns from now, if that is what is missing. */
bool pod_available(const pv_val *pod, int64_t min_ready, int64_t now, int64_t *ret_wait);

/* A Pod of a template: `name` or, if NULL, generateName `prefix`; extra labels win. */
pv_val pod_of_template(pv_ctx *cx, const pv_val *owner, const pv_val *tmpl, const char *name,
		       const char *prefix, const pv_val *extra_labels);
/* The owner's Pods (as controller), adopted and let go by `selector` (adopt.h). */
void pods_of(pv_ctx *cx, pv_plan *plan, const pv_val *owner, const pv_val *selector, pv_vec *ret);
/* The Pods of a namespace with all of these labels (at least one). */
void pods_labelled(pv_ctx *cx, pv_plan *plan, const char *ns, const pv_val *labels, pv_vec *ret);
extern const pv_index_row pod_indexes[];
/* What most owners say of a Pod that they made or deleted (pv_controller.tells). */
const char *pod_told(pv_ctx *cx, const pv_val *owner, const pv_val *other, bool deleted);
/* Those to delete first come first: unscheduled, not ready, cheap, not ready for long, youngest. */
void pods_by_worth(pv_ctx *cx, pv_vec *pods);

/* "25%" or 3 of `total`; percentages round up or down. */
int64_t scaled(const pv_val *int_or_percent, int64_t total, bool up, int64_t otherwise);
/* A short name of a template's content, in the letters that names may have. */
char *template_hash(pv_arena *arena, const pv_val *tmpl, int64_t collisions);
/* {"a": v} and {"a": {"b": v}} without ceremony. */
pv_val object1(pv_arena *arena, const char *key, pv_val v);
pv_val object2(pv_arena *arena, const char *outer, const char *inner, pv_val v);
