/* classes: default classes of claims and Ingresses, and what keeps claims and volumes that are used.  Private
 * to core/admission; any thread. */
#pragma once
#include "core/admission/admission.h"

extern const pv_admission classes_admission;
