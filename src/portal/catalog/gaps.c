#include "portal/catalog/gaps.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "portal/catalog/relations.h"

#define DEPTH 64 /* of spec, as far as placeholders are looked for in files */

struct gaps {
	pv_ctx *cx;
	pv_plan *plan;
	const pv_val *entity;
	pv_listb list;
};

static void
gap(struct gaps *g, const char *check, const char *message, const char *fix)
{
	pv_objb b;
	pv_objb_init(&b, g->cx->arena);
	pv_objb_puts(&b, "check", check);
	pv_objb_puts(&b, "message", message);
	pv_objb_puts(&b, "fix", fix);
	pv_listb_add(&g->list, pv_objb_end(&b));
}

static const char *
annotation(const struct gaps *g, const char *key)
{
	return pv_text(pv_get(pv_at(g->entity, "metadata.annotations"), key), NULL);
}

static bool
has_link(const struct gaps *g, const char *word)
{
	const pv_val *links = pv_at(g->entity, "metadata.links");
	for (size_t i = 0; i < pv_count(links); i++)
		if (strcasestr(pv_text_at(pv_item(links, i), "title", ""), word) ||
		    strcasestr(pv_text_at(pv_item(links, i), "type", ""), word))
			return true;
	return false;
}

/* "partOf" -> "part of" */
static const char *
in_words(const struct gaps *g, const char *type)
{
	pv_buf out;
	pv_buf_init(&out, g->cx->arena);
	for (; *type; type++)
		if (isupper((unsigned char)*type))
			pv_buf_printf(&out, " %c", tolower((unsigned char)*type));
		else
			pv_buf_addc(&out, *type);
	return out.s;
}

/* Something the entity names that is not in the catalog. */
static void
dangling(struct gaps *g)
{
	pv_vec out, found;
	relations_out(g->cx, g->entity, &out);
	for (size_t i = 0; i < out.len; i++) {
		const relation *r = PV_AT(relation, &out, i);
		bool owner = pv_streq(r->type, "ownedBy");
		pv_plan_named(g->cx, g->plan, "entity", r->target, &found);
		if (found.len)
			continue;
		gap(g, owner ? "owner" : "relation",
		    pv_printf(g->cx->arena, "%s %s, which is not in the catalog", in_words(g, r->type),
			      r->target),
		    owner ? "register that team, or name one that exists in spec.owner"
			  : "register it, or correct the reference in spec");
	}
}

/* Texts on other hosts: placeholders that stayed as they are. */
static void
elsewhere(struct gaps *g, const pv_val *v, const char *path, int depth)
{
	const char *url = entity_elsewhere(v);
	if (url)
		gap(g, "elsewhere", pv_printf(g->cx->arena, "%s is at %s, which is not read", path, url),
		    "keep the file beside the entity and name it there: $text: ./FILE");
	for (size_t i = 0; !url && depth < DEPTH && i < pv_count(v); i++)
		if (pv_is(v, PV_OBJECT))
			elsewhere(g, &v->members[i].val,
				  pv_printf(g->cx->arena, "%s.%s", path, pv_text(&v->members[i].key, "")),
				  depth + 1);
		else
			elsewhere(g, pv_item(v, i), pv_printf(g->cx->arena, "%s[%zu]", path, i), depth + 1);
}

static void
of_everything(struct gaps *g)
{
	if (!*pv_text_at(g->entity, "metadata.description", ""))
		gap(g, "description", "no description",
		    "say in metadata.description what it does, in one sentence");
	dangling(g);
	elsewhere(g, pv_get(g->entity, "spec"), "spec", 0);
	if (pv_streq(pv_text_at(g->entity, "kind", ""), "Template") &&
	    !pv_get(pv_get(g->entity, "spec"), "owner"))
		gap(g, "owner", "no owner", "name the team in spec.owner");
}

static void
of_software(struct gaps *g)
{
	if (!annotation(g, "backstage.io/techdocs-ref") && !annotation(g, "backstage.io/techdocs-entity") &&
	    !has_link(g, "doc"))
		gap(g, "docs", "no documentation",
		    "add docs/ with mkdocs.yml and the annotation backstage.io/techdocs-ref: dir:.");
	if (!annotation(g, "backstage.io/source-location") &&
	    !annotation(g, "backstage.io/managed-by-location"))
		gap(g, "source", "no source location", "add the annotation backstage.io/source-location");
}

static void
of_services(struct gaps *g)
{
	if (!annotation(g, "pave.dev/runbook") && !has_link(g, "runbook"))
		gap(g, "runbook", "no runbook: whoever is woken at night has nothing to follow",
		    "add a link of type runbook to metadata.links, or the annotation pave.dev/runbook");
	if (!annotation(g, "argocd/app-name") && !annotation(g, "argocd/app-selector") &&
	    !annotation(g, "backstage.io/kubernetes-id") &&
	    !annotation(g, "backstage.io/kubernetes-label-selector"))
		gap(g, "deployment", "nothing says where it runs",
		    "add the annotation argocd/app-name with its Application");
}

pv_val
gaps_of(pv_ctx *cx, pv_plan *plan, const pv_val *entity)
{
	struct gaps g = {.cx = cx, .plan = plan, .entity = entity};
	const char *kind = pv_text_at(entity, "kind", "");
	pv_listb_init(&g.list, cx->arena);
	if (pv_streq(kind, "Location") || pv_streq(kind, "User"))
		return pv_listb_end(&g.list);
	of_everything(&g);
	if (pv_streq(kind, "Component")) {
		of_software(&g);
		if (pv_streq(pv_text_at(entity, "spec.type", ""), "service") ||
		    pv_streq(pv_text_at(entity, "spec.type", ""), "website"))
			of_services(&g);
	}
	return pv_listb_end(&g.list);
}
