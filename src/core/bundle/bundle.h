/* bundle: OPA's bundles (https://www.openpolicyagent.org/docs/management-bundles): modules and documents
 * below roots, with a manifest, signed or not, as a packed archive or a folder; whole, or as patches of the
 * data (delta).  And modules and documents from files as `opa -d` reads them.
 * No state: any thread.  Everything lives in cx's arena. */
#pragma once
#include "base/buf.h"
#include "lang/rego/rego.h"

#define PV_BUNDLE_LIMIT ((size_t)1 << 30) /* bytes unpacked, OPA's default */
#define PV_BUNDLE_FILES 100000

typedef struct pv_bundle_file {
	const char *path; /* "a/data.json": without a slash in front */
	pv_str bytes;
} pv_bundle_file;

typedef struct pv_bundle_key {
	const char *id, *alg; /* alg NULL: RS256 */
	const char *key;      /* a PEM block, or the secret of HS* */
	const char *scope;    /* NULL: none */
} pv_bundle_key;

/* How a signature is checked; without keys, a signed bundle is refused. */
typedef struct pv_bundle_trust {
	const pv_bundle_key *keys;
	size_t n;
	const char *key_id, *scope; /* NULL: what the token says; none */
	const char *const *exclude; /* globs of files that are not signed; ends with NULL, or NULL */
	bool wanted;                /* an unsigned bundle is refused */
} pv_bundle_trust;

typedef struct pv_bundle_opts {
	const char *prefix;           /* in front of the names of modules: "bundle/"; NULL: nothing */
	size_t limit;                 /* 0: PV_BUNDLE_LIMIT */
	bool v0;                      /* modules are Rego v0 unless the manifest says otherwise */
	const pv_bundle_trust *trust; /* NULL: signatures are not looked at, as by `opa eval` */
	const char *const *ignore; /* globs of names in folders that are left out; ends with NULL, or NULL */
} pv_bundle_opts;

typedef struct pv_bundle {
	pv_vec files;           /* pv_bundle_file, by path */
	pv_vec modules;         /* pv_rego_module, in the same order */
	const pv_val *data;     /* an object */
	const pv_val *manifest; /* as it was written; NULL: there was none */
	const char *revision;   /* "" if not given */
	pv_vec roots;           /* const char *: "a/b"; one "" if not given */
	const pv_val *patch;    /* of a delta: the list of operations; else NULL */
	const pv_val *signatures;
} pv_bundle;

/* A gzip of a tar. */
PV_MUST_USE int pv_bundle_read(pv_ctx *cx, pv_str packed, const pv_bundle_opts *opts, pv_bundle *ret);
/* Such a file, or a folder. */
PV_MUST_USE int pv_bundle_load(pv_ctx *cx, const char *path, const pv_bundle_opts *opts, pv_bundle *ret);
/* Packs files as they stand: of pv_bundle_file. */
PV_MUST_USE int pv_bundle_pack(pv_ctx *cx, const pv_vec *files, pv_buf *ret);

/* ---- signatures (sign.c) ---- */
typedef struct pv_bundle_signer {
	pv_bundle_key key;    /* key.id: `kid` and `keyid`, may be NULL */
	const pv_val *claims; /* more of them; NULL: none */
} pv_bundle_signer;
/* {"signatures": [token]} over the files. */
PV_MUST_USE int pv_bundle_sign(pv_ctx *cx, const pv_vec *files, const pv_bundle_signer *signer, pv_val *ret);
PV_MUST_USE int pv_bundle_verify(pv_ctx *cx, const pv_bundle *bundle, const pv_bundle_trust *trust);

/* ---- roots (roots.c) ---- */
bool pv_roots_overlap(const char *a, const char *b); /* one is the other, or leads to it */
void pv_roots_sort(pv_vec *roots);                   /* so that those that overlap stand side by side */
/* Of sorted roots that do not overlap each other the one, or the first, that overlaps the path; NULL: none. */
const char *pv_roots_find(const pv_vec *sorted, const char *path);
bool pv_roots_have(const pv_vec *sorted, const char *path); /* is it one of them, or below one? */
/* Are its modules and documents below its roots, and do those not overlap? */
PV_MUST_USE int pv_bundle_check_roots(pv_ctx *cx, const pv_bundle *bundle);
/* Where a module's package is: "a/b". */
PV_MUST_USE int pv_bundle_package(pv_ctx *cx, const pv_rego_module *module, bool v0, const char **ret);

/* ---- modules and documents from anywhere (source.c) ---- */
typedef struct pv_rego_source {
	pv_vec modules;            /* pv_rego_module */
	const pv_val *data;        /* base documents, merged */
	const char *const *ignore; /* as of pv_bundle_opts */
	bool modules_only;         /* pv_rego_source_add() passes over what is not called .rego */
} pv_rego_source;
void pv_rego_source_init(pv_ctx *cx, pv_rego_source *ret);
/* A file or a folder: "a.b:FILE" puts its document at data.a.b.  An archive is a bundle. */
PV_MUST_USE int pv_rego_source_add(pv_ctx *cx, pv_rego_source *to, const char *spec);
PV_MUST_USE int pv_rego_source_modules(pv_ctx *cx, pv_rego_source *to, const char *path); /* modules only */
bool pv_bundle_ignores(const char *const *globs, const char *name); /* globs may be NULL */
PV_MUST_USE int pv_rego_source_bundle(pv_ctx *cx, pv_rego_source *to, const char *path,
				      const pv_bundle_opts *opts);

/* ---- documents (document.c) ---- */
typedef struct pv_bundle_document {
	const char *file, *path; /* path: "" or "a/b", where it goes */
	const pv_val *value;
} pv_bundle_document;
/* Puts a document at its path of another; objects are merged, anything else must not meet. */
PV_MUST_USE int pv_document_merge(pv_ctx *cx, const char *file, const pv_val *into, const char *path,
				  const pv_val *doc, const pv_val **ret);
/* Many at once (pv_bundle_document), which takes no longer than sorting them; their values are changed. */
PV_MUST_USE int pv_documents_merge(pv_ctx *cx, pv_vec *documents, const pv_val **ret);
/* A file of JSON, or of YAML if it is not called .json. */
PV_MUST_USE int pv_document_parse(pv_ctx *cx, const char *path, pv_str text, const pv_val **ret);
