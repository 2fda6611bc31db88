/* print: a PolicyRollout for people, as `pave rollout status` shows it. */
#include <stdio.h>

#include "base/str.h"
#include "governance/rollout/inside.h"

#define SHOWN 10 /* of owners, of history */

static void
print_owners(pv_ctx *cx, const pv_val *owners)
{
	for (size_t i = 0; i < pv_count(owners) && i < SHOWN; i++)
		printf("%s%s %lld", i ? ", " : ": ", pv_text_at(pv_item(owners, i), "owner", "nobody's"),
		       (long long)pv_i64_at(pv_item(owners, i), "violations", 0));
	if (pv_count(owners) > SHOWN)
		printf(" and %s more", pv_counted(cx->arena, pv_count(owners) - SHOWN, "owner"));
}

static void
print_findings(pv_ctx *cx, const pv_val *state)
{
	size_t violations = (size_t)pv_i64_at(state, "violations", 0),
	       objects = (size_t)pv_i64_at(state, "objects", 0);
	long long exempt = (long long)pv_i64_at(state, "exempt", 0),
		  errors = (long long)pv_i64_at(state, "errors", 0);

	if (!violations) {
		printf("    nothing would be refused today");
	} else {
		printf("    %s of %s would be refused today", pv_counted(cx->arena, violations, "violation"),
		       pv_counted(cx->arena, objects, "object"));
		print_owners(cx, pv_get(state, "owners"));
	}
	if (exempt)
		printf("; %lld exempt", exempt);
	if (errors)
		printf("; %lld faults of policies", errors);
	putchar('\n');
}

static void
print_environment(pv_ctx *cx, const pv_val *state)
{
	const pv_val *waits = pv_get(state, "waits");
	const char *by = pv_text_at(state, "approvedBy", NULL),
		   *from = pv_text_at(state, "enforcedFrom", NULL);

	printf("  %s: %s since %s%s%s\n", pv_text_at(state, "name", ""), pv_text_at(state, "stage", ""),
	       pv_text_at(state, "since", ""), by ? ", approved by " : "", by ? by : "");
	if (from)
		printf("    enforced from %s on, if nothing keeps it\n", from);
	for (size_t i = 0; i < pv_count(waits); i++)
		printf("    waits: %s\n", pv_text(pv_item(waits, i), ""));
	print_findings(cx, state);
}

static void
print_deed(const pv_val *one)
{
	const char *stage = pv_text_at(one, "stage", NULL), *by = pv_text_at(one, "by", NULL),
		   *why = pv_text_at(one, "why", "");

	printf("  %s  ", pv_text_at(one, "at", ""));
	if (stage)
		printf("%s came to %s%s%s%s", pv_text_at(one, "environment", ""), stage,
		       by ? ", approved by " : "", by ? by : "", *why ? ": " : "");
	printf("%s\n", why);
}

void
rollout_print(pv_ctx *cx, const pv_val *rollout)
{
	const pv_val *states = pv_at(rollout, "status.environments"),
		     *history = pv_at(rollout, "status.history");
	size_t deeds = pv_count(history);

	printf("%s: %s\n", pv_text_at(rollout, "metadata.name", ""),
	       pv_text_at(rollout, "status.phase", "not looked at yet"));
	if (pv_at(rollout, "spec.rollback"))
		printf("  back at %s: %s\n", pv_text_at(rollout, "spec.rollback.to", ""),
		       pv_text_at(rollout, "spec.rollback.reason", ""));
	for (size_t i = 0; i < pv_count(states); i++)
		print_environment(cx, pv_item(states, i));
	if (deeds)
		printf("history:\n");
	for (size_t i = deeds > SHOWN ? deeds - SHOWN : 0; i < deeds; i++)
		print_deed(pv_item(history, i));
}
