/* Has an answer the types of an AdmissionReview?  Upstream decodes it into Go's types, and the
 * first value that does not fit is the error (k8s.io/api/admission/v1, encoding/json). */
#include "base/str.h"
#include "core/admission/webhook/webhook.h"

enum form { STRING, BOOL, INTEGER, TEXTS, TEXT_BY_NAME, STRUCT, STRUCTS };

typedef struct record record;
typedef struct field {
	const char *name; /* ends the table when NULL */
	enum form form;
	const char *go;   /* its type as Go prints it; of a list or map of texts: its own */
	const record *of; /* of a struct, or of each in a list */
} field;

struct record { /* a Go struct */
	const char *go;
	const field *fields;
};

#define INT32 "int32"

static const field cause_fields[] = {
	{"reason", STRING, "v1.CauseType", NULL},
	{"message", STRING, "string", NULL},
	{"field", STRING, "string", NULL},
	{0},
};
static const record cause = {"StatusCause", cause_fields};
static const field details_fields[] = {
	{"name", STRING, "string", NULL},
	{"group", STRING, "string", NULL},
	{"kind", STRING, "string", NULL},
	{"uid", STRING, "types.UID", NULL},
	{"causes", STRUCTS, "v1.StatusCause", &cause},
	{"retryAfterSeconds", INTEGER, INT32, NULL},
	{0},
};
static const record details = {"StatusDetails", details_fields};
static const field list_meta_fields[] = {
	{"selfLink", STRING, "string", NULL},
	{"resourceVersion", STRING, "string", NULL},
	{"continue", STRING, "string", NULL},
	{"remainingItemCount", INTEGER, "int64", NULL},
	{0},
};
static const record list_meta = {"ListMeta", list_meta_fields};
static const field status_fields[] = {
	{"kind", STRING, "string", NULL},
	{"apiVersion", STRING, "string", NULL},
	{"metadata", STRUCT, "v1.ListMeta", &list_meta},
	{"status", STRING, "string", NULL},
	{"message", STRING, "string", NULL},
	{"reason", STRING, "v1.StatusReason", NULL},
	{"details", STRUCT, "v1.StatusDetails", &details},
	{"code", INTEGER, INT32, NULL},
	{0},
};
static const record status = {"Status", status_fields};
static const field response_fields[] = {
	{"uid", STRING, "types.UID", NULL},
	{"allowed", BOOL, "bool", NULL},
	{"status", STRUCT, "v1.Status", &status},
	{"patch", STRING, "[]uint8", NULL}, /* base64 */
	{"patchType", STRING, "v1.PatchType", NULL},
	{"auditAnnotations", TEXT_BY_NAME, "map[string]string", NULL},
	{"warnings", TEXTS, "[]string", NULL},
	{0},
};
static const record response = {"AdmissionResponse", response_fields};
static const field review_fields[] = {
	{"response", STRUCT, "v1.AdmissionResponse", &response},
	{0},
};
static const record review = {"AdmissionReview", review_fields};

typedef struct reader {
	pv_ctx *cx;
	const record *record; /* that the value stands in */
	const char *path;     /* from the review on, without the places in lists, as Go has it */
} reader;

static int read_record(const reader *rd, const record *of, const pv_val *v);

static const char *
found(pv_ctx *cx, const pv_val *v, enum form wanted)
{
	char room[PV_NUMBER_ROOM];
	pv_str text;

	switch ((enum pv_type)v->type) {
	case PV_BOOL: return "bool";
	case PV_STRING: return "string";
	case PV_OBJECT: return "object";
	case PV_NUMBER:
		if (wanted != INTEGER)
			return "number";
		text = pv_number_text(v, room);
		return pv_printf(cx->arena, "number %.*s", (int)text.len, text.s);
	default: return "array";
	}
}

static int
unfit(const reader *rd, const pv_val *v, enum form wanted, const char *go)
{
	return pv_fail(rd->cx, PV_EINTERNAL,
		       "failed to call webhook: json: cannot unmarshal %s into Go struct field %s.%s of type "
		       "%s",
		       found(rd->cx, v, wanted), rd->record->go, rd->path, go);
}

static bool
is_integer(const pv_val *v, const char *go)
{
	int64_t n = pv_i64(v, INT64_MIN);
	bool narrow = pv_streq(go, INT32);

	return n != INT64_MIN && (!narrow || (n >= INT32_MIN && n <= INT32_MAX));
}

/* The texts of a list or of an object; null is none. */
static int
read_texts(const reader *rd, const pv_val *v)
{
	for (size_t i = 0; i < pv_count(v); i++) {
		const pv_val *one = v->type == PV_OBJECT ? &v->members[i].val : &v->items[i];

		if (one->type != PV_STRING && one->type != PV_NULL)
			return unfit(rd, one, STRING, "string");
	}
	return 0;
}

static int
read_records(const reader *rd, const field *f, const pv_val *v)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pv_count(v); i++) {
		const pv_val *one = pv_item(v, i);

		if (one->type == PV_OBJECT)
			r = read_record(rd, f->of, one);
		else if (one->type != PV_NULL)
			r = unfit(rd, one, STRUCT, f->go);
	}
	return r;
}

static int
read_field(const reader *rd, const field *f, const pv_val *v)
{
	bool fits = false;

	switch (f->form) {
	case STRING: fits = v->type == PV_STRING; break;
	case BOOL: fits = v->type == PV_BOOL; break;
	case INTEGER: fits = v->type == PV_NUMBER && is_integer(v, f->go); break;
	case TEXTS:
	case STRUCTS: fits = v->type == PV_LIST; break;
	case TEXT_BY_NAME:
	case STRUCT: fits = v->type == PV_OBJECT; break;
	}
	if (v->type == PV_NULL)
		return 0;
	if (!fits)
		return unfit(rd, v, f->form,
			     f->form == STRUCTS ? pv_printf(rd->cx->arena, "[]%s", f->go) : f->go);
	switch (f->form) {
	case TEXTS:
	case TEXT_BY_NAME: return read_texts(rd, v);
	case STRUCTS: return read_records(rd, f, v);
	case STRUCT: return read_record(rd, f->of, v);
	default: return 0;
	}
}

/* In the order of the text; what no field is called is nobody's.  As deep as the tables. */
static int
read_record(const reader *rd, const record *of, const pv_val *v)
{
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const field *f = of->fields;
		reader inner = {rd->cx, of, m->key.s};
		int r;

		while (f->name && !pv_streq(f->name, m->key.s))
			f++;
		if (!f->name)
			continue;
		if (rd->path)
			inner.path = pv_printf(rd->cx->arena, "%s.%s", rd->path, f->name);
		r = read_field(&inner, f, &m->val);
		if (r < 0)
			return r;
	}
	return 0;
}

int
webhook_check_types(pv_ctx *cx, const pv_val *answer)
{
	return read_record(&(reader){.cx = cx}, &review, answer);
}
