/* policy: lines are kept as they come; a question picks those that are about its subjects, its resource and its
 * action once, so that an object of a long list costs only their patterns. */
#include "delivery/argocd/policy.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/regex.h"
#include "base/str.h"
#include "base/vec.h"
#include "delivery/argocd/builtin.h"
#include "lang/glob/glob.h"

typedef struct line {
	const char *subject, *resource, *action, *object;
	bool allows, regex;
} line;

struct policy {
	pv_arena *arena;
	const policy *base;
	bool regex;
	pv_vec lines;  /* of line */
	pv_map *roles; /* who has them: of pv_vec of const char * */
};

/* ---- reading ---- */

policy *
policy_new(pv_ctx *cx, bool regex)
{
	policy *p = pv_new(cx->arena, policy);
	p->arena = cx->arena;
	p->regex = regex;
	p->roles = pv_map_new(cx->arena);
	pv_vec_init(&p->lines, cx->arena, sizeof(line));
	return p;
}

policy *
policy_over(pv_ctx *cx, const policy *base)
{
	policy *p = policy_new(cx, base->regex);
	p->base = base;
	return p;
}

static void
add_role(policy *p, const char *member, const char *role)
{
	pv_vec *roles = pv_map_finds(p->roles, member);
	if (!roles) {
		roles = pv_new(p->arena, pv_vec);
		pv_vec_init(roles, p->arena, sizeof(const char *));
		pv_map_puts(p->roles, member, roles);
	}
	pv_vec_push(roles, &role);
}

/* The next field, as Go's encoding/csv reads it with TrimLeadingSpace; false: it is none. */
static bool
next_field(pv_arena *arena, pv_str *rest, bool *ret_more, const char **ret)
{
	pv_buf out;
	size_t i = 0;
	pv_buf_init(&out, arena);
	while (i < rest->len && (rest->s[i] == ' ' || rest->s[i] == '\t'))
		i++;
	if (i < rest->len && rest->s[i] == '"') {
		for (i++;; i++) {
			if (i == rest->len)
				return false; /* the quote is not closed */
			if (rest->s[i] == '"' && !(i + 1 < rest->len && rest->s[i + 1] == '"'))
				break;
			i += rest->s[i] == '"';
			pv_buf_addc(&out, rest->s[i]);
		}
		i++;
		if (i < rest->len && rest->s[i] != ',')
			return false;
	}
	for (; i < rest->len && rest->s[i] != ','; i++) {
		if (rest->s[i] == '"')
			return false;
		pv_buf_addc(&out, rest->s[i]);
	}
	*ret_more = i < rest->len;
	i += *ret_more;
	*rest = (pv_str){rest->s + i, rest->len - i};
	*ret = out.len ? out.s : "";
	return true;
}

/* The fields of a line, at most n + 1; 0: it is no line. */
static size_t
split(pv_arena *arena, pv_str text, const char **fields, size_t n)
{
	bool more = true;
	size_t found = 0;
	while (more && found <= n)
		if (!next_field(arena, &text, &more, &fields[found++]))
			return 0;
	return found;
}

static int
wrong(pv_ctx *cx, const char *place, int number, pv_str text, const char *why)
{
	return pv_fail_at(cx, PV_EINVALID, place, number, 0, "invalid RBAC policy: %s%s%s",
			  pv_strndup(cx->arena, text.s, text.len < 200 ? text.len : 200), *why ? ": " : "",
			  why);
}

