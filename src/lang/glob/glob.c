/* glob: a backtracking matcher with a step budget; braces are tried one by one. */
#include "lang/glob/glob.h"

#include <string.h>

#define STEPS 100000
#define DEPTH 64

struct match {
	unsigned steps, depth;
	char slash; /* what * and ? do not take; NUL: they take all */
};

static bool match(struct match *m, const char *p, const char *pend, const char *s, const char *rest,
		  const char *rest_end);

/* Past a [class]; *ret_hit: does it hold c? NULL if it is not closed. */
static const char *
class_end(const char *p, const char *pend, char c, bool *ret_hit)
{
	bool negate = p < pend && (*p == '!' || *p == '^'), hit = false;
	const char *start = p += negate;
	for (; p < pend && (*p != ']' || p == start); p++) {
		char from = *p, to;
		if (from == '\\' && p + 1 < pend)
			from = *++p;
		to = from;
		if (p + 2 < pend && p[1] == '-' && p[2] != ']') {
			p += 2;
			to = *p == '\\' && p + 1 < pend ? *++p : *p;
		}
		hit = hit || (from <= c && c <= to);
	}
	*ret_hit = hit != negate;
	return p < pend ? p + 1 : NULL;
}

/* The } that closes the brace opened before p, or NULL. */
static const char *
brace_end(const char *p, const char *pend)
{
	int open = 1;
	for (; p < pend; p++) {
		if (*p == '\\' && p + 1 < pend)
			p++;
		else if (*p == '{')
			open++;
		else if (*p == '}' && --open == 0)
			return p;
	}
	return NULL;
}

/* {a,b} at p: each piece, followed by what comes after the brace. */
static bool
match_brace(struct match *m, const char *p, const char *pend, const char *s, const char *rest,
	    const char *rest_end)
{
	const char *end = brace_end(p, pend), *piece = p;
	int open = 0;
	if (!end || rest || m->depth >= DEPTH) /* braces in braces are not supported */
		return false;
	for (; p <= end; p++) {
		if (*p == '\\' && p < end) {
			p++;
		} else if (*p == '{') {
			open++;
		} else if (*p == '}' && p < end) {
			open--;
		} else if ((*p == ',' && open == 0) || p == end) {
			m->depth++;
			if (match(m, piece, p, s, end + 1, pend))
				return true;
			m->depth--;
			piece = p + 1;
		}
	}
	(void)rest_end;
	return false;
}

/* ** at p (behind it): any number of whole elements. */
static bool
match_deep(struct match *m, const char *p, const char *pend, const char *s, const char *rest,
	   const char *rest_end)
{
	bool slash = p < pend && *p == '/';
	if (++m->depth > DEPTH)
		return false;
	for (;; s++) {
		if (match(m, p + slash, pend, s, rest, rest_end))
			return true;
		while (*s && *s != '/')
			if (!slash && match(m, p, pend, ++s, rest, rest_end))
				return true;
			else if (slash)
				s++;
		if (!*s)
			break;
	}
	m->depth--;
	return false;
}

static bool
match_star(struct match *m, const char *p, const char *pend, const char *s, const char *rest,
	   const char *rest_end)
{
	if (++m->depth > DEPTH)
		return false;
	for (;; s++) {
		if (match(m, p, pend, s, rest, rest_end))
			return true;
		if (!*s || *s == m->slash)
			break;
	}
	m->depth--;
	return false;
}

static bool
match(struct match *m, const char *p, const char *pend, const char *s, const char *rest, const char *rest_end)
{
	bool hit;
	for (;;) {
		if (++m->steps > STEPS)
			return false;
		if (p == pend) {
			if (!rest)
				return *s == '\0';
			p = rest;
			pend = rest_end;
			rest = NULL;
			continue;
		}
		if (m->slash && p + 1 < pend && p[0] == '*' && p[1] == '*')
			return match_deep(m, p + 2, pend, s, rest, rest_end);
		if (*p == '*')
			return match_star(m, p + 1, pend, s, rest, rest_end);
		if (*p == '{')
			return match_brace(m, p + 1, pend, s, rest, rest_end);
		if (*s == '\0')
			return false;
		if (*p == '[') {
			p = class_end(p + 1, pend, *s, &hit);
			if (!p || !hit || *s == m->slash)
				return false;
		} else if (*p == '?') {
			if (*s == m->slash)
				return false;
			p++;
		} else {
			p += *p == '\\' && p + 1 < pend;
			if (*p++ != *s)
				return false;
		}
		s++;
	}
}

bool
pv_glob_match(const char *pattern, const char *path)
{
	struct match m = {.slash = '/'};
	return match(&m, pattern, pattern + strlen(pattern), path, NULL, NULL);
}

bool
pv_glob_spans(const char *pattern, const char *text)
{
	struct match m = {.slash = '\0'};
	return match(&m, pattern, pattern + strlen(pattern), text, NULL, NULL);
}

bool
pv_glob_valid(const char *pattern)
{
	const char *end = pattern + strlen(pattern);
	for (const char *p = pattern; p < end; p++) {
		bool hit;
		if (*p == '\\') {
			p++;
		} else if (*p == '[') {
			p = class_end(p + 1, end, 'x', &hit);
			if (!p)
				return false;
			p--;
		} else if (*p == '{' && !brace_end(p + 1, end)) {
			return false;
		}
	}
	return true;
}

bool
pv_glob_is(const char *pattern)
{
	return strpbrk(pattern, "*?[{") != NULL;
}
