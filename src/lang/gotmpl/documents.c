/* documents: values to YAML, JSON and TOML and back, as Helm's functions and sprig's. */
#include <string.h>

#include "base/arena.h"
#include "lang/gotmpl/impl.h"
#include "lang/json/go.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

/* A value as a document, until the next one; what cannot be one is an empty text, as in Go. */
static int
document(pv_trun *r, const pv_tv *v, pv_val *ret, bool *ret_ok)
{
	pv_arena_reset(r->scratch);
	*ret_ok = pv_tv_to(r->scratch, v, ret);
	return pv_tv_fits(r->scratch) ? pv_trun_spend(r, 4) : run_too_large(r, "memory");
}

static int
yaml(pv_trun *r, const pv_tv *v, bool must, void (*write)(pv_buf *b, const pv_val *v), pv_tv *ret)
{
	pv_val doc;
	bool ok;
	pv_buf b;
	int code = document(r, v, &doc, &ok);
	pv_buf_init(&b, r->arena);
	*ret = pv_tv_text("");
	if (code < 0 || !ok)
		return code < 0 || !must ? code : pv_trun_fail(r, "json: unsupported value");
	write(&b, &doc);
	if (b.len > 0 && b.s[b.len - 1] == '\n')
		b.len--;
	return tret_buf(r, &b, ret);
}

TFN(fn_to_yaml)
{
	return yaml(r, &args[0], false, pv_yaml_write, ret);
}

TFN(fn_must_to_yaml)
{
	return yaml(r, &args[0], true, pv_yaml_write, ret);
}

TFN(fn_to_yaml_pretty)
{
	return yaml(r, &args[0], false, pv_yaml_write_v3, ret);
}

/* ---- JSON ---- */

/* <, >, & and two separators of lines, as encoding/json escapes them for HTML. */
static void
escape_html(pv_buf *out, const pv_buf *in)
{
	for (size_t i = 0; i < in->len; i++) {
		char c = in->s[i];
		bool separator = (unsigned char)c == 0xe2 && i + 2 < in->len &&
				 (unsigned char)in->s[i + 1] == 0x80 &&
				 ((unsigned char)in->s[i + 2] | 1) == 0xa9;
		if (c == '<' || c == '>' || c == '&') {
			pv_buf_printf(out, "\\u%04x", c);
		} else if (separator) {
			pv_buf_printf(out, "\\u202%c", (unsigned char)in->s[i + 2] == 0xa8 ? '8' : '9');
			i += 2;
		} else {
			pv_buf_addc(out, c);
		}
	}
}

