/* paths: sprig's functions of file paths and URLs. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/url.h"
#include "lang/gotmpl/impl.h"

/* ---- paths; those of the system are the same on Unix ---- */

static pv_str
dir_of(pv_str s, bool keep_slash)
{
	const char *at = memrchr(s.s, '/', s.len);
	return (pv_str){s.s, at ? (size_t)(at - s.s) + keep_slash : 0};
}

/* Go's path.Clean. */
static pv_str
clean(pv_arena *arena, pv_str s)
{
	bool rooted = s.len > 0 && *s.s == '/';
	char *out = pv_alloc(arena, s.len + 2);
	size_t n = 0, floor = 0;
	if (rooted)
		out[n++] = '/';
	floor = n;
	for (size_t i = 0; i < s.len;) {
		const char *at = memchr(s.s + i, '/', s.len - i);
		pv_str part = {s.s + i, (at ? (size_t)(at - s.s) : s.len) - i};
		i += part.len + 1;
		if (part.len == 0 || pv_str_is(part, "."))
			continue;
		if (pv_str_is(part, "..") && n > floor) {
			for (n--; n > floor && out[n] != '/'; n--)
				;
			continue;
		}
		if (pv_str_is(part, "..") && rooted)
			continue;
		if (n > 0 && out[n - 1] != '/')
			out[n++] = '/';
		memcpy(out + n, part.s, part.len);
		n += part.len;
		if (pv_str_is(part, ".."))
			floor = n;
	}
	return n ? (pv_str){out, n} : PV_STR(".");
}

TFN(fn_base)
{
	pv_str s = targ(args, 0);
	*ret = pv_tv_text(s.len ? "/" : ".");
	while (s.len > 0 && s.s[s.len - 1] == '/')
		s.len--;
	size_t dir = dir_of(s, true).len;
	if (s.len > dir)
		*ret = pv_tv_str((pv_str){s.s + dir, s.len - dir});
	return 0;
}

TFN(fn_dir)
{
	*ret = pv_tv_str(clean(r->arena, dir_of(targ(args, 0), true)));
	return 0;
}

TFN(fn_clean)
{
	*ret = pv_tv_str(clean(r->arena, targ(args, 0)));
	return 0;
}

TFN(fn_ext)
{
	pv_str s = targ(args, 0);
	size_t i = s.len;
	while (i > 0 && s.s[i - 1] != '/' && s.s[i - 1] != '.')
		i--;
	bool found = i > 0 && s.s[i - 1] == '.';
	*ret = pv_tv_str(found ? (pv_str){s.s + i - 1, s.len - i + 1} : PV_STR(""));
	return 0;
}

TFN(fn_is_abs)
{
	pv_str s = targ(args, 0);
	*ret = pv_tv_bool(s.len > 0 && *s.s == '/');
	return 0;
}

/* ---- URLs ---- */

TFN(fn_url_parse)
{
	pv_go_url u;
	const char *fault = pv_go_url_parse(r->arena, targ(args, 0), &u);
	if (fault)
		return pv_trun_fail(r, "unable to parse url: %s", fault);
	pv_tmap *m = pv_tmap_new(r->arena);
	pv_tmap_puts(m, "scheme", pv_tv_str(u.scheme));
	pv_tmap_puts(m, "host", pv_tv_str(u.host));
	pv_tmap_puts(m, "hostname", pv_tv_str(pv_go_url_hostname(u.host)));
	pv_tmap_puts(m, "path", pv_tv_str(u.path));
	pv_tmap_puts(m, "query", pv_tv_str(u.query));
	pv_tmap_puts(m, "opaque", pv_tv_str(u.opaque));
	pv_tmap_puts(m, "fragment", pv_tv_str(u.fragment));
	pv_tmap_puts(m, "userinfo", pv_tv_str(u.user));
	*ret = pv_tv_map(m);
	return 0;
}

static int
part(pv_trun *r, const pv_tmap *m, const char *key, pv_str *ret)
{
	const pv_tv *v = pv_tmap_find(m, pv_str_of(key));
	*ret = PV_STR("");
	if (v == NULL)
		return 0;
	if (v->kind != PV_T_STRING)
		return pv_trun_fail(r, "unable to parse %s key, must be of type string, but %s found", key,
				    pv_tv_kind(v));
	*ret = (pv_str){v->s, v->len};
	return 0;
}

static void
put_path(pv_buf *b, pv_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.s[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c && strchr("-_.~$&+,/:;=@!'()*", c));
		if (plain)
			pv_buf_addc(b, (char)c);
		else
			pv_buf_printf(b, "%%%02X", c);
	}
}

static void
put(pv_buf *b, const char *before, pv_str s, const char *after)
{
	if (s.len == 0)
		return;
	pv_buf_adds(b, before);
	pv_buf_add(b, s.s, s.len);
	pv_buf_adds(b, after);
}

TFN(fn_url_join)
{
	const pv_tmap *m = args[0].map;
	pv_go_url u;
	pv_buf b;
	if (part(r, m, "scheme", &u.scheme) < 0 || part(r, m, "host", &u.host) < 0 ||
	    part(r, m, "path", &u.path) < 0 || part(r, m, "query", &u.query) < 0 ||
	    part(r, m, "opaque", &u.opaque) < 0 || part(r, m, "fragment", &u.fragment) < 0 ||
	    part(r, m, "userinfo", &u.user) < 0)
		return -PV_EINVALID;
	pv_buf_init(&b, r->arena);
	put(&b, "", u.scheme, ":");
	if (u.opaque.len) {
		put(&b, "", u.opaque, "");
	} else {
		if (u.scheme.len || u.host.len || u.user.len) {
			if (u.host.len || u.path.len || u.user.len)
				pv_buf_adds(&b, "//");
			put(&b, "", u.user, "@");
			put(&b, "", u.host, "");
		}
		if (u.path.len && *u.path.s != '/' && u.host.len)
			pv_buf_addc(&b, '/');
		put_path(&b, u.path);
	}
	put(&b, "?", u.query, "");
	put(&b, "#", u.fragment, "");
	return tret_buf(r, &b, ret);
}

/* clang-format off */
const pv_tfunc pv_tmpl_paths[] = {
	{"base", "s", fn_base}, {"dir", "s", fn_dir}, {"clean", "s", fn_clean}, {"ext", "s", fn_ext},
	{"isAbs", "s", fn_is_abs}, {"osBase", "s", fn_base}, {"osDir", "s", fn_dir},
	{"osClean", "s", fn_clean}, {"osExt", "s", fn_ext}, {"osIsAbs", "s", fn_is_abs},
	{"urlParse", "s", fn_url_parse}, {"urlJoin", "m", fn_url_join}, {NULL, NULL, NULL},
};
/* clang-format on */
