/* union: the controller that writes what aggregated ClusterRoles say.  Const; called by the runtime's threads. */
#pragma once
#include "core/reconcile/reconcile.h"

extern const pv_controller union_controller;
