/* pieces: one input that stands for several texts, or for several files.  Pure. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

/* What is in front of the next line "---", which is taken off; all that is left if there is none. */
pv_str piece_next(pv_str *rest);

typedef struct piece_file {
	const char *name;
	pv_str text;
} piece_file;
/* Files that each begin with a line "--- NAME"; what is in front of the first is none. */
size_t piece_files(pv_arena *arena, pv_str input, piece_file *ret, size_t most);
