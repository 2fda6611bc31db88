/* gator_expand: `pave gator expand`: what objects make, as `gator expand` prints it. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "governance/gatekeeper/gator.h"
#include "lang/yaml/yaml.h"

#define ORDER_DEPTH 200

static pv_val
in_order(pv_ctx *cx, const pv_val *v, int depth)
{
	pv_listb list;
	pv_objb b;

	if (depth > ORDER_DEPTH || (!pv_is(v, PV_OBJECT) && !pv_is(v, PV_LIST)))
		return *v;
	if (pv_is(v, PV_LIST)) {
		pv_listb_init(&list, cx->arena);
		for (size_t i = 0; i < v->len; i++)
			pv_listb_add(&list, in_order(cx, &v->items[i], depth + 1));
		return pv_listb_end(&list);
	}
	pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < v->len; i++) {
		const pv_member *m = pv_sorted(v, i);

		pv_objb_add(&b, m->key, in_order(cx, &m->val, depth + 1));
	}
	return pv_objb_end(&b);
}

pv_val
gator_in_order(pv_ctx *cx, const pv_val *v)
{
	return in_order(cx, v, 0);
}

/* Last names first, as gator sorts. */
static int
by_name(const void *a, const void *b)
{
	static const char *const parts[] = {"metadata.name", "apiVersion", "kind"};
	const pv_val *x = ((const gk_made *)a)->object, *y = ((const gk_made *)b)->object;
	char left[1024], right[1024];

	snprintf(left, sizeof left, "%s%s%s", pv_text_at(x, parts[0], ""), pv_text_at(x, parts[1], ""),
		 pv_text_at(x, parts[2], ""));
	snprintf(right, sizeof right, "%s%s%s", pv_text_at(y, parts[0], ""), pv_text_at(y, parts[1], ""),
		 pv_text_at(y, parts[2], ""));
	return -strcmp(left, right);
}

static int
expand_all(pv_ctx *cx, const pv_vec *objects, pv_vec *made)
{
	gk_expander *e;
	int r = gk_expander_new(cx, cx->arena, objects, &e);

	for (size_t i = 0; r == 0 && i < objects->len; i++) {
		gk_mutable m = {
			.object = *PV_AT(const pv_val *, objects, i), .source = "Original", .operation = ""};

		m.space = gk_expander_space(cx, e, m.object);
		r = gk_mutate(cx, &e->mutators, &m, &m.object);
		if (r < 0)
			return pv_wrap(cx, r, "error mutating base resource %s",
				       pv_text_at(m.object, "metadata.name", ""));
		r = gk_expand(cx, e, m.object, m.space, made);
		if (r < 0)
			return pv_wrap(cx, r, "error expanding resource %s",
				       pv_text_at(m.object, "metadata.name", ""));
	}
	pv_vec_sort(made, by_name);
	return r;
}

static void
write_all(pv_ctx *cx, const pv_vec *made, bool json, pv_buf *b)
{
	pv_buf_init(b, cx->arena);
	pv_buf_adds(b, "");
	for (size_t i = 0; i < made->len; i++) {
		const pv_val *object = PV_AT(gk_made, made, i)->object;

		if (i)
			pv_buf_adds(b, "---\n");
		if (json)
			pv_rego_write(b, object, "    ", true);
		else
			pv_yaml_write(b, object);
	}
}

static int
put_out(pv_ctx *cx, const pv_args *args, const pv_buf *b)
{
	const char *file = pv_args_text(args, "outputfile", "");

	if (!*file) {
		printf("%s\n", b->s);
		return PV_EXIT_OK;
	}
	printf("Writing output to file: %s\n", file);
	return gator_fatal(cx, pv_file_save(cx, file, (pv_str){b->s, b->len}, 0644),
			   "error creating file at path");
}

int
gator_expand(pv_ctx *cx, const pv_args *args)
{
	const char *format = pv_args_text(args, "format", "yaml");
	pv_vec objects, made;
	pv_buf b;
	int r = gator_refuse_images(cx, args);

	if (r < 0)
		return r;
	if (*format && !pv_streq(format, "yaml") && !pv_streq(format, "json"))
		return gator_fatal(cx,
				   pv_fail(cx, PV_EINVALID,
					   "unrecognized value for format flag: %s: expected json or yaml "
					   "(files are named by -n, --filename)",
					   format),
				   NULL);
	r = gator_sources(cx, args, &objects);
	if (r < 0)
		return gator_fatal(cx, r, NULL);
	pv_vec_init(&made, cx->arena, sizeof(gk_made));
	r = expand_all(cx, &objects, &made);
	if (r < 0)
		return gator_fatal(cx, r, "error expanding resources");
	write_all(cx, &made, pv_streq(format, "json"), &b);
	return put_out(cx, args, &b);
}
