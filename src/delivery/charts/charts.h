/* delivery/charts: Helm charts from repositories over HTTP(S) and from OCI registries: which
 * version a range means, and its archive, kept by digest in a folder of bounded size.  The
 * network and every byte that a stranger wrote are a sandboxed child's (job fetch-chart).
 * Blocks; any thread.  See README.md. */
#pragma once
#include "core/fact/fact.h"

/* "registry.example/charts" as "oci://registry.example/charts"; what has a scheme, as it is. */
const char *charts_address(pv_arena *arena, const char *repo);
/* Is it https://HOST/.., http://HOST/.. or oci://HOST/..?  -PV_EINVALID says what is wrong. */
PV_MUST_USE int charts_check(pv_ctx *cx, const char *address);

/* request {url, chart, version, ...}: chart "": the URL is the archive's, or the registry's name of
 * the chart; version: an exact one, a range, "" for the newest release.  How to get there: username, password, bearerToken,
 * authorities, tlsClientCertData and -Key, insecure, proxy, noProxy, passCredentials (to other hosts,
 * too), plainHttp (of a registry), deny and allow (reach).
 * -> {name, version, digest (hex of SHA-256), file, url}; file lies in `folder`. */
PV_MUST_USE int charts_fetch(pv_ctx *cx, const char *folder, const pv_val *request, pv_val *ret);
/* The same of a server: the folder is its own, and credentials are those of its Secrets.
 * args {repo, chart, revision, passCredentials}; what is there is not brought again. */
PV_MUST_USE int charts_get(pv_ctx *cx, pv_facts *facts, const pv_val *args, pv_val *ret);
/* The file of the archive of that digest in a server's folder; NULL: it is not there (any more). */
const char *charts_kept(pv_ctx *cx, pv_facts *facts, const char *digest);
/* The archive, if its digest still is what its name says.  For the child that unpacks it. */
PV_MUST_USE int charts_load(pv_ctx *cx, const char *file, const char *digest, pv_str *ret);

/* The fact "chart-version" {repo, chart, revision, passCredentials} -> {commit: version, tree: digest,
 * file}: as a git-tree has it.  An exact version is looked up once, a range again and again. */
#define CHARTS_FACT "chart-version"
/* The fact {repo: oci://.., revision: a tag, a range of versions or a digest} -> {commit: "sha256:..", tree,
 * directories}: an image of manifests, whose files are a tree of the mirror of that address (pv_git_unpack), as
 * core/git's facts want it. */
#define IMAGE_FACT "image-commit"
