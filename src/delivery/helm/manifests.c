/* manifests: what templates gave, cut into documents and put in Helm's order. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/yaml/yaml.h"

static const char *const order[] = {
	"PriorityClass",
	"Namespace",
	"NetworkPolicy",
	"ResourceQuota",
	"LimitRange",
	"PodSecurityPolicy",
	"PodDisruptionBudget",
	"ServiceAccount",
	"Secret",
	"SecretList",
	"ConfigMap",
	"StorageClass",
	"PersistentVolume",
	"PersistentVolumeClaim",
	"CustomResourceDefinition",
	"ClusterRole",
	"ClusterRoleList",
	"ClusterRoleBinding",
	"ClusterRoleBindingList",
	"Role",
	"RoleList",
	"RoleBinding",
	"RoleBindingList",
	"Service",
	"DaemonSet",
	"Pod",
	"ReplicationController",
	"ReplicaSet",
	"Deployment",
	"HorizontalPodAutoscaler",
	"StatefulSet",
	"Job",
	"CronJob",
	"IngressClass",
	"Ingress",
	"APIService",
	"MutatingWebhookConfiguration",
	"ValidatingWebhookConfiguration",
};

static size_t
rank(const char *kind)
{
	for (size_t i = 0; i < PV_LEN(order); i++)
		if (pv_streq(order[i], kind))
			return i;
	return PV_LEN(order);
}

typedef struct ranked {
	helm_manifest m;
	size_t rank, at;
} ranked;

/* Known kinds by their place, then the others by name; what is equal stays in sequence. */
static int
by_kind(const void *a, const void *b)
{
	const ranked *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	int r = x->rank == PV_LEN(order) ? strcmp(x->m.kind, y->m.kind) : 0;
	return r ? r : x->at < y->at ? -1 : 1;
}

static void
sort(pv_arena *arena, pv_vec *manifests)
{
	pv_vec all;
	pv_vec_init(&all, arena, sizeof(ranked));
	for (size_t i = 0; i < manifests->len; i++) {
		ranked *r = pv_vec_add(&all);
		r->m = *PV_AT(helm_manifest, manifests, i);
		r->rank = rank(r->m.kind);
		r->at = i;
	}
	pv_vec_sort(&all, by_kind);
	for (size_t i = 0; i < all.len; i++)
		*PV_AT(helm_manifest, manifests, i) = PV_AT(ranked, &all, i)->m;
}

/* ---- heads ---- */

static const char *
go_kind(const pv_val *v)
{
	return v->type == PV_LIST ? "array" : v->type == PV_BOOL ? "bool" : pv_type_name(v);
}

static int
mismatch(pv_ctx *cx, const char *path, const pv_val *v, const char *where, const char *type)
{
	return pv_fail(
		cx, PV_EINVALID,
		"YAML parse error on %s: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
		"%s into Go %s of type %s",
		path, go_kind(v), where, type);
}

static int
check_head(pv_ctx *cx, const char *path, const pv_val *doc)
{
	const pv_val *meta = pv_get(doc, "metadata"), *notes = pv_get(meta, "annotations"), *v;
	if (!pv_is(doc, PV_OBJECT) && !pv_is(doc, PV_NULL))
		return mismatch(cx, path, doc, "value", "util.SimpleHead");
	v = pv_get(doc, "apiVersion");
	if (v && v->type != PV_STRING && v->type != PV_NULL)
		return mismatch(cx, path, v, "struct field SimpleHead.apiVersion", "string");
	v = pv_get(doc, "kind");
	if (v && v->type != PV_STRING && v->type != PV_NULL)
		return mismatch(cx, path, v, "struct field SimpleHead.kind", "string");
	for (size_t i = 0; pv_is(notes, PV_OBJECT) && i < notes->len; i++) {
		v = &notes->members[i].val;
		if (v->type != PV_STRING && v->type != PV_NULL)
			return mismatch(cx, path, v, "struct field .metadata.annotations", "string");
	}
	return 0;
}

static bool
is_event(pv_str s)
{
	static const char *const events[] = {"pre-install", "post-install", "pre-delete",   "post-delete",
					     "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback",
					     "test",        "test-success"};
	char lower[16] = {0};
	s = pv_str_trim(s);
	for (size_t i = 0; i < s.len && i < sizeof lower - 1; i++)
		lower[i] = (char)(s.s[i] >= 'A' && s.s[i] <= 'Z' ? s.s[i] + 32 : s.s[i]);
	for (size_t i = 0; i < PV_LEN(events); i++)
		if (s.len == strlen(events[i]) && pv_streq(lower, events[i]))
			return true;
	return false;
}

