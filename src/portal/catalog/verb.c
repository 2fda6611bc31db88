/* verb: `pave catalog validate FILE...`: what is wrong with entity files, before a push. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "core/args/args.h"
#include "portal/catalog/entity.h"
#include "portal/catalog/parse.h"

#define FILE_LIMIT (16u << 20)

static void
print_error(const pv_val *e)
{
	const char *ref = pv_text_at(e, "ref", NULL);
	printf("%s:%lld: %s%s%s\n", pv_text_at(e, "file", ""), (long long)pv_i64_at(e, "line", 0), ref ? ref : "",
	       ref ? ": " : "", pv_text_at(e, "message", ""));
}

static bool
all_read(const pv_objb *reads, const pv_val *texts)
{
	for (size_t i = 0; i < reads->len; i++) {
		bool there = false;
		for (size_t k = 0; k < pv_count(texts); k++)
			there = there || pv_streq(pv_text_at(pv_item(texts, k), "path", ""), pv_text(&reads->members[i].key, NULL));
		if (!there)
			return false;
	}
	return true;
}

/* The files that placeholders name, as far as they are there. */
static pv_val
read_named(pv_ctx *cx, const pv_objb *reads)
{
	pv_listb b;
	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < reads->len; i++) {
		const char *path = pv_text(&reads->members[i].key, "");
		pv_str text;
		pv_objb o;
		if (pv_file_load(cx, path, FILE_LIMIT, &text) < 0) {
			pv_recover(cx); /* the placeholder's own error says so */
			continue;
		}
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "path", path);
		pv_objb_put(&o, "text", pv_stringn(cx->arena, text.s, text.len));
		pv_listb_add(&b, pv_objb_end(&o));
	}
	return pv_listb_end(&b);
}

static int
validate(pv_ctx *cx, const char *file)
{
	pv_val texts = pv_null();
	parse_out out;
	pv_str text;
	int r = pv_file_load(cx, file, FILE_LIMIT, &text);
	if (r < 0)
		return r;
	parse_out_init(&out, cx->arena);
	parse_file(cx, file, text, NULL, &out);
	if (!all_read(&out.reads, NULL)) {
		texts = read_named(cx, &out.reads);
		parse_out_init(&out, cx->arena);
		parse_file(cx, file, text, &texts, &out);
	}
	for (size_t i = 0; i < out.errors.len; i++)
		print_error(&out.errors.items[i]);
	for (size_t i = 0; i < out.entities.len; i++)
		printf("%s:%lld: %s ok\n", file, (long long)pv_i64_at(&out.entities.items[i], "line", 0),
		       pv_text_at(&out.entities.items[i], "ref", ""));
	return out.errors.len ? PV_EXIT_FAILED : PV_EXIT_OK;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	int worst = PV_EXIT_OK;
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected at least one file: pave catalog validate catalog-info.yaml");
	for (size_t i = 0; i < pv_args_count(args); i++) {
		int r = validate(cx, pv_args_at(args, i));
		if (r < 0) {
			printf("%s: %s\n", pv_args_at(args, i), pv_error_text(cx));
			pv_recover(cx);
			r = PV_EXIT_FAILED;
		}
		worst = r > worst ? r : worst;
	}
	return worst;
}

const pv_verb catalog_verbs[] = {
	{.name = "catalog validate",
	 .usage = "FILE...",
	 .summary = "check catalog entity files as the catalog would",
	 .help = "Prints FILE:LINE: ENTITY: fault for everything that is wrong, and ok for each entity that is valid.\n"
	         "Exit code 1 if anything is wrong.  Example: pave catalog validate catalog-info.yaml",
	 .run = run},
	{0},
};
