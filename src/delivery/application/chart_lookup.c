/* chart_lookup: what a chart asks the cluster for.  The child that renders has no cluster: it notes what
 * it would know; the controller reads it through its plan, as far as the project permits what the chart
 * deploys, and asks for the rendering again, with the answers.  So an Application is rendered anew when
 * what its chart looked up changes.  Which objects they were in which state is part of the fact's key,
 * what they say is not: keys are shown to people. */
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "delivery/application/chart.h"
#include "delivery/application/destination.h"
#include "delivery/application/mask.h"
#include "delivery/application/project.h"

#define OBJECTS_MAX 5000

/* ---- in the child ---- */

static const char *
wish_of(pv_arena *arena, const pv_tv *args)
{
	return pv_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", (int)args[0].len, args[0].s, (int)args[1].len,
			 args[1].s, (int)args[2].len, args[2].s, (int)args[3].len, args[3].s);
}

int
chart_lookup(pv_trun *r, void *of, const pv_tv *args, pv_tv *ret)
{
	chart_lookups *l = of;
	pv_arena *arena = pv_trun_arena(r);
	const char *wish = wish_of(arena, args);
	const pv_val *answer = pv_get(l->answers, wish);
	*ret = pv_tv_map(pv_tmap_new(arena));
	if (pv_is(answer, PV_OBJECT))
		*ret = pv_tv_from(arena, answer, false);
	if (!answer)
		pv_objb_put(&l->wishes, wish, pv_bool(true));
	return pv_trun_spend(r, 100);
}

/* ---- in the controller ---- */

struct look {
	app *a;
	size_t objects;
	const char *api_version, *kind, *ns, *name;
};

static item
item_like(struct look *l, const char *ns, const char *name)
{
	const char *slash = strchr(l->api_version, '/');
	size_t n = slash ? (size_t)(slash - l->api_version) : 0;
	return (item){.group = pv_strndup(l->a->cx->arena, l->api_version, n),
		      .kind = l->kind,
		      .ns = ns,
		      .name = name};
}

/* May the Application deploy such an object there?  Then it may read it. */
static int
permitted(struct look *l)
{
	item it = item_like(l, l->ns, l->name);
	const char *why = project_refuses(l->a, &it);
	return why ? pv_fail(l->a->cx, PV_EFORBIDDEN,
			     "lookup \"%s\" \"%s\" \"%s\" \"%s\": what its project does not let it deploy, an Application does "
			     "not read: %s",
			     l->api_version, l->kind, l->ns, l->name, why)
		   : 0;
}

/* As the chart sees it.  A commit that nobody merged could put a Secret where it is shown. */
static pv_val
answer_of(struct look *l, const pv_val *object, pv_buf *states)
{
	bool hide = l->a->unmerged && pv_streq(l->api_version, "v1") && pv_streq(l->kind, "Secret");
	pv_buf_printf(states, "%s %s%s\n", pv_text_at(object, "metadata.uid", ""),
		      pv_text_at(object, "metadata.resourceVersion", ""), hide ? " hidden" : "");
	return hide ? mask_encoded(l->a, object) : *object;
}

/* What of the objects may be read. */
static pv_val
list_of(struct look *l, const pv_vec *objects, pv_buf *states)
{
	pv_listb items;
	pv_objb b;
	pv_listb_init(&items, l->a->cx->arena);
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *object = *PV_AT(const pv_val *, objects, i);
		item it = item_like(l, pv_text_at(object, "metadata.namespace", ""),
				    pv_text_at(object, "metadata.name", ""));
		if (project_refuses(l->a, &it))
			continue;
		pv_listb_add(&items, answer_of(l, object, states));
	}
	pv_objb_init(&b, l->a->cx->arena);
	pv_objb_puts(&b, "apiVersion", l->api_version);
	pv_objb_put(&b, "kind", pv_stringf(l->a->cx->arena, "%sList", l->kind));
	pv_objb_put(&b, "items", pv_listb_end(&items));
	return pv_objb_end(&b);
}

