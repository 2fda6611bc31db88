/* verbs: the program's own commands, one exported const each; listed in verbs.c. */
#pragma once
#include "cmd/args.h"

extern const pv_verb serve_verb, version_verb;
