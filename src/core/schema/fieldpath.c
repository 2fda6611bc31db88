/* Paths of fields in a schema: fieldPath of rules, jsonPath of selectable fields. */
#include "base/buf.h"
#include "base/str.h"
#include "core/schema/node.h"
#include <string.h>

/* The next piece: ".", "[", "]", 'quoted', or what lies between. */
static pv_str
token(pv_str *rest)
{
	size_t n = 1;
	pv_str piece;

	if (!rest->len)
		return (pv_str){rest->s, 0};
	if (rest->s[0] == '\'')
		while (n < rest->len && (rest->s[n] != '\'' || rest->s[n - 1] == '\\'))
			n++;
	else if (!memchr(".[]", rest->s[0], 3))
		while (n < rest->len && !memchr(".[]", rest->s[n], 3))
			n++;
	if (rest->s[0] == '\'' && n < rest->len)
		n++;
	piece = (pv_str){rest->s, n};
	*rest = (pv_str){rest->s + n, rest->len - n};
	return piece;
}

static const char *
unquoted(pv_arena *arena, pv_str piece, pv_str *ret)
{
	pv_buf b;

	if (piece.len < 2 || piece.s[0] != '\'' || piece.s[piece.len - 1] != '\'')
		return pv_printf(arena, "expected single quoted string but got %.*s", (int)piece.len,
				 piece.s);
	pv_buf_init(&b, arena);
	for (size_t i = 1; i + 1 < piece.len; i++) {
		if (piece.s[i] == '\\' && i + 2 >= piece.len)
			return "invalid string literal: unterminated escape";
		i += piece.s[i] == '\\';
		pv_buf_addc(&b, piece.s[i]);
	}
	*ret = (pv_str){b.s ? b.s : "", b.len};
	return NULL;
}

static const char *
step(const pv_schema **s, pv_str name)
{
	const pv_prop *prop = *s && (*s)->n_props ? pv_schema_prop(*s, name.s, name.len) : NULL;

	if (!*s || (!prop && ((*s)->n_props || !(*s)->rest)))
		return "does not refer to a valid field";
	*s = prop ? prop->schema : (*s)->rest;
	return NULL;
}

const char *
pv_schema_follow(pv_arena *arena, const pv_schema *schema, pv_str path, bool brackets,
		 const pv_schema **ret_found)
{
	const char *why = NULL;

	while (path.len && !why) {
		pv_str piece = token(&path), name;
		bool bracket = piece.s[0] == '[';

		if (piece.s[0] != '.' && !bracket)
			return pv_printf(arena, "expected [ or . but got: %.*s", (int)piece.len, piece.s);
		if (bracket && !brackets)
			return "array notation is not allowed";
		if (!path.len)
			return "unexpected end of JSON path";
		name = token(&path);
		if (bracket)
			why = unquoted(arena, name, &name);
		if (!why)
			why = step(&schema, name);
		if (why || !bracket)
			continue;
		piece = token(&path);
		if (!piece.len)
			return "unexpected end of JSON path";
		if (piece.s[0] != ']')
			return pv_printf(arena, "expected ] but got %.*s", (int)piece.len, piece.s);
	}
	if (ret_found)
		*ret_found = schema;
	return why;
}

bool
pv_schema_is_scalar(const pv_schema *schema)
{
	return schema &&
	       (schema->type == PV_T_STRING || schema->type == PV_T_BOOLEAN || schema->type == PV_T_INTEGER);
}
