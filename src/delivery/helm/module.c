/* The command `pave helm`: charts rendered without a cluster, as helm's own does. */
#include "core/module.h"
#include "delivery/helm/command.h"

/* clang-format off */
#define REPOSITORY_OPTIONS \
	{"repo", 0, "URL", "the repository that CHART is a name in"}, \
	{"version", 0, "RANGE", "which version, or the newest of a range; none: the newest release"}, \
	{"devel", 0, NULL, "without --version: the newest, released or not"}, \
	{"username", 0, "NAME", "of the repository or registry"}, \
	{"password", 0, "PASSWORD", "of the repository or registry"}, \
	{"ca-file", 0, "FILE", "authorities that the server's certificate must be of"}, \
	{"cert-file", 0, "FILE", "a client certificate"}, \
	{"key-file", 0, "FILE", "and its key"}, \
	{"insecure-skip-tls-verify", 0, NULL, "believe any certificate"}, \
	{"pass-credentials", 0, NULL, "to the hosts of archives, too"}, \
	{"plain-http", 0, NULL, "talk to a registry without TLS"}

static const pv_option template_options[] = {
	{"values", 'f', "FILE", "values in a YAML file (may be given more than once)"},
	{"set", 0, "KEY=VALUE", "one value, or several with commas between them"},
	{"set-string", 0, "KEY=VALUE", "the same, always as a string"},
	{"set-json", 0, "KEY=JSON", "the same, as JSON"},
	{"set-file", 0, "KEY=PATH", "the same, from a file"},
	{"set-literal", 0, "KEY=VALUE", "one value, with nothing in it that means anything"},
	{"namespace", 'n', "NAME", ".Release.Namespace (default)"},
	{"name-template", 0, "TEMPLATE", "a template that gives the release's name"},
	{"include-crds", 0, NULL, "what lies in crds/, too"},
	{"skip-crds", 0, NULL, "accepted: CRDs are printed only with --include-crds"},
	{"skip-tests", 0, NULL, "no hooks that are tests"},
	{"no-hooks", 0, NULL, "no hooks"},
	{"show-only", 's', "PATH", "only what this template gives (may be given more than once)"},
	{"api-versions", 'a', "VERSION", "one more for .Capabilities.APIVersions (may be given more than once)"},
	{"kube-version", 0, "VERSION", ".Capabilities.KubeVersion"},
	{"is-upgrade", 0, NULL, ".Release.IsUpgrade instead of .Release.IsInstall"},
	{"skip-schema-validation", 0, NULL, "values need not be as values.schema.json says"},
	{"debug", 0, NULL, "print what is no YAML, too"},
	{"post-renderer", 0, "PROGRAM", "refused: pipe the output"},
	REPOSITORY_OPTIONS,
	{0},
};

static const pv_option eval_options[] = {
	{"values", 'f', "FILE", "values in a YAML file (may be given more than once)"},
	{"set", 0, "KEY=VALUE", "one value, or several with commas between them"},
	{"set-string", 0, "KEY=VALUE", "the same, always as a string"},
	{"set-json", 0, "KEY=JSON", "the same, as JSON"},
	{"set-literal", 0, "KEY=VALUE", "one value, with nothing in it that means anything"},
	{0},
};

static const pv_option lint_options[] = {
	{"values", 'f', "FILE", "values in a YAML file (may be given more than once)"},
	{"set", 0, "KEY=VALUE", "one value, or several with commas between them"},
	{"set-string", 0, "KEY=VALUE", "the same, always as a string"},
	{"set-json", 0, "KEY=JSON", "the same, as JSON"},
	{"set-file", 0, "KEY=PATH", "the same, from a file"},
	{"set-literal", 0, "KEY=VALUE", "one value, with nothing in it that means anything"},
	{"namespace", 'n', "NAME", ".Release.Namespace (default)"},
	{"kube-version", 0, "VERSION", ".Capabilities.KubeVersion"},
	{"quiet", 0, NULL, "only warnings and errors"},
	{"strict", 0, NULL, "a warning fails, too"},
	{"skip-schema-validation", 0, NULL, "values need not be as values.schema.json says"},
	{0},
};

