/* x509: what certificates and requests say, field by field, for languages that show
 * them (RFC 5280).  For Pave's own certificates see pki.h.  Thread-safe: no state. */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"

typedef struct pv_x509_name {                    /* vectors of const char * */
	const char *common_name, *serial_number; /* "" if none */
	pv_vec country, organization, unit, locality, province, street, postal_code;
} pv_x509_name;

typedef struct pv_x509 {
	pv_str der;
	bool request; /* a signing request: no issuer, serial, times or authority */
	int version;
	const char *serial; /* decimal */
	pv_x509_name subject, issuer;
	int64_t not_before, not_after; /* ns since 1970 */
	pv_vec dns, emails, ips, uris; /* const char *, of the alternative names */
	bool is_ca, constrained;       /* constrained: the extension basicConstraints is there */
	unsigned key_usage;            /* RFC 5280 4.2.1.3, digitalSignature = bit 0 */
} pv_x509;

/* PEM blocks or DER, one certificate behind the other.  Elements: pv_x509. */
PV_MUST_USE int pv_x509_read(pv_ctx *cx, pv_str bytes, pv_vec *ret);
PV_MUST_USE int pv_x509_read_request(pv_ctx *cx, pv_str bytes, pv_x509 *ret);

typedef struct pv_x509_wish {
	int64_t now;               /* ns since 1970 */
	const char *name;          /* host name or IP address that the leaf must be for, or NULL */
	const char *const *usages; /* OIDs of extended key usages, one of which must hold all
				    * along the chain; NULL-terminated; NULL: any */
} pv_x509_wish;
/* Does the last certificate chain to the first one, over those between them?
 * *ret_chain: indices (size_t) of its certificates, the leaf first; one thread may ask
 * about any certificates.  -PV_EINVALID with the reason if it does not. */
PV_MUST_USE int pv_x509_verify(pv_ctx *cx, const pv_vec *certs, const pv_x509_wish *wish, pv_vec *ret_chain);
