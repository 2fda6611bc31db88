/* Kubernetes' URL library: what Go's url.ParseRequestURI takes. */
#include "lang/cel/func.h"
#include <string.h>

typedef struct address {
	pv_str text; /* first: equality */
	pv_str scheme, host, path, query;
} address;

/* No controls, and each % starts two hexadecimal digits. */
static bool
is_clean(pv_str s, bool escapes)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.s[i];
		if (c < 0x20 || c == 0x7f)
			return false;
		if (c == '%' && escapes &&
		    (i + 2 >= s.len || pv_hex_digit(s.s[i + 1]) < 0 || pv_hex_digit(s.s[i + 2]) < 0))
			return false;
	}
	return true;
}

static bool
take_scheme(pv_str *s, pv_str *ret)
{
	for (size_t i = 0; i < s->len; i++) {
		char c = s->s[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (c == ':') {
			*ret = (pv_str){s->s, i};
			*s = (pv_str){s->s + i + 1, s->len - i - 1};
			return i > 0;
		}
		if (!letter && (i == 0 || !strchr("0123456789+-.", c)))
			break;
	}
	return true;
}

static bool
is_port(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
	return true;
}

static bool
is_host(pv_str s)
{
	const char *colon = s.len ? memrchr(s.s, ':', s.len) : NULL,
		   *end = s.len ? memchr(s.s, ']', s.len) : NULL;
	if (s.len && s.s[0] == '[') {
		if (!end)
			return false;
		pv_str rest = {end + 1, s.len - (size_t)(end + 1 - s.s)};
		return !rest.len || (rest.s[0] == ':' && is_port((pv_str){rest.s + 1, rest.len - 1}));
	}
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" <>\"\\^`{|}[]", s.s[i]) || s.s[i] == '%')
			return false;
	return !colon || is_port((pv_str){colon + 1, s.len - (size_t)(colon + 1 - s.s)});
}

static bool
read_url(pv_str text, address *ret)
{
	pv_str s = text;
	*ret = (address){.text = text};
	if (!s.len || !is_clean(s, false) || !take_scheme(&s, &ret->scheme))
		return false;
	const char *mark = s.len ? memchr(s.s, '?', s.len) : NULL;
	if (mark) {
		ret->query = (pv_str){mark + 1, s.len - (size_t)(mark + 1 - s.s)};
		s.len = (size_t)(mark - s.s);
	}
	if (!s.len || s.s[0] != '/')
		return ret->scheme.len > 0 && s.len > 0; /* opaque: mailto:a@b */
	if (ret->scheme.len && s.len > 1 && s.s[1] == '/') {
		s = (pv_str){s.s + 2, s.len - 2};
		const char *slash = s.len ? memchr(s.s, '/', s.len) : NULL;
		size_t len = slash ? (size_t)(slash - s.s) : s.len;
		const char *at = len ? memrchr(s.s, '@', len) : NULL;
		ret->host = at ? (pv_str){at + 1, len - (size_t)(at + 1 - s.s)} : (pv_str){s.s, len};
		s = (pv_str){s.s + len, s.len - len};
		if (!is_host(ret->host))
			return false;
	}
	ret->path = s;
	return is_clean(s, true);
}

static val
url(run *r, const val *a, size_t n)
{
	address *own = pv_new(r->arena, address);
	(void)n;
	if (read_url(v_strv(&a[0]), own))
		return v_opaque(O_URL, own);
	return v_error(
		r, "URL parse error during conversion from string: parse \"%.*s\": invalid URI for request",
		(int)a[0].len, a[0].s);
}

static val
is_url(run *r, const val *a, size_t n)
{
	address own;
	(void)r;
	(void)n;
	return v_bool(read_url(v_strv(&a[0]), &own));
}

static val
scheme(run *r, const val *a, size_t n)
{
	const address *u = a[0].p;
	char *text = pv_strndup(r->arena, u->scheme.s, u->scheme.len);
	(void)n;
	return v_text(pv_str_lower(r->arena, text));
}

