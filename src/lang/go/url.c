/* url: scheme, authority, path, query, fragment (RFC 3986, as net/url reads it). */
#include "lang/go/url.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "lang/go/fmt.h"

static bool
is_scheme_char(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return letter || (!first && ((c >= '0' && c <= '9') || (c && strchr("+-.", c))));
}

static size_t
scheme_len(pv_str s)
{
	size_t i = 0;
	while (i < s.len && is_scheme_char(s.s[i], i == 0))
		i++;
	return i < s.len && s.s[i] == ':' ? i : 0;
}

/* The part behind `mark` is taken off. */
static pv_str
cut(pv_str *s, char mark)
{
	const char *at = memchr(s->s, mark, s->len);
	if (at == NULL)
		return (pv_str){"", 0};
	pv_str tail = {at + 1, s->len - (size_t)(at - s->s) - 1};
	s->len = (size_t)(at - s->s);
	return tail;
}

static const char *PV_PRINTF(3, 4) wrong(pv_arena *arena, pv_str text, const char *fmt, ...)
{
	pv_buf b;
	va_list ap;
	va_start(ap, fmt);
	const char *what = pv_vprintf(arena, fmt, ap);
	va_end(ap);
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "parse ");
	pv_go_quote(&b, text, false);
	pv_buf_printf(&b, ": %s", what);
	return b.s;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The first escape that is none, or an empty text. */
static pv_str
bad_escape(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] == '%' && !(i + 2 < s.len && is_hex(s.s[i + 1]) && is_hex(s.s[i + 2])))
			return (pv_str){s.s + i, s.len - i < 3 ? s.len - i : 3};
	return (pv_str){"", 0};
}

static pv_str
plain(pv_arena *arena, pv_str s)
{
	const char *text = pv_percent_decode(arena, pv_strndup(arena, s.s, s.len));
	return text ? pv_str_of(text) : s;
}

/* What stands behind the closing bracket, or behind the last colon. */
static pv_str
behind_host(pv_str host)
{
	const char *from = host.len && *host.s == '[' ? memchr(host.s, ']', host.len) : NULL;
	from = from ? from + 1 : memrchr(host.s, ':', host.len);
	return from ? (pv_str){from, host.len - (size_t)(from - host.s)} : (pv_str){"", 0};
}

pv_str
pv_go_url_port(pv_str host)
{
	pv_str s = behind_host(host);
	return s.len > 1 && *s.s == ':' ? (pv_str){s.s + 1, s.len - 1} : (pv_str){"", 0};
}

pv_str
pv_go_url_hostname(pv_str host)
{
	if (host.len && *host.s == '[') {
		const char *close = memchr(host.s, ']', host.len);
		return close ? (pv_str){host.s + 1, (size_t)(close - host.s) - 1} : host;
	}
	return (pv_str){host.s, host.len - behind_host(host).len};
}

static const char *
authority(pv_arena *arena, pv_str text, pv_str s, pv_go_url *u)
{
	const char *at = memrchr(s.s, '@', s.len);
	if (at != NULL) {
		u->user = (pv_str){s.s, (size_t)(at - s.s)};
		s = (pv_str){at + 1, s.len - u->user.len - 1};
	}
	u->host = s;
	if (s.len && *s.s == '[' && !memchr(s.s, ']', s.len))
		return wrong(arena, text, "missing ']' in host");
	pv_str port = behind_host(s);
	for (size_t i = 0; i < port.len; i++)
		if (i == 0 ? port.s[i] != ':' : port.s[i] < '0' || port.s[i] > '9')
			return wrong(arena, text, "invalid port \"%.*s\" after host", (int)port.len, port.s);
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" \\^`{|}", s.s[i]))
			return wrong(arena, text, "invalid character \"%c\" in host name", s.s[i]);
	return NULL;
}

