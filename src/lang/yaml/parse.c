/* YAML to values from libyaml's events: no recursion; aliases share the anchor's
 * value, so a bomb costs nothing, but its expansion is counted and limited. */
#include <string.h>
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/json/json.h"
#include "lang/yaml/node.h"
#include "lang/yaml/yaml.h"

#define DEPTH 1000
#define NODES 2000000
#define TEXT_MAX (64u << 20) /* bytes of text after aliases */

struct size { /* of a node with all that aliases bring */
	size_t nodes, bytes, depth;
};

struct anchor {
	const char *name;
	pv_val val;
	struct size size;
	bool open; /* its container has not ended */
};

struct frame {
	size_t base; /* index of its first child on the stack */
	bool object, flow;
	bool merging; /* the key was <<: its value comes */
	bool merged;  /* there was a << */
	struct anchor *anchor;
	struct size size; /* of the children so far */
};

struct reader {
	pv_ctx *cx;
	const pv_yaml_opts *opts;
	pv_str text;
	yaml_parser_t parser;
	pv_vec stack;  /* pv_val: children of open containers; merged keys are marked */
	pv_vec frames; /* struct frame; the first stands for the document */
	pv_map *anchors;
	size_t depth_max, nodes_max, nodes, bytes;
	struct size aliased;    /* what aliases brought, in all documents */
	size_t flow, flow_work; /* open [ and {; see YAML_FLOW_WORK */
	int line;               /* of the document */
};

#define MERGED 0x8000u /* flag of a key on the stack: came from << */

static struct frame *
top(struct reader *in)
{
	return PV_AT(struct frame, &in->frames, in->frames.len - 1);
}

static bool
wants_key(struct reader *in)
{
	const struct frame *f = top(in);

	return f->object && !f->merging && (in->stack.len - f->base) % 2 == 0;
}

/* ---- errors ---- */

static struct node_context
context(struct reader *in)
{
	return (struct node_context){.cx = in->cx,
				     .file = in->opts->file,
				     .is_key = wants_key(in),
				     .core = in->opts->core,
				     .v3 = in->opts->v3,
				     .written = in->opts->written};
}

static int
fail_at(struct reader *in, yaml_mark_t at, const char *what)
{
	struct node_context node = {.cx = in->cx, .file = in->opts->file};

	return yaml_fail_at(&node, at, what);
}

static int
grow(struct reader *in, yaml_mark_t at, const struct size *size)
{
	in->nodes += size->nodes;
	in->bytes += size->bytes;
	if (in->nodes > in->nodes_max || in->aliased.nodes > in->nodes_max)
		return fail_at(in, at,
			       pv_printf(in->cx->arena, "more than the limit of %zu nodes, aliases expanded",
					 in->nodes_max));
	if ((in->bytes > TEXT_MAX && in->bytes > in->text.len) || in->aliased.bytes > TEXT_MAX)
		return fail_at(in, at,
			       pv_printf(in->cx->arena,
					 "more than the limit of %u bytes of text, aliases expanded",
					 TEXT_MAX));
	if (in->frames.len + size->depth > in->depth_max + 1)
		return fail_at(in, at,
			       pv_printf(in->cx->arena, "nested deeper than the limit of %zu levels",
					 in->depth_max));
	return 0;
}

/* ---- paths, for repeated keys ---- */

static void
add_key(pv_buf *path, const char *key)
{
	pv_buf_printf(path, "%s%.*s", path->len > 0 ? "." : "", PV_CLIP(key));
}

static const char *
path_of(struct reader *in, const pv_val *key)
{
	pv_buf b;

	pv_buf_init(&b, in->cx->arena);
	for (size_t i = 1; i + 1 < in->frames.len; i++) {
		const struct frame *f = PV_AT(struct frame, &in->frames, i);
		size_t next = PV_AT(struct frame, &in->frames, i + 1)->base;

		if (f->object)
			add_key(&b, f->merging ? "<<" : PV_AT(pv_val, &in->stack, next - 1)->s);
		else
			pv_buf_printf(&b, "[%zu]", next - f->base);
	}
	add_key(&b, key->s);
	return b.s;
}

