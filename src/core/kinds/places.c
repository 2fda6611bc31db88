/* Fields that Kubernetes 1.34 tells by other names than they have: its checks add a path as they go, and some add
 * another than where they are.  A user's tool finds a cause by its field, so it is told by the same name. */
#include "base/buf.h"
#include "base/str.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include <string.h>

/* What is replaced by what; "[*]" is the index of an item and stays as it was, "^" the start and "$" the end.  If
 * there is a third: in causes of this reason only. */
static const char *const places[][3] = {
	{".cephfs$", ".cephFS", "FieldValueForbidden"},
	{"].downwardAPI$", "].downwarAPI", "FieldValueForbidden"},
	{".metadata.uid$", ".metadata.uID", "FieldValueForbidden"},
	{"].downwardAPI.items[*]", "].downwardAPI"},
	{".gcePersistentDisk.", ".persistentDisk."},
	{".projected.sources[*].serviceAccountToken.path", ".projected.path"},
	{".resources.claims[*].name", ".resources.claims[*]"},
	{".dnsConfig.options[*].name", ".dnsConfig.options[*]"},
	{".httpHeaders[*].name", ".httpHeaders"},
	{".resizePolicy[*].resourceName", ".resizePolicy"},
	{".resizePolicy[*].restartPolicy", ".resizePolicy"},
	{".volumeMounts[*].mountPropagation", ".volumeMounts.mountPropagation"},
	{".volumeMounts[*].recursiveReadOnly", ".volumeMounts.recursiveReadOnly"},
	{".schedulingGates[*].name", ".schedulingGates[*]", "FieldValueInvalid"},
	{"IgnoredDuringExecution[*].namespaces[*]", "IgnoredDuringExecution[*].namespace"},
	{".podAffinityTerm.namespaces[*]", ".podAffinityTerm.namespace"},
	{".iscsi.initiatorName", ".iscsi.initiatorname"},
	{"^spec.taints[*]", "metadata.taints[*]"},
	{"^scheduling.tolerations[*].", "scheduling.tolerations.tolerations[*]."},
	{"^spec.loadBalancerSourceRanges", "spec.LoadBalancerSourceRanges"},
	{"^spec.strategy.type$", "spec.strategy"},
	{"^spec.updateStrategy.type$", "spec.updateStrategy"},
};

/* The length of `text` that `pattern` stands for at its start, 0: none.  *ret_indexes: of "[*]", where each is. */
static size_t
matches(const char *text, const char *pattern, pv_str *ret_indexes)
{
	const char *at = text;
	size_t n = 0;

	for (; *pattern && *pattern != '$'; pattern++) {
		if (*pattern != '*') {
			if (*at++ != *pattern)
				return 0;
			continue;
		}
		ret_indexes[n] = (pv_str){at, strspn(at, "0123456789")};
		at += ret_indexes[n++].len;
	}
	return *pattern == '$' && *at ? 0 : (size_t)(at - text);
}

static const char *
renamed(pv_ctx *cx, const char *field, const char *pattern, const char *to)
{
	bool first = *pattern == '^';
	pv_str indexes[2];
	const char *at = field;
	size_t len = 0, n = 0;
	pv_buf b;

	for (; *at && !(len = matches(at, pattern + first, indexes)) && !first; at++)
		;
	if (!len)
		return field;
	pv_buf_init(&b, cx->arena);
	pv_buf_add(&b, field, (size_t)(at - field));
	for (; *to; to++)
		if (*to == '*') {
			pv_buf_add(&b, indexes[n].s, indexes[n].len);
			n++;
		} else {
			pv_buf_addc(&b, *to);
		}
	pv_buf_adds(&b, at + len);
	return b.s;
}

void
pv_kind_places(pv_ctx *cx, pv_vec *causes)
{
	for (size_t i = 0; i < causes->len; i++) {
		pv_cause *cause = PV_AT(pv_cause, causes, i);

		for (size_t k = 0; cause->field && k < PV_LEN(places); k++)
			if (!places[k][2] || pv_streq(cause->reason, places[k][2]))
				cause->field = renamed(cx, cause->field, places[k][0], places[k][1]);
	}
}
