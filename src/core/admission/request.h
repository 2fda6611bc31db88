/* request: a write on its way in as the AdmissionRequest that policies and webhooks read.
 * Pure; results live in the ctx's arena.
 * Source: admission.k8s.io/v1, admissionregistration.k8s.io/v1. */
#pragma once
#include "core/admission/admission.h"

struct pv_api;

/* An object that exists already, as the write that would make it now; api may be NULL. */
pv_admit pv_admission_of(struct pv_api *api, const pv_resource *resource, const pv_val *object);
/* With object and oldObject (null if there is none). */
pv_val pv_admission_request(pv_ctx *cx, const pv_admit *admit);
/* The write as that version shows it; a conversion webhook may be asked. */
PV_MUST_USE int pv_admission_as(pv_ctx *cx, const pv_admit *admit, const pv_resource *as, pv_admit *ret);
/* The request that one webhook is sent: with a uid of its own, and beside the version
 * that is seen the one that was asked for. */
pv_val pv_admission_call(pv_ctx *cx, const pv_admit *admit, const pv_admit *seen);
/* The namespace that is told of: a Namespace stands in itself.  Stores keep it in none, as admit->ns says. */
const char *pv_admission_place(const pv_admit *admit);
/* The labels of the namespace that the object is in, or its own if it is one; NULL: none. */
const pv_val *pv_admission_namespace(pv_ctx *cx, const pv_admit *admit);
/* Whose object it is stays as it is: an error of `by` ("admission webhook "x"") else. */
PV_MUST_USE int pv_admission_same(pv_ctx *cx, const char *by, const pv_val *was, const pv_val *now);
