/* A pod spec's faults (kubernetes pkg/apis/core/validation), as far as Pave looks. */
#include "base/map.h"
#include "core/kinds/behaviour.h"
#include "core/kinds/names.h"
#include "lang/quantity/quantity.h"
#include <string.h>

typedef struct spec {
	pv_faults *f;
	pv_map *volumes; /* names */
	pv_map *names;   /* of containers */
} spec;

/* Exactly one of the members is set, apart from `name`. */
static size_t
choices(const pv_val *v, const char *const *others)
{
	size_t n = 0;

	for (size_t i = 0; i < pv_count(v); i++) {
		bool skip = v->members[i].val.type == PV_NULL;

		for (size_t k = 0; others[k]; k++)
			skip |= pv_streq(v->members[i].key.s, others[k]);
		n += !skip;
	}
	return n;
}

static void
check_volumes(spec *s, const pv_val *list, const char *path)
{
	static const char *const others[] = {"name", NULL};

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name");
		const char *at = pv_nth(s->f, path, i);

		pv_check_name(s->f, name, pv_below(s->f, at, "name"), pv_name_label);
		if (pv_map_puts(s->volumes, pv_text(name, ""), s) == s)
			pv_duplicate(s->f, pv_below(s->f, at, "name"), name);
		if (choices(v, others) > 1)
			pv_forbidden(s->f, at, "may not specify more than 1 volume type");
	}
}

static void
check_env(spec *s, const pv_val *list, const char *path)
{
	static const char *const none[] = {NULL};

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *from = pv_get(v, "valueFrom");
		const char *at = pv_nth(s->f, path, i), *source = pv_below(s->f, at, "valueFrom");

		pv_check_name(s->f, pv_get(v, "name"), pv_below(s->f, at, "name"), pv_name_env);
		if (!pv_is(from, PV_OBJECT))
			continue;
		if (*pv_text(pv_get(v, "value"), ""))
			pv_fault(s->f, "FieldValueInvalid", source,
				 "Invalid value: \"\": may not be specified when `value` is not empty");
		if (choices(from, none) == 0)
			pv_fault(s->f, "FieldValueInvalid", source,
				 "Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, "
				 "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
		else if (choices(from, none) > 1)
			pv_fault(s->f, "FieldValueInvalid", source,
				 "Invalid value: \"\": may not have more than one field specified at a time");
	}
}

static void
check_ports(spec *s, const pv_val *list, const char *path)
{
	pv_map *seen = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name"), *host = pv_get(v, "hostPort");
		const char *at = pv_nth(s->f, path, i);

		if (*pv_text(name, "")) {
			pv_check_name(s->f, name, pv_below(s->f, at, "name"), pv_name_port);
			if (pv_map_puts(seen, name->s, s))
				pv_duplicate(s->f, pv_below(s->f, at, "name"), name);
		}
		if (pv_i64(pv_get(v, "containerPort"), 0) == 0)
			pv_required(s->f, pv_below(s->f, at, "containerPort"), NULL);
		else
			pv_check_port(s->f, pv_get(v, "containerPort"), pv_below(s->f, at, "containerPort"));
		if (pv_i64(host, 0) != 0)
			pv_check_port(s->f, host, pv_below(s->f, at, "hostPort"));
	}
}

static void
check_mounts(spec *s, const pv_val *list, const char *path)
{
	pv_map *paths = pv_map_new(s->f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name"),
			     *where = pv_get(v, "mountPath");
		const char *at = pv_nth(s->f, path, i);

		if (!*pv_text(name, ""))
			pv_required(s->f, pv_below(s->f, at, "name"), NULL);
		else if (!pv_map_finds(s->volumes, name->s))
			pv_fault(s->f, "FieldValueNotFound", pv_below(s->f, at, "name"), "Not found: %s",
				 pv_fault_text(s->f->cx->arena, name));
		if (!*pv_text(where, ""))
			pv_required(s->f, pv_below(s->f, at, "mountPath"), NULL);
		else if (pv_map_puts(paths, where->s, s))
			pv_fault_value(s->f, pv_below(s->f, at, "mountPath"), where, "must be unique");
	}
}

