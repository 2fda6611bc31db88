/* pod: the account and the priority class of a new Pod; which classes stay.  Private to core/admission; any thread. */
#pragma once
#include "core/admission/admission.h"

extern const pv_admission pod_admission, class_admission;
