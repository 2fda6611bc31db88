/* bi_crypto: hashes and message authentication. */
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/hashing.h"
#include "lang/rego/builtin.h"

static int
hash(rg_vm *vm, const char *name, const pv_val *v, const pv_val **ret)
{
	char *hex = pv_hash_hex(vm->arena, name, pv_strv(v));
	return hex ? rg_ret(vm, pv_string_ref(hex), ret) : rg_builtin_error(vm, "%s is not available", name);
}

static int
bi_md5(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hash(vm, "md5", a[0], ret);
}

static int
bi_sha1(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hash(vm, "sha1", a[0], ret);
}

static int
bi_sha256(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hash(vm, "sha256", a[0], ret);
}

static int
hmac(rg_vm *vm, const char *name, const pv_val *const *a, const pv_val **ret)
{
	char *hex = pv_hmac_hex(vm->arena, name, pv_strv(a[1]), pv_strv(a[0]));
	return hex ? rg_ret(vm, pv_string_ref(hex), ret) : rg_builtin_error(vm, "%s is not available", name);
}

static int
bi_hmac_md5(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hmac(vm, "md5", a, ret);
}

static int
bi_hmac_sha1(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hmac(vm, "sha1", a, ret);
}

static int
bi_hmac_sha256(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hmac(vm, "sha256", a, ret);
}

static int
bi_hmac_sha512(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	return hmac(vm, "sha512", a, ret);
}

static int
bi_hmac_equal(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	(void)vm;
	return rg_ret_bool(pv_same_secret(pv_strv(a[0]), pv_strv(a[1])), ret);
}

static const rg_builtin rows[] = {
	{"crypto.md5", "s", bi_md5, 1, 0},
	{"crypto.sha1", "s", bi_sha1, 1, 0},
	{"crypto.sha256", "s", bi_sha256, 1, 0},
	{"crypto.hmac.md5", "s s", bi_hmac_md5, 2, 0},
	{"crypto.hmac.sha1", "s s", bi_hmac_sha1, 2, 0},
	{"crypto.hmac.sha256", "s s", bi_hmac_sha256, 2, 0},
	{"crypto.hmac.sha512", "s s", bi_hmac_sha512, 2, 0},
	{"crypto.hmac.equal", "s s", bi_hmac_equal, 2, 0},
};
RG_FAMILY(crypto);
