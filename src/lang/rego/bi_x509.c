/* bi_x509: crypto.x509.*: certificates, requests and chains as objects with the member
 * names of Go's crypto/x509 (those that policies ask for: README.md). */
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/x509.h"
#include "lang/rego/x509.h"

static int
x509_pem(rg_vm *vm, const pv_val *v, pv_str *ret)
{
	size_t n = 0;
	*ret = pv_strv(v);
	if (pv_starts_with(v->s, "-----BEGIN "))
		return 0;
	const uint8_t *bytes = pv_unbase64(vm->arena, *ret, false, &n);
	if (!bytes)
		return -PV_EINVALID;
	*ret = (pv_str){(const char *)bytes, n};
	return 0;
}

int
x509_bytes(rg_vm *vm, const pv_val *v, pv_str *ret)
{
	return x509_pem(vm, v, ret) < 0 ? rg_builtin_error(vm, "illegal base64 data") : 0;
}

int
x509_failed(rg_vm *vm)
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

pv_val
x509_object(rg_vm *vm, const pv_x509 *c)
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
	int r = x509_bytes(vm, a[0], &bytes);
	if (r < 0)
		return r;
	pv_vec_init(&certs, vm->arena, sizeof(pv_x509));
	if (pv_x509_read(vm->cx, bytes, &certs) < 0)
		return x509_failed(vm);
	pv_listb_init(&list, vm->arena);
	for (size_t i = 0; i < certs.len; i++)
		pv_listb_add(&list, x509_object(vm, PV_AT(pv_x509, &certs, i)));
	return rg_ret(vm, pv_listb_end(&list), ret);
}

/* ---- chains ---- */

static int
unverified(rg_vm *vm, const pv_val **ret)
{
	pv_val both[] = {pv_bool(false), {.type = PV_LIST}};
	return rg_ret(vm, pv_list_of(vm->arena, both, 2), ret);
}

static int
verify(rg_vm *vm, const pv_val *text, const pv_x509_wish *wish, const pv_val **ret)
{
	pv_vec certs, chain;
	pv_listb list;
	pv_str bytes = {"", 0};
	pv_vec_init(&certs, vm->arena, sizeof(pv_x509));
	pv_vec_init(&chain, vm->arena, sizeof(size_t));
	if (x509_pem(vm, text, &bytes) < 0 || pv_x509_read(vm->cx, bytes, &certs) < 0 ||
	    pv_x509_verify(vm->cx, &certs, wish, &chain) < 0) {
		pv_take_error(vm->cx);
		return unverified(vm, ret);
	}
	pv_listb_init(&list, vm->arena);
	for (size_t i = 0; i < chain.len; i++)
		pv_listb_add(&list, x509_object(vm, PV_AT(pv_x509, &certs, *PV_AT(size_t, &chain, i))));
	pv_val both[] = {pv_bool(true), pv_listb_end(&list)};
	return rg_ret(vm, pv_list_of(vm->arena, both, 2), ret);
}

static const char *const for_servers[] = {"1.3.6.1.5.5.7.3.1", NULL};

static int
bi_verify(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_x509_wish wish = {.now = vm->now_ns, .usages = for_servers};
	return verify(vm, a[0], &wish, ret);
}

