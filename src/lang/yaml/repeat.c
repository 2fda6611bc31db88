/* Keys that a mapping repeats, as go-yaml v2 tells them: by the line of the value, and behind what the
 * value itself repeats; or as v3 does, by the line of the key.  Reads the events again. */
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"
#include "lang/yaml/node.h"

#define DEPTH 1000

struct level {           /* an open container */
	pv_map *keys;    /* of a mapping, to the line of each (size_t); NULL: a list */
	const char *key; /* of the value that comes; "" if nobody can repeat it; NULL: a key comes */
	size_t line;     /* where this container began */
};

struct repeats {
	pv_ctx *cx;
	pv_vec levels, *told; /* told: const char *, or pv_yaml_fault of v3 */
	bool v3;
	size_t work; /* see YAML_FLOW_WORK */
};

static struct level *
top(struct repeats *r)
{
	return r->levels.len > 0 ? PV_AT(struct level, &r->levels, r->levels.len - 1) : NULL;
}

/* Tells the level's key if it was there before: of v3, on that line; else its value is. */
static void
tell_key(struct repeats *r, const struct level *level, size_t line)
{
	const size_t *first;
	const char *told;
	pv_buf quoted;

	if (*level->key == '\0')
		return;
	first = pv_map_finds(level->keys, level->key);
	if (first == NULL) {
		size_t *at = pv_new(r->cx->arena, size_t);
		*at = line;
		pv_map_puts(level->keys, level->key, at);
		return;
	}
	pv_buf_init(&quoted, r->cx->arena);
	pv_go_quote(&quoted, pv_str_of(level->key), false);
	if (r->v3) {
		*(pv_yaml_fault *)pv_vec_add(r->told) = (pv_yaml_fault){
			(int)line, pv_printf(r->cx->arena, "mapping key %s already defined at line %zu",
					     quoted.s, *first)};
		return;
	}
	told = pv_printf(r->cx->arena, "line %zu: key %s already set in map", line, quoted.s);
	pv_vec_push(r->told, &told);
}

/* A node has ended that began on that line; text: a scalar's, NULL of what is none. */
static void
ended(struct repeats *r, size_t line, const char *text)
{
	struct level *level = top(r);

	if (level == NULL || level->keys == NULL)
		return;
	if (level->key == NULL) {
		level->key = text != NULL ? text : "";
		if (r->v3)
			tell_key(r, level, line + 1);
		return;
	}
	if (!r->v3)
		tell_key(r, level, line + 1);
	level->key = NULL;
}

/* Takes one event; false when the document is over. */
static bool
step(struct repeats *r, const yaml_event_t *event)
{
	struct level level = {.line = event->start_mark.line};

	r->work += r->levels.len;
	if (r->work > YAML_FLOW_WORK || r->told->len >= PV_JSON_REPEATED)
		return false;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		ended(r, level.line,
		      pv_strndup(r->cx->arena, (const char *)event->data.scalar.value,
				 event->data.scalar.length));
		return true;
	case YAML_ALIAS_EVENT: ended(r, level.line, NULL); return true;
	case YAML_MAPPING_START_EVENT: level.keys = pv_map_new(r->cx->arena); /* fallthrough */
	case YAML_SEQUENCE_START_EVENT: pv_vec_push(&r->levels, &level); return r->levels.len < DEPTH;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		level = *top(r);
		pv_vec_pop(&r->levels);
		ended(r, level.line, NULL);
		return true;
	case YAML_DOCUMENT_END_EVENT:
	case YAML_STREAM_END_EVENT: return false;
	default: return true;
	}
}

static void
find(pv_ctx *cx, pv_str text, bool v3, pv_vec *ret)
{
	struct repeats r = {.cx = cx, .told = ret, .v3 = v3};
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	pv_vec_init(&r.levels, cx->arena, sizeof(struct level));
	PV_ASSERT(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)(text.len ? text.s : ""), text.len);
	while (more && yaml_parser_parse(&parser, &event)) {
		more = step(&r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

void
pv_yaml_repeats(pv_ctx *cx, pv_str text, pv_vec *ret)
{
	find(cx, text, false, ret);
}

void
pv_yaml_repeats_v3(pv_ctx *cx, pv_str text, pv_vec *ret)
{
	find(cx, text, true, ret);
}
