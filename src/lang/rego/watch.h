/* rego/watch: what the machine does, noted while it does it: events for a trace, and costs of statements.
 * One thread; private to this folder. */
#pragma once
#include "lang/rego/vm.h"

void rg_watch_enter(pv_rego_watch *w, const rg_code *code, const rg_group *g); /* g NULL: the query */
void rg_watch_leave(pv_rego_watch *w);
void rg_watch_step(pv_rego_watch *w, const rg_insn *ip);         /* the machine is at this instruction */
void rg_watch_after(pv_rego_watch *w, uint8_t op, bool failed);  /* what an instruction came to */
void rg_watch_redo(pv_rego_watch *w, uint32_t step, bool again); /* back to it; again: for its next value */
void rg_watch_note(pv_rego_watch *w, const char *text);          /* of trace() */
