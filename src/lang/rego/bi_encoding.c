/* bi_encoding: base64, hex, URL queries. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "lang/rego/builtin.h"

static int
ret_text(rg_vm *vm, const char *s, const pv_val **ret)
{
	return rg_ret(vm, pv_string_ref(s), ret);
}

/* ---- base64 ---- */

static int
bad_base64(rg_vm *vm, size_t at)
{
	return rg_builtin_error(vm, "illegal base64 data at input byte %zu", at);
}

static int
bi_base64_encode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return ret_text(vm, pv_base64(vm->arena, a[0]->s, a[0]->len, false), ret);
}

static int
bi_base64_decode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	size_t len, wrong;
	uint8_t *bytes = pv_base64_read(vm->arena, pv_strv(a[0]), &len, &wrong);
	if (!bytes)
		return bad_base64(vm, wrong);
	return rg_ret(vm, pv_stringn(vm->arena, (const char *)bytes, len), ret);
}

static int
bi_base64_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	size_t len;
	bool valid = a[0]->type == PV_STRING && pv_base64_read(vm->arena, pv_strv(a[0]), &len, NULL) != NULL;
	return rg_ret_bool(valid, ret);
}

static int
bi_base64url_encode_no_pad(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return ret_text(vm, pv_base64(vm->arena, a[0]->s, a[0]->len, true), ret);
}

static int
bi_base64url_encode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	char *s = pv_base64(vm->arena, a[0]->s, a[0]->len, true);
	static const char *const pads[] = {"", "", "==", "="};
	return ret_text(vm, pv_printf(vm->arena, "%s%s", s, pads[strlen(s) % 4]), ret);
}

static int
bi_base64url_decode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t len;
	pv_str text = pv_strv(a[0]);
	while (text.len && text.s[text.len - 1] == '=')
		text.len--;
	uint8_t *bytes = pv_unbase64(vm->arena, text, true, &len);
	if (!bytes)
		return bad_base64(vm, strspn(text.s, letters));
	return rg_ret(vm, pv_stringn(vm->arena, (const char *)bytes, len), ret);
}

/* ---- hex ---- */

static int
bi_hex_encode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return ret_text(vm, pv_hex(vm->arena, a[0]->s, a[0]->len), ret);
}

static int
bi_hex_decode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++)
		if (pv_hex_digit(a[0]->s[i]) < 0)
			return rg_builtin_error(vm, "invalid byte: U+%04X '%c'", (unsigned char)a[0]->s[i],
						a[0]->s[i]);
	if (a[0]->len % 2)
		return rg_builtin_error(vm, "odd length hex string");
	for (uint32_t i = 0; i < a[0]->len; i += 2)
		pv_buf_addc(&b, (char)(pv_hex_digit(a[0]->s[i]) << 4 | pv_hex_digit(a[0]->s[i + 1])));
	return rg_ret_buf(vm, &b, ret);
}

/* ---- URL queries (Go's net/url) ---- */

static void
escape(pv_buf *b, const pv_val *v)
{
	for (uint32_t i = 0; i < v->len; i++) {
		unsigned char c = (unsigned char)v->s[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c && strchr("-_.~", c));
		if (plain)
			pv_buf_addc(b, (char)c);
		else if (c == ' ')
			pv_buf_addc(b, '+');
		else
			pv_buf_printf(b, "%%%02X", c);
	}
}

static int
unescape(rg_vm *vm, pv_str s, pv_val *ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '+') {
			pv_buf_addc(&b, ' ');
		} else if (s.s[i] != '%') {
			pv_buf_addc(&b, s.s[i]);
		} else {
			if (i + 2 >= s.len || pv_hex_digit(s.s[i + 1]) < 0 || pv_hex_digit(s.s[i + 2]) < 0)
				return rg_builtin_error(vm, "invalid URL escape \"%.*s\"",
							(int)(s.len - i > 3 ? 3 : s.len - i), s.s + i);
			pv_buf_addc(&b, (char)(pv_hex_digit(s.s[i + 1]) << 4 | pv_hex_digit(s.s[i + 2])));
			i += 2;
		}
	}
	*ret = (pv_val){.type = PV_STRING, .len = (uint32_t)b.len, .s = b.len ? b.s : ""};
	return 0;
}

