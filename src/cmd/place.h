/* place: where in the user's file what an error speaks of stands.  Private to cmd. */
#pragma once
#include "cmd/ask.h"

/* Wraps the error r of a document: "FILE:LINE: WHAT: ..." with the line of its first fault, and
 * each further fault (cause) with its own. */
PV_MUST_USE int place_fault(pv_ctx *cx, int r, const ask_doc *doc, const char *what);
/* Fails unless the document names an object: apiVersion, kind and metadata.name.  text: a name that
 * is no string is a fault, too, and not left to the server. */
PV_MUST_USE int place_check(pv_ctx *cx, const ask_doc *doc, bool text);
