/* selector: Kubernetes label selectors ("a=b,c in (d,e),!f"), LabelSelector
 * objects (matchLabels, matchExpressions), and field selectors ("a.b=c,d!=e").
 * Compiled once, matched often; immutable, any thread; lives in its arena. */
#pragma once
#include "base/buf.h"
#include "lang/value/value.h"

typedef struct pv_selector pv_selector;
PV_MUST_USE int pv_selector_parse(pv_ctx *cx, const char *text, pv_selector **ret);
/* An empty object selects everything, NULL nothing (apimachinery LabelSelectorAsSelector). */
PV_MUST_USE int pv_selector_from(pv_ctx *cx, const pv_val *label_selector, pv_selector **ret);
bool pv_selector_match(const pv_selector *sel, const pv_val *labels);
bool pv_selector_everything(const pv_selector *sel);
const char *pv_selector_text(pv_arena *arena, const pv_selector *sel);

typedef struct pv_field_term {
	const char *field, *value;
	bool equal;
} pv_field_term;
/* Elements: pv_field_term.  Which fields exist is the resource's business. */
PV_MUST_USE int pv_field_selector_parse(pv_ctx *cx, const char *text, pv_vec *ret_terms);
/* One more term, field=value, of a selector's text: what either holds is no sign of it. */
void pv_field_selector_add(pv_buf *text, const char *field, const char *value);
