/* asking: the generators whose parameters somebody else tells: scmProvider, pullRequest and plugin.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-SCM-Provider/ */
#include <string.h>

#include "base/str.h"
#include "delivery/applicationset/appset.h"
#include "delivery/applicationset/forge.h"

#define OFTEN 1800 /* seconds, if the generator does not say */
#define SLUG_MOST 50

/* ---- what is asked ---- */

static pv_val
reference(appset *s, const char *ns, const char *name, const char *key)
{
	pv_objb b;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "namespace", ns);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "key", key);
	return pv_objb_end(&b);
}

static void
put_references(appset *s, const pv_val *provider, pv_objb *args)
{
	const pv_val *token = pv_get(provider, "tokenRef"), *ca = pv_get(provider, "caRef");
	if (token)
		pv_objb_put(args, "secret",
			    reference(s, s->ns, pv_text_at(token, "secretName", ""),
				      pv_text_at(token, "key", "")));
	if (ca)
		pv_objb_put(
			args, "ca",
			reference(s, s->ns, pv_text_at(ca, "configMapName", ""), pv_text_at(ca, "key", "")));
}

/* What a forge is asked besides whose it is.  Of a matrix in a matrix the definition leaves open what a provider says, so
 * nothing else of it comes into the question: `secret` there would be another's. */
static void
put_wishes(const pv_val *provider, pv_objb *args)
{
	static const char *const names[] = {"api",
					    "insecure",
					    "allBranches",
					    "labels",
					    "excludeArchivedRepos",
					    "includeSubgroups",
					    "includeSharedProjects",
					    "includeArchivedRepos",
					    "topic"};
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_get(provider, names[i]))
			pv_objb_put(args, names[i], *pv_get(provider, names[i]));
}

/* The provider that the generator names. */
static int
question(appset *s, const pv_val *of, const char *field, const char *ask, pv_val *ret)
{
	static const char *const providers[] = {"github",      "gitlab",          "gitea",
						"bitbucket",   "bitbucketServer", "azureDevOps",
						"azuredevops", "awsCodeCommit"};
	static const char *const owners[] = {"owner", "organization", "group"};
	const pv_val *provider = NULL;
	const char *owner = NULL, *repo;
	size_t i = 0;
	pv_objb b;
	while (i < PV_LEN(providers) && !(provider = pv_get(of, providers[i])))
		i++;
	if (!provider)
		return pv_fail(s->cx, PV_EINVALID, "%s: expected github, gitlab or gitea, found none", field);
	if (!forge_of(providers[i]))
		return pv_fail(s->cx, PV_EUNSUPPORTED,
			       "%s.%s is not supported yet: only github, gitlab and gitea are", field,
			       providers[i]);
	if (pv_get(provider, "appSecretName"))
		return pv_fail(s->cx, PV_EUNSUPPORTED,
			       "%s.%s.appSecretName is not supported yet: give a tokenRef", field,
			       providers[i]);
	for (size_t k = 0; !owner && k < PV_LEN(owners); k++)
		owner = pv_text_at(provider, owners[k], NULL);
	repo = pv_text_at(provider, "repo", pv_text_at(provider, "project", ""));
	pv_objb_init(&b, s->cx->arena);
	put_wishes(provider, &b);
	pv_objb_puts(&b, "ask", ask);
	pv_objb_puts(&b, "forge", providers[i]);
	pv_objb_puts(&b, "owner", owner ? owner : "");
	pv_objb_puts(&b, "repo", repo);
	pv_objb_puts(&b, "state", pv_text_at(provider, "pullRequestState", NULL));
	pv_objb_puts(&b, "watch",
		     !*repo  ? owner
		     : owner ? pv_printf(s->cx->arena, "%s/%s", owner, repo)
			     : repo);
	if (pv_get(of, "filters"))
		pv_objb_put(&b, "filters", *pv_get(of, "filters"));
	put_references(s, provider, &b);
	*ret = pv_objb_end(&b);
	return 0;
}

static const char *
start_of(appset *s, const char *text, size_t n)
{
	return pv_strndup(s->cx->arena, text, strlen(text) < n ? strlen(text) : n);
}

/* ---- repositories ---- */

static const char *
joined(appset *s, const pv_val *labels)
{
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	for (size_t i = 0; i < pv_count(labels); i++)
		pv_buf_printf(&b, "%s%s", i ? "," : "", pv_text(pv_item(labels, i), ""));
	return b.len ? b.s : "";
}

static int
push_repo(appset *s, const pv_val *of, const pv_val *item, bool https, pv_vec *ret)
{
	const char *sha = pv_text_at(item, "sha", ""), *branch = pv_text_at(item, "branch", "");
	const pv_val *id = pv_get(item, "repository_id");
	pv_val set;
	pv_objb b;
	int r;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "organization", pv_text_at(item, "organization", ""));
	pv_objb_puts(&b, "repository", pv_text_at(item, "repository", ""));
	if (id)
		pv_objb_put(&b, "repository_id",
			    s->go ? *id : pv_string_ref(pv_scalar_text(s->cx->arena, id)));
	pv_objb_puts(&b, "url", pv_text_at(item, https ? "https" : "ssh", ""));
	pv_objb_puts(&b, "branch", branch);
	pv_objb_puts(&b, "sha", sha);
	pv_objb_puts(&b, "short_sha", start_of(s, sha, 8));
	pv_objb_puts(&b, "short_sha_7", start_of(s, sha, 7));
	pv_objb_puts(&b, "labels", joined(s, pv_get(item, "labels")));
	pv_objb_puts(&b, "branchNormalized", appset_name_normalized(s->cx->arena, pv_str_of(branch)));
	set = pv_objb_end(&b);
	r = appset_params_add_values(s, pv_get(of, "values"), &set);
	return r < 0 ? r : appset_params_push(s, ret, set);
}

