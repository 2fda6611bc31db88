/* cache: archives by digest in a folder whose size has a limit, and what is known of the versions of a
 * server's charts.  Nothing is kept in this process. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "core/git/reach.h"
#include "delivery/charts/impl.h"
#include "lang/json/json.h"
#include "lang/semver/semver.h"

#define BYTES_MAX ((int64_t)1 << 30)
#define FILES_MAX 2000
#define STATE_MAX 65536
#define LOOK (5 * PV_SEC) /* how often a fact asks whether what is known is old */

/* ---- addresses ---- */

const char *
charts_address(pv_arena *arena, const char *repo)
{
	return strstr(repo, "://") ? repo : pv_printf(arena, "oci://%s", repo);
}

int
charts_check(pv_ctx *cx, const char *address)
{
	static const char *const schemes[] = {"https://", "http://", "oci://"};
	const char *plain = pv_git_plain_url(cx->arena, address);
	for (const char *c = address; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("\\?#", *c))
			return pv_fail(
				cx, PV_EINVALID,
				"chart repository %s: a space, control character, \\, ? or # is not permitted in the "
				"address",
				plain);
	for (size_t i = 0; i < PV_LEN(schemes); i++) {
		size_t n = strlen(schemes[i]);
		if (pv_starts_with(address, schemes[i]) && address[n] && address[n] != '/')
			return 0;
	}
	return pv_fail(cx, PV_EINVALID,
		       "chart repository %s: expected https://HOST/PATH, http://HOST/PATH or oci://HOST/PATH",
		       plain);
}

/* ---- a folder that does not grow without end ---- */

struct kept {
	const char *path;
	int64_t size, used;
};

static int
newest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	return x->used < y->used ? 1 : x->used > y->used ? -1 : 0;
}

/* What was used least lately goes. */
static void
trim(pv_arena *arena, const char *folder)
{
	DIR *dir = opendir(folder);
	int64_t bytes = 0;
	pv_vec all;
	pv_vec_init(&all, arena, sizeof(struct kept));
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		struct stat st;
		const char *path = pv_printf(arena, "%s/%s", folder, e->d_name);
		if (e->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			pv_vec_push(&all, &(struct kept){path, st.st_size,
							 st.st_mtim.tv_sec * PV_SEC + st.st_mtim.tv_nsec});
	}
	if (dir != NULL)
		closedir(dir);
	pv_vec_sort(&all, newest_first);
	for (size_t i = 0; i < all.len; i++) {
		const struct kept *k = PV_AT(struct kept, &all, i);
		bytes += k->size;
		if (bytes > BYTES_MAX || i >= FILES_MAX)
			(void)unlink(k->path);
	}
}

int
charts_fetch(pv_ctx *cx, const char *folder, const pv_val *request, pv_val *ret)
{
	const char *writes[] = {folder, NULL};
	pv_val with = pv_with(cx->arena, request, "folder", pv_string(cx->arena, folder));
	int r = charts_check(cx, pv_text_at(request, "url", ""));
	if (r == 0)
		r = pv_dir_make(cx, folder, 0700);
	if (r == 0)
		r = pv_job_run(cx, "fetch-chart", &with, NULL, writes, ret);
	if (r < 0)
		return r;
	const char *digest = pv_text_at(ret, "digest", ""), *file;
	if (!charts_is_digest(digest)) /* said by a child that a stranger may have taken over */
		return pv_fail(cx, PV_EINTERNAL, "job fetch-chart: its answer is damaged: no digest");
	file = pv_printf(cx->arena, "%s/%s.tgz", folder, digest);
	*ret = pv_with(cx->arena, ret, "file", pv_string_ref(file));
	(void)utimensat(AT_FDCWD, file, NULL, 0);
	trim(cx->arena, folder);
	return 0;
}

int
charts_load(pv_ctx *cx, const char *file, const char *digest, pv_str *ret)
{
	const char *found;
	int r = pv_file_load(cx, file, ARCHIVE_MAX, ret);
	if (r < 0)
		return r;
	found = pv_sha256_hex(cx->arena, ret->s, ret->len);
	return pv_streq(found, digest)
		       ? 0
		       : pv_fail(cx, PV_EINTERNAL,
				 "%s was changed since it was fetched: its SHA-256 is %s; remove it", file,
				 found);
}

/* ---- of a server ---- */

static const char *
folder_of(pv_ctx *cx, pv_facts *facts)
{
	return pv_printf(cx->arena, "%s/charts", pv_facts_dir(facts));
}

const char *
charts_kept(pv_ctx *cx, pv_facts *facts, const char *digest)
{
	const char *file = pv_printf(cx->arena, "%s/%s.tgz", folder_of(cx, facts), digest);
	return access(file, R_OK) == 0 ? file : NULL;
}

/* What is known of {repo, chart, revision} lies beside the archives. */
static const char *
state_file(pv_ctx *cx, pv_facts *facts, const pv_val *args)
{
	const char *text = pv_printf(cx->arena, "%s\n%s\n%s\n%d%s", pv_text_at(args, "repo", ""),
				     pv_text_at(args, "chart", ""), pv_text_at(args, "revision", ""),
				     pv_truth_at(args, "passCredentials", false),
				     pv_truth_at(args, "image", false) ? "\nimage" : "");
	return pv_printf(cx->arena, "%s/%s.json", folder_of(cx, facts),
			 pv_sha256_hex(cx->arena, text, strlen(text)));
}

