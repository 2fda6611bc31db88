/* hook: argocd.argoproj.io/hook, and Helm's own annotations as Argo CD reads them.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/ */
#include "delivery/application/hook.h"

#include "base/str.h"

#define HOOK "argocd.argoproj.io/hook"
#define HELM_HOOK "helm.sh/hook"

static const char *const names[] = {"PreSync", "Sync", "PostSync", "SyncFail", "", "PreDelete", "PostDelete"};

static const struct {
	const char *helm;
	enum phase phase;
} helm_hooks[] = {
	{"pre-install", PHASE_PRE},          {"pre-upgrade", PHASE_PRE},
	{"post-install", PHASE_POST},        {"post-upgrade", PHASE_POST},
	{"pre-delete", PHASE_BEFORE_DELETE}, {"post-delete", PHASE_AFTER_DELETE},
};

static pv_str
annotation(const pv_val *object, const char *key)
{
	return pv_strv(pv_get(pv_at(object, "metadata.annotations"), key));
}

static bool
listed(pv_str text, const char *word)
{
	pv_str piece;
	while (pv_str_next(&text, ',', &piece))
		if (pv_str_is(pv_str_trim(piece), word))
			return true;
	return false;
}

bool
hook_is(const pv_val *object)
{
	pv_str own = annotation(object, HOOK), helm = annotation(object, HELM_HOOK);
	return own.len > 0 || (helm.len > 0 && !listed(helm, "crd-install"));
}

const char *
phase_name(enum phase phase)
{
	return names[phase];
}

enum phase
phase_named(const char *name)
{
	for (int p = PHASE_PRE; p < PHASE_NONE; p++)
		if (pv_streq(names[p], name))
			return (enum phase)p;
	return PHASE_NONE;
}

bool
hook_runs(const pv_val *object, enum phase phase)
{
	pv_str own = annotation(object, HOOK), helm = annotation(object, HELM_HOOK);
	if (own.len)
		return listed(own, names[phase]);
	for (size_t i = 0; i < PV_LEN(helm_hooks); i++)
		if (helm_hooks[i].phase == phase && listed(helm, helm_hooks[i].helm))
			return true;
	return false;
}

const char *
hook_unknown(pv_arena *arena, const pv_val *object)
{
	static const char known[] = "PreSync,Sync,PostSync,SyncFail,PreDelete,PostDelete,Skip";
	pv_str text = annotation(object, HOOK), piece;
	while (text.len && pv_str_next(&text, ',', &piece)) {
		const char *word = pv_strndup(arena, pv_str_trim(piece).s, pv_str_trim(piece).len);
		if (!listed(pv_str_of(known), word))
			return word;
	}
	return NULL;
}

int64_t
hook_wave(const pv_val *object)
{
	pv_str wave = annotation(object, "argocd.argoproj.io/sync-wave");
	int64_t n;
	if (!wave.len)
		wave = annotation(object, "helm.sh/hook-weight");
	return wave.len && pv_parse_int(wave, &n) ? n : 0;
}

bool
hook_policy(const pv_val *object, const char *policy)
{
	static const char *const helm[][2] = {{"BeforeHookCreation", "before-hook-creation"},
					      {"HookSucceeded", "hook-succeeded"},
					      {"HookFailed", "hook-failed"}};
	pv_str own = annotation(object, "argocd.argoproj.io/hook-delete-policy");
	pv_str theirs = annotation(object, "helm.sh/hook-delete-policy");
	if (!own.len && !theirs.len)
		return pv_streq(policy, "BeforeHookCreation");
	if (listed(own, policy))
		return true;
	for (size_t i = 0; i < PV_LEN(helm); i++)
		if (pv_streq(policy, helm[i][0]) && listed(theirs, helm[i][1]))
			return true;
	return false;
}