/* ---- resources ---- */

static bool
quantity_of(const pv_val *v, pv_quantity *ret)
{
	char room[PV_NUMBER_ROOM];

	if (pv_is(v, PV_STRING))
		return pv_quantity_parse(pv_strv(v), ret);
	return pv_is(v, PV_NUMBER) && pv_quantity_parse(pv_number_text(v, room), ret);
}

static void
check_quantities(spec *s, const pv_val *map, const char *path)
{
	for (size_t i = 0; i < pv_count(map); i++) {
		const pv_member *m = pv_sorted(map, i);
		pv_quantity q;

		if (quantity_of(&m->val, &q) && q.nano < 0)
			pv_fault_value(s->f, pv_path_key(s->f->cx->arena, path, m->key.s), &m->val,
				       "must be greater than or equal to 0");
	}
}

static void
check_resources(spec *s, const pv_val *res, const char *path)
{
	const pv_val *limits = pv_get(res, "limits"), *requests = pv_get(res, "requests");
	const char *at = pv_below(s->f, path, "requests");

	check_quantities(s, limits, pv_below(s->f, path, "limits"));
	check_quantities(s, requests, at);
	for (size_t i = 0; i < pv_count(requests); i++) {
		const pv_member *m = pv_sorted(requests, i);
		const pv_val *limit = pv_get(limits, m->key.s);
		pv_quantity want, most;

		if (quantity_of(&m->val, &want) && quantity_of(limit, &most) &&
		    pv_quantity_cmp(&want, &most) > 0)
			pv_fault_value(s->f, at, &m->val,
				       pv_printf(s->f->cx->arena,
						 "must be less than or equal to %s limit of %s", m->key.s,
						 pv_quantity_format(s->f->cx->arena, &most)));
	}
}

/* ---- probes ---- */

static void
check_handler(spec *s, const pv_val *probe, const char *path)
{
	static const char *const kinds[] = {"exec", "httpGet", "tcpSocket", "grpc", "sleep"};
	size_t n = 0;

	for (size_t i = 0; i < PV_LEN(kinds); i++) {
		const pv_val *h = pv_get(probe, kinds[i]);
		const char *at = pv_below(s->f, path, kinds[i]);

		if (!pv_is(h, PV_OBJECT))
			continue;
		n++;
		if (n > 1)
			pv_forbidden(s->f, at, "may not specify more than 1 handler type");
		else if (i == 0 && !pv_count(pv_get(h, "command")))
			pv_required(s->f, pv_below(s->f, at, "command"), NULL);
		else if (i == 1 || i == 2)
			pv_check_port_or_name(s->f, pv_get(h, "port"), pv_below(s->f, at, "port"));
		else if (i == 3)
			pv_check_port(s->f, pv_get(h, "port"), pv_below(s->f, at, "port"));
	}
	if (!n)
		pv_required(s->f, path, "must specify a handler type");
}

static void
check_probe(spec *s, const pv_val *container, const char *name, const char *path)
{
	static const char *const counts[] = {
		"initialDelaySeconds", "timeoutSeconds",   "periodSeconds",
		"successThreshold",    "failureThreshold",
	};
	const pv_val *probe = pv_get(container, name);
	const char *at = pv_below(s->f, path, name);

	if (!pv_is(probe, PV_OBJECT))
		return;
	check_handler(s, probe, at);
	for (size_t i = 0; i < PV_LEN(counts); i++)
		pv_check_min(s->f, probe, counts[i], at, 0);
	if (!pv_streq(name, "readinessProbe") && pv_i64(pv_get(probe, "successThreshold"), 1) != 1)
		pv_fault_value(s->f, pv_below(s->f, at, "successThreshold"),
			       pv_get(probe, "successThreshold"), "must be 1");
}

