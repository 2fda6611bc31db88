/* chart_files: the files that a chart is rendered from: of a commit or of an archive, and those elsewhere in
 * the repository that its values come from. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/application/chart_job.h"
#include "delivery/charts/charts.h"
#include "lang/glob/glob.h"

/* $NAME and ${NAME}; what is not known is empty, $$ is a dollar, as Argo CD has it. */
const char *
chart_substituted(pv_arena *arena, const pv_val *environment, const char *text)
{
	pv_buf b;
	if (strchr(text, '$') == NULL)
		return text;
	pv_buf_init(&b, arena);
	for (const char *p = text; *p;) {
		bool braces = p[0] == '$' && p[1] == '{';
		if (*p != '$') {
			pv_buf_addc(&b, *p++);
			continue;
		}
		if (p[1] == '$') {
			pv_buf_addc(&b, '$');
			p += 2;
			continue;
		}
		p += braces ? 2 : 1;
		size_t n =
			braces ? strcspn(p, "}")
			       : strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
		pv_buf_adds(&b, pv_text(pv_getn(environment, p, n), ""));
		p += n + (braces && p[n] == '}');
	}
	return b.len ? b.s : "";
}

const char *
job_substituted(job *j, const char *text)
{
	return chart_substituted(j->cx->arena, pv_get(j->request, "environment"), text);
}

/* The path from the repository's root; NULL after an error. */
const char *
job_path(job *j, const char *path)
{
	pv_vec parts;
	pv_str rest, one;
	pv_buf b;
	const char *whole = *path == '/' ? path : pv_printf(j->cx->arena, "%s/%s", j->dir, path);
	if (strstr(path, "://") || *path == '$') {
		(void)pv_fail(
			j->cx, PV_EUNSUPPORTED,
			"spec.source.helm: \"%s\" is not supported yet: expected a file of this repository",
			path);
		return NULL;
	}
	pv_vec_init(&parts, j->cx->arena, sizeof(pv_str));
	for (rest = pv_str_of(whole); pv_str_next(&rest, '/', &one);) {
		if (one.len == 0 || pv_str_is(one, "."))
			continue;
		if (!pv_str_is(one, "..")) {
			pv_vec_push(&parts, &one);
		} else if (parts.len > 0) {
			parts.len--;
		} else {
			(void)pv_fail(j->cx, PV_EFORBIDDEN,
				      "spec.source.helm: \"%s\" lies outside the repository", path);
			return NULL;
		}
	}
	pv_buf_init(&b, j->cx->arena);
	for (size_t i = 0; i < parts.len; i++)
		pv_buf_printf(&b, "%s%.*s", i ? "/" : "", (int)PV_AT(pv_str, &parts, i)->len,
			      PV_AT(pv_str, &parts, i)->s);
	return b.len ? b.s : "";
}

/* ---- files ---- */

/* What a tree has below the folder. */
int
job_folder(job *j, const pv_val *request, const char *folder, const pv_val **ret)
{
	pv_val with = pv_with(j->cx->arena, request, "bytes", pv_bool(true)), found;
	pv_listb b;
	pv_listb_init(&b, j->cx->arena);
	pv_listb_add(&b, pv_stringf(j->cx->arena, "%s%s**", folder, *folder ? "/" : ""));
	with = pv_with(j->cx->arena, &with, "paths", pv_listb_end(&b));
	int r = pv_git_read(j->cx, &with, &found);
	if (r == 0)
		*ret = pv_box(j->cx->arena, *pv_get(&found, "files"));
	return r;
}

pv_val
job_root(job *j)
{
	pv_val request =
		pv_with(j->cx->arena, j->request, "tree", pv_string_ref(pv_text_at(j->request, "root", "")));
	return pv_with(j->cx->arena, &request, "path", pv_string_ref(""));
}

