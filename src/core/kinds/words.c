#include "core/kinds/words.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/embed.h"
#include "core/table.h"
#include "lang/json/json.h"
#include <string.h>

/* Of words.tsv: a type, or several that are alike.  It stays where it is, in the program, and is read when asked. */
typedef struct section {
	pv_str text;   /* what it is */
	pv_str fields; /* lines of tab, field, tab, text */
} section;

typedef struct member { /* of a type, its field, or what that holds */
	const char *field;
	bool items;
	const char *key;
	pv_val v;
} member;

struct pv_words {
	pv_arena *arena;
	bool custom;
	pv_map *sections; /* type -> section */
	pv_map *members;  /* type -> pv_vec of member */
};

/* Of every type that has nothing of its own to say of such a field. */
#define ANY_TYPE "*"

static section *
open_section(pv_words *w, pv_str line)
{
	section *s = pv_new(w->arena, section);
	pv_str types, type;

	pv_str_next(&line, '\t', &types);
	s->text = line;
	while (pv_str_next(&types, ' ', &type))
		pv_map_put(w->sections, type.s, type.len, s);
	return s;
}

static int
read_words(pv_ctx *cx, pv_words *w)
{
	const pv_embed *file = pv_embed_find("core/kinds/words.tsv");
	section *s = NULL;
	pv_str rest, line;

	if (!file)
		return pv_fail(cx, PV_EINTERNAL, "words.tsv is not in this program: build it again");
	rest = (pv_str){(const char *)file->bytes, file->len};
	while (pv_str_next(&rest, '\n', &line)) {
		if (!line.len || *line.s == '#')
			continue;
		if (*line.s != '\t') {
			s = open_section(w, line);
			s->fields.s = rest.s;
		} else if (s) {
			s->fields.len = (size_t)(line.s + line.len - s->fields.s);
		}
	}
	return 0;
}

/* "core.v1.PodSpec.dnsPolicy[]": types have two dots. */
static void
add_member(pv_words *w, pv_str place, const char *key, pv_val v)
{
	const char *text = pv_strndup(w->arena, place.s, place.len), *dot = text;
	member m = {.key = key, .v = v};
	size_t type = place.len;
	pv_vec *of;

	for (int i = 0; dot && i < 3; i++)
		dot = strchr(i ? dot + 1 : dot, '.');
	if (dot) {
		m.items = pv_ends_with(text, "[]");
		m.field = pv_strndup(w->arena, dot + 1, strlen(dot + 1) - (m.items ? 2 : 0));
		type = (size_t)(dot - text);
	}
	of = pv_map_find(w->members, text, type);
	if (!of) {
		of = pv_new(w->arena, pv_vec);
		pv_vec_init(of, w->arena, sizeof(member));
		pv_map_put(w->members, text, type, of);
	}
	*(member *)pv_vec_add(of) = m;
}

/* The type as a kind of each "group/version". */
static pv_val
kinds_of(pv_arena *arena, pv_str place, const char *versions)
{
	const char *kind = pv_strndup(arena, place.s, place.len);
	pv_str rest = pv_str_of(versions), piece, group;
	pv_listb list;
	pv_objb b;

	kind = strrchr(kind, '.') + 1;
	pv_listb_init(&list, arena);
	while (pv_str_next(&rest, ' ', &piece)) {
		pv_str_next(&piece, '/', &group);
		pv_objb_init(&b, arena);
		pv_objb_put(&b, "group", pv_stringn(arena, group.s, group.len));
		pv_objb_put(&b, "kind", pv_string_ref(kind));
		pv_objb_put(&b, "version", pv_stringn(arena, piece.s, piece.len));
		pv_listb_add(&list, pv_objb_end(&b));
	}
	return pv_listb_end(&list);
}

static int
read_member(pv_ctx *cx, pv_words *w, const pv_table_row *row)
{
	const char *key = row->cell[0];
	pv_str rest = pv_str_of(row->cell[2]), place;
	bool custom = pv_streq(key, "custom"), kinds = custom || pv_streq(key, "kinds");
	const pv_val *v = NULL;
	int r = 0;

	if (kinds ? custom != w->custom : (r = pv_json_parse(cx, pv_str_of(row->cell[1]), NULL, &v)) < 0)
		return r;
	while (pv_str_next(&rest, ' ', &place))
		if (kinds)
			add_member(w, place, "x-kubernetes-group-version-kind",
				   kinds_of(w->arena, place, row->cell[1]));
		else
			add_member(w, place, key, *v);
	return 0;
}

int
pv_words_open(pv_ctx *cx, bool custom, pv_words **ret)
{
	pv_words *w = pv_new(cx->arena, pv_words);
	pv_table_text text;
	pv_table_row row;
	int r;

	*w = (pv_words){cx->arena, custom, pv_map_new(cx->arena), pv_map_new(cx->arena)};
	r = read_words(cx, w);
	if (r == 0)
		r = pv_table_text_open(cx, w->arena, "core/kinds/openapi.tsv", &text);
	while (r == 0 && pv_table_text_row(&text, &row))
		r = read_member(cx, w, &row);
	if (r == 0)
		*ret = w;
	return r;
}

static const char *
said(const pv_words *w, const section *s, const char *field)
{
	pv_str rest = s ? s->fields : (pv_str){NULL, 0}, line, name;

	while (rest.len && pv_str_next(&rest, '\n', &line)) {
		line = (pv_str){line.s + 1, line.len - 1};
		pv_str_next(&line, '\t', &name);
		if (pv_str_is(name, field))
			return pv_strndup(w->arena, line.s, line.len);
	}
	return NULL;
}

const char *
pv_words_about(const pv_words *words, const char *type, const char *field)
{
	const section *s = type ? pv_map_finds(words->sections, type) : NULL;
	const char *text;

	if (!field)
		return s && s->text.len ? pv_strndup(words->arena, s->text.s, s->text.len) : NULL;
	text = said(words, s, field);
	return text ? text : said(words, pv_map_finds(words->sections, ANY_TYPE), field);
}

void
pv_words_put(const pv_words *words, const char *type, const char *field, bool items, pv_objb *b)
{
	const pv_vec *of = type ? pv_map_finds(words->members, type) : NULL;

	for (size_t i = 0; of && i < of->len; i++) {
		const member *m = PV_AT(member, of, i);

		if (m->items == items && (field ? m->field && pv_streq(m->field, field) : !m->field))
			pv_objb_put(b, m->key, m->v);
	}
}
