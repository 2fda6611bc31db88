#include "base/utf8.h"

static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t
pv_utf8_count(pv_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += !goes_on(s.s[i]);
	return n;
}

size_t
pv_utf8_prefix(pv_str s, size_t most)
{
	size_t at = 0;

	while (at < s.len && most-- > 0)
		for (at++; at < s.len && goes_on(s.s[at]);)
			at++;
	return at;
}
