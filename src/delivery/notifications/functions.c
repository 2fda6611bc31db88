/* functions: time, strings, sync and repo, for conditions and templates.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/functions/ */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "core/git/git.h"
#include "delivery/notifications/inside.h"

#define FN(name) \
	static int name(pv_trun *r PV_UNUSED, const pv_tv *args PV_UNUSED, size_t n PV_UNUSED, \
			pv_tv *ret PV_UNUSED)
#define OF(args) ((scene *)(args)[0].object->of)

static pv_str
text(const pv_tv *args, size_t i)
{
	return pv_tv_strv(&args[i]);
}

/* ---- time ---- */

FN(time_now)
{
	OF(args)->clock = true;
	*ret = pv_tv_time(pv_trun_arena(r), OF(args)->now);
	return 0;
}

FN(time_parse)
{
	int64_t ns;
	if (!pv_time_parse(text(args, 1), &ns))
		return pv_trun_fail(r,
				    "parsing time \"%.*s\" as \"2006-01-02T15:04:05Z07:00\": expected a time",
				    (int)(args[1].len < 100 ? args[1].len : 100), args[1].s);
	*ret = pv_tv_time(pv_trun_arena(r), ns);
	return 0;
}

/* ---- strings ---- */

FN(replace_all)
{
	pv_str s = text(args, 1), old = text(args, 2), new = text(args, 3);
	pv_buf b;
	pv_buf_init(&b, pv_trun_arena(r));
	while (old.len) {
		const char *at = memmem(s.s, s.len, old.s, old.len);
		size_t before = at ? (size_t)(at - s.s) : 0;
		if (!at)
			break;
		pv_buf_add(&b, s.s, before);
		pv_buf_add(&b, new.s, new.len);
		s = (pv_str){s.s + before + old.len, s.len - before - old.len};
		if (pv_trun_spend(r, 1 + new.len / 16) < 0)
			return -PV_ETOOLARGE;
	}
	pv_buf_add(&b, s.s, s.len);
	*ret = pv_tv_buf(&b);
	return 0;
}

static int
cased(pv_trun *r, const char *name, const pv_tv *arg, pv_tv *ret)
{
	for (const pv_tfunc *f = pv_tmpl_strings; f->name; f++)
		if (pv_streq(f->name, name))
			return pv_trun_call(r, f, NULL, arg, 1, ret);
	return pv_trun_fail(r, "%s: there is no such function", name);
}

FN(to_upper)
{
	return cased(r, "upper", &args[1], ret);
}

FN(to_lower)
{
	return cased(r, "lower", &args[1], ret);
}

/* ---- sync ---- */

/* The value of an entry of operation.info, that of the operation which runs first. */
FN(get_info_item)
{
	const pv_val *app = OF(args)->app, *operation = pv_get(app, "operation"), *info;
	pv_str name = text(args, 2);
	if (!operation)
		operation = pv_at(app, "status.operationState.operation");
	if (!operation)
		return pv_trun_fail(r, "application is not running synced: it has no operation");
	info = pv_get(operation, "info");
	*ret = pv_tv_text("");
	for (size_t i = 0; i < pv_count(info); i++)
		if (pv_str_is(name, pv_text_at(pv_item(info, i), "name", "")))
			*ret = pv_tv_text(
				pv_strdup(pv_trun_arena(r), pv_text_at(pv_item(info, i), "value", "")));
	return 0;
}

/* ---- repo ---- */

