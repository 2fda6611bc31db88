/* Which function a name means, and whether values fit its signatures. */
#include "lang/cel/func.h"
#include <string.h>

static const cel_fn *const tables[] = {cel_arith,    cel_std,    cel_convert,   cel_time, cel_strings,
				       cel_regex,    cel_lists,  cel_optionals, cel_net,  cel_url,
				       cel_quantity, cel_semver, cel_format,    cel_authz};
/* What a server of Kubernetes has for mutations only. */
static const cel_fn *const mutating[] = {cel_jsonpatch};
/* What none has. */
static const cel_fn *const beyond[] = {cel_math, cel_base64, cel_strings3};

static const cel_fn *
find(const cel_fn *const *list, size_t n, pv_str name)
{
	for (size_t t = 0; t < n; t++)
		for (const cel_fn *fn = list[t]; fn->name; fn++)
			if (pv_str_is(name, fn->name))
				return fn;
	return NULL;
}

const cel_fn *
cel_fn_find(pv_str name, const pv_cel_env *env)
{
	const cel_fn *fn = find(tables, PV_LEN(tables), name);
	if (!fn && (!env || env->mutation || !env->kubernetes))
		fn = find(mutating, PV_LEN(mutating), name);
	return fn || (env && env->kubernetes) ? fn : find(beyond, PV_LEN(beyond), name);
}

/* Behind the type that starts at sig. */
static const char *
skip(const char *sig)
{
	size_t depth = 0;
	while (*sig == '?' || *sig == '~')
		sig++;
	do {
		if (*sig == '[' || *sig == '{')
			depth++;
		else if (*sig == ']' || *sig == '}')
			depth--;
		sig++;
	} while (depth);
	return sig;
}

/* What the letter of a type stands for: kinds of values as bits, or one of the opaque types. */
static bool
is_kind(char letter, const val *v)
{
#define KIND(k) (UINT32_C(1) << PV_CEL_##k)
	static const uint32_t kinds[128] = {
		['*'] = UINT32_MAX,   ['A'] = UINT32_MAX,  ['B'] = UINT32_MAX,     ['n'] = KIND(NULL),
		['b'] = KIND(BOOL),   ['i'] = KIND(INT),   ['u'] = KIND(UINT),     ['d'] = KIND(DOUBLE),
		['s'] = KIND(STRING), ['y'] = KIND(BYTES), ['D'] = KIND(DURATION), ['T'] = KIND(TIMESTAMP),
		['['] = KIND(LIST),   ['{'] = KIND(MAP),   ['?'] = KIND(OPTIONAL), ['~'] = KIND(TYPE),
		['t'] = KIND(TYPE),
	};
#undef KIND
	static const char opaques[] = "QUICSFZPGRE";

	if (v->kind == PV_CEL_OPAQUE && v->sub && v->sub < sizeof opaques && opaques[v->sub - 1] == letter)
		return true;
	return kinds[letter & 127] >> v->kind & 1;
}

static bool
fits(const char *sig, const val *a, size_t n, bool member)
{
	bool receiver = false;
	size_t i = 0;

	for (; *sig != ':'; sig = skip(sig), i++) {
		if (*sig == '.') {
			receiver = i == 1;
			if (*++sig == ':')
				break;
		}
		if (i >= n || !is_kind(*sig, &a[i]))
			return false;
	}
	return i == n && receiver == member;
}

bool
cel_fn_accepts(const cel_fn *fn, const val *a, size_t n, bool member)
{
	const char *sig = fn->sigs;

	while (!fits(sig, a, n, member)) {
		sig = strchr(sig, ' ');
		if (!sig)
			return false;
		sig++;
	}
	return true;
}
