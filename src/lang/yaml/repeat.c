/* Keys that a mapping repeats, as go-yaml v2 tells them: by the line of the value, and behind what the
 * value itself repeats.  Reads the events again. */
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"
#include "lang/yaml/node.h"

#define DEPTH 1000

struct level {           /* an open container */
	pv_map *keys;    /* of a mapping; NULL: a list */
	const char *key; /* of the value that comes; "" if nobody can repeat it; NULL: a key comes */
	size_t line;     /* where this container began */
};

struct repeats {
	pv_ctx *cx;
	pv_vec levels, *told;
	size_t work; /* see YAML_FLOW_WORK */
};

static struct level *
top(struct repeats *r)
{
	return r->levels.len > 0 ? PV_AT(struct level, &r->levels, r->levels.len - 1) : NULL;
}

/* A node has ended that began on that line; text: a scalar's, NULL of what is none. */
static void
ended(struct repeats *r, size_t line, const char *text)
{
	struct level *level = top(r);
	const char *told;
	pv_buf quoted;

	if (level == NULL || level->keys == NULL)
		return;
	if (level->key == NULL) {
		level->key = text != NULL ? text : "";
		return;
	}
	if (*level->key != '\0' && pv_map_puts(level->keys, level->key, r) != NULL) {
		pv_buf_init(&quoted, r->cx->arena);
		pv_go_quote(&quoted, pv_str_of(level->key), false);
		told = pv_printf(r->cx->arena, "line %zu: key %s already set in map", line + 1, quoted.s);
		pv_vec_push(r->told, &told);
	}
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

void
pv_yaml_repeats(pv_ctx *cx, pv_str text, pv_vec *ret)
{
	struct repeats r = {.cx = cx, .told = ret};
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
