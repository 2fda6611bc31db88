/* Kubernetes' URL library: what Go's url.ParseRequestURI takes, as url.Parse takes it apart. */
#include "lang/cel/func.h"
#include "lang/go/url.h"
#include <string.h>

typedef struct address {
	pv_str text; /* first: equality */
	pv_go_url parts;
} address;

static val
url(run *r, const val *a, size_t n)
{
	address *own = pv_new(r->arena, address);
	(void)n;
	own->text = v_strv(&a[0]);
	if (pv_go_url_is_request(own->text) && !pv_go_url_parse(r->arena, own->text, &own->parts))
		return v_opaque(O_URL, own);
	return v_error(
		r, "URL parse error during conversion from string: parse \"%.*s\": invalid URI for request",
		(int)a[0].len, a[0].s);
}

static val
is_url(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(pv_go_url_is_request(v_strv(&a[0])));
}

static val
scheme(run *r, const val *a, size_t n)
{
	pv_str s = ((const address *)a[0].p)->parts.scheme;
	char *text = pv_strndup(r->arena, s.s, s.len);
	(void)n;
	return v_text(pv_str_lower(r->arena, text));
}

static val
host(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_str(((const address *)a[0].p)->parts.host);
}

static val
hostname(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_str(pv_go_url_hostname(((const address *)a[0].p)->parts.host));
}

static val
port(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_str(pv_go_url_port(((const address *)a[0].p)->parts.host));
}

static val
path(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_str(((const address *)a[0].p)->parts.raw_path);
}

/* ---- the query ---- */

static bool
decode(run *r, pv_str s, val *ret)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '%') {
			if (i + 2 >= s.len || pv_hex_digit(s.s[i + 1]) < 0 || pv_hex_digit(s.s[i + 2]) < 0)
				return false;
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
	pv_str rest = ((const address *)a[0].p)->parts.query, pair;
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
