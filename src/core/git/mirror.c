/* mirror: a bare copy of each repository.  It is fetched by one thread at a time (a lock
 * file) and not more often than its age allows; for a repository of this machine, not
 * unless its refs changed.  What is known of a mirror lies beside it in a file, so
 * nothing is kept in this process.  One fact a repository polls, whoever asks for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "core/git/mirror.h"
#include "core/git/reach.h"

#define LOOK_HERE (300 * PV_MS) /* how often the refs of a local repository are looked at */
#define LOOK_FAR (5 * PV_SEC)   /* how often a fact asks whether the mirror of a remote is old */

int
git_mirror_locate(pv_ctx *cx, pv_facts *facts, const char *repo, struct mirror *m)
{
	const char *base = pv_printf(cx->arena, "%s/git", pv_facts_dir(facts));
	char *plain = pv_git_plain_url(cx->arena, repo);
	int r = pv_starts_with(repo, "oci://") ? 0 : git_check_url(cx, repo); /* of an image: pv_git_unpack */
	if (r < 0)
		return r;
	m->dir = pv_printf(cx->arena, "%s/%s", base, git_mirror_name(cx->arena, repo));
	m->state = pv_printf(cx->arena, "%s.state", m->dir);
	m->touched = pv_printf(cx->arena, "%s.touched", m->dir);
	m->lock = pv_printf(cx->arena, "%s.lock", m->dir);
	m->plain = plain;
	m->local = NULL;
	if (mkdir(base, 0700) < 0 && errno != EEXIST)
		return pv_fail(cx, PV_EUNAVAILABLE, "cannot make %s: %s", base, strerror(errno));
	if (pv_git_local(cx->arena, repo, &m->local) && access(m->local, R_OK | X_OK) < 0)
		return pv_fail(cx, errno == ENOENT ? PV_ENOTFOUND : PV_EUNAVAILABLE, "repository %s: %s",
			       plain, strerror(errno));
	return 0;
}

/* The state file: "stamp\nrefs": what the remote looked like, and a digest of its refs.  Its time
 * is that when the fetch began, so that what was said meanwhile counts. */
struct state {
	const char *stamp, *refs; /* "" if there is no file */
	int64_t at;
};

static int64_t
time_of(const struct stat *st)
{
	return st->st_mtim.tv_sec * PV_SEC + st->st_mtim.tv_nsec;
}

static bool
set_time(int fd, int64_t at)
{
	struct timespec t = {.tv_sec = at / PV_SEC, .tv_nsec = at % PV_SEC};
	return futimens(fd, (const struct timespec[]){t, t}) == 0;
}

