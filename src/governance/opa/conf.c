#include "governance/opa/conf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/gzip.h"
#include "base/str.h"
#include "base/time.h"
#include "core/git/git.h"
#include "lang/yaml/yaml.h"

#define FILE_LIMIT ((size_t)16 << 20)
#define BODY ((int64_t)256 << 20) /* OPA's defaults */
#define GZIPPED ((int64_t)512 << 20)

/* ---- reading ---- */

/* ${NAME} is the variable of the environment, "" if there is none. */
static pv_str
with_environment(pv_arena *arena, pv_str text)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < text.len; i++) {
		const char *end = text.s[i] == '$' && i + 1 < text.len && text.s[i + 1] == '{'
					  ? memchr(text.s + i, '}', text.len - i)
					  : NULL;
		if (!end) {
			pv_buf_addc(&b, text.s[i]);
			continue;
		}
		const char *name = pv_strndup(arena, text.s + i + 2, (size_t)(end - text.s) - i - 2);
		const char *value = getenv(name);
		pv_buf_adds(&b, value ? value : "");
		i = (size_t)(end - text.s);
	}
	return (pv_str){b.len ? b.s : "", b.len};
}

/* c is read as YAML, so 3 is a number and [a, b] a list. */
static int
read_value(pv_ctx *cx, const char *text, const pv_val **ret)
{
	return pv_yaml_parse(cx, pv_str_of(text), NULL, ret);
}

/* The text of a file, whatever it says. */
static int
read_named(pv_ctx *cx, const char *file, const pv_val **ret)
{
	pv_str text;
	int r = pv_file_load(cx, file, FILE_LIMIT, &text);
	if (r == 0)
		*ret = pv_box(cx->arena, pv_stringn(cx->arena, text.s, text.len));
	return r;
}

/* "a.b=c" of --set or --set-file. */
static int
set_one(pv_ctx *cx, const char *flag, int (*read)(pv_ctx *cx, const char *text, const pv_val **ret),
	const char *set, const pv_val **doc)
{
	const char *eq = strchr(set, '=');
	const pv_val *value;
	if (!eq || eq == set)
		return pv_fail(cx, PV_EUSAGE,
			       "--%s: expected KEY=VALUE such as services.s.url=https://..., "
			       "found \"%s\"",
			       flag, set);
	int r = read(cx, eq + 1, &value);
	if (r < 0)
		return pv_wrap(cx, r, "--%s %.*s", flag, (int)(eq - set), set);
	*doc = pv_box(cx->arena,
		      pv_with_at(cx->arena, *doc, pv_strndup(cx->arena, set, (size_t)(eq - set)), *value));
	return 0;
}

/* What is null is not said. */
static const pv_val *
without_nulls(pv_ctx *cx, const pv_val *doc)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	for (uint32_t i = 0; i < doc->len; i++)
		if (doc->members[i].val.type != PV_NULL)
			pv_objb_add(&o, doc->members[i].key, doc->members[i].val);
	return pv_box(cx->arena, pv_objb_end(&o));
}

static const pv_val nothing = {.type = PV_OBJECT};

static int
parse(pv_ctx *cx, pv_str text, const char *name, const pv_val **ret)
{
	int r = pv_yaml_parse(cx, text, &(pv_yaml_opts){.file = name}, ret);
	if (r == 0 && (*ret)->type == PV_NULL)
		*ret = &nothing;
	if (r == 0 && (*ret)->type != PV_OBJECT)
		r = pv_fail(cx, PV_EINVALID, "%s: expected an object, found %s", name, pv_type_name(*ret));
	if (r == 0)
		*ret = without_nulls(cx, *ret);
	return r;
}

static int
read_doc(pv_ctx *cx, const char *file, const char *const *sets, const char *const *files, const pv_val **ret)
{
	pv_str text;
	int r = 0;
	*ret = &nothing;
	if (file) {
		r = pv_file_load(cx, file, FILE_LIMIT, &text);
		if (r == 0)
			r = parse(cx, with_environment(cx->arena, text), file, ret);
	}
	for (size_t i = 0; r == 0 && sets && sets[i]; i++)
		r = set_one(cx, "set", read_value, sets[i], ret);
	for (size_t i = 0; r == 0 && files && files[i]; i++)
		r = set_one(cx, "set-file", read_named, files[i], ret);
	if (r == 0)
		*ret = without_nulls(cx, *ret);
	return r;
}

