/* constraint: the rules are those of Masterminds' constraints.go: a wildcard or a
 * missing part makes a constraint "dirty", and each operator has its view of that. */
#include "lang/semver/constraint.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum op { OP_EQUAL, OP_NOT, OP_GREATER, OP_LESS, OP_GREATER_EQUAL, OP_LESS_EQUAL, OP_TILDE, OP_CARET };

typedef struct constraint {
	enum op op;
	pv_semver con;
	bool dirty, minor_dirty, patch_dirty;
} constraint;

/* ---- versions ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_identifier(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* 1.2.3 identifiers with dots between; 0: none. */
static size_t
identifiers(const char *s, const char *end)
{
	const char *p = s;
	while (p < end && (is_identifier(*p) || (*p == '.' && p > s && p[-1] != '.')))
		p++;
	while (p > s && p[-1] == '.')
		p--;
	return (size_t)(p - s);
}

static pv_str
without_zeros(pv_str s)
{
	while (s.len > 1 && *s.s == '0')
		s = (pv_str){s.s + 1, s.len - 1};
	return s;
}

static bool
leading_zero(pv_str pre)
{
	pv_str one;
	while (pv_str_next(&pre, '.', &one)) {
		size_t digits = 0;
		while (digits < one.len && is_digit(one.s[digits]))
			digits++;
		if (digits == one.len && one.len > 1 && *one.s == '0')
			return true;
	}
	return false;
}

bool
pv_semver_loose(pv_str text, pv_semver *ret, pv_str *ret_build)
{
	const char *p = text.s, *end = text.s + text.len;
	*ret = (pv_semver){.part = {PV_STR("0"), PV_STR("0"), PV_STR("0")}, .pre = {"", 0}};
	*ret_build = PV_STR("");
	if (p < end && *p == 'v')
		p++;
	for (int i = 0; i < 3; i++) {
		const char *from = p;
		if (i > 0 && (p + 1 >= end || *p != '.' || !is_digit(p[1])))
			break;
		from += i > 0;
		for (p = from; p < end && is_digit(*p); p++)
			;
		if (p == from || p - from > 19)
			return false;
		ret->part[i] = without_zeros((pv_str){from, (size_t)(p - from)});
	}
	if (p < end && *p == '-') {
		ret->pre = (pv_str){p + 1, identifiers(p + 1, end)};
		p += 1 + ret->pre.len;
		if (ret->pre.len == 0 || leading_zero(ret->pre))
			return false;
	}
	if (p < end && *p == '+') {
		*ret_build = (pv_str){p + 1, identifiers(p + 1, end)};
		p += 1 + ret_build->len;
		if (ret_build->len == 0)
			return false;
	}
	return p == end;
}

/* ---- checking ---- */

static int
part_cmp(pv_str a, pv_str b)
{
	return a.len != b.len ? (a.len < b.len ? -1 : 1) : pv_str_cmp(a, b);
}

static int
major_cmp(const pv_semver *v, const constraint *c)
{
	return part_cmp(v->part[0], c->con.part[0]);
}

static int
minor_cmp(const pv_semver *v, const constraint *c)
{
	return part_cmp(v->part[1], c->con.part[1]);
}

static bool
is_zero(pv_str part)
{
	return part.len == 1 && *part.s == '0';
}

static bool
differs(const pv_semver *v, const constraint *c)
{
	if (!c->dirty)
		return pv_semver_cmp(v, &c->con) != 0;
	if (major_cmp(v, c) != 0)
		return true;
	if (minor_cmp(v, c) != 0 && !c->minor_dirty)
		return true;
	if (c->minor_dirty)
		return false;
	if (part_cmp(v->part[2], c->con.part[2]) != 0 && !c->patch_dirty)
		return true;
	if (c->patch_dirty)
		return (v->pre.len || c->con.pre.len) && !pv_str_eq(v->pre, c->con.pre);
	return pv_semver_cmp(v, &c->con) != 0;
}

