/* settings: ConfigMaps argocd-cm and argocd-rbac-cm and Secret argocd-secret of namespace argocd, read for each
 * request: what somebody changed there counts at once. */
#include "base/str.h"
#include "base/vec.h"
#include "delivery/argocd/impl.h"

#define KEY_BYTES 32

const pv_val *
settings_stored(pv_ctx *cx, pv_api *api, const char *type, const char *ns, const char *name)
{
	pv_key key = {type, ns, name};
	const pv_rec *rec = pv_store_find(cx, pv_api_store(api), &key);
	return rec ? pv_rec_val(rec) : NULL;
}

static const pv_val *
config(pv_ctx *cx, pv_api *api, const char *name)
{
	return pv_get(settings_stored(cx, api, "/ConfigMap", ARGOCD_NS, name), "data");
}

const char *
settings_text(pv_ctx *cx, pv_api *api, const char *config_map, const char *key, const char *otherwise)
{
	return pv_text(pv_get(config(cx, api, config_map), key), otherwise);
}

pv_str
settings_secret(pv_ctx *cx, pv_api *api, const char *key)
{
	const pv_val *secret = settings_stored(cx, api, "/Secret", ARGOCD_NS, ARGOCD_SECRET);
	const char *encoded = pv_text(pv_get(pv_get(secret, "data"), key), NULL);
	pv_str text = {NULL, 0};
	if (encoded)
		text.s = (const char *)pv_unbase64(cx->arena, pv_str_of(encoded), false, &text.len);
	return text;
}

static int
put_secret(pv_ctx *cx, pv_api *api, const pv_val *texts)
{
	pv_call to = {.resource = pv_resource_find(cx, pv_api_registry(api), "", "v1", "secrets"),
		      .ns = ARGOCD_NS,
		      .name = ARGOCD_SECRET,
		      .subresource = "",
		      .manager = "argocd-server",
		      .grace_seconds = -1};
	const pv_val *unused;
	pv_val object = pv_with(cx->arena, NULL, "stringData", *texts);
	bool created;
	if (settings_stored(cx, api, "/Secret", ARGOCD_NS, ARGOCD_SECRET))
		return pv_api_patch(cx, api, &to, PV_PATCH_MERGE, pv_box(cx->arena, object), &unused,
				    &created);
	object = pv_with_at(cx->arena, &object, "metadata.name", pv_string_ref(ARGOCD_SECRET));
	object = pv_with_at(cx->arena, &object, "metadata.namespace", pv_string_ref(ARGOCD_NS));
	object = pv_with(cx->arena, &object, "type", pv_string_ref("Opaque"));
	object = pv_with(cx->arena, &object, "kind", pv_string_ref("Secret"));
	object = pv_with(cx->arena, &object, "apiVersion", pv_string_ref("v1"));
	return pv_api_create(cx, api, &to, pv_box(cx->arena, object), &unused);
}

int
settings_put_secret(pv_ctx *cx, pv_api *api, const pv_val *texts)
{
	void *who = cx->identity;
	int r;
	pv_auth_internal(cx, "system:pave:argocd");
	r = put_secret(cx, api, texts);
	cx->identity = who;
	return r;
}

int
settings_key(pv_ctx *cx, pv_api *api, pv_str *ret)
{
	uint8_t bytes[KEY_BYTES];
	pv_val texts;
	int r = 0;
	*ret = settings_secret(cx, api, "server.secretkey");
	if (ret->len)
		return 0;
	account_lock(api, true); /* two at once would each sign with a key of their own */
	*ret = settings_secret(cx, api, "server.secretkey");
	if (!ret->len) {
		pv_random(bytes, sizeof bytes);
		*ret = pv_str_of(pv_base64(cx->arena, bytes, sizeof bytes, false));
		texts = pv_with(cx->arena, NULL, "server.secretkey", pv_stringn(cx->arena, ret->s, ret->len));
		r = settings_put_secret(cx, api, &texts);
	}
	account_lock(api, false);
	return r;
}

int
settings_policy(pv_ctx *cx, pv_api *api, policy **ret)
{
	const pv_val *data = config(cx, api, "argocd-rbac-cm");
	policy *p = policy_new(cx, pv_streq(pv_text(pv_get(data, "policy.matchMode"), ""), "regex"));
	int r = policy_add(cx, p, "argocd-rbac-cm/policy.csv",
			   pv_str_of(pv_text(pv_get(data, "policy.csv"), "")));
	policy_add_builtin(p);
	for (size_t i = 0; r == 0 && i < pv_count(data); i++) {
		const pv_member *m = pv_sorted(data, i);
		const char *key = pv_text(&m->key, "");
		if (pv_starts_with(key, "policy.") && pv_ends_with(key, ".csv") &&
		    !pv_streq(key, "policy.csv"))
			r = policy_add(cx, p, pv_printf(cx->arena, "argocd-rbac-cm/%s", key),
				       pv_strv(&m->val));
	}
	*ret = p;
	return r;
}
