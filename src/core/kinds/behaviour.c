#include "base/str.h"
#include "core/kinds/kinds.h"

pv_kind_fill *
pv_kind_fill_of(const char *group, const char *kind)
{
	(void)group, (void)kind;
	return NULL;
}
pv_kind_check *
pv_kind_check_of(const char *group, const char *kind)
{
	(void)group, (void)kind;
	return NULL;
}
