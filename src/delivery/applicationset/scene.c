/* scene: reads of a plan without a runtime. */
#include "delivery/applicationset/scene.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/applicationset/appset.h"
#include "delivery/applicationset/forge.h"

#define LOOK_AGAIN (10 * PV_MS)
#define PATIENCE (300 * PV_SEC)

/* ---- a server ---- */

static pv_client *
server(pv_ctx *cx, scene *s)
{
	if (!s->client && !s->why && pv_client_open(cx, &s->conf, &s->client) < 0) {
		s->why = pv_strdup(cx->arena, pv_error_text(cx));
		pv_recover(cx);
	}
	return s->client;
}

/* GET of an object, or of a list of them: NULL if there is none. */
static const pv_val *
ask(pv_ctx *cx, scene *s, const char *type, const char *ns, const char *name, const char *query)
{
	const char *slash = strrchr(type, '/');
	const char *group = pv_strndup(cx->arena, type, slash ? (size_t)(slash - type) : 0);
	const char *kind = slash ? slash + 1 : type;
	const char *word = *group ? pv_printf(cx->arena, "%s.%s", kind, group) : kind;
	const pv_client_kind *row;
	const pv_val *found = NULL;
	pv_client_call call = {0};
	int r;
	if (!server(cx, s))
		return NULL;
	r = pv_client_find(cx, s->client, word, &row);
	if (r == 0) {
		call.path = pv_printf(cx->arena, "%s%s",
				      pv_client_path(cx->arena, row, row->namespaced ? ns : NULL, name, NULL),
				      query);
		r = pv_client_json(cx, s->client, &call, NULL, &found);
	}
	if (r < 0) {
		if (r != -PV_ENOTFOUND && !s->why)
			s->why = pv_strdup(cx->arena, pv_error_text(cx));
		pv_recover(cx);
		return NULL;
	}
	return found;
}

/* ---- objects ---- */

static bool
is_at(pv_ctx *cx, const pv_val *object, const char *type, const char *ns, const char *name)
{
	return pv_streq(type_of_object(cx->arena, object), type) &&
	       (!ns || pv_streq(pv_text_at(object, "metadata.namespace", APPSET_HOME), ns)) &&
	       (!name || pv_streq(pv_text_at(object, "metadata.name", ""), name));
}

static const pv_val *
find(pv_ctx *cx, void *arg, const char *type, const char *ns, const char *name)
{
	scene *s = arg;
	for (size_t i = 0; i < s->objects->len; i++)
		if (is_at(cx, *PV_AT(const pv_val *, s->objects, i), type, *ns ? ns : NULL, name))
			return *PV_AT(const pv_val *, s->objects, i);
	return ask(cx, s, type, ns, name, "");
}

static void
list(pv_ctx *cx, void *arg, const char *type, const char *ns, pv_vec *ret)
{
	scene *s = arg;
	const pv_val *items;
	for (size_t i = 0; i < s->objects->len; i++)
		if (is_at(cx, *PV_AT(const pv_val *, s->objects, i), type, ns, NULL))
			pv_vec_push(ret, PV_AT(const pv_val *, s->objects, i));
	items = ret->len ? NULL : pv_get(ask(cx, s, type, ns, NULL, ""), "items");
	for (size_t i = 0; i < pv_count(items); i++) {
		const pv_val *item = pv_item(items, i);
		pv_vec_push(ret, &item);
	}
}

static bool
is_cluster(pv_ctx *cx, const pv_val *object)
{
	pv_vec keys;
	pv_vec_init(&keys, cx->arena, sizeof(const char *));
	appset_clusters_keys(cx, object, &keys);
	return keys.len > 0;
}

/* Of the indexes only that of clusters is asked. */
static void
indexed(pv_ctx *cx, void *arg, const char *index PV_UNUSED, const char *key PV_UNUSED, pv_vec *ret)
{
	scene *s = arg;
	const pv_val *items;
	for (size_t i = 0; i < s->objects->len; i++)
		if (is_cluster(cx, *PV_AT(const pv_val *, s->objects, i)))
			pv_vec_push(ret, PV_AT(const pv_val *, s->objects, i));
	items = ret->len ? NULL
			 : pv_get(ask(cx, s, "/Secret", APPSET_HOME, NULL,
				      "?labelSelector=argocd.argoproj.io/secret-type%3Dcluster"),
				  "items");
	for (size_t i = 0; i < pv_count(items); i++) {
		const pv_val *item = pv_item(items, i);
		pv_vec_push(ret, &item);
	}
}

/* ---- facts ---- */

static int
open_facts(pv_ctx *cx, scene *s)
{
	const char *tmp = getenv("TMPDIR");
	char *folder;
	if (s->facts)
		return 0;
	folder = pv_printf(cx->arena, "%s/pave-appset-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		return pv_fail(cx, PV_EINTERNAL, "no folder can be made: %s", folder);
	s->folder = folder;
	return pv_facts_open(cx, s->folder, 2, &s->facts);
}

static int
git_fact(pv_ctx *cx, scene *s, const pv_question *q, const pv_val **ret, const char **ret_key)
{
	struct timespec pause = {0, LOOK_AGAIN};
	int64_t until = pv_mono() + PATIENCE;
	int r = open_facts(cx, s);
	while (r == 0 && (r = pv_facts_get(cx, s->facts, q, ret, ret_key)) == 0) {
		if (pv_mono() > until)
			return pv_fail(cx, PV_ETIMEOUT, "the repository does not answer within 5 minutes");
		nanosleep(&pause, NULL);
	}
	return r;
}

static int
fact(pv_ctx *cx, void *arg, const pv_question *q, const pv_val **ret, const char **ret_key)
{
	scene *s = arg;
	const forge_reader from = {find, s, NULL};
	pv_val value;
	int r;
	*ret_key = q->fact;
	if (pv_streq(q->fact, FORGE_FACT))
		r = forge_find(cx, &from, q->args, NULL, &value);
	else if (pv_streq(q->fact, PLUGIN_FACT))
		r = forge_find_plugin(cx, &from, q->args, &value);
	else
		return git_fact(cx, s, q, ret, ret_key);
	*ret = r == 0 ? pv_box(cx->arena, value) : NULL;
	return r == 0 ? 1 : r;
}

static bool
since(pv_ctx *cx PV_UNUSED, void *arg PV_UNUSED, const char *key PV_UNUSED, int64_t at PV_UNUSED)
{
	return true;
}

/* What generators and templates ask; nothing else runs in it. */
struct world
scene_world(scene *s)
{
	return (struct world){
		.find = find, .list = list, .indexed = indexed, .fact = fact, .since = since, .arg = s};
}

void
scene_close(scene *s)
{
	s->facts = pv_facts_close(s->facts);
	s->client = pv_client_close(s->client);
	if (s->folder)
		pv_dir_drop(s->folder);
}