/* In another cluster: 1, or 0: not known yet. */
static int
look_there(struct look *l, pv_vec *all)
{
	const clusters_object what = {l->api_version, l->kind, l->ns, l->name};
	const pv_val *items;
	int r = clusters_read(l->a->cx, l->a->plan, &l->a->dest, &what, &items);
	pv_vec_init(all, l->a->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; r == 1 && i < pv_count(items); i++) {
		const pv_val *one = pv_item(items, i);
		pv_vec_push(all, &one);
	}
	return r;
}

static int
look_here(struct look *l, pv_vec *all)
{
	app *a = l->a;
	const char *kind = pv_printf(a->cx->arena, "%s/%s", l->api_version, l->kind);
	const pv_val *found = NULL;
	if (*l->name)
		found = pv_plan_find(a->cx, a->plan, kind, l->ns, l->name);
	else
		pv_plan_list(a->cx, a->plan, kind, *l->ns ? l->ns : NULL, NULL, all);
	if (*l->name)
		pv_vec_init(all, a->cx->arena, sizeof(const pv_val *));
	if (found)
		pv_vec_push(all, &found);
	return 1;
}

/* One wish: its answer (null: nothing is there), and the state that the answer is of. */
static int
look(struct look *l, pv_val *ret, pv_buf *states)
{
	enum pv_scope scope = destination_scope(l->a, l->api_version, l->kind);
	pv_vec all;
	int r;
	*ret = pv_null();
	if (scope == PV_SCOPE_UNKNOWN)
		return 1;
	if (scope == PV_SCOPE_CLUSTER)
		l->ns = "";
	else if (*l->name && !*l->ns)
		return 1;
	r = *l->name || *l->ns ? permitted(l) : 0;
	if (r < 0)
		return r;
	r = l->a->dest.secret ? look_there(l, &all) : look_here(l, &all);
	if (r != 1)
		return r;
	l->objects += *l->name ? 1 : all.len;
	if (!*l->name)
		*ret = list_of(l, &all, states);
	else if (all.len)
		*ret = answer_of(l, *PV_AT(const pv_val *, &all, 0), states);
	return 1;
}

static void
split(pv_arena *arena, pv_str wish, struct look *l)
{
	const char **parts[] = {&l->api_version, &l->kind, &l->ns, &l->name};
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		pv_str part = {"", 0};
		(void)pv_str_next(&wish, '\n', &part);
		*parts[i] = pv_strndup(arena, part.s, part.len);
	}
}

int
chart_look(app *a, const pv_val *wishes, pv_val *ret_states, pv_val *ret_answers)
{
	struct look l = {.a = a};
	pv_objb states, answers;
	bool known = true;
	int r = 1;
	pv_objb_init(&states, a->cx->arena);
	pv_objb_init(&answers, a->cx->arena);
	for (size_t i = 0; r >= 0 && i < pv_count(wishes); i++) {
		const pv_val *wish = &pv_sorted(wishes, i)->key;
		pv_val answer;
		pv_buf state;
		pv_buf_init(&state, a->cx->arena);
		split(a->cx->arena, pv_strv(wish), &l);
		r = look(&l, &answer, &state);
		known = known && r == 1;
		pv_objb_putv(&answers, *wish, answer);
		pv_objb_putv(&states, *wish,
			     pv_string(a->cx->arena,
				       pv_sha256_hex(a->cx->arena, state.len ? state.s : "", state.len)));
		if (r >= 0 && l.objects > OBJECTS_MAX)
			r = pv_fail(a->cx, PV_ETOOLARGE, "the chart looks up more than %d objects",
				    OBJECTS_MAX);
	}
	*ret_states = pv_objb_end(&states);
	*ret_answers = pv_objb_end(&answers);
	return r < 0 ? r : known;
}
