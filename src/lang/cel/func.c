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

static bool
is_kind(char letter, const val *v)
{
	static const char letters[] = "nbiudsyDT[{", opaques[] = "QUICSFZPGRE";
	static const uint8_t kinds[] = {PV_CEL_NULL,      PV_CEL_BOOL,   PV_CEL_INT,   PV_CEL_UINT,
					PV_CEL_DOUBLE,    PV_CEL_STRING, PV_CEL_BYTES, PV_CEL_DURATION,
					PV_CEL_TIMESTAMP, PV_CEL_LIST,   PV_CEL_MAP};
	const char *at = strchr(letters, letter);
	if (strchr("*AB", letter))
		return true;
	if (letter == '?')
		return v->kind == PV_CEL_OPTIONAL;
	if (letter == '~' || letter == 't')
		return v->kind == PV_CEL_TYPE;
	if (at)
		return v->kind == kinds[at - letters];
	at = strchr(opaques, letter);
	return at && v->kind == PV_CEL_OPAQUE && v->sub == (uint16_t)(at - opaques + 1);
}

static bool
fits(const char *sig, const val *a, size_t n, bool member)
{
	bool receiver = false, ok = true;
	size_t i = 0;
	while (*sig != ':') {
		if (*sig == '.') {
			receiver = i == 1;
			sig++;
			continue;
		}
		ok = ok && i < n && is_kind(*sig, &a[i]);
		sig = skip(sig);
		i++;
	}
	return ok && i == n && receiver == member;
}

bool
cel_fn_accepts(const cel_fn *fn, const val *a, size_t n, bool member)
{
	for (const char *sig = fn->sigs; sig; sig = strchr(sig, ' ') ? strchr(sig, ' ') + 1 : NULL)
		if (fits(sig, a, n, member))
			return true;
	return false;
}
