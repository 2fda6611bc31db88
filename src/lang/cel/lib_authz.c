/* Kubernetes' authorizer (apiserver pkg/cel/library/authz.go): questions are built step by step,
 * and asked of whoever evaluates the expression. */
#include "lang/cel/func.h"

typedef struct question {
	const pv_cel_authorizer *by;
	pv_cel_access what;
} question;

typedef struct decision {
	bool allowed;
	const char *reason;
} decision;

static val
asking(pv_arena *arena, enum opaque sub, const pv_cel_authorizer *by, const pv_cel_access *what)
{
	question *q = pv_new(arena, question);
	*q = (question){by, *what};
	return v_opaque(sub, q);
}

pv_cel_val
pv_cel_authorizer_of(pv_arena *arena, const pv_cel_authorizer *by)
{
	static const pv_cel_access nothing = {NULL, NULL, NULL, "", "", "", "", "", ""};
	return asking(arena, O_AUTHORIZER, by, &nothing);
}

pv_cel_val
pv_cel_resource_check(pv_arena *arena, const pv_cel_authorizer *by, const pv_cel_access *what)
{
	return asking(arena, O_RESOURCE, by, what);
}

static const char *
text(run *r, const val *v)
{
	return pv_strndup(r->arena, v->len ? v->s : "", v->len);
}

static val
path(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	if (!pv_str_trim(v_strv(&a[1])).len)
		return v_error(r, "path must not be empty");
	what.path = text(r, &a[1]);
	return asking(r->arena, O_PATH, q->by, &what);
}

static val
group(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	what.group = text(r, &a[1]);
	return asking(r->arena, O_GROUP, q->by, &what);
}

static val
service_account(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	if (!cel_is_format(r, "dns1123Subdomain", v_strv(&a[2])))
		return v_error(r, "Invalid service account name");
	if (!cel_is_format(r, "dns1123Label", v_strv(&a[1])))
		return v_error(r, "Invalid service account namespace");
	what.account_ns = text(r, &a[1]);
	what.account = text(r, &a[2]);
	return asking(r->arena, O_AUTHORIZER, q->by, &what);
}

static val
resource(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	if (!pv_str_trim(v_strv(&a[1])).len)
		return v_error(r, "resource must not be empty");
	what.resource = text(r, &a[1]);
	return asking(r->arena, O_RESOURCE, q->by, &what);
}

static val
subresource(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	what.subresource = text(r, &a[1]);
	return asking(r->arena, O_RESOURCE, q->by, &what);
}

static val namespace(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	what.ns = text(r, &a[1]);
	return asking(r->arena, O_RESOURCE, q->by, &what);
}

static val
name(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	(void)n;
	what.name = text(r, &a[1]);
	return asking(r->arena, O_RESOURCE, q->by, &what);
}

/* RBAC decides without looking at selectors: who may list some may list all. */
static val
selector(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return a[0];
}

static val
check(run *r, const val *a, size_t n)
{
	const question *q = a[0].p;
	pv_cel_access what = q->what;
	decision *made = pv_new(r->arena, decision);
	(void)n;
	what.verb = text(r, &a[1]);
	made->reason = "";
	made->allowed = q->by->allows(r->cx, q->by, &what, &made->reason);
	return v_opaque(O_DECISION, made);
}

static val
allowed(run *r, const val *a, size_t n)
{
	const decision *made = a[0].p;
	(void)r;
	(void)n;
	return v_bool(made->allowed);
}

static val
reason(run *r, const val *a, size_t n)
{
	const decision *made = a[0].p;
	(void)r;
	(void)n;
	return v_text(made->reason);
}

/* RBAC answers from memory: it never fails to. */
static val
errored(run *r, const val *a, size_t n)
{
	(void)r;
	(void)a;
	(void)n;
	return v_bool(false);
}

static val
error(run *r, const val *a, size_t n)
{
	(void)r;
	(void)a;
	(void)n;
	return v_text("");
}

const cel_fn cel_authz[] = {
	{"path", "Z.s:P", path, COST_ONE},
	{"group", "Z.s:G", group, COST_ONE},
	{"serviceAccount", "Z.ss:Z", service_account, COST_ONE},
	{"resource", "G.s:R", resource, COST_ONE},
	{"subresource", "R.s:R", subresource, COST_ONE},
	{"namespace", "R.s:R", namespace, COST_ONE},
	{"name", "R.s:R", name, COST_ONE},
	{"fieldSelector", "R.s:R", selector, COST_SECOND},
	{"labelSelector", "R.s:R", selector, COST_SECOND},
	{"check", "P.s:E R.s:E", check, COST_CHECK},
	{"allowed", "E.:b", allowed, COST_ONE},
	{"errored", "E.:b", errored, COST_ONE},
	{"error", "E.:s", error, COST_ONE},
	{"reason", "E.:s", reason, COST_ONE},
	{0},
};
