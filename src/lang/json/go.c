#include "lang/json/go.h"
#include "base/str.h"

#include <string.h>

const char *
pv_json_go_kind(const pv_val *v)
{
	switch (v->type) {
	case PV_LIST: return "array";
	case PV_BOOL: return "bool";
	default: return pv_type_name(v);
	}
}

/* What the parser expected, as encoding/json says what it found in its place. */
const char *
pv_json_go_fault(pv_arena *arena, const char *what)
{
	static const char *const words[][2] = {
		{"expected a value", "looking for beginning of value"},
		{"expected a key", "looking for beginning of object key string"},
		{"expected ':'", "after object key"},
		{"expected ',' or '}'", "after object key:value pair"},
		{"expected ',' or ']'", "after array element"},
		{"expected the end", "after top-level value"}};
	const char *found = strstr(what, ", found '"), *at = strstr(what, "expected ");
	if (strstr(what, ", found the end of the text"))
		return "unexpected end of JSON input";
	for (size_t i = 0; found && at && i < PV_LEN(words); i++)
		if (pv_starts_with(at, words[i][0]))
			return pv_printf(arena, "invalid character %s %s", found + strlen(", found "),
					 words[i][1]);
	return what;
}
