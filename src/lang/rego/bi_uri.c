/* bi_uri: uri.parse, uri.is_valid: URIs as Go's net/url takes them apart. */
#include <ctype.h>

#include "base/arena.h"
#include "lang/go/url.h"
#include "lang/rego/builtin.h"

static void
put(rg_vm *vm, pv_objb *o, const char *key, pv_str s)
{
	if (s.len)
		pv_objb_put(o, key, pv_stringn(vm->arena, s.s, s.len));
}

static int
bi_parse(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_go_url u;
	pv_objb o;
	const char *fault = pv_go_url_parse(vm->arena, pv_strv(a[0]), &u);
	if (fault)
		return rg_builtin_error(vm, "%s", fault);
	char *scheme = pv_strndup(vm->arena, u.scheme.s, u.scheme.len);
	for (char *c = scheme; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	pv_objb_init(&o, vm->arena);
	put(vm, &o, "scheme", (pv_str){scheme, u.scheme.len});
	put(vm, &o, "hostname", pv_go_url_hostname(u.host));
	put(vm, &o, "port", pv_go_url_port(u.host));
	put(vm, &o, "path", u.path);
	put(vm, &o, "raw_path", u.raw_path);
	put(vm, &o, "raw_query", u.query);
	put(vm, &o, "fragment", u.fragment);
	return rg_ret(vm, pv_objb_end(&o), ret);
}

static int
bi_is_valid(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	pv_go_url u;
	bool text = a[0]->type == PV_STRING && a[0]->len > 0;
	return rg_ret_bool(text && !pv_go_url_parse(vm->arena, pv_strv(a[0]), &u), ret);
}

static const rg_builtin rows[] = {
	{"uri.parse", "s", bi_parse, 1, 0},
	{"uri.is_valid", "*", bi_is_valid, 1, 0},
};
RG_FAMILY(uri);