static void
read_state(pv_ctx *cx, const struct mirror *m, struct state *ret)
{
	char text[160];
	struct stat st;
	pv_str rest, line;
	int fd = open(m->state, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	*ret = (struct state){"", "", 0};
	if (n > 0 && fstat(fd, &st) == 0) {
		ret->at = time_of(&st);
		rest = (pv_str){text, (size_t)n};
		if (pv_str_next(&rest, '\n', &line))
			ret->stamp = pv_strndup(cx->arena, line.s, line.len);
		ret->refs = pv_strndup(cx->arena, rest.s, rest.len);
	}
	if (fd >= 0)
		close(fd);
}

static int
write_state(pv_ctx *cx, const struct mirror *m, const struct state *state)
{
	int fd = open(m->state, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *text = pv_printf(cx->arena, "%s\n%s", state->stamp, state->refs);
	bool ok =
		fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && set_time(fd, state->at);
	int saved = errno;
	if (fd >= 0)
		close(fd);
	return ok ? 0 : pv_fail(cx, PV_EUNAVAILABLE, "cannot write %s: %s", m->state, strerror(saved));
}

/* Is what the mirror holds still good? */
static bool
fresh(pv_arena *arena, const struct mirror *m, const struct state *was, const char *stamp, int64_t period)
{
	int64_t age = pv_now() - was->at;
	struct stat st;
	if (stat(m->touched, &st) == 0 && time_of(&st) >= was->at)
		return false;
	if (!*was->refs || access(pv_printf(arena, "%s/HEAD", m->dir), F_OK) < 0)
		return false;
	return m->local ? pv_streq(was->stamp, stamp) : age >= 0 && age < period;
}

static int
fetch(pv_ctx *cx, pv_facts *facts, const char *repo, const struct mirror *m, const char **ret_refs)
{
	const char *writes[] = {m->dir, NULL}, *reads[] = {m->local, NULL};
	pv_objb b;
	pv_val request, done;
	int r;
	if (mkdir(m->dir, 0700) < 0 && errno != EEXIST)
		return pv_fail(cx, PV_EUNAVAILABLE, "cannot make %s: %s", m->dir, strerror(errno));
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "mirror", m->dir);
	pv_objb_puts(&b, "name", m->plain);
	pv_objb_puts(&b, "url", m->local ? m->local : repo);
	reach_put(pv_facts_api(facts), &b);
	r = git_add_access(cx, facts, repo, GIT_READ, &b);
	if (r < 0)
		return r;
	request = pv_objb_end(&b);
	r = pv_job_run(cx, "git-fetch", &request, reads, writes, &done);
	if (r < 0 && !strstr(pv_error_text(cx), m->plain)) /* a limit of the job: of whose? */
		r = pv_wrap(cx, r, "repository %s", m->plain);
	*ret_refs = r < 0 ? "" : pv_text_at(&done, "refs", "");
	return r;
}

int
git_mirror_lock(pv_ctx *cx, const struct mirror *m, int *ret)
{
	*ret = open(m->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*ret >= 0 && flock(*ret, LOCK_EX) == 0)
		return 0;
	return pv_fail(cx, PV_EUNAVAILABLE, "cannot lock %s: %s", m->lock, strerror(errno));
}

/* The mirror, brought up to date if it is not; one thread at a time. */
static int
refresh(pv_ctx *cx, pv_facts *facts, const char *repo, struct mirror *m, const char **ret_refs)
{
	struct state state;
	const char *stamp;
	int lock, r = git_mirror_locate(cx, facts, repo, m);
	if (r < 0)
		return r;
	r = git_mirror_lock(cx, m, &lock);
	if (r < 0)
		return r;
	stamp = m->local ? git_local_stamp(cx->arena, m->local) : "remote";
	read_state(cx, m, &state);
	if (!fresh(cx->arena, m, &state, stamp, git_poll_period(cx, facts))) {
		state.stamp = stamp;
		state.at = pv_now();
		r = fetch(cx, facts, repo, m, &state.refs);
		if (r == 0)
			r = write_state(cx, m, &state);
	}
	close(lock);
	*ret_refs = state.refs;
	return r;
}

static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	struct mirror m;
	const char *refs = "";
	pv_objb b;
	int r = refresh(cx, facts, pv_text_at(args, "repo", ""), &m, &refs);
	if (r < 0)
		return r;
	if (previous && pv_streq(pv_text_at(previous, "refs", ""), refs)) {
		*ret = *previous;
		return 0;
	}
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "refs", refs);
	*ret = pv_objb_end(&b);
	return 0;
}

static void
touch(pv_ctx *cx, pv_facts *facts, const pv_val *args)
{
	struct mirror m;
	int fd;
	if (git_mirror_locate(cx, facts, pv_text_at(args, "repo", ""), &m) < 0) {
		pv_recover(cx);
		return;
	}
	fd = open(m.touched, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || !set_time(fd, pv_now()))
		(void)unlink(m.state);
	if (fd >= 0)
		close(fd);
}

const char *
git_mirror_fact(pv_arena *arena, const char *repo)
{
	const char *path;
	return pv_git_local(arena, repo, &path) ? "git-local" : "git-remote";
}

const pv_fact_kind git_local_fact = {.name = "git-local",
				     .find = find,
				     .touch = touch,
				     .refresh_ns = LOOK_HERE,
				     .retry_most_ns = LOOK_HERE};
const pv_fact_kind git_remote_fact = {.name = "git-remote",
				      .find = find,
				      .touch = touch,
				      .reads = git_access_types,
				      .heeds = git_access_heeds,
				      .refresh_ns = LOOK_FAR};
