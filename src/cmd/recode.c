/* recode: `pave recode`: an object as JSON, YAML or Kubernetes' protobuf, whichever of them it comes in: what etcd
 * holds, what clients send and are sent, what lies in files. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/input.h"
#include "cmd/verbs.h"
#include "core/kinds/kinds.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define RELEASE "1.37" /* of core/kinds/published.tsv */

typedef struct object {
	const pv_val *v;
	const pv_schema *schema; /* NULL: nothing is known of the kind */
	pv_str raw;              /* its message, if it came in protobuf */
	const char *api_version, *kind;
} object;

static int
unknown_kind(pv_ctx *cx, const object *o)
{
	return pv_fail(cx, PV_EUNSUPPORTED,
		       "%s of %s has no protobuf form that is known here (the kinds that Kubernetes " RELEASE
		       " publishes have one; custom kinds never have)",
		       o->kind[0] ? o->kind : "an object without a kind",
		       o->api_version[0] ? o->api_version : "no apiVersion");
}

/* What has no kind is an event of a watch. */
static const pv_schema *
find_type(const pv_kinds *kinds, const char *api_version, const char *kind)
{
	bool nameless = !api_version[0] && !kind[0];

	return pv_kinds_of(kinds, nameless ? "v1" : api_version, nameless ? "WatchEvent" : kind);
}

static int
read_protobuf(pv_ctx *cx, const pv_kinds *kinds, pv_str text, object *ret)
{
	pv_protobuf from;
	int r = pv_protobuf_envelope(cx, text, &from);

	if (r < 0)
		return r;
	*ret = (object){NULL, find_type(kinds, from.api_version, from.kind), from.raw, from.api_version,
			from.kind};
	if (!ret->schema)
		return unknown_kind(cx, ret);
	r = pv_protobuf_parse(cx, &from, ret->schema, &ret->v);
	if (r == 0 && !from.kind[0]) {
		pv_val v = pv_without(cx->arena, ret->v, "kind");

		ret->v = pv_box(cx->arena, pv_without(cx->arena, &v, "apiVersion"));
	}
	return r;
}

static int
read_text(pv_ctx *cx, const pv_kinds *kinds, const char *file, pv_str text, object *ret)
{
	const pv_yaml_opts yaml = {.file = file};
	const pv_json_opts json = {.file = file};
	int r = input_is_json(text) ? pv_json_parse(cx, text, &json, &ret->v)
				    : pv_yaml_parse(cx, text, &yaml, &ret->v);

	if (r < 0)
		return r;
	if (!pv_is(ret->v, PV_OBJECT))
		return pv_fail(cx, PV_EINVALID, "%s: expected an object, found %s", file,
			       pv_type_name(ret->v));
	ret->api_version = pv_text_at(ret->v, "apiVersion", "");
	ret->kind = pv_text_at(ret->v, "kind", "");
	if (ret->kind[0] || pv_get(ret->v, "object"))
		ret->schema = find_type(kinds, ret->api_version, ret->kind);
	return 0;
}

/* What protobuf cannot say would be lost without a word. */
static int
check_known(pv_ctx *cx, const object *o)
{
	pv_vec unknown;
	pv_buf text;

	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	(void)pv_schema_prune(cx, o->schema, o->v, &unknown);
	if (!unknown.len)
		return 0;
	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < unknown.len; i++)
		pv_buf_printf(&text, "%s%s", i ? ", " : "", *PV_AT(const char *, &unknown, i));
	return pv_fail(cx, PV_EUNSUPPORTED, "%s of %s has no such fields in Kubernetes " RELEASE ": %s",
		       o->kind, o->api_version, text.s);
}

static int
write_protobuf(pv_ctx *cx, const object *o, pv_buf *out)
{
	int r;

	if (!o->schema)
		return unknown_kind(cx, o);
	r = check_known(cx, o);
	return r < 0 ? r : pv_protobuf_write(cx, o->schema, o->v, true, out);
}

