/* The account of a new Pod: it must be there, its image pull secrets are the Pod's, and its token is mounted
 * where containers look for it (upstream plugin/pkg/admission/serviceaccount). */
#include "base/str.h"
#include "core/admission/pod.h"
#include "core/api/api.h"

#define MOUNT_PATH "/var/run/secrets/kubernetes.io/serviceaccount"
#define VOLUME "kube-api-access-"
#define TOKEN_SECONDS 3607 /* an hour, and so a number that says who asked */
#define MIRROR "kubernetes.io/config.mirror"
#define DEFAULT "default"

static const pv_val *
account_of(pv_ctx *cx, const pv_admit *admit)
{
	const char *name = pv_text_at(admit->object, "spec.serviceAccountName", DEFAULT);
	const pv_rec *rec = pv_store_find(cx, pv_api_store(admit->serving),
					  &(pv_key){"/ServiceAccount", admit->ns, name});

	return rec ? pv_rec_val(rec) : NULL;
}

/* What stands for a Pod that a node started by itself has no account. */
static bool
is_mirror(const pv_val *pod)
{
	return pv_get(pv_at(pod, "metadata.annotations"), MIRROR) != NULL;
}

/* ---- the token ---- */

static bool
wants_token(const pv_val *pod, const pv_val *account)
{
	const pv_val *says = pv_at(pod, "spec.automountServiceAccountToken");

	return pv_truth(says ? says : pv_get(account, "automountServiceAccountToken"), true);
}

/* [{key: v, path: path}] */
static pv_val
item(pv_arena *arena, const char *key, pv_val v, const char *path)
{
	pv_val one = pv_with(arena, NULL, key, v);

	one = pv_with(arena, &one, "path", pv_string_ref(path));
	return pv_list_of(arena, &one, 1);
}

/* The token, the authority of the server that it is for, and the namespace. */
static pv_val
volume(pv_arena *arena, const char *name)
{
	pv_val sources[3], v;
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "expirationSeconds", pv_int(TOKEN_SECONDS));
	pv_objb_puts(&b, "path", "token");
	sources[0] = pv_with(arena, NULL, "serviceAccountToken", pv_objb_end(&b));
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "name", "kube-root-ca.crt");
	pv_objb_put(&b, "items", item(arena, "key", pv_string_ref("ca.crt"), "ca.crt"));
	sources[1] = pv_with(arena, NULL, "configMap", pv_objb_end(&b));
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "fieldPath", "metadata.namespace");
	v = item(arena, "fieldRef", pv_objb_end(&b), "namespace");
	sources[2] = pv_with_at(arena, NULL, "downwardAPI.items", v);
	v = pv_with_at(arena, NULL, "projected.sources", pv_list_of(arena, sources, PV_LEN(sources)));
	v = pv_with_at(arena, &v, "projected.defaultMode", pv_int(0644));
	return pv_with(arena, &v, "name", pv_string_ref(name));
}

static pv_val
appended(pv_arena *arena, const pv_val *list, pv_val item)
{
	pv_listb b;

	pv_listb_init(&b, arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_listb_add(&b, *pv_item(list, i));
	pv_listb_add(&b, item);
	return pv_listb_end(&b);
}

static bool
has_mount(const pv_val *container)
{
	const pv_val *mounts = pv_get(container, "volumeMounts");

	for (size_t i = 0; i < pv_count(mounts); i++)
		if (pv_streq(pv_text_at(pv_item(mounts, i), "mountPath", ""), MOUNT_PATH))
			return true;
	return false;
}

/* Its containers with the volume, where nothing else lies at that path; *any: one of them has it now. */
static pv_val
with_mounts(pv_arena *arena, const pv_val *containers, const char *name, bool *any)
{
	pv_val mount, alone;
	pv_objb made;
	pv_listb b;

	pv_objb_init(&made, arena);
	pv_objb_puts(&made, "name", name);
	pv_objb_put(&made, "readOnly", pv_bool(true));
	pv_objb_puts(&made, "mountPath", MOUNT_PATH);
	mount = pv_objb_end(&made);
	alone = pv_list_of(arena, &mount, 1); /* of all that have no others */
	pv_listb_init(&b, arena);
	for (size_t i = 0; i < pv_count(containers); i++) {
		const pv_val *one = pv_item(containers, i), *others = pv_get(one, "volumeMounts");

		if (has_mount(one)) {
			pv_listb_add(&b, *one);
			continue;
		}
		*any = true;
		pv_listb_add(&b, pv_with(arena, one, "volumeMounts",
					 pv_count(others) ? appended(arena, others, mount) : alone));
	}
	return pv_listb_end(&b);
}

/* The Pod's own volume of that kind, as of one that was copied from the API. */
static const char *
own_volume(const pv_val *pod)
{
	const pv_val *volumes = pv_at(pod, "spec.volumes");

	for (size_t i = 0; i < pv_count(volumes); i++) {
		const char *name = pv_text_at(pv_item(volumes, i), "name", "");

		if (pv_starts_with(name, VOLUME) && pv_get(pv_item(volumes, i), "projected"))
			return name;
	}
	return NULL;
}

static pv_val
with_token(pv_arena *arena, const pv_val *pod)
{
	static const char *const lists[] = {"spec.initContainers", "spec.containers"};
	const char *own = own_volume(pod),
		   *name = own ? own : pv_printf(arena, VOLUME "%s", pv_api_suffix(arena));
	pv_val v = *pod;
	bool any = false;

	for (size_t i = 0; i < PV_LEN(lists); i++)
		if (pv_count(pv_at(pod, lists[i])))
			v = pv_with_at(arena, &v, lists[i],
				       with_mounts(arena, pv_at(pod, lists[i]), name, &any));
	if (any && !own)
		v = pv_with_at(arena, &v, "spec.volumes",
			       appended(arena, pv_at(pod, "spec.volumes"), volume(arena, name)));
	return v;
}

/* ---- the hook ---- */

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	const pv_val *account, *secrets;
	pv_val v;

	if (!pod_is_new(admit) || is_mirror(admit->object))
		return 0;
	v = *admit->object;
	if (!*pv_text_at(&v, "spec.serviceAccountName", "")) {
		v = pv_with_at(cx->arena, &v, "spec.serviceAccountName", pv_string_ref(DEFAULT));
		v = pv_with_at(cx->arena, &v, "spec.serviceAccount", pv_string_ref(DEFAULT));
		admit->object = pv_box(cx->arena, v);
	}
	account = account_of(cx, admit);
	if (wants_token(&v, account))
		v = with_token(cx->arena, &v);
	secrets = pv_get(account, "imagePullSecrets");
	if (pv_count(secrets) && !pv_count(pv_at(&v, "spec.imagePullSecrets")))
		v = pv_with_at(cx->arena, &v, "spec.imagePullSecrets", *secrets);
	admit->object = pv_box(cx->arena, v);
	return 0;
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *name = pod_is_new(admit) ? pv_text_at(admit->object, "spec.serviceAccountName", "") : "";

	/* Every namespace has its "default", if a moment later than itself. */
	if (*name && !pv_streq(name, DEFAULT) && !pod_is_prediction(admit) && !account_of(cx, admit))
		pod_deny(denials,
			 pv_printf(cx->arena,
				   "error looking up service account %s/%s: serviceaccount \"%s\" not found",
				   admit->ns, name, name));
	return 0;
}

const pv_admission account_admission = {.name = "service-account", .mutate = mutate, .validate = validate};
