/* a: looks up. */
#pragma once
#include "core/b/b.h"
