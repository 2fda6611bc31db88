/* CertificateSigningRequests: approving and signing take rights on the signer, beside those on the
 * subresource (upstream plugin/pkg/admission/certificates: approval, signing, subjectrestriction). */
#include "core/admission/certificate.h"

#include <string.h>

#include "base/pki.h"
#include "base/str.h"
#include "core/api/api.h"

#define TYPE "certificates.k8s.io/CertificateSigningRequest"
#define CLIENT "kubernetes.io/kube-apiserver-client"
#define MASTERS "system:masters"

static bool
may(pv_ctx *cx, const pv_admit *admit, const char *verb, const char *name)
{
	const pv_attributes what = {verb, "certificates.k8s.io", "signers", "", "", name, NULL, NULL};

	return pv_auth_allows(cx, pv_api_auth(admit->serving), admit->identity, &what, NULL);
}

static bool
may_for_signer(pv_ctx *cx, const pv_admit *admit, const char *verb, const char *signer)
{
	size_t domain = strcspn(signer, "/");

	return may(cx, admit, verb, signer) ||
	       may(cx, admit, verb, pv_printf(cx->arena, "%.*s/*", (int)domain, signer));
}

static void
deny(pv_vec *denials, const char *message)
{
	pv_denial *d = pv_vec_add(denials);

	d->message = message;
	d->reason = "Forbidden";
}

/* Nobody is made an administrator by a certificate. */
static void
restrict_subject(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	pv_str text = pv_strv(pv_at(admit->object, "spec.request"));
	pv_cert_request asked;
	size_t len = 0;
	uint8_t *pem;

	if (!pv_streq(pv_text_at(admit->object, "spec.signerName", ""), CLIENT))
		return;
	pem = pv_unbase64(cx->arena, text, false, &len);
	if (pv_pki_read_request(cx, (pv_str){(const char *)pem, pem ? len : 0}, &asked) < 0) {
		(void)pv_recover(cx); /* validation has said so */
		return;
	}
	for (size_t i = 0; i < asked.orgs.len; i++)
		if (pv_streq(*PV_AT(const char *, &asked.orgs, i), MASTERS)) {
			deny(denials, "use of " CLIENT " signer with " MASTERS " group is not allowed");
			return;
		}
}

/* Of Kubernetes' own signers one works here; others' are served by whoever runs them. */
static void
warn_of_signer(pv_ctx *cx, const pv_admit *admit)
{
	const char *signer = pv_text_at(admit->object, "spec.signerName", ""), *text;

	if (!pv_starts_with(signer, "kubernetes.io/") || pv_streq(signer, CLIENT) || !admit->warnings)
		return;
	text = pv_printf(cx->arena,
			 "Pave signs for %s only, not for %s: the request is stored, and stays without a "
			 "certificate",
			 CLIENT, signer);
	pv_vec_push(admit->warnings, &text);
}

static int
validate(pv_ctx *cx, const pv_admit *admit, pv_vec *denials)
{
	const char *signer = pv_text_at(admit->old, "spec.signerName", ""), *verb = NULL;
	bool same =
		pv_eq(pv_at(admit->old, "status.certificate"), pv_at(admit->object, "status.certificate")) &&
		pv_eq(pv_at(admit->old, "status.conditions"), pv_at(admit->object, "status.conditions"));

	if (!pv_streq(admit->resource->type, TYPE) || !admit->serving)
		return 0;
	if (admit->operation == PV_OP_CREATE) {
		restrict_subject(cx, admit, denials);
		warn_of_signer(cx, admit);
	} else if (admit->operation == PV_OP_UPDATE && pv_streq(admit->subresource, "approval")) {
		verb = "approve";
	} else if (admit->operation == PV_OP_UPDATE && pv_streq(admit->subresource, "status") && !same) {
		verb = "sign";
	}
	if (verb && !may_for_signer(cx, admit, verb, signer))
		deny(denials, pv_printf(cx->arena, "user not permitted to %s requests with signerName \"%s\"",
					verb, signer));
	return 0;
}

const pv_admission certificate_admission = {.name = "certificates", .validate = validate};
