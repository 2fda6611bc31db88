/* bi_x509: crypto.x509.parse_certificates and parse_certificate_request: objects with
 * the member names of Go's crypto/x509 (those that policies ask for: README.md). */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/x509.h"
#include "lang/rego/builtin.h"

/* PEM as it is; else base64 of PEM or DER. */
static int
bytes_of(rg_vm *vm, const pv_val *v, pv_str *ret)
{
	size_t n = 0;
	*ret = pv_strv(v);
	if (pv_starts_with(v->s, "-----BEGIN "))
		return 0;
	const uint8_t *bytes = pv_unbase64(vm->arena, *ret, false, &n);
	if (!bytes)
		return rg_builtin_error(vm, "illegal base64 data");
	*ret = (pv_str){(const char *)bytes, n};
	return 0;
}

static int
failed(rg_vm *vm)
{
	const pv_error *e = pv_take_error(vm->cx);
	return rg_builtin_error(vm, "%s", e ? e->message : "x509: malformed certificate");
}

/* A list of texts; null if it is empty, as a nil slice of Go is. */
static pv_val
texts(rg_vm *vm, const pv_vec *v)
{
	pv_listb b;
	pv_listb_init(&b, vm->arena);
	for (size_t i = 0; i < v->len; i++)
		pv_listb_add(&b, pv_string(vm->arena, *PV_AT(const char *, v, i)));
	return b.len ? pv_listb_end(&b) : pv_null();
}

static pv_val
name_of(rg_vm *vm, const pv_x509_name *n)
{
	pv_objb o;
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "CommonName", pv_string(vm->arena, n->common_name));
	pv_objb_put(&o, "SerialNumber", pv_string(vm->arena, n->serial_number));
	pv_objb_put(&o, "Country", texts(vm, &n->country));
	pv_objb_put(&o, "Organization", texts(vm, &n->organization));
	pv_objb_put(&o, "OrganizationalUnit", texts(vm, &n->unit));
	pv_objb_put(&o, "Locality", texts(vm, &n->locality));
	pv_objb_put(&o, "Province", texts(vm, &n->province));
	pv_objb_put(&o, "StreetAddress", texts(vm, &n->street));
	pv_objb_put(&o, "PostalCode", texts(vm, &n->postal_code));
	return pv_objb_end(&o);
}

static pv_val
object_of(rg_vm *vm, const pv_x509 *c)
{
	pv_objb o;
	pv_val serial = pv_int(0);
	pv_objb_init(&o, vm->arena);
	pv_objb_put(&o, "Raw", pv_string_ref(pv_base64(vm->arena, c->der.s, c->der.len, false)));
	pv_objb_put(&o, "Version", pv_int(c->version));
	pv_objb_put(&o, "Subject", name_of(vm, &c->subject));
	pv_objb_put(&o, "DNSNames", texts(vm, &c->dns));
	pv_objb_put(&o, "EmailAddresses", texts(vm, &c->emails));
	pv_objb_put(&o, "IPAddresses", texts(vm, &c->ips));
	pv_objb_put(&o, "URIStrings", texts(vm, &c->uris));
	if (c->request)
		return pv_objb_end(&o);
	if (pv_number(vm->arena, c->serial, strlen(c->serial), &serial))
		pv_objb_put(&o, "SerialNumber", serial);
	pv_objb_put(&o, "Issuer", name_of(vm, &c->issuer));
	pv_objb_put(&o, "NotBefore", pv_string_ref(pv_time_format(vm->arena, c->not_before)));
	pv_objb_put(&o, "NotAfter", pv_string_ref(pv_time_format(vm->arena, c->not_after)));
	pv_objb_put(&o, "BasicConstraintsValid", pv_bool(c->constrained));
	pv_objb_put(&o, "IsCA", pv_bool(c->is_ca));
	pv_objb_put(&o, "KeyUsage", pv_int(c->key_usage));
	return pv_objb_end(&o);
}

static int
bi_parse_certificates(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_vec certs;
	pv_listb list;
	pv_str bytes;
	int r = bytes_of(vm, a[0], &bytes);
	if (r < 0)
		return r;
	pv_vec_init(&certs, vm->arena, sizeof(pv_x509));
	if (pv_x509_read(vm->cx, bytes, &certs) < 0)
		return failed(vm);
	pv_listb_init(&list, vm->arena);
	for (size_t i = 0; i < certs.len; i++)
		pv_listb_add(&list, object_of(vm, PV_AT(pv_x509, &certs, i)));
	return rg_ret(vm, pv_listb_end(&list), ret);
}

static int
bi_parse_request(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_x509 request;
	pv_str bytes;
	int r = bytes_of(vm, a[0], &bytes);
	if (r < 0)
		return r;
	if (pv_x509_read_request(vm->cx, bytes, &request) < 0)
		return failed(vm);
	return rg_ret(vm, object_of(vm, &request), ret);
}

static const rg_builtin rows[] = {
	{"crypto.x509.parse_certificates", "s", bi_parse_certificates, 1, 0},
	{"crypto.x509.parse_certificate_request", "s", bi_parse_request, 1, 0},
};
RG_FAMILY(x509);