/* Of a server that listens for itself, and keeps things where it likes. */
static int
check_confined(pv_ctx *cx, const pv_val *doc)
{
	static const char *const refused[] = {"persistence_directory", "default_decision",
					      "default_authorization_decision", "server"};
	for (size_t i = 0; i < PV_LEN(refused); i++)
		if (pv_get(doc, refused[i]))
			return pv_fail(cx, PV_EUNSUPPORTED,
				       "configuration: %s is not supported by the platform: that is not for "
				       "its policies to say",
				       refused[i]);
	return 0;
}

static int
check_known(pv_ctx *cx, const pv_val *doc)
{
	static const char *const refused[] = {"discovery",    "plugins",       "distributed_tracing",
					      "storage.disk", "status.plugin", "server.metrics",
					      "bundle"};
	static const char *const flags[] = {"nd_builtin_cache", "status.prometheus"}; /* off is no matter */
	const char *found = NULL;
	for (size_t i = 0; i < PV_LEN(refused) && !found; i++)
		found = pv_at(doc, refused[i]) ? refused[i] : NULL;
	for (size_t i = 0; i < PV_LEN(flags) && !found; i++)
		found = pv_truth_at(doc, flags[i], false) ? flags[i] : NULL;
	return found ? pv_fail(cx, PV_EUNSUPPORTED, "configuration: %s is not supported", found) : 0;
}

/* ---- without secrets ---- */

static pv_val
mapped(pv_arena *arena, const pv_val *v, pv_val (*one)(pv_arena *arena, const pv_val *v))
{
	pv_objb o;
	pv_listb l;
	if (pv_is(v, PV_OBJECT)) {
		pv_objb_init(&o, arena);
		for (uint32_t i = 0; i < v->len; i++)
			pv_objb_putv(&o, v->members[i].key, one(arena, &v->members[i].val));
		return pv_objb_end(&o);
	}
	pv_listb_init(&l, arena);
	for (size_t i = 0; i < pv_count(v); i++)
		pv_listb_add(&l, one(arena, pv_item(v, i)));
	return pv_listb_end(&l);
}

static pv_val
bare_service(pv_arena *arena, const pv_val *v)
{
	pv_val bare = pv_is(v, PV_OBJECT) ? pv_without(arena, v, "credentials") : *v;
	return pv_is(v, PV_OBJECT) ? pv_without(arena, &bare, "headers") : bare;
}

static pv_val
bare_key(pv_arena *arena, const pv_val *v)
{
	pv_val bare = pv_is(v, PV_OBJECT) ? pv_without(arena, v, "key") : *v;
	return pv_is(v, PV_OBJECT) ? pv_without(arena, &bare, "private_key") : bare;
}

static pv_val
bare_bundle(pv_arena *arena, const pv_val *v)
{
	const char *url = pv_text_at(v, "git.url", NULL);
	return url ? pv_with_at(arena, v, "git.url", pv_string(arena, pv_git_plain_url(arena, url))) : *v;
}

static const pv_val *
without_secrets(pv_ctx *cx, const opa_conf *c)
{
	const pv_val *services = pv_get(c->doc, "services"), *keys = pv_get(c->doc, "keys"),
		     *bundles = pv_get(c->doc, "bundles");
	pv_objb o;
	pv_objb_from(&o, cx->arena, c->doc);
	if (services)
		pv_objb_put(&o, "services", mapped(cx->arena, services, bare_service));
	if (keys)
		pv_objb_put(&o, "keys", mapped(cx->arena, keys, bare_key));
	if (bundles)
		pv_objb_put(&o, "bundles", mapped(cx->arena, bundles, bare_bundle));
	pv_objb_put(&o, "labels", *c->labels);
	pv_objb_puts(&o, "default_decision", pv_printf(cx->arena, "/%s", c->decision));
	pv_objb_puts(&o, "default_authorization_decision", pv_printf(cx->arena, "/%s", c->authorization));
	return pv_box(cx->arena, pv_objb_end(&o));
}