static int
find_repos(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	const char *protocol = pv_text_at(of, "cloneProtocol", "ssh");
	const pv_val *answer, *items;
	pv_val args;
	int r = question(s, of, field, "repos", &args);
	if (r == 0 && *protocol && !pv_streq(protocol, "ssh") && !pv_streq(protocol, "https"))
		r = pv_fail(s->cx, PV_EINVALID, "%s.cloneProtocol: expected https or ssh, found \"%.*s\"",
			    field, PV_CLIP(protocol));
	if (r < 0)
		return r;
	if (!appset_fact(s, FORGE_FACT, &args, of, OFTEN, &answer, &r))
		return r < 0 ? pv_wrap(s->cx, r, "%s: error listing repos", field) : 0;
	items = pv_get(answer, "items");
	for (size_t i = 0; r == 0 && i < pv_count(items); i++)
		r = push_repo(s, of, pv_item(items, i), pv_streq(protocol, "https"), ret);
	return r;
}

/* ---- pull requests ---- */

static int
push_pull(appset *s, const pv_val *of, const pv_val *item, pv_vec *ret)
{
	const char *sha = pv_text_at(item, "head_sha", ""), *branch = pv_text_at(item, "branch", ""),
		   *target = pv_text_at(item, "target_branch", "");
	pv_val set;
	pv_objb b;
	int r;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "number", pv_text_at(item, "number", ""));
	pv_objb_puts(&b, "title", pv_text_at(item, "title", ""));
	pv_objb_puts(&b, "branch", branch);
	pv_objb_puts(&b, "branch_slug", appset_name_slug(s->cx->arena, pv_str_of(branch), SLUG_MOST, true));
	pv_objb_puts(&b, "target_branch", target);
	pv_objb_puts(&b, "target_branch_slug",
		     appset_name_slug(s->cx->arena, pv_str_of(target), SLUG_MOST, true));
	pv_objb_puts(&b, "head_sha", sha);
	pv_objb_puts(&b, "head_short_sha", start_of(s, sha, 8));
	pv_objb_puts(&b, "head_short_sha_7", start_of(s, sha, 7));
	pv_objb_puts(&b, "author", pv_text_at(item, "author", ""));
	if (s->go && pv_get(item, "labels"))
		pv_objb_put(&b, "labels", *pv_get(item, "labels"));
	set = pv_objb_end(&b);
	r = appset_params_add_values(s, pv_get(of, "values"), &set);
	return r < 0 ? r : appset_params_push(s, ret, set);
}

static int
find_pulls(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	const pv_val *answer, *items;
	pv_val args;
	int r = question(s, of, field, "pulls", &args);
	if (r < 0)
		return r;
	if (!appset_fact(s, FORGE_FACT, &args, of, OFTEN, &answer, &r)) {
		if (r == -PV_ENOTFOUND && pv_truth_at(of, "continueOnRepoNotFoundError", false)) {
			pv_recover(s->cx);
			return 0;
		}
		return r < 0 ? pv_wrap(s->cx, r, "%s: error listing repos", field) : 0;
	}
	items = pv_get(answer, "items");
	for (size_t i = 0; r == 0 && i < pv_count(items); i++)
		r = push_pull(s, of, pv_item(items, i), ret);
	return r;
}

/* ---- a plugin ---- */

static int
push_plugin(appset *s, const pv_val *of, const pv_val *item, const pv_val *input, pv_vec *ret)
{
	pv_val set = *item, from = pv_null();
	int r = s->go ? 0 : appset_params_flat(s, item, &set);
	if (r < 0)
		return r;
	from = pv_with_at(s->cx->arena, &from, "input.parameters", *input);
	set = pv_with(s->cx->arena, &set, "generator", from);
	r = appset_params_add_values(s, pv_get(of, "values"), &set);
	return r < 0 ? r : appset_params_push(s, ret, set);
}

static int
find_plugin(appset *s, const pv_val *of, const char *field, int depth PV_UNUSED, pv_vec *ret)
{
	const pv_val *input = pv_at(of, "input.parameters"), *answer, *items;
	pv_val none, args;
	pv_objb b, empty;
	int r;
	pv_objb_init(&empty, s->cx->arena);
	none = pv_objb_end(&empty);
	input = input ? input : &none;
	pv_objb_init(&b, s->cx->arena);
	pv_objb_put(&b, "map", reference(s, APPSET_HOME, pv_text_at(of, "configMapRef.name", ""), NULL));
	pv_objb_puts(&b, "name", s->name);
	pv_objb_put(&b, "input", *input);
	args = pv_objb_end(&b);
	if (!appset_fact(s, PLUGIN_FACT, &args, of, OFTEN, &answer, &r))
		return r < 0 ? pv_wrap(s->cx, r, "%s: error listing params", field) : 0;
	items = pv_get(answer, "items");
	for (size_t i = 0; r == 0 && i < pv_count(items); i++)
		r = pv_is(pv_item(items, i), PV_OBJECT)
			    ? push_plugin(s, of, pv_item(items, i), input, ret)
			    : pv_fail(s->cx, PV_EINVALID,
				      "%s: expected a list of maps, found %s in place %zu", field,
				      pv_type_name(pv_item(items, i)), i);
	return r;
}

const generator scm_generator = {"scmProvider", find_repos};
const generator pull_generator = {"pullRequest", find_pulls};
const generator plugin_generator = {"plugin", find_plugin};
