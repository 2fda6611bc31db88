/* signer: public keys of those who sign commits, in ConfigMap argocd-gpg-keys-cm by their ids.
 * https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/ */
#include <string.h>

#include "base/gpg.h"
#include "base/str.h"
#include "core/fact/fact.h"
#include "delivery/argocd/impl.h"

#define KEYS "argocd-gpg-keys-cm"
#define ID 16 /* digits of a key's id, the end of its fingerprint */

static int
check(call *c, const char *action, const char *id, enum right *ret)
{
	return rights_check(c->rights, "gpgkeys", action, id, ARGOCD_NS, KEYS, ret);
}

static int
read_keys(call *c, pv_str text, pv_vec *ret)
{
	pv_facts *facts = pv_facts_of(c->api);
	if (!facts)
		return pv_fail(c->cx, PV_EUNAVAILABLE, "keys cannot be read: the server has no folder");
	return pv_gpg_list(c->cx, pv_facts_dir(facts), text, ret);
}

/* Whoever writes the id of a key may write its fingerprint. */
static const char *
id_of(const char *text)
{
	size_t n = strlen(text);
	return n > ID ? text + n - ID : text;
}

static const pv_val *
kept(call *c)
{
	return pv_get(settings_stored(c->cx, c->api, "/ConfigMap", ARGOCD_NS, KEYS), "data");
}

/* As Argo CD tells of one; its text only where that one is asked for. */
static pv_val
told(call *c, const pv_gpg_key *key, const char *text)
{
	pv_objb b;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_puts(&b, "keyID", key->id);
	pv_objb_puts(&b, "fingerprint", key->fingerprint);
	pv_objb_puts(&b, "owner", key->owner);
	pv_objb_puts(&b, "trust", "unknown");
	pv_objb_puts(&b, "subType", key->kind);
	pv_objb_puts(&b, "keyData", text);
	return pv_objb_end(&b);
}

/* What is kept under an id but cannot be read is told by its id alone. */
static int
add_told(call *c, const pv_member *m, bool whole, pv_listb *items)
{
	const char *text = pv_text(&m->val, "");
	pv_gpg_key unknown = {pv_text(&m->key, ""), NULL, NULL, NULL};
	pv_vec keys;
	int r = read_keys(c, pv_str_of(text), &keys);
	if (r == -PV_EINVALID) {
		(void)pv_recover(c->cx);
		r = 0;
	}
	if (r == 0)
		pv_listb_add(items,
			     told(c, keys.len ? PV_AT(pv_gpg_key, &keys, 0) : &unknown, whole ? text : NULL));
	return r;
}

static int
list(call *c)
{
	const char *wanted = call_query(c, "keyID");
	const pv_val *keys = kept(c);
	pv_listb items;
	int r = check(c, "get", "", NULL);
	pv_listb_init(&items, c->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_member_count(keys); i++)
		if (!*wanted || pv_streq(id_of(wanted), pv_text(&pv_sorted(keys, i)->key, "")))
			r = add_told(c, pv_sorted(keys, i), false, &items);
	return r < 0 ? r : call_answer(c, pv_with(c->cx->arena, NULL, "items", pv_listb_end(&items)));
}

static int
find(call *c, const char *id, const pv_member **ret)
{
	const pv_val *keys = kept(c);
	for (size_t i = 0; i < pv_member_count(keys); i++)
		if (pv_streq(pv_text(&pv_sorted(keys, i)->key, ""), id_of(id))) {
			*ret = pv_sorted(keys, i);
			return 0;
		}
	return pv_fail(c->cx, PV_ENOTFOUND, "no GnuPG key \"%s\" is in ConfigMap " ARGOCD_NS "/" KEYS, id);
}

static int
get(call *c)
{
	const pv_member *m = NULL;
	pv_listb items;
	int r = check(c, "get", "", NULL);
	if (r == 0)
		r = find(c, c->part[0], &m);
	pv_listb_init(&items, c->cx->arena);
	if (r == 0)
		r = add_told(c, m, true, &items);
	return r < 0 ? r : call_answer(c, items.items[0]);
}

/* ---- writing ---- */

