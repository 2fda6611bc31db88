/* components: how the server's parts are, as componentstatuses.  Const; its list is asked for on any thread. */
#pragma once
#include "core/api/api.h"
#include "core/module.h"

extern const pv_view component_statuses;
