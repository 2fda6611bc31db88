/* The certificate that a server shows can be exchanged while it runs: who connects from then on is shown the new one,
 * and who is connected notices nothing.  What was shown before is kept until the server is closed: a handshake may
 * still be at it, and it is little. */
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_priv.h"

struct http_shown {
	gnutls_certificate_credentials_t credentials;
	http_shown *before;
};

static gnutls_datum_t
datum(const char *pem)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
}

static void
shown_free(http_shown *s)
{
	gnutls_certificate_free_credentials(s->credentials);
	free(s);
}

int
pv_http_certify(pv_ctx *cx, pv_http *http, const char *cert_pem, const char *key_pem)
{
	gnutls_datum_t cert = datum(cert_pem), key = datum(key_pem);
	http_shown *s = calloc(1, sizeof *s);
	int error;

	PV_ASSERT(s != NULL && http->conf.cert_pem != NULL);
	error = gnutls_certificate_allocate_credentials(&s->credentials);
	PV_ASSERT(error == 0);
	error = gnutls_certificate_set_x509_key_mem(s->credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
	if (error >= 0 && http->conf.client_ca_pem != NULL) {
		gnutls_datum_t trusted = datum(http->conf.client_ca_pem);

		error = gnutls_certificate_set_x509_trust_mem(s->credentials, &trusted, GNUTLS_X509_FMT_PEM);
	}
	if (error < 0) {
		shown_free(s);
		return pv_fail(cx, PV_EINTERNAL, "the server's new certificate: %s", gnutls_strerror(error));
	}
	s->before = atomic_load(&http->shown);
	atomic_store(&http->shown, s);
	return 0;
}

void
http_tls_show(pv_http *http, struct MHD_Connection *mhd)
{
	const http_shown *s = atomic_load(&http->shown);

	if (s != NULL)
		(void)gnutls_credentials_set(
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session,
			GNUTLS_CRD_CERTIFICATE, s->credentials);
}

void
http_tls_done(pv_http *http)
{
	http_shown *s = atomic_load(&http->shown);

	while (s != NULL) {
		http_shown *before = s->before;

		shown_free(s);
		s = before;
	}
}
