#include <string.h>
#include "base/buf.h"
#include "base/str.h"
#include "lang/patch/patch.h"

bool
pv_pointer_next(pv_arena *arena, const char **rest, pv_str *ret)
{
	const char *p = *rest, *end;
	char *out, *to;

	if (*p != '/')
		return false;
	p++;
	end = p + strcspn(p, "/");
	*ret = (pv_str){p, (size_t)(end - p)};
	*rest = end;
	if (memchr(p, '~', ret->len) == NULL)
		return true;
	out = to = pv_alloc(arena, ret->len + 1);
	for (; p < end; p++) {
		if (*p == '~') {
			p++;
			if (p == end || (*p != '0' && *p != '1'))
				return false;
			*to++ = *p == '0' ? '~' : '/';
		} else {
			*to++ = *p;
		}
	}
	*ret = (pv_str){out, (size_t)(to - out)};
	return true;
}

bool
pv_pointer_index(pv_str token, size_t *ret)
{
	size_t n = 0;

	if (token.len == 0 || token.len > 9 || (token.s[0] == '0' && token.len > 1))
		return false;
	for (size_t i = 0; i < token.len; i++) {
		if (token.s[i] < '0' || token.s[i] > '9')
			return false;
		n = n * 10 + (size_t)(token.s[i] - '0');
	}
	*ret = n;
	return true;
}

/* A token against a member's name, without room for the unescaped one. */
static bool
token_is(pv_str token, const pv_val *key)
{
	size_t k = 0;

	for (size_t i = 0; i < token.len; i++, k++) {
		char c = token.s[i];

		if (c == '~') {
			i++;
			if (i == token.len || (token.s[i] != '0' && token.s[i] != '1'))
				return false;
			c = token.s[i] == '0' ? '~' : '/';
		}
		if (k >= key->len || key->s[k] != c)
			return false;
	}
	return k == key->len;
}

static const pv_val *
member(const pv_val *object, pv_str token)
{
	if (memchr(token.s, '~', token.len) == NULL)
		return pv_getn(object, token.s, token.len);
	for (size_t i = 0; pv_is(object, PV_OBJECT) && i < object->len; i++)
		if (pv_is(&object->members[i].key, PV_STRING) && token_is(token, &object->members[i].key))
			return &object->members[i].val;
	return NULL;
}

const pv_val *
pv_pointer_get(const pv_val *doc, const char *pointer)
{
	while (doc != NULL && *pointer == '/') {
		size_t len = strcspn(pointer + 1, "/"), i;
		pv_str token = {pointer + 1, len};

		if (doc->type == PV_LIST)
			doc = pv_pointer_index(token, &i) ? pv_item(doc, i) : NULL;
		else
			doc = member(doc, token);
		pointer += 1 + len;
	}
	return *pointer == '\0' ? doc : NULL;
}

void
pv_pointer_escape(pv_buf *to, pv_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.s[i] == '~' || name.s[i] == '/')
			pv_buf_adds(to, name.s[i] == '~' ? "~0" : "~1");
		else
			pv_buf_addc(to, name.s[i]);
}
