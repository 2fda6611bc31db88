/* strict: are the documents of files objects of kinds that are known, with fields that are?
 * Without a server: the built-in kinds, the modules' and the CRDs among the documents.
 * One thread.  Private to cmd. */
#pragma once
#include "cmd/ask.h"

/* Prints every fault on stderr, with file and line; *ret_worst is the exit code that they make. */
PV_MUST_USE int strict_check(pv_ctx *cx, const pv_args *args, const pv_vec *docs /* of ask_doc */,
			     int *ret_worst);