static bool
greater(const pv_semver *v, const constraint *c)
{
	if (!c->dirty)
		return pv_semver_cmp(v, &c->con) > 0;
	if (major_cmp(v, c) != 0)
		return major_cmp(v, c) > 0;
	if (c->minor_dirty)
		return false;
	if (c->patch_dirty)
		return minor_cmp(v, c) > 0;
	return pv_semver_cmp(v, &c->con) > 0;
}

static bool
less_equal(const pv_semver *v, const constraint *c)
{
	if (!c->dirty)
		return pv_semver_cmp(v, &c->con) <= 0;
	if (major_cmp(v, c) > 0)
		return false;
	return !(major_cmp(v, c) == 0 && minor_cmp(v, c) > 0 && !c->minor_dirty);
}

static bool
tilde(const pv_semver *v, const constraint *c)
{
	if (pv_semver_cmp(v, &c->con) < 0)
		return false;
	if (is_zero(c->con.part[0]) && is_zero(c->con.part[1]) && is_zero(c->con.part[2]) &&
	    !c->minor_dirty && !c->patch_dirty)
		return true;
	return major_cmp(v, c) == 0 && (minor_cmp(v, c) == 0 || c->minor_dirty);
}

static bool
caret(const pv_semver *v, const constraint *c)
{
	if (pv_semver_cmp(v, &c->con) < 0)
		return false;
	if (!is_zero(c->con.part[0]) || c->minor_dirty)
		return major_cmp(v, c) == 0;
	if (!is_zero(v->part[0]))
		return false;
	if (!is_zero(c->con.part[1]) || c->patch_dirty)
		return minor_cmp(v, c) == 0;
	return is_zero(v->part[1]) && part_cmp(v->part[2], c->con.part[2]) == 0;
}

static bool
holds(const pv_semver *v, const constraint *c)
{
	bool pre = v->pre.len && c->con.pre.len == 0; /* releases are asked for, this is none */
	if (pre && (c->op != OP_NOT || c->dirty))
		return false;
	switch (c->op) {
	case OP_NOT: return differs(v, c);
	case OP_GREATER: return greater(v, c);
	case OP_LESS: return pv_semver_cmp(v, &c->con) < 0;
	case OP_GREATER_EQUAL: return pv_semver_cmp(v, &c->con) >= 0;
	case OP_LESS_EQUAL: return less_equal(v, c);
	case OP_TILDE: return tilde(v, c);
	case OP_CARET: return caret(v, c);
	case OP_EQUAL: return c->dirty ? tilde(v, c) : pv_semver_cmp(v, &c->con) == 0;
	}
	return false;
}

/* ---- parsing ---- */

