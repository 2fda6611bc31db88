/* The command `pave app`: argocd's commands of Applications, with its words, flags and columns. */
#include "delivery/app/verb.h"

#define EACH(name, what) \
	static int run_##name(pv_ctx *cx, const pv_args *args) \
	{ \
		return talk_run(cx, args, what, command_##name); \
	}
EACH(list, false)
EACH(get, true)
EACH(history, true)
EACH(resources, true)
EACH(delete, false)
EACH(sync, false)
EACH(wait, false)
EACH(terminate, true)
EACH(rollback, true)
EACH(create, false)
EACH(set, true)
EACH(diff, true)
EACH(manifests, true)
EACH(logs, true)
EACH(actions, true)
EACH(act, true)

/* clang-format off */
#define SERVER_OPTIONS \
	{"kubeconfig", 0, "FILE", "how to reach the server (default: $KUBECONFIG, then ~/.kube/config)"}, \
	{"context", 0, "NAME", "which context of it"}, \
	{"app-namespace", 'N', "NAME", "the Application's namespace (default: argocd, else where alone there is one)"}
#define SELECTED_OPTIONS {"selector", 'l', "LABEL=VALUE", "the Applications with these labels"}
#define TIMEOUT_OPTIONS {"timeout", 0, "SECONDS", "how long to wait, or a duration such as 5m; 0: for ever (default: 0)"}
#define REVISION_OPTIONS \
	{"revision", 0, "REV", "a branch, tag or commit (default: what the Application names)"}, \
	{"revisions", 0, "REV", "of one of several sources; may be given again"}, \
	{"source-positions", 0, "N", "which of them, from 1; for each of --revisions"}
#define REFRESH_OPTIONS \
	{"refresh", 0, NULL, "look at the repository before"}, \
	{"hard-refresh", 0, NULL, "the same, as Argo CD's hard refresh"}
#define RESOURCE_OPTIONS \
	{"group", 0, "GROUP", "of the resource"}, \
	{"kind", 0, "KIND", "of the resource"}, \
	{"namespace", 0, "NAME", "of the resource"}
#define SPEC_OPTIONS \
	{"repo", 0, "URL", "of the repository"}, \
	{"path", 0, "FOLDER", "in it"}, \
	{"revision", 0, "REV", "a branch, tag, commit or version"}, \
	{"helm-chart", 0, "NAME", "a chart of a repository of charts"}, \
	{"dest-server", 0, "URL", "where its objects go: https://kubernetes.default.svc is this server"}, \
	{"dest-name", 0, "NAME", "the same by name: in-cluster"}, \
	{"dest-namespace", 0, "NAME", "and which namespace"}, \
	{"project", 0, "NAME", "its AppProject (default: default)"}, \
	{"source-position", 0, "N", "which of several sources is meant, from 1"}, \
	{"parameter", 'p', "NAME=VALUE", "a value of the chart; may be given again"}, \
	{"helm-set", 0, "NAME=VALUE", "the same"}, \
	{"helm-set-string", 0, "NAME=VALUE", "the same, as a string"}, \
	{"values", 0, "FILE", "a value file of the repository; may be given again"}, \
	{"values-literal-file", 0, "FILE", "a value file of this machine, whose text is taken"}, \
	{"ignore-missing-value-files", 0, NULL, "value files need not be there"}, \
	{"release-name", 0, "NAME", "of the chart"}, \
	{"helm-namespace", 0, "NAME", "of the release"}, \
	{"helm-skip-crds", 0, NULL, "without the chart's crds/"}, \
	{"kustomize-image", 0, "IMAGE", "such as nginx=registry.example/nginx:1.2; may be given again"}, \
	{"kustomize-namespace", 0, "NAME", "of its objects"}, \
	{"nameprefix", 0, "TEXT", "before their names"}, \
	{"namesuffix", 0, "TEXT", "behind their names"}, \
	{"directory-recurse", 0, NULL, "the folders in the folder, too"}, \
	{"directory-include", 0, "GLOB", "only these files"}, \
	{"directory-exclude", 0, "GLOB", "not these files"}, \
	{"sync-policy", 0, "none|automated", "who syncs it"}, \
	{"auto-prune", 0, NULL, "automated sync deletes what is not in Git any more"}, \
	{"self-heal", 0, NULL, "automated sync undoes what is changed by hand"}, \
	{"allow-empty", 0, NULL, "even if nothing is left"}, \
	{"sync-option", 0, "NAME=VALUE", "such as CreateNamespace=true; with a ! not any more; may be given again"}, \
	{"sync-retry-limit", 0, "N", "how often a sync that failed is tried again"}, \
	{"revision-history-limit", 0, "N", "how many deployments are remembered"}

static const pv_option list_options[] = {
	SERVER_OPTIONS, SELECTED_OPTIONS,
	{"project", 'p', "NAME", "only those of the project; may be given again"},
	{"repo", 'r', "URL", "only those of the repository"},
	{"cluster", 'c', "URL", "only those on the cluster, by address or name"},
	{"output", 'o', "wide|name|json|yaml|table", "how to print (default: table)"},
	{0},
};
static const pv_option get_options[] = {
	SERVER_OPTIONS, REFRESH_OPTIONS,
	{"show-operation", 0, NULL, "the last operation, too"},
	{"output", 'o', "wide|tree|json|yaml|table", "how to print (default: wide)"},
	{0},
};
static const pv_option history_options[] = {
	SERVER_OPTIONS,
	{"output", 'o', "wide|id|json|yaml|table", "how to print (default: table)"},
	{0},
};
static const pv_option resources_options[] = {
	SERVER_OPTIONS,
	{"output", 'o', "tree|json|yaml|table", "how to print (default: table)"},
	{0},
};
static const pv_option delete_options[] = {
	SERVER_OPTIONS, SELECTED_OPTIONS,
	{"cascade", 0, "true|false", "delete what it deployed, too (default: true)"},
	{"propagation-policy", 0, "foreground|background", "how that goes (default: foreground)"},
	{"wait", 0, NULL, "until it is gone"},
	{"yes", 'y', NULL, "nothing is asked in any case"},
	{0},
};
static const pv_option sync_options[] = {
	SERVER_OPTIONS, SELECTED_OPTIONS, REVISION_OPTIONS, TIMEOUT_OPTIONS,
	{"prune", 0, NULL, "delete what is not in Git any more"},
	{"dry-run", 0, NULL, "try it, and change nothing"},
	{"resource", 0, "GROUP:KIND:NAME", "only this object, or with a ! all but this; may be given again"},
	{"label", 0, "LABEL=VALUE", "only objects with these labels"},
	{"async", 0, NULL, "do not wait for its end"},
	{"strategy", 0, "apply|hook", "without or with hooks (default: hook)"},
	{"force", 0, NULL, "delete and make anew what cannot be changed"},
	{"replace", 0, NULL, "replace, and do not apply"},
	{"server-side", 0, NULL, "as the option ServerSideApply=true"},
	{"apply-out-of-sync-only", 0, NULL, "only what differs"},
	{"retry-limit", 0, "N", "how often it is tried again if it fails (default: 0)"},
	{"retry-backoff-duration", 0, "DURATION", "the first pause (default: 5s)"},
	{"retry-backoff-factor", 0, "N", "by which each is longer (default: 2)"},
	{"retry-backoff-max-duration", 0, "DURATION", "the longest pause (default: 3m)"},
	{0},
};
static const pv_option sync_refused[] = {
	{"local", 0, "FOLDER", "the server renders what is in the repository: push a branch and say --revision"},
	{"preview-changes", 0, NULL, "see `pave app diff`"},
	{0},
};
static const pv_option wait_options[] = {
	SERVER_OPTIONS, SELECTED_OPTIONS, TIMEOUT_OPTIONS,
	{"sync", 0, NULL, "until it is Synced"},
	{"health", 0, NULL, "until it is Healthy"},
	{"operation", 0, NULL, "until no operation runs"},
	{"suspended", 0, NULL, "Suspended is as good as Healthy"},
	{"degraded", 0, NULL, "so is Degraded"},
	{"delete", 0, NULL, "until it is gone"},
	{"resource", 0, "GROUP:KIND:NAME", "only this object counts; may be given again"},
	{0},
};
static const pv_option one_options[] = {
	SERVER_OPTIONS,
	{0},
};
static const pv_option rollback_options[] = {
	SERVER_OPTIONS, TIMEOUT_OPTIONS,
	{"prune", 0, NULL, "delete what that deployment had not"},
	{0},
};
static const pv_option create_options[] = {
	SERVER_OPTIONS, SPEC_OPTIONS,
	{"file", 'f', "FILE", "an Application, which the options change"},
	{"label", 0, "NAME=VALUE", "of the Application; may be given again"},
	{"annotations", 0, "NAME=VALUE", "likewise"},
	{"upsert", 0, NULL, "change it if it is there"},
	{"validate", 0, "true|false", "whether its project and destination have to be there (default: true)"},
	{0},
};
static const pv_option set_options[] = {
	SERVER_OPTIONS, SPEC_OPTIONS,
	{0},
};
static const pv_option diff_options[] = {
	SERVER_OPTIONS, REVISION_OPTIONS, REFRESH_OPTIONS,
	{"exit-code", 0, "true|false", "whether a difference is told by the exit code (default: true)"},
	{"diff-exit-code", 0, "N", "by which (default: 1)"},
	{"server-side-diff", 0, NULL, "it is in any case"},
	{0},
};
static const pv_option diff_refused[] = {
	{"local", 0, "FOLDER", "the server renders what is in the repository: push a branch and say --revision"},
	{0},
};
static const pv_option manifests_options[] = {
	SERVER_OPTIONS, REVISION_OPTIONS,
	{"source", 0, "git|live", "as they shall be, or as they are (default: git)"},
	{0},
};
static const pv_option logs_options[] = {
	SERVER_OPTIONS, RESOURCE_OPTIONS,
	{"name", 0, "NAME", "of the resource: only its Pods"},
	{"container", 'c', "NAME", "which container (default: the first)"},
	{"tail", 0, "N", "only the last lines of each"},
	{"since-seconds", 0, "N", "only those"},
	{"filter", 0, "TEXT", "only lines that have it, or with a ! have it not"},
	{"match-case", 'm', NULL, "in that case"},
	{"previous", 'p', NULL, "of the container before"},
	{"no-pod-name", 0, NULL, "lines without the Pod's name"},
	{0},
};
static const pv_option logs_refused[] = {
	{"follow", 'f', NULL, "ask again, or kubectl logs -f"},
	{0},
};
static const pv_option actions_options[] = {
	SERVER_OPTIONS, RESOURCE_OPTIONS,
	{"resource-name", 0, "NAME", "of the resource"},
	{"all", 0, NULL, "of all that fit (run)"},
	{0},
};
/* clang-format on */

static const pv_verb verbs[] = {
	{.name = "app list",
	 .usage = "",
	 .summary = "the Applications, as argocd lists them",
	 .help = "Example: pave app list -p shop -o name",
	 .options = list_options,
	 .run = run_list},
	{.name = "app get",
	 .usage = "APPLICATION",
	 .summary = "an Application and its resources",
	 .help = "APPLICATION is a name, or NAMESPACE/NAME.\nExample: pave app get guestbook -o tree",
	 .options = get_options,
	 .run = run_get},
	{.name = "app diff",
	 .usage = "APPLICATION",
	 .summary = "what a sync of an Application would change",
	 .help = "The exit code is 1 if there is a difference.  What Secrets hold is hidden.\n"
		 "Example: pave app diff guestbook --revision feature",
	 .options = diff_options,
	 .refused = diff_refused,
	 .run = run_diff},
	{.name = "app sync",
	 .usage = "APPLICATION...",
	 .summary = "bring Applications to what Git says, and wait for it",
	 .help = "The exit code is 1 if it failed, 6 if it is not done in time.\n"
		 "Example: pave app sync guestbook --prune --timeout 300",
	 .options = sync_options,
	 .refused = sync_refused,
	 .run = run_sync},
	{.name = "app wait",
	 .usage = "APPLICATION...",
	 .summary = "wait until Applications are synced, healthy and at rest",
	 .help = "Without --sync, --health and --operation for all three.\n"
		 "Example: pave app wait guestbook --health --timeout 300",
	 .options = wait_options,
	 .run = run_wait},
	{.name = "app history",
	 .usage = "APPLICATION",
	 .summary = "what an Application deployed, one after another",
	 .help = "Example: pave app history guestbook",
	 .options = history_options,
	 .run = run_history},
	{.name = "app rollback",
	 .usage = "APPLICATION [ID]",
	 .summary = "back to a deployment of an Application's history",
	 .help = "ID: of `pave app history`; the one before the last if there is none.  An Application that is synced\n"
		 "automatically is kept there, selfHeal included, until `pave app sync`.\nExample: pave app rollback guestbook 3",
	 .options = rollback_options,
	 .run = run_rollback},
	{.name = "app terminate-op",
	 .usage = "APPLICATION",
	 .summary = "end the operation that runs",
	 .help = "Example: pave app terminate-op guestbook",
	 .options = one_options,
	 .run = run_terminate},
	{.name = "app manifests",
	 .usage = "APPLICATION",
	 .summary = "what an Application's sources come to",
	 .help = "What Secrets hold is hidden.\nExample: pave app manifests guestbook --revision v1.2.0",
	 .options = manifests_options,
	 .run = run_manifests},
	{.name = "app resources",
	 .usage = "APPLICATION",
	 .summary = "an Application's resources, and what came of them",
	 .help = "Example: pave app resources guestbook -o tree",
	 .options = resources_options,
	 .run = run_resources},
	{.name = "app logs",
	 .usage = "APPLICATION",
	 .summary = "what an Application's Pods said",
	 .help = "Example: pave app logs guestbook --kind Deployment --name web --tail 100",
	 .options = logs_options,
	 .refused = logs_refused,
	 .run = run_logs},
	{.name = "app actions list",
	 .usage = "APPLICATION",
	 .summary = "what can be done to an Application's resources",
	 .help = "Example: pave app actions list guestbook --kind Deployment",
	 .options = actions_options,
	 .run = run_actions},
	{.name = "app actions run",
	 .usage = "APPLICATION ACTION",
	 .summary = "do it",
	 .help = "Example: pave app actions run guestbook restart --kind Deployment --resource-name web",
	 .options = actions_options,
	 .run = run_act},
	{.name = "app create",
	 .usage = "[APPLICATION]",
	 .summary = "make an Application",
	 .help = "Example: pave app create guestbook --repo https://github.com/argoproj/argocd-example-apps \\\n"
		 "  --path guestbook --dest-name in-cluster --dest-namespace default",
	 .options = create_options,
	 .run = run_create},
	{.name = "app set",
	 .usage = "APPLICATION",
	 .summary = "change what an Application says",
	 .help = "Example: pave app set guestbook --helm-set image.tag=v2 --revision main",
	 .options = set_options,
	 .run = run_set},
	{.name = "app delete",
	 .usage = "APPLICATION...",
	 .summary = "delete Applications with what they deployed",
	 .help = "Example: pave app delete guestbook --cascade=false",
	 .options = delete_options,
	 .run = run_delete},
	{0},
};

extern const pv_module delivery_app_module;
const pv_module delivery_app_module = {
	.name = "delivery/app",
	.summary = "the command `pave app`: argocd's commands of Applications",
	.verbs = verbs,
};