/* git@host:owner/repo.git and ssh://.. as a URL of https; the parts of either. */
static void
parts(pv_str url, pv_str *ret_host, pv_str *ret_path)
{
	const char *scheme = memmem(url.s, url.len, "://", 3), *at, *end;
	bool plain = !scheme;
	if (scheme) {
		size_t n = (size_t)(scheme - url.s) + 3;
		url = (pv_str){url.s + n, url.len - n};
	}
	end = memchr(url.s, plain ? ':' : '/', url.len);
	if (!end)
		end = memchr(url.s, '/', url.len);
	*ret_host = (pv_str){url.s, end ? (size_t)(end - url.s) : url.len};
	*ret_path = (pv_str){end ? end : url.s + url.len, url.len - ret_host->len};
	at = memchr(ret_host->s, '@', ret_host->len);
	if (at) {
		size_t n = (size_t)(at - ret_host->s) + 1;
		*ret_host = (pv_str){ret_host->s + n, ret_host->len - n};
	}
	while (ret_path->len && (ret_path->s[0] == '/' || ret_path->s[0] == ':'))
		*ret_path = (pv_str){ret_path->s + 1, ret_path->len - 1};
}

FN(to_https)
{
	pv_str host, path;
	parts(text(args, 1), &host, &path);
	*ret = pv_tv_text(pv_printf(pv_trun_arena(r), "https://%.*s/%.*s", (int)host.len, host.s,
				    (int)path.len, path.s));
	return 0;
}

const char *
repo_full_name(pv_arena *arena, const char *url)
{
	pv_str host, path, piece, owner = {"", 0};
	parts(pv_str_of(url), &host, &path);
	if (path.len > 4 && memcmp(path.s + path.len - 4, ".git", 4) == 0)
		path.len -= 4;
	while (pv_str_next(&path, '/', &piece)) {
		if (!piece.len)
			continue;
		if (owner.len)
			return pv_printf(arena, "%.*s/%.*s", (int)owner.len, owner.s, (int)piece.len,
					 piece.s);
		owner = piece;
	}
	return pv_strndup(arena, owner.s, owner.len);
}

FN(full_name)
{
	pv_arena *arena = pv_trun_arena(r);
	*ret = pv_tv_text(repo_full_name(arena, pv_strndup(arena, args[1].s, args[1].len)));
	return 0;
}

/* As net/url has it: a blank is a plus. */
FN(query_escape)
{
	pv_arena *arena = pv_trun_arena(r);
	const char *escaped = pv_url_escape(arena, pv_strndup(arena, args[1].s, args[1].len));
	pv_buf b;
	pv_buf_init(&b, arena);
	for (; *escaped; escaped++)
		if (strncmp(escaped, "%20", 3) == 0) {
			pv_buf_addc(&b, '+');
			escaped += 2;
		} else {
			pv_buf_addc(&b, *escaped);
		}
	*ret = pv_tv_buf(&b);
	return 0;
}

FN(get_commit)
{
	scene *s = OF(args);
	pv_arena *arena = pv_trun_arena(r);
	const char *repo = pv_text_at(s->app, "spec.source.repoURL", NULL);
	const pv_val *commit = NULL;
	pv_tmap *m = pv_tmap_new(arena);
	int64_t date = 0;
	int code;
	if (!repo)
		return pv_trun_fail(r, "failed to get application source repo URL");
	code = s->commit ? s->commit(s, repo, pv_strndup(arena, args[1].s, args[1].len), &commit) : 0;
	s->pending = s->pending || code == 0;
	if (code < 0)
		return pv_trun_fail_ctx(r);
	if (code == 0)
		return pv_trun_fail(r, "the commit is not known yet");
	(void)pv_time_parse(pv_str_of(pv_text_at(commit, "date", "")), &date);
	pv_tmap_puts(m, "Message", pv_tv_text(pv_strdup(arena, pv_text_at(commit, "message", ""))));
	pv_tmap_puts(m, "Author", pv_tv_text(pv_strdup(arena, pv_text_at(commit, "author", ""))));
	pv_tmap_puts(m, "Date", pv_tv_time(arena, date));
	pv_tmap_puts(m, "Tags", pv_tv_list(arena, NULL, 0, PV_TY_STRINGS));
	*ret = pv_tv_map(m);
	return 0;
}

