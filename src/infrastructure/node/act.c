/* act: annotations of the simulated node. */
#include "infrastructure/node/act.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"

#define ENDING (1250 * PV_MS) /* from deletionTimestamp, which is told in whole seconds: a quarter at least */

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

static const struct {
	const char *word;
	enum act act;
} words[] = {{"crash", ACT_CRASH},           {"oom", ACT_OOM}, {"hang", ACT_HANG}, {"fail", ACT_FAIL},
	     {"image-pull", ACT_IMAGE_PULL}, {"run", ACT_RUN}};

enum act
act_of(const pv_val *pod)
{
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

/* ---- what is not understood ---- */

static bool
is_word(const char *text)
{
	for (size_t i = 0; i < PV_LEN(words); i++)
		if (pv_streq(text, words[i].word))
			return true;
	return false;
}

static bool
is_duration(const char *text)
{
	int64_t ns;

	return pv_duration_parse(pv_str_of(text), &ns) && ns >= 0;
}

static bool
is_exit_code(const char *text)
{
	int64_t code;

	return pv_parse_int(pv_str_of(text), &code) && code > 0 && code < 256;
}

static const struct {
	const char *key;
	bool (*good)(const char *text);
	const char *expected, *instead;
} asked[] = {
	{"pave.dev/simulate", is_word, "crash, oom, hang, fail, image-pull or run", "the Pod runs"},
	{"pave.dev/ready-after", is_duration, "a duration such as 300ms or 5s", "it is ready after 300ms"},
	{"pave.dev/run-for", is_duration, "a duration such as 1s or 2m", "a Pod that ends runs for 1s"},
	{"pave.dev/exit-code", is_exit_code, "a number from 1 to 255",
	 "a failure exits with 1, of memory with 137"},
};

void
act_doubts(pv_ctx *cx, const pv_val *annotations, const char *path, pv_vec *ret)
{
	for (size_t i = 0; i < PV_LEN(asked); i++) {
		const char *text = pv_text(pv_get(annotations, asked[i].key), NULL), *doubt;

		if (!text || asked[i].good(text))
			continue;
		doubt = pv_printf(cx->arena, "%s[%s]: expected %s, found \"%s\": %s", path, asked[i].key,
				  asked[i].expected, text, asked[i].instead);
		pv_vec_push(ret, &doubt);
	}
}

/* How long its containers take to end once they are told to: what a preStop sleeps comes before. */
int64_t
act_ending(const pv_val *pod)
{
	const pv_val *containers = pv_at(pod, "spec.containers");
	int64_t sleeps = 0;

	if (!pv_streq(pv_text_at(pod, "status.phase", ""), "Running"))
		return 0;
	if (act_of(pod) == ACT_HANG)
		return INT64_MAX;
	for (size_t i = 0; i < pv_count(containers); i++) {
		int64_t one = pv_i64_at(pv_item(containers, i), "lifecycle.preStop.sleep.seconds", 0);

		sleeps = one > sleeps ? one : sleeps;
	}
	return pv_seconds(sleeps) + ENDING;
}