/* A message with fields that are not known here, or that nobody's Go wrote, does not come back as it was. */
static void
warn_lossy(pv_ctx *cx, const object *o)
{
	pv_protobuf again;
	pv_buf out;

	pv_buf_init(&out, cx->arena);
	if (pv_protobuf_write(cx, o->schema, o->v, true, &out) == 0 &&
	    pv_protobuf_envelope(cx, (pv_str){out.s, out.len}, &again) == 0 && again.raw.len == o->raw.len &&
	    memcmp(again.raw.s, o->raw.s, o->raw.len) == 0)
		return;
	if (cx->err)
		(void)pv_recover(cx);
	fprintf(stderr,
		"pave: this becomes other protobuf again: another release than " RELEASE
		" wrote this %s, or it has fields "
		"that %s does not have there, which are lost\n",
		o->kind, o->api_version);
}

static int
print(pv_ctx *cx, const object *o, const char *form)
{
	pv_buf out;
	int r = 0;

	pv_buf_init(&out, cx->arena);
	if (pv_streq(form, "protobuf")) {
		r = write_protobuf(cx, o, &out);
	} else if (pv_streq(form, "yaml")) {
		pv_yaml_write(&out, o->v);
	} else {
		pv_json_write_pretty(&out, o->schema ? pv_kind_ordered(cx, o->schema, o->v) : o->v, 2);
		pv_buf_addc(&out, '\n');
	}
	if (r == 0 && fwrite(out.s, 1, out.len, stdout) != out.len)
		r = pv_fail(cx, PV_EUNAVAILABLE, "standard output cannot be written");
	return r;
}

static int
recode(pv_ctx *cx, const pv_kinds *kinds, const char *file, const char *form)
{
	object o = {0};
	const char *name;
	pv_str text;
	int r = input_load_file(cx, file, &text, &name);

	if (r < 0)
		return r;
	if (text.len >= 4 && memcmp(text.s, "k8s", 4) == 0)
		r = read_protobuf(cx, kinds, text, &o);
	else
		r = read_text(cx, kinds, name, text, &o);
	if (r == 0 && o.schema)
		o.v = pv_kind_decode(cx, o.schema, o.v);
	if (r == 0)
		r = print(cx, &o, form);
	if (r == 0 && o.raw.s)
		warn_lossy(cx, &o);
	return r;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	const char *form = pv_args_text(args, "output", "yaml");
	pv_kinds *kinds = NULL;
	int r;

	if (pv_args_count(args) > 1)
		return pv_fail(cx, PV_EUSAGE, "expected one FILE, found %zu", pv_args_count(args));
	if (!pv_streq(form, "json") && !pv_streq(form, "yaml") && !pv_streq(form, "protobuf"))
		return pv_fail(cx, PV_EUSAGE, "--output: expected json, yaml or protobuf, found %s", form);
	r = pv_kinds_published(cx, &kinds);
	if (r == 0)
		r = recode(cx, kinds, pv_args_count(args) ? pv_args_at(args, 0) : "-", form);
	pv_kinds_free(kinds);
	return r;
}

static const pv_option options[] = {
	{"output", 'o', "json|yaml|protobuf", "what to write (default: yaml)"},
	{0},
};

const pv_verb recode_verb = {
	.name = "recode",
	.usage = "[FILE]",
	.summary = "write an object as JSON, YAML or Kubernetes' protobuf, whichever it comes in",
	.help = "Reads one object, of a file or of standard input, and writes it as Kubernetes would,\n"
		"byte for byte: what etcd holds, what clients send and are sent.  Knows every\n"
		"group-version that Kubernetes " RELEASE " publishes, old ones too; needs no server.\n\n"
		"  etcdctl get --print-value-only /registry/deployments/default/web | pave recode\n"
		"  pave recode -o protobuf pod.yaml > pod.pb",
	.options = options,
	.run = run,
};
