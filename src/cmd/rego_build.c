/* rego_build: `pave rego build` and `sign`: bundles out of modules and documents. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "cmd/rego_eval.h"
#include "cmd/verbs.h"
#include "lang/json/json.h"

#define KEY_LIMIT ((size_t)1 << 20)

typedef struct build {
	pv_ctx *cx;
	const pv_args *args;
	pv_vec modules; /* pv_rego_module */
	const pv_val *data;
	const pv_val *metadata;
	pv_vec roots; /* const char * */
	const char *revision;
	bool v0;
} build;

/* The bytes of a file, or the text itself if there is no such file: a secret. */
static int
read_key(pv_ctx *cx, const char *option, bool secret, const char **ret)
{
	struct stat st;
	pv_str text;
	if (secret && stat(option, &st) != 0) {
		*ret = option;
		return 0;
	}
	int r = pv_file_load(cx, option, KEY_LIMIT, &text);
	*ret = r == 0 ? text.s : NULL;
	return r;
}

static int
read_signer(pv_ctx *cx, const pv_args *args, pv_bundle_signer *ret)
{
	const char *claims = pv_args_text(args, "claims-file", NULL);
	pv_str text;
	ret->key.alg = pv_args_text(args, "signing-alg", "RS256");
	int r = read_key(cx, pv_args_text(args, "signing-key", ""), pv_starts_with(ret->key.alg, "HS"),
			 &ret->key.key);
	if (r < 0)
		return pv_wrap(cx, r,
			       "--signing-key: expected a file with a private key, or a secret for "
			       "--signing-alg HS256, HS384 or HS512");
	if (!claims)
		return 0;
	r = pv_file_load(cx, claims, KEY_LIMIT, &text);
	if (r == 0)
		r = pv_json_parse(cx, text, &(pv_json_opts){.file = claims}, &ret->claims);
	if (r == 0 && ret->claims->type != PV_OBJECT)
		r = pv_fail(cx, PV_EINVALID, "%s: expected an object, found %s", claims,
			    pv_type_name(ret->claims));
	ret->key.id = pv_text_at(r == 0 ? ret->claims : NULL, "keyid", NULL);
	return r < 0 ? pv_wrap(cx, r, "--claims-file") : 0;
}

int
rego_trust(pv_ctx *cx, const pv_args *args, pv_bundle_key *key, pv_bundle_trust *ret)
{
	const char *path = pv_args_text(args, "verification-key", NULL), *glob;
	pv_vec exclude;
	*ret = (pv_bundle_trust){.keys = key, .n = path ? 1 : 0, .wanted = path != NULL};
	*key = (pv_bundle_key){.id = pv_args_text(args, "verification-key-id", "default"),
			       .alg = pv_args_text(args, "signing-alg", "RS256"),
			       .scope = pv_args_text(args, "scope", NULL)};
	ret->key_id = key->id;
	ret->scope = key->scope;
	pv_vec_init(&exclude, cx->arena, sizeof(const char *));
	for (size_t i = 0; (glob = pv_args_nth(args, "exclude-files-verify", i)) != NULL; i++)
		pv_vec_push(&exclude, &glob);
	(void)pv_vec_add(&exclude);
	ret->exclude = exclude.data;
	int r = path ? read_key(cx, path, pv_starts_with(key->alg, "HS"), &key->key) : 0;
	return r < 0 ? pv_wrap(cx, r, "--verification-key") : 0;
}

/* ---- what goes in ---- */

static int
add_root(build *b, const char *path, const char *root)
{
	for (size_t i = 0; i < b->roots.len; i++) {
		const char *other = *PV_AT(const char *, &b->roots, i);
		if (pv_roots_overlap(root, other))
			return pv_fail(
				b->cx, PV_EINVALID,
				"bundle merge failed: %s: manifest has overlapped roots: '%s' and '%s'", path,
				root, other);
	}
	pv_vec_push(&b->roots, &root);
	return 0;
}