/* ---- bundles ---- */

/* {ID: {key, algorithm, scope}}: of pv_bundle_key. */
static int
read_keys(pv_ctx *cx, const pv_val *conf, bool confined, pv_vec *ret)
{
	pv_vec_init(ret, cx->arena, sizeof(pv_bundle_key));
	if (conf && conf->type != PV_OBJECT)
		return pv_fail(cx, PV_EINVALID, "keys: expected an object, found %s", pv_type_name(conf));
	for (size_t i = 0; i < pv_member_count(conf); i++) {
		const pv_val *one = &conf->members[i].val;
		pv_bundle_key k = {.id = pv_text(&conf->members[i].key, ""),
				   .alg = pv_text_at(one, "algorithm", "RS256"),
				   .key = pv_text_at(one, "key", NULL),
				   .scope = pv_text_at(one, "scope", NULL)};
		const char *where = pv_printf(cx->arena, "keys[%s].key", k.id);
		struct stat st;
		if (!k.key && pv_text_at(one, "private_key", NULL))
			continue;
		if (!k.key)
			return pv_fail(cx, PV_EINVALID,
				       "keys[%s].key: expected a public key in PEM, or a "
				       "secret, found nothing",
				       k.id);
		/* Else a key, or a secret of one line. */
		if (confined ? !pv_starts_with(k.alg, "HS") : stat(k.key, &st) == 0) {
			int r = opa_text_or_file(cx, k.key, confined, where, &k.key);
			if (r < 0)
				return r;
		}
		pv_vec_push(ret, &k);
	}
	return 0;
}

static int
check_key(pv_ctx *cx, const char *bundle, const pv_bundle_trust *t)
{
	bool found = !t->key_id;
	for (size_t i = 0; i < t->n && !found; i++)
		found = pv_streq(t->keys[i].id, t->key_id);
	return found ? 0
		     : pv_fail(cx, PV_EINVALID,
			       "bundles[%s].signing.keyid: expected one of `keys`, found \"%.*s\"", bundle,
			       PV_CLIP(t->key_id));
}

static const pv_bundle_trust *
trust_of(pv_ctx *cx, const pv_val *signing, const pv_vec *keys)
{
	pv_bundle_trust *t = pv_new(cx->arena, pv_bundle_trust);
	const pv_val *exclude = pv_get(signing, "exclude_files");
	const char **globs = pv_new_array(cx->arena, const char *, pv_count(exclude) + 1);
	for (size_t i = 0; i < pv_count(exclude); i++)
		globs[i] = pv_text(pv_item(exclude, i), "");
	*t = (pv_bundle_trust){.keys = keys->data, .n = signing ? keys->len : 0, .exclude = globs};
	t->key_id = pv_text_at(signing, "keyid", NULL);
	t->scope = pv_text_at(signing, "scope", NULL);
	t->wanted = signing != NULL;
	return t;
}

static int
read_delays(pv_ctx *cx, const pv_val *conf, opa_bundle_conf *b)
{
	b->min_ns = pv_seconds(pv_i64_at(conf, "polling.min_delay_seconds", 60));
	b->max_ns = pv_seconds(pv_i64_at(conf, "polling.max_delay_seconds", 120));
	b->long_poll_ns = pv_seconds(pv_i64_at(conf, "polling.long_polling_timeout_seconds", 0));
	if (b->min_ns < 0 || b->max_ns < b->min_ns || b->long_poll_ns < 0)
		return pv_fail(cx, PV_EINVALID,
			       "bundles[%s].polling: expected min_delay_seconds at most max_delay_seconds",
			       b->name);
	return 0;
}

