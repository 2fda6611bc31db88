/* glob: path patterns as .gitignore-minded people write them: * and ? within one
 * path element, ** over any number of them, [a-z] [!a-z], {a,b}, \ escapes.  Pure.
 * Work is bounded: a pattern that needs too many steps matches nothing. */
#pragma once
#include "base/base.h"

bool pv_glob_match(const char *pattern, const char *path);
/* Of a text that is no path: * and ? take slashes, too. */
bool pv_glob_spans(const char *pattern, const char *text);
/* False if brackets or braces are not closed. */
bool pv_glob_valid(const char *pattern);
/* Does it have any of * ? [ { or is it a plain path? */
bool pv_glob_is(const char *pattern);
