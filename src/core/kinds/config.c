/* ConfigMaps, Secrets and Namespaces. */
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "lang/json/json.h"

#define DATA_MAX (1024 * 1024)

/* ---- filling ---- */

/* stringData is for writing only: it ends up in data, encoded. */
const pv_val *
pv_secret_fill(pv_ctx *cx, const pv_val *secret)
{
	const pv_val *plain = pv_get(secret, "stringData");
	pv_objb data;

	if (!pv_is(plain, PV_OBJECT))
		return secret;
	pv_objb_from(&data, cx->arena, pv_get(secret, "data"));
	for (size_t i = 0; i < plain->len; i++) {
		const pv_member *m = &plain->members[i];

		if (!pv_is(&m->val, PV_STRING))
			return secret; /* the schema says what is wrong */
		pv_objb_putv(&data, m->key,
			     pv_string(cx->arena, pv_base64(cx->arena, m->val.s, m->val.len, false)));
	}
	pv_val v = pv_without(cx->arena, secret, "stringData");
	return pv_box(cx->arena, pv_with(cx->arena, &v, "data", pv_objb_end(&data)));
}

const pv_val *
pv_namespace_fill(pv_ctx *cx, const pv_val *ns)
{
	const pv_val *name = pv_at(ns, "metadata.name"), *labels = pv_at(ns, "metadata.labels");
	pv_objb b;

	if (pv_is(name, PV_STRING) && !pv_eq(pv_get(labels, "kubernetes.io/metadata.name"), name)) {
		pv_objb_from(&b, cx->arena, labels);
		pv_objb_put(&b, "kubernetes.io/metadata.name", *name);
		ns = pv_box(cx->arena, pv_with_at(cx->arena, ns, "metadata.labels", pv_objb_end(&b)));
	}
	return pv_fill_text(cx, ns, "status.phase", "Active");
}

/* ---- checking ---- */

size_t
pv_namespace_check(pv_faults *f, const pv_val *object, const pv_val *old PV_UNUSED)
{
	const pv_val *list = pv_at(object, "spec.finalizers");
	size_t before = f->n;

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *why = pv_name_qualified(pv_strv(pv_item(list, i)));

		if (!why)
			why = pv_name_finalizer(pv_strv(pv_item(list, i)));
		if (why)
			pv_fault_value(f, "spec.finalizers", pv_item(list, i), why);
	}
	return f->n - before;
}

static size_t
check_keys(pv_faults *f, const pv_val *data, const char *path, const pv_val *other)
{
	size_t total = 0;

	for (size_t i = 0; i < pv_count(data); i++) {
		const pv_member *m = pv_sorted(data, i);
		const char *why = pv_name_config_key(pv_strv(&m->key)),
			   *at = pv_path_key(f->cx->arena, path, m->key.s);

		if (why)
			pv_fault_value(f, at, &m->key, why);
		if (other && pv_get(other, m->key.s))
			pv_fault_value(f, at, &m->key, "duplicate of key present in data");
		total += pv_is(&m->val, PV_STRING) ? m->val.len : 0;
	}
	return total;
}

static void
check_frozen(pv_faults *f, const pv_val *object, const pv_val *old, const char *field)
{
	if (!pv_eq(pv_get(object, field), pv_get(old, field)))
		pv_forbidden(f, field, "field is immutable when `immutable` is set");
}

static void
check_immutable(pv_faults *f, const pv_val *object, const pv_val *old)
{
	if (!pv_truth(pv_get(old, "immutable"), false))
		return;
	if (!pv_truth(pv_get(object, "immutable"), false))
		pv_forbidden(f, "immutable", "field is immutable when `immutable` is set");
	check_frozen(f, object, old, "data");
	check_frozen(f, object, old, "binaryData");
}

static void
check_size(pv_faults *f, size_t total, const char *path)
{
	if (total > DATA_MAX)
		pv_too_long(f, path, DATA_MAX);
}

/* Of the Secrets that it names the names alone are kept. */
const pv_val *
pv_account_give(pv_ctx *cx, const pv_val *account, const pv_val *old, const pv_val *sent PV_UNUSED)
{
	const pv_val *list = pv_get(account, "secrets");
	bool changed = false;
	pv_listb b;

	(void)old;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *name = pv_get(pv_item(list, i), "name");
		pv_objb one;

		changed |= pv_count(pv_item(list, i)) != (name != NULL);
		pv_objb_init(&one, cx->arena);
		if (name)
			pv_objb_put(&one, "name", *name);
		pv_listb_add(&b, pv_objb_end(&one));
	}
	return changed ? pv_box(cx->arena, pv_with(cx->arena, account, "secrets", pv_listb_end(&b)))
		       : account;
}

size_t
pv_configmap_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *data = pv_get(object, "data"), *binary = pv_get(object, "binaryData");
	size_t total = check_keys(f, data, "data", NULL);

	total += check_keys(f, binary, "binaryData", data) / 4 * 3;
	check_size(f, total, "");
	check_immutable(f, object, old);
	return f->n;
}

/* JSON, or the fault without what stands there. */
static void
check_docker_config(pv_faults *f, const pv_val *data, const char *key)
{
	const pv_val *v = pv_get(data, key), *parsed;
	pv_val redacted = pv_string_ref("<secret contents redacted>");
	size_t len;
	uint8_t *bytes = pv_is(v, PV_STRING) ? pv_unbase64(f->cx->arena, pv_strv(v), false, &len) : NULL;

	if (bytes && pv_json_parse(f->cx, (pv_str){(const char *)bytes, len}, NULL, &parsed) < 0) {
		pv_fault_value(f, pv_path_key(f->cx->arena, "data", key), &redacted,
			       pv_strdup(f->cx->arena, pv_error_text(f->cx)));
		pv_recover(f->cx);
	}
}

static void
check_secret_type(pv_faults *f, const pv_val *object)
{
	static const struct {
		const char *type, *keys[3];
	} types[] = {
		{"kubernetes.io/tls", {"tls.crt", "tls.key"}},
		{"kubernetes.io/dockerconfigjson", {".dockerconfigjson"}},
		{"kubernetes.io/dockercfg", {".dockercfg"}},
		{"kubernetes.io/ssh-auth", {"ssh-privatekey"}},
	};
	const char *type = pv_text(pv_get(object, "type"), "");
	const pv_val *data = pv_get(object, "data");

	for (size_t i = 0; i < PV_LEN(types); i++) {
		if (!pv_streq(type, types[i].type))
			continue;
		for (size_t k = 0; types[i].keys[k]; k++)
			if (!pv_get(data, types[i].keys[k]))
				pv_required(f, pv_path_key(f->cx->arena, "data", types[i].keys[k]), NULL);
			else if (pv_starts_with(types[i].keys[k], ".docker"))
				check_docker_config(f, data, types[i].keys[k]);
	}
	if (pv_streq(type, "kubernetes.io/basic-auth") && !pv_get(data, "username") &&
	    !pv_get(data, "password")) {
		pv_required(f, "data[username]", NULL);
		pv_required(f, "data[password]", NULL);
	}
	if (pv_streq(type, "kubernetes.io/service-account-token") &&
	    !*pv_text(pv_get(pv_at(object, "metadata.annotations"), "kubernetes.io/service-account.name"),
		      ""))
		pv_required(f, "metadata.annotations[kubernetes.io/service-account.name]", NULL);
}

size_t
pv_secret_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	check_size(f, check_keys(f, pv_get(object, "data"), "data", NULL) / 4 * 3, "data");
	check_secret_type(f, object);
	pv_check_same(f, object, old, "type");
	check_immutable(f, object, old);
	return f->n;
}
