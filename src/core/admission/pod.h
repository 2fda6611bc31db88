/* pod: the account and the priority class of a new Pod.  Private to core/admission; any thread. */
#pragma once
#include "core/admission/admission.h"

extern const pv_admission pod_admission;
