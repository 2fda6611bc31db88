#include "fuzz/pieces.h"

#include <string.h>

pv_str
piece_next(pv_str *rest)
{
	const char *end = rest->len ? memmem(rest->s, rest->len, "\n---\n", 5) : NULL;
	pv_str piece = *rest;

	if (!end) {
		*rest = (pv_str){"", 0};
		return piece;
	}
	piece.len = (size_t)(end - rest->s) + 1;
	rest->s += piece.len + 4;
	rest->len -= piece.len + 4;
	return piece;
}

size_t
piece_files(pv_arena *arena, pv_str input, piece_file *ret, size_t most)
{
	pv_str rest = input, line;
	size_t n = 0;

	while (rest.len && pv_str_next(&rest, '\n', &line)) {
		if (line.len > 4 && memcmp(line.s, "--- ", 4) == 0) {
			if (n == most)
				return n;
			ret[n].name = pv_strndup(arena, line.s + 4, line.len - 4);
			ret[n++].text = (pv_str){rest.s ? rest.s : "", 0};
		} else if (n) {
			ret[n - 1].text.len = (size_t)(line.s + line.len - ret[n - 1].text.s);
		}
	}
	return n;
}