static int
check_patterns(pv_ctx *cx, const line *l)
{
	const char *const patterns[] = {l->resource, l->action, l->object};
	const pv_re *re;
	for (size_t i = 0; l->regex && i < PV_LEN(patterns); i++) {
		int r = pv_re_cached(cx, pv_str_of(patterns[i]), NULL, &re);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
add_line(pv_ctx *cx, policy *p, const char *place, int number, pv_str text)
{
	const char *f[7];
	size_t n = split(cx->arena, text, f, 6);
	line *l;
	if (n == 3 && pv_streq(f[0], "g")) {
		add_role(p, f[1], f[2]);
		return 0;
	}
	if (n != 6 || !pv_streq(f[0], "p"))
		return wrong(
			cx, place, number, text,
			"expected \"p, SUBJECT, RESOURCE, ACTION, OBJECT, allow|deny\" or \"g, MEMBER, ROLE\"");
	if (!pv_streq(f[5], "allow") && !pv_streq(f[5], "deny"))
		return wrong(cx, place, number, text, "the effect is neither allow nor deny");
	if (p->lines.len == POLICY_LINES_MOST)
		return pv_fail_at(cx, PV_ETOOLARGE, place, number, 0, "a policy has at most %d lines",
				  POLICY_LINES_MOST);
	l = pv_vec_add(&p->lines);
	*l = (line){f[1], f[2], f[3], f[4], pv_streq(f[5], "allow"), p->regex};
	if (check_patterns(cx, l) < 0) {
		const char *why = pv_take_error(cx)->message;
		return wrong(cx, place, number, text, why);
	}
	return 0;
}

int
policy_add(pv_ctx *cx, policy *p, const char *place, pv_str csv)
{
	pv_str text;
	int r = 0;
	for (int number = 1; r == 0 && pv_str_next(&csv, '\n', &text); number++) {
		text = pv_str_trim(text);
		if (text.len && text.s[0] != '#')
			r = add_line(cx, p, place, number, text);
	}
	return r;
}

void
policy_add_builtin(policy *p)
{
	for (const struct builtin_line *b = builtin_lines; b->subject; b++) {
		line *l = pv_vec_add(&p->lines);
		*l = (line){b->subject, b->resource, b->action, b->object, true, false};
	}
	add_role(p, "role:admin", "role:readonly");
	add_role(p, "admin", "role:admin");
}

/* ---- projects ---- */

/* These name an object as PROJECT/NAME, the others by its name alone or, of a project's own, likewise. */
static bool
is_scoped(const char *resource)
{
	static const char *const scoped[] = {
		"applications", "applicationsets",   "logs", "exec", "repositories",
		"clusters",     "write-repositories"};
	for (size_t i = 0; i < PV_LEN(scoped); i++)
		if (pv_streq(scoped[i], resource))
			return true;
	return false;
}

pv_str
policy_project_of(const char *resource, const char *object)
{
	const char *slash = strchr(object, '/');
	if (pv_streq(resource, "projects"))
		return pv_str_of(object);
	return is_scoped(resource) && slash ? (pv_str){object, (size_t)(slash - object)} : (pv_str){"", 0};
}

/* Of a project's role: its own subject, and objects of its own. */
static const char *
foreign(pv_arena *arena, const line *l, const char *project, const char *subject)
{
	const char *own = pv_printf(arena, "%s/", project);
	if (!pv_streq(l->subject, subject))
		return pv_printf(arena, "policy subject must be: '%s', not '%s'", subject, l->subject);
	if (!is_scoped(l->resource) && !pv_streq(l->resource, "projects"))
		return pv_printf(
			arena,
			"project resource must be: 'applications', 'applicationsets', 'repositories', 'exec', 'logs', "
			"'clusters' or 'projects', not '%s'",
			l->resource);
	if (!pv_starts_with(l->object, own) &&
	    !(pv_streq(l->resource, "projects") && pv_streq(l->object, project)))
		return pv_printf(arena, "object must be of form '%s/*' or '%s/<APPNAME>', not '%s'", project,
				 project, l->object);
	return NULL;
}

static int
add_project_line(pv_ctx *cx, policy *p, const char *project, const char *subject, const char *text)
{
	policy *alone = policy_new(cx, p->regex);
	const char *why;
	int r = policy_add(cx, alone, project, pv_str_of(text));
	if (r < 0)
		return r;
	for (size_t i = 0; i < alone->lines.len; i++) {
		line *l = PV_AT(line, &alone->lines, i);
		why = foreign(cx->arena, l, project, subject);
		if (why)
			return wrong(cx, project, 0, pv_str_of(text), why);
		pv_vec_push(&p->lines, l);
	}
	return alone->lines.len
		       ? 0
		       : wrong(cx, project, 0, pv_str_of(text), "expected a line that begins with p");
}

static const char *
role_subject(pv_arena *arena, const char *project, const pv_val *role)
{
	return pv_printf(arena, "proj:%s:%s", project, pv_text_at(role, "name", ""));
}

void
policy_add_project(pv_ctx *cx, policy *p, const pv_val *project)
{
	const char *name = pv_text_at(project, "metadata.name", "");
	const pv_val *roles = pv_at(project, "spec.roles");
	for (size_t i = 0; i < pv_count(roles); i++) {
		const pv_val *role = pv_item(roles, i), *lines = pv_get(role, "policies"),
			     *groups = pv_get(role, "groups");
		const char *subject = role_subject(cx->arena, name, role);
		line *own = pv_vec_add(&p->lines);
		*own = (line){subject, "projects", "get", name, true, false};
		for (size_t k = 0; k < pv_count(lines); k++)
			if (add_project_line(cx, p, name, subject, pv_text(pv_item(lines, k), "")) < 0)
				(void)pv_recover(
					cx); /* written past policy_check_project(): it permits nothing */
		for (size_t k = 0; k < pv_count(groups); k++)
			add_role(p, pv_text(pv_item(groups, k), ""), subject);
	}
}

int
policy_check_project(pv_ctx *cx, const pv_val *project)
{
	const char *name = pv_text_at(project, "metadata.name", "");
	const pv_val *roles = pv_at(project, "spec.roles");
	policy *p = policy_new(cx, false);
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(roles); i++) {
		const pv_val *role = pv_item(roles, i), *lines = pv_get(role, "policies");
		const char *subject = role_subject(cx->arena, name, role);
		for (size_t k = 0; r == 0 && k < pv_count(lines); k++)
			r = add_project_line(cx, p, name, subject, pv_text(pv_item(lines, k), ""));
	}
	return r;
}

/* ---- questions ---- */

typedef struct matcher {
	enum { ANY, EXACT, PREFIX, GLOB, REGEX } how;
	const char *text;
	size_t len;
	const pv_re *re;
	bool allows;
} matcher;

struct policy_question {
	pv_vec subjects; /* of pv_vec of matcher */
};

static int
matcher_of(pv_ctx *cx, bool regex, const char *pattern, matcher *ret)
{
	size_t plain = strcspn(pattern, "*?[{\\");
	*ret = (matcher){.text = pattern, .len = plain};
	if (regex) {
		ret->how = REGEX;
		return pv_re_cached(cx, pv_str_of(pattern), NULL, &ret->re);
	}
	if (!pattern[plain])
		ret->how = EXACT;
	else if (pv_streq(pattern + plain, "*"))
		ret->how = plain ? PREFIX : ANY;
	else
		ret->how = GLOB;
	return 0;
}

static bool
fits(const matcher *m, const char *text)
{
	switch (m->how) {
	case ANY: return true;
	case EXACT: return pv_streq(m->text, text);
	case PREFIX: return strncmp(m->text, text, m->len) == 0;
	case GLOB: return pv_glob_spans(m->text, text);
	default: return pv_re_match(m->re, pv_str_of(text));
	}
}

static int
pattern_fits(pv_ctx *cx, bool regex, const char *pattern, const char *text)
{
	matcher m;
	int r = matcher_of(cx, regex, pattern, &m);
	return r < 0 ? r : fits(&m, text);
}

/* The names that a subject is known by: its own and its roles'. */
static pv_map *
names_of(const policy *p, pv_arena *arena, const char *subject)
{
	pv_map *names = pv_map_new(arena);
	pv_vec now, next;
	pv_vec_init(&now, arena, sizeof(const char *));
	pv_vec_push(&now, &subject);
	for (int depth = 0; now.len && depth <= POLICY_ROLE_DEPTH; depth++, now = next) {
		pv_vec_init(&next, arena, sizeof(const char *));
		for (size_t i = 0; i < now.len; i++) {
			const char *name = *PV_AT(const char *, &now, i);
			if (pv_map_finds(names, name))
				continue;
			pv_map_puts(names, name, names);
			for (const policy *part = p; part; part = part->base) {
				const pv_vec *roles = pv_map_finds(part->roles, name);
				for (size_t k = 0; roles && k < roles->len; k++)
					pv_vec_push(&next, pv_vec_at(roles, k));
			}
		}
	}
	return names;
}

/* 1: the line is about that; *ret: which objects.  0: it is not. */
static int
applies(pv_ctx *cx, const line *l, const pv_map *names, const char *resource, const char *action,
	matcher *ret)
{
	int r = pv_map_finds(names, l->subject) != NULL;
	if (r == 1)
		r = pattern_fits(cx, l->regex, l->resource, resource);
	if (r == 1)
		r = pattern_fits(cx, l->regex, l->action, action);
	if (r != 1)
		return r;
	r = matcher_of(cx, l->regex, l->object, ret);
	ret->allows = l->allows;
	return r < 0 ? r : 1;
}

static int
pick(pv_ctx *cx, const policy *p, const pv_map *names, const char *resource, const char *action, pv_vec *ret)
{
	for (size_t i = 0; i < p->lines.len; i++) {
		matcher m;
		int r = applies(cx, PV_AT(line, &p->lines, i), names, resource, action, &m);
		if (r < 0)
			return r;
		if (r == 1)
			pv_vec_push(ret, &m);
	}
	return 0;
}

int
policy_ask(pv_ctx *cx, const policy *p, const char *const *subjects, const char *resource, const char *action,
	   policy_question **ret)
{
	policy_question *q = pv_new(cx->arena, policy_question);
	int r = 0;
	pv_vec_init(&q->subjects, cx->arena, sizeof(pv_vec));
	for (size_t i = 0; r == 0 && subjects[i]; i++) {
		const pv_map *names = names_of(p, cx->arena, subjects[i]);
		pv_vec *found = pv_vec_add(&q->subjects);
		pv_vec_init(found, cx->arena, sizeof(matcher));
		for (const policy *part = p; r == 0 && part; part = part->base)
			r = pick(cx, part, names, resource, action, found);
	}
	*ret = q;
	return r;
}

bool
policy_permits(const policy_question *q, const char *object)
{
	for (size_t i = 0; i < q->subjects.len; i++) {
		const pv_vec *found = PV_AT(pv_vec, &q->subjects, i);
		bool allowed = false, denied = false;
		for (size_t k = 0; k < found->len && !denied; k++) {
			const matcher *m = PV_AT(matcher, found, k);
			if ((m->allows && allowed) || !fits(m, object))
				continue;
			allowed = allowed || m->allows;
			denied = !m->allows;
		}
		if (allowed && !denied)
			return true;
	}
	return false;
}