struct reader {
	const char *s, *end;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
spaces(struct reader *r)
{
	const char *from = r->s;
	while (r->s < r->end && is_space(*r->s))
		r->s++;
	return r->s > from;
}

static enum op
operator(struct reader *r) {
	static const struct {const char * text; enum op op;}
ops[] = {
	{">=", OP_GREATER_EQUAL}, {"=>", OP_GREATER_EQUAL}, {"<=", OP_LESS_EQUAL}, {"=<", OP_LESS_EQUAL},
	{"!=", OP_NOT},           {"~>", OP_TILDE},         {"=", OP_EQUAL},       {">", OP_GREATER},
	{"<", OP_LESS},           {"~", OP_TILDE},          {"^", OP_CARET},
};
for (size_t i = 0; i < PV_LEN(ops); i++) {
	size_t n = strlen(ops[i].text);
	if ((size_t)(r->end - r->s) >= n && memcmp(r->s, ops[i].text, n) == 0) {
		r->s += n;
		return ops[i].op;
	}
}
return OP_EQUAL;
}

static bool
is_wild(pv_str part)
{
	return part.len == 0 || (part.len == 1 && (*part.s == 'x' || *part.s == 'X' || *part.s == '*'));
}

static pv_str
number(struct reader *r, bool dot)
{
	const char *from = r->s + dot, *p = from;
	if (dot && (r->s == r->end || *r->s != '.'))
		return (pv_str){"", 0};
	while (p < r->end && (is_digit(*p) || *p == 'x' || *p == 'X' || *p == '*'))
		p++;
	if (p > from)
		r->s = p;
	return (pv_str){from, (size_t)(p - from)};
}

/* What the version's parts are; false where Masterminds finds no version. */
static bool
version(struct reader *r, constraint *c)
{
	pv_str part[3], build;
	if (r->s < r->end && *r->s == 'v')
		r->s++;
	for (int i = 0; i < 3; i++)
		part[i] = i > 0 && part[i - 1].len == 0 ? (pv_str){"", 0} : number(r, i > 0);
	if (part[0].len == 0)
		return false;
	c->con = (pv_semver){.part = {PV_STR("0"), PV_STR("0"), PV_STR("0")}, .pre = {"", 0}};
	if (r->s < r->end && *r->s == '-') {
		c->con.pre = (pv_str){r->s + 1, identifiers(r->s + 1, r->end)};
		r->s += c->con.pre.len ? 1 + c->con.pre.len : 0;
	}
	if (r->s < r->end && *r->s == '+') {
		build = (pv_str){r->s + 1, identifiers(r->s + 1, r->end)};
		r->s += build.len ? 1 + build.len : 0;
	}
	int known = is_wild(part[0]) ? 0 : is_wild(part[1]) ? 1 : is_wild(part[2]) ? 2 : 3;
	c->dirty = known < 3;
	c->minor_dirty = known == 1;
	c->patch_dirty = known == 2;
	for (int i = 0; i < known; i++) {
		for (size_t k = 0; k < part[i].len; k++)
			if (!is_digit(part[i].s[k]))
				return false;
		c->con.part[i] = without_zeros(part[i]);
	}
	return true;
}

/* "1.2 - 1.4": the hyphen has space on both sides. */
static bool
hyphen(struct reader *r)
{
	struct reader at = *r;
	if (!spaces(&at) || at.s == at.end || *at.s != '-')
		return false;
	at.s++;
	if (!spaces(&at))
		return false;
	*r = at;
	return true;
}

static bool
one(struct reader *r, const pv_semver *v, bool *all)
{
	constraint c;
	const char *before = r->s;
	c.op = operator(r);
	bool bare = r->s == before;
	spaces(r);
	if (!version(r, &c))
		return false;
	if (bare && hyphen(r)) {
		c.op = OP_GREATER_EQUAL;
		*all = *all && holds(v, &c);
		if (!version(r, &c))
			return false;
		c.op = OP_LESS_EQUAL;
	}
	*all = *all && holds(v, &c);
	return true;
}

static bool
all_of(pv_str text, const pv_semver *v, bool *ret)
{
	struct reader r = {text.s, text.s + text.len};
	bool all = true;
	spaces(&r);
	for (;;) {
		if (!one(&r, v, &all))
			return false;
		bool apart = spaces(&r);
		if (r.s == r.end)
			break;
		if (*r.s == ',') {
			r.s++;
			spaces(&r);
		} else if (!apart) {
			return false;
		}
	}
	*ret = *ret || all;
	return true;
}

const char *
pv_semver_check(pv_arena *arena, pv_str text, pv_str version_text, bool *ret)
{
	pv_semver v;
	pv_str build, rest = text;
	bool parsed = pv_semver_loose(version_text, &v, &build);
	*ret = false;
	for (;;) {
		const char * or = memmem(rest.s, rest.len, "||", 2);
		pv_str alternative = {rest.s, or ? (size_t)(or -rest.s) : rest.len};
		if (!all_of(alternative, &v, ret))
			return pv_printf(arena, "improper constraint: %.*s", (int)alternative.len,
					 alternative.s);
		if (or == NULL)
			break;
		rest = (pv_str){ or +2, rest.len - alternative.len - 2};
	}
	return parsed ? NULL : "Invalid Semantic Version";
}
