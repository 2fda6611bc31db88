/* addresses: the controllers that keep an IPAddress for each address of a Service.  Const; called by the
 * runtime's threads. */
#pragma once
#include "core/reconcile/reconcile.h"

extern const pv_controller service_addresses_controller, free_addresses_controller;
