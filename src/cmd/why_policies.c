#include "cmd/why_policies.h"

#include <stdio.h>

#include "base/str.h"
#include "cmd/ask.h"
#include "core/enforcement/why.h"

static const char *
name_of(pv_ctx *cx, const pv_val *policy)
{
	const char *ns = pv_text_at(policy, "namespace", "");

	return pv_printf(cx->arena, "%s %s%s%s", pv_text_at(policy, "kind", ""), ns, *ns ? "/" : "",
			 pv_text_at(policy, "name", ""));
}

static void
print_statements(pv_ctx *cx, const pv_val *one, int indent)
{
	const pv_val *list = pv_get(one, "statements");
	bool rego = pv_get(pv_item(list, 0), "line") != NULL;

	if (!pv_count(list))
		return;
	printf("%*s%s: %s:\n", indent, "", pv_text_at(one, "rule", ""), pv_why_title(one));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *s = pv_item(list, i);
		const char *text = pv_text_at(s, "text", "");

		if (rego)
			printf("%*s%4lld  %s\n", indent, "", (long long)pv_i64_at(s, "line", 0), text);
		else
			printf("%*s  %s\n", indent, "",
			       pv_truth_at(s, "holds", false) ? pv_printf(cx->arena, "!(%s)", text) : text);
	}
}

static void
print_read(pv_ctx *cx, const pv_val *read, int indent)
{
	static const char *const what[][2] = {{"field", ""}, {"param", "parameter "}, {"name", ""}};
	const char *path = "", *before = "";

	for (size_t i = 0; i < PV_LEN(what); i++)
		if (pv_get(read, what[i][0])) {
			before = what[i][1];
			path = pv_text_at(read, what[i][0], "");
		}
	printf("%*s%s%s%s%s is %s\n", indent, "", before, ask_colour(stdout, "1"), path,
	       ask_colour(stdout, "0"), pv_why_found(cx, read));
}

static void
print_softened(const pv_val *one, int indent)
{
	const pv_val *exemption = pv_get(one, "exemption");

	if (exemption)
		printf("%*sexempt until %s by PolicyExemption %s: %s (for %s, approved by %s)\n", indent, "",
		       pv_text_at(exemption, "until", ""), pv_text_at(exemption, "name", ""),
		       pv_text_at(exemption, "reason", ""), pv_text_at(exemption, "person", ""),
		       pv_text_at(exemption, "approvedBy", ""));
	if (pv_get(one, "soon"))
		printf("%*s%s\n", indent, "", pv_text_at(one, "soon", ""));
	else if (pv_get(one, "rollout"))
		printf("%*sheld down by PolicyRollout %s\n", indent, "", pv_text_at(one, "rollout", ""));
}

static void
print_one(pv_ctx *cx, const pv_val *one, int indent)
{
	const pv_val *policy = pv_get(one, "policy"), *reads = pv_get(one, "reads");
	const char *effect = pv_text_at(one, "effect", "");

	printf("%*s%s%s%s%s%s\n", indent, "", effect, *effect ? " " : "", policy ? name_of(cx, policy) : "",
	       policy ? ": " : "", pv_text_at(one, "message", ""));
	print_statements(cx, one, indent + 2);
	for (size_t i = 0; i < pv_count(reads); i++)
		print_read(cx, pv_item(reads, i), indent + 2);
	print_softened(one, indent + 2);
}

void
why_print_policies(pv_ctx *cx, const char *title, const pv_val *list, int indent)
{
	if (pv_count(list))
		printf("%*s%s:\n", indent, "", title);
	for (size_t i = 0; i < pv_count(list); i++)
		print_one(cx, pv_item(list, i), indent + 2);
}
