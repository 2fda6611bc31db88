/* integrity: what a project wants to be signed before it is synced.
 * https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/ */
#include "delivery/application/integrity.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/chart.h"
#include "delivery/application/project.h"
#include "lang/glob/glob.h"

#define PROBLEMS_MOST 10
#define ID 16          /* digits of a key's id */
#define FINGERPRINT 40 /* its last digits are the id */

/* What must hold for a source. */
struct demand {
	const pv_val *keys;
	bool by_object; /* keys are {keyID} */
	bool all;       /* every commit, not the newest only */
};

/* "source NAME: ", or "source 2 of 3: "; nothing if there is one only. */
static const char *
which(const app *a)
{
	size_t n = (size_t)(a->from - PV_AT(app_source, &a->sources, 0)) + 1;
	const char *name = pv_text_at(a->from->spec, "name", "");
	if (!a->many)
		return "";
	return *name ? pv_printf(a->cx->arena, "source %s: ", name)
		     : pv_printf(a->cx->arena, "source %zu of %zu: ", n, a->sources.len);
}

/* ---- which policy ---- */

/* One pattern that begins with "!" and fits keeps it out, whatever others say.  What names one repository means it
 * however an Application spells it. */
static bool
is_about(const pv_val *policy, const char *repo)
{
	const pv_val *repos = pv_get(policy, "repos");
	bool about = false;
	for (size_t i = 0; i < pv_count(repos); i++) {
		const char *pattern = pv_text_at(pv_item(repos, i), "url", "");
		if (*pattern == '!' && pv_glob_spans(pattern + 1, repo))
			return false;
		about = about ||
			(*pattern != '!' && (pv_glob_spans(pattern, repo) || pv_git_same(pattern, repo)));
	}
	return about;
}

/* 1, 0: nothing is demanded, -1: it cannot be said what, and so nothing may be synced (a condition says so). */
static int
demand_of_policies(app *a, const pv_val *policies, struct demand *ret)
{
	const pv_val *policy = NULL;
	const char *mode;
	size_t n = 0;
	for (size_t i = 0; i < pv_count(policies); i++)
		if (is_about(pv_item(policies, i), a->from->repo)) {
			policy = pv_item(policies, i);
			n++;
		}
	mode = pv_text_at(policy, "gpg.mode", "none");
	if (n > 1) {
		app_condition(a, "ComparisonError",
			      "%smultiple (%zu) git source integrity policies found for repo URL: %s",
			      which(a), n, a->from->repo);
		return -1;
	}
	if (!pv_streq(mode, "none") && !pv_streq(mode, "head") && !pv_streq(mode, "strict")) {
		app_condition(
			a, "ComparisonError",
			"%sunknown GPG mode \"%s\" configured for GIT source integrity: expected none, head "
			"or strict",
			which(a), mode);
		return -1;
	}
	*ret = (struct demand){.keys = pv_at(policy, "gpg.keys"), .all = pv_streq(mode, "strict")};
	return !pv_streq(mode, "none");
}

/* signatureKeys are the older form, and count where the newer one says nothing. */
static int
demand_of(app *a, struct demand *ret)
{
	const pv_val *spec = pv_get(project_of(a), "spec"), *integrity = pv_get(spec, "sourceIntegrity"),
		     *keys = pv_get(spec, "signatureKeys");
	if (chart_is_packed(a->from) || pv_starts_with(a->from->repo, "oci://"))
		return 0;
	if (integrity)
		return demand_of_policies(a, pv_at(integrity, "git.policies"), ret);
	*ret = (struct demand){.keys = keys, .by_object = true};
	return pv_count(keys) > 0;
}

/* ---- whether it is met ---- */

static bool
is_key(const char *wanted, const char *key)
{
	size_t n = strlen(wanted);
	wanted += n == FINGERPRINT ? FINGERPRINT - ID : 0;
	return *key && strcasecmp(wanted, key) == 0;
}

/* Of a part of a key, the whole one counts, too. */
static bool
is_permitted(const struct demand *demand, const pv_val *signature)
{
	for (size_t i = 0; i < pv_count(demand->keys); i++) {
		const pv_val *row = pv_item(demand->keys, i);
		const char *wanted = demand->by_object ? pv_text_at(row, "keyID", "") : pv_text(row, "");
		if (is_key(wanted, pv_text_at(signature, "key", "")) ||
		    is_key(wanted, pv_text_at(signature, "primary", "")))
			return true;
	}
	return false;
}

/* In Argo CD's words. */
static bool
is_good(app *a, const struct demand *demand, const pv_val *signature)
{
	const char *result = pv_text_at(signature, "result", "");
	bool good = pv_streq(result, "good");
	if (good && is_permitted(demand, signature))
		return true;
	app_condition(a, "ComparisonError", "GIT/GPG: %sFailed verifying revision %s by '%s': %s (key_id=%s)",
		      which(a), pv_text_at(signature, "revision", ""), pv_text_at(signature, "author", ""),
		      good ? "signed with unallowed key" : result, pv_text_at(signature, "key", ""));
	return false;
}

static int
ask(app *a, const struct demand *demand, const pv_val **ret)
{
	pv_val args;
	pv_objb b;
	pv_objb_init(&b, a->cx->arena);
	pv_objb_puts(&b, "repo", a->from->repo);
	pv_objb_puts(&b, "revision", a->from->found_by);
	pv_objb_put(&b, "all", pv_bool(demand->all));
	args = pv_objb_end(&b);
	return pv_plan_fact_since(a->cx, a->plan, "git-signatures", &args, a->since, ret);
}

int
integrity_check(app *a)
{
	const pv_val *found, *signatures;
	struct demand demand;
	size_t bad = 0;
	int r = demand_of(a, &demand);
	a->unverified = a->unverified || r < 0;
	if (r <= 0)
		return 1;
	if (pv_count(pv_get(a->asked, "manifests"))) {
		app_condition(a, "ComparisonError",
			      "%sCannot use local manifests when signature verification is required",
			      which(a));
		a->unverified = true;
		return 1;
	}
	r = ask(a, &demand, &found);
	if (r <= 0)
		return r;
	if (!pv_streq(pv_text_at(found, "commit", ""), a->from->revision))
		return 0; /* one of the two is of older refs, and is told when it is not any more */
	signatures = pv_get(found, "signatures");
	for (size_t i = 0; i < pv_count(signatures) && bad < PROBLEMS_MOST; i++)
		bad += !is_good(a, &demand, pv_item(signatures, i));
	a->unverified = a->unverified || bad || !pv_count(signatures);
	return 1;
}
