/* place: where in the user's file what an error speaks of stands.  Private to cmd. */
#pragma once
#include "cmd/ask.h"

/* Wraps the error r of a document: "FILE:LINE: WHAT: ..." with the line of its first fault, and
 * each further fault (cause) with its own. */
PV_MUST_USE int place_fault(pv_ctx *cx, int r, const ask_doc *doc, const char *what);
