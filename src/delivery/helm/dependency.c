/* dependency: `pave helm dependency list|build|update`: what a chart depends on, brought into charts/. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "delivery/charts/charts.h"
#include "delivery/helm/command.h"
#include "lang/yaml/yaml.h"

typedef struct work {
	pv_ctx *cx;
	const pv_args *args;
	const char *folder; /* of the chart */
	helm_chart *chart;
	pv_vec locked; /* of helm_dependency */
	pv_vec kept;   /* of const char *: names in charts/ */
} work;

/* The addresses of repositories that Chart.yaml calls by the names that helm knows them by. */
static int
resolve_names(work *w, const pv_vec *of)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < of->len; i++) {
		helm_dependency *d = PV_AT(helm_dependency, of, i);
		const char *name = *d->repository == '@'                     ? d->repository + 1
				   : pv_starts_with(d->repository, "alias:") ? d->repository + 6
									     : NULL;
		const pv_val *entry;
		if (!name)
			continue;
		r = helm_repository_named(w->cx, name, &entry);
		if (r == 0)
			d->repository = pv_text_at(entry, "url", "");
	}
	return r;
}

static int
keep(work *w, const char *name, pv_str bytes)
{
	pv_vec_push(&w->kept, &name);
	return pv_file_save(w->cx, pv_printf(w->cx->arena, "%s/charts/%s", w->folder, name), bytes, 0644);
}

static int
outside(work *w, const helm_dependency *d, const char *version)
{
	return pv_fail(
		w->cx, PV_EINVALID,
		"can't get a valid version for dependency \"%s\" (repository \"%s\", version \"%s\"): found %s",
		d->name, d->repository, d->version, version);
}

/* One that lies here, in charts/ or in another folder, which is packed then. */
static int
take_local(work *w, helm_dependency *d)
{
	bool within = !*d->repository;
	const char *rest =
		within ? pv_printf(w->cx->arena, "charts/%s", d->name) : d->repository + strlen("file://");
	const char *path = *rest == '/' ? rest : pv_printf(w->cx->arena, "%s/%s", w->folder, rest);
	helm_chart *chart;
	pv_vec files;
	pv_buf b;
	int r = helm_files_load(w->cx, path, &files);
	if (r == 0)
		r = helm_chart_load(w->cx, &files, &chart);
	if (r < 0)
		return pv_wrap(w->cx, r, "dependency %s", d->name);
	if (!helm_in_range(w->cx->arena, d->version, chart->version))
		return outside(w, d, chart->version);
	if (within)
		return 0;
	d->version = chart->version;
	pv_buf_init(&b, w->cx->arena);
	r = helm_files_pack(w->cx, chart->name, &files, &b);
	return r < 0 ? r
		     : keep(w, pv_printf(w->cx->arena, "%s-%s.tgz", chart->name, chart->version),
			    (pv_str){b.s, b.len});
}

static int
take_far(work *w, helm_dependency *d)
{
	const pv_val *entry = NULL;
	pv_val found;
	pv_str bytes;
	int r = helm_repository_at(w->cx, d->repository, &entry);
	printf("Downloading %s from repo %s\n", d->name, d->repository);
	if (r == 0)
		r = helm_repository_fetch(w->cx, w->args,
					  &(helm_wish){d->repository, d->name, d->version, entry}, &found);
	if (r == 0)
		r = charts_load(w->cx, pv_text_at(&found, "file", ""), pv_text_at(&found, "digest", ""),
				&bytes);
	if (r < 0)
		return pv_wrap(w->cx, r, "dependency %s", d->name);
	d->version = pv_text_at(&found, "version", "");
	return keep(w, helm_archive_name(w->cx, &found), bytes);
}

static bool
is_kept(const work *w, const char *name)
{
	for (size_t i = 0; i < w->kept.len; i++)
		if (pv_streq(*PV_AT(const char *, &w->kept, i), name))
			return true;
	return false;
}

/* Archives of the dependencies as they were before; folders are the author's own. */
static void
delete_outdated(work *w)
{
	const char *charts = pv_printf(w->cx->arena, "%s/charts", w->folder);
	DIR *dir = opendir(charts);
	printf("Deleting outdated charts\n");
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		bool ours = false;
		for (size_t i = 0; i < w->locked.len; i++) {
			const helm_dependency *d = PV_AT(helm_dependency, &w->locked, i);
			size_t n = strlen(d->name);
			ours |= *d->repository && strncmp(e->d_name, d->name, n) == 0 &&
				e->d_name[n] == '-' && e->d_name[n + 1] >= '0' && e->d_name[n + 1] <= '9';
		}
		if (ours && pv_ends_with(e->d_name, ".tgz") && !is_kept(w, e->d_name))
			(void)unlink(pv_printf(w->cx->arena, "%s/%s", charts, e->d_name));
	}
	if (dir != NULL)
		closedir(dir);
}

