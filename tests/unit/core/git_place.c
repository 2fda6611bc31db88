#include "unit/core/git_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"

static void
on_change(void *arg, const char *key PV_UNUSED)
{
	git_place *p = arg;
	pthread_mutex_lock(&p->lock);
	p->changes++;
	pthread_cond_broadcast(&p->news);
	pthread_mutex_unlock(&p->lock);
}

void
git_place_shell(git_place *p, const char *script)
{
	static const char env[] = "export HOME=/nonexistent GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Mara "
				  "GIT_AUTHOR_EMAIL=mara@example.org "
				  "GIT_COMMITTER_NAME=Mara GIT_COMMITTER_EMAIL=mara@example.org; set -e; "
				  "exec >/dev/null 2>&1; ";
	const char *line = pv_printf(p->w->cx.arena, "cd %s; %s%s", p->dir, env, script);
	if (system(line) != 0)
		fail_msg("%s", script);
}

int
git_place_open(void **state)
{
	git_place *p = calloc(1, sizeof(*p));
	void *w = NULL;
	*state = p;
	if (world_open(&w) != 0)
		return -1;
	p->w = w;
	folder_make(p->dir);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->news, NULL);
	if (pv_facts_open(&p->w->cx, p->dir, 2, &p->facts) < 0)
		return -1;
	pv_facts_listen(p->facts, on_change, p);
	pv_facts_set_api(p->facts, p->w->api);
	git_place_shell(
		p,
		"git init -q -b main repo; cd repo; mkdir -p deploy/sub docs; echo one >deploy/a.yaml; echo "
		"two >deploy/sub/b.yaml; "
		"echo hello >docs/read.md; ln -s /etc/passwd deploy/link.yaml; git add .; git commit -qm "
		"'First words' -m body; "
		"git tag light; git tag -a annotated -m 'A tag'; git checkout -qb other; echo three "
		">deploy/c.yaml; git add .; "
		"git commit -qm Second; git checkout -q main");
	return 0;
}

int
git_place_close(void **state)
{
	git_place *p = *state;
	void *w = p->w;
	int r;
	pv_facts_close(p->facts);
	folder_remove(p->dir);
	r = world_close(&w);
	free(p);
	return r;
}

static pv_val
question(git_place *p, const char *repo, const char *revision, const char *path)
{
	pv_arena *arena = p->w->cx.arena;
	pv_objb b;
	pv_objb_init(&b, arena);
	pv_objb_put(&b, "repo",
		    pv_stringf(arena, "%s%s",
			       *repo == '/' || strchr(repo, ':') ? "" : pv_printf(arena, "%s/", p->dir),
			       repo));
	pv_objb_puts(&b, "revision", revision);
	pv_objb_puts(&b, "path", path);
	return pv_objb_end(&b);
}

/* The fact, or its error's text; `member` differs from `was` in it. */
const pv_val *
git_place_know(git_place *p, const char *repo, const char *revision, const char *path, const char *was)
{
	int64_t deadline = pv_mono() + 120 * PV_SEC;
	pv_val args = question(p, repo, revision, path);
	for (;;) {
		const pv_val *value;
		const char *key;
		struct timespec until;
		unsigned seen;
		int r;
		pthread_mutex_lock(&p->lock);
		seen = p->changes;
		pthread_mutex_unlock(&p->lock);
		r = pv_facts_get(&p->w->cx, p->facts,
				 &(pv_question){.fact = "git-tree", .args = &args, .asker = "default"},
				 &value, &key);
		if (r < 0) {
			pv_val text = pv_string(p->w->cx.arena, pv_error_text(&p->w->cx));
			pv_recover(&p->w->cx);
			return pv_box(p->w->cx.arena, text);
		}
		if (r == 1 && !pv_streq(pv_text_at(value, "commit", ""), was))
			return value;
		if (pv_mono() > deadline)
			fail_msg("nothing new about %s at %s within 120s", repo, revision);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_mutex_lock(&p->lock);
		while (p->changes == seen && pthread_cond_timedwait(&p->news, &p->lock, &until) == 0)
			;
		pthread_mutex_unlock(&p->lock);
	}
}
