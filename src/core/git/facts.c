/* facts: from a repository's name to what is in it.  A mirror is fetched by one thread
 * at a time (a lock file) and not more often than its age allows; for a repository of
 * this machine, not unless its refs changed.  What is known of a mirror lies beside it
 * in a file, so nothing is kept in this process. */
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

#define LOOK_AGAIN (1500 * PV_MS) /* how often a fact asks whether its mirror is old */

struct mirror {
	const char *dir;   /* the bare repository */
	const char *state; /* file: what the remote was when it was fetched; its age is the mirror's */
	const char *lock;
	const char *local; /* path of a remote on this machine, or NULL */
	const char *plain; /* URL without credentials, for people */
};

static int
locate(pv_ctx *cx, pv_facts *facts, const char *repo, struct mirror *m)
{
	const char *base = pv_printf(cx->arena, "%s/git", pv_facts_dir(facts));
	char *plain = pv_git_plain_url(cx->arena, repo);
	m->dir = pv_printf(cx->arena, "%s/%s", base, git_mirror_name(cx->arena, repo));
	m->state = pv_printf(cx->arena, "%s.state", m->dir);
	m->lock = pv_printf(cx->arena, "%s.lock", m->dir);
	m->plain = plain;
	m->local = NULL;
	if (mkdir(base, 0700) < 0 && errno != EEXIST)
		return pv_fail(cx, PV_EUNAVAILABLE, "cannot make %s: %s", base, strerror(errno));
	if (pv_git_local(cx->arena, repo, &m->local) && access(m->local, R_OK | X_OK) < 0)
		return pv_fail(cx, PV_ENOTFOUND, "repository %s: %s", plain, strerror(errno));
	return 0;
}

/* The state file: "stamp\nrefs": what the remote looked like, and a digest of its refs. */
struct state {
	const char *stamp, *refs; /* "" if there is no file */
	int64_t at;
};

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
		ret->at = st.st_mtim.tv_sec * PV_SEC + st.st_mtim.tv_nsec;
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
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	int saved = errno;
	if (fd >= 0)
		close(fd);
	return ok ? 0 : pv_fail(cx, PV_EUNAVAILABLE, "cannot write %s: %s", m->state, strerror(saved));
}

/* Is what the mirror holds still good? */
static bool
fresh(const struct mirror *m, const struct state *was, const char *stamp, int64_t period)
{
	int64_t age = pv_now() - was->at;
	if (!*was->refs)
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
	r = git_add_access(cx, facts, repo, &b);
	if (r < 0)
		return r;
	request = pv_objb_end(&b);
	r = pv_job_run(cx, "git-fetch", &request, reads, writes, &done);
	*ret_refs = r < 0 ? "" : pv_text_at(&done, "refs", "");
	return r;
}

/* The mirror, brought up to date if it is not; one thread at a time. */
static int
refresh(pv_ctx *cx, pv_facts *facts, const char *repo, struct mirror *m, const char **ret_refs)
{
	struct state state;
	const char *stamp;
	int lock, r = locate(cx, facts, repo, m);
	if (r < 0)
		return r;
	lock = open(m->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return pv_fail(cx, PV_EUNAVAILABLE, "cannot lock %s: %s", m->lock, strerror(errno));
	stamp = m->local ? git_local_stamp(cx->arena, m->local) : "remote";
	read_state(cx, m, &state);
	if (!fresh(m, &state, stamp, git_poll_period(cx, facts))) {
		state.stamp = stamp;
		r = fetch(cx, facts, repo, m, &state.refs);
		if (r == 0)
			r = write_state(cx, m, &state);
	}
	close(lock);
	*ret_refs = state.refs;
	return r;
}

static int
ask(pv_ctx *cx, const char *job, const struct mirror *m, const pv_val *args, pv_val *ret)
{
	const char *reads[] = {m->dir, NULL};
	pv_val request = pv_with(cx->arena, args, "mirror", pv_string(cx->arena, m->dir));
	request = pv_with(cx->arena, &request, "name", pv_string(cx->arena, m->plain));
	return pv_job_run(cx, job, &request, reads, NULL, ret);
}

/* The answer depends on the mirror's refs alone: if they did not move, no child is needed. */
static int
find_tree(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	struct mirror m;
	const char *refs = NULL;
	int r = refresh(cx, facts, pv_text_at(args, "repo", ""), &m, &refs);
	if (r < 0)
		return r;
	if (previous && pv_streq(pv_text_at(previous, "refs", ""), refs)) {
		*ret = *previous;
		return 0;
	}
	r = ask(cx, "git-tree", &m, args, ret);
	if (r == 0)
		*ret = pv_with(cx->arena, ret, "refs", pv_string(cx->arena, refs));
	return r;
}

/* A commit's files never change: found out once. */
static int
find_files(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	struct mirror m;
	int r;
	if (previous) {
		*ret = *previous;
		return 0;
	}
	r = locate(cx, facts, pv_text_at(args, "repo", ""), &m);
	return r < 0 ? r : ask(cx, "git-files", &m, args, ret);
}

int
pv_git_files(pv_ctx *cx, pv_facts *facts, const char *repo, const char *commit, const pv_val *globs, pv_val *ret)
{
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "commit", commit);
	pv_objb_put(&b, "paths", *globs);
	args = pv_objb_end(&b);
	return find_files(cx, facts, &args, NULL, ret);
}

static void
touch(pv_ctx *cx, pv_facts *facts, const pv_val *args)
{
	struct mirror m;
	if (locate(cx, facts, pv_text_at(args, "repo", ""), &m) == 0)
		(void)unlink(m.state);
	else
		pv_recover(cx);
}

void
pv_git_touch(pv_ctx *cx, pv_facts *facts, const char *repo)
{
	pv_facts_touch_all(cx, facts, "git-tree", "repo", repo, pv_git_same);
}

const pv_fact_kind git_tree_fact = {.name = "git-tree", .find = find_tree, .touch = touch, .refresh_ns = LOOK_AGAIN};
const pv_fact_kind git_files_fact = {.name = "git-files", .find = find_files};