/* {url, revision, path}, ours. */
static int
read_git(pv_ctx *cx, const pv_val *git, opa_bundle_conf *b)
{
	b->repository = pv_text_at(git, "url", NULL);
	b->revision = pv_text_at(git, "revision", "HEAD");
	b->folder = pv_text_at(git, "path", "");
	return b->repository
		       ? 0
		       : pv_fail(cx, PV_EINVALID,
				 "bundles[%s].git.url: expected the address of a repository, found nothing",
				 b->name);
}

static int
read_bundle(pv_ctx *cx, const opa_conf *c, const char *name, const pv_val *conf, const pv_vec *keys,
	    opa_bundle_conf *ret)
{
	const char *folder = c->folder, *whose;
	int64_t limit = pv_i64_at(conf, "size_limit_bytes", (int64_t)PV_BUNDLE_LIMIT);
	*ret = (opa_bundle_conf){.name = name, .limit = limit > 0 ? (size_t)limit : PV_BUNDLE_LIMIT};
	ret->resource = pv_text_at(conf, "resource", pv_printf(cx->arena, "bundles/%s", name));
	ret->trust = trust_of(cx, pv_get(conf, "signing"), keys);
	whose = pv_printf(cx->arena, "bundles[%s]", name);
	if (strstr(name, ".."))
		return pv_fail(cx, PV_EINVALID, "bundles: \"%s\": expected a name without ..", name);
	if (check_key(cx, name, ret->trust) < 0)
		return -cx->err->code;
	if (pv_truth_at(conf, "persist", c->confined))
		ret->persist = pv_printf(cx->arena, "%s/bundles/%s/bundle.tar.gz", folder, name);
	if (pv_get(conf, "git")) {
		int r = read_git(cx, pv_get(conf, "git"), ret);
		return r < 0 ? r : read_delays(cx, conf, ret);
	}
	if (!pv_starts_with(ret->resource, "file://")) {
		while (*ret->resource == '/')
			ret->resource++;
		ret->service = opa_service_find(cx, &c->services, pv_text_at(conf, "service", ""), whose);
		if (!ret->service)
			return -cx->err->code;
	}
	return read_delays(cx, conf, ret);
}

static int
read_bundles(pv_ctx *cx, opa_conf *c)
{
	const pv_val *all = pv_get(c->doc, "bundles");
	pv_vec keys;
	int r = read_keys(cx, pv_get(c->doc, "keys"), c->confined, &keys);
	pv_vec_init(&c->plugins.bundles, cx->arena, sizeof(opa_bundle_conf));
	if (r == 0 && all && all->type != PV_OBJECT)
		r = pv_fail(cx, PV_EINVALID, "bundles: expected an object, found %s", pv_type_name(all));
	for (size_t i = 0; r == 0 && i < pv_member_count(all); i++) {
		opa_bundle_conf b;
		r = read_bundle(cx, c, pv_text(&all->members[i].key, ""), &all->members[i].val, &keys, &b);
		b.v0 = c->v0;
		if (r == 0)
			pv_vec_push(&c->plugins.bundles, &b);
	}
	return r;
}

static int
read_status(pv_ctx *cx, opa_conf *c)
{
	const pv_val *conf = pv_get(c->doc, "status");
	const char *name = pv_text_at(conf, "service", NULL), *partition;
	if (!conf)
		return 0;
	partition = pv_text_at(conf, "partition_name", "");
	c->plugins.has_status = true;
	c->plugins.status_console = pv_truth_at(conf, "console", false);
	c->plugins.status_path = *partition ? pv_printf(cx->arena, "status/%s", partition) : "status";
	if (name || (c->services.len == 1 && !c->plugins.status_console)) {
		c->plugins.status = opa_service_find(cx, &c->services, name ? name : "", "status");
		return c->plugins.status ? 0 : -cx->err->code;
	}
	return 0;
}

/* ---- */

static pv_val
labels_of(pv_ctx *cx, const pv_val *doc)
{
	const pv_val *more = pv_get(doc, "labels");
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	for (size_t i = 0; i < pv_member_count(more) && pv_is(more, PV_OBJECT); i++)
		pv_objb_putv(&o, more->members[i].key, more->members[i].val);
	pv_objb_puts(&o, "id", pv_uuid(cx->arena));
	pv_objb_puts(&o, "version", PAVE_VERSION);
	return pv_objb_end(&o);
}

