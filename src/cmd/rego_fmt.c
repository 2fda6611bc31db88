/* rego_fmt: `pave rego fmt`: modules in the form of `opa fmt`, with its flags and exit codes: 1 if
 * something is wrong, or was not in form and --fail is given. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/input.h"
#include "cmd/rego_eval.h"
#include "cmd/verbs.h"
#include "lang/diff/lines.h"

typedef struct job {
	pv_ctx *cx;
	const pv_args *args;
	bool changed;
} job;

static void
put(pv_str s)
{
	fwrite(s.s, 1, s.len, stdout);
}

static int
write_file(pv_ctx *cx, const char *path, pv_str text)
{
	struct stat st;
	mode_t mode = stat(path, &st) == 0 ? st.st_mode & 0777 : 0644;
	return pv_file_save(cx, path, text, mode);
}

/* What comes out is a module, and in form. */
static int
check_result(job *j, const pv_rego_module *m, const pv_rego_form *how, pv_str text)
{
	pv_rego_module formed = {.name = m->name, .text = text};
	pv_rego_form again = {.v0 = how->v0 && !how->add_v1};
	pv_str twice = {"", 0};
	int r = pv_rego_format(j->cx, &formed, &again, &twice);
	if (r == 0 && (twice.len != text.len || memcmp(twice.s, text.s, text.len) != 0))
		r = pv_fail(j->cx, PV_EINTERNAL, "%s: the result is not in form: please report it", m->name);
	return r < 0 ? pv_wrap(j->cx, r, "--check-result") : 0;
}

static int
form(job *j, const pv_rego_module *m, bool file)
{
	pv_rego_form how = {.v0 = pv_args_has(j->args, "v0-compatible") || pv_args_has(j->args, "v0-v1"),
			    .add_v1 = pv_args_has(j->args, "v0-v1"),
			    .drop_v0_imports = pv_args_has(j->args, "drop-v0-imports")};
	bool list = pv_args_has(j->args, "list"), diff = pv_args_has(j->args, "diff"),
	     write = pv_args_has(j->args, "write");
	pv_str text = {"", 0};
	int r = pv_rego_format(j->cx, m, &how, &text);
	if (r == 0 && pv_args_has(j->args, "check-result"))
		r = check_result(j, m, &how, text);
	if (r < 0)
		return r;
	bool same = text.len == m->text.len && memcmp(text.s, m->text.s, text.len) == 0;
	j->changed = j->changed || !same;
	if (list && !same)
		puts(m->name);
	if (diff && !same)
		put(pv_diff_lines(j->cx->arena, m->name, m->name, m->text, text));
	if (write && !same && file)
		r = write_file(j->cx, m->name, text);
	if (!list && !diff && !write && !pv_args_has(j->args, "fail"))
		put(text);
	return r;
}

/* As opa: to stderr, and exit 1. */
static int
report(pv_ctx *cx)
{
	fprintf(stderr, "%s\n", pv_rego_error_code(cx) ? cx->err->message : pv_error_text(cx));
	pv_recover(cx);
	return PV_EXIT_FAILED;
}

static int
form_all(job *j, const rego_source *src, bool files)
{
	int failed = PV_EXIT_OK;
	for (size_t i = 0; i < src->from.modules.len; i++)
		if (form(j, PV_AT(pv_rego_module, &src->from.modules, i), files) < 0)
			failed = report(j->cx);
	return failed;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	job j = {.cx = cx, .args = args};
	rego_source src;
	bool files = pv_args_count(args) > 0;
	int r = 0;
	rego_source_init(cx, &src);
	if (!files) {
		pv_rego_module m = {.name = "stdin"};
		r = input_load(cx, &m.text);
		pv_vec_push(&src.from.modules, &m);
	}
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++)
		r = pv_rego_source_modules(cx, &src.from, pv_args_at(args, i));
	if (r < 0)
		return r;
	r = form_all(&j, &src, files);
	return r == PV_EXIT_OK && j.changed && pv_args_has(args, "fail") ? PV_EXIT_FAILED : r;
}

static const pv_option options[] = {
	{"write", 'w', NULL, "write the new form over the files that are not in it"},
	{"list", 'l', NULL, "name the files that are not in form"},
	{"diff", 'd', NULL, "show what would change"},
	{"fail", 0, NULL, "exit 1 if a file is not in form"},
	{"check-result", 0, NULL, "read what comes out once more: it must be a module in form"},
	{"v0-compatible", 0, NULL, "the modules are Rego v0, and stay so"},
	{"v0-v1", 0, NULL, "the modules are Rego v0, and become what both versions read (import rego.v1)"},
	{"drop-v0-imports", 0, NULL, "leave out imports that do nothing in Rego v1"},
	{0},
};

static const pv_option refused[] = {
	{"capabilities", 0, "FILE|VERSION", "the form of a module is that of this program's Rego"},
	{0},
};

const pv_verb rego_fmt_verb = {
	.name = "rego fmt",
	.usage = "[PATH...]",
	.summary = "bring Rego modules into the form of `opa fmt`",
	.help = "Prints the modules (or standard input) in form.\n\n"
		"  pave rego fmt -w policy/\n"
		"  pave rego fmt --diff --fail policy/",
	.options = options,
	.refused = refused,
	.run = run,
};