/* A hook with an event that Helm does not know is left out. */
static bool
known_events(const char *hook)
{
	pv_str rest = pv_str_of(hook), one;
	bool some = false;
	while (pv_str_next(&rest, ',', &one)) {
		some = true;
		if (!is_event(one))
			return false;
	}
	return some;
}

/* The head of a document that was read in `scratch`; texts that stay are copied to the arena. */
static int
read_head(pv_ctx *scratch, pv_arena *arena, helm_manifest *m)
{
	const pv_val *doc;
	int64_t weight = 0;
	if (pv_yaml_parse(scratch, m->text, NULL, &doc) < 0) {
		const pv_error *err = pv_take_error(scratch);
		return pv_fail(scratch, PV_EINVALID,
			       "YAML parse error on %s: error converting YAML to JSON: %s", m->path,
			       pv_yaml_go_error(scratch->arena, err));
	}
	int r = check_head(scratch, m->path, doc);
	if (r < 0)
		return r;
	const pv_val *notes = pv_at(doc, "metadata.annotations");
	const char *hook = pv_text(pv_get(notes, "helm.sh/hook"), NULL);
	m->kind = pv_strdup(arena, pv_text_at(doc, "kind", ""));
	m->name = pv_strdup(arena, pv_text_at(doc, "metadata.name", ""));
	m->hook = hook ? pv_strdup(arena, hook) : NULL;
	(void)pv_parse_int(pv_strv(pv_get(notes, "helm.sh/hook-weight")), &weight);
	m->weight = (int)weight;
	return 0;
}

static int
add(pv_ctx *cx, pv_ctx *scratch, const char *path, pv_str text, helm_rendering *ret)
{
	helm_manifest m = {.path = path, .text = text, .kind = ""};
	pv_ctx_reset(scratch);
	if (read_head(scratch, cx->arena, &m) < 0)
		return pv_fail(cx, PV_EINVALID, "%s", pv_take_error(scratch)->message);
	if (m.hook == NULL || known_events(m.hook))
		pv_vec_push(m.hook ? &ret->hooks : &ret->manifests, &m);
	return 0;
}

/* ---- documents ---- */

/* Where the next line that begins with --- is; the end if there is none. */
static const char *
separator(const char *s, const char *end, bool at_start)
{
	if (at_start && end - s >= 3 && memcmp(s, "---", 3) == 0)
		return s;
	const char *at = s < end ? memmem(s, (size_t)(end - s), "\n---", 4) : NULL;
	return at ? at + 1 : end;
}

static int
split(pv_ctx *cx, pv_ctx *scratch, const helm_text *t, helm_rendering *ret)
{
	pv_str all = pv_str_trim(t->text);
	const char *s = all.s, *end = all.s + all.len;
	bool at_start = true;
	int r = 0;
	while (r == 0 && s < end) {
		const char *stop = separator(s, end, at_start);
		pv_str one = pv_str_trim((pv_str){s, (size_t)(stop - s)});
		at_start = false;
		if (one.len > 0)
			r = add(cx, scratch, t->path, one, ret);
		s = stop < end ? stop + 3 : end;
	}
	return r;
}

int
helm_manifests(pv_ctx *cx, const pv_vec *texts, helm_rendering *ret)
{
	pv_ctx scratch;
	int r = 0;
	pv_ctx_init(&scratch, "helm heads");
	for (size_t i = 0; r == 0 && i < texts->len; i++)
		r = split(cx, &scratch, PV_AT(helm_text, texts, i), ret);
	pv_ctx_done(&scratch);
	if (r < 0) {
		pv_buf b;
		pv_buf_init(&b, cx->arena);
		for (size_t i = 0; i < texts->len; i++) {
			const helm_text *t = PV_AT(helm_text, texts, i);
			if (pv_str_trim(t->text).len)
				pv_buf_printf(&b, "---\n# Source: %s\n%.*s\n", t->path, (int)t->text.len,
					      t->text.s);
		}
		ret->broken = b.len ? b.s : "";
		return r;
	}
	sort(cx->arena, &ret->manifests);
	sort(cx->arena, &ret->hooks);
	return 0;
}