static const char *
path_at(const pv_val *doc, const char *member, const char *otherwise)
{
	const char *path = pv_text_at(doc, member, otherwise);
	while (*path == '/')
		path++;
	return path;
}

/* The file of the platform's decisions is one of its own. */
static int
read_log(pv_ctx *cx, opa_conf *c)
{
	int r = c->logs ? opa_log_read(cx, pv_get(c->doc, "decision_logs"), &c->services, &c->log) : 0;
	if (r < 0 || !c->confined || !c->log.file)
		return r;
	if (strchr(c->log.file, '/') || *c->log.file == '.' || *c->log.file == '\0')
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"decision_logs.file_path: expected a name such as decisions.jsonl, which is in "
			"opa/ of the data directory, found \"%.*s\"",
			PV_CLIP(c->log.file));
	c->log.file = pv_printf(cx->arena, "%s/%s", c->folder, c->log.file);
	return 0;
}

/* How answers are packed. */
static int
read_encoding(pv_ctx *cx, opa_conf *c)
{
	int64_t least = pv_i64_at(c->doc, "server.encoding.gzip.min_length", 1024);
	int64_t level = pv_i64_at(c->doc, "server.encoding.gzip.compression_level", PV_GZIP_FAST);
	if (least <= 0)
		return pv_fail(cx, PV_EINVALID,
			       "server.encoding.gzip.min_length: expected a number above 0, found %lld",
			       (long long)least);
	if (level < 0 || level > 9)
		return pv_fail(
			cx, PV_EINVALID,
			"server.encoding.gzip.compression_level: expected a number from 0 to 9, found %lld",
			(long long)level);
	c->gzip_least = (size_t)least;
	c->gzip_level = (int)level;
	return 0;
}

static int
read_all(pv_ctx *cx, opa_conf *c)
{
	int r = check_known(cx, c->doc);
	if (r == 0 && c->confined)
		r = check_confined(cx, c->doc);
	if (r == 0)
		r = opa_services_open(cx, c->doc, c->confined, &c->services);
	if (r < 0)
		return r;
	if (!c->confined)
		c->folder = pv_text_at(c->doc, "persistence_directory", ".opa");
	c->labels = pv_box(cx->arena, labels_of(cx, c->doc));
	c->decision = path_at(c->doc, "default_decision", "system/main");
	c->authorization = path_at(c->doc, "default_authorization_decision", "system/authz/allow");
	c->body_limit = (size_t)pv_i64_at(c->doc, "server.decoding.max_length", BODY);
	c->gzip_limit = (size_t)pv_i64_at(c->doc, "server.decoding.gzip.max_length", GZIPPED);
	c->logs = pv_get(c->doc, "decision_logs") != NULL;
	r = read_encoding(cx, c);
	if (r == 0)
		r = read_bundles(cx, c);
	if (r == 0)
		r = read_status(cx, c);
	if (r == 0)
		r = read_log(cx, c);
	c->plugins.labels = c->labels;
	c->shown = without_secrets(cx, c);
	if (r < 0)
		opa_conf_close(c);
	return r;
}

int
opa_conf_read(pv_ctx *cx, const char *file, const char *const *sets, const char *const *files, bool v0,
	      opa_conf *ret)
{
	*ret = (opa_conf){.v0 = v0};
	pv_vec_init(&ret->services, cx->arena, sizeof(opa_service));
	int r = read_doc(cx, file, sets, files, &ret->doc);
	return r < 0 ? r : read_all(cx, ret);
}

int
opa_conf_parse(pv_ctx *cx, pv_str text, const char *name, const char *folder, opa_conf *ret)
{
	*ret = (opa_conf){.confined = true, .folder = folder};
	pv_vec_init(&ret->services, cx->arena, sizeof(opa_service));
	int r = parse(cx, text, name, &ret->doc);
	return r < 0 ? r : read_all(cx, ret);
}

void
opa_conf_close(opa_conf *c)
{
	opa_services_close(&c->services);
}
