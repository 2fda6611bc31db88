/* shape: what the fields of entities must look like.  Pure.  Private. */
#pragma once
#include "base/base.h"

bool shape_name(pv_str s); /* also a label's value, if not empty */
bool shape_namespace(pv_str s);
bool shape_tag(pv_str s);
bool shape_kind(pv_str s);
bool shape_api_version(pv_str s);
bool shape_key(pv_str s); /* of labels and annotations: [prefix/]name */
bool shape_url(pv_str s); /* absolute, as a browser would parse it */
