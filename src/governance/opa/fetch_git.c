/* fetch_git: a bundle that is a folder of a Git repository, at what a branch or tag means now. */
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"
#include "governance/opa/plugins.h"

#define PATIENCE (60 * PV_SEC)
#define LOOK (50 * PV_MS) /* between two looks at whether the commit is found out */

static void
rest(void)
{
	const struct timespec pause = {0, LOOK};
	(void)nanosleep(&pause, NULL);
}

/* What the revision means, as it is now and not as it was. */
static int
find_commit(pv_ctx *cx, const opa_bundle_conf *conf, atomic_bool *stop, const char **ret)
{
	const pv_val *value = NULL;
	const char *key;
	int64_t since = pv_now(), end = pv_mono() + PATIENCE;
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	pv_objb_puts(&o, "repo", conf->repository);
	pv_objb_puts(&o, "revision", conf->revision);
	pv_val args = pv_objb_end(&o);
	pv_question question = {.fact = "git-commit", .args = &args, .asker = conf->name};
	pv_git_touch(cx, conf->facts, conf->repository);
	for (;;) {
		int r = pv_facts_get(cx, conf->facts, &question, &value, &key);
		if (pv_facts_since(cx, conf->facts, key, since) && (r < 0 || value)) {
			*ret = r < 0 ? NULL : pv_text_at(value, "commit", "");
			return r < 0 ? r : 0;
		}
		if (r < 0)
			pv_recover(cx); /* of the look before */
		if (pv_mono() > end || atomic_load(stop))
			return pv_fail(cx, PV_ETIMEOUT, "repository %s: not looked through within %d s",
				       pv_git_plain_url(cx->arena, conf->repository),
				       (int)(PATIENCE / PV_SEC));
		rest();
	}
}

static int
pack(pv_ctx *cx, const opa_bundle_conf *conf, const pv_val *files, pv_str *ret)
{
	const char *folder = pv_git_path(cx->arena, conf->folder);
	size_t n = strlen(folder);
	pv_vec list;
	pv_buf b;
	pv_vec_init(&list, cx->arena, sizeof(pv_bundle_file));
	for (size_t i = 0; i < pv_count(files); i++) {
		const char *path = pv_text_at(pv_item(files, i), "path", "");
		pv_bundle_file f = {path, pv_strv(pv_get(pv_item(files, i), "text"))};
		if (n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/')
			f.path = path + n + 1;
		pv_vec_push(&list, &f);
	}
	if (list.len == 0)
		return pv_fail(cx, PV_ENOTFOUND, "repository %s: no files below \"%s\"",
			       pv_git_plain_url(cx->arena, conf->repository), folder);
	pv_buf_init(&b, cx->arena);
	int r = pv_bundle_pack(cx, &list, &b);
	*ret = (pv_str){b.s, b.len};
	return r;
}

int
opa_fetch_git(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop, opa_fetched *ret)
{
	const char *folder = pv_git_path(cx->arena, conf->folder), *below = *folder ? "/" : "";
	pv_val globs[] = {pv_stringf(cx->arena, "%s%s**", folder, below),
			  pv_stringf(cx->arena, "%s%s.manifest", folder, below),
			  pv_stringf(cx->arena, "%s%s.signatures.json", folder, below)};
	pv_val list = pv_list_of(cx->arena, globs, PV_LEN(globs)), found;
	int r = find_commit(cx, conf, stop, &ret->etag);
	if (r < 0) {
		ret->etag = "";
		return r;
	}
	ret->status = 200;
	if (pv_streq(ret->etag, etag))
		return 0;
	r = pv_git_files(cx, conf->facts, conf->repository, ret->etag, &list, &found);
	return r < 0 ? r : pack(cx, conf, pv_get(&found, "files"), &ret->bytes);
}
