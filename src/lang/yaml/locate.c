/* Where in a YAML text the node of a path stands: reads the events of its document again. */
#include <string.h>
#include "base/str.h"
#include "base/vec.h"
#include "lang/yaml/node.h"

#define DEPTH 1000

struct level {               /* an open container */
	bool object, on_key; /* on_key: the next node is a key */
	const char *rest;    /* of the path, below this container; NULL: not on the way */
	const char *next;    /* of the path below the child that comes; NULL: not that one */
	size_t index;        /* of the child that comes, lists */
};

struct finder {
	pv_vec levels;
	const char *path;
	yaml_mark_t at; /* of the node, else of the deepest one on the way: its key, or itself in a list */
	bool found, near;
	size_t work; /* see YAML_FLOW_WORK; every level counts as one in flow style */
};

/* The path behind this key, NULL if it does not begin with it: name, .name or [name]. */
static const char *
after_key(const char *path, const char *key, size_t len)
{
	bool bracket;

	if (*path == '.')
		path++;
	bracket = *path == '[';
	path += bracket;
	if (strncmp(path, key, len) != 0)
		return NULL;
	path += len;
	if (bracket)
		return *path == ']' ? path + 1 : NULL;
	return *path == '\0' || *path == '.' || *path == '[' ? path : NULL;
}

/* The path behind this index: [2] or .2 */
static const char *
after_index(const char *path, size_t index)
{
	size_t n = 0;
	bool bracket = *path == '[';

	if (!bracket && *path != '.')
		return NULL;
	path++;
	if (*path < '0' || *path > '9')
		return NULL;
	for (; *path >= '0' && *path <= '9' && n < 100000000; path++)
		n = n * 10 + (size_t)(*path - '0');
	if (n != index || (bracket && *path++ != ']'))
		return NULL;
	return *path == '\0' || *path == '.' || *path == '[' ? path : NULL;
}

static struct level *
top(struct finder *f)
{
	return f->levels.len > 0 ? PV_AT(struct level, &f->levels, f->levels.len - 1) : NULL;
}

/* A node begins: the path that is left for it, or NULL if it is not on the way. */
static const char *
arrive(struct finder *f, yaml_mark_t at)
{
	struct level *level = top(f);
	const char *rest = f->path;

	if (level != NULL && level->object)
		rest = level->next;
	else if (level != NULL)
		rest = level->rest != NULL ? after_index(level->rest, level->index) : NULL;
	if (rest == NULL || f->found)
		return rest;
	f->found = *rest == '\0';
	if (f->found || level == NULL || !level->object) {
		f->near = true;
		f->at = at;
	}
	return rest;
}

/* A node has ended. */
static void
leave(struct finder *f)
{
	struct level *level = top(f);

	if (level == NULL)
		return;
	level->index++;
	level->on_key = level->object;
	level->next = NULL;
}

static bool
enter(struct finder *f, bool object, yaml_mark_t at)
{
	struct level level = {.object = object, .on_key = object};

	if (f->levels.len >= DEPTH)
		return false;
	level.rest = top(f) != NULL && top(f)->on_key ? NULL : arrive(f, at);
	pv_vec_push(&f->levels, &level);
	return true;
}

static void
scalar(struct finder *f, const yaml_event_t *event)
{
	struct level *level = top(f);

	if (level != NULL && level->on_key) {
		level->on_key = false;
		if (level->rest != NULL)
			level->next = after_key(level->rest, (const char *)event->data.scalar.value,
						event->data.scalar.length);
		if (level->next != NULL)
			f->at = event->start_mark;
		return;
	}
	arrive(f, event->start_mark);
	leave(f);
}

/* A key that is a container or an alias: no path leads through it. */
static void
end_container(struct finder *f)
{
	struct level *above;

	pv_vec_pop(&f->levels);
	above = top(f);
	if (above != NULL && above->on_key)
		above->on_key = false;
	else
		leave(f);
}

/* Takes one event; false when the search is over. */
static bool
step(struct finder *f, const yaml_event_t *event)
{
	f->work += f->levels.len;
	if (event->type == YAML_STREAM_END_EVENT || f->work > YAML_FLOW_WORK)
		return false;
	switch (event->type) {
	case YAML_SCALAR_EVENT: scalar(f, event); break;
	case YAML_ALIAS_EVENT:
		if (top(f) != NULL && top(f)->on_key) {
			top(f)->on_key = false;
			break;
		}
		arrive(f, event->start_mark);
		leave(f);
		break;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return enter(f, event->type == YAML_MAPPING_START_EVENT, event->start_mark) && !f->found;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: end_container(f); break;
	case YAML_DOCUMENT_END_EVENT: return false;
	default: break;
	}
	return !f->found;
}

/* The text from a line on: what other documents are in front of it is not read. */
static pv_str
from_line(pv_str text, int line)
{
	while (line-- > 1) {
		const char *end = memchr(text.s, '\n', text.len);

		if (end == NULL)
			return (pv_str){"", 0};
		text.len -= (size_t)(end + 1 - text.s);
		text.s = end + 1;
	}
	return text;
}

bool
pv_yaml_locate(pv_ctx *cx, pv_str text, int line, const char *path, int *ret_line, int *ret_col)
{
	struct finder f = {.path = path};
	pv_str document = from_line((pv_str){text.len > 0 ? text.s : "", text.len}, line);
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	pv_vec_init(&f.levels, cx->arena, sizeof(struct level));
	PV_ASSERT(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)document.s, document.len);
	while (more && yaml_parser_parse(&parser, &event)) {
		more = step(&f, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (f.near) {
		*ret_line = (int)f.at.line + line;
		*ret_col = (int)f.at.column + 1;
	}
	return f.found;
}
