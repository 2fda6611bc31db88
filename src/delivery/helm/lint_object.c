/* lint_object: what Helm's linter says of one rendered object: its name, its selector, its age. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/embed.h"
#include "core/kinds/names.h"
#include "delivery/helm/lint.h"

#define TABLE "delivery/helm/deprecated.tsv"

static bool
is_one_of(const char *kind, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(kind, *list) == 0)
			return true;
	return false;
}

/* What is wrong with the name; NULL if nothing is. */
static const char *
name_fault(const char *kind, const char *name)
{
	static const char *const paths[] = {"role", "clusterrole", "rolebinding", "clusterrolebinding", NULL};
	pv_str s = pv_str_of(name);
	if (strcasecmp(kind, "certificatesigningrequest") == 0)
		return NULL;
	if (is_one_of(kind, paths))
		return pv_name_path_segment(s);
	if (strcasecmp(kind, "service") == 0)
		return pv_name_label1035(s);
	if (strcasecmp(kind, "namespace") == 0 && s.len <= 63 && pv_name_label(s) && !pv_name_subdomain(s))
		return "must not contain dots";
	return strcasecmp(kind, "namespace") == 0 ? pv_name_label(s) : pv_name_subdomain(s);
}

static void
check_name(lint *l, const char *file, const pv_val *doc)
{
	const char *name = pv_text_at(doc, "metadata.name", "");
	const char *why = name_fault(pv_text_at(doc, "kind", ""), name);
	if (why != NULL)
		lint_say(
			l, LINT_WARNING, file,
			"object name does not conform to Kubernetes naming requirements: \"%s\": metadata.name: Invalid "
			"value: \"%s\": %s",
			name, name, why);
}

/* The N of "v1.N.3". */
static int64_t
minor_of(const char *version)
{
	const char *dot = strchr(version, '.');
	int64_t n;
	return dot && pv_parse_int((pv_str){dot + 1, strspn(dot + 1, "0123456789")}, &n) ? n : 0;
}

static const char *
table(size_t *ret_len)
{
	const pv_embed *file = pv_embed_find(TABLE);
	PV_ASSERT(file);
	*ret_len = file->len;
	return (const char *)file->bytes;
}

static void
check_age(lint *l, const char *file, const pv_val *doc)
{
	const char *kube = pv_args_text(l->args, "kube-version", HELM_KUBE_VERSION);
	pv_str rest, line, cell[5];
	rest.s = table(&rest.len);
	while (pv_str_next(&rest, '\n', &line)) {
		int64_t since;
		pv_buf b;
		for (size_t i = 0; i < PV_LEN(cell); i++)
			if (!pv_str_next(&line, '\t', &cell[i]))
				cell[i] = (pv_str){"", 0};
		if (!pv_str_is(cell[0], pv_text_at(doc, "apiVersion", "")) ||
		    !pv_str_is(cell[1], pv_text_at(doc, "kind", "")) || !pv_parse_int(cell[2], &since) ||
		    minor_of(kube) < since)
			continue;
		pv_buf_init(&b, l->cx->arena);
		pv_buf_printf(&b, "%.*s %.*s is deprecated in v1.%lld+", (int)cell[0].len, cell[0].s,
			      (int)cell[1].len, cell[1].s, (long long)since);
		if (cell[3].len)
			pv_buf_printf(&b, ", unavailable in v1.%.*s+", (int)cell[3].len, cell[3].s);
		if (cell[4].len)
			pv_buf_printf(&b, "; use %.*s", (int)cell[4].len, cell[4].s);
		lint_say(l, LINT_WARNING, file, "%s", b.s);
	}
}

static bool
has_policy(const pv_val *items)
{
	for (size_t i = 0; i < pv_count(items); i++)
		if (pv_get(pv_at(pv_item(items, i), "metadata.annotations"), "helm.sh/resource-policy"))
			return true;
	return false;
}

void
lint_object(lint *l, const char *file, const pv_val *doc, pv_str text)
{
	static const char *const selecting[] = {"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", NULL};
	const char *kind = pv_text_at(doc, "kind", "");
	if (!pv_is(doc, PV_OBJECT))
		return;
	check_name(l, file, doc);
	check_age(l, file, doc);
	if (is_one_of(kind, selecting) && !memmem(text.s, text.len, "matchLabels", 11) &&
	    !memmem(text.s, text.len, "matchExpressions", 16))
		lint_say(l, LINT_ERROR, file,
			 "a %s must contain matchLabels or matchExpressions, and \"%s\" does not", kind,
			 pv_text_at(doc, "metadata.name", ""));
	if (pv_streq(kind, "List") && has_policy(pv_get(doc, "items")))
		lint_say(l, LINT_ERROR, file,
			 "annotation 'helm.sh/resource-policy' within List objects are ignored");
}
