/* each: a stream whose documents are read one by one, because it cannot be as a whole.  What begins a
 * document, "---" at the start of a line, can be nothing else there (YAML 1.2.2, 9.1.2: c-forbidden), so a
 * fault ends where the next one begins. */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "lang/yaml/yaml.h"

static bool
begins_document(pv_str line)
{
	return line.len >= 3 && memcmp(line.s, "---", 3) == 0 &&
	       (line.len == 3 || strchr(" \t\r\n", line.s[3]) != NULL);
}

/* Directives, comments and empty lines belong to the document that follows. */
static bool
is_preamble(pv_str line)
{
	line = pv_str_trim(line);
	return !line.len || *line.s == '%' || *line.s == '#';
}

/* The text up to where the document after the first begins, and how many lines that is. */
static pv_str
first_document(pv_str text, int *ret_lines)
{
	pv_str part = {text.s, 0};
	bool begun = false;
	*ret_lines = 0;
	while (part.len < text.len) {
		const char *at = text.s + part.len, *end = memchr(at, '\n', text.len - part.len);
		pv_str line = {at, end ? (size_t)(end - at) + 1 : text.len - part.len};
		if (begun && begins_document(line))
			break;
		begun = begun || !is_preamble(line);
		part.len += line.len;
		++*ret_lines;
	}
	return part;
}

void
pv_yaml_parse_each(pv_ctx *cx, pv_str text, const pv_yaml_opts *opts, pv_vec *ret_docs, pv_vec *ret_faults)
{
	int line = 0, lines;
	pv_vec_init(ret_faults, cx->arena, sizeof(pv_yaml_fault));
	if (pv_yaml_parse_all(cx, text, opts, ret_docs) == 0)
		return;
	pv_recover(cx);
	pv_vec_init(ret_docs, cx->arena, sizeof(pv_yaml_doc));
	for (; text.len; line += lines) {
		pv_str part = first_document(text, &lines);
		pv_vec docs;
		if (pv_yaml_parse_all(cx, part, opts, &docs) < 0) {
			const pv_error *e = pv_take_error(cx);
			*(pv_yaml_fault *)pv_vec_add(ret_faults) =
				(pv_yaml_fault){line + e->line, e->message};
		} else {
			for (size_t i = 0; i < docs.len; i++) {
				pv_yaml_doc *doc = pv_vec_add(ret_docs);
				*doc = *PV_AT(pv_yaml_doc, &docs, i);
				doc->line += line;
			}
		}
		text = (pv_str){text.s + part.len, text.len - part.len};
	}
}
