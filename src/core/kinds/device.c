/* What the kinds of resource.k8s.io have in common. */
#include "core/kinds/device.h"
#include "base/map.h"
#include "core/kinds/names.h"
#include "lang/json/json.h"
#include <string.h>

#define ID_MOST 32
#define POOL_MOST 253
#define OPAQUE_MOST 10240 /* bytes of JSON */
#define REQUESTS_MOST 32

/* ---- lists ---- */

void
pv_device_list_check(pv_faults *f, const pv_val *list, const char *path, size_t most, const char *key)
{
	if (pv_count(list) > most)
		pv_too_many(f, path, pv_count(list), most);
	if (key)
		pv_check_once(f, list, path, key);
}

/* ---- names ---- */

static void
check_id(pv_faults *f, pv_str id, const char *path)
{
	pv_val shown = pv_stringn(f->cx->arena, id.s, id.len);
	bool good = id.len > 0 && (id.s[0] < '0' || id.s[0] > '9');

	for (size_t i = 0; i < id.len; i++)
		good &= (id.s[i] >= 'a' && id.s[i] <= 'z') || (id.s[i] >= 'A' && id.s[i] <= 'Z') ||
			(id.s[i] >= '0' && id.s[i] <= '9') || id.s[i] == '_';
	if (id.len > ID_MOST)
		pv_too_long(f, path, ID_MOST);
	if (!good)
		pv_fault_value(
			f, path, &shown,
			"a valid C identifier must start with alphabetic character or '_', followed "
			"by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME', "
			" or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')");
}

/* With more than one '/' nothing is looked at, as upstream. */
void
pv_device_qualified_check(pv_faults *f, pv_str name, const char *path)
{
	const char *slash = memchr(name.s, '/', name.len), *why;
	pv_str domain = {name.s, slash ? (size_t)(slash - name.s) : 0}, id = name;
	pv_val shown;

	if (!name.len) {
		pv_required(f, path, "name required");
		return;
	}
	if (slash)
		id = (pv_str){slash + 1, name.len - domain.len - 1};
	if (slash && memchr(id.s, '/', id.len))
		return;
	if (slash && !domain.len)
		pv_required(f, path, "the domain must not be empty");
	why = domain.len ? pv_name_driver(domain) : NULL;
	shown = pv_stringn(f->cx->arena, domain.s, domain.len);
	if (why)
		pv_fault_value(f, path, &shown, why);
	if (!id.len)
		pv_required(f, path, "the name must not be empty");
	else
		check_id(f, id, path);
}

void
pv_device_pool_check(pv_faults *f, const pv_val *name, const char *path)
{
	pv_str rest = pv_strv(name), one;

	if (!rest.len)
		return; /* its row says so */
	if (rest.len > POOL_MOST)
		pv_too_long(f, path, POOL_MOST);
	while (pv_str_next(&rest, '/', &one)) {
		const char *why = pv_name_subdomain(one);
		pv_val shown = pv_stringn(f->cx->arena, one.s, one.len);

		if (why)
			pv_fault_value(f, path, &shown, why);
	}
}

/* ---- what names requests ---- */

pv_map *
pv_device_requests(pv_faults *f, const pv_val *devices)
{
	const pv_val *list = pv_get(devices, "requests");
	pv_map *names = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *choices = pv_get(pv_item(list, i), "firstAvailable");
		const char *name = pv_text_at(pv_item(list, i), "name", "");

		pv_map_puts(names, name, f);
		for (size_t k = 0; k < pv_count(choices); k++)
			pv_map_puts(names,
				    pv_printf(f->cx->arena, "%s/%s", name,
					      pv_text_at(pv_item(choices, k), "name", "")),
				    f);
	}
	return names;
}

void
pv_device_request_check(pv_faults *f, const pv_map *requests, const pv_val *name, const char *path)
{
	static const char *const missing = "must be the name of a request in the claim or the name of a "
					   "request and a subrequest separated by '/'";
	pv_str text = pv_strv(name);
	const char *slash = text.len ? memchr(text.s, '/', text.len) : NULL, *why;
	pv_str piece[2] = {{text.s, slash ? (size_t)(slash - text.s) : text.len}, {NULL, 0}};
	const pv_val none = pv_string_ref("");

	name = name ? name : &none;
	if (slash)
		piece[1] = (pv_str){slash + 1, text.len - piece[0].len - 1};
	if (slash && piece[1].len && memchr(piece[1].s, '/', piece[1].len)) {
		pv_fault_value(f, path, name, missing);
		return;
	}
	for (size_t i = 0; i < (slash ? 2u : 1u); i++) {
		pv_val shown = pv_stringn(f->cx->arena, piece[i].s ? piece[i].s : "", piece[i].len);

		why = pv_name_label(piece[i]);
		if (why)
			pv_fault_value(f, path, &shown, why);
	}
	if (!pv_map_find(requests, text.s ? text.s : "", text.len))
		pv_fault_value(f, path, name, missing);
}

void
pv_device_requests_check(pv_faults *f, const pv_map *requests, const pv_val *names, const char *path)
{
	pv_device_list_check(f, names, path, REQUESTS_MOST, "");
	for (size_t i = 0; i < pv_count(names); i++)
		pv_device_request_check(f, requests, pv_item(names, i), pv_nth(f, path, i));
}

/* ---- configuration and tolerations ---- */

void
pv_device_object_check(pv_faults *f, const pv_val *v, const char *path)
{
	if (v && strlen(pv_json_text(f->cx->arena, v)) > OPAQUE_MOST)
		pv_too_long(f, path, OPAQUE_MOST);
}

void
pv_device_configs_check(pv_faults *f, const pv_val *list, const char *path, size_t most)
{
	pv_device_list_check(f, list, path, most, NULL);
	for (size_t i = 0; i < pv_count(list); i++)
		pv_device_object_check(f, pv_at(pv_item(list, i), "opaque.parameters"),
				       pv_below(f, pv_nth(f, path, i), "opaque.parameters"));
}

void
pv_device_tolerations_check(pv_faults *f, const pv_val *list, const char *path)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *value = pv_get(pv_item(list, i), "value");
		const char *op = pv_text_at(pv_item(list, i), "operator", ""), *why = NULL;

		if (pv_streq(op, "Exists") && *pv_text(value, ""))
			why = "must be empty for operator `Exists`";
		else if (pv_streq(op, "Equal") && value)
			why = pv_name_label_value(pv_strv(value));
		if (why)
			pv_fault_value(f, pv_below(f, pv_nth(f, path, i), "value"), value, why);
	}
}