static int
bi_query_encode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	escape(&b, a[0]);
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_query_decode(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_val v;
	int r = unescape(vm, pv_strv(a[0]), &v);
	return r < 0 ? r : rg_ret(vm, v, ret);
}

static int
bi_query_encode_object(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	for (uint32_t i = 0; i < a[0]->len; i++) {
		const pv_member *m = pv_sorted(a[0], i);
		bool one = m->val.type == PV_STRING;
		const pv_val *items = one ? &m->val : m->val.items;
		if (m->key.type != PV_STRING || (!one && m->val.type != PV_LIST && m->val.type != PV_SET))
			return rg_type_error(
				vm, "operand 1 values must be string, array[string], or set[string]");
		for (uint32_t k = 0; k < (one ? 1 : m->val.len); k++) {
			if (items[k].type != PV_STRING)
				return rg_type_error(
					vm, "operand 1 values must be string, array[string], or set[string]");
			if (b.len)
				pv_buf_addc(&b, '&');
			escape(&b, &m->key);
			pv_buf_addc(&b, '=');
			escape(&b, &items[k]);
		}
	}
	return rg_ret_buf(vm, &b, ret);
}

static int
bi_query_decode_object(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_objb o;
	pv_str rest = pv_strv(a[0]), pair, name;
	pv_map *lists = pv_map_new(vm->arena);
	pv_listb *list;
	void *found;
	while (pv_str_next(&rest, '&', &pair)) {
		pv_val key, val;
		const char *eq = pair.len ? memchr(pair.s, '=', pair.len) : NULL;
		size_t n = eq ? (size_t)(eq - pair.s) : pair.len;
		if (pair.len == 0)
			continue;
		int r = unescape(vm, (pv_str){pair.s, n}, &key);
		if (r == 0)
			r = unescape(vm, eq ? (pv_str){eq + 1, pair.len - n - 1} : (pv_str){"", 0}, &val);
		if (r != 0)
			return r;
		name = pv_strv(&key);
		list = pv_map_find(lists, name.s, name.len);
		if (!list) {
			list = pv_new(vm->arena, pv_listb);
			pv_listb_init(list, vm->arena);
			pv_map_put(lists, name.s, name.len, list);
		}
		pv_listb_add(list, val);
	}
	pv_objb_init(&o, vm->arena);
	for (size_t at = 0; pv_map_each(lists, &at, &name, &found);)
		pv_objb_add(&o, pv_stringn(vm->arena, name.s, name.len), pv_listb_end(found));
	return rg_ret(vm, pv_objb_end(&o), ret);
}

static const rg_builtin rows[] = {
	{"base64.encode", "s", bi_base64_encode, 1, 0},
	{"base64.decode", "s", bi_base64_decode, 1, 0},
	{"base64.is_valid", "*", bi_base64_is_valid, 1, 0},
	{"base64url.encode", "s", bi_base64url_encode, 1, 0},
	{"base64url.encode_no_pad", "s", bi_base64url_encode_no_pad, 1, 0},
	{"base64url.decode", "s", bi_base64url_decode, 1, 0},
	{"hex.encode", "s", bi_hex_encode, 1, 0},
	{"hex.decode", "s", bi_hex_decode, 1, 0},
	{"urlquery.encode", "s", bi_query_encode, 1, 0},
	{"urlquery.decode", "s", bi_query_decode, 1, 0},
	{"urlquery.encode_object", "o", bi_query_encode_object, 1, 0},
	{"urlquery.decode_object", "s", bi_query_decode_object, 1, 0},
};
RG_FAMILY(encoding);
