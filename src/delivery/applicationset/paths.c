/* paths: https://pkg.go.dev/path#Match, and gitglossary's pathspec without magic. */
#include "delivery/applicationset/paths.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define STEPS_MOST 100000

struct match {
	bool spans;
	int steps;
};

/* A character: of Go's a rune, of git's a byte. */
static uint32_t
take(const struct match *m, const char **at)
{
	uint32_t c = (unsigned char)**at;
	int n = m->spans ? 1 : pv_utf8_step(*at, strnlen(*at, 4), &c);
	*at += n > 1 ? n : 1;
	return c;
}

/* One end of a range; false: the class is broken. */
static bool
bound(const struct match *m, const char **at, uint32_t *ret)
{
	if (!m->spans && (**at == '-' || **at == ']'))
		return false;
	if (**at == '\\' && (*at)[1])
		++*at;
	if (!**at)
		return false;
	*ret = take(m, at);
	return true;
}

/* [^a-z], for git [!a-z], too: *at is behind the bracket's end then; false: the class is broken, and fits nothing. */
static bool
in_class(const struct match *m, const char **at, uint32_t c, bool *ret)
{
	const char *p = *at + 1;
	bool not = *p == '^' || (m->spans && *p == '!'), found = false, first = true;
	for (p += not ; *p && (*p != ']' || first); first = false) {
		uint32_t from, to;
		if (!bound(m, &p, &from))
			return false;
		to = from;
		if (*p == '-' && (!m->spans || (p[1] && p[1] != ']'))) {
			p++;
			if (!bound(m, &p, &to))
				return false;
		}
		found = found || (from <= c && c <= to);
	}
	*ret = found != not ;
	*at = p + 1;
	return *p == ']';
}

/* One character of the pattern against one of the path. */
static bool
step(const struct match *m, const char **pattern, const char **path)
{
	const char *p = *pattern, *s = *path;
	uint32_t c = take(m, &s);
	bool fits;
	if (!**path)
		return false;
	if (*p == '[') {
		if (!in_class(m, &p, c, &fits))
			return false;
	} else if (*p == '?') {
		fits = m->spans || c != '/';
		p++;
	} else {
		if (*p == '\\' && p[1])
			p++;
		fits = *p == **path && (m->spans || *p != '\\' || p > *pattern);
		p++;
		s = *path + 1;
	}
	*pattern = p;
	*path = s;
	return fits;
}

/* A later star makes what an earlier one took irrelevant, so there is one way back at most. */
static bool
matches(struct match *m, const char *pattern, const char *path)
{
	const char *star = NULL, *back = NULL;
	while (m->steps-- > 0) {
		if (*pattern == '*') {
			star = ++pattern;
			back = path;
			continue;
		}
		if (!*pattern && !*path)
			return true;
		if (*pattern && step(m, &pattern, &path))
			continue;
		if (!star || !*back || (!m->spans && *back == '/'))
			return false;
		path = ++back;
		pattern = star;
	}
	return false;
}

bool
appset_path_fits(const char *pattern, const char *path, bool spans)
{
	struct match m = {spans, STEPS_MOST};
	return matches(&m, pattern, path);
}

/* "./a/" is "a". */
static pv_str
clean(const char *pattern)
{
	size_t n;
	while (pattern[0] == '.' && pattern[1] == '/')
		pattern += 2;
	n = strlen(pattern);
	while (n > 0 && pattern[n - 1] == '/')
		n--;
	return (pv_str){pattern, n};
}

bool
appset_path_is_meant(const char *pattern, const char *path)
{
	pv_str p = clean(pattern);
	bool folder = p.s[p.len] == '/'; /* what is below it, and no file of that name */
	if (strncmp(p.s, path, p.len) == 0 &&
	    (path[p.len] == '/' || (path[p.len] == '\0' && !folder) || p.len == 0))
		return true;
	return appset_path_fits(p.s, path, true);
}

/* For lang/glob, which knows braces, too. */
static void
add_literal(pv_buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("*?[]{}\\", s[i]))
			pv_buf_addc(b, '\\');
		pv_buf_addc(b, s[i]);
	}
}

void
appset_path_globs(pv_arena *arena, const char *pattern, pv_listb *ret)
{
	pv_str cleaned = clean(pattern);
	const char *p = pv_strndup(arena, cleaned.s, cleaned.len), *tail = p, *slash = strrchr(p, '/');
	size_t wild = strcspn(p, "*?[\\"), dir = wild;
	pv_buf b;
	pv_buf_init(&b, arena);
	add_literal(&b, p, strlen(p));
	if (*p) /* as it stands, and what is below a directory of that name */
		pv_listb_add(ret, pv_string(arena, b.s));
	pv_listb_add(ret, pv_stringf(arena, "%s%s**/*", *p ? b.s : "", *p ? "/" : ""));
	if (!p[wild])
		return;
	while (dir > 0 && p[dir - 1] != '/')
		dir--;
	for (const char *c = p; *c; c++) /* behind the last character that is not taken as it is */
		if (strchr("*?[]\\", *c))
			tail = *c == '\\' && c[1] ? c + 2 : c + 1;
	pv_buf_init(&b, arena);
	add_literal(&b, p, dir);
	pv_buf_adds(&b, "**/");
	if (!slash || slash < tail)
		pv_buf_addc(&b, '*');
	else
		tail = slash + 1;
	add_literal(&b, tail, strlen(tail));
	pv_listb_add(ret, pv_string(arena, b.s));
}

const char *
appset_path_dir(pv_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? pv_strndup(arena, path, (size_t)(slash - path)) : ".";
}

const char *
appset_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
