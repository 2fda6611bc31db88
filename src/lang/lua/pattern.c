/* pattern: string.find, match, gmatch and gsub.  The library's own go back and forth in a pattern for as long
 * as it takes; these charge each comparison.  https://www.lua.org/manual/5.1/manual.html#5.4.1 */
#include <ctype.h>
#include <string.h>

#include "lang/lua/impl.h"

#define CAPTURES 32
#define DEPTH 200
#define OPEN (-1)     /* a capture that is not closed yet */
#define POSITION (-2) /* () */

typedef struct matching {
	lua_State *L;
	const char *text, *end, *pattern_end;
	int depth, n;
	uint64_t steps; /* not charged yet */
	struct {
		const char *at;
		ptrdiff_t len;
	} captures[CAPTURES];
} matching;

static const char *match(matching *m, const char *s, const char *p);

static void
step(matching *m, size_t n)
{
	m->steps += n;
	if (m->steps >= 1024) {
		run_spend(m->L, m->steps);
		m->steps = 0;
	}
}

/* ---- one character ---- */

static bool
in_class(unsigned char c, unsigned char letter)
{
	bool is;
	switch (tolower(letter)) {
	case 'a': is = isalpha(c); break;
	case 'c': is = iscntrl(c); break;
	case 'd': is = isdigit(c); break;
	case 'g': is = isgraph(c); break;
	case 'l': is = islower(c); break;
	case 'p': is = ispunct(c); break;
	case 's': is = isspace(c); break;
	case 'u': is = isupper(c); break;
	case 'w': is = isalnum(c); break;
	case 'x': is = isxdigit(c); break;
	case 'z': is = c == 0; break;
	default: return letter == c;
	}
	return isupper(letter) ? !is : is;
}

/* Behind the single character, class or set at p. */
static const char *
item_end(matching *m, const char *p)
{
	const char *start = p;
	if (*p == '%') {
		if (p + 1 >= m->pattern_end)
			luaL_error(m->L, "malformed pattern (ends with '%%')");
		return p + 2;
	}
	if (*p++ != '[')
		return p;
	if (p < m->pattern_end && *p == '^')
		p++;
	do { /* a ] that comes first is one of the set */
		if (p >= m->pattern_end)
			luaL_error(m->L, "malformed pattern (missing ']')");
		p += *p == '%' && p + 1 < m->pattern_end ? 2 : 1;
	} while (p >= m->pattern_end || *p != ']');
	step(m, (size_t)(p - start) / 16);
	return p + 1;
}

static bool
in_set(unsigned char c, const char *p, const char *close)
{
	bool wanted = *++p != '^';
	p += !wanted;
	for (; p < close; p++) {
		if (*p == '%' && p + 1 < close) {
			if (in_class(c, (unsigned char)*++p))
				return wanted;
		} else if (p + 2 < close && p[1] == '-') {
			if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
				return wanted;
			p += 2;
		} else if ((unsigned char)*p == c) {
			return wanted;
		}
	}
	return !wanted;
}

static bool
is_one(matching *m, const char *s, const char *p, const char *item)
{
	unsigned char c;
	step(m, 1 + (size_t)(item - p) / 16);
	if (s >= m->end)
		return false;
	c = (unsigned char)*s;
	switch (*p) {
	case '.': return true;
	case '%': return in_class(c, (unsigned char)p[1]);
	case '[': return in_set(c, p, item - 1);
	default: return (unsigned char)*p == c;
	}
}

/* ---- what is more than one ---- */

static const char *
repeated(matching *m, const char *s, const char *p, const char *item, char how)
{
	const char *least = how == '+' ? s + 1 : s, *at = s, *found;
	if (how == '-') {
		for (;; s++) {
			if ((found = match(m, s, item + 1)))
				return found;
			if (!is_one(m, s, p, item))
				return NULL;
		}
	}
	while (is_one(m, at, p, item) && (at++, how != '?'))
		;
	for (; at >= least; at--)
		if ((found = match(m, at, item + 1)))
			return found;
	return NULL;
}

static const char *
balanced(matching *m, const char *s, const char *p)
{
	int open = 1;
	if (p + 1 >= m->pattern_end)
		luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
	if (s >= m->end || *s != *p)
		return NULL;
	while (++s < m->end) {
		step(m, 1);
		if (*s == p[1]) {
			if (--open == 0)
				return match(m, s + 1, p + 2);
		} else if (*s == p[0]) {
			open++;
		}
	}
	return NULL;
}

static const char *
frontier(matching *m, const char *s, const char *p)
{
	const char *item;
	if (p >= m->pattern_end || *p != '[')
		luaL_error(m->L, "missing '[' after '%%f' in pattern");
	item = item_end(m, p);
	if (in_set(s == m->text ? 0 : (unsigned char)s[-1], p, item - 1) ||
	    !in_set(s >= m->end ? 0 : (unsigned char)*s, p, item - 1))
		return NULL;
	return match(m, s, item);
}