/* Makes the ConfigMap if there is none; a member that is null goes. */
static int
put(call *c, enum right right, pv_val data)
{
	pv_call to = call_on(c, "", ARGOCD_NS, KEYS, right);
	pv_val object = pv_with(c->cx->arena, NULL, "data", data);
	const pv_val *unused;
	bool created;
	to.resource = pv_resource_find(c->cx, pv_api_registry(c->api), "", "v1", "configmaps");
	if (settings_stored(c->cx, c->api, "/ConfigMap", ARGOCD_NS, KEYS))
		return pv_api_patch(c->cx, c->api, &to, PV_PATCH_MERGE, pv_box(c->cx->arena, object), &unused,
				    &created);
	object = pv_with_at(c->cx->arena, &object, "metadata.name", pv_string_ref(KEYS));
	object = pv_with_at(c->cx->arena, &object, "metadata.namespace", pv_string_ref(ARGOCD_NS));
	object = pv_with(c->cx->arena, &object, "apiVersion", pv_string_ref("v1"));
	object = pv_with(c->cx->arena, &object, "kind", pv_string_ref("ConfigMap"));
	to.name = NULL;
	return pv_api_create(c->cx, c->api, &to, pv_box(c->cx->arena, object), &unused);
}

static int
read_new(call *c, const char **ret_text, pv_gpg_key *ret)
{
	const char *text = pv_text_at(c->body, "keyData", "");
	pv_vec keys;
	int r;
	if (!*text)
		return pv_fail(c->cx, PV_EBADREQUEST,
			       "Submitted key data is empty: expected keyData, a public key in ASCII armor");
	r = read_keys(c, pv_str_of(text), &keys);
	if (r == 0 && keys.len != 1)
		r = pv_fail(c->cx, PV_EBADREQUEST, "expected one public key in keyData, found %zu", keys.len);
	if (r < 0)
		return r;
	*ret_text = text;
	*ret = *PV_AT(pv_gpg_key, &keys, 0);
	return 0;
}

/* A key that is there stays as it is unless ?upsert=true. */
static int
create(call *c)
{
	const char *text = NULL;
	enum right right;
	pv_listb made, skipped;
	pv_gpg_key key;
	pv_objb b;
	int r = read_new(c, &text, &key);
	if (r == 0)
		r = check(c, "create", key.id, &right);
	if (r < 0)
		return r;
	pv_listb_init(&made, c->cx->arena);
	pv_listb_init(&skipped, c->cx->arena);
	if (pv_get(kept(c), key.id) && !pv_streq(call_query(c, "upsert"), "true"))
		pv_listb_add(&skipped, pv_string_ref(key.id));
	else {
		r = put(c, right, pv_with(c->cx->arena, NULL, key.id, pv_string_ref(text)));
		pv_listb_add(&made, told(c, &key, NULL));
	}
	if (r < 0)
		return r;
	pv_objb_init(&b, c->cx->arena);
	pv_objb_put(&b, "created", pv_with(c->cx->arena, NULL, "items", pv_listb_end(&made)));
	pv_objb_put(&b, "skipped", pv_listb_end(&skipped));
	return call_answer(c, pv_objb_end(&b));
}

static int
remove_it(call *c)
{
	const char *id = call_query(c, "keyID");
	const pv_member *m = NULL;
	enum right right;
	int r = *id ? 0 : pv_fail(c->cx, PV_EBADREQUEST, "KeyID is empty: expected ?keyID=");
	if (r == 0)
		r = check(c, "delete", id_of(id), &right);
	if (r == 0)
		r = find(c, id, &m);
	if (r == 0)
		r = put(c, right, pv_with(c->cx->arena, NULL, pv_text(&m->key, ""), pv_null()));
	return r < 0 ? r : call_answer_nothing(c);
}

const struct path signer_paths[] = {
	{"GET", "v1/gpgkeys", list, 0},
	{"POST", "v1/gpgkeys", create, 0},
	{"DELETE", "v1/gpgkeys", remove_it, 0},
	{"GET", "v1/gpgkeys/{}", get, 0},
	{NULL, NULL, NULL, 0},
};
