/* c: the other half. */
#pragma once
#include "core/b/b.h"
