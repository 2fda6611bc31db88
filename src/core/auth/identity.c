/* Who is asking: identities as values in the turn's arena. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "core/auth/impl.h"

static const char *const nobody_groups[] = {"system:unauthenticated", NULL};
static const pv_identity nobody = {
	.user = "system:anonymous", .uid = "", .groups = nobody_groups, .how = "anonymous"};

pv_identity *
identity_new(pv_ctx *cx, const char *user, const char *uid, const char *how)
{
	pv_identity *who = pv_new(cx->arena, pv_identity);

	who->user = pv_strdup(cx->arena, user);
	who->uid = pv_strdup(cx->arena, uid ? uid : "");
	who->how = how;
	identity_groups(cx, who, NULL);
	return who;
}

void
identity_groups(pv_ctx *cx, pv_identity *who, const char *const *groups)
{
	size_t n = 0, len = 0;
	const char **out;

	while (groups && groups[n])
		n++;
	out = pv_new_array(cx->arena, const char *, n + 2);
	for (size_t i = 0; i < n; i++)
		if (!pv_streq(groups[i], "system:authenticated"))
			out[len++] = pv_strdup(cx->arena, groups[i]);
	out[len] = "system:authenticated";
	who->groups = (const char *const *)out;
}

bool
identity_in(const pv_identity *who, const char *group)
{
	for (size_t i = 0; who->groups && who->groups[i]; i++)
		if (strcmp(who->groups[i], group) == 0)
			return true;
	return false;
}

bool
auth_among(const char *const *list, const char *text)
{
	while (*list && !pv_streq(*list, text))
		list++;
	return *list != NULL;
}

char *
identity_groups_text(pv_arena *arena, const pv_identity *who)
{
	pv_buf out;

	pv_buf_init(&out, arena);
	pv_buf_addc(&out, '[');
	for (size_t i = 0; who->groups && who->groups[i]; i++)
		pv_buf_printf(&out, "%s\"%s\"", i ? " " : "", who->groups[i]);
	pv_buf_addc(&out, ']');
	return out.s;
}

void
pv_auth_internal(pv_ctx *cx, const char *user)
{
	static const char *const masters[] = {"system:masters", NULL};
	pv_identity *who = identity_new(cx, user, "", "internal");

	identity_groups(cx, who, masters);
	who->internal = true;
	cx->identity = who;
}

const pv_identity *
pv_auth_identity(const pv_ctx *cx)
{
	return cx->identity ? cx->identity : &nobody;
}

const char *const *
auth_texts(pv_arena *arena, const pv_val *list)
{
	const char **out = pv_new_array(arena, const char *, pv_count(list) + 1);

	for (size_t i = 0; i < pv_count(list); i++)
		out[i] = pv_text(pv_item(list, i), "");
	return (const char *const *)out;
}

/* Keys may come several times; each has a list of values. */
static pv_val
extra_of(pv_arena *arena, const char *const *pairs)
{
	pv_val out = pv_object_of(arena, NULL, 0, NULL, NULL);

	for (; pairs[0]; pairs += 2) {
		const pv_val *had = pv_get(&out, pairs[0]);
		pv_listb list;

		pv_listb_init(&list, arena);
		for (size_t i = 0; i < pv_count(had); i++)
			pv_listb_add(&list, *pv_item(had, i));
		pv_listb_add(&list, pv_string(arena, pairs[1]));
		out = pv_with(arena, &out, pairs[0], pv_listb_end(&list));
	}
	return out;
}

pv_val
pv_auth_user_info(pv_arena *arena, const pv_identity *who)
{
	pv_listb groups;
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_listb_init(&groups, arena);
	for (size_t i = 0; who && who->groups && who->groups[i]; i++)
		pv_listb_add(&groups, pv_string(arena, who->groups[i]));
	pv_objb_put(&b, "username", pv_string(arena, who ? who->user : ""));
	if (who && who->uid && who->uid[0])
		pv_objb_put(&b, "uid", pv_string(arena, who->uid));
	pv_objb_put(&b, "groups", pv_listb_end(&groups));
	if (who && who->extra && who->extra[0])
		pv_objb_put(&b, "extra", extra_of(arena, who->extra));
	return pv_objb_end(&b);
}
