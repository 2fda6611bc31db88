/* Reads roles.tsv. */
#include "core/auth/roles.h"

#include "base/str.h"
#include "core/auth/impl.h"
#include "core/table.h"

#define GROUP "rbac.authorization.k8s.io"
#define READ "get list watch"
#define WRITE "create delete deletecollection patch update"
#define ALL "create delete deletecollection get list patch update watch"

static pv_val
verbs(pv_arena *arena, const char *text)
{
	static const char *const sets[][2] = {{"read", READ}, {"write", WRITE}, {"all", ALL}};

	for (size_t i = 0; i < PV_LEN(sets); i++)
		if (pv_streq(text, sets[i][0]))
			return pv_table_words(arena, sets[i][1]);
	return pv_table_words(arena, text);
}

static pv_val
rule_of(pv_arena *arena, const pv_table_row *row)
{
	bool events = pv_streq(row->cell[0], "events");
	pv_objb b;

	pv_objb_init(&b, arena);
	if (pv_streq(row->cell[0], "urls")) {
		pv_objb_put(&b, "nonResourceURLs", pv_table_words(arena, row->cell[2]));
	} else {
		pv_objb_put(&b, "apiGroups",
			    pv_table_words(arena, events ? "- events.k8s.io" : row->cell[2]));
		pv_objb_put(&b, "resources", pv_table_words(arena, events ? "events" : row->cell[3]));
	}
	if (*row->cell[4])
		pv_objb_put(&b, "resourceNames", pv_table_words(arena, row->cell[4]));
	pv_objb_put(&b, "verbs",
		    events ? pv_table_words(arena, "create patch update") : verbs(arena, row->cell[1]));
	return pv_objb_end(&b);
}

static pv_val
aggregate_label(pv_arena *arena, pv_str to)
{
	return pv_stringf(arena, RBAC_LABEL "%.*s", (int)to.len, to.s);
}

/* {apiVersion, kind, metadata}; aggregated: what its rules are part of. */
static void
begin(pv_arena *arena, pv_objb *b, const char *kind, const char *ns, const char *name, const char *aggregated)
{
	pv_str rest = pv_str_of(aggregated), piece;
	pv_objb meta, labels, notes;

	pv_objb_init(&notes, arena);
	pv_objb_puts(&notes, RBAC_AUTOUPDATE, "true");
	pv_objb_init(&labels, arena);
	pv_objb_puts(&labels, "kubernetes.io/bootstrapping", "rbac-defaults");
	while (*aggregated && pv_str_next(&rest, ' ', &piece))
		pv_objb_putv(&labels, aggregate_label(arena, piece), pv_string_ref("true"));
	pv_objb_init(&meta, arena);
	pv_objb_put(&meta, "annotations", pv_objb_end(&notes));
	pv_objb_put(&meta, "labels", pv_objb_end(&labels));
	pv_objb_puts(&meta, "name", name);
	pv_objb_puts(&meta, "namespace", *ns ? ns : NULL);
	pv_objb_init(b, arena);
	pv_objb_puts(b, "apiVersion", GROUP "/v1");
	pv_objb_puts(b, "kind", kind);
	pv_objb_put(b, "metadata", pv_objb_end(&meta));
}

static pv_val
union_of(pv_arena *arena, const pv_table_row *row)
{
	pv_objb label, selector, rule, b;
	pv_val one;

	pv_objb_init(&label, arena);
	pv_objb_putv(&label, aggregate_label(arena, pv_str_of(row->cell[1])), pv_string_ref("true"));
	pv_objb_init(&selector, arena);
	pv_objb_put(&selector, "matchLabels", pv_objb_end(&label));
	one = pv_objb_end(&selector);
	pv_objb_init(&rule, arena);
	pv_objb_put(&rule, "clusterRoleSelectors", pv_list_of(arena, &one, 1));
	begin(arena, &b, "ClusterRole", "", row->cell[1], row->cell[2]);
	pv_objb_put(&b, "aggregationRule", pv_objb_end(&rule));
	pv_objb_put(&b, "rules", pv_null()); /* written by the controller, known to the index */
	return pv_objb_end(&b);
}

