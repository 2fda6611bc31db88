/* CertificateSigningRequests: what upstream refuses (pkg/apis/certificates/validation). */
#include <string.h>

#include "base/pki.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"

#define LEGACY "kubernetes.io/legacy-unknown"
#define DOMAIN_MOST 253
#define LABEL_MOST 63

/* ---- .spec ---- */

static uint8_t *
bytes_of(pv_faults *f, const pv_val *v, size_t *ret_len)
{
	return pv_is(v, PV_STRING) ? pv_unbase64(f->cx->arena, pv_strv(v), false, ret_len) : NULL;
}

static void
check_request(pv_faults *f, const pv_val *request)
{
	pv_cert_request asked;
	size_t len = 0;
	uint8_t *pem = bytes_of(f, request, &len);

	if (!request || !request->len)
		pv_fault_value(f, "spec.request", NULL, "PEM block type must be CERTIFICATE REQUEST");
	if (!pem || !request->len ||
	    pv_pki_read_request(f->cx, (pv_str){(const char *)pem, len}, &asked) == 0)
		return;
	pv_fault_value(f, "spec.request", request, pv_strdup(f->cx->arena, f->cx->err->message));
	(void)pv_recover(f->cx);
}

static void
check_usages(pv_faults *f, const pv_val *usages)
{
	pv_map *seen = pv_map_new(f->cx->arena);

	if (!pv_count(usages))
		pv_required(f, "spec.usages", NULL);
	for (size_t i = 0; i < pv_count(usages); i++)
		if (pv_seen(f, seen, pv_item(usages, i)))
			pv_duplicate(f, pv_nth(f, "spec.usages", i), pv_item(usages, i));
}

/* Each piece between dots; how many there are. */
static size_t
check_labels(pv_faults *f, const char *path, pv_str text, const char *(*rule)(pv_str))
{
	pv_val whole = pv_string_ref(pv_strndup(f->cx->arena, text.s, text.len));
	pv_str rest = text, one;
	size_t n = 0;

	for (; pv_str_next(&rest, '.', &one); n++) {
		const char *why = rule(one);

		if (why)
			pv_fault_value(f, path, &whole,
				       pv_printf(f->cx->arena, "validating label \"%.*s\": %s", (int)one.len,
						 one.s, why));
	}
	return n;
}

static void
check_signer(pv_faults *f, const pv_val *signer)
{
	static const char path[] = "spec.signerName";
	const char *name = pv_text(signer, ""), *slash = strchr(name, '/');
	pv_str domain = {name, slash ? (size_t)(slash - name) : 0};
	pv_val shown;

	if (pv_streq(name, LEGACY)) {
		pv_fault_value(f, path, signer, "the legacy signerName is not allowed via this API version");
	} else if (*name && (!slash || strchr(slash + 1, '/'))) {
		pv_fault_value(
			f, path, signer,
			"must be a fully qualified domain and path of the form 'example.com/signer-name'");
	} else if (*name) {
		shown = pv_string_ref(pv_strndup(f->cx->arena, domain.s, domain.len));
		if (domain.len > DOMAIN_MOST)
			pv_too_long(f, path, DOMAIN_MOST);
		if (check_labels(f, path, domain, pv_name_label) < 2)
			pv_fault_value(f, path, &shown,
				       "should be a domain with at least two segments separated by dots");
		(void)check_labels(f, path, pv_str_of(slash + 1), pv_name_subdomain);
		if (strlen(name) > 2 * DOMAIN_MOST + LABEL_MOST + 2)
			pv_too_long(f, path, 2 * DOMAIN_MOST + LABEL_MOST + 2);
	}
}

/* ---- .status ---- */

static void
check_condition(pv_faults *f, const pv_val *c, const char *path)
{
	const pv_val *status = pv_get(c, "status");
	const char *type = pv_text_at(c, "type", "");
	bool only_true = pv_streq(type, "Approved") || pv_streq(type, "Denied") || pv_streq(type, "Failed");
	bool known = pv_streq(pv_text(status, ""), "True") ||
		     (!only_true &&
		      (pv_streq(pv_text(status, ""), "False") || pv_streq(pv_text(status, ""), "Unknown")));

	if (!*type)
		pv_required(f, pv_below(f, path, "type"), NULL);
	if (!*pv_text(status, ""))
		pv_required(f, pv_below(f, path, "status"), NULL);
	else if (!known)
		pv_unsupported(f, pv_below(f, path, "status"), status,
			       only_true ? "\"True\"" : "\"False\", \"True\", \"Unknown\"");
}

static bool
has_type(const pv_val *list, size_t end, const char *type)
{
	for (size_t i = 0; i < end; i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "type", ""), type))
			return true;
	return false;
}

/* What stood there before is left as it is. */
static void
check_conditions(pv_faults *f, const pv_val *list, const pv_val *old)
{
	size_t n = pv_count(old);
	bool both = has_type(old, n, "Approved") && has_type(old, n, "Denied");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *type = pv_get(pv_item(list, i), "type");
		const char *path = pv_nth(f, "status.conditions", i), *word = pv_text(type, "");

		check_condition(f, pv_item(list, i), path);
		if (!both && ((pv_streq(word, "Approved") && has_type(list, i, "Denied")) ||
			      (pv_streq(word, "Denied") && has_type(list, i, "Approved"))))
			pv_fault_value(f, pv_below(f, path, "type"), type,
				       "Approved and Denied conditions are mutually exclusive");
	}
}

static void
check_certificate(pv_faults *f, const pv_val *certificate)
{
	pv_val shown = pv_string_ref("<certificate data>");
	size_t len = 0;
	uint8_t *pem = bytes_of(f, certificate, &len);

	if (!pem || !len || pv_pki_check_chain(f->cx, (pv_str){(const char *)pem, len}) == 0)
		return;
	pv_fault_value(f, "status.certificate", &shown, pv_strdup(f->cx->arena, f->cx->err->message));
	(void)pv_recover(f->cx);
}

size_t
pv_csr_check(pv_faults *f, const pv_val *object, const pv_val *old)
{
	const pv_val *spec = pv_get(object, "spec"), *certificate = pv_at(object, "status.certificate"),
		     *conditions = pv_at(object, "status.conditions");

	if (!old || !pv_eq(spec, pv_get(old, "spec"))) {
		check_request(f, pv_get(spec, "request"));
		check_usages(f, pv_get(spec, "usages"));
		check_signer(f, pv_get(spec, "signerName"));
	}
	if (!old || !pv_eq(conditions, pv_at(old, "status.conditions")))
		check_conditions(f, conditions, pv_at(old, "status.conditions"));
	if (!old || !pv_eq(certificate, pv_at(old, "status.certificate")))
		check_certificate(f, certificate);
	return f->n;
}