static void
repeated(void *arg, const pv_val *key)
{
	struct reader *in = arg;
	const char *path;

	if (in->opts->duplicates->len >= PV_JSON_REPEATED)
		return;
	path = path_of(in, key);
	pv_vec_push(in->opts->duplicates, &path);
}

/* ---- placing a finished node ---- */

static void
add_size(struct frame *f, const struct size *size)
{
	f->size.nodes += size->nodes;
	f->size.bytes += size->bytes;
	if (size->depth > f->size.depth)
		f->size.depth = size->depth;
}

static int
merge_object(struct reader *in, const pv_val *v, yaml_mark_t at)
{
	if (!pv_is(v, PV_OBJECT))
		return fail_at(in, at,
			       "the value of the merge key << must be a mapping or a list of mappings");
	for (size_t i = 0; i < v->len; i++) {
		pv_val key = v->members[i].key;

		key.flags |= MERGED;
		pv_vec_push(&in->stack, &key);
		pv_vec_push(&in->stack, &v->members[i].val);
	}
	return 0;
}

/* Of several mappings the first has precedence, so it comes last. */
static int
merge(struct reader *in, const pv_val *v, yaml_mark_t at)
{
	int r = 0;

	top(in)->merging = false;
	top(in)->merged = true;
	if (!pv_is(v, PV_LIST))
		return merge_object(in, v, at);
	for (size_t i = v->len; r == 0 && i > 0; i--)
		r = merge_object(in, &v->items[i - 1], at);
	return r;
}

static int
place(struct reader *in, pv_val v, const struct size *size, yaml_mark_t at)
{
	struct node_context node = context(in);
	int r = 0;

	add_size(top(in), size);
	if (top(in)->merging)
		return merge(in, &v, at);
	if (node.is_key)
		r = yaml_key(&node, &v, at);
	if (r == 0)
		pv_vec_push(&in->stack, &v);
	return r;
}

/* ---- scalars and anchors ---- */

static struct anchor *
anchor_new(struct reader *in, const yaml_char_t *name)
{
	struct anchor *a;

	if (name == NULL)
		return NULL;
	a = pv_new(in->cx->arena, struct anchor);
	a->name = pv_strdup(in->cx->arena, (const char *)name);
	a->open = true;
	pv_map_puts(in->anchors, a->name, a);
	return a;
}

static void
anchor_end(struct anchor *a, const pv_val *v, const struct size *size)
{
	if (a == NULL)
		return;
	a->val = *v;
	a->size = *size;
	a->open = false;
}

static int
scalar(struct reader *in, const yaml_event_t *event)
{
	struct size size = {.nodes = 1, .bytes = event->data.scalar.length};
	struct node_context node = context(in);
	bool is_merge =
		node.is_key && strcmp((const char *)event->data.scalar.value, "<<") == 0 &&
		(event->data.scalar.plain_implicit || yaml_tag_is(event->data.scalar.tag, YAML_TAG("merge")));
	pv_val v;
	int r = grow(in, event->start_mark, &size);

	if (r < 0)
		return r;
	if (is_merge) {
		top(in)->merging = true;
		return 0;
	}
	r = yaml_scalar(&node, event, &v);
	if (r < 0)
		return r;
	anchor_end(anchor_new(in, event->data.scalar.anchor), &v, &size);
	return place(in, v, &size, event->start_mark);
}

static int
alias(struct reader *in, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *a = pv_map_finds(in->anchors, name);
	int r;

	if (a == NULL)
		return fail_at(in, event->start_mark,
			       pv_printf(in->cx->arena, "unknown anchor '%.*s' referenced", PV_CLIP(name)));
	if (a->open)
		return fail_at(
			in, event->start_mark,
			pv_printf(in->cx->arena, "anchor '%.*s' value contains itself", PV_CLIP(name)));
	in->aliased.nodes += a->size.nodes;
	in->aliased.bytes += a->size.bytes;
	r = grow(in, event->start_mark, &a->size);
	return r < 0 ? r : place(in, a->val, &a->size, event->start_mark);
}

