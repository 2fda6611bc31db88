/* signer: client certificates for requests that were approved, as upstream's signer of
 * kubernetes.io/kube-apiserver-client (pkg/controller/certificates/signer). */
#include "base/pki.h"
#include "base/str.h"
#include "base/time.h"
#include "core/lifecycle/inside.h"

#define SIGNER "kubernetes.io/kube-apiserver-client"
#define LONGEST (365 * 24 * 3600) /* seconds */
#define SHORTEST 600

static bool
has_condition(const pv_val *csr, const char *type)
{
	const pv_val *list = pv_at(csr, "status.conditions");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "type", ""), type) &&
		    pv_streq(pv_text_at(pv_item(list, i), "status", ""), "True"))
			return true;
	return false;
}

bool
signer_wants(const pv_val *csr)
{
	return pv_streq(pv_text_at(csr, "spec.signerName", ""), SIGNER) && has_condition(csr, "Approved") &&
	       !has_condition(csr, "Denied") && !has_condition(csr, "Failed") &&
	       !pv_text_at(csr, "status.certificate", "")[0];
}

typedef struct wish {
	pv_str pem;
	bool client, signs, enciphers;
	int64_t seconds;
} wish;

/* -PV_EINVALID: it is not for this signer. */
static int
read_usages(pv_ctx *cx, const pv_val *csr, wish *ret)
{
	const pv_val *usages = pv_at(csr, "spec.usages");

	for (size_t i = 0; i < pv_count(usages); i++) {
		const char *usage = pv_text(pv_item(usages, i), "");

		if (pv_streq(usage, "client auth"))
			ret->client = true;
		else if (pv_streq(usage, "digital signature"))
			ret->signs = true;
		else if (pv_streq(usage, "key encipherment"))
			ret->enciphers = true;
		else
			return pv_fail(cx, PV_EINVALID, "invalid usage for client certificate: %s", usage);
	}
	return ret->client ? 0
			   : pv_fail(cx, PV_EINVALID,
				     "missing required usage for client certificate: client auth");
}

/* What was stored before admission looked at subjects is looked at here. */
static int
read_subject(pv_ctx *cx, const wish *w)
{
	pv_cert_request asked;
	int r = pv_pki_read_request(cx, w->pem, &asked);

	for (size_t i = 0; r == 0 && i < asked.orgs.len; i++)
		if (pv_streq(*PV_AT(const char *, &asked.orgs, i), "system:masters"))
			r = pv_fail(cx, PV_EINVALID,
				    "use of " SIGNER " signer with system:masters group is not allowed");
	return r;
}

static int
read_wish(pv_ctx *cx, const pv_val *csr, wish *ret)
{
	int64_t seconds = pv_i64_at(csr, "spec.expirationSeconds", LONGEST);
	size_t len = 0;
	uint8_t *pem = pv_unbase64(cx->arena, pv_strv(pv_at(csr, "spec.request")), false, &len);
	int r;

	*ret = (wish){.pem = {(const char *)pem, pem ? len : 0},
		      .seconds = seconds > LONGEST    ? LONGEST
				 : seconds < SHORTEST ? SHORTEST
						      : seconds};
	r = read_usages(cx, csr, ret);
	return r < 0 ? r : read_subject(cx, ret);
}

static pv_val
with_failure(pv_ctx *cx, const pv_val *csr, const char *why)
{
	const pv_val *list = pv_at(csr, "status.conditions");
	const char *now = pv_time_format(cx->arena, pv_now());
	pv_objb c;
	pv_listb b;

	pv_objb_init(&c, cx->arena);
	pv_objb_puts(&c, "type", "Failed");
	pv_objb_puts(&c, "status", "True");
	pv_objb_puts(&c, "reason", "SignerValidationFailure");
	pv_objb_puts(&c, "message", why);
	pv_objb_puts(&c, "lastUpdateTime", now);
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_listb_add(&b, *pv_item(list, i));
	pv_listb_add(&b, pv_objb_end(&c));
	return pv_with_at(cx->arena, csr, "status.conditions", pv_listb_end(&b));
}

int
signer_object(pv_ctx *cx, const lifecycle_turn *t, const char *place, const pv_val *csr)
{
	pv_call call = place_call(cx, t->api, place);
	const char *pem = NULL;
	const pv_val *left;
	pv_val v;
	wish w;
	int r;

	if (!signer_wants(csr))
		return 0;
	r = read_wish(cx, csr, &w);
	if (r == 0)
		r = pv_auth_sign_request(cx, pv_api_auth(t->api), w.pem, w.seconds * PV_SEC, w.signs,
					 w.enciphers, &pem);
	if (r < 0 && r != -PV_EINVALID)
		return r;
	if (r < 0) {
		v = with_failure(cx, csr, pv_strdup(cx->arena, cx->err->message));
		(void)pv_recover(cx);
	} else {
		v = pv_with_at(cx->arena, csr, "status.certificate",
			       pv_string_ref(pv_base64(cx->arena, pem, pv_str_of(pem).len, false)));
	}
	call.subresource = "status";
	call.past_admission = true; /* the approval was let do it */
	call.manager = "csrsigning-kube-apiserver-client";
	return pv_api_update(cx, t->api, &call, &v, &left);
}