static int
add_bundle(build *b, const char *path)
{
	pv_bundle_key key;
	pv_bundle_trust trust;
	pv_bundle_opts opts = {.v0 = b->v0, .ignore = pv_args_list(b->cx, b->args, "ignore", NULL)};
	pv_bundle in;
	int r = rego_trust(b->cx, b->args, &key, &trust);
	opts.trust = trust.n && !pv_args_has(b->args, "signing-key") ? &trust : NULL;
	if (r == 0)
		r = pv_bundle_load(b->cx, path, &opts, &in);
	if (r == 0 && in.patch)
		r = pv_fail(b->cx, PV_EUNSUPPORTED, "%s: expected a whole bundle, found a delta bundle",
			    path);
	if (r == 0)
		r = pv_document_merge(b->cx, path, b->data, "", in.data, &b->data);
	if (r < 0)
		return r;
	for (size_t i = 0; i < in.modules.len; i++)
		pv_vec_push(&b->modules, PV_AT(pv_rego_module, &in.modules, i));
	for (size_t i = 0; r == 0 && i < in.roots.len; i++)
		r = add_root(b, path, *PV_AT(const char *, &in.roots, i));
	if (!*b->revision)
		b->revision = in.revision;
	if (!b->metadata)
		b->metadata = pv_get(in.manifest, "metadata");
	return r;
}

static int
load(build *b)
{
	const char *all = "";
	pv_rego_source src;
	int r = 0;
	pv_rego_source_init(b->cx, &src);
	src.ignore = pv_args_list(b->cx, b->args, "ignore", NULL);
	b->data = src.data;
	b->modules = src.modules;
	pv_vec_init(&b->roots, b->cx->arena, sizeof(const char *));
	if (pv_args_count(b->args) == 0)
		return pv_fail(b->cx, PV_EUSAGE, "expected at least one path, found no argument");
	for (size_t i = 0; r == 0 && i < pv_args_count(b->args); i++)
		r = pv_args_has(b->args, "bundle") ? add_bundle(b, pv_args_at(b->args, i))
						   : pv_rego_source_add(b->cx, &src, pv_args_at(b->args, i));
	if (!pv_args_has(b->args, "bundle")) {
		b->data = src.data;
		b->modules = src.modules;
		pv_vec_push(&b->roots, &all);
	}
	b->revision = pv_args_text(b->args, "revision", b->revision);
	return r;
}

/* ---- what no entry point reaches ---- */

/* Is the rule among these documents (of pv_val, ["data", "a", "b"]), or one of them below it? */
static bool
is_reached(const pv_vec *documents, const pv_rego_rule *rule)
{
	for (size_t i = 0; i < documents->len; i++) {
		const pv_val *path = PV_AT(pv_val, documents, i);
		pv_str rest = pv_str_of(rule->package), piece;
		size_t at = 0;
		while (at < path->len && pv_str_next(&rest, '.', &piece) &&
		       pv_str_is(piece, pv_text(&path->items[at], "")))
			at++;
		if (rest.len == 0 && at < path->len && pv_streq(pv_text(&path->items[at], ""), rule->name))
			return true;
	}
	return false;
}

/* Modules stay of which a rule is asked, by an entry point or by such a rule. */
static int
prune(build *b, const pv_rego *rego)
{
	pv_map *used = pv_map_new(b->cx->arena);
	pv_vec rules, kept, base, reached;
	const char *entry;
	int r = 0;
	if (!pv_args_has(b->args, "entrypoint"))
		return pv_fail(b->cx, PV_EUSAGE, "--prune-unused: expected --entrypoint too");
	pv_vec_init(&rules, b->cx->arena, sizeof(pv_rego_rule));
	pv_rego_rules(rego, &rules);
	for (size_t i = 0; r == 0 && (entry = pv_args_nth(b->args, "entrypoint", i)) != NULL; i++) {
		char *query = pv_printf(b->cx->arena, "data.%s", entry);
		for (char *c = query; *c; c++)
			*c = *c == '/' ? '.' : *c;
		r = pv_rego_deps(b->cx, rego, query, &base, &reached);
		for (size_t k = 0; r == 0 && k < rules.len; k++)
			if (is_reached(&reached, PV_AT(pv_rego_rule, &rules, k)))
				pv_map_puts(used, PV_AT(pv_rego_rule, &rules, k)->file, b);
	}
	pv_vec_init(&kept, b->cx->arena, sizeof(pv_rego_module));
	for (size_t i = 0; i < b->modules.len; i++)
		if (pv_map_finds(used, PV_AT(pv_rego_module, &b->modules, i)->name))
			pv_vec_push(&kept, PV_AT(pv_rego_module, &b->modules, i));
	b->modules = kept;
	return r;
}

static int
compile(build *b)
{
	pv_rego_opts opts = rego_source_opts(b->args);
	pv_rego *rego = NULL;
	opts.prints = true;
	int r = rego_capabilities_load(b->cx, b->args, &opts.capabilities);
	if (r == 0)
		r = pv_rego_compile(b->cx, b->modules.data, b->modules.len, &opts, &rego);
	if (r == 0)
		r = rego_entries_check(b->cx, b->args, rego);
	if (r == 0 && pv_args_has(b->args, "prune-unused"))
		r = prune(b, rego);
	pv_rego_unref(rego);
	return r;
}

