#include "core/kinds/behaviour.h"
#include "base/str.h"

static const struct {
	const char *group, *kind;
	pv_kind_fill *fill;
	pv_kind_check *check;
} behaviours[] = {
	{"apiextensions.k8s.io", "CustomResourceDefinition", pv_crd_fill, pv_crd_check},
};

pv_kind_fill *
pv_kind_fill_of(const char *group, const char *kind)
{
	for (size_t i = 0; i < PV_LEN(behaviours); i++)
		if (pv_streq(behaviours[i].group, group) && pv_streq(behaviours[i].kind, kind))
			return behaviours[i].fill;
	return NULL;
}

pv_kind_check *
pv_kind_check_of(const char *group, const char *kind)
{
	for (size_t i = 0; i < PV_LEN(behaviours); i++)
		if (pv_streq(behaviours[i].group, group) && pv_streq(behaviours[i].kind, kind))
			return behaviours[i].check;
	return NULL;
}
