#include "delivery/argocd/tree.h"

#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "base/turn.h"
#include "delivery/custom/custom.h"
#include "delivery/health/health.h"

#define TRACKING "argocd.argoproj.io/tracking-id"

struct walk {
	call *c;
	const target *app;
	bool limited; /* by Kubernetes' RBAC */
	bool away;    /* its objects are another cluster's: they are as its status says */
	pv_vec *nodes;
	pv_map *owned; /* uid: pv_vec of const pv_rec * */
	pv_map *spaces;
};

static char here;

static const pv_resource *
resource_of(call *c, const char *group, const char *kind)
{
	const char *type = pv_printf(c->cx->arena, "%s/%s", group, kind);
	return pv_resource_of_type(c->cx, pv_api_registry(c->api), type);
}

static bool
may_list(struct walk *w, const pv_resource *res, const char *ns)
{
	return !w->limited || rights_may_list(w->c->rights, res->group, res->plural, ns);
}

/* ---- what is managed ---- */

/* The object names the Application by the label (argocd-cm: application.resourceTrackingMethod). */
static bool
is_labelled(call *c, const pv_val *object, const char *key)
{
	const char *label = settings_text(c->cx, c->api, "argocd-cm", "application.instanceLabelKey",
					  "app.kubernetes.io/instance");
	return pv_streq(pv_text(pv_get(pv_at(object, "metadata.labels"), label), ""), key) &&
	       !pv_count(pv_at(object, "metadata.ownerReferences"));
}

/* A status is what its writer says: the object must say, too, whose it is. */
bool
tree_claims(call *c, const target *f, const node *n, const pv_val *object)
{
	bool home = pv_streq(f->ns, ARGOCD_NS);
	const char *key = home ? f->name : pv_printf(c->cx->arena, "%s_%s", f->ns, f->name);
	const char *id = pv_printf(c->cx->arena, "%s:%s/%s:%s/%s", key, n->group, n->kind, n->ns, n->name);
	const pv_val *notes = pv_at(object, "metadata.annotations");
	if (pv_streq(settings_text(c->cx, c->api, "argocd-cm", "application.resourceTrackingMethod", ""),
		     "label"))
		return is_labelled(c, object, key);
	return pv_streq(pv_text(pv_get(notes, TRACKING), ""), id);
}

static void
add_managed(struct walk *w, const pv_val *resource)
{
	node *n = pv_vec_add(w->nodes);
	const pv_resource *res;
	pv_key key;
	*n = (node){pv_text_at(resource, "group", ""),
		    pv_text_at(resource, "version", ""),
		    pv_text_at(resource, "kind", ""),
		    pv_text_at(resource, "namespace", ""),
		    pv_text_at(resource, "name", ""),
		    resource,
		    NULL,
		    0};
	res = resource_of(w->c, n->group, n->kind);
	if (w->away || !res || res->view || !may_list(w, res, n->ns))
		return;
	key = (pv_key){res->type, res->namespaced ? n->ns : "", n->name};
	n->rec = pv_store_find(w->c->cx, pv_api_store(w->c->api), &key);
	if (n->rec && !tree_claims(w->c, w->app, n, pv_rec_val(n->rec)))
		n->rec = NULL;
	if (n->rec && *n->ns)
		pv_map_puts(w->spaces, n->ns, &here);
}

/* ---- what came of it ---- */

static void
note_owner(struct walk *w, const pv_rec *rec, const char *uid)
{
	pv_vec *list = pv_map_finds(w->owned, uid);
	if (!list) {
		list = pv_new(w->c->cx->arena, pv_vec);
		pv_vec_init(list, w->c->cx->arena, sizeof(const pv_rec *));
		pv_map_puts(w->owned, uid, list);
	}
	pv_vec_push(list, &rec);
}

static bool
names_owners(const pv_rec *rec, void *arg PV_UNUSED)
{
	pv_str json = pv_rec_json(rec);
	return memmem(json.s, json.len, "\"ownerReferences\"", strlen("\"ownerReferences\"")) != NULL;
}

