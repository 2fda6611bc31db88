/* Kubernetes' quantities and semantic versions, and equality of all opaque values. */
#include "lang/cel/func.h"
#include "lang/quantity/quantity.h"
#include "lang/semver/semver.h"
#include <string.h>

#define WHOLE ((__int128)1000000000)

const char *
opaque_type(const val *v)
{
	static const char *const names[] = {
		[O_QUANTITY] = "kubernetes.Quantity",
		[O_URL] = "kubernetes.URL",
		[O_IP] = "net.IP",
		[O_CIDR] = "net.CIDR",
		[O_SEMVER] = "kubernetes.Semver",
		[O_FORMAT] = "kubernetes.NamedFormat",
		[O_AUTHORIZER] = "kubernetes.authorization.Authorizer",
		[O_PATH] = "kubernetes.authorization.PathCheck",
		[O_GROUP] = "kubernetes.authorization.GroupCheck",
		[O_RESOURCE] = "kubernetes.authorization.ResourceCheck",
		[O_DECISION] = "kubernetes.authorization.Decision",
	};
	return names[v->sub];
}

bool
opaque_equal(const val *a, const val *b)
{
	switch ((enum opaque)a->sub) {
	case O_QUANTITY: return pv_quantity_cmp(a->p, b->p) == 0;
	case O_SEMVER: return pv_semver_cmp(a->p, b->p) == 0;
	case O_IP:
	case O_CIDR: return net_equal(a, b);
	case O_URL: return pv_str_eq(*(const pv_str *)a->p, *(const pv_str *)b->p); /* its text comes first */
	case O_FORMAT:
	case O_AUTHORIZER:
	case O_PATH:
	case O_GROUP:
	case O_RESOURCE:
	case O_DECISION: return a->p == b->p;
	}
	return false;
}

/* ---- quantities ---- */

static val
boxed(run *r, pv_quantity q)
{
	pv_quantity *own = pv_alloc(r->arena, sizeof *own);
	*own = q;
	return v_opaque(O_QUANTITY, own);
}