/* ---- containers ---- */

static int
open_container(struct reader *in, const yaml_event_t *event, bool object)
{
	struct frame f = {.object = object};
	struct size size = {.nodes = 1, .depth = 1};
	int r = grow(in, event->start_mark, &size);

	if (r < 0)
		return r;
	if (wants_key(in))
		return fail_at(in, event->start_mark, "a key is a mapping or a list: expected a string");
	f.anchor =
		anchor_new(in, object ? event->data.mapping_start.anchor : event->data.sequence_start.anchor);
	f.base = in->stack.len;
	f.flow = object ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
			: event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	in->flow += f.flow;
	pv_vec_push(&in->frames, &f);
	return 0;
}

/* The members on the stack; those that are not from << may be asked for alone. */
static pv_member *
members_of(struct reader *in, const struct frame *f, bool merged_too, size_t *ret_n)
{
	size_t n = (in->stack.len - f->base) / 2;
	pv_member *members = pv_alloc(in->cx->arena, n * sizeof(*members) + 1);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		pv_member *m = &members[*ret_n];

		m->key = *PV_AT(pv_val, &in->stack, f->base + 2 * i);
		m->val = *PV_AT(pv_val, &in->stack, f->base + 2 * i + 1);
		if ((m->key.flags & MERGED) && !merged_too)
			continue;
		m->key.flags &= (uint16_t)~MERGED;
		++*ret_n;
	}
	return members;
}

/* With merges: keys that only << repeats are no fault. */
static pv_val
merged_object(struct reader *in, const struct frame *f)
{
	pv_member *members;
	size_t n;

	if (in->opts->duplicates != NULL) {
		members = members_of(in, f, false, &n);
		pv_object_of(in->cx->arena, members, n, repeated, in);
	}
	members = members_of(in, f, true, &n);
	return pv_object_of(in->cx->arena, members, n, NULL, NULL);
}

static int
close_container(struct reader *in, const yaml_event_t *event)
{
	struct frame f = *top(in);
	size_t n = in->stack.len - f.base;
	const pv_val *children = n > 0 ? (const pv_val *)in->stack.data + f.base : NULL;
	pv_val v;

	if (!f.object)
		v = pv_list_of(in->cx->arena, children, n);
	else if (!f.merged)
		v = pv_object_of(in->cx->arena, (const pv_member *)(const void *)children, n / 2,
				 in->opts->duplicates != NULL ? repeated : NULL, in);
	else
		v = merged_object(in, &f);
	in->stack.len = f.base;
	in->flow -= f.flow;
	pv_vec_pop(&in->frames);
	f.size.nodes++;
	f.size.depth++;
	anchor_end(f.anchor, &v, &f.size);
	return place(in, v, &f.size, event->start_mark);
}

static void
start_document(struct reader *in, const yaml_event_t *event)
{
	struct frame f = {0};

	in->stack.len = in->frames.len = 0;
	in->nodes = in->bytes = 0;
	in->anchors = pv_map_new(in->cx->arena);
	in->line = (int)event->start_mark.line + 1;
	pv_vec_push(&in->frames, &f);
}

static size_t
repeats_of(const pv_yaml_opts *opts)
{
	return opts->duplicates != NULL ? opts->duplicates->len : 0;
}

static void
end_document(struct reader *in, pv_vec *docs)
{
	pv_yaml_doc doc = {.line = in->line, .repeats = repeats_of(in->opts)};

	doc.val = pv_box(in->cx->arena, in->stack.len > 0 ? *PV_AT(pv_val, &in->stack, 0) : pv_null());
	pv_vec_push(docs, &doc);
}

