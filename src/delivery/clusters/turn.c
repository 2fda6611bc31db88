/* turn: what a controller asks about clusters in its turn. */
#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/clusters/impl.h"
#include "lang/json/json.h"

/* ---- which one ---- */

static void
secrets_of(pv_ctx *cx, pv_plan *plan, const char *member, const char *text, pv_vec *ret)
{
	pv_plan_indexed(cx, plan, CLUSTERS_INDEX, pv_printf(cx->arena, "%s %s", member, text), ret);
}

static const char *
text_of(pv_ctx *cx, const pv_val *secret, const char *key)
{
	const char *text = secret_text(cx->arena, secret, key);
	return text ? text : "";
}

void
clusters_describe(pv_ctx *cx, const pv_val *secret, clusters_place *ret)
{
	const char *name = text_of(cx, secret, "name");
	ret->server = text_of(cx, secret, "server");
	ret->name = *name ? name : ret->server;
	ret->project = text_of(cx, secret, "project");
	ret->secret = pv_streq(ret->server, CLUSTERS_HERE) ? NULL : pv_text_at(secret, "metadata.name", "");
}

/* This server, which a Secret may give another name. */
static void
describe_here(pv_ctx *cx, pv_plan *plan, clusters_place *ret)
{
	pv_vec secrets;
	*ret = (clusters_place){.name = CLUSTERS_HERE_NAME, .server = CLUSTERS_HERE, .project = ""};
	secrets_of(cx, plan, "server", CLUSTERS_HERE, &secrets);
	if (secrets.len)
		clusters_describe(cx, *PV_AT(const pv_val *, &secrets, 0), ret);
}

static int
by_server(pv_ctx *cx, pv_plan *plan, const char *asked, clusters_place *ret)
{
	size_t len = strlen(asked);
	const char *server;
	pv_vec secrets;
	while (len && asked[len - 1] == '/')
		len--;
	server = pv_strndup(cx->arena, asked, len);
	if (pv_streq(server, CLUSTERS_HERE)) {
		describe_here(cx, plan, ret);
		return 0;
	}
	secrets_of(cx, plan, "server", server, &secrets);
	if (!secrets.len)
		return pv_fail(cx, PV_EINVALID,
			       "error getting cluster by server \"%s\": cluster \"%s\" not found", asked,
			       asked);
	clusters_describe(cx, *PV_AT(const pv_val *, &secrets, 0), ret);
	return 0;
}

static int
by_name(pv_ctx *cx, pv_plan *plan, const char *name, clusters_place *ret)
{
	clusters_place here;
	pv_vec secrets;
	pv_buf servers;
	secrets_of(cx, plan, "name", name, &secrets);
	describe_here(cx, plan, &here);
	if (!secrets.len && pv_streq(name, CLUSTERS_HERE_NAME) && pv_streq(here.name, CLUSTERS_HERE_NAME)) {
		*ret = here;
		return 0;
	}
	if (!secrets.len)
		return pv_fail(cx, PV_EINVALID, "there are no clusters with this name: %s", name);
	if (secrets.len == 1) {
		clusters_describe(cx, *PV_AT(const pv_val *, &secrets, 0), ret);
		return 0;
	}
	pv_buf_init(&servers, cx->arena);
	for (size_t i = 0; i < secrets.len; i++)
		pv_buf_printf(&servers, "%s%s", i ? " " : "",
			      text_of(cx, *PV_AT(const pv_val *, &secrets, i), "server"));
	return pv_fail(cx, PV_EINVALID, "there are %zu clusters with the same name: [%s]", secrets.len,
		       servers.s);
}

int
clusters_find(pv_ctx *cx, pv_plan *plan, const pv_val *destination, clusters_place *ret)
{
	const char *server = pv_text_at(destination, "server", ""),
		   *name = pv_text_at(destination, "name", "");
	if (*server && *name)
		return pv_fail(cx, PV_EINVALID,
			       "application destination can't have both name and server defined: %s %s", name,
			       server);
	if (*server)
		return by_server(cx, plan, server, ret);
	if (*name)
		return by_name(cx, plan, name, ret);
	return pv_fail(cx, PV_EINVALID, "Destination server missing from app spec");
}

/* ---- what it serves ---- */

static int
find_served(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	spoke *s;
	kinds *k;
	pv_objb b;
	int r = table_hold(cx, pv_facts_api(facts), pv_text_at(args, "cluster", ""), &s);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	r = spoke_check(cx, s);
	k = r == 0 ? kinds_ref(s) : NULL;
	if (k) {
		pv_objb_put(&b, "kinds", kinds_val(cx->arena, k));
		pthread_mutex_lock(&s->lock);
		pv_objb_put(&b, "version", pv_string(cx->arena, s->version));
		pthread_mutex_unlock(&s->lock);
		kinds_unref(s, k);
	}
	spoke_let_go(s);
	*ret = pv_objb_end(&b);
	return r < 0 ? r : 0;
}

static const char *const reads[] = {"/Secret", NULL};

static bool
heeds(pv_ctx *cx PV_UNUSED, const pv_val *args, const pv_rec *rec)
{
	return pv_streq(pv_rec_key(rec)->ns, CLUSTERS_HOME) &&
	       pv_streq(pv_rec_key(rec)->name, pv_text_at(args, "cluster", ""));
}

