#include "delivery/argocd/events.h"

#include "base/str.h"
#include "base/time.h"

struct about {
	const char *kind, *name, *uid;
};

static bool
is_about(const pv_rec *rec, void *arg)
{
	const struct about *a = arg;
	const pv_val *of = pv_get(pv_rec_val(rec), "involvedObject");
	of = of ? of : pv_get(pv_rec_val(rec), "regarding");
	return pv_streq(pv_text_at(of, "kind", ""), a->kind) &&
	       pv_streq(pv_text_at(of, "name", ""), a->name) &&
	       (!*a->uid || pv_streq(pv_text_at(of, "uid", ""), a->uid));
}

int
events_answer(call *c, enum right right, const char *ns, const char *kind, const char *name, const char *uid)
{
	static const char *const types[] = {"/Event", "events.k8s.io/Event"};
	struct about about = {kind, name, uid};
	pv_listb items;
	pv_val v;
	ns = *ns ? ns : "default"; /* where those of cluster-scoped objects are */
	if (right == RIGHT_KUBERNETES && !rights_may_list(c->rights, "", "events", ns))
		return rights_refuse(c->rights, "events", "list", ns);
	pv_listb_init(&items, c->cx->arena);
	for (size_t t = 0; t < PV_LEN(types); t++) {
		pv_list_query query = {.type = types[t], .ns = ns, .keep = is_about, .arg = &about};
		pv_listing all;
		int r = pv_store_list(c->cx, pv_api_store(c->api), &query, &all);
		if (r < 0)
			return r;
		for (size_t i = 0; i < all.len; i++)
			pv_listb_add(&items, *pv_rec_val(all.recs[i]));
	}
	v = pv_with(c->cx->arena, NULL, "metadata", pv_object_of(c->cx->arena, NULL, 0, NULL, NULL));
	return call_answer(c, pv_with(c->cx->arena, &v, "items", pv_listb_end(&items)));
}

int
event_tell(call *c, const pv_val *object, const char *reason, const char *what)
{
	const pv_news news = {
		.about = object,
		.component = "argocd-server",
		.type = "Normal",
		.reason = reason,
		.message = pv_printf(c->cx->arena, "%s %s", *c->who.name ? c->who.name : "anonymous", what),
		.at = pv_now()};
	void *who = c->cx->identity;
	pv_auth_internal(c->cx, "system:pave:argocd");
	if (pv_api_report(c->cx, c->api, &news) < 0)
		(void)pv_recover(c->cx); /* it was done, whoever hears of it */
	c->cx->identity = who;
	return 0;
}

int
links_answer(call *c, const char *key)
{
	if (*settings_text(c->cx, c->api, "argocd-cm", key, ""))
		return pv_fail(c->cx, PV_EUNSUPPORTED,
			       "%s of ConfigMap argocd/argocd-cm is not supported yet", key);
	return call_answer(c, pv_with(c->cx->arena, NULL, "items", pv_list_of(c->cx->arena, NULL, 0)));
}
