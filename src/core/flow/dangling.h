/* dangling: the controller that says of each FlowSchema whether its level is there.  Const; called by the
 * runtime's threads. */
#pragma once
#include "core/reconcile/reconcile.h"

extern const pv_controller dangling_controller;
