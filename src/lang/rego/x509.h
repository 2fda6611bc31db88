/* rego/x509: what the builtins of certificates and those of keys share.
 * Private to this folder. */
#pragma once
#include "base/x509.h"
#include "lang/rego/builtin.h"

/* PEM as it is; else base64 of PEM or DER. */
int x509_bytes(rg_vm *vm, const pv_val *v, pv_str *ret);
int x509_failed(rg_vm *vm); /* the error in cx becomes the builtin's */
pv_val x509_object(rg_vm *vm, const pv_x509 *c);
