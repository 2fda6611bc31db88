/* Any policy of Argo CD is read and asked, or refused: as globs and as regular expressions. */
#include "base/str.h"
#include "delivery/argocd/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const subjects[] = {"alice", "role:admin", NULL};
	for (int regex = 0; regex < 2; regex++) {
		policy_question *q;
		policy *p;
		pv_ctx cx;
		pv_ctx_init(&cx, "fuzz");
		p = policy_new(&cx, regex);
		policy_add_builtin(p);
		if (policy_add(&cx, p, "policy.csv",
			       pv_str_of(pv_strndup(cx.arena, (const char *)data, size))) == 0 &&
		    policy_ask(&cx, p, subjects, "applications", "get", &q) == 0)
			(void)policy_permits(q, "shop/front");
		if (cx.err)
			(void)pv_recover(&cx);
		pv_ctx_done(&cx);
	}
	return 0;
}
