/* images: as Argo CD lists them: of Pods, and of what has a template of Pods. */
#include "delivery/application/images.h"

#include "base/str.h"
#include "base/vec.h"

static void
add(const pv_val *containers, pv_objb *set)
{
	for (size_t i = 0; i < pv_count(containers); i++) {
		const pv_val *image = pv_get(pv_item(containers, i), "image");
		if (*pv_text(image, ""))
			pv_objb_putv(set, *image, pv_bool(true));
	}
}

void
images_add(const pv_val *object, pv_objb *set)
{
	static const char *const places[] = {"spec.template.spec", "spec.jobTemplate.spec.template.spec",
					     "spec"};
	for (size_t i = 0; i < PV_LEN(places); i++) {
		const pv_val *spec = pv_at(object, places[i]);
		add(pv_get(spec, "initContainers"), set);
		add(pv_get(spec, "containers"), set);
	}
}

static int
by_text(const void *a, const void *b)
{
	return pv_str_cmp(pv_strv(a), pv_strv(b));
}

pv_val
images_list(pv_arena *arena, const pv_objb *set)
{
	pv_listb list;
	pv_vec all;
	pv_vec_init(&all, arena, sizeof(pv_val));
	for (size_t i = 0; i < set->len; i++)
		pv_vec_push(&all, &set->members[i].key);
	pv_vec_sort(&all, by_text);
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < all.len; i++)
		pv_listb_add(&list, *PV_AT(pv_val, &all, i));
	return pv_listb_end(&list);
}

pv_val
images_of(pv_arena *arena, const pv_val *object)
{
	pv_objb set;
	pv_objb_init(&set, arena);
	images_add(object, &set);
	return images_list(arena, &set);
}
