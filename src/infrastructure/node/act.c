/* act: annotations of the simulated node. */
#include "infrastructure/node/act.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"

static const char *
annotation(const pv_val *pod, const char *key)
{
	return pv_text(pv_get(pv_at(pod, "metadata.annotations"), key), NULL);
}

static bool
image_is_bad(const pv_val *pod)
{
	const pv_val *containers = pv_at(pod, "spec.containers");
	for (size_t i = 0; i < pv_count(containers); i++) {
		const char *image = pv_text_at(pv_item(containers, i), "image", "");
		if (!*image || strpbrk(image, " \t\nABCDEFGHIJKLMNOPQRSTUVWXYZ") == image ||
		    strchr(image, ' '))
			return true;
	}
	return false;
}

enum act
act_of(const pv_val *pod)
{
	static const struct {
		const char *word;
		enum act act;
	} words[] = {{"crash", ACT_CRASH},
		     {"oom", ACT_OOM},
		     {"hang", ACT_HANG},
		     {"fail", ACT_FAIL},
		     {"image-pull", ACT_IMAGE_PULL}};
	const char *word = annotation(pod, "pave.dev/simulate");
	for (size_t i = 0; word && i < PV_LEN(words); i++)
		if (pv_streq(word, words[i].word))
			return words[i].act;
	return image_is_bad(pod) ? ACT_BAD_IMAGE : ACT_RUN;
}

static int64_t
duration(const pv_val *pod, const char *key, int64_t otherwise)
{
	int64_t ns;
	const char *text = annotation(pod, key);
	return text && pv_duration_parse(pv_str_of(text), &ns) && ns >= 0 ? ns : otherwise;
}

int64_t
act_ready_after(const pv_val *pod)
{
	return duration(pod, "pave.dev/ready-after", 300 * PV_MS);
}

int64_t
act_run_for(const pv_val *pod)
{
	return duration(pod, "pave.dev/run-for", PV_SEC);
}

int64_t
act_backoff(int64_t restarts)
{
	int64_t wait = 10 * PV_SEC << (restarts < 5 ? restarts : 5);
	return wait < 300 * PV_SEC ? wait : 300 * PV_SEC;
}

bool
act_ends(const pv_val *pod)
{
	return !pv_streq(pv_text_at(pod, "spec.restartPolicy", "Always"), "Always");
}

bool
act_restarts(const pv_val *pod)
{
	return !pv_streq(pv_text_at(pod, "spec.restartPolicy", "Always"), "Never");
}

int
act_exit_code(const pv_val *pod)
{
	const char *text = annotation(pod, "pave.dev/exit-code");
	int64_t code;

	if (text && pv_parse_int(pv_str_of(text), &code) && code > 0 && code < 256)
		return (int)code;
	return act_of(pod) == ACT_OOM ? 137 : 1;
}