static int
handle(struct reader *in, const yaml_event_t *event, pv_vec *docs)
{
	in->flow_work += in->flow;
	if (in->flow_work > YAML_FLOW_WORK)
		return fail_at(in, event->start_mark,
			       pv_printf(in->cx->arena,
					 "so much text in %zu levels of [ and { passes the limit of %d: "
					 "write it as JSON, or "
					 "in block style",
					 in->flow, YAML_FLOW_WORK));
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT: start_document(in, event); return 0;
	case YAML_DOCUMENT_END_EVENT: end_document(in, docs); return 0;
	case YAML_SCALAR_EVENT: return scalar(in, event);
	case YAML_ALIAS_EVENT: return alias(in, event);
	case YAML_SEQUENCE_START_EVENT: return open_container(in, event, false);
	case YAML_MAPPING_START_EVENT: return open_container(in, event, true);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return close_container(in, event);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT: break;
	}
	return 0;
}

static int
read_events(struct reader *in, pv_vec *docs)
{
	yaml_event_t event;
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		if (!yaml_parser_parse(&in->parser, &event))
			return yaml_fail_scan(in->cx, in->opts->file, &in->parser, in->text);
		r = handle(in, &event, docs);
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return r;
}

/* ---- JSON is YAML, and read ten times as fast ---- */

static bool
read_json(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, pv_vec *docs)
{
	pv_json_opts json = {.file = opts->file, .depth = opts->depth, .duplicates = opts->duplicates};
	size_t i = 0, repeats = repeats_of(opts);
	pv_yaml_doc doc = {.line = 1};

	for (; i < text.len && strchr(" \t\r\n", text.s[i]) != NULL && text.s[i] != '\0'; i++)
		doc.line += text.s[i] == '\n';
	if (i == text.len || (text.s[i] != '{' && text.s[i] != '['))
		return false;
	if (pv_json_parse(cx, text, &json, &doc.val) < 0) {
		pv_recover(cx);
		if (opts->duplicates != NULL)
			opts->duplicates->len = repeats;
		return false;
	}
	doc.repeats = repeats_of(opts);
	pv_vec_push(docs, &doc);
	return true;
}

int
pv_yaml_parse_all(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, pv_vec *ret_docs)
{
	static const pv_yaml_opts defaults;
	struct reader in = {.cx = cx, .opts = opts != NULL ? opts : &defaults, .text = text};
	pv_vec docs;
	int r = 0;

	pv_vec_init(&docs, cx->arena, sizeof(pv_yaml_doc));
	if (in.opts->written || !read_json(cx, text, in.opts, &docs)) {
		in.depth_max = in.opts->depth > 0 ? in.opts->depth : DEPTH;
		in.nodes_max = in.opts->nodes > 0 ? in.opts->nodes : NODES;
		pv_vec_init(&in.stack, cx->arena, sizeof(pv_val));
		pv_vec_init(&in.frames, cx->arena, sizeof(struct frame));
		PV_ASSERT(yaml_parser_initialize(&in.parser));
		yaml_parser_set_input_string(&in.parser, (const unsigned char *)(text.len > 0 ? text.s : ""),
					     text.len);
		r = read_events(&in, &docs);
		yaml_parser_delete(&in.parser);
	}
	if (r == 0)
		*ret_docs = docs;
	return r;
}

int
pv_yaml_parse(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, const pv_val **ret)
{
	const pv_yaml_doc *found = NULL;
	pv_val none = pv_null();
	pv_vec docs = {0};
	int r = pv_yaml_parse_all(cx, text, opts, &docs);

	if (r < 0)
		return r;
	for (size_t i = 0; i < docs.len; i++) {
		const pv_yaml_doc *doc = PV_AT(pv_yaml_doc, &docs, i);

		if (pv_is(doc->val, PV_NULL))
			continue;
		if (found != NULL)
			return pv_fail_at(
				cx, PV_EBADREQUEST, opts != NULL ? opts->file : NULL, doc->line, 1,
				"expected one YAML document, found another one here: split the text");
		found = doc;
	}
	*ret = found != NULL ? found->val : pv_box(cx->arena, none);
	return 0;
}
