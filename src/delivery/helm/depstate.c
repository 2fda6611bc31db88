/* depstate: `pave helm dependency list`: which dependency is there, and as what. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/command.h"
#include "lang/semver/constraint.h"

#define COLUMNS 4

static const char *
version_state(pv_arena *arena, const helm_chart *found, const helm_dependency *d)
{
	pv_semver v;
	pv_str build;
	bool in = false;
	if (pv_streq(found->version, d->version))
		return NULL;
	if (pv_semver_check(arena, pv_str_of(d->version), PV_STR("1.0.0"), &in) != NULL ||
	    !pv_semver_loose(pv_str_of(found->version), &v, &build))
		return "invalid version";
	return helm_in_range(arena, d->version, found->version) ? NULL : "wrong version";
}

/* Of the one archive charts/NAME-*.tgz; NULL: there is none, or more than one could be it. */
static const char *
archive_state(pv_ctx *cx, const char *folder, const helm_dependency *d)
{
	const char *charts = pv_printf(cx->arena, "%s/charts", folder), *path = NULL;
	DIR *dir = opendir(charts);
	size_t n = strlen(d->name), found = 0;
	helm_chart *chart;
	pv_vec files;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		const char *version = e->d_name + n + 1;
		pv_semver v;
		if (strncmp(e->d_name, d->name, n) != 0 || e->d_name[n] != '-' ||
		    !pv_ends_with(version, ".tgz") ||
		    !pv_semver_parse((pv_str){version, strlen(version) - 4}, &v))
			continue;
		found++;
		path = pv_printf(cx->arena, "%s/%s", charts, e->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	if (found != 1)
		return found ? "too many matches" : NULL;
	if (helm_files_load(cx, path, &files) < 0 || helm_chart_load(cx, &files, &chart) < 0) {
		pv_recover(cx);
		return "corrupt";
	}
	if (!pv_streq(chart->name, d->name))
		return "misnamed";
	const char *wrong = version_state(cx->arena, chart, d);
	return wrong ? wrong : "ok";
}

static const char *
state_of(pv_ctx *cx, const char *folder, const helm_chart *chart, const helm_dependency *d)
{
	const char *state = archive_state(cx, folder, d);
	for (size_t i = 0; !state && i < chart->charts.len; i++) {
		const helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		if (!pv_streq(sub->name, d->name))
			continue;
		state = version_state(cx->arena, sub, d);
		state = state ? state : "unpacked";
	}
	return state ? state : "missing";
}

typedef struct row {
	const char *cell[COLUMNS];
} row;

/* Helm's table: each cell as wide as its column, with tabs between them. */
static void
print_rows(const pv_vec *rows)
{
	size_t width[COLUMNS] = {0};
	for (size_t i = 0; i < rows->len; i++)
		for (size_t k = 0; k < COLUMNS; k++) {
			size_t n = strlen(PV_AT(row, rows, i)->cell[k]);
			width[k] = n > width[k] ? n : width[k];
		}
	for (size_t i = 0; i < rows->len; i++)
		for (size_t k = 0; k < COLUMNS; k++)
			printf("%-*s%c", (int)width[k], PV_AT(row, rows, i)->cell[k],
			       k + 1 < COLUMNS ? '\t' : '\n');
}

/* What lies in charts/ and Chart.yaml does not name. */
static void
print_strangers(const char *folder, const helm_chart *chart)
{
	for (size_t i = 0; i < chart->charts.len; i++) {
		const char *name = (*PV_AT(helm_chart *, &chart->charts, i))->name;
		bool found = false;
		for (size_t k = 0; k < chart->dependencies.len; k++)
			found |= pv_streq(PV_AT(helm_dependency, &chart->dependencies, k)->name, name);
		if (!found)
			printf("WARNING: \"%s/charts/%s\" is not in Chart.yaml.\n", folder, name);
	}
}

int
helm_dependency_list(pv_ctx *cx, const char *folder, const helm_chart *chart)
{
	pv_vec rows;
	if (chart->dependencies.len == 0) {
		printf("WARNING: no dependencies at %s/charts\n", folder);
		return 0;
	}
	pv_vec_init(&rows, cx->arena, sizeof(row));
	pv_vec_push(&rows, &(row){{"NAME", "VERSION", "REPOSITORY", "STATUS"}});
	for (size_t i = 0; i < chart->dependencies.len; i++) {
		const helm_dependency *d = PV_AT(helm_dependency, &chart->dependencies, i);
		pv_vec_push(&rows,
			    &(row){{d->name, d->version, d->repository, state_of(cx, folder, chart, d)}});
	}
	print_rows(&rows);
	(void)putchar('\n');
	print_strangers(folder, chart);
	return 0;
}
