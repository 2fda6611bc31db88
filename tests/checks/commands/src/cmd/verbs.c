#define SERVER_OPTIONS \
	{"server", 's', "URL", "where"}, \
	{"user", 0, "NAME", "who"}

static const pv_option options[] = {
	SERVER_OPTIONS,
	{"output", 'o', "json", "how"},
	{0},
};

const pv_verb get_verb = {
	.name = "get",
	.usage = "KIND",
	.summary = "list",
	.options = options,
	.run = run,
};

const pv_verb rego_eval_verb = {
	.name = "rego eval",
	.usage = "QUERY",
	.summary = "ask",
	.run = run,
};