/* ---- what comes out ---- */

static pv_val
manifest_of(const build *b)
{
	pv_arena *arena = b->cx->arena;
	pv_objb o, files;
	pv_listb roots;
	pv_objb_init(&o, arena);
	pv_objb_puts(&o, "revision", b->revision);
	pv_listb_init(&roots, arena);
	for (size_t i = 0; i < b->roots.len; i++)
		pv_listb_add(&roots, pv_string(arena, *PV_AT(const char *, &b->roots, i)));
	pv_objb_put(&o, "roots", pv_listb_end(&roots));
	if (b->metadata)
		pv_objb_put(&o, "metadata", *b->metadata);
	pv_objb_put(&o, "rego_version", pv_int(b->v0 ? 0 : 1));
	pv_objb_init(&files, arena);
	for (size_t i = 0; i < b->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &b->modules, i);
		if ((m->v0 && !b->v0) || (m->v1 && b->v0))
			pv_objb_put(&files, pv_printf(arena, "/%s", m->name), pv_int(m->v0 ? 0 : 1));
	}
	if (files.len)
		pv_objb_put(&o, "file_rego_versions", pv_objb_end(&files));
	return pv_objb_end(&o);
}

static pv_bundle_file
json_file(pv_ctx *cx, const char *path, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_json_write(&b, v);
	pv_buf_addc(&b, '\n');
	return (pv_bundle_file){path, {b.s, b.len}};
}

static void
list_files(build *b, pv_vec *ret)
{
	pv_val manifest = manifest_of(b);
	pv_bundle_file f = json_file(b->cx, "data.json", b->data);
	pv_vec_init(ret, b->cx->arena, sizeof(pv_bundle_file));
	pv_vec_push(ret, &f);
	for (size_t i = 0; i < b->modules.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &b->modules, i);
		f = (pv_bundle_file){m->name, m->text};
		while (*f.path == '/' || pv_starts_with(f.path, "./"))
			f.path += *f.path == '/' ? 1 : 2;
		pv_vec_push(ret, &f);
	}
	f = json_file(b->cx, ".manifest", &manifest);
	pv_vec_push(ret, &f);
}

static int
sign_files(pv_ctx *cx, const pv_args *args, pv_vec *files)
{
	pv_bundle_signer signer = {0};
	pv_val signatures;
	int r = read_signer(cx, args, &signer);
	if (r == 0)
		r = pv_bundle_sign(cx, files, &signer, &signatures);
	if (r < 0)
		return r;
	pv_bundle_file f = json_file(cx, ".signatures.json", &signatures);
	pv_vec_push(files, &f);
	return 0;
}

static int
check_options(pv_ctx *cx, const pv_args *args)
{
	const char *target = pv_args_text(args, "target", "rego"),
		   *optimize = pv_args_text(args, "optimize", "0");
	if (pv_streq(target, "wasm") || pv_streq(target, "plan"))
		return pv_fail(cx, PV_EUNSUPPORTED, "--target: %s is not supported, only rego", target);
	if (!pv_streq(target, "rego"))
		return pv_fail(cx, PV_EUSAGE, "--target: expected rego, found %s", target);
	if (!pv_streq(optimize, "0"))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "--optimize: %s is not supported, only 0: modules are "
			       "bundled as they were written",
			       optimize);
	if (pv_args_has(args, "verification-key") && !pv_args_has(args, "bundle"))
		return pv_fail(cx, PV_EUSAGE,
			       "--verification-key: expected --bundle too: only bundles are signed");
	return 0;
}

static int
run_build(pv_ctx *cx, const pv_args *args)
{
	const char *output = pv_args_text(args, "output", "bundle.tar.gz");
	build b = {.cx = cx, .args = args, .revision = "", .v0 = rego_source_opts(args).v0};
	pv_vec files;
	pv_buf packed;
	int r = check_options(cx, args);
	if (r == 0)
		r = rego_target_check(cx, args);
	if (r == 0)
		r = load(&b);
	if (r == 0)
		r = compile(&b);
	if (r < 0)
		return rego_told_once(cx, r);
	list_files(&b, &files);
	if (pv_args_has(args, "signing-key"))
		r = sign_files(cx, args, &files);
	pv_buf_init(&packed, cx->arena);
	if (r == 0)
		r = pv_bundle_pack(cx, &files, &packed);
	if (r == 0)
		r = pv_file_save(cx, output, (pv_str){packed.s, packed.len}, 0644);
	return r < 0 ? r : PV_EXIT_OK;
}