static const char *
again(matching *m, const char *s, const char *p)
{
	int i = *p - '1';
	size_t len;
	if (i < 0 || i >= m->n || m->captures[i].len == OPEN)
		luaL_error(m->L, "invalid capture index");
	len = m->captures[i].len == POSITION ? 0 : (size_t)m->captures[i].len;
	run_spend(m->L, len / 16);
	if ((size_t)(m->end - s) < len || memcmp(m->captures[i].at, s, len) != 0)
		return NULL;
	return match(m, s + len, p + 1);
}

static const char *
captured(matching *m, const char *s, const char *p)
{
	bool position = p + 1 < m->pattern_end && p[1] == ')';
	const char *found;
	if (m->n >= CAPTURES)
		luaL_error(m->L, "too many captures");
	m->captures[m->n].at = s;
	m->captures[m->n++].len = position ? POSITION : OPEN;
	found = match(m, s, p + (position ? 2 : 1));
	if (!found)
		m->n--;
	return found;
}

static const char *
closed(matching *m, const char *s, const char *p)
{
	const char *found;
	int i = m->n - 1;
	while (i >= 0 && m->captures[i].len != OPEN)
		i--;
	if (i < 0)
		luaL_error(m->L, "invalid pattern capture");
	m->captures[i].len = s - m->captures[i].at;
	found = match(m, s, p + 1);
	if (!found)
		m->captures[i].len = OPEN;
	return found;
}

/* The end of what the pattern at p matches at s; NULL: nothing. */
static const char *
match_here(matching *m, const char *s, const char *p)
{
	for (;;) {
		const char *item;
		char how;
		if (p >= m->pattern_end)
			return s;
		if (*p == '(')
			return captured(m, s, p);
		if (*p == ')')
			return closed(m, s, p);
		if (*p == '$' && p + 1 == m->pattern_end)
			return s == m->end ? s : NULL;
		if (*p == '%' && p + 1 < m->pattern_end) {
			if (p[1] == 'b')
				return balanced(m, s, p + 2);
			if (p[1] == 'f')
				return frontier(m, s, p + 2);
			if (isdigit((unsigned char)p[1]))
				return again(m, s, p + 1);
		}
		item = item_end(m, p);
		how = item < m->pattern_end ? *item : 0;
		if (how == '*' || how == '+' || how == '-' || how == '?')
			return repeated(m, s, p, item, how);
		if (!is_one(m, s, p, item))
			return NULL;
		s++;
		p = item;
	}
}

static const char *
match(matching *m, const char *s, const char *p)
{
	const char *found;
	if (++m->depth > DEPTH)
		luaL_error(m->L, "pattern too complex");
	found = match_here(m, s, p);
	m->depth--;
	return found;
}

/* ---- the functions ---- */

/* The first match from *at on, which is where it begins; NULL: none. */
static const char *
search(matching *m, const char **at, const char *pattern)
{
	bool anchored = pattern < m->pattern_end && *pattern == '^';
	for (const char *s = *at; s <= m->end; s++) {
		const char *end;
		m->n = m->depth = 0;
		step(m, 1);
		end = match(m, s, pattern + anchored);
		if (end) {
			*at = s;
			return end;
		}
		if (anchored)
			return NULL;
	}
	return NULL;
}

static void
push_capture(matching *m, int i, const char *s, const char *end)
{
	if (i >= m->n) {
		if (i > 0)
			luaL_error(m->L, "invalid capture index");
		lua_pushlstring(m->L, s, (size_t)(end - s));
	} else if (m->captures[i].len == POSITION) {
		lua_pushinteger(m->L, m->captures[i].at - m->text + 1);
	} else if (m->captures[i].len == OPEN) {
		luaL_error(m->L, "unfinished capture");
	} else {
		lua_pushlstring(m->L, m->captures[i].at, (size_t)m->captures[i].len);
	}
}

/* All captures, or the whole match if there are none (s not NULL). */
static int
push_captures(matching *m, const char *s, const char *end)
{
	int n = m->n == 0 && s ? 1 : m->n;
	luaL_checkstack(m->L, n, "too many captures");
	for (int i = 0; i < n; i++)
		push_capture(m, i, s, end);
	return n;
}

static matching
begin(lua_State *L, const char **ret_pattern)
{
	matching m = {.L = L};
	size_t len, pattern_len;
	m.text = luaL_checklstring(L, 1, &len);
	m.end = m.text + len;
	*ret_pattern = luaL_checklstring(L, 2, &pattern_len);
	m.pattern_end = *ret_pattern + pattern_len;
	return m;
}

/* The third argument: where to begin, the end at the most. */
static const char *
start(const matching *m)
{
	ptrdiff_t len = m->end - m->text, at = luaL_optinteger(m->L, 3, 1);
	if (at < 0)
		at += len + 1;
	if (at < 1)
		at = 1;
	return at > len ? m->end : m->text + at - 1;
}

