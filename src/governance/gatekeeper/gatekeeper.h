/* governance/gatekeeper: Gatekeeper's templates and constraints at admission, over what exists and in
 * tools; its mutators and expansion.  Const rows; admission calls from the threads of the API. */
#pragma once
#include "core/module.h"
