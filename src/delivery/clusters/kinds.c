/* kinds: what a cluster serves. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/map.h"
#include "base/str.h"
#include "delivery/clusters/impl.h"

#define KINDS_MOST 5000

/* What comes by the thousands, or is made of other objects, and is nobody's to deliver; as Argo CD leaves it out. */
static bool
is_noise(const kind *k)
{
	static const char *const types[] = {"/Event",
					    "/Endpoints",
					    "discovery.k8s.io/EndpointSlice",
					    "coordination.k8s.io/Lease",
					    "certificates.k8s.io/CertificateSigningRequest",
					    "cert-manager.io/CertificateRequest",
					    "cilium.io/CiliumIdentity",
					    "cilium.io/CiliumEndpoint",
					    "cilium.io/CiliumEndpointSlice"};
	for (size_t i = 0; i < PV_LEN(types); i++)
		if (pv_streq(k->type, types[i]))
			return true;
	return pv_streq(k->group, "events.k8s.io");
}

static bool
has_verb(const pv_client_kind *from, const char *verb)
{
	for (const char *const *v = from->verbs; *v; v++)
		if (pv_streq(*v, verb))
			return true;
	return false;
}

static void
fill(kind *k, const pv_client_kind *from, pv_map *seen)
{
	k->group = pv_heap_printf("%s", from->group);
	k->version = pv_heap_printf("%s", from->version);
	k->kind = pv_heap_printf("%s", from->kind);
	k->plural = pv_heap_printf("%s", from->plural);
	k->api_version = *from->group ? pv_heap_printf("%s/%s", from->group, from->version)
				      : pv_heap_printf("%s", from->version);
	k->type = pv_heap_printf("%s/%s", from->group, from->kind);
	k->namespaced = from->namespaced;
	k->preferred = pv_map_puts(seen, k->type, k) == NULL;
	k->fed = k->preferred && has_verb(from, "list") && has_verb(from, "watch") && !is_noise(k);
}

static void
kinds_free(kinds *k)
{
	for (size_t i = 0; i < k->n; i++) {
		kind *one = &k->all[i];
		char *texts[] = {one->group,  one->version,     one->kind,
				 one->plural, one->api_version, one->type};
		for (size_t t = 0; t < PV_LEN(texts); t++)
			pv_heap_free(texts[t]);
	}
	pv_heap_free(k->all);
	pv_heap_free(k);
}

int
kinds_discover(pv_ctx *cx, pv_client *client, kinds **ret)
{
	pv_map *seen = pv_map_new(cx->arena);
	const pv_client_kind *from;
	size_t pos = 0, n = 0;
	kinds *k;
	int r = pv_client_discover(cx, client);
	if (r < 0)
		return r;
	while (pv_client_kind_each(cx, client, &pos, &from))
		n++;
	if (n > KINDS_MOST)
		return pv_fail(cx, PV_EUNAVAILABLE,
			       "the cluster serves %zu kinds, more than the %d that are watched", n,
			       KINDS_MOST);
	k = pv_heap_new(sizeof(*k));
	k->all = pv_heap_new((n + 1) * sizeof(kind));
	k->refs = 1;
	pos = 0;
	while (pv_client_kind_each(cx, client, &pos, &from))
		fill(&k->all[k->n++], from, seen);
	*ret = k;
	return 0;
}

kinds *
kinds_ref(spoke *s)
{
	kinds *k;
	pthread_mutex_lock(&s->lock);
	k = s->kinds;
	if (k)
		k->refs++;
	pthread_mutex_unlock(&s->lock);
	return k;
}

void
kinds_unref(spoke *s, kinds *k)
{
	int left;
	if (!k)
		return;
	pthread_mutex_lock(&s->lock);
	left = --k->refs;
	pthread_mutex_unlock(&s->lock);
	if (left == 0)
		kinds_free(k);
}

const kind *
kinds_find(const kinds *k, const char *api_version, const char *name)
{
	for (size_t i = 0; k && i < k->n; i++)
		if (pv_streq(k->all[i].kind, name) && pv_streq(k->all[i].api_version, api_version))
			return &k->all[i];
	return NULL;
}

static bool
is_watched(const spoke *s, const kind *k, const char *ns)
{
	if (!k->namespaced)
		return s->says.whole;
	for (size_t i = 0; i < s->says.namespaces.len; i++)
		if (pv_streq(*PV_AT(const char *, &s->says.namespaces, i), ns))
			return true;
	return !s->says.namespaces.len;
}

const kind *
kinds_watched(const spoke *s, const kinds *k, const char *type, const char *ns)
{
	for (size_t i = 0; k && i < k->n; i++)
		if (k->all[i].fed && pv_streq(k->all[i].type, type))
			return is_watched(s, &k->all[i], ns) ? &k->all[i] : NULL;
	return NULL;
}

pv_val
kinds_val(pv_arena *arena, const kinds *k)
{
	pv_objb b;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < k->n; i++)
		pv_objb_put(&b, pv_printf(arena, "%s/%s", k->all[i].api_version, k->all[i].kind),
			    pv_bool(k->all[i].namespaced));
	return pv_objb_end(&b);
}
