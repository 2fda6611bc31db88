/* bring: what a kustomization on this machine is made of besides its folder: other repositories, by facts of this
 * command's own in a folder that goes with it, and charts.  Both are read with nobody's credentials. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/time.h"
#include "core/git/git.h"
#include "delivery/charts/charts.h"
#include "delivery/helm/helm.h"
#include "delivery/kustomize/bring.h"

#define LOOK_AGAIN (20 * PV_MS)
#define PATIENCE (300 * PV_SEC)

typedef struct repository {
	bringing *b;
	const char *repo, *commit;
	const kust_files *files;
} repository;

static int
open_folder(pv_ctx *cx, bringing *b)
{
	const char *tmp = getenv("TMPDIR");
	if (b->facts)
		return 0;
	if (!b->folder) {
		char *folder = pv_printf(cx->arena, "%s/pave-kustomize-XXXXXX", tmp && *tmp ? tmp : "/tmp");
		if (!mkdtemp(folder))
			return pv_fail(cx, PV_EINTERNAL, "cannot make %s: %s", folder, strerror(errno));
		b->folder = folder;
	}
	return pv_facts_open(cx, b->folder, 2, &b->facts);
}

static int
ask(pv_ctx *cx, bringing *b, const pv_val *args, const pv_val **ret)
{
	const pv_question q = {.fact = "git-tree", .args = args, .asker = "kustomize"};
	struct timespec pause = {0, LOOK_AGAIN};
	int64_t until = pv_mono() + PATIENCE;
	const char *key;
	int r;
	while ((r = pv_facts_get(cx, b->facts, &q, ret, &key)) == 0) {
		if (pv_mono() > until)
			return pv_fail(cx, PV_ETIMEOUT, "the repository does not answer within 5 minutes");
		nanosleep(&pause, NULL);
	}
	return r < 0 ? r : 0;
}

static int
read_files(pv_ctx *cx, void *of, const pv_val *globs, pv_val *ret)
{
	const repository *repo = of;
	return pv_git_files(cx, repo->b->facts, repo->repo, repo->commit, globs, ret);
}

static int
bring_repository(pv_ctx *cx, void *of, const kust_remote *remote, const kust_files **ret)
{
	bringing *b = of;
	const char *key = pv_printf(cx->arena, "%s %s", remote->ref, remote->repo);
	repository *repo = pv_map_finds(b->known, key);
	const pv_val *tree;
	pv_val args;
	pv_objb o;
	int r = repo ? 0 : open_folder(cx, b);
	if (r == 0 && !repo) {
		pv_objb_init(&o, cx->arena);
		pv_objb_puts(&o, "repo", remote->repo);
		pv_objb_puts(&o, "revision", *remote->ref ? remote->ref : "HEAD");
		pv_objb_puts(&o, "path", "");
		pv_objb_put(&o, "names", pv_bool(false));
		args = pv_objb_end(&o);
		r = ask(cx, b, &args, &tree);
		if (r < 0)
			return r;
		repo = pv_new(cx->arena, repository);
		*repo = (repository){.b = b,
				     .repo = remote->repo,
				     .commit = pv_strdup(cx->arena, pv_text_at(tree, "commit", ""))};
		repo->files = kust_tree(cx->arena, read_files, repo);
		pv_map_puts(b->known, key, repo);
	}
	if (r == 0)
		*ret = repo->files;
	return r;
}

static int
bring_chart(pv_ctx *cx, void *of, const kust_chart *chart, pv_vec *ret)
{
	bringing *b = of;
	pv_val request, found;
	pv_str archive;
	pv_objb o;
	int r = open_folder(cx, b);
	if (r < 0)
		return r;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "url", chart->repo);
	pv_objb_puts(&o, "chart", chart->name);
	pv_objb_puts(&o, "version", chart->version);
	request = pv_objb_end(&o);
	r = charts_fetch(cx, pv_printf(cx->arena, "%s/charts", b->folder), &request, &found);
	if (r == 0)
		r = charts_load(cx, pv_text_at(&found, "file", ""), pv_text_at(&found, "digest", ""),
				&archive);
	return r < 0 ? r : helm_files_unpack(cx, archive, ret);
}

void
bringing_init(pv_ctx *cx, bringing *b, kust_options *options)
{
	*b = (bringing){.known = pv_map_new(cx->arena)};
	options->remote = bring_repository;
	options->chart = bring_chart;
	options->of = b;
}

void
bringing_done(bringing *b)
{
	b->facts = pv_facts_close(b->facts);
	if (b->folder)
		pv_dir_drop(b->folder);
}
