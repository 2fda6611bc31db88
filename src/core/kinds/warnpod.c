/* What is told of a Pod or of a template of one, in upstream's order. */
#include "base/map.h"
#include "core/kinds/names.h"
#include "core/kinds/warn.h"
#include <string.h>

#define NO_SECCOMP "non-functional in v1.27+; use the \"seccompProfile\" field instead"

typedef struct pod { /* or template */
	const pv_val *notes, *spec;
	const pv_path *notes_path, *path; /* path: the spec's */
	bool is_template;
} pod;

void
warn_each_container(pv_warns *w, const pv_val *spec, const pv_path *path, warn_container *call, void *arg)
{
	static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};

	for (size_t k = 0; k < PV_LEN(lists); k++) {
		const pv_val *list = pv_get(spec, lists[k]);
		const pv_path *at = warn_below(w, path, lists[k]);

		for (size_t i = 0; i < pv_count(list); i++)
			call(w, pv_item(list, i), warn_nth(w, at, i), arg);
	}
}

/* ---- nodes and topology ---- */

void
warn_of_node_term(pv_warns *w, const pv_val *term, bool values, const pv_path *path)
{
	const pv_val *list = pv_get(term, "matchExpressions");
	const pv_path *all = warn_below(w, path, "matchExpressions");

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *key = pv_text(pv_get(pv_item(list, i), "key"), ""), *text = warn_old_label(key);
		const pv_path *at = warn_nth(w, all, i), *inner = warn_below(w, at, "values");
		const pv_val *set = pv_get(pv_item(list, i), "values");

		if (text)
			warn(w, warn_below(w, at, "key"), "%s is %s", key, text);
		for (size_t k = 0; values && k < pv_count(set); k++) {
			pv_str value = pv_strv(pv_item(set, k));
			const char *why = pv_name_label_value(value), *form = pv_name_label_value_form(value);

			if (why)
				warn(w, warn_nth(w, inner, k), "%s is invalid, %s", value.s, why);
			if (why && form && form != why)
				warn(w, warn_nth(w, inner, k), "%s is invalid, %s", value.s, form);
		}
	}
}

