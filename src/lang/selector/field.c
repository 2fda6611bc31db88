/* Field selectors as text: apimachinery's fields.ParseSelector. */
#include <string.h>
#include "lang/selector/requirement.h"

/* The next term up to an unescaped comma. */
static bool
next_term(const char **rest, pv_str *ret)
{
	const char *p = *rest;

	if (p == NULL)
		return false;
	while (*p != '\0' && *p != ',')
		p += p[0] == '\\' && p[1] != '\0' ? 2 : 1;
	*ret = (pv_str){*rest, (size_t)(p - *rest)};
	*rest = *p == ',' ? p + 1 : NULL;
	return true;
}

/* The value with \\ \, and \= undone; NULL if it holds another escape or a bare '='. */
static const char *
unescape(pv_arena *arena, pv_str s)
{
	char *out = pv_alloc(arena, s.len + 1), *to = out;

	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '=')
			return NULL;
		if (s.s[i] == '\\') {
			i++;
			if (i == s.len || strchr("\\,=", s.s[i]) == NULL)
				return NULL;
		}
		*to++ = s.s[i];
	}
	*to = '\0';
	return out;
}

static bool
parse_term(pv_arena *arena, pv_str s, pv_field_term *ret)
{
	for (size_t i = 0; i < s.len; i++) {
		size_t sign = 1;

		if (s.s[i] == '\\') {
			i++;
			continue;
		}
		if (s.s[i] != '=' && !(s.s[i] == '!' && i + 1 < s.len && s.s[i + 1] == '='))
			continue;
		if (s.s[i] == '!' || (i + 1 < s.len && s.s[i + 1] == '='))
			sign = 2;
		ret->equal = s.s[i] == '=';
		ret->field = pv_strndup(arena, s.s, i);
		ret->value = unescape(arena, (pv_str){s.s + i + sign, s.len - i - sign});
		return i > 0 && ret->value != NULL;
	}
	return false;
}

int
pv_field_selector_parse(pv_ctx *cx, const char *text, pv_vec *ret_terms)
{
	const char *rest = text;
	pv_vec terms;
	pv_str s;

	pv_vec_init(&terms, cx->arena, sizeof(pv_field_term));
	while (next_term(&rest, &s)) {
		pv_field_term term;

		if (s.len == 0)
			continue;
		if (!parse_term(cx->arena, s, &term))
			return pv_fail(cx, PV_EBADREQUEST,
				       "invalid selector: '%s'; can't understand '%.*s': expected "
				       "field=value, field==value or "
				       "field!=value, with '\\' before ',', '=' and '\\' in values",
				       text, (int)s.len, s.s);
		pv_vec_push(&terms, &term);
	}
	*ret_terms = terms;
	return 0;
}

static void
put_escaped(pv_buf *b, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\,=", *s))
			pv_buf_addc(b, '\\');
		pv_buf_addc(b, *s);
	}
}

void
pv_field_selector_add(pv_buf *text, const char *field, const char *value)
{
	if (text->len)
		pv_buf_addc(text, ',');
	put_escaped(text, field);
	pv_buf_addc(text, '=');
	put_escaped(text, value);
}