const pv_fact_kind serves_fact = {.name = SERVES_FACT,
				  .find = find_served,
				  .lane = "cluster",
				  .reads = reads,
				  .heeds = heeds,
				  .refresh_ns = RESYNC};

int
clusters_serves(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const pv_val **ret)
{
	pv_val args = pv_with(cx->arena, NULL, "cluster", pv_string_ref(c->secret));
	int r = pv_plan_fact(cx, plan, SERVES_FACT, &args, ret);
	return r == 1 && !pv_get(*ret, "kinds") ? 0 : r;
}

/* ---- what it holds ---- */

int
clusters_look(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const clusters_question *q,
	      const pv_val **ret)
{
	pv_val payload = pv_with(cx->arena, NULL, "wants", q->wants), args;
	const char *text = pv_json_text(cx->arena, &q->wants);
	pv_objb b;
	int r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "cluster", c->secret);
	pv_objb_puts(&b, "asker", pv_printf(cx->arena, "%s %s %s", c->secret, q->index, q->key));
	pv_objb_puts(&b, "index", q->index);
	pv_objb_puts(&b, "key", q->key);
	pv_objb_puts(&b, "manager", q->manager);
	pv_objb_puts(&b, "wants", pv_sha256_hex(cx->arena, text, strlen(text)));
	args = pv_objb_end(&b);
	r = pv_plan_effect(cx, plan, LOOK_FACT, &args, &payload, ret);
	if (!q->since || r == 0)
		return r;
	if (r < 0)
		pv_recover(cx);
	return pv_plan_fact_since(cx, plan, LOOK_FACT, &args, q->since, ret);
}

/* ---- what is done to it ---- */

static int
carry_out(pv_ctx *cx, spoke *s, const pv_val *args, const pv_val *object)
{
	const char *uid = pv_text_at(args, "uid", "");
	pv_call call = {.ns = pv_text_at(args, "namespace", ""),
			.name = pv_text_at(args, "name", ""),
			.manager = pv_text_at(args, "manager", ""),
			.force = true,
			.expect_uid = *uid ? uid : NULL,
			.propagation = pv_text_at(args, "propagation", NULL),
			.grace_seconds = -1};
	bool deletes = pv_streq(pv_text_at(args, "what", ""), "delete");
	const pv_val *now;
	int r = spoke_resource(cx, s, pv_text_at(args, "apiVersion", ""), pv_text_at(args, "kind", ""),
			       &call.resource);
	if (r < 0)
		return r;
	if (!call.resource && deletes)
		return 0; /* gone with its kind */
	if (!call.resource)
		return pv_fail(cx, PV_ENOTFOUND, "no matches for kind \"%s\" in version \"%s\"",
			       pv_text_at(args, "kind", ""), pv_text_at(args, "apiVersion", ""));
	r = deletes ? spoke_delete(cx, s, &call) : spoke_apply(cx, s, &call, object, &now);
	if (deletes && r == -PV_ECONFLICT) { /* another one of the name */
		pv_recover(cx);
		r = 0;
	}
	return r;
}

static int
do_deed(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	spoke *s;
	int r;
	*ret = pv_with(cx->arena, NULL, "done", pv_bool(true));
	if (previous) /* done is done */
		return 0;
	r = spoke_hold(cx, pv_facts_api(facts), pv_text_at(args, "cluster", ""), &s);
	if (r < 0)
		return r;
	r = carry_out(cx, s, args, pv_at(args, "payload.object"));
	spoke_tell(s);
	spoke_let_go(s);
	return r;
}

const pv_fact_kind deed_effect = {.name = DEED_FACT, .find = do_deed, .lane = "cluster", .effect = true};

static pv_val
deed_args(pv_ctx *cx, const clusters_place *c, const char *what, const pv_val *object)
{
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "cluster", c->secret);
	pv_objb_puts(&b, "what", what);
	pv_objb_puts(&b, "apiVersion", pv_text_at(object, "apiVersion", ""));
	pv_objb_puts(&b, "kind", pv_text_at(object, "kind", ""));
	pv_objb_puts(&b, "namespace", pv_text_at(object, "metadata.namespace", ""));
	pv_objb_puts(&b, "name", pv_text_at(object, "metadata.name", ""));
	return pv_objb_end(&b);
}

int
clusters_delete(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const pv_val *object,
		const char *propagation, const pv_val **ret)
{
	pv_val args = deed_args(cx, c, "delete", object);
	args = pv_with(cx->arena, &args, "uid", pv_string_ref(pv_text_at(object, "metadata.uid", "")));
	args = pv_with(cx->arena, &args, "propagation",
		       pv_string_ref(propagation ? propagation : "Background"));
	return pv_plan_fact(cx, plan, DEED_FACT, &args, ret);
}

int
clusters_apply(pv_ctx *cx, pv_plan *plan, const clusters_place *c, const pv_val *object, const char *manager,
	       const char *once, const pv_val **ret)
{
	pv_val args = deed_args(cx, c, "apply", object),
	       payload = pv_with(cx->arena, NULL, "object", *object);
	args = pv_with(cx->arena, &args, "manager", pv_string_ref(manager));
	args = pv_with(cx->arena, &args, "once", pv_string_ref(once));
	return pv_plan_effect(cx, plan, DEED_FACT, &args, &payload, ret);
}
