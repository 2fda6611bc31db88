#include "governance/webhook/webhook.h"

static const pv_option options[] = {
	{"url", 0, "URL", "where the cluster reaches this server (default: the kubeconfig's server)"},
	{"name", 0, "NAME", "of the configurations (default: pave-policies)"},
	{"failure-policy", 0, "Fail|Ignore",
	 "what becomes of a write when this server does not answer (default: Fail)"},
	{"timeout", 0, "SECONDS", "how long the cluster waits for an answer (default: 5)"},
	{"kubeconfig", 0, "FILE", "how to reach this server (default: $KUBECONFIG, then ~/.kube/config)"},
	{"context", 0, "NAME", "which context of it"},
	{0},
};

static const pv_verb verbs[] = {
	{
		.name = "admission webhook-config",
		.usage = "",
		.summary =
			"print the webhook configurations with which a cluster asks this server's policies",
		.help = "Their rules are what the policies in force speak of; print them again when those change.\n\n"
			"  pave admission webhook-config --url https://pave.example.org:8443 | kubectl --context "
			"prod apply -f -",
		.options = options,
		.run = webhook_print,
	},
	{0},
};

static const pv_route routes[] = {
	{.method = "POST",
	 .path = WEBHOOK_BASE "validate",
	 .anonymous = true, /* RBAC says: a cluster may not be able to show who it is */
	 .blocking = true,
	 .summary = "AdmissionReview v1 of another cluster: what its policies say",
	 .handle = webhook_validate},
	{.method = "POST",
	 .path = WEBHOOK_BASE "mutate",
	 .anonymous = true, /* RBAC says: a cluster may not be able to show who it is */
	 .blocking = true,
	 .summary = "AdmissionReview v1 of another cluster: what its policies change",
	 .handle = webhook_mutate},
	{.method = "GET",
	 .path = WEBHOOK_BASE "webhook-config",
	 .blocking = true,
	 .summary = "the webhook configurations for another cluster",
	 .handle = webhook_show},
	{0},
};

extern const pv_module governance_webhook_module;
const pv_module governance_webhook_module = {
	.name = "governance/webhook",
	.summary = "Policies for other clusters: AdmissionReview v1",
	.routes = routes,
	.verbs = verbs,
};
