/* What the checks share: lists of names as upstream words them, and the containers of a Pod. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/podsecurity/check.h"

/* ---- lists of names ---- */

void
check_push(pv_vec *list, const char *text)
{
	pv_vec_push(list, &text);
}

/* A set, in order. */
void
check_insert(pv_vec *list, const char *text)
{
	size_t at = 0;

	while (at < list->len && strcmp(*PV_AT(const char *, list, at), text) < 0)
		at++;
	if (at < list->len && pv_streq(*PV_AT(const char *, list, at), text))
		return;
	check_push(list, text);
	for (size_t i = list->len - 1; i > at; i--)
		*PV_AT(const char *, list, i) = *PV_AT(const char *, list, i - 1);
	*PV_AT(const char *, list, at) = text;
}

pv_vec
check_texts(const check_pod *p)
{
	pv_vec v;

	pv_vec_init(&v, p->cx->arena, sizeof(const char *));
	return v;
}

const char *
check_joined(const check_pod *p, const pv_vec *list, const char *mark, const char *quote)
{
	pv_buf b;

	pv_buf_init(&b, p->cx->arena);
	for (size_t i = 0; i < list->len; i++)
		pv_buf_printf(&b, "%s%s%s%s", i ? mark : "", quote, *PV_AT(const char *, list, i), quote);
	return b.len ? b.s : "";
}

const char *
check_quoted(const check_pod *p, const pv_vec *list)
{
	return check_joined(p, list, ", ", "\"");
}

const char *
check_some(const pv_vec *list, const char *one, const char *many)
{
	return list->len == 1 ? one : many;
}

/* `container "a"`, `containers "a", "b"` */
const char *
check_named(const check_pod *p, const pv_vec *names)
{
	return pv_printf(p->cx->arena, "%s %s", check_some(names, "container", "containers"),
			 check_quoted(p, names));
}

/* `pod and container "a"` */
const char *
check_setters(const check_pod *p, bool of_pod, const pv_vec *names)
{
	if (!names->len)
		return "pod";
	return pv_printf(p->cx->arena, "%s%s", of_pod ? "pod and " : "", check_named(p, names));
}

/* ---- containers ---- */

const pv_val *
check_container(const check_pod *p, size_t at)
{
	static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};

	for (size_t i = 0; i < PV_LEN(lists); i++) {
		const pv_val *list = pv_get(p->spec, lists[i]);

		if (at < pv_count(list))
			return pv_item(list, at);
		at -= pv_count(list);
	}
	return NULL;
}

const char *
check_name(const pv_val *container)
{
	return pv_text(pv_get(container, "name"), "");
}

bool
check_windows(const check_pod *p)
{
	return pv_streq(pv_text_at(p->spec, "os.name", ""), "windows");
}

bool
check_has(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (pv_streq(list[i], text))
			return true;
	return false;
}

bool
check_profile(const pv_val *profile)
{
	const char *type = pv_text(pv_get(profile, "type"), "");

	return pv_streq(type, "RuntimeDefault") || pv_streq(type, "Localhost");
}

/* ---- what two levels ask ---- */

/* needed: somebody must say one. */
check_verdict
check_seccomp(const check_pod *p, bool needed)
{
	const pv_val *own = pv_get(p->security, "seccompProfile"), *c;
	bool bad = own && !check_profile(own);
	pv_vec names = check_texts(p), values = check_texts(p), silent = check_texts(p);

	if (bad)
		check_insert(&values, pv_text(pv_get(own, "type"), ""));
	CHECK_EACH(p, c)
	{
		const pv_val *profile = pv_at(c, "securityContext.seccompProfile");

		if (profile && !check_profile(profile)) {
			check_push(&names, check_name(c));
			check_insert(&values, pv_text(pv_get(profile, "type"), ""));
		} else if (!profile && (!own || bad)) {
			check_push(&silent, check_name(c));
		}
	}
	if (bad || names.len)
		return (check_verdict){"seccompProfile",
				       pv_printf(p->cx->arena,
						 "%s must not set securityContext.seccompProfile.type to %s",
						 check_setters(p, bad, &names), check_quoted(p, &values))};
	if (!needed || !silent.len)
		return CHECK_FINE;
	return (check_verdict){"seccompProfile",
			       pv_printf(p->cx->arena,
					 "pod or %s must set securityContext.seccompProfile.type to "
					 "\"RuntimeDefault\" or \"Localhost\"",
					 check_named(p, &silent))};
}
