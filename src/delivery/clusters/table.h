/* table: opens the table of spokes over the API.  Once, when the module starts.  Private to this folder. */
#pragma once
#include "core/api/api.h"

int table_start(pv_ctx *cx, pv_api *api);