/* Of a packed chart, as if they were of a commit. */
static int
read_archive(job *j, const char *file)
{
	pv_listb list;
	pv_vec files;
	pv_str tgz;
	int r = charts_load(j->cx, file, pv_text_at(j->request, "tree", ""), &tgz);
	if (r == 0)
		r = helm_files_unpack(j->cx, tgz, &files);
	if (r < 0)
		return r;
	pv_listb_init(&list, j->cx->arena);
	for (size_t i = 0; i < files.len; i++) {
		const helm_file *f = PV_AT(helm_file, &files, i);
		pv_objb b;
		pv_objb_init(&b, j->cx->arena);
		pv_objb_puts(&b, "path", f->name);
		pv_objb_put(&b, "text", pv_stringn(j->cx->arena, f->data.s, f->data.len));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	j->files = pv_box(j->cx->arena, pv_listb_end(&list));
	return 0;
}

int
job_read_files(job *j)
{
	const char *archive = pv_text_at(j->request, "file", NULL);
	if (archive)
		return read_archive(j, archive);

	return job_folder(j, j->request, j->dir, &j->files);
}

/* What values name beside the chart's own files, all at once. */
int
job_read_elsewhere(job *j, const pv_vec *paths)
{
	pv_val request, found;
	pv_listb b;
	if (!pv_get(j->request, "root") || paths->len == 0)
		return 0;
	pv_listb_init(&b, j->cx->arena);
	for (size_t i = 0; i < paths->len; i++)
		pv_listb_add(&b, pv_string_ref(*PV_AT(const char *, paths, i)));
	request = job_root(j);
	request = pv_with(j->cx->arena, &request, "paths", pv_listb_end(&b));
	int r = pv_git_read(j->cx, &request, &found);
	if (r == 0)
		j->elsewhere = pv_box(j->cx->arena, *pv_get(&found, "files"));
	return r;
}

/* Those of `of` below the folder, without what .helmignore among them names. */
int
job_kept_files(job *j, const pv_val *of, const char *folder, pv_vec *ret)
{
	size_t skip = strlen(folder) + (*folder ? 1 : 0);
	pv_vec all;
	pv_vec_init(&all, j->cx->arena, sizeof(helm_file));
	for (size_t i = 0; i < pv_count(of); i++) {
		const pv_val *f = pv_item(of, i);
		helm_file file = {.name = pv_text_at(f, "path", "") + skip,
				  .data = pv_strv(pv_get(f, "text"))};
		pv_vec_push(&all, &file);
	}
	return helm_files_kept(j->cx, &all, ret);
}

/* The files that the pattern names, in the order of their paths. */
static void
matching(job *j, const pv_val *of, const char *pattern, pv_vec *ret)
{
	for (size_t i = 0; i < pv_count(of); i++) {
		const char *path = pv_text_at(pv_item(of, i), "path", "");
		if (pv_streq(path, pattern) || (pv_glob_is(pattern) && pv_glob_match(pattern, path))) {
			const pv_val *file = pv_item(of, i);
			pv_vec_push(ret, &file);
		}
	}
	(void)j;
}

bool
job_is_below(const job *j, const char *path)
{
	size_t n = strlen(j->dir);
	return n == 0 || (strncmp(path, j->dir, n) == 0 && path[n] == '/');
}

const pv_val *
job_lent(const job *j, const char *text)
{
	return pv_get(pv_at(j->request, "payload.lent"), text);
}

int
job_value_files(job *j, const char *text, pv_vec *ret)
{
	const pv_val *lent = job_lent(j, text);
	if (!lent)
		return job_files_named(j, job_substituted(j, text), ret);
	pv_vec_init(ret, j->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(lent); i++) {
		const pv_val *file = pv_item(lent, i);
		pv_vec_push(ret, &file);
	}
	return 0;
}

int
job_files_named(job *j, const char *path, pv_vec *ret)
{
	const char *full = job_path(j, path);
	pv_vec_init(ret, j->cx->arena, sizeof(const pv_val *));
	if (full == NULL)
		return -PV_EFORBIDDEN;
	matching(j, job_is_below(j, full) ? j->files : j->elsewhere, full, ret);
	return 0;
}
