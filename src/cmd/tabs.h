/* tabs: cells in columns, as Go's tabwriter lays them out for kubectl: three blanks behind the
 * widest cell of the lines around that have the column, six characters at least, and widths that
 * a stream keeps.  One thread.  Private to cmd. */
#pragma once
#include "base/vec.h"

typedef struct tabs {
	pv_vec lines;  /* of pv_vec (of struct cell, tabs.c): not yet printed */
	pv_vec widths; /* of size_t: the widest that was printed */
	bool apart;    /* a blank line comes in front of the next */
	size_t printed;
} tabs;

void tabs_init(tabs *t, pv_arena *arena);
void tabs_line(tabs *t, pv_arena *arena); /* begins a line; the arena is needed until tabs_flush() */
/* Its next cell; a tab in the text ends a cell, and a line break a line, as they do there. */
void tabs_cell(tabs *t, pv_arena *arena, const char *text);
void tabs_flush(tabs *t);  /* prints */
void tabs_forget(tabs *t); /* the widths */