static const char *
check_text(pv_arena *arena, pv_str s)
{
	pv_str text = s;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] < 0x20 || s.s[i] == 0x7f)
			return wrong(arena, text, "net/url: invalid control character in URL");
	if (s.len && *s.s == ':')
		return wrong(arena, text, "missing protocol scheme");
	if (s.len && scheme_len(s) == 0 && *s.s != '/') {
		size_t n = strcspn(pv_strndup(arena, s.s, s.len), "/?#");
		if (memchr(s.s, ':', n))
			return wrong(arena, text, "first path segment in URL cannot contain colon");
	}
	return NULL;
}

const char *
pv_go_url_parse(pv_arena *arena, pv_str text, pv_go_url *ret)
{
	pv_str s = text, none = {"", 0};
	pv_go_url u = {none, none, none, none, none, none, none, none};
	const char *fault = check_text(arena, s);
	u.fragment = cut(&s, '#');
	u.scheme = (pv_str){s.s, scheme_len(s)};
	if (u.scheme.len)
		s = (pv_str){s.s + u.scheme.len + 1, s.len - u.scheme.len - 1};
	u.query = cut(&s, '?');
	if (s.len && *s.s != '/' && u.scheme.len) {
		u.opaque = s;
		s.len = 0;
	}
	if (s.len >= 2 && s.s[0] == '/' && s.s[1] == '/') {
		pv_str all = {s.s + 2, s.len - 2};
		const char *slash = memchr(all.s, '/', all.len);
		size_t len = slash ? (size_t)(slash - all.s) : all.len;
		s = (pv_str){all.s + len, all.len - len};
		all.len = len;
		fault = fault ? fault : authority(arena, text, all, &u);
	}
	pv_str bad = bad_escape(s.len && bad_escape(s).len ? s : u.fragment);
	if (!fault && bad.len)
		fault = wrong(arena, text, "invalid URL escape \"%.*s\"", (int)bad.len, bad.s);
	u.raw_path = s;
	u.path = plain(arena, s);
	u.fragment = plain(arena, u.fragment);
	*ret = u;
	return fault;
}

/* ---- url.ParseRequestURI ---- */

/* Of letters, digits and the marks. */
static bool
is_made_of(pv_str s, const char *marks)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.s[i];
		if (!is_scheme_char(c, true) && !(c >= '0' && c <= '9') && !(c && strchr(marks, c)))
			return false;
	}
	return true;
}

static bool
is_port(pv_str s)
{
	for (size_t i = 1; i < s.len; i++)
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
	return !s.len || s.s[0] == ':';
}

static bool
is_authority(pv_str s)
{
	const char *at = s.len ? memrchr(s.s, '@', s.len) : NULL, *close;
	pv_str user = {s.s, at ? (size_t)(at - s.s) : 0}, host = s;
	if (at)
		host = (pv_str){at + 1, s.len - user.len - 1};
	if (!is_made_of(user, "-._:~!$&'()*+,;=%@"))
		return false;
	if (host.len && host.s[0] == '[') {
		close = memrchr(host.s, ']', host.len);
		return close && is_port((pv_str){close + 1, (size_t)(host.s + host.len - close - 1)});
	}
	if (!is_port(behind_host(host)))
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (host.s[i] == '%' && i + 1 < host.len && host.s[i + 1] < '8')
			return false; /* only what is no ASCII may be written so */
		else if ((unsigned char)host.s[i] < 0x80 &&
			 !is_made_of((pv_str){host.s + i, 1}, "-._~!$&'()*+,;=:[]<>\"%"))
			return false;
	return !bad_escape(s).len;
}

bool
pv_go_url_is_request(pv_str text)
{
	size_t scheme = scheme_len(text);
	pv_str s = text, all = {"", 0};
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] < 0x20 || s.s[i] == 0x7f)
			return false;
	if (!s.len || pv_str_is(s, "*"))
		return s.len > 0;
	if (scheme)
		s = (pv_str){s.s + scheme + 1, s.len - scheme - 1};
	(void)cut(&s, '?');
	if (!s.len || *s.s != '/')
		return scheme > 0;
	if (scheme && s.len > 1 && s.s[1] == '/') {
		all = (pv_str){s.s + 2, s.len - 2};
		(void)cut(&all, '/');
		s = (pv_str){all.s + all.len, s.len - 2 - all.len};
	}
	return is_authority(all) && !bad_escape(s).len;
}
