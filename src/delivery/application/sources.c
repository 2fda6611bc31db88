/* sources: https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/ */
#include "delivery/application/sources.h"

#include <string.h>

#include "base/str.h"
#include "delivery/application/application.h"

static app_source *
nth(const app *a, size_t i)
{
	return PV_AT(app_source, &a->sources, i);
}

app_source
source_of(const pv_val *spec)
{
	const char *target = pv_text_at(spec, "targetRevision", "");
	return (app_source){.spec = spec,
			    .repo = pv_text_at(spec, "repoURL", ""),
			    .path = pv_text_at(spec, "path", ""),
			    .target = *target ? target : "HEAD"};
}

static void
add(app *a, const pv_val *spec)
{
	*(app_source *)pv_vec_add(&a->sources) = source_of(spec);
}

/* What was gone back to, one commit for each source. */
static void
hold(app *a)
{
	const char *text = pv_text(pv_get(pv_at(a->object, "metadata.annotations"), APPLICATION_HELD), "");
	pv_str rest = pv_str_of(text), one;
	pv_vec all;
	if (!*text)
		return;
	pv_vec_init(&all, a->cx->arena, sizeof(pv_str));
	while (pv_str_next(&rest, ',', &one))
		pv_vec_push(&all, &one);
	a->held = all.len == a->sources.len;
	for (size_t i = 0; a->held && i < all.len; i++) {
		one = *PV_AT(pv_str, &all, i);
		if (one.len)
			nth(a, i)->target = pv_strndup(a->cx->arena, one.s, one.len);
	}
}

/* The operation's own sources come first, then those of the spec; several before one. */
static void
choose(app *a, const pv_val *sync)
{
	const pv_val *own = pv_count(pv_get(sync, "sources")) || pv_get(sync, "source") ? sync : a->spec,
		     *list = pv_get(own, "sources");
	pv_vec_init(&a->sources, a->cx->arena, sizeof(app_source));
	a->many = pv_count(list) > 0;
	for (size_t i = 0; i < pv_count(list); i++)
		add(a, pv_item(list, i));
	if (!a->many)
		add(a, own == a->spec ? application_source(a->cx->arena, a->object) : pv_get(own, "source"));
	a->from = nth(a, 0);
	if (own == a->spec)
		hold(a);
}

void
sources_init(app *a)
{
	choose(a, a->asked);
}

void
sources_take(app *a, const pv_val *sync)
{
	choose(a, sync);
}

void
sources_pin(app *a, const pv_val *result)
{
	const pv_val *list = pv_get(result, "revisions");
	for (size_t i = 0; a->many && i < a->sources.len && pv_count(list) == a->sources.len; i++)
		nth(a, i)->pinned = pv_text(pv_item(list, i), "");
	if (!a->many && *pv_text_at(result, "revision", ""))
		a->from->pinned = pv_text_at(result, "revision", "");
}

void
sources_ask(app *a, const pv_val *sync)
{
	const pv_val *list = pv_get(sync, "revisions");
	for (size_t i = 0; i < a->sources.len; i++) {
		const char *asked = !a->many             ? pv_text_at(sync, "revision", "")
				    : i < pv_count(list) ? pv_text(pv_item(list, i), "")
							 : "";
		nth(a, i)->target = *asked ? asked : nth(a, i)->target;
	}
}

bool
source_only_lends(const app_source *from)
{
	return *pv_text_at(from->spec, "ref", "") && !*from->path && !*pv_text_at(from->spec, "chart", "");
}

const app_source *
source_lending(const app *a, const char *text, const char **ret_path)
{
	size_t n = strcspn(text, "/");
	for (size_t i = 0; a->many && *text == '$' && i < a->sources.len; i++) {
		const char *ref = pv_text_at(nth(a, i)->spec, "ref", "");
		if (*ref && strlen(ref) == n - 1 && strncmp(ref, text + 1, n - 1) == 0) {
			*ret_path = text[n] ? text + n + 1 : "";
			return nth(a, i);
		}
	}
	return NULL;
}

int
source_root(app *a, const pv_val **ret)
{
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "revision", a->from->revision);
	pv_objb_puts(&b, "path", "");
	pv_objb_put(&b, "names", pv_bool(false));
	args = pv_objb_end(&b);
	return pv_plan_fact(a->cx, a->plan, "git-tree", &args, ret);
}

/* ---- commits ---- */

const char *
sources_revisions_of(pv_arena *arena, const pv_val *result)
{
	const pv_val *list = pv_get(result, "revisions");
	pv_buf b;
	if (!pv_count(list))
		return pv_text_at(result, "revision", "");
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_buf_printf(&b, "%s%s", i ? "," : "", pv_text(pv_item(list, i), ""));
	return b.s;
}

static pv_val
revisions(const app *a)
{
	pv_listb b;
	pv_listb_init(&b, a->cx->arena);
	for (size_t i = 0; i < a->sources.len; i++)
		pv_listb_add(&b, pv_string_ref(nth(a, i)->revision ? nth(a, i)->revision : ""));
	return pv_listb_end(&b);
}

void
sources_put_revisions(const app *a, pv_objb *b)
{
	if (a->many)
		pv_objb_put(b, "revisions", revisions(a));
	else
		pv_objb_puts(b, "revision", a->from->revision);
}

const char *
sources_revisions(const app *a)
{
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	sources_put_revisions(a, &b);
	return sources_revisions_of(a->cx->arena, pv_box(a->cx->arena, pv_objb_end(&b)));
}

bool
sources_are_at(const app *a, const pv_val *result)
{
	return pv_streq(sources_revisions_of(a->cx->arena, result), sources_revisions(a));
}

/* ---- what they are ---- */

void
sources_put(const app *a, pv_objb *b)
{
	pv_listb list;
	if (!a->many) {
		if (a->from->spec)
			pv_objb_put(b, "source", *a->from->spec);
		return;
	}
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < a->sources.len; i++)
		pv_listb_add(&list, *nth(a, i)->spec);
	pv_objb_put(b, "sources", pv_listb_end(&list));
}

bool
sources_are_of(const app *a, const pv_val *result)
{
	const pv_val *list = pv_get(result, "sources");
	if (!a->many)
		return pv_eq(pv_get(result, "source"), a->from->spec);
	if (pv_count(list) != a->sources.len)
		return false;
	for (size_t i = 0; i < a->sources.len; i++)
		if (!pv_eq(pv_item(list, i), nth(a, i)->spec))
			return false;
	return true;
}

void
sources_put_types(const app *a, pv_objb *b)
{
	const pv_val *old = a->status;
	pv_listb list;
	if (!a->many) {
		pv_objb_puts(b, "sourceType",
			     a->from->type ? a->from->type : pv_text_at(old, "sourceType", "Directory"));
		return;
	}
	old = pv_get(old, "sourceTypes");
	pv_listb_init(&list, a->cx->arena);
	for (size_t i = 0; i < a->sources.len; i++) {
		const char *was = i < pv_count(old) ? pv_text(pv_item(old, i), "") : "";
		pv_listb_add(&list, pv_string_ref(nth(a, i)->type ? nth(a, i)->type : was));
	}
	pv_objb_put(b, "sourceTypes", pv_listb_end(&list));
}
