/* paths: https://pkg.go.dev/path#Match, and gitglossary's pathspec without magic. */
#include "delivery/applicationset/paths.h"

#include <string.h>

#include "base/buf.h"

#define STEPS_MOST 100000

struct match {
	bool spans;
	int steps;
};

/* [^a-z]: *at is behind the bracket's end then; false: the class is broken, and fits nothing. */
static bool
in_class(const char **at, char c, bool *ret)
{
	const char *p = *at + 1;
	bool not = *p == '^' || *p == '!', found = false, first = true;
	p += not ;
	while (*p && (*p != ']' || first)) {
		char from = *p == '\\' && p[1] ? *++p : *p, to = from;
		if (p[1] == '-' && p[2] && p[2] != ']') {
			p += 2;
			to = *p == '\\' && p[1] ? *++p : *p;
		}
		found = found || (from <= c && c <= to);
		first = false;
		p++;
	}
	*ret = found != not ;
	*at = p + 1;
	return *p == ']';
}

/* One character of the pattern against one of the path. */
static bool
step(const struct match *m, const char **pattern, char c)
{
	const char *p = *pattern;
	bool fits = false;
	if (!c)
		return false;
	if (*p == '[') {
		if (!in_class(pattern, c, &fits))
			return false;
		return fits && (m->spans || c != '/');
	}
	if (*p == '?') {
		fits = m->spans || c != '/';
	} else {
		if (*p == '\\' && p[1])
			p++;
		fits = *p == c;
	}
	*pattern = p + 1;
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
		if (*pattern && step(m, &pattern, *path)) {
			path++;
			continue;
		}
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

static const char *
without_slash(pv_arena *arena, const char *pattern)
{
	size_t n = strlen(pattern);
	while (pattern[0] == '.' && pattern[1] == '/') {
		pattern += 2;
		n -= 2;
	}
	while (n > 0 && pattern[n - 1] == '/')
		n--;
	return pv_strndup(arena, pattern, n);
}

bool
appset_path_is_meant(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);
	while (n > 0 && pattern[n - 1] == '/')
		n--;
	if (strncmp(pattern, path, n) == 0 && (path[n] == '\0' || path[n] == '/' || n == 0))
		return true;
	return appset_path_fits(pattern, path, true);
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
	const char *p = without_slash(arena, pattern), *tail = p, *slash = strrchr(p, '/');
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
