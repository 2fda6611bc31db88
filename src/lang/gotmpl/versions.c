/* versions: sprig's functions of semantic versions. */
#include "base/arena.h"
#include "lang/gotmpl/impl.h"
#include "lang/semver/constraint.h"

TFN(fn_semver_compare)
{
	bool is = false;
	const char *wrong = pv_semver_check(r->arena, targ(args, 0), targ(args, 1), &is);
	*ret = pv_tv_bool(is);
	return wrong ? pv_trun_fail(r, "%s", wrong) : pv_trun_spend(r, args[0].len);
}

typedef struct version {
	pv_semver v;
	pv_str original, build;
} version;

static void
print_version(pv_buf *b, const pv_tobject *o)
{
	const version *v = o->of;
	for (int i = 0; i < 3; i++) {
		pv_buf_adds(b, i ? "." : "");
		pv_buf_add(b, v->v.part[i].s, v->v.part[i].len);
	}
	if (v->v.pre.len)
		pv_buf_printf(b, "-%.*s", (int)v->v.pre.len, v->v.pre.s);
	if (v->build.len)
		pv_buf_printf(b, "+%.*s", (int)v->build.len, v->build.s);
}

static bool
version_data(pv_arena *arena, const pv_tobject *o, pv_tv *ret)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	print_version(&b, o);
	*ret = pv_tv_buf(&b);
	return true;
}

static pv_tv
part(const pv_tv *self, int i)
{
	int64_t n = 0;
	(void)pv_parse_int(((const version *)self->object->of)->v.part[i], &n);
	return (pv_tv){.kind = PV_T_UINT, .u = (uint64_t)n};
}

TFN(fn_major)
{
	*ret = part(&args[0], 0);
	return 0;
}

TFN(fn_minor)
{
	*ret = part(&args[0], 1);
	return 0;
}

TFN(fn_patch)
{
	*ret = part(&args[0], 2);
	return 0;
}

TFN(fn_prerelease)
{
	*ret = pv_tv_str(((const version *)args[0].object->of)->v.pre);
	return 0;
}

TFN(fn_metadata)
{
	*ret = pv_tv_str(((const version *)args[0].object->of)->build);
	return 0;
}

TFN(fn_original)
{
	*ret = pv_tv_str(((const version *)args[0].object->of)->original);
	return 0;
}

TFN(fn_string)
{
	(void)version_data(r->arena, args[0].object, ret);
	return 0;
}

static const pv_tclass version_class;

static const version *
of_version(const pv_tv *v)
{
	return v->kind == PV_T_OBJECT && v->object->class == &version_class ? v->object->of : NULL;
}

TFN(fn_compare)
{
	const version *other = of_version(&args[1]);
	if (other == NULL)
		return pv_trun_fail(r, "expected a version of semver");
	*ret = pv_tv_int(pv_semver_cmp(&((const version *)args[0].object->of)->v, &other->v));
	return 0;
}

TFN(fn_equal)
{
	int code = fn_compare(r, args, n, ret);
	*ret = pv_tv_bool(code == 0 && ret->i == 0);
	return code;
}

TFN(fn_less)
{
	int code = fn_compare(r, args, n, ret);
	*ret = pv_tv_bool(code == 0 && ret->i < 0);
	return code;
}

TFN(fn_greater)
{
	int code = fn_compare(r, args, n, ret);
	*ret = pv_tv_bool(code == 0 && ret->i > 0);
	return code;
}

/* clang-format off */
static const pv_tfunc version_methods[] = {
	{"Major", "", fn_major}, {"Minor", "", fn_minor}, {"Patch", "", fn_patch},
	{"Prerelease", "", fn_prerelease}, {"Metadata", "", fn_metadata}, {"Original", "", fn_original},
	{"String", "", fn_string}, {"Compare", "a", fn_compare}, {"Equal", "a", fn_equal},
	{"LessThan", "a", fn_less}, {"GreaterThan", "a", fn_greater}, {NULL, NULL, NULL},
};
/* clang-format on */

static const pv_tclass version_class = {
	.type = "*semver.Version", .methods = version_methods, .print = print_version, .data = version_data};

TFN(fn_semver)
{
	version *v = pv_new(r->arena, version);
	v->original = targ(args, 0);
	if (!pv_semver_loose(v->original, &v->v, &v->build))
		return pv_trun_fail(r, "Invalid Semantic Version");
	*ret = pv_tv_object(r->arena, &version_class, v);
	return 0;
}

/* clang-format off */
const pv_tfunc pv_tmpl_versions[] = {
	{"semver", "s", fn_semver}, {"semverCompare", "ss", fn_semver_compare}, {NULL, NULL, NULL},
};
/* clang-format on */