static const char *
plain(matching *m, const char *at, const char *pattern)
{
	size_t len = (size_t)(m->pattern_end - pattern);
	run_spend(m->L, (uint64_t)(m->end - at) / 16);
	return len == 0 ? at : memmem(at, (size_t)(m->end - at), pattern, len);
}

static int
find_or_match(lua_State *L, bool find)
{
	const char *pattern, *at, *end;
	matching m = begin(L, &pattern);
	at = start(&m);
	if (find && lua_toboolean(L, 4)) {
		at = plain(&m, at, pattern);
		end = at ? at + (m.pattern_end - pattern) : NULL;
	} else {
		end = search(&m, &at, pattern);
	}
	if (!end) {
		lua_pushnil(L);
		return 1;
	}
	if (!find)
		return push_captures(&m, at, end);
	lua_pushinteger(L, at - m.text + 1);
	lua_pushinteger(L, end - m.text);
	return 2 + push_captures(&m, NULL, NULL);
}

static int
find(lua_State *L)
{
	return find_or_match(L, true);
}

static int
match_function(lua_State *L)
{
	return find_or_match(L, false);
}

/* Upvalues: text, pattern, where to go on. */
static int
next_match(lua_State *L)
{
	const char *pattern, *at, *end;
	matching m;
	lua_settop(L, 0);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushvalue(L, lua_upvalueindex(2));
	m = begin(L, &pattern);
	at = m.text + lua_tointeger(L, lua_upvalueindex(3));
	end = at <= m.end ? search(&m, &at, pattern) : NULL;
	if (!end)
		return 0;
	lua_pushinteger(L, end - m.text + (end == at)); /* an empty one is not found twice */
	lua_replace(L, lua_upvalueindex(3));
	return push_captures(&m, at, end);
}

static int
gmatch(lua_State *L)
{
	luaL_checkstring(L, 1);
	luaL_checkstring(L, 2);
	lua_settop(L, 2);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, next_match, 3);
	return 1;
}

/* What stands for a match: text with %0 to %9, a table, or a function.  Pushes a text. */
static void
replacement(matching *m, const char *s, const char *end)
{
	lua_State *L = m->L;
	int n;
	switch (lua_type(L, 3)) {
	case LUA_TFUNCTION:
		lua_pushvalue(L, 3);
		n = push_captures(m, s, end);
		lua_call(L, n, 1);
		break;
	case LUA_TTABLE:
		push_capture(m, 0, s, end);
		lua_gettable(L, 3);
		break;
	default: {
		size_t len;
		const char *with = lua_tolstring(L, 3, &len);
		luaL_Buffer b;
		luaL_buffinit(L, &b);
		for (size_t i = 0; i < len; i++) {
			if (with[i] != '%' || i + 1 == len) {
				luaL_addchar(&b, with[i]);
				continue;
			}
			i++;
			if (!isdigit((unsigned char)with[i])) {
				luaL_addchar(&b, with[i]);
			} else if (with[i] == '0') {
				luaL_addlstring(&b, s, (size_t)(end - s));
			} else {
				push_capture(m, with[i] - '1', s, end);
				luaL_addvalue(&b);
			}
		}
		luaL_pushresult(&b);
	}
	}
	if (!lua_toboolean(L, -1)) { /* stays as it was */
		lua_pop(L, 1);
		lua_pushlstring(L, s, (size_t)(end - s));
	} else if (!lua_isstring(L, -1)) {
		luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
	}
}

static int
gsub(lua_State *L)
{
	const char *pattern, *at;
	matching m = begin(L, &pattern);
	bool anchored = pattern < m.pattern_end && *pattern == '^';
	double most = luaL_optnumber(L, 4, (double)(m.end - m.text) + 1), n = 0;
	luaL_Buffer b;
	luaL_argcheck(L, lua_isstring(L, 3) || lua_istable(L, 3) || lua_isfunction(L, 3), 3,
		      "string/function/table expected");
	lua_settop(L, 3);
	luaL_buffinit(L, &b);
	for (at = m.text; n < most && at <= m.end;) {
		const char *from = at, *end = search(&m, &at, pattern);
		if (!end)
			at = from;
		luaL_addlstring(&b, from, (size_t)(at - from));
		if (!end)
			break;
		n++;
		replacement(&m, at, end);
		luaL_addvalue(&b);
		if (end == at && at < m.end)
			luaL_addchar(&b, *at);
		at = end == at ? at + 1 : end;
		if (anchored)
			break;
	}
	if (at < m.end)
		luaL_addlstring(&b, at, (size_t)(m.end - at));
	luaL_pushresult(&b);
	lua_pushnumber(L, n);
	return 2;
}

void
library_patterns(lua_State *L)
{
	static const luaL_Reg functions[] = {{"find", find},     {"match", match_function},
					     {"gmatch", gmatch}, {"gfind", gmatch},
					     {"gsub", gsub},     {NULL, NULL}};
	luaL_register(L, LUA_STRLIBNAME, functions);
	lua_pop(L, 1);
}