#define SIGNING_OPTIONS \
	{"signing-key", 0, "KEY", "sign: a file with a private key in PEM, or the secret of HS*"}, \
		{"signing-alg", 0, "NAME", "RS256 (default) to RS512, PS*, ES*, HS*"}, \
	{ \
		"claims-file", 0, "FILE", "JSON object of more claims of the signature: keyid, scope, ..." \
	}

static const pv_option build_options[] = {
	{"bundle", 'b', NULL, "paths are bundles: folders or archives"},
	{"output", 'o', "FILE", "where to write it (default: bundle.tar.gz)"},
	{"revision", 'r', "TEXT", "revision of the manifest"},
	{"entrypoint", 'e', "PATH", "a decision such as authz/allow that must be there; repeats"},
	{"ignore", 0, "GLOB", "names in folders that are left out; repeats"},
	{"prune-unused", 0, NULL, "leave out modules of which no entry point asks a rule"},
	{"target", 't', "rego", "what it holds: rego"},
	{"optimize", 'O', "0", "level of optimization: 0"},
	SIGNING_OPTIONS,
	{"verification-key", 0, "KEY",
	 "of signed bundles that go in: a file with a public key, or the secret"},
	{"verification-key-id", 0, "NAME", "name of that key (default: default)"},
	{"scope", 0, "TEXT", "scope that their signatures have"},
	{"exclude-files-verify", 0, "GLOB", "files of them that are not signed; repeats"},
	{"v0-compatible", 0, NULL, "read modules as Rego v0"},
	{"v1-compatible", 0, NULL, "read them as Rego v1 (default)"},
	{"capabilities", 0, "FILE|VERSION", "builtins that there are: a capabilities file"},
	{0},
};

static const pv_option build_refused[] = {
	{"debug", 0, NULL, "goes with --optimize"},
	{"follow-symlinks", 0, NULL, "name the folder that the link leads to"},
	{"format", 0, "json|proto", "goes with --target plan"},
	{"partial-namespace", 0, "NAME", "goes with --optimize"},
	{"plan-addons", 0, "NAME", "goes with --target plan"},
	{"signing-plugin", 0, "NAME", "keys sign"},
	{"wasm-include-print", 0, NULL, "goes with --target wasm"},
	{0},
};

const pv_verb rego_build_verb = {
	.name = "rego build",
	.usage = "PATH...",
	.summary = "pack Rego modules and documents into a bundle, as `opa build` does",
	.help = "Compiles them, and writes bundle.tar.gz.\n\n"
		"  pave rego build -b policy/ -r v7 -o policy.tar.gz --signing-key key.pem",
	.options = build_options,
	.refused = build_refused,
	.run = run_build,
};

/* ---- sign ---- */

static int
run_sign(pv_ctx *cx, const pv_args *args)
{
	const char *folder = pv_args_text(args, "output-file-path", ".");
	const pv_bundle_file *last;
	pv_bundle b;
	if (!pv_args_has(args, "signing-key"))
		return pv_fail(cx, PV_EUSAGE, "expected --signing-key");
	if (!pv_args_has(args, "bundle") || pv_args_count(args) != 1)
		return pv_fail(cx, PV_EUSAGE, "expected --bundle and one path, found %zu arguments",
			       pv_args_count(args));
	int r = pv_bundle_load(cx, pv_args_at(args, 0), &(pv_bundle_opts){0}, &b);
	if (r == 0)
		r = sign_files(cx, args, &b.files);
	if (r < 0)
		return r;
	last = PV_AT(pv_bundle_file, &b.files, b.files.len - 1);
	r = pv_file_save(cx, pv_printf(cx->arena, "%s/.signatures.json", folder), last->bytes, 0644);
	return r < 0 ? r : PV_EXIT_OK;
}

static const pv_option sign_options[] = {
	{"bundle", 'b', NULL, "the path is a bundle: a folder or an archive"},
	{"output-file-path", 'o', "FOLDER", "where .signatures.json is written (default: .)"},
	SIGNING_OPTIONS,
	{0},
};

static const pv_option sign_refused[] = {
	{"signing-plugin", 0, "NAME", "keys sign"},
	{0},
};

const pv_verb rego_sign_verb = {
	.name = "rego sign",
	.usage = "PATH",
	.summary = "write the signatures of a bundle's files, as `opa sign` does",
	.help = "Writes .signatures.json.\n\n  pave rego sign --signing-key key.pem --bundle policy/",
	.options = sign_options,
	.refused = sign_refused,
	.run = run_sign,
};