static const pv_option show_options[] = {
	REPOSITORY_OPTIONS,
	{0},
};

static const pv_option pull_options[] = {
	{"destination", 'd', "FOLDER", "where to (.)"},
	{"untar", 0, NULL, "the files in the place of the archive"},
	{"untardir", 0, "FOLDER", "where the files go (.)"},
	REPOSITORY_OPTIONS,
	{0},
};

static const pv_option dependency_options[] = {
	REPOSITORY_OPTIONS,
	{0},
};
/* clang-format on */

static const pv_verb verbs[] = {
	{.name = "helm template",
	 .usage = "[NAME] CHART",
	 .summary = "render a chart, as helm template does",
	 .help = "CHART is a folder or a packed chart, or one to be brought, as pave helm pull has it.\n"
		 "Prints what helm " HELM_VERSION
		 " prints, byte for byte; values are merged, subcharts taken and hooks sorted\n"
		 "as it does, without a cluster: lookup finds nothing.\n"
		 "Example: pave helm template web ./charts/web -f production.yaml --set replicas=3",
	 .options = template_options,
	 .run = helm_template},
	{.name = "helm eval",
	 .usage = "FILE",
	 .summary = "what one template gives, as it wrote it",
	 .help = "FILE is a Go template (- is standard input); it sees .Values and the rest as if it were the only\n"
		 "template of a chart t.  Nothing is parsed or trimmed, and errors are text/template's own.\n"
		 "Example: echo '{{ .Values.a | toYaml }}' | pave helm eval - --set a.b=1",
	 .options = eval_options,
	 .run = helm_eval_verb},
	{.name = "helm lint",
	 .usage = "CHART...",
	 .summary = "what is wrong with a chart, by helm's rules",
	 .help = "Looks at Chart.yaml, values, schema, templates, charts within and CRDs, as helm lint does, and prints its\n"
		 "words.  Example: pave helm lint ./charts/web --strict",
	 .options = lint_options,
	 .run = helm_lint},
	{.name = "helm pull",
	 .usage = "CHART...",
	 .summary = "bring a chart's archive here",
	 .help = "CHART is oci://HOST/NAME, the address of an archive, NAME with --repo URL, or REPO/NAME of a repository that\n"
		 "helm knows (its repositories.yaml is read, and who is logged in to registries).  The digest that the index or\n"
		 "the manifest tells must be the archive's.\n"
		 "Example: pave helm pull podinfo --repo https://charts.example/stable --version ^6 --untar",
	 .options = pull_options,
	 .run = helm_pull},
	{.name = "helm dependency",
	 .usage = "list|build|update [CHART]",
	 .summary = "what a chart depends on, brought into its charts/",
	 .help = "list says what is there; update brings the newest versions that Chart.yaml permits and writes Chart.lock;\n"
		 "build brings those of Chart.lock, which must be of this Chart.yaml.  CHART is a folder (.).\n"
		 "Example: pave helm dependency update ./charts/web",
	 .options = dependency_options,
	 .run = helm_dependency_verb},
	{.name = "helm show",
	 .usage = "chart|values|readme|crds|all CHART",
	 .summary = "what a chart says of itself",
	 .help = "Prints Chart.yaml, values.yaml, the README or the CRDs of a chart, as helm show does.\n"
		 "Example: pave helm show values ./charts/web",
	 .options = show_options,
	 .run = helm_show},
	{0},
};

static const pv_job_kind unpack_job = {.name = "unpack-chart", .run = helm_unpack_job};
static const pv_job_kind *const jobs[] = {&unpack_job, NULL};

extern const pv_module delivery_helm_module;
const pv_module delivery_helm_module = {
	.name = "delivery/helm",
	.summary = "charts rendered in process, as Helm 4 does",
	.verbs = verbs,
	.jobs = jobs,
};