static void
check_container(spec *s, const pv_val *c, const char *path)
{
	const pv_val *name = pv_get(c, "name"), *image = pv_get(c, "image");

	pv_check_name(s->f, name, pv_below(s->f, path, "name"), pv_name_label);
	if (*pv_text(name, "") && pv_map_puts(s->names, name->s, s))
		pv_duplicate(s->f, pv_below(s->f, path, "name"), name);
	if (!*pv_text(image, ""))
		pv_required(s->f, pv_below(s->f, path, "image"), NULL);
	else if (image->s[0] == ' ' || image->s[image->len - 1] == ' ')
		pv_fault_value(s->f, pv_below(s->f, path, "image"), image,
			       "must not have leading or trailing whitespace");
	check_ports(s, pv_get(c, "ports"), pv_below(s->f, path, "ports"));
	check_env(s, pv_get(c, "env"), pv_below(s->f, path, "env"));
	check_mounts(s, pv_get(c, "volumeMounts"), pv_below(s->f, path, "volumeMounts"));
	check_resources(s, pv_get(c, "resources"), pv_below(s->f, path, "resources"));
	check_probe(s, c, "livenessProbe", path);
	check_probe(s, c, "readinessProbe", path);
	check_probe(s, c, "startupProbe", path);
}

static void
check_containers(spec *s, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++)
		check_container(s, pv_item(list, i), pv_nth(s->f, path, i));
}

static void
check_tolerations(spec *s, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *t = pv_item(list, i), *key = pv_get(t, "key"), *value = pv_get(t, "value");
		const char *at = pv_nth(s->f, path, i), *op = pv_text(pv_get(t, "operator"), "");

		if (*pv_text(key, ""))
			pv_check_name(s->f, key, pv_below(s->f, at, "key"), pv_name_qualified);
		else if (!pv_streq(op, "Exists"))
			pv_fault_value(s->f, pv_below(s->f, at, "operator"), pv_get(t, "operator"),
				       "operator must be Exists when `key` is empty, which means \"match all "
				       "values and all keys\"");
		if (pv_streq(op, "Exists") && *pv_text(value, ""))
			pv_fault_value(s->f, pv_below(s->f, at, "operator"), value,
				       "value must be empty when `operator` is 'Exists'");
	}
}

void
pv_podspec_check(pv_faults *f, const pv_val *v, const char *path, const pv_val *claims)
{
	spec s = {f, pv_map_new(f->cx->arena), pv_map_new(f->cx->arena)};

	for (size_t i = 0; i < pv_count(claims); i++)
		pv_map_puts(s.volumes, pv_text_at(pv_item(claims, i), "metadata.name", ""), f);
	check_volumes(&s, pv_get(v, "volumes"), pv_below(f, path, "volumes"));
	if (!pv_count(pv_get(v, "containers")))
		pv_required(f, pv_below(f, path, "containers"), NULL);
	check_containers(&s, pv_get(v, "initContainers"), pv_below(f, path, "initContainers"));
	check_containers(&s, pv_get(v, "containers"), pv_below(f, path, "containers"));
	pv_check_min(f, v, "activeDeadlineSeconds", path, 1);
	pv_check_min(f, v, "terminationGracePeriodSeconds", path, 0);
	pv_labels_check(f, pv_get(v, "nodeSelector"), pv_below(f, path, "nodeSelector"));
	check_tolerations(&s, pv_get(v, "tolerations"), pv_below(f, path, "tolerations"));
	if (*pv_text(pv_get(v, "serviceAccountName"), ""))
		pv_check_name(f, pv_get(v, "serviceAccountName"), pv_below(f, path, "serviceAccountName"),
			      pv_name_subdomain);
	if (*pv_text(pv_get(v, "nodeName"), ""))
		pv_check_name(f, pv_get(v, "nodeName"), pv_below(f, path, "nodeName"), pv_name_subdomain);
	if (*pv_text(pv_get(v, "hostname"), ""))
		pv_check_name(f, pv_get(v, "hostname"), pv_below(f, path, "hostname"), pv_name_label);
}
