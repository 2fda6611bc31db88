/* One audit event as a line of JSON.  Internal to audit. */
#pragma once
#include "base/buf.h"
#include "core/audit/audit.h"

void audit_format(pv_buf *b, pv_arena *scratch, const pv_audit_event *event);
