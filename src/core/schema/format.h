/* format: the formats that API servers insist on (apiextensions: supported formats); private to
 * core/schema.  Pure; any thread. */
#pragma once
#include "base/str.h"

/* ---- formatcode.c: digits and letters with a sum or a shape of their own ---- */
bool format_isbn10(pv_str s);
bool format_isbn13(pv_str s);
bool format_isbn(pv_str s);
bool format_credit_card(pv_str s);
bool format_ssn(pv_str s);
bool format_hex_color(pv_str s);
bool format_rgb_color(pv_str s);
bool format_bson(pv_str s);
bool format_uuid(pv_str s);
bool format_uuid3(pv_str s);
bool format_uuid4(pv_str s);
bool format_uuid5(pv_str s);
bool format_mac(pv_str s);
bool format_byte(pv_str s);
/* ---- formattext.c: names, addresses and times ---- */
bool format_email(pv_str s);
bool format_hostname(pv_str s);
bool format_short_name(pv_str s);
bool format_long_name(pv_str s);
bool format_date(pv_str s);
bool format_date_time(pv_str s);
bool format_duration(pv_str s);