static void
warn_of_place(pv_warns *w, const pod *p)
{
	const pv_val *labels = pv_get(p->spec, "nodeSelector"),
		     *affinity = pv_at(p->spec, "affinity.nodeAffinity"), *list;
	const pv_path *path = warn_below(w, warn_below(w, p->path, "affinity"), "nodeAffinity"), *at;

	for (size_t i = 0; pv_is(labels, PV_OBJECT) && i < labels->len; i++) {
		const char *key = labels->members[i].key.s, *text = warn_old_label(key);

		if (text)
			warn(w, warn_key(w, warn_below(w, p->path, "nodeSelector"), key), "%s", text);
	}
	list = pv_at(affinity, "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
	at = warn_below(w, path, "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
	for (size_t i = 0; i < pv_count(list); i++)
		warn_of_node_term(w, pv_item(list, i), false, warn_nth(w, at, i));
	list = pv_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution");
	at = warn_below(w, path, "preferredDuringSchedulingIgnoredDuringExecution");
	for (size_t i = 0; i < pv_count(list); i++)
		warn_of_node_term(w, pv_get(pv_item(list, i), "preference"), true,
				  warn_below(w, warn_nth(w, at, i), "preference"));
}

/* A selector that is not there selects nothing, and one that is empty everything. */
static void
warn_of_selector(pv_warns *w, const pv_val *holder, const pv_path *path)
{
	if (!pv_get(holder, "labelSelector"))
		warn(w, warn_below(w, path, "labelSelector"),
		     "a null labelSelector results in matching no pod");
}

static void
warn_of_spread(pv_warns *w, const pod *p)
{
	const pv_val *list = pv_get(p->spec, "topologySpreadConstraints");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_path *path = warn_nth(w, warn_below(w, p->path, "topologySpreadConstraints"), i);
		const char *key = pv_text(pv_get(pv_item(list, i), "topologyKey"), ""),
			   *text = warn_old_label(key);

		if (text)
			warn(w, warn_below(w, path, "topologyKey"), "%s is %s", key, text);
		warn_of_selector(w, pv_item(list, i), path);
	}
}

static void
warn_of_neighbours(pv_warns *w, const pod *p)
{
	static const char *const ways[] = {"podAffinity", "podAntiAffinity"};
	static const char *const how[] = {"requiredDuringSchedulingIgnoredDuringExecution",
					  "preferredDuringSchedulingIgnoredDuringExecution"};

	for (size_t k = 0; k < PV_LEN(ways) * PV_LEN(how); k++) {
		const pv_val *list = pv_get(pv_get(pv_get(p->spec, "affinity"), ways[k / 2]), how[k % 2]);
		const pv_path *path = warn_below(
			w, warn_below(w, warn_below(w, p->path, "affinity"), ways[k / 2]), how[k % 2]);

		for (size_t i = 0; i < pv_count(list); i++) {
			const pv_val *term = pv_item(list, i);
			const pv_path *at = warn_nth(w, path, i);

			if (k % 2)
				warn_of_selector(w, pv_get(term, "podAffinityTerm"),
						 warn_below(w, at, "podAffinityTerm"));
			else
				warn_of_selector(w, term, at);
		}
	}
}

/* ---- annotations ---- */

static void
warn_of_note(pv_warns *w, const pod *p, const char *key, const char *text)
{
	if (pv_get(p->notes, key))
		warn(w, warn_key(w, p->notes_path, key), "%s", text);
}

static void
warn_of_old_notes(pv_warns *w, const pod *p)
{
	warn_of_note(w, p, "scheduler.alpha.kubernetes.io/critical-pod",
		     "non-functional in v1.16+; use the \"priorityClassName\" field instead");
	warn_of_note(w, p, "security.alpha.kubernetes.io/sysctls",
		     "non-functional in v1.11+; use the \"sysctls\" field instead");
	warn_of_note(w, p, "security.alpha.kubernetes.io/unsafe-sysctls",
		     "non-functional in v1.11+; use the \"sysctls\" field instead");
}

/* Does the annotation say what the Pod's profile says? */
static bool
says_same(const pv_val *profile, const char *note)
{
	static const char *const forms[][2] = {{"runtime/default", "RuntimeDefault"},
					       {"unconfined", "Unconfined"}};
	const char *type = pv_text(pv_get(profile, "type"), "");

	for (size_t i = 0; i < PV_LEN(forms); i++)
		if (pv_streq(forms[i][0], note))
			return pv_streq(forms[i][1], type) && !pv_get(profile, "localhostProfile");
	return pv_streq(type, "Localhost") && pv_starts_with(note, "localhost/") &&
	       pv_streq(pv_text(pv_get(profile, "localhostProfile"), ""), note + strlen("localhost/"));
}

/* A Pod's own AppArmor annotations become fields, and are told where that is done. */
static void
warn_of_confinement(pv_warns *w, const pod *p, const pv_val *container)
{
	const char *name = pv_text(pv_get(container, "name"), ""), *seccomp, *apparmor;
	const pv_val *note;

	if (!pv_count(p->notes))
		return;
	seccomp = pv_printf(w->cx->arena, "container.seccomp.security.alpha.kubernetes.io/%s", name);
	apparmor = pv_printf(w->cx->arena, "container.apparmor.security.beta.kubernetes.io/%s", name);
	note = pv_get(p->notes, apparmor);
	if (!pv_at(container, "securityContext.seccompProfile"))
		warn_of_note(w, p, seccomp, NO_SECCOMP);
	if (p->is_template && note && !pv_at(container, "securityContext.appArmorProfile") &&
	    !says_same(pv_at(p->spec, "securityContext.appArmorProfile"), pv_text(note, "")))
		warn_of_note(w, p, apparmor,
			     "deprecated since v1.30; use the \"appArmorProfile\" field instead");
}

/* ---- the rest of the spec ---- */

/* A member that is the same in two items of a list. */
static void
warn_of_twice(pv_warns *w, const pod *p, const char *list_name, const char *member)
{
	const pv_val *list = pv_get(p->spec, list_name);
	const pv_path *path = warn_below(w, p->path, list_name);
	pv_map *known = pv_map_new(w->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *text = pv_text(pv_get(pv_item(list, i), member), "");

		if (pv_map_puts(known, text, known))
			warn(w, warn_below(w, warn_nth(w, path, i), member), "duplicate %s %s", member,
			     warn_quote(w, text));
	}
}

static void
warn_of_nameless(pv_warns *w, const pod *p)
{
	const pv_val *list = pv_get(p->spec, "imagePullSecrets");
	const pv_path *path = warn_below(w, p->path, "imagePullSecrets");

	for (size_t i = 0; i < pv_count(list); i++)
		if (!*pv_text(pv_get(pv_item(list, i), "name"), ""))
			warn(w, warn_below(w, warn_nth(w, path, i), "name"), "invalid empty name \"\"");
}

static void
warn_of_bytes(pv_warns *w, const pv_val *amounts, const pv_path *path)
{
	warn_of_fraction(w, pv_get(amounts, "memory"), warn_key(w, path, "memory"));
	warn_of_fraction(w, pv_get(amounts, "ephemeral-storage"), warn_key(w, path, "ephemeral-storage"));
}

static void
warn_of_container(pv_warns *w, const pv_val *container, const pv_path *path, void *arg)
{
	static const char *const amounts[] = {"memory", "ephemeral-storage"}, *const sides[] = {"limits",
												"requests"};
	const pv_path *resources = warn_below(w, path, "resources");

	warn_of_confinement(w, arg, container);
	for (size_t i = 0; i < PV_LEN(amounts); i++)
		for (size_t k = 0; k < PV_LEN(sides); k++)
			warn_of_fraction(w,
					 pv_get(pv_get(pv_get(container, "resources"), sides[k]), amounts[i]),
					 warn_key(w, warn_below(w, resources, sides[k]), amounts[i]));
	warn_of_env(w, container, path);
}

void
warn_of_pod(pv_warns *w, const pv_val *holder, const pv_path *path)
{
	const pv_path *meta = warn_below(w, path, "metadata");
	pod p = {.notes = pv_at(holder, "metadata.annotations"),
		 .spec = pv_get(holder, "spec"),
		 .notes_path = warn_below(w, meta, "annotations"),
		 .path = warn_below(w, path, "spec"),
		 .is_template = path != NULL};

	warn_of_place(w, &p);
	warn_of_spread(w, &p);
	warn_of_old_notes(w, &p);
	warn_of_volumes(w, pv_get(p.spec, "volumes"), warn_below(w, p.path, "volumes"));
	warn_of_twice(w, &p, "hostAliases", "ip");
	warn_of_twice(w, &p, "imagePullSecrets", "name");
	warn_of_nameless(w, &p);
	warn_of_bytes(w, pv_get(p.spec, "overhead"), warn_below(w, p.path, "overhead"));
	if (!pv_at(p.spec, "securityContext.seccompProfile"))
		warn_of_note(w, &p, "seccomp.security.alpha.kubernetes.io/pod", NO_SECCOMP);
	warn_each_container(w, p.spec, p.path, warn_of_container, &p);
	warn_of_ports(w, p.spec, p.path);
	if (pv_i64(pv_get(p.spec, "terminationGracePeriodSeconds"), 0) < 0)
		warn(w, warn_below(w, p.path, "terminationGracePeriodSeconds"),
		     "must be >= 0; negative values are invalid and will be treated as 1");
	warn_of_neighbours(w, &p);
	warn_of_addresses(w, pv_at(p.spec, "dnsConfig.nameservers"),
			  warn_below(w, p.path, "dnsConfig.nameservers"));
	warn_of_each_address(w, pv_get(p.spec, "hostAliases"), "ip", warn_below(w, p.path, "hostAliases"));
}