static const struct {
	const char *name, *oid;
} usages[] = {
	{"KeyUsageAny", NULL},
	{"KeyUsageServerAuth", "1.3.6.1.5.5.7.3.1"},
	{"KeyUsageClientAuth", "1.3.6.1.5.5.7.3.2"},
	{"KeyUsageCodeSigning", "1.3.6.1.5.5.7.3.3"},
	{"KeyUsageEmailProtection", "1.3.6.1.5.5.7.3.4"},
	{"KeyUsageIPSECEndSystem", "1.3.6.1.5.5.7.3.5"},
	{"KeyUsageIPSECTunnel", "1.3.6.1.5.5.7.3.6"},
	{"KeyUsageIPSECUser", "1.3.6.1.5.5.7.3.7"},
	{"KeyUsageTimeStamping", "1.3.6.1.5.5.7.3.8"},
	{"KeyUsageOCSPSigning", "1.3.6.1.5.5.7.3.9"},
	{"KeyUsageMicrosoftServerGatedCrypto", "1.3.6.1.4.1.311.10.3.3"},
	{"KeyUsageNetscapeServerGatedCrypto", "2.16.840.1.113730.4.1"},
	{"KeyUsageMicrosoftCommercialCodeSigning", "1.3.6.1.4.1.311.2.1.22"},
	{"KeyUsageMicrosoftKernelCodeSigning", "1.3.6.1.4.1.311.61.1.1"},
};

static int
read_usages(rg_vm *vm, const pv_val *v, pv_x509_wish *wish)
{
	pv_vec oids;
	const char *end = NULL;
	bool any = false;
	if (v->type != PV_LIST && v->type != PV_SET)
		return rg_builtin_error(vm, "'KeyUsages' should be an Array or Set");
	pv_vec_init(&oids, vm->arena, sizeof(const char *));
	for (uint32_t i = 0; i < v->len; i++) {
		const char *name = pv_text(&v->items[i], NULL);
		size_t k = 0;
		while (name && k < PV_LEN(usages) && !pv_streq(usages[k].name, name))
			k++;
		if (k == PV_LEN(usages))
			return rg_builtin_error(vm, "invalid entries for 'KeyUsages' found: [%s]", name);
		any = any || (name && !usages[k].oid);
		if (name)
			pv_vec_push(&oids, &usages[k].oid);
	}
	pv_vec_push(&oids, &end);
	wish->usages = any ? NULL : oids.len == 1 ? for_servers : oids.data;
	return 0;
}

static int
read_option(rg_vm *vm, const pv_member *m, pv_x509_wish *wish)
{
	const char *key = pv_text(&m->key, NULL);
	if (!key)
		return 0;
	if (pv_streq(key, "DNSName")) {
		wish->name = pv_text(&m->val, NULL);
		return wish->name ? 0 : rg_builtin_error(vm, "'DNSName' should be a string");
	}
	if (pv_streq(key, "KeyUsages"))
		return read_usages(vm, &m->val, wish);
	if (!pv_streq(key, "CurrentTime") && !pv_streq(key, "MaxConstraintComparisons"))
		return rg_builtin_error(vm, "invalid key option");
	if (m->val.type != PV_NUMBER)
		return rg_builtin_error(vm, "'%s' should be a number", key);
	if (m->val.num != PV_INT)
		return rg_builtin_error(vm, "'%s' should be a valid int64 number", key);
	if (pv_streq(key, "CurrentTime"))
		wish->now = m->val.i;
	return 0;
}

static int
bi_verify_with_options(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_x509_wish wish = {.now = vm->now_ns, .usages = for_servers};
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < a[1]->len; i++)
		r = read_option(vm, pv_sorted(a[1], i), &wish);
	return r < 0 ? r : verify(vm, a[0], &wish, ret);
}

static int
bi_parse_request(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_x509 request;
	pv_str bytes;
	int r = x509_bytes(vm, a[0], &bytes);
	if (r < 0)
		return r;
	if (pv_x509_read_request(vm->cx, bytes, &request) < 0)
		return x509_failed(vm);
	return rg_ret(vm, x509_object(vm, &request), ret);
}

static const rg_builtin rows[] = {
	{"crypto.x509.parse_certificates", "s", bi_parse_certificates, 1, 0},
	{"crypto.x509.parse_certificate_request", "s", bi_parse_request, 1, 0},
	{"crypto.x509.parse_and_verify_certificates", "s", bi_verify, 1, 0},
	{"crypto.x509.parse_and_verify_certificates_with_options", "s o", bi_verify_with_options, 2, 0},
};
RG_FAMILY(x509);
