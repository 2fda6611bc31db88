/* semver: semantic versions (semver.org 2.0.0), exact however long their numbers.
 * Pure; the parts point into the text. */
#pragma once
#include "base/base.h"

typedef struct pv_semver {
	pv_str part[3], pre; /* major, minor, patch; "rc.1", empty if it is a release */
} pv_semver;

bool pv_semver_parse(pv_str text, pv_semver *ret); /* no leading v, no missing part */
/* As OPA reads them: one v in front and zeros in front of a part do not count, and a part fits 63 bits. */
bool pv_semver_parse_loose(pv_str text, pv_semver *ret);
int pv_semver_cmp(const pv_semver *a, const pv_semver *b); /* -1, 0, 1; builds do not count */
