/* b: half of a cycle. */
#pragma once
#include "core/b/c.h"
#include "base/banned.h"
