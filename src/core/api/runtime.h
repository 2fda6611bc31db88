/* runtime: who runs controllers over an API.  Any thread; what it returns is closed when no request runs any more. */
#pragma once
#include "core/api/api.h"

struct pv_runtime *pv_api_runtime(const pv_api *api); /* NULL: nobody does */
