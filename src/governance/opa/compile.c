/* compile: POST /v1/compile: partial evaluation. */
#include "base/str.h"
#include "governance/opa/serve.h"

int
opa_compile(opa_call *c)
{
	return opa_refuse(c, 501, "invalid_operation", "partial evaluation is not supported yet");
}
