/* MODULE: KIND, say here what it is for.
 * Any thread: a controller is a pure function from what is known to a plan. */
#pragma once
#include "core/module.h"

extern const pv_controller MODULE_controller;