static int
note_type(struct walk *w, const pv_resource *res, const char *ns)
{
	pv_list_query query = {.type = res->type, .ns = ns, .keep = names_owners};
	pv_listing all;
	int r = pv_store_list(w->c->cx, pv_api_store(w->c->api), &query, &all);
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *owners = pv_at(pv_rec_val(all.recs[i]), "metadata.ownerReferences");
		for (size_t k = 0; k < pv_count(owners); k++)
			note_owner(w, all.recs[i], pv_text_at(pv_item(owners, k), "uid", ""));
	}
	return r;
}

static int
note_space(struct walk *w, const char *ns)
{
	size_t n;
	const pv_resource *const *all = pv_resource_all(w->c->cx, pv_api_registry(w->c->api), &n);
	pv_map *seen = pv_map_new(w->c->cx->arena);
	int r = pv_ctx_check(w->c->cx);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!all[i]->namespaced || all[i]->view || pv_streq(all[i]->kind, "Event") ||
		    pv_map_finds(seen, all[i]->type) ||
		    !pv_store_count(pv_api_store(w->c->api), all[i]->type) || !may_list(w, all[i], ns))
			continue;
		pv_map_puts(seen, all[i]->type, &here);
		r = note_type(w, all[i], ns);
	}
	return r;
}

static void
add_child(struct walk *w, const pv_rec *rec, size_t parent)
{
	const pv_val *object = pv_rec_val(rec);
	const pv_key *key = pv_rec_key(rec);
	const char *api = pv_text_at(object, "apiVersion", ""), *slash = strchr(api, '/');
	node *n = pv_vec_add(w->nodes);
	*n = (node){slash ? pv_strndup(w->c->cx->arena, api, (size_t)(slash - api)) : "",
		    slash ? slash + 1 : api,
		    pv_text_at(object, "kind", ""),
		    key->ns,
		    key->name,
		    NULL,
		    rec,
		    parent};
}

/* Each object stands in it once, below the first of its owners that comes. */
static void
add_children(struct walk *w)
{
	pv_map *seen = pv_map_new(w->c->cx->arena);
	for (size_t i = 0; i < w->nodes->len && w->nodes->len < TREE_MOST; i++) {
		const pv_rec *parent = PV_AT(node, w->nodes, i)->rec;
		const char *uid = parent ? pv_text_at(pv_rec_val(parent), "metadata.uid", "") : "";
		const pv_vec *list = pv_map_finds(w->owned, uid);
		pv_map_puts(seen, uid, &here);
		for (size_t k = 0; list && k < list->len && w->nodes->len < TREE_MOST; k++) {
			const pv_rec *rec = *PV_AT(const pv_rec *, list, k);
			const char *own = pv_text_at(pv_rec_val(rec), "metadata.uid", "");
			if (pv_map_finds(seen, own))
				continue;
			pv_map_puts(seen, own, &here);
			add_child(w, rec, i + 1);
		}
	}
}

int
tree_of(call *c, const target *f, pv_vec *ret)
{
	const pv_val *resources = pv_at(f->object, "status.resources");
	struct walk w = {.c = c, .app = f, .limited = f->right == RIGHT_KUBERNETES, .nodes = ret};
	w.away = !clusters_is_here(c->cx, c->api, pv_at(f->object, "spec.destination"));
	size_t pos = 0;
	pv_str ns;
	void *unused;
	int r = 0;
	pv_vec_init(ret, c->cx->arena, sizeof(node));
	w.owned = pv_map_new(c->cx->arena);
	w.spaces = pv_map_new(c->cx->arena);
	for (size_t i = 0; i < pv_count(resources); i++)
		add_managed(&w, pv_item(resources, i));
	while (r == 0 && pv_map_each(w.spaces, &pos, &ns, &unused))
		r = note_space(&w, pv_strndup(c->cx->arena, ns.s, ns.len));
	if (r == 0)
		add_children(&w);
	return r;
}

