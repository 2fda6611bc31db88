#include "core/b/b.h"
#include "core/b/b_private.h"
#include "b.h"
#include <stdio.h>