static bool
is_exact(const char *version)
{
	pv_str rest = pv_str_of(version), core;
	pv_semver v;
	if (*version == 'v')
		rest = pv_str_of(version + 1);
	return (pv_str_next(&rest, '+', &core) && pv_semver_parse(core, &v)) ||
	       pv_starts_with(version, "sha256:");
}

/* What was found last, if its archive is there; `old`: longer ago than a range may be believed. */
static const pv_val *
remembered(pv_ctx *cx, pv_facts *facts, const pv_val *args, bool *ret_old)
{
	const char *path = state_file(cx, facts, args);
	const pv_val *state = NULL;
	struct stat st;
	pv_str text;
	*ret_old = true;
	if (stat(path, &st) < 0)
		return NULL;
	if (pv_file_load(cx, path, STATE_MAX, &text) < 0 || pv_json_parse(cx, text, NULL, &state) < 0) {
		pv_recover(cx);
		return NULL;
	}
	if (access(pv_text_at(state, "file", ""), R_OK) < 0)
		return NULL;
	int64_t age = pv_now() - (st.st_mtim.tv_sec * PV_SEC + st.st_mtim.tv_nsec);
	*ret_old =
		!is_exact(pv_text_at(args, "revision", "")) && (age < 0 || age >= git_poll_period(cx, facts));
	return state;
}

static int
look(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret)
{
	const char *repo = pv_text_at(args, "repo", "");
	pv_val request;
	pv_objb b;
	pv_buf text;
	int r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "url", repo);
	pv_objb_puts(&b, "chart", pv_text_at(args, "chart", ""));
	pv_objb_puts(&b, "version", pv_text_at(args, "revision", ""));
	pv_objb_put(&b, "passCredentials", pv_bool(pv_truth_at(args, "passCredentials", false)));
	pv_objb_put(&b, "image", pv_bool(pv_truth_at(args, "image", false)));
	reach_put(pv_facts_api(facts), &b);
	r = git_add_access(cx, facts, repo, GIT_READ, &b);
	if (r < 0)
		return r;
	request = pv_objb_end(&b);
	r = charts_fetch(cx, folder_of(cx, facts), &request, ret);
	if (r < 0)
		return r;
	pv_buf_init(&text, cx->arena);
	pv_json_write(&text, ret);
	return pv_file_save(cx, state_file(cx, facts, args), (pv_str){text.s, text.len}, 0600);
}

int
charts_get(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret)
{
	bool old;
	const pv_val *state = remembered(cx, facts, args, &old);
	if (!old) {
		*ret = *state;
		return 0;
	}
	return look(cx, facts, args, ret);
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous PV_UNUSED, pv_val *ret)
{
	pv_val found;
	pv_objb b;
	int r = charts_get(cx, facts, args, &found);
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "commit", pv_text_at(&found, "version", ""));
	pv_objb_puts(&b, "tree", pv_text_at(&found, "digest", ""));
	pv_objb_puts(&b, "file", pv_text_at(&found, "file", ""));
	*ret = pv_objb_end(&b);
	return 0;
}

/* ---- images of manifests ---- */

/* A tag is looked up again and again, and unpacked when it is another image. */
static int
find_image(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	const char *revision = pv_text_at(args, "revision", ""), *manifest;
	pv_val with = pv_with(cx->arena, args, "image", pv_bool(true)), found;
	int r;
	with = pv_with(cx->arena, &with, "revision",
		       pv_string_ref(pv_streq(revision, "HEAD") ? "" : revision));
	r = charts_get(cx, facts, &with, &found);
	if (r < 0)
		return r;
	manifest = pv_text_at(&found, "manifest", "");
	if (previous && pv_streq(manifest, pv_text_at(previous, "commit", ""))) {
		*ret = *previous;
		return 0;
	}
	r = pv_git_unpack(cx, facts, pv_text_at(args, "repo", ""), pv_text_at(&found, "file", ""),
			  pv_streq(pv_text_at(&found, "media", ""), CHART_LAYER), ret);
	if (r == 0)
		*ret = pv_with(cx->arena, ret, "commit", pv_string_ref(manifest));
	return r;
}

static void
touch_image(pv_ctx *cx, pv_facts *facts, const pv_val *args)
{
	pv_val with = pv_with(cx->arena, args, "image", pv_bool(true));
	if (pv_streq(pv_text_at(args, "revision", ""), "HEAD"))
		with = pv_with(cx->arena, &with, "revision", pv_string_ref(""));
	(void)unlink(state_file(cx, facts, &with));
}

const pv_fact_kind charts_image_fact = {.name = IMAGE_FACT,
					.find = find_image,
					.touch = touch_image,
					.reads = git_access_types,
					.heeds = git_access_heeds,
					.refresh_ns = LOOK};

static void
touch(pv_ctx *cx, pv_facts *facts, const pv_val *args)
{
	(void)unlink(state_file(cx, facts, args));
}

const pv_fact_kind charts_version_fact = {.name = CHARTS_FACT,
					  .find = find,
					  .touch = touch,
					  .reads = git_access_types,
					  .heeds = git_access_heeds,
					  .refresh_ns = LOOK};
