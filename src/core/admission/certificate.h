/* certificate: who may approve, sign and ask for certificates.  Thread-safe: const. */
#pragma once
#include "core/admission/admission.h"

extern const pv_admission certificate_admission;
