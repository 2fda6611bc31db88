/* pod: what a new Pod is given and held to: its account and token (account.c), its priority (pod.c), what it
 * tolerates and its RuntimeClass (runtime.c); which classes stay.  Private to core/admission; any thread. */
#pragma once
#include "core/admission/admission.h"

extern const pv_admission account_admission, pod_admission, runtime_admission, class_admission;

bool pod_is_new(const pv_admit *admit);
bool pod_is_update(const pv_admit *admit); /* of the Pod itself */
/* What a controller tries dry may be made just before it in the same sync. */
bool pod_is_prediction(const pv_admit *admit);
void pod_deny(pv_vec *denials, const char *message); /* Forbidden */
