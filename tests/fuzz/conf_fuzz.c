/* Any text is a configuration of OPA, of who may come with a token, of what is audited, a kubeconfig, or faults
 * that say what is wrong; and, line by line, a backup. */
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "core/audit/policy.h"
#include "core/auth/authn.h"
#include "core/client/kubeconfig.h"
#include "core/store/backup.h"
#include "governance/opa/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
recovered(pv_ctx *cx, int r)
{
	PV_ASSERT(r == 0 || (cx->err && *pv_error_text(cx)));
	if (r < 0)
		pv_recover(cx);
}

static void
configured(pv_ctx *cx, pv_str text)
{
	const char *const own[] = {"https://own.example", NULL};
	pv_audit_policy *policy = NULL;
	authn_conf authn;
	opa_conf opa;
	int r = opa_conf_parse(cx, text, "conf", "/nonexistent", &opa);

	if (r == 0)
		opa_conf_close(&opa);
	recovered(cx, r);
	recovered(cx, authn_read(cx, "conf", text, own, &authn));
	recovered(cx, pv_audit_policy_parse(cx, "conf", text, &policy));
	if (policy) {
		const pv_audit_question asked = {
			"u", (const char *const[]){"g", NULL}, "get", "", "pods", "", "n", "x", NULL};

		(void)pv_audit_policy_decide(policy, &asked);
		pv_audit_policy_free(policy);
	}
}

static void
client(pv_ctx *cx, pv_str text)
{
	int fd = memfd_create("kubeconfig", 0);
	pv_client_conf conf = {.kubeconfig = pv_printf(cx->arena, "/proc/self/fd/%d", fd)};
	kubeconfig found;

	PV_ASSERT(fd >= 0 && write(fd, text.s, text.len) == (ssize_t)text.len);
	recovered(cx, kubeconfig_load(cx, &conf, &found));
	close(fd);
}

static void
backup(pv_ctx *cx, pv_str text)
{
	pv_backup_reader *reader = pv_backup_reader_new();
	pv_backup_info info;
	pv_str line;
	int r = 0;

	while (r == 0 && pv_str_next(&text, '\n', &line))
		r = pv_backup_take(cx, reader, line);
	recovered(cx, r < 0 ? r : pv_backup_end(cx, reader, &info));
	pv_backup_reader_free(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pv_str text;
	pv_ctx cx;

	if (size > 1 << 14)
		return 0;
	pv_ctx_init(&cx, "fuzz");
	text = (pv_str){pv_strndup(cx.arena, (const char *)data, size), size};
	configured(&cx, text);
	client(&cx, text);
	backup(&cx, text);
	pv_ctx_done(&cx);
	return 0;
}
