/* Cases of structured-merge-diff on the merge itself, for what no request can say: lists whose elements repeat or
 * lack a key that has no default, which a CRD refuses.  tests/conformance/suites/ssa-cases.py tells the API the
 * others; those of one version and of one schema are run here as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "core/fields/fields.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "unit/lang/shared.h"

#define FOLDER "apiplane/ssa-cases"
#define DEPTH 6

typedef struct world {
	pv_ctx cx;
	const char *folder, *test; /* of the case that runs */
	const pv_val *types;       /* of its schema */
	pv_resource res;
	const pv_val *live;
} world;

static const pv_val *
read_yaml(world *w, pv_str text)
{
	const pv_val *v = NULL;

	if (pv_yaml_parse(&w->cx, text, NULL, &v) < 0)
		fail_msg("%s: %s", w->test, pv_error_text(&w->cx));
	return v;
}

/* ---- the library's types as a structural schema ---- */

static pv_val schema_of(world *w, const pv_val *ref, int depth);

static const pv_val *
named_type(world *w, const char *name)
{
	for (size_t i = 0; i < pv_count(w->types); i++)
		if (pv_streq(pv_text_at(pv_item(w->types, i), "name", ""), name))
			return pv_item(w->types, i);
	return NULL;
}

static pv_val
map_schema(world *w, const pv_val *map, const char *relation, int depth)
{
	const pv_val *fields = pv_get(map, "fields"), *elements = pv_get(map, "elementType");
	pv_objb out, properties;

	pv_objb_init(&out, w->cx.arena);
	pv_objb_puts(&out, "type", "object");
	if (pv_streq(relation, "atomic"))
		pv_objb_puts(&out, "x-kubernetes-map-type", "atomic");
	pv_objb_init(&properties, w->cx.arena);
	for (size_t i = 0; i < pv_count(fields); i++) {
		const pv_val *field = pv_item(fields, i), *preset = pv_get(field, "default");
		pv_val one = schema_of(w, pv_get(field, "type"), depth + 1);

		if (preset)
			one = pv_with(w->cx.arena, &one, "default", *preset);
		pv_objb_put(&properties, pv_text_at(field, "name", ""), one);
	}
	if (fields)
		pv_objb_put(&out, "properties", pv_objb_end(&properties));
	if (fields && elements)
		pv_objb_put(&out, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
	else if (elements)
		pv_objb_put(&out, "additionalProperties", schema_of(w, elements, depth + 1));
	return pv_objb_end(&out);
}

/* A CRD must require the keys that have no default; nothing here asks whether they are there.  Neither they nor
 * the elements may be null. */
static pv_val
with_keys(world *w, const pv_val *items, const pv_val *keys)
{
	pv_val properties = *pv_get(items, "properties"), out;
	pv_listb required;

	pv_listb_init(&required, w->cx.arena);
	for (size_t i = 0; i < pv_count(keys); i++) {
		const char *key = pv_text(pv_item(keys, i), "");
		pv_val one = pv_without(w->cx.arena, pv_get(&properties, key), "nullable");

		properties = pv_with(w->cx.arena, &properties, key, one);
		if (!pv_get(&one, "default"))
			pv_listb_add(&required, *pv_item(keys, i));
	}
	out = pv_with(w->cx.arena, items, "properties", properties);
	return pv_with(w->cx.arena, &out, "required", pv_listb_end(&required));
}

static pv_val
list_schema(world *w, const pv_val *list, const char *relation, int depth)
{
	const pv_val *keys = pv_get(list, "keys");
	pv_val items = schema_of(w, pv_get(list, "elementType"), depth + 1);
	pv_objb out;

	if (pv_streq(relation, "associative"))
		items = pv_without(w->cx.arena, &items, "nullable"); /* forbidden there */
	if (keys && pv_streq(relation, "associative"))
		items = with_keys(w, &items, keys);
	pv_objb_init(&out, w->cx.arena);
	pv_objb_puts(&out, "type", "array");
	pv_objb_put(&out, "items", items);
	pv_objb_puts(&out, "x-kubernetes-list-type",
		     !pv_streq(relation, "associative") ? "atomic"
		     : keys                             ? "map"
							: "set");
	if (keys && pv_streq(relation, "associative"))
		pv_objb_put(&out, "x-kubernetes-list-map-keys", *keys);
	return pv_objb_end(&out);
}

static pv_val
node_schema(world *w, const pv_val *ref, int depth)
{
	const char *relation = "", *scalar;
	const pv_val *node = ref;
	pv_objb out;

	while (pv_get(node, "namedType")) {
		if (!relation[0])
			relation = pv_text_at(node, "elementRelationship", "");
		node = named_type(w, pv_text_at(node, "namedType", ""));
	}
	if (!relation[0])
		relation = pv_text_at(node, "elementRelationship", "");
	if (depth <= DEPTH && pv_get(node, "map") && !pv_get(node, "list"))
		return map_schema(w, pv_get(node, "map"),
				  relation[0] ? relation : pv_text_at(node, "map.elementRelationship", ""),
				  depth);
	if (depth <= DEPTH && pv_get(node, "list") && !pv_get(node, "map"))
		return list_schema(w, pv_get(node, "list"),
				   relation[0] ? relation : pv_text_at(node, "list.elementRelationship", ""),
				   depth);
	scalar = pv_text_at(node, "scalar", "");
	pv_objb_init(&out, w->cx.arena);
	if (pv_streq(scalar, "string") || pv_streq(scalar, "boolean"))
		pv_objb_puts(&out, "type", scalar);
	else if (pv_streq(scalar, "numeric"))
		pv_objb_puts(&out, "type", "number");
	else
		pv_objb_put(&out, "x-kubernetes-preserve-unknown-fields", pv_bool(true));
	return pv_objb_end(&out);
}

/* The library takes null for any value. */
static pv_val
schema_of(world *w, const pv_val *ref, int depth)
{
	pv_val node = node_schema(w, ref, depth);

	return depth ? pv_with(w->cx.arena, &node, "nullable", pv_bool(true)) : node;
}

static void
use_types(world *w, const char *root)
{
	pv_val ref = pv_object_of(w->cx.arena, NULL, 0, NULL, NULL), schema;

	ref = pv_with(w->cx.arena, &ref, "namedType", pv_string_ref(root));
	schema = schema_of(w, &ref, 0);
	if (!pv_get(&schema, "type"))
		schema = pv_with(w->cx.arena, &schema, "type", pv_string_ref("object"));
	pv_schema_unref((pv_schema *)(uintptr_t)w->res.schema);
	w->res.schema = NULL;
	if (pv_schema_from_crd(&w->cx, &schema, "", (pv_schema **)(uintptr_t)&w->res.schema) < 0)
		fail_msg("%s: %s", w->test, pv_error_text(&w->cx));
	w->res.whole = pv_schema_whole(w->cx.arena, w->res.schema, NULL);
}

/* ---- steps ---- */

static const pv_val *
object_of(world *w, const pv_val *step)
{
	const pv_val *body = read_yaml(w, pv_strv(pv_get(step, "object")));
	pv_val v = body && pv_is(body, PV_OBJECT) ? *body : pv_object_of(w->cx.arena, NULL, 0, NULL, NULL);

	v = pv_with(w->cx.arena, &v, "apiVersion", pv_string_ref("ssa.dev/v1"));
	v = pv_with(w->cx.arena, &v, "kind", pv_string_ref("Thing"));
	v = pv_with_at(w->cx.arena, &v, "metadata.name", pv_string_ref("x"));
	return pv_box(w->cx.arena, v);
}

static const pv_val *
bare(world *w, const pv_val *object)
{
	static const char *const not_its[] = {"apiVersion", "kind", "metadata"};
	pv_val v = object ? *object : pv_object_of(w->cx.arena, NULL, 0, NULL, NULL);

	for (size_t i = 0; i < PV_LEN(not_its); i++)
		v = pv_without(w->cx.arena, &v, not_its[i]);
	return pv_box(w->cx.arena, v);
}

static void
same(world *w, const char *what, const pv_val *have, const pv_val *want)
{
	pv_buf a, b;

	pv_buf_init(&a, w->cx.arena);
	pv_buf_init(&b, w->cx.arena);
	pv_json_write_sorted(&a, have);
	pv_json_write_sorted(&b, want);
	if (strcmp(a.s, b.s) != 0)
		fail_msg("%s: %s\nwanted %s\ngot    %s", w->test, what, b.s, a.s);
}

static void
check(world *w, const pv_val *step)
{
	const pv_val *want = pv_get(step, "live"), *managers = pv_get(step, "managers"),
		     *managed = pv_at(w->live, "metadata.managedFields");

	same(w, "object", bare(w, w->live), pv_is(want, PV_OBJECT) ? want : bare(w, NULL));
	if (pv_count(managed) != pv_count(managers))
		fail_msg("%s: owners\nwanted %s\ngot    %s", w->test, pv_json_text(w->cx.arena, managers),
			 managed ? pv_json_text(w->cx.arena, managed) : "none");
	for (size_t i = 0; i < pv_count(managed); i++) {
		const pv_val *one = pv_item(managed, i),
			     *wanted = pv_get(managers, pv_text_at(one, "manager", ""));

		same(w, "owns", pv_get(one, "fieldsV1"), pv_get(wanted, "fieldsV1"));
		assert_int_equal(pv_streq(pv_text_at(one, "operation", ""), "Apply"),
				 pv_truth(pv_get(wanted, "applied"), false));
	}
}

static void
play_step(world *w, const pv_val *step)
{
	const char *op = pv_text_at(step, "op", "");
	const pv_fields_write by = {
		.resource = &w->res, .manager = pv_text_at(step, "manager", ""), .now_ns = 1000000000};
	const pv_val *object = object_of(w, step), *managed = pv_at(w->live, "metadata.managedFields");
	int r;

	if (pv_streq(op, "update")) {
		if (managed)
			object = pv_box(w->cx.arena,
					pv_with_at(w->cx.arena, object, "metadata.managedFields", *managed));
		r = pv_fields_update(&w->cx, &by, w->live, &object);
	} else {
		r = pv_fields_check(&w->cx, &w->res, object);
		if (r == 0)
			r = pv_fields_apply(&w->cx, &by, pv_streq(op, "forceApply"), w->live, object,
					    &object);
	}
	if (r == 0)
		w->live = object;
	if ((r < 0) != (pv_get(step, "error") || pv_get(step, "expectConflicts")))
		fail_msg("%s: %s", w->test, r < 0 ? pv_error_text(&w->cx) : "accepted");
	if (r < 0)
		(void)pv_recover(&w->cx);
	check(w, step);
}

/* TestPromoteFieldToAssociativeListKey: the list has a second key from now on. */
static void
promote(world *w)
{
	pv_val keys = pv_list_of(w->cx.arena, (pv_val[]){pv_string_ref("name"), pv_string_ref("id")}, 2);
	pv_listb types;

	pv_listb_init(&types, w->cx.arena);
	for (size_t i = 0; i < pv_count(w->types); i++) {
		const pv_val *one = pv_item(w->types, i);

		pv_listb_add(&types, pv_at(one, "list.keys") ? pv_with_at(w->cx.arena, one, "list.keys", keys)
							     : *one);
	}
	w->types = pv_box(w->cx.arena, pv_listb_end(&types));
	use_types(w, "v1");
}

static bool
is_ours(const pv_val *c)
{
	const pv_val *steps = pv_get(c, "steps");

	if (!pv_streq(pv_text_at(c, "converter", ""), "*fixture.dummyConverter") ||
	    pv_truth(pv_get(c, "hasIgnore"), false))
		return false;
	for (size_t i = 0; i < pv_count(steps); i++) {
		const char *op = pv_text_at(pv_item(steps, i), "op", "");

		if (pv_streq(op, "extractApply") ||
		    (pv_streq(op, "fixture.ChangeParser") && !strstr(pv_text_at(c, "test", ""), "Promote")))
			return false;
	}
	return true;
}

static void
play(world *w, const pv_val *c)
{
	const pv_val *steps = pv_get(c, "steps");
	pv_str name = pv_strv(&pv_get(c, "schemas")->members[0].val);
	const char *root = strstr(name.s, " namedType: "), *path;

	assert_non_null(root);
	w->test = pv_text_at(c, "test", "");
	path = pv_printf(w->cx.arena, "%s/schema-%.*s.yaml", w->folder, (int)(root - name.s), name.s);
	w->types = pv_get(read_yaml(w, shared_read(w->cx.arena, path)), "types");
	w->live = NULL;
	use_types(w, root + strlen(" namedType: "));
	for (size_t i = 0; i < pv_count(steps); i++) {
		if (pv_streq(pv_text_at(pv_item(steps, i), "op", ""), "fixture.ChangeParser"))
			promote(w);
		else
			play_step(w, pv_item(steps, i));
	}
}

static void
cases_of_one_version(void **state)
{
	world w = {
		.res = {.group = "ssa.dev", .version = "v1", .api_version = "ssa.dev/v1", .kind = "Thing"}};
	size_t n = 0;
	pv_str text;

	(void)state;
	pv_ctx_init(&w.cx, "test");
	w.folder = shared_path(w.cx.arena, FOLDER);
	if (!w.folder) {
		pv_ctx_done(&w.cx);
		skip();
	}
	text = shared_read(w.cx.arena, pv_printf(w.cx.arena, "%s/cases.jsonl", w.folder));
	for (char *line = strtok((char *)(uintptr_t)text.s, "\n"); line; line = strtok(NULL, "\n")) {
		const pv_val *c = NULL;

		assert_int_equal(pv_json_parse(&w.cx, pv_str_of(line), NULL, &c), 0);
		if (is_ours(c)) {
			play(&w, c);
			n++;
		}
	}
	assert_int_equal(n, 65);
	pv_schema_unref((pv_schema *)(uintptr_t)w.res.schema);
	pv_ctx_done(&w.cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cases_of_one_version)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
