#include <string.h>
#include "lang/value/impl.h"

static const char *
wanted_name(enum pv_field_type type)
{
	static const char *const names[] = {"a boolean", "a whole number", "a string",
					    "a value",   "a list",         "an object"};

	return names[type];
}

/* Stores v at its place; false if it has another type than the field's. */
static bool
store(const pv_field *field, const pv_val *v, char *place)
{
	bool b;
	int64_t i;
	const char *s;

	switch (field->type) {
	case PV_F_BOOL:
		b = pv_truth(v, false);
		memcpy(place, &b, sizeof(b));
		return pv_is(v, PV_BOOL);
	case PV_F_INT:
		i = pv_i64(v, 0);
		memcpy(place, &i, sizeof(i));
		return i != 0 || pv_i64(v, 1) == 0;
	case PV_F_STRING:
		s = pv_text(v, NULL);
		memcpy(place, &s, sizeof(s));
		return s != NULL;
	case PV_F_VAL:
	case PV_F_LIST:
	case PV_F_OBJECT:
		memcpy(place, &v, sizeof(v));
		return field->type == PV_F_VAL || pv_is(v, field->type == PV_F_LIST ? PV_LIST : PV_OBJECT);
	}
	return false;
}

static void
fault(pv_ctx *cx, int *r, const char *reason, const char *field, const char *wanted, const char *found)
{
	if (*r == 0)
		*r = pv_fail(cx, PV_EINVALID, "the object does not have the form it needs");
	pv_add_cause(cx, reason, field, "expected %s, found %s", wanted, found);
}

int
pv_decode(pv_ctx *cx, const pv_val *object, const pv_field *fields, void *out)
{
	int r = 0;

	for (const pv_field *field = fields; field->path != NULL; field++) {
		const pv_val *v = pv_at(object, field->path);

		if (v == NULL || (v->type == PV_NULL && field->type != PV_F_VAL)) {
			if (field->flags & PV_F_REQUIRED)
				fault(cx, &r, "FieldValueRequired", field->path, wanted_name(field->type),
				      "nothing");
			continue;
		}
		if (!store(field, v, (char *)out + field->offset))
			fault(cx, &r, "FieldValueTypeInvalid", field->path, wanted_name(field->type),
			      pv_type_name(v));
	}
	return r;
}
