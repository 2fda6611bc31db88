/* echo_node: a node called "echo" that does as it is told: cat, exit N, size, flood.  For tests. */
#pragma once
#include "core/session/session.h"

extern const pv_node echo_node;