static int
take_all(work *w)
{
	int r = pv_dir_make(w->cx, pv_printf(w->cx->arena, "%s/charts", w->folder), 0755);
	if (r == 0)
		printf("Saving %zu charts\n", w->locked.len);
	for (size_t i = 0; r == 0 && i < w->locked.len; i++) {
		helm_dependency *d = PV_AT(helm_dependency, &w->locked, i);
		if (!*d->repository)
			printf("Dependency %s did not declare a repository. Assuming it exists in the charts directory\n",
			       d->name);
		r = !*d->repository || pv_starts_with(d->repository, "file://") ? take_local(w, d)
										: take_far(w, d);
	}
	if (r == 0)
		delete_outdated(w);
	return r;
}

static int
write_lock(work *w, const char *digest)
{
	pv_listb list;
	pv_objb b;
	pv_buf text;
	pv_listb_init(&list, w->cx->arena);
	for (size_t i = 0; i < w->locked.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &w->locked, i);
		pv_objb_init(&b, w->cx->arena);
		pv_objb_puts(&b, "name", d->name);
		pv_objb_puts(&b, "repository", d->repository);
		pv_objb_puts(&b, "version", d->version);
		pv_listb_add(&list, pv_objb_end(&b));
	}
	pv_objb_init(&b, w->cx->arena);
	pv_objb_put(&b, "dependencies", pv_listb_end(&list));
	pv_objb_puts(&b, "digest", digest);
	pv_objb_puts(&b, "generated", pv_time_format_micro(w->cx->arena, pv_now()));
	pv_val doc = pv_objb_end(&b);
	pv_buf_init(&text, w->cx->arena);
	pv_yaml_write(&text, &doc);
	return pv_file_save(w->cx, pv_printf(w->cx->arena, "%s/%s", w->folder, helm_lock_name(w->chart)),
			    (pv_str){text.s, text.len}, 0644);
}

/* What of a row is settled: its name, version and place. */
static void
start_from(work *w, const pv_vec *of)
{
	pv_vec_init(&w->locked, w->cx->arena, sizeof(helm_dependency));
	for (size_t i = 0; i < of->len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, of, i);
		helm_dependency *own = pv_vec_add(&w->locked);
		*own = (helm_dependency){.name = d->name,
					 .version = d->version,
					 .repository = d->repository,
					 .condition = "",
					 .alias = ""};
	}
}

static int
update(work *w)
{
	helm_lock old;
	int r = resolve_names(w, &w->chart->dependencies);
	if (r < 0 || w->chart->dependencies.len == 0)
		return r;
	start_from(w, &w->chart->dependencies);
	r = take_all(w);
	if (r == 0)
		r = helm_lock_load(w->cx, w->chart, &old);
	if (r < 0)
		return r;
	const char *digest = helm_lock_digest(w->cx->arena, &w->chart->dependencies, &w->locked);
	return pv_streq(old.digest, digest) ? 0 : write_lock(w, digest);
}

static int
build(work *w)
{
	helm_lock lock;
	int r = helm_lock_load(w->cx, w->chart, &lock);
	if (r < 0 || !lock.digest)
		return r < 0 ? r : update(w);
	r = resolve_names(w, &w->chart->dependencies);
	if (r == 0)
		r = helm_lock_check(w->cx, w->chart, &lock);
	if (r < 0)
		return r;
	start_from(w, &lock.dependencies);
	return take_all(w);
}

int
helm_dependency_verb(pv_ctx *cx, const pv_args *args)
{
	const char *what = pv_args_at(args, 0);
	bool list = pv_streq(what, "list");
	work w = {.cx = cx, .args = args, .folder = pv_args_count(args) > 1 ? pv_args_at(args, 1) : "."};
	struct stat st;
	pv_vec files;
	if (pv_args_count(args) < 1 || pv_args_count(args) > 2 ||
	    (!list && !pv_streq(what, "build") && !pv_streq(what, "update")))
		return pv_fail(
			cx, PV_EUSAGE,
			"expected list, build or update, and a CHART: pave helm dependency update ./charts/web");
	if (!list && stat(w.folder, &st) == 0 && !S_ISDIR(st.st_mode))
		return pv_fail(cx, PV_EINVALID, "only unpacked charts can be updated");
	int r = helm_files_load(cx, w.folder, &files);
	if (r == 0)
		r = helm_chart_load(cx, &files, &w.chart);
	pv_vec_init(&w.kept, cx->arena, sizeof(const char *));
	if (r < 0)
		return r;
	return list                      ? helm_dependency_list(cx, w.folder, w.chart)
	       : pv_streq(what, "build") ? build(&w)
					 : update(&w);
}