static val
quantity(run *r, const val *a, size_t n)
{
	pv_quantity q;
	(void)n;
	if (pv_quantity_parse(v_strv(&a[0]), &q))
		return boxed(r, q);
	return v_error(
		r,
		"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

static val
is_quantity(run *r, const val *a, size_t n)
{
	pv_quantity q;
	(void)r;
	(void)n;
	return v_bool(pv_quantity_parse(v_strv(&a[0]), &q));
}

static bool
fits_int(const pv_quantity *q)
{
	return q->nano % WHOLE == 0 && q->nano / WHOLE <= INT64_MAX && q->nano / WHOLE >= INT64_MIN;
}

static val
is_integer(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(fits_int(a[0].p));
}

static val
as_integer(run *r, const val *a, size_t n)
{
	const pv_quantity *q = a[0].p;
	(void)n;
	return fits_int(q) ? v_int((int64_t)(q->nano / WHOLE))
			   : v_error(r, "cannot convert value to integer");
}

static val
as_float(run *r, const val *a, size_t n)
{
	const pv_quantity *q = a[0].p;
	(void)r;
	(void)n;
	__int128 whole = q->nano / WHOLE;
	return v_double((double)whole + (double)(q->nano - whole * WHOLE) / 1e9);
}

static val
sign(run *r, const val *a, size_t n)
{
	const pv_quantity *q = a[0].p;
	(void)r;
	(void)n;
	return v_int((q->nano > 0) - (q->nano < 0));
}

static pv_quantity
operand(const val *v)
{
	return v->kind == PV_CEL_INT ? (pv_quantity){.nano = v->i * WHOLE} : *(const pv_quantity *)v->p;
}

static val
add(run *r, const val *a, size_t n)
{
	pv_quantity other = operand(&a[1]);
	(void)n;
	return boxed(r, pv_quantity_add(a[0].p, &other));
}

static val
sub(run *r, const val *a, size_t n)
{
	pv_quantity other = operand(&a[1]);
	(void)n;
	other.nano = -other.nano;
	return boxed(r, pv_quantity_add(a[0].p, &other));
}

/* ---- both ---- */

static int
order(const val *a)
{
	return a[0].sub == O_SEMVER ? pv_semver_cmp(a[0].p, a[1].p) : pv_quantity_cmp(a[0].p, a[1].p);
}

static val
compare(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_int(order(a));
}

static val
is_less(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(order(a) < 0);
}

static val
is_greater(run *r, const val *a, size_t n)
{
	(void)r;
	(void)n;
	return v_bool(order(a) > 0);
}

/* ---- versions ---- */

/* "v1.02" -> "1.2.0": what a lenient reader takes. */
static pv_str
normal(run *r, pv_str s)
{
	size_t end = 0, parts = 0;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	if (s.len && s.s[0] == 'v')
		s = (pv_str){s.s + 1, s.len - 1};
	while (end < s.len && s.s[end] != '-' && s.s[end] != '+')
		end++;
	for (pv_str core = {s.s, end}, part; pv_str_next(&core, '.', &part); parts++) {
		while (part.len > 1 && part.s[0] == '0')
			part = (pv_str){part.s + 1, part.len - 1};
		pv_buf_adds(&b, parts ? "." : "");
		pv_buf_add(&b, part.s, part.len);
	}
	for (; parts && parts < 3; parts++)
		pv_buf_adds(&b, ".0");
	pv_buf_add(&b, s.s + end, s.len - end);
	return (pv_str){b.len ? b.s : "", b.len};
}

static bool
read_version(run *r, const val *a, size_t n, pv_semver *ret)
{
	return pv_semver_parse(n == 2 && a[1].b ? normal(r, v_strv(&a[0])) : v_strv(&a[0]), ret);
}

static val
semver(run *r, const val *a, size_t n)
{
	pv_semver *v = pv_new(r->arena, pv_semver);
	return read_version(r, a, n, v)
		       ? v_opaque(O_SEMVER, v)
		       : v_error(r, "Invalid Semantic Version \"%.*s\"", (int)a[0].len, a[0].s);
}

static val
is_semver(run *r, const val *a, size_t n)
{
	pv_semver v;
	return v_bool(read_version(r, a, n, &v));
}

static val
part(run *r, const val *a, int i)
{
	const pv_semver *v = a[0].p;
	int64_t n;
	return pv_parse_int(v->part[i], &n) ? v_int(n)
					    : v_error(r, "version part does not fit an int: %.*s",
						      (int)v->part[i].len, v->part[i].s);
}

static val
major(run *r, const val *a, size_t n)
{
	(void)n;
	return part(r, a, 0);
}

static val
minor(run *r, const val *a, size_t n)
{
	(void)n;
	return part(r, a, 1);
}

static val
patch(run *r, const val *a, size_t n)
{
	(void)n;
	return part(r, a, 2);
}

const cel_fn cel_quantity[] = {
	{"quantity", "s:Q", quantity, COST_FIRST},
	{"isQuantity", "s:b", is_quantity, COST_FIRST},
	{"isInteger", "Q.:b", is_integer, COST_ONE},
	{"asInteger", "Q.:i", as_integer, COST_ONE},
	{"asApproximateFloat", "Q.:d", as_float, COST_ONE},
	{"sign", "Q:i", sign, COST_ONE},
	{"add", "Q.Q:Q Q.i:Q", add, COST_ONE},
	{"sub", "Q.Q:Q Q.i:Q", sub, COST_ONE},
	{"compareTo", "Q.Q:i S.S:i", compare, COST_ONE},
	{"isLessThan", "Q.Q:b S.S:b", is_less, COST_ONE},
	{"isGreaterThan", "Q.Q:b S.S:b", is_greater, COST_ONE},
	{0},
};

const cel_fn cel_semver[] = {
	{"semver", "s:S sb:S", semver, COST_FIRST}, {"isSemver", "s:b sb:b", is_semver, COST_FIRST},
	{"major", "S.:i", major, COST_ONE},         {"minor", "S.:i", minor, COST_ONE},
	{"patch", "S.:i", patch, COST_ONE},         {0},
};