const node *
tree_find(const pv_vec *nodes, const char *group, const char *kind, const char *ns, const char *name)
{
	for (size_t i = 0; i < nodes->len; i++) {
		const node *n = PV_AT(node, nodes, i);
		if (pv_streq(n->group, group) && pv_streq(n->kind, kind) && pv_streq(n->name, name) &&
		    (pv_streq(n->ns, ns) || !*n->ns))
			return n;
	}
	return NULL;
}

const node *
tree_parent(const pv_vec *nodes, const node *n)
{
	return n->parent ? PV_AT(node, nodes, n->parent - 1) : NULL;
}

/* ---- as it is shown ---- */

static pv_val
reference(pv_arena *arena, const node *n)
{
	const char *const texts[][2] = {
		{"group", n->group},
		{"kind", n->kind},
		{"namespace", n->ns},
		{"name", n->name},
		{"uid", n->rec ? pv_text_at(pv_rec_val(n->rec), "metadata.uid", "") : NULL}};
	pv_objb b;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < PV_LEN(texts); i++)
		if (texts[i][1] && *texts[i][1])
			pv_objb_puts(&b, texts[i][0], texts[i][1]);
	return pv_objb_end(&b);
}

static void
put_health(call *c, const custom *rules, const node *n, pv_objb *b)
{
	const pv_val *known = pv_get(n->resource, "health");
	enum health health;
	const char *message = "";
	pv_objb h;
	if (known) {
		pv_objb_put(b, "health", *known);
		return;
	}
	health = n->rec ? health_of(c->cx, rules, pv_rec_val(n->rec), &message) : HEALTH_NONE;
	if (health == HEALTH_NONE)
		return;
	pv_objb_init(&h, c->cx->arena);
	pv_objb_puts(&h, "status", health_name(health));
	if (*message)
		pv_objb_puts(&h, "message", message);
	pv_objb_put(b, "health", pv_objb_end(&h));
}

static pv_val
images_of(pv_arena *arena, const pv_val *object)
{
	const pv_val *containers = pv_at(object, "spec.template.spec.containers");
	pv_listb list;
	containers = containers ? containers : pv_at(object, "spec.containers");
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < pv_count(containers); i++)
		pv_listb_add(&list, pv_string_ref(pv_text_at(pv_item(containers, i), "image", "")));
	return pv_listb_end(&list);
}

static pv_val
show(call *c, const custom *rules, const node *n, const node *parent)
{
	pv_val v = reference(c->cx->arena, n), up, images;
	pv_objb b;
	pv_objb_from(&b, c->cx->arena, &v);
	pv_objb_puts(&b, "version", n->version);
	if (parent) {
		up = reference(c->cx->arena, parent);
		pv_objb_put(&b, "parentRefs", pv_list_of(c->cx->arena, &up, 1));
	}
	put_health(c, rules, n, &b);
	if (n->rec) {
		const pv_val *object = pv_rec_val(n->rec);
		pv_objb_puts(&b, "resourceVersion", pv_text_at(object, "metadata.resourceVersion", NULL));
		pv_objb_puts(&b, "createdAt", pv_text_at(object, "metadata.creationTimestamp", NULL));
		images = images_of(c->cx->arena, object);
		if (pv_count(&images))
			pv_objb_put(&b, "images", images);
	}
	return pv_objb_end(&b);
}

pv_val
tree_show(call *c, const pv_vec *nodes)
{
	const custom *rules = custom_of(
		c->cx, settings_stored(c->cx, c->api, "/ConfigMap", CUSTOM_NS, CUSTOM_NAME), pv_now());
	pv_listb list;
	pv_listb_init(&list, c->cx->arena);
	for (size_t i = 0; i < nodes->len; i++)
		pv_listb_add(&list, show(c, rules, PV_AT(node, nodes, i),
					 tree_parent(nodes, PV_AT(node, nodes, i))));
	return pv_with(c->cx->arena, NULL, "nodes", pv_listb_end(&list));
}