static pv_val
subject(pv_arena *arena, pv_str text)
{
	pv_str kind, ns;
	pv_objb b;

	pv_str_next(&text, ':', &kind);
	pv_objb_init(&b, arena);
	if (pv_str_is(kind, "account")) {
		pv_str_next(&text, '/', &ns);
		pv_objb_puts(&b, "kind", "ServiceAccount");
		pv_objb_put(&b, "namespace", pv_stringn(arena, ns.s, ns.len));
	} else {
		pv_objb_puts(&b, "apiGroup", GROUP);
		pv_objb_puts(&b, "kind", pv_str_is(kind, "user") ? "User" : "Group");
	}
	pv_objb_put(&b, "name", pv_stringn(arena, text.s, text.len));
	return pv_objb_end(&b);
}

static pv_val
binding_of(pv_arena *arena, const pv_table_row *role, const pv_table_row *row)
{
	const char *name = *row->cell[2] ? row->cell[2] : role->cell[1], *ns = role->cell[2];
	pv_str rest = pv_str_of(row->cell[1]), piece;
	pv_listb subjects;
	pv_objb ref, b;

	pv_listb_init(&subjects, arena);
	while (!pv_streq(row->cell[1], "nobody") && pv_str_next(&rest, ' ', &piece))
		pv_listb_add(&subjects, subject(arena, piece));
	pv_objb_init(&ref, arena);
	pv_objb_puts(&ref, "apiGroup", GROUP);
	pv_objb_puts(&ref, "kind", *ns ? "Role" : "ClusterRole");
	pv_objb_puts(&ref, "name", role->cell[1]);
	begin(arena, &b, *ns ? "RoleBinding" : "ClusterRoleBinding", ns, name, "");
	pv_objb_put(&b, "roleRef", pv_objb_end(&ref));
	if (subjects.len)
		pv_objb_put(&b, "subjects", pv_listb_end(&subjects));
	return pv_objb_end(&b);
}

static void
end_role(pv_arena *arena, const pv_table_row *role, pv_listb *rules, pv_vec *ret)
{
	pv_objb b;
	pv_val made;

	if (!role->line)
		return;
	begin(arena, &b, *role->cell[2] ? "Role" : "ClusterRole", role->cell[2], role->cell[1],
	      role->cell[3]);
	pv_objb_put(&b, "rules", pv_listb_end(rules));
	made = pv_objb_end(&b);
	pv_vec_push(ret, &made);
}

int
roles_wanted(pv_ctx *cx, pv_vec *ret)
{
	pv_table_row row, role = {.line = 0};
	pv_arena *arena = cx->arena;
	pv_table_text text;
	pv_listb rules;
	int r = pv_table_text_open(cx, arena, "core/auth/roles.tsv", &text);

	pv_vec_init(ret, arena, sizeof(pv_val));
	pv_listb_init(&rules, arena);
	while (r == 0 && pv_table_text_row(&text, &row)) {
		const char *what = row.cell[0];
		pv_val made;

		if (pv_streq(what, "rule") || pv_streq(what, "urls") || pv_streq(what, "events")) {
			pv_listb_add(&rules, rule_of(arena, &row));
		} else if (pv_streq(what, "bind")) {
			made = binding_of(arena, &role, &row);
			pv_vec_push(ret, &made);
		} else if (pv_streq(what, "union")) {
			made = union_of(arena, &row);
			pv_vec_push(ret, &made);
		} else if (pv_streq(what, "role")) {
			end_role(arena, &role, &rules, ret);
			role = row;
			pv_listb_init(&rules, arena);
		} else {
			r = pv_fail(cx, PV_EINTERNAL, "roles.tsv:%d: there is no row %s", row.line, what);
		}
	}
	if (r == 0)
		end_role(arena, &role, &rules, ret);
	return r;
}
