/* fetch: the bytes of a bundle, from a service or a file. */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/plugins.h"

#define BUNDLES "application/vnd.openpolicyagent.bundles"

static int
from_file(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, opa_fetched *ret)
{
	const char *path = conf->resource + strlen("file://");
	struct stat st;
	if (stat(path, &st) != 0)
		return pv_fail(cx, PV_ENOTFOUND, "stat %s: no such file or directory", path);
	if (!S_ISREG(st.st_mode))
		return pv_fail(cx, PV_EINVALID, "%s: expected a packed bundle, found a folder", path);
	ret->etag = pv_printf(cx->arena, "%lld.%09ld-%lld", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			      (long long)st.st_size);
	return pv_streq(ret->etag, etag) ? 0 : pv_file_load(cx, path, conf->limit, &ret->bytes);
}

static int
from_http(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop, opa_fetched *ret)
{
	opa_service_req req = {
		.path = conf->resource, .limit = conf->limit, .more_ns = conf->long_poll_ns, .stop = stop};
	pv_httpc_answer a;
	req.headers[0] = conf->long_poll_ns ? pv_printf(cx->arena, "Prefer: modes=snapshot,delta;wait=%lld",
							(long long)(conf->long_poll_ns / PV_SEC))
					    : "Prefer: modes=snapshot,delta";
	if (*etag)
		req.headers[1] = pv_printf(cx->arena, "If-None-Match: %s", etag);
	int r = opa_service_do(cx, conf->service, &req, &a);
	if (r < 0)
		return pv_wrap(cx, r, "request failed");
	ret->status = a.status;
	ret->etag = pv_httpc_header(&a, "etag");
	ret->etag = ret->etag ? ret->etag : a.status == 304 ? etag : "";
	ret->long_polled = conf->long_poll_ns && pv_starts_with(a.type, BUNDLES);
	if (a.status == 304)
		return 0;
	if (a.status != 200)
		return pv_fail(cx, pv_code_of_http(a.status), "server replied with HTTP %d", a.status);
	ret->bytes = a.body;
	return a.body.len ? 0 : pv_fail(cx, PV_EINVALID, "the answer is empty");
}

int
opa_fetch(pv_ctx *cx, const opa_bundle_conf *conf, const char *etag, atomic_bool *stop, opa_fetched *ret)
{
	*ret = (opa_fetched){.etag = ""};
	if (conf->repository)
		return opa_fetch_git(cx, conf, etag, stop, ret);
	if (!conf->service)
		return from_file(cx, conf, etag, ret);
	if (conf->service->oci)
		return opa_fetch_oci(cx, conf, etag, stop, ret);
	return from_http(cx, conf, etag, stop, ret);
}

int
opa_put(pv_ctx *cx, opa_engine *engine, const opa_bundle_conf *conf, pv_str bytes, pv_bundle *ret)
{
	pv_bundle_opts opts = {.prefix = pv_printf(cx->arena, "%s/", conf->name),
			       .limit = conf->limit,
			       .v0 = conf->v0,
			       .trust = conf->trust};
	int r = pv_bundle_read(cx, bytes, &opts, ret);
	return r < 0 ? r : opa_activate(cx, engine, conf->name, ret);
}
