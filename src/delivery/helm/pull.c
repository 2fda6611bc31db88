/* pull: `pave helm pull`: a chart's archive brought here, and its files, if they are wanted. */
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "delivery/charts/charts.h"
#include "delivery/helm/command.h"

const char *
helm_archive_name(pv_ctx *cx, const pv_val *found)
{
	const char *name = pv_text_at(found, "name", ""), *version = pv_text_at(found, "version", ""),
		   *url = pv_text_at(found, "url", ""), *slash = strrchr(url, '/');
	char *file = *name ? pv_printf(cx->arena, "%s-%s.tgz", name, version)
			   : pv_strdup(cx->arena, slash ? slash + 1 : "chart.tgz");
	for (char *c = file; *c; c++)
		if (*c == '/')
			*c = '-';
	return file;
}

/* In the child, which may write the folder and nothing else. */
int
helm_unpack_job(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	const char *folder = pv_text_at(request, "folder", "");
	helm_chart *chart;
	struct stat st;
	pv_vec files;
	pv_str tgz;
	int r = charts_load(cx, pv_text_at(request, "file", ""), pv_text_at(request, "digest", ""), &tgz);
	if (r == 0)
		r = helm_files_unpack(cx, tgz, &files);
	if (r == 0)
		r = helm_chart_load(cx, &files, &chart);
	if (r < 0)
		return r;
	folder = pv_printf(cx->arena, "%s/%s", folder, chart->name);
	if (stat(folder, &st) == 0)
		return pv_fail(cx, PV_EEXISTS,
			       "failed to untar: a file or directory with the name %s already exists",
			       folder);
	for (size_t i = 0; r == 0 && i < files.len; i++) {
		const helm_file *f = PV_AT(helm_file, &files, i);
		const char *path = pv_printf(cx->arena, "%s/%s", folder, f->name);
		r = pv_dir_make(cx, pv_strndup(cx->arena, path, (size_t)(strrchr(path, '/') - path)), 0755);
		if (r == 0)
			r = pv_file_save(cx, path, f->data, 0644);
	}
	*ret = pv_null();
	return r;
}

static int
unpack(pv_ctx *cx, const pv_args *args, const pv_val *found)
{
	const char *folder = pv_args_text(args, "untardir", pv_args_text(args, "destination", "."));
	const char *reads[] = {pv_text_at(found, "file", ""), NULL}, *writes[] = {folder, NULL};
	pv_val request = pv_with(cx->arena, found, "folder", pv_string_ref(folder)), done;
	int r = pv_dir_make(cx, folder, 0755);
	return r < 0 ? r : pv_job_run(cx, "unpack-chart", &request, reads, writes, &done);
}

static int
copy(pv_ctx *cx, const pv_args *args, const pv_val *found)
{
	const char *folder = pv_args_text(args, "destination", ".");
	pv_str bytes;
	int r = charts_load(cx, pv_text_at(found, "file", ""), pv_text_at(found, "digest", ""), &bytes);
	if (r == 0)
		r = pv_file_save(cx, pv_printf(cx->arena, "%s/%s", folder, helm_archive_name(cx, found)),
				 bytes, 0644);
	return r;
}

int
helm_pull(pv_ctx *cx, const pv_args *args)
{
	int r = 0;
	if (pv_args_count(args) < 1)
		return pv_fail(cx, PV_EUSAGE,
			       "expected a CHART: pave helm pull podinfo --repo https://charts.example");
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++) {
		pv_val found;
		r = helm_bring(cx, args, pv_args_at(args, i), &found);
		if (r == 0)
			r = pv_args_has(args, "untar") ? unpack(cx, args, &found) : copy(cx, args, &found);
	}
	return r;
}
