/* gator_verbs: the rows of `pave gator ...`. */
#include "governance/gatekeeper/gator.h"

#define ENGINE_OPTIONS \
	{"enable-k8s-native-validation", 0, "true|false", \
	 "take the CEL of templates that have both languages (true)"}, \
	{ \
		"default-k8s-native-validation-failure-policy", 0, "Fail|Ignore", \
			"what an error in CEL means if the template does not say (Fail)" \
	}

static const pv_option verify_options[] = {
	{"run", 'r', "REGEX", "only tests and cases of these names; TEST//CASE narrows both"},
	{"verbose", 'v', NULL, "each test and case, and what print() said"},
	{"trace", 't', NULL, "not supported"},
	ENGINE_OPTIONS,
	{0},
};

#define IMAGE_OPTIONS \
	{"image", 'i', "URL", "not supported"}, \
	{ \
		"tempdir", 'd', "DIR", "not supported" \
	}

static const pv_option test_options[] = {
	{"filename", 'f', "FILE", "a file or folder with templates, constraints and objects; repeats"},
	{"output", 'o', "json|yaml", "how to print violations (a line each)"},
	{"deny-only", 0, NULL, "show only what is denied"},
	{"verbose", 'v', NULL, "print what print() said"},
	{"trace", 't', NULL, "not supported"},
	{"stats", 0, NULL, "not supported"},
	IMAGE_OPTIONS,
	ENGINE_OPTIONS,
	{0},
};

static const pv_option expand_options[] = {
	{"filename", 'n', "FILE", "a file or folder with objects, mutators and ExpansionTemplates; repeats"},
	{"format", 'f', "json|yaml", "how to print (yaml)"},
	{"outputfile", 'o', "FILE", "write to a file instead"},
	IMAGE_OPTIONS,
	{0},
};

static const pv_option bench_options[] = {
	{"filename", 'f', "FILE", "a file or folder with templates, constraints and objects; repeats"},
	{"engine", 'e', "rego|cel|all", "whose templates are measured (cel)"},
	{"iterations", 'n', "N", "how often each object is reviewed (1000)"},
	{"warmup", 0, "N", "how often before that, unmeasured (10)"},
	{"output", 'o', "table|json|yaml", "how to print (table)"},
	{"concurrency", 'c', "N", "only 1 is supported"},
	{"compare", 0, "FILE", "not supported"},
	{"save", 0, "FILE", "not supported"},
	{"threshold", 0, "PERCENT", "not supported"},
	{"min-threshold", 0, "DURATION", "not supported"},
	{"memory", 0, NULL, "not supported"},
	{"stats", 0, NULL, "not supported"},
	IMAGE_OPTIONS,
	{0},
};

const pv_verb gator_verbs[] = {
	{.name = "gator bench",
	 .usage = "",
	 .summary = "measure how long the review of an object takes, as `gator bench` does",
	 .help = "  pave gator bench -f policies/ -f manifests/ -e all",
	 .options = bench_options,
	 .run = gator_bench},
	{.name = "gator test",
	 .usage = "",
	 .summary = "hold objects against constraints in files, as `gator test` does",
	 .help = "Templates, constraints and objects come from files and from standard input; exemptions and\n"
		 "rollouts among them count.  Exit code 1 if a constraint denies.\n\n  pave gator test -f policies/ -f manifests/ -o json",
	 .options = test_options,
	 .run = gator_test},
	{.name = "gator expand",
	 .usage = "",
	 .summary = "print what ExpansionTemplates and mutators make of objects, as `gator expand` does",
	 .help = "  pave gator expand -n expansion.yaml -n deployment.yaml",
	 .options = expand_options,
	 .run = gator_expand},
	{.name = "gator verify",
	 .usage = "PATH",
	 .summary = "run the test suites of Gatekeeper's templates, as `gator verify` does",
	 .help = "PATH is a suite file, a folder, or a folder with those below it (tests/...).  Exit code 1 if a case "
		 "fails.\n\n  pave gator verify policies/...",
	 .options = verify_options,
	 .run = gator_verify},
	{0},
};