static int
json(pv_trun *r, const pv_tv *v, bool pretty, bool html, bool must, pv_tv *ret)
{
	pv_val doc;
	bool ok;
	pv_buf b, escaped;
	int code = document(r, v, &doc, &ok);
	*ret = pv_tv_text("");
	if (code < 0)
		return code;
	if (!ok)
		return must ? pv_trun_fail(r, "json: unsupported value") : 0;
	pv_buf_init(&b, r->arena);
	pv_buf_init(&escaped, r->arena);
	if (pretty)
		pv_json_write_pretty(&b, &doc, 2);
	else
		pv_json_write(&b, &doc);
	if (html && b.len &&
	    (memchr(b.s, '<', b.len) || memchr(b.s, '>', b.len) || memchr(b.s, '&', b.len) ||
	     memmem(b.s, b.len, "\xe2\x80", 2))) {
		escape_html(&escaped, &b);
		b = escaped;
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_to_json)
{
	return json(r, &args[0], false, true, false, ret);
}

TFN(fn_must_to_json)
{
	return json(r, &args[0], false, true, true, ret);
}

TFN(fn_to_pretty_json)
{
	return json(r, &args[0], true, true, false, ret);
}

TFN(fn_must_to_pretty_json)
{
	return json(r, &args[0], true, true, true, ret);
}

TFN(fn_to_raw_json)
{
	return json(r, &args[0], false, false, true, ret);
}

/* {"Error": ..} or [".."], as Helm answers what it cannot read. */
static pv_tv
trouble(pv_trun *r, bool list, const char *text)
{
	pv_tmap *m;
	if (list) {
		pv_tv *item = pv_new(r->arena, pv_tv);
		*item = pv_tv_text(text);
		return pv_tv_list(r->arena, item, 1, PV_TY_PLAIN);
	}
	m = pv_tmap_new(r->arena);
	pv_tmap_puts(m, "Error", pv_tv_text(text));
	return pv_tv_map(m);
}

static int
read_as(pv_trun *r, const pv_tv *arg, bool yaml, bool list, pv_tv *ret)
{
	const pv_val *doc = NULL;
	pv_str text = pv_tv_strv(arg);
	const char *front = yaml ? "error unmarshaling JSON: while decoding JSON: " : "";
	if (pv_trun_spend(r, text.len / 4) < 0)
		return -PV_ETOOLARGE;
	int code = yaml ? pv_yaml_parse(r->cx, text, NULL, &doc) : pv_json_parse(r->cx, text, NULL, &doc);
	if (code < 0) {
		const pv_error *err = pv_take_error(r->cx);
		const char *why = yaml ? pv_printf(r->arena, "error converting YAML to JSON: %s",
						   pv_yaml_go_error(r->arena, err))
				       : pv_json_go_fault(r->arena, err->message);
		*ret = trouble(r, list, why);
		return 0;
	}
	if (doc->type == PV_NULL) {
		*ret = list ? pv_tv_list(r->arena, NULL, 0, PV_TY_PLAIN) : pv_tv_map(pv_tmap_new(r->arena));
		return 0;
	}
	if (doc->type != (list ? PV_LIST : PV_OBJECT)) {
		*ret = trouble(r, list,
			       pv_printf(r->arena, "%sjson: cannot unmarshal %s into Go value of type %s",
					 front, pv_json_go_kind(doc),
					 list ? "[]interface {}" : "map[string]interface {}"));
		return 0;
	}
	*ret = pv_tv_from(r->arena, doc, true);
	return 0;
}

TFN(fn_from_yaml)
{
	return read_as(r, &args[0], true, false, ret);
}

TFN(fn_from_yaml_array)
{
	return read_as(r, &args[0], true, true, ret);
}

TFN(fn_from_json)
{
	return read_as(r, &args[0], false, false, ret);
}

TFN(fn_from_json_array)
{
	return read_as(r, &args[0], false, true, ret);
}

/* sprig's: any value, and an error is one. */
TFN(fn_must_from_json)
{
	const pv_val *doc;
	if (pv_trun_spend(r, args[0].len / 4) < 0)
		return -PV_ETOOLARGE;
	if (pv_json_parse(r->cx, targ(args, 0), NULL, &doc) < 0)
		return pv_trun_fail(r, "%s", pv_json_go_fault(r->arena, pv_take_error(r->cx)->message));
	*ret = pv_tv_from(r->arena, doc, true);
	return 0;
}

TFN(fn_to_toml)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	const char *wrong = toml_write(r->arena, &b, &args[0]);
	if (wrong != NULL) {
		*ret = pv_tv_text(wrong);
		return pv_trun_spend(r, b.len / 16);
	}
	return tret_buf(r, &b, ret);
}

TFN(fn_from_toml)
{
	*ret = pv_tv_nil();
	return pv_trun_fail(r, "fromToml is not supported yet: expected YAML or JSON");
}

/* clang-format off */
const pv_tfunc pv_tmpl_documents[] = {
	{"toYaml", "a", fn_to_yaml}, {"mustToYaml", "a", fn_must_to_yaml}, {"toYamlPretty", "a", fn_to_yaml_pretty},
	{"fromYaml", "s", fn_from_yaml}, {"fromYamlArray", "s", fn_from_yaml_array},
	{"toJson", "a", fn_to_json}, {"fromJson", "s", fn_from_json},
	{"fromJsonArray", "s", fn_from_json_array}, {"mustToJson", "a", fn_must_to_json},
	{"toPrettyJson", "a", fn_to_pretty_json}, {"mustToPrettyJson", "a", fn_must_to_pretty_json},
	{"toRawJson", "a", fn_to_raw_json}, {"mustToRawJson", "a", fn_to_raw_json},
	{"mustFromJson", "s", fn_must_from_json}, {"toToml", "a", fn_to_toml},
	{"mustToToml", "a", fn_to_toml}, {"fromToml", "s", fn_from_toml}, {NULL, NULL, NULL},
};
/* clang-format on */
