/* payload: https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/ */
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/vec.h"
#include "delivery/webhook/webhook.h"

/* ---- which repository ---- */

static void
add(pv_vec *ret, const pv_val *url)
{
	const char *text = pv_text(url, "");
	if (*text)
		pv_vec_push(ret, &text);
}

void
webhook_repositories(pv_arena *arena, const pv_val *payload, pv_vec *ret)
{
	static const char *const paths[] = {
		"repository.clone_url",
		"repository.html_url",
		"repository.ssh_url", /* GitHub, Gitea, Gogs */
		"project.git_http_url",
		"project.git_ssh_url",
		"project.web_url",               /* GitLab */
		"resource.repository.remoteUrl", /* Azure DevOps */
		"repository.links.html.href",    /* Bitbucket */
	};
	const pv_val *clones = pv_at(payload, "repository.links.clone"); /* Bitbucket Server */
	pv_vec_init(ret, arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(paths); i++)
		add(ret, pv_at(payload, paths[i]));
	for (size_t i = 0; i < pv_count(clones); i++)
		add(ret, pv_get(pv_item(clones, i), "href"));
}

/* ---- who says so ---- */

bool
webhook_proof_of(const char *(*header)(const void *arg, const char *name), const void *arg,
		 struct webhook_proof *ret)
{
	/* Gitea and Gogs come first: they also send GitHub's headers. */
	static const struct {
		const char *event, *proof;
		struct webhook_proof found;
	} forges[] = {
		{"X-Gitea-Event", "X-Gitea-Signature", {"gogs", "webhook.gogs.secret", NULL, false}},
		{"X-Gogs-Event", "X-Gogs-Signature", {"gogs", "webhook.gogs.secret", NULL, false}},
		{"X-GitHub-Event", "X-Hub-Signature-256", {"github", "webhook.github.secret", NULL, false}},
		{"X-Gitlab-Event", "X-Gitlab-Token", {"gitlab", "webhook.gitlab.secret", NULL, true}},
		{"X-Event-Key",
		 "X-Hub-Signature",
		 {"bitbucketserver", "webhook.bitbucketserver.secret", NULL, false}},
		{"X-Vss-Activityid",
		 "Authorization",
		 {"azuredevops", "webhook.azuredevops.password", NULL, true}},
	};
	for (size_t i = 0; i < PV_LEN(forges); i++)
		if (header(arg, forges[i].event)) {
			*ret = forges[i].found;
			ret->given = header(arg, forges[i].proof);
			return true;
		}
	return false;
}

bool
webhook_proven(pv_arena *arena, const struct webhook_proof *proof, const char *secret, pv_str body)
{
	const char *given = proof->given ? proof->given : "";
	uint8_t mac[32];
	if (pv_streq(proof->forge, "azuredevops")) { /* "Basic base64(user:password)" */
		size_t len = 0;
		const char *plain =
			pv_starts_with(given, "Basic ")
				? (const char *)pv_unbase64(arena, pv_str_of(given + 6), false, &len)
				: NULL;
		pv_str rest = {plain, plain ? len : 0}, user;
		return plain && pv_str_next(&rest, ':', &user) && pv_same_secret(rest, pv_str_of(secret));
	}
	if (proof->is_token)
		return pv_same_secret(pv_str_of(given), pv_str_of(secret));
	if (pv_starts_with(given, "sha256="))
		given += 7;
	pv_hmac_sha256(pv_str_of(secret), body.s, body.len, mac);
	return pv_same_secret(pv_str_of(given), pv_str_of(pv_hex(arena, mac, sizeof(mac))));
}
