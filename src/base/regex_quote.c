/* Text as a pattern that matches it: Go's regexp.QuoteMeta. */
#include <string.h>

#include "base/buf.h"
#include "base/regex.h"

char *
pv_re_quote(pv_arena *arena, pv_str text)
{
	pv_buf out;

	pv_buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.s[i] != '\0' && strchr("\\.+*?()|[]{}^$", text.s[i]) != NULL)
			pv_buf_addc(&out, '\\');
		pv_buf_addc(&out, text.s[i]);
	}
	return out.s;
}
