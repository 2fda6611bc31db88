/* schema: values against values.schema.json, of the chart and of its subcharts. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "delivery/helm/impl.h"
#include "lang/json/json.h"
#include "lang/jsonschema/jsonschema.h"

static int
check_one(pv_ctx *cx, const helm_chart *chart, const pv_tmap *values, pv_buf *faults)
{
	pv_tv table = pv_tv_map((pv_tmap *)(uintptr_t)values);
	const pv_val *schema;
	const char *found;
	pv_val doc;
	int r = pv_json_parse(cx, chart->schema, NULL, &schema);
	if (r == 0 && !pv_tv_to(cx->arena, &table, &doc))
		r = pv_fail(cx, PV_EINVALID, "values of %s lie too deep within one another", chart->name);
	if (r == 0)
		r = pv_schema_faults(cx, schema, &doc, &found);
	if (r < 0)
		return pv_wrap(cx, r, "values.schema.json of %s", chart->name);
	if (found != NULL)
		pv_buf_printf(faults, "%s:\n%s\n", chart->name, found);
	return 0;
}

static int
check_all(pv_ctx *cx, const helm_chart *chart, const pv_tmap *values, pv_buf *faults)
{
	int r = chart->schema.s ? check_one(cx, chart, values, faults) : 0;
	for (size_t i = 0; r == 0 && i < chart->charts.len; i++) {
		const helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		const pv_tv *own = pv_tmap_find(values, pv_str_of(sub->name));
		if (own != NULL && own->kind == PV_T_MAP)
			r = check_all(cx, sub, own->map, faults);
	}
	return r;
}

int
helm_schemas(pv_ctx *cx, const helm_chart *chart, const pv_tmap *values)
{
	pv_buf faults;
	pv_buf_init(&faults, cx->arena);
	int r = check_all(cx, chart, values, &faults);
	if (r < 0 || faults.len == 0)
		return r;
	return pv_fail(cx, PV_EINVALID,
		       "values don't meet the specifications of the schema(s) in the following chart(s):\n%s",
		       faults.s);
}
