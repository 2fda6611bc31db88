static void
walk(const pv_val *v, const pv_val *data, pv_val o)
{
	for (size_t i = 0; i < pv_count(data); i++)
		use(&data->members[i].key);
	for (size_t i = 0; i < pv_count(pv_get(v, "a")); i++) {
		use(v);
		for (size_t k = 0; ok && k < pv_count(&o); k++)
			if (ok)
				use(&o.members[k].val);
	}
	for (size_t i = 0; i < pv_member_count(v); i++)
		use(v->type == PV_OBJECT ? &v->members[i].val : &v->items[i]);
	for (size_t i = 0; i < pv_member_count(data); i++)
		use(&data->members[i].val);
	for (size_t i = 0; i < pv_count(v); i++)
		use(pv_is(v, PV_OBJECT) ? &v->members[i].val : &v->items[i]);
	for (size_t i = 0; pv_is(v, PV_OBJECT) && i < pv_count(v); i++)
		use(&v->members[i].val);
	for (size_t i = 0; i < pv_count(v); i++)
		use(pv_item(v, i));
}
