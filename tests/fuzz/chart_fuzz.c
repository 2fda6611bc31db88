/* A chart's files, each behind a line "--- PATH", with the user's values in a file "values" and what --set
 * says in a file "set": rendered, or refused.  An input without such lines is a packed chart. */
#include "base/str.h"
#include "delivery/helm/helm.h"
#include "fuzz/pieces.h"

#define FILES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
no_file(pv_ctx *cx, void *of, const char *path, pv_str *ret)
{
	(void)of;
	(void)ret;
	return pv_fail(cx, PV_ENOTFOUND, "%s: there are no files", path);
}

static int
values_of(pv_ctx *cx, pv_str text, pv_str set, pv_tmap **ret)
{
	int r = helm_values_parse(cx, text, ret);

	for (int how = HELM_SET; r == 0 && how <= HELM_SET_FILE; how++)
		if (helm_set(cx, (enum helm_set)how, set, *ret, no_file, NULL) < 0)
			pv_recover(cx);
	return r;
}

static void
rendered(pv_ctx *cx, const pv_vec *files, pv_str text, pv_str set)
{
	const helm_release release = {.name = "r",
				      .namespace = "n",
				      .include_crds = true,
				      .now = 1,
				      .limits = {.steps = 50000, .output = 1 << 18}};
	helm_rendering out;
	helm_chart *chart;
	pv_tmap *values;

	if (helm_chart_load(cx, files, &chart) < 0 || values_of(cx, text, set, &values) < 0 ||
	    helm_render(cx, chart, values, &release, &out) < 0)
		pv_recover(cx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str input = {(const char *)data, size}, values = {"", 0}, set = {"", 0};
	piece_file files[FILES];
	pv_vec chart;
	pv_ctx cx;
	size_t n;

	if (size > 1 << 14)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	n = piece_files(cx.arena, input, files, FILES);
	pv_vec_init(&chart, cx.arena, sizeof(helm_file));
	for (size_t i = 0; i < n; i++)
		if (pv_streq(files[i].name, "values"))
			values = files[i].text;
		else if (pv_streq(files[i].name, "set"))
			set = files[i].text;
		else
			pv_vec_push(&chart, &(helm_file){files[i].name, files[i].text});
	if (n == 0 && helm_files_unpack(&cx, input, &chart) < 0)
		pv_recover(&cx);
	rendered(&cx, &chart, values, set);
	pv_ctx_done(&cx);
	return 0;
}
