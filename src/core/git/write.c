/* write: what Pave commits itself, and where it may: only an administrator's Secret for writing says so, for a
 * repository of this machine, too.  https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/ */
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "core/git/mirror.h"
#include "core/git/reach.h"

/* Is the Secret there, and for this project? */
static int
permit(pv_ctx *cx, const struct mirror *m, const pv_val *request, const char *project)
{
	const char *secret = pv_text_at(request, "secret", NULL),
		   *only = pv_text_at(request, "ofProject", "");
	if (secret == NULL)
		return pv_fail(
			cx, PV_EFORBIDDEN,
			"repository %s: Pave may not push to it: expected a Secret with its url, labelled " GIT_SECRET_TYPE
			"=repository-write (or repo-write-creds) in namespace argocd",
			m->plain);
	if (*only && !pv_streq(only, project))
		return pv_fail(cx, PV_EFORBIDDEN,
			       "repository %s: Secret %s lets project \"%s\" push to it, and not \"%s\"",
			       m->plain, secret, only, project);
	return 0;
}

static int
request_of(pv_ctx *cx, pv_facts *facts, const char *repo, const struct mirror *m, const pv_val *change,
	   pv_val *ret)
{
	pv_objb b;
	int r;
	pv_objb_from(&b, cx->arena, change);
	pv_objb_puts(&b, "name", m->plain);
	pv_objb_puts(&b, "url", m->local ? m->local : repo);
	if (m->local)
		pv_objb_put(&b, "local", pv_bool(true));
	else
		pv_objb_puts(&b, "mirror", m->dir);
	reach_put(pv_facts_api(facts), &b);
	r = git_add_access(cx, facts, repo, GIT_WRITE, &b);
	*ret = pv_objb_end(&b);
	return r < 0 ? r : permit(cx, m, ret, pv_text_at(change, "project", ""));
}

int
pv_git_push(pv_ctx *cx, pv_facts *facts, const char *repo, const pv_val *change, pv_val *ret)
{
	const char *writes[] = {NULL, NULL};
	struct mirror m;
	pv_val request;
	int lock = -1, r = git_mirror_locate(cx, facts, repo, &m);
	if (r == 0)
		r = request_of(cx, facts, repo, &m, change, &request);
	if (r == 0 && !m.local)
		r = pv_dir_make(cx, m.dir, 0700);
	if (r == 0)
		r = git_mirror_lock(cx, &m, &lock);
	if (r < 0)
		return r;
	writes[0] = m.local ? m.local : m.dir;
	r = pv_job_run(cx, m.local ? "git-write" : "git-push", &request, NULL, writes, ret);
	close(lock);
	if (r == 0)
		pv_git_touch(cx, facts, repo);
	return r;
}
