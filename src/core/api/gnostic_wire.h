/* gnostic_wire: values as protobuf messages, by one table for each message: what is not in the table is not
 * written, and keys that begin with x- are extensions.  Pure; internal to core/api. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

enum gn_shape {
	GN_TEXT,
	GN_BOOL,
	GN_INT,
	GN_DOUBLE,
	GN_ANY,        /* JSON in an Any's YAML */
	GN_ONE,        /* a message; of */
	GN_NAMED,      /* a map of them */
	GN_NESTED,     /* ONE, in a field 1 of a message around it */
	GN_ADDITIONAL, /* a schema, or a boolean in field 2 */
	GN_PLAIN,      /* number 1, boolean 2 or text 3; nothing of other types */
	GN_CUSTOM,     /* put */
};

typedef struct gn_message gn_message;
typedef struct gn_field {
	const char *key;
	unsigned number;
	enum gn_shape shape;
	const gn_message *of;
	unsigned within; /* the field of a message around it, 0: none */
	unsigned entry;  /* NAMED: the number of an entry, 0: 1 */
	void (*put)(pv_buf *b, unsigned number, const pv_val *v);
} gn_field;
struct gn_message {
	const gn_field *fields; /* ends with key NULL */
	unsigned extension;     /* number of the extensions, 0: none */
	unsigned reference;     /* within a message around it: this field has a Reference instead, 0: none */
};

size_t gn_open(pv_buf *b, unsigned number); /* a message whose length is known at its end */
void gn_close(pv_buf *b, size_t at);
void gn_text(pv_buf *b, unsigned number, pv_str text);
void gn_put(pv_buf *b, const gn_message *m, const pv_val *v);
void gn_put_one(pv_buf *b, unsigned number, unsigned within, const gn_message *m, const pv_val *v);
/* An entry {1 name, 2 value} of a map. */
void gn_put_entry(pv_buf *b, unsigned number, unsigned within, const char *name, const gn_message *m,
		  const pv_val *v);

#define GN_F(k, n, s) \
	{ \
		.key = (k), .number = (n), .shape = (s) \
	}
#define GN_M(k, n, s, m, w) \
	{ \
		.key = (k), .number = (n), .shape = (s), .of = (m), .within = (w) \
	}
