/* list: the Applications that a query is about, and parts of them.  Private to this folder. */
#pragma once
#include "delivery/argocd/impl.h"

typedef struct filter filter; /* ?name= &appNamespace= &repo= &project= &selector= */
typedef struct fields fields; /* ?fields=metadata.name,spec, or what is left out: ?fields=-status */

/* May the caller get it, and is it asked for? */
bool list_wants(call *c, const filter *f, const pv_rec *rec);
PV_MUST_USE int list_filter(call *c, filter **ret);
/* By name; of const pv_rec *, held by c->cx. */
PV_MUST_USE int list_applications(call *c, const filter *f, pv_vec *ret, int64_t *ret_rev);
/* front: what each path begins with ("items."); others are of the list itself.  *ret NULL: all of it is wanted. */
PV_MUST_USE int list_fields(call *c, const char *front, fields **ret);
pv_val list_parts(pv_arena *arena, const fields *f, const pv_val *object);
int list_answer(call *c);
