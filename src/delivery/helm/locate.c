/* locate: the CHART of a command: a folder or an archive here, or else one that is brought from a
 * repository: --repo, an address, or a name that `helm repo add` gave to one. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "delivery/charts/charts.h"
#include "delivery/helm/command.h"

#define PACKED_MAX ((size_t)100 << 20)

static bool
is_address(const char *s)
{
	return pv_starts_with(s, "oci://") || pv_starts_with(s, "https://") || pv_starts_with(s, "http://");
}

/* REPO/NAME: the repository's address and what goes with it. */
static int
known_repository(pv_ctx *cx, const char *chart, const pv_val **ret_entry, const char **ret_name)
{
	const char *slash = strchr(chart, '/');
	if (slash == NULL || !slash[1])
		return pv_fail(
			cx, PV_ENOTFOUND,
			"path \"%s\" not found: expected a folder or an archive here, oci://HOST/NAME, an address of an "
			"archive, NAME with --repo URL, or REPO/NAME of a repository that helm knows",
			chart);
	*ret_name = slash + 1;
	return helm_repository_named(cx, pv_strndup(cx->arena, chart, (size_t)(slash - chart)), ret_entry);
}

int
helm_bring(pv_ctx *cx, const pv_args *args, const char *chart, pv_val *ret)
{
	const char *repo = pv_args_text(args, "repo", NULL), *version = pv_args_text(args, "version", "");
	const pv_val *entry = NULL;
	const char *url = repo, *name = chart;
	int r = 0;
	if (pv_args_has(args, "devel") && !*version)
		version = ">0.0.0-0";
	if (is_address(chart)) {
		url = chart;
		name = "";
	} else if (!repo) {
		r = known_repository(cx, chart, &entry, &name);
		url = pv_text_at(entry, "url", "");
	}
	return r < 0 ? r : helm_repository_fetch(cx, args, &(helm_wish){url, name, version, entry}, ret);
}

int
helm_locate(pv_ctx *cx, const pv_args *args, const char *chart, const char **ret_path)
{
	struct stat st;
	pv_val found;
	*ret_path = chart;
	if (!pv_args_text(args, "repo", NULL) && !is_address(chart)) {
		if (stat(chart, &st) == 0)
			return 0;
		if (*chart == '/' || *chart == '.')
			return pv_fail(cx, PV_ENOTFOUND, "path \"%s\" not found", chart);
	}
	int r = helm_bring(cx, args, chart, &found);
	if (r == 0)
		*ret_path = pv_text_at(&found, "file", "");
	return r;
}

/* From here on the process reads nothing but the time zones: what a stranger packed is unpacked, parsed
 * and executed behind it. */
static int
confine(pv_ctx *cx)
{
#ifdef PAVE_SANITIZE /* which looks for leaks at the end, with rights that this takes */
	(void)cx;
	return 0;
#else
	static const char *const zones[] = {"/usr/share/zoneinfo", NULL};
	pv_sandbox_conf conf = {.read = access(zones[0], R_OK) == 0 ? zones : NULL};
	pv_sandbox_report report;
	return pv_sandbox_enter(cx, &conf, &report);
#endif
}

int
helm_load_asked(pv_ctx *cx, const pv_args *args, const char *chart, helm_chart **ret)
{
	const char *path;
	struct stat st;
	pv_vec files;
	pv_str packed;
	int r = helm_locate(cx, args, chart, &path);
	bool is_packed = r == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
	if (r == 0)
		r = is_packed ? pv_file_load(cx, path, PACKED_MAX, &packed)
			      : helm_files_load(cx, path, &files);
	if (r == 0)
		r = confine(cx);
	if (r == 0 && is_packed)
		r = helm_files_unpack(cx, packed, &files);
	return r < 0 ? r : helm_chart_load(cx, &files, ret);
}
