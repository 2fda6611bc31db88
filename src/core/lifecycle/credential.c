/* credential: Secrets of type kubernetes.io/service-account-token get their account's token, the authority
 * and the namespace, and go when the account is not there, as upstream's token controller has it
 * (pkg/controller/serviceaccount/tokens_controller.go). */
#include "base/str.h"
#include "core/lifecycle/inside.h"

#define TYPE "kubernetes.io/service-account-token"
#define NAME "kubernetes.io/service-account.name"
#define UID "kubernetes.io/service-account.uid"

bool
credential_is(const pv_val *secret)
{
	return pv_streq(pv_text_at(secret, "type", ""), TYPE);
}

static const char *
note_of(const pv_val *secret, const char *key)
{
	return pv_text(pv_get(pv_at(secret, "metadata.annotations"), key), "");
}

void
credential_orphans(pv_ctx *cx, pv_api *api, pv_keyq *queue, const pv_key *account)
{
	pv_list_query query = {.type = "/Secret", .ns = account->ns};
	pv_listing all = {0};

	if (pv_store_list(cx, pv_api_store(api), &query, &all) < 0)
		(void)pv_recover(cx); /* only a page of long ago can fail */
	for (size_t i = 0; i < all.len; i++)
		if (credential_is(pv_rec_val(all.recs[i])) &&
		    pv_streq(note_of(pv_rec_val(all.recs[i]), NAME), account->name))
			pv_keyq_add(queue, owners_place(cx->arena, pv_rec_key(all.recs[i])), 0);
}

static void
put_data(pv_ctx *cx, pv_objb *data, const char *key, const char *text)
{
	pv_objb_put(data, key, pv_string_ref(pv_base64(cx->arena, text, pv_str_of(text).len, false)));
}

/* *ret is the Secret itself if it lacks nothing. */
static int
fill(pv_ctx *cx, const lifecycle_turn *t, const pv_val *secret, const pv_val *account, const pv_val **ret)
{
	pv_auth *auth = pv_api_auth(t->api);
	const char *ns = pv_text_at(secret, "metadata.namespace", ""), *name = note_of(secret, NAME),
		   *uid = pv_text_at(account, "metadata.uid", ""), *token;
	const pv_val *had = pv_get(secret, "data");
	pv_objb data, notes;
	int r = 0;
	pv_val v;

	pv_objb_from(&data, cx->arena, had);
	put_data(cx, &data, "ca.crt", pv_auth_ca_pem(auth));
	if (!*pv_text(pv_get(had, "namespace"), ""))
		put_data(cx, &data, "namespace", ns);
	if (!*pv_text(pv_get(had, "token"), "")) {
		r = pv_auth_legacy_token(cx, auth, ns, name, uid, pv_text_at(secret, "metadata.name", ""),
					 &token);
		if (r < 0)
			return r;
		put_data(cx, &data, "token", token);
	}
	pv_objb_from(&notes, cx->arena, pv_at(secret, "metadata.annotations"));
	pv_objb_puts(&notes, UID, uid);
	v = pv_with(cx->arena, secret, "data", pv_objb_end(&data));
	v = pv_with_at(cx->arena, &v, "metadata.annotations", pv_objb_end(&notes));
	*ret = pv_eq(&v, secret) ? secret : pv_box(cx->arena, v);
	return 0;
}

int
credential_object(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *secret)
{
	const char *ns = pv_text_at(secret, "metadata.namespace", ""), *uid = note_of(secret, UID);
	pv_key key = {"/ServiceAccount", ns, note_of(secret, NAME)};
	pv_call call = place_call(cx, t->api, place);
	const pv_rec *account;
	const pv_val *full, *left;
	int r;

	if (!credential_is(secret) || pv_at(secret, "metadata.deletionTimestamp"))
		return 0;
	account = *key.name ? pv_store_find(cx, pv_api_store(t->api), &key) : NULL;
	call.manager = "tokens-controller";
	call.past_admission = true; /* the Secret was let in, and this is what it is for */
	if (!account || (*uid && !pv_streq(uid, pv_text_at(pv_rec_val(account), "metadata.uid", "")))) {
		call.expect_uid = pv_text_at(secret, "metadata.uid", "");
		r = pv_api_delete(cx, t->api, &call, &left);
	} else {
		r = fill(cx, t, secret, pv_rec_val(account), &full);
		if (r == 0 && full != secret)
			r = pv_api_update(cx, t->api, &call, full, &left);
	}
	if (r == -PV_ENOTFOUND || r == -PV_EINVALID) {
		pv_recover(
			cx); /* it went while it was looked at; or it is immutable, and stays as it was made */
		r = 0;
	}
	return r;
}
