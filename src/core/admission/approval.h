/* approval: people who let something happen by an entry of a list in the object's spec.  Who says yes is who writes
 * it, with the verb approve on the object: who may write it otherwise does not thereby decide.  Pave's own
 * controllers bring what was approved elsewhere (a repository).  Any thread. */
#pragma once
#include "base/vec.h"
#include "core/admission/admission.h"

/* Denies at the field that it names somebody else than who writes it. */
void pv_approval_person(pv_ctx *cx, const pv_admit *admit, pv_vec *denials, const char *field,
			const char *named);
/* Denies at the field that who writes it has no such right. */
void pv_approval_right(pv_ctx *cx, const pv_admit *admit, pv_vec *denials, const char *field);
/* One more of the same counts, too: the others may have lapsed. */
bool pv_approval_is_new(const pv_val *list, size_t i, const pv_val *before);
