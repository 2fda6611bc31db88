/* rego_left: what partial evaluation leaves over, as `opa eval --partial` prints it. */
#include "base/str.h"
#include "cmd/rego_eval.h"
#include "cmd/rego_table.h"

pv_rego_partial_opts
rego_partial_opts(pv_ctx *cx, const pv_args *args, const rego_source *src, const pv_rego_eval *eval)
{
	static const char *const input[] = {"input"};
	pv_rego_partial_opts opts = {.query = src->query,
				     .eval = *eval,
				     .shallow = pv_args_has(args, "shallow-inlining"),
				     .nondeterministic = pv_args_has(args, "nondeterminstic-builtins")};
	opts.unknowns = pv_args_list(cx, args, "unknowns", &opts.n_unknowns);
	opts.apart = pv_args_list(cx, args, "disable-inlining", &opts.n_apart);
	if (!opts.n_unknowns) {
		opts.unknowns = input;
		opts.n_unknowns = 1;
	}
	return opts;
}

static void
print_json(pv_ctx *cx, const pv_rego_left *left)
{
	pv_objb o, partial;
	pv_objb_init(&partial, cx->arena);
	if (left->queries.len)
		pv_objb_put(&partial, "queries", left->queries);
	if (left->support.len)
		pv_objb_put(&partial, "modules", left->support);
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "partial", pv_objb_end(&partial));
	pv_val all = pv_objb_end(&o);
	rego_print_json(cx, stdout, &all);
}

/* Without its last newline, and two blanks for each tab. */
static const char *
cell(pv_ctx *cx, const char *text)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "");
	for (; *text; text++)
		if (*text == '\t')
			pv_buf_adds(&b, "  ");
		else if (*text != '\n' || text[1])
			pv_buf_addc(&b, *text);
	return b.s;
}

static void
print_table(pv_ctx *cx, const pv_rego_left *left)
{
	size_t queries = left->query_texts.len, n = queries + left->support_texts.len;
	const char **names = pv_new_array(cx->arena, const char *, n + 1),
		   **texts = pv_new_array(cx->arena, const char *, n + 1);
	pv_buf b;
	if (!queries) {
		puts("undefined");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool query = i < queries;
		names[i] = pv_printf(cx->arena, query ? "Query %zu" : "Support %zu",
				     query ? i + 1 : i + 1 - queries);
		texts[i] = cell(cx, query ? *PV_AT(const char *, &left->query_texts, i)
					  : *PV_AT(const char *, &left->support_texts, i - queries));
	}
	pv_buf_init(&b, cx->arena);
	rego_table_put_pairs(&b, cx->arena, names, texts, n);
	fwrite(b.s, 1, b.len, stdout);
}

static void
print_source(const pv_rego_left *left)
{
	for (size_t i = 0; i < left->query_texts.len; i++)
		printf("# Query %zu\n%s\n", i + 1, *PV_AT(const char *, &left->query_texts, i));
	for (size_t i = 0; i < left->support_texts.len; i++)
		printf("# Module %zu\n%s", i + 1, *PV_AT(const char *, &left->support_texts, i));
}

void
rego_print_left(pv_ctx *cx, const char *format, const pv_rego_left *left)
{
	if (pv_streq(format, "pretty"))
		print_table(cx, left);
	else if (pv_streq(format, "source"))
		print_source(left);
	else
		print_json(cx, left);
}