static val
host(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_str(((const address *)a[0].p)->host);
}

/* The host without and the port without the other. */
static void
apart(const address *u, pv_str *ret_name, pv_str *ret_port)
{
	pv_str h = u->host;
	const char *colon = h.len ? memrchr(h.s, ':', h.len) : NULL,
		   *end = h.len ? memchr(h.s, ']', h.len) : NULL;
	*ret_port = PV_STR("");
	if (colon && (!end || colon > end)) {
		*ret_port = (pv_str){colon + 1, h.len - (size_t)(colon + 1 - h.s)};
		h.len = (size_t)(colon - h.s);
	}
	*ret_name = end ? (pv_str){h.s + 1, (size_t)(end - h.s - 1)} : h;
}

static val
hostname(run *r, const val *a, size_t n)
{
	pv_str name, port;
	(void)r;
	(void)n;
	apart(a[0].p, &name, &port);
	return v_str(name);
}

static val
port(run *r, const val *a, size_t n)
{
	pv_str name, number;
	(void)r;
	(void)n;
	apart(a[0].p, &name, &number);
	return v_str(number);
}

static val
path(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_str(((const address *)a[0].p)->path);
}

/* ---- the query ---- */

static bool
decode(run *r, pv_str s, val *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	if (!is_clean(s, true))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '%') {
			pv_buf_addc(&b, (char)(pv_hex_digit(s.s[i + 1]) * 16 + pv_hex_digit(s.s[i + 2])));
			i += 2;
		} else {
			pv_buf_addc(&b, s.s[i] == '+' ? ' ' : s.s[i]);
		}
	}
	*ret = v_str((pv_str){b.len ? b.s : "", b.len});
	return true;
}

static void
put(run *r, pv_vec *pairs, const val *key, const val *value)
{
	for (size_t i = 0; i < pairs->len; i += 2) {
		val *list = PV_AT(val, pairs, i + 1);
		if (!v_equal(r, PV_AT(val, pairs, i), key))
			continue;
		val *items = pv_new_array(r->arena, val, (size_t)list->len + 1);
		for (size_t k = 0; k < list->len; k++)
			items[k] = list->items[k];
		items[list->len] = *value;
		*list = v_list(r, items, (size_t)list->len + 1);
		return;
	}
	val *one = pv_new(r->arena, val);
	*one = *value;
	val list = v_list(r, one, 1);
	pv_vec_push(pairs, key);
	pv_vec_push(pairs, &list);
}

static val
query(run *r, const val *a, size_t n)
{
	pv_str rest = ((const address *)a[0].p)->query, pair;
	pv_vec pairs;
	(void)n;
	pv_vec_init(&pairs, r->arena, sizeof(val));
	while (pv_str_next(&rest, '&', &pair)) {
		const char *is = pair.len ? memchr(pair.s, '=', pair.len) : NULL;
		size_t len = is ? (size_t)(is - pair.s) : pair.len;
		val key, value;
		if (!pair.len || memchr(pair.s, ';', pair.len) || !decode(r, (pv_str){pair.s, len}, &key) ||
		    !decode(r, is ? (pv_str){is + 1, pair.len - len - 1} : PV_STR(""), &value))
			continue;
		v_spend(r, 1 + pairs.len / 2);
		if (r->over)
			break;
		put(r, &pairs, &key, &value);
	}
	return v_map(r, &pairs);
}

const cel_fn cel_url[] = {
	{"url", "s:U", url, COST_FIRST},
	{"isURL", "s:b", is_url, COST_FIRST},
	{"getScheme", "U.:s", scheme, COST_ONE},
	{"getHost", "U.:s", host, COST_ONE},
	{"getHostname", "U.:s", hostname, COST_ONE},
	{"getPort", "U.:s", port, COST_ONE},
	{"getEscapedPath", "U.:s", path, COST_ONE},
	{"getQuery", "U.:{s[s]}", query, COST_ONE},
	{0},
};