FN(get_details)
{
	return pv_trun_fail(
		r, "repo.GetAppDetails is not supported: .app.spec.source and .app.status.sourceType "
		   "say what it is made of");
}

/* ---- all ---- */

/* clang-format off */
static const pv_tfunc rows[] = {
	{"Now", "", time_now}, {"Parse", "s", time_parse},
	{"ReplaceAll", "sss", replace_all}, {"ToUpper", "s", to_upper}, {"ToLower", "s", to_lower},
	{"GetInfoItem", "as", get_info_item},
	{"RepoURLToHTTPS", "s", to_https}, {"FullNameByRepoURL", "s", full_name},
	{"QueryEscape", "s", query_escape}, {"GetCommitMetadata", "s", get_commit},
	{"GetAppDetails", "", get_details},
};
#define CLASS(i) {.type = "func", .call = &rows[i]}
static const pv_tclass classes[] = {
	CLASS(0), CLASS(1), CLASS(2), CLASS(3), CLASS(4), CLASS(5), CLASS(6), CLASS(7), CLASS(8), CLASS(9), CLASS(10),
};
static const struct {
	const char *space;
	size_t first, n;
} spaces[] = {{"time", 0, 2}, {"strings", 2, 3}, {"sync", 5, 1}, {"repo", 6, 5}};

static const struct {
	const char *name;
	int64_t ns;
} durations[] = {
	{"Nanosecond", 1}, {"Microsecond", 1000}, {"Millisecond", PV_MS}, {"Second", PV_SEC},
	{"Minute", 60 * PV_SEC}, {"Hour", 3600 * PV_SEC},
};
static const char *const layouts[][2] = {
	{"Layout", "01/02 03:04:05PM '06 -0700"}, {"ANSIC", "Mon Jan _2 15:04:05 2006"},
	{"UnixDate", "Mon Jan _2 15:04:05 MST 2006"}, {"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
	{"RFC822", "02 Jan 06 15:04 MST"}, {"RFC822Z", "02 Jan 06 15:04 -0700"},
	{"RFC850", "Monday, 02-Jan-06 15:04:05 MST"}, {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
	{"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"}, {"RFC3339", "2006-01-02T15:04:05Z07:00"},
	{"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"}, {"Kitchen", "3:04PM"},
	{"Stamp", "Jan _2 15:04:05"}, {"StampMilli", "Jan _2 15:04:05.000"},
	{"StampMicro", "Jan _2 15:04:05.000000"}, {"StampNano", "Jan _2 15:04:05.000000000"},
};
/* clang-format on */
_Static_assert(PV_LEN(classes) == PV_LEN(rows), "each function has its class");

pv_tmap *
scene_env(scene *s, const pv_val *context)
{
	pv_arena *arena = s->cx->arena;
	pv_tmap *env = pv_tmap_new(arena), *time = NULL;
	pv_tv dot = pv_tv_from(arena, context, false);
	for (size_t i = 0; i < PV_LEN(spaces); i++) {
		pv_tmap *space = pv_tmap_new(arena);
		for (size_t k = spaces[i].first; k < spaces[i].first + spaces[i].n; k++)
			pv_tmap_puts(space, rows[k].name, pv_tv_object(arena, &classes[k], s));
		pv_tmap_puts(env, spaces[i].space, pv_tv_map(space));
		time = i == 0 ? space : time;
	}
	for (size_t i = 0; i < PV_LEN(durations); i++)
		pv_tmap_puts(time, durations[i].name, pv_tv_duration(arena, durations[i].ns));
	for (size_t i = 0; i < PV_LEN(layouts); i++)
		pv_tmap_puts(time, layouts[i][0], pv_tv_text(layouts[i][1]));
	pv_tmap_puts(env, "app", pv_tv_from(arena, s->app, false));
	pv_tmap_puts(env, "context", dot.kind == PV_T_MAP ? dot : pv_tv_map(pv_tmap_new(arena)));
	return env;
}
