#include "core/embed.h"
#include <string.h>

const pv_embed *
pv_embed_find(const char *path)
{
	size_t low = 0, high = pv_embedded_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(path, pv_embedded[mid].path);

		if (order == 0)
			return &pv_embedded[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
