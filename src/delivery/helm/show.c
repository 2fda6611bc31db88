/* show: `pave helm show`. */
#include <stdio.h>

#include "base/str.h"
#include "delivery/helm/command.h"
#include "lang/yaml/yaml.h"

static void
print(pv_str s)
{
	(void)fwrite(s.s, 1, s.len, stdout);
	(void)putchar('\n');
}

static bool
print_file(const helm_chart *chart, const char *name)
{
	for (size_t i = 0; i < chart->raw.len; i++) {
		const helm_file *f = PV_AT(helm_file, &chart->raw, i);
		if (pv_streq(f->name, name)) {
			print(f->data);
			return true;
		}
	}
	return false;
}

static bool
print_readme(const helm_chart *chart)
{
	return print_file(chart, "README.md") || print_file(chart, "readme.md") ||
	       print_file(chart, "README.txt") || print_file(chart, "README");
}

static void
print_chart(pv_ctx *cx, const helm_chart *chart)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_yaml_write(&b, chart->meta);
	print((pv_str){b.s, b.len});
}

static void
print_crds(const helm_chart *chart)
{
	for (size_t i = 0; i < chart->files.len; i++) {
		const helm_file *f = PV_AT(helm_file, &chart->files, i);
		if (!pv_starts_with(f->name, "crds/"))
			continue;
		printf("---\n");
		print(f->data);
	}
	for (size_t i = 0; i < chart->charts.len; i++)
		print_crds(*PV_AT(helm_chart *, &chart->charts, i));
}

int
helm_show(pv_ctx *cx, const pv_args *args)
{
	const char *what = pv_args_at(args, 0);
	bool all = pv_streq(what, "all");
	helm_chart *chart;
	if (pv_args_count(args) != 2 || (!all && !pv_streq(what, "chart") && !pv_streq(what, "values") &&
					 !pv_streq(what, "readme") && !pv_streq(what, "crds")))
		return pv_fail(cx, PV_EUSAGE,
			       "expected chart, values, readme, crds or all, and a CHART: pave helm show "
			       "values ./charts/web");
	int r = helm_load_asked(cx, args, pv_args_at(args, 1), &chart);
	if (r < 0)
		return r;
	if (all || pv_streq(what, "chart"))
		print_chart(cx, chart);
	if (all)
		printf("---\n");
	if (all || pv_streq(what, "values"))
		(void)print_file(chart, "values.yaml");
	if (all)
		printf("---\n");
	if (all || pv_streq(what, "readme"))
		(void)print_readme(chart);
	if (all || pv_streq(what, "crds"))
		print_crds(chart);
	return 0;
}
