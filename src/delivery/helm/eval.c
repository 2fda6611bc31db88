/* eval: `pave helm eval`: one template, alone. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/helm/command.h"

#define TEXT_MAX ((size_t)16 << 20)
#define PATH "templates/t"

static int
read_text(pv_ctx *cx, const char *path, pv_str *ret)
{
	char chunk[65536];
	pv_buf b;
	ssize_t n;
	if (!pv_streq(path, "-"))
		return pv_file_load(cx, path, TEXT_MAX, ret);
	pv_buf_init(&b, cx->arena);
	while ((n = read(STDIN_FILENO, chunk, sizeof chunk)) > 0 && b.len <= TEXT_MAX)
		pv_buf_add(&b, chunk, (size_t)n);
	*ret = (pv_str){b.len ? b.s : "", b.len};
	return 0;
}

int
helm_eval_verb(pv_ctx *cx, const pv_args *args)
{
	helm_file parts[] = {{"Chart.yaml", PV_STR("apiVersion: v2\nname: t\nversion: 0.1.0\n")},
			     {PATH, {"", 0}}};
	helm_release release = {.name = "r", .namespace = "ns", .plain_errors = true, .now = pv_now()};
	helm_chart *chart;
	pv_tmap *values;
	pv_vec files;
	pv_str out;
	if (pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected one template: pave helm eval web.tpl");
	int r = read_text(cx, pv_args_at(args, 0), &parts[1].data);
	pv_vec_init(&files, cx->arena, sizeof(helm_file));
	pv_vec_push(&files, &parts[0]);
	pv_vec_push(&files, &parts[1]);
	if (r == 0)
		r = helm_values_asked(cx, args, &values);
	if (r == 0)
		r = helm_chart_load(cx, &files, &chart);
	if (r == 0)
		r = helm_eval(cx, chart, values, &release, PATH, &out);
	if (r == 0)
		(void)fwrite(out.s, 1, out.len, stdout);
	return r;
}
