/* rego_test_print: tests as `opa test` tells of them. */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "cmd/rego_test.h"

static const char *const outcomes[] = {"PASS", "FAIL", "SKIPPED", "ERROR"};

static void
rule_off(void)
{
	for (int i = 0; i < 80; i++)
		putchar('-');
	putchar('\n');
}

static void
print_line(pv_ctx *cx, const rego_test *t)
{
	printf("%s.%s: %s", t->rule.package, t->rule.name, outcomes[t->outcome]);
	if (t->outcome != REGO_SKIP)
		printf(" (%s)", pv_duration_format(cx->arena, t->ns));
	putchar('\n');
}

static const char *
key_text(pv_ctx *cx, const pv_val *key)
{
	pv_buf b;
	if (key->type == PV_STRING)
		return key->s;
	pv_val v = pv_rego_json(cx->arena, key);
	pv_buf_init(&b, cx->arena);
	pv_rego_write(&b, &v, NULL, true);
	return b.s;
}

/* The cases as a tree by their keys: what two of them share is told once. */
static void
print_cases(pv_ctx *cx, const rego_test *t, bool verbose)
{
	const pv_val *before = NULL;
	for (size_t i = 0; i < t->cases.len; i++) {
		const rego_case *c = PV_AT(rego_case, &t->cases, i);
		uint32_t from = 0;
		if (c->passed && !verbose)
			continue;
		while (before && from + 1 < c->keys->len && from < before->len &&
		       pv_eq(&before->items[from], &c->keys->items[from]))
			from++;
		for (; from < c->keys->len; from++) {
			bool leaf = from + 1 == c->keys->len, passed = c->passed;
			for (size_t k = 0; !leaf && k < t->cases.len; k++) {
				const rego_case *x = PV_AT(rego_case, &t->cases, k);
				bool below = x->keys->len > from;
				for (uint32_t m = 0; below && m <= from; m++)
					below = pv_eq(&x->keys->items[m], &c->keys->items[m]);
				passed = passed && (!below || x->passed);
			}
			printf("  %*s%s: %s\n", (int)(2 * from), "", key_text(cx, &c->keys->items[from]),
			       outcomes[passed ? REGO_PASS : REGO_FAIL]);
		}
		before = c->keys;
	}
}

static void
print_output(const char *text)
{
	pv_str rest = pv_str_of(text), line;
	if (!*text)
		return;
	putchar('\n');
	while (pv_str_next(&rest, '\n', &line))
		if (line.len || rest.len)
			printf("  %.*s\n", (int)line.len, line.s);
	putchar('\n');
}

static void
print_failure(pv_ctx *cx, const rego_test *t)
{
	print_line(cx, t);
	putchar('\n');
	for (size_t i = 0; i < t->explained.len; i++)
		printf("  %s\n", *PV_AT(const char *, &t->explained, i));
	for (size_t i = 0; i < t->trace.len && !t->explained.len; i++) {
		const struct pv_rego_step *s = PV_AT(struct pv_rego_step, &t->trace, i);
		printf("  %s:%d: %s ", s->file, s->line, s->rule);
		if (s->defined)
			puts("holds");
		else
			printf("fails at `%s`\n", s->expression ? s->expression : "its head");
	}
	putchar('\n');
}

static void
count(const rego_test *t, size_t *counts)
{
	if (t->cases.len == 0 || t->outcome == REGO_ERROR || t->outcome == REGO_SKIP)
		counts[t->outcome]++;
	else
		for (size_t i = 0; i < t->cases.len; i++)
			counts[PV_AT(rego_case, &t->cases, i)->passed ? REGO_PASS : REGO_FAIL]++;
}

static void
print_failures(pv_ctx *cx, const pv_vec *tests)
{
	rule_off();
	puts("FAILURES");
	rule_off();
	for (size_t i = 0; i < tests->len; i++)
		if (PV_AT(rego_test, tests, i)->outcome == REGO_FAIL)
			print_failure(cx, PV_AT(rego_test, tests, i));
}

static void
print_test(pv_ctx *cx, const rego_test *t, bool verbose)
{
	printf("%s:%d:\n", t->rule.file, t->rule.row);
	print_line(cx, t);
	print_cases(cx, t, verbose);
	print_output(t->output);
	if (t->error)
		printf("  %s\n", t->error);
}

static void
print_counts(const size_t *counts)
{
	size_t all = 0;
	for (int k = 0; k < 4; k++)
		all += counts[k];
	for (int k = 0; k < 4; k++)
		if (counts[k])
			printf("%s: %zu/%zu\n", outcomes[k], counts[k], all);
}

void
rego_test_pretty(pv_ctx *cx, const pv_vec *tests, bool verbose)
{
	const char *file = NULL;
	size_t counts[4] = {0};
	for (size_t i = 0; i < tests->len; i++) {
		const rego_test *t = PV_AT(rego_test, tests, i);
		count(t, counts);
		if (t->outcome == REGO_PASS && !verbose)
			continue;
		if (file && !pv_streq(file, t->rule.file))
			putchar('\n');
		file = t->rule.file;
		print_test(cx, t, verbose);
	}
	if (verbose && counts[REGO_FAIL])
		print_failures(cx, tests);
	if (file)
		rule_off();
	print_counts(counts);
}

/* ---- measured ---- */

/* data.a.test_b -> BenchmarkDataATestB */
static const char *
go_name(pv_ctx *cx, const char *name)
{
	bool first = true;
	pv_buf b;
	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "Benchmark");
	for (; *name; name++) {
		bool word = isalnum((unsigned char)*name);
		if (word)
			pv_buf_addc(&b, first ? (char)toupper((unsigned char)*name) : *name);
		first = !word;
	}
	return b.s;
}

static void
print_measured(pv_ctx *cx, const rego_test *t, bool go, bool memory)
{
	const rego_measured *m = t->measured;
	const char *name = pv_printf(cx->arena, "%s.%s", t->rule.package, t->rule.name);
	double ns = m->runs ? (double)m->ns / (double)m->runs : 0;
	printf("%s\t%8llu\t%10.*f ns/op", go ? go_name(cx, name) : name, (unsigned long long)m->runs,
	       ns < 100 ? 1 : 0, ns);
	if (memory)
		printf("\t%8zu B/op", m->bytes);
	putchar('\n');
}

void
rego_test_bench(pv_ctx *cx, const pv_vec *tests, bool go, bool memory)
{
	size_t counts[4] = {0};
	for (size_t i = 0; i < tests->len; i++) {
		const rego_test *t = PV_AT(rego_test, tests, i);
		count(t, counts);
		if (t->outcome == REGO_PASS)
			print_measured(cx, t, go, memory);
		else
			print_test(cx, t, false);
	}
	if (counts[REGO_FAIL] || counts[REGO_ERROR] || counts[REGO_SKIP]) {
		rule_off();
		print_counts(counts);
	}
}

static pv_val
measured_json(pv_ctx *cx, const rego_measured *m)
{
	pv_objb o;
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "N", pv_int((int64_t)m->runs));
	pv_objb_put(&o, "T", pv_int(m->ns));
	pv_objb_put(&o, "MemBytes", pv_int((int64_t)(m->bytes * m->runs)));
	return pv_objb_end(&o);
}

/* ---- JSON ---- */

/* {key: {name, sub_results or fail}} */
static void
put_case(pv_ctx *cx, pv_objb *to, const rego_case *c, uint32_t at)
{
	const char *name = key_text(cx, &c->keys->items[at]);
	pv_objb one, below;
	pv_val so_far = pv_objb_end(to);
	const pv_val *old = pv_get(&so_far, name), *deeper = pv_get(old, "sub_results");
	pv_objb_init(&one, cx->arena);
	pv_objb_put(&one, "name", pv_string_ref(name));
	if (!c->passed || pv_truth_at(old, "fail", false))
		pv_objb_put(&one, "fail", pv_bool(true));
	if (at + 1 < c->keys->len) {
		if (deeper)
			pv_objb_from(&below, cx->arena, deeper);
		else
			pv_objb_init(&below, cx->arena);
		put_case(cx, &below, c, at + 1);
		pv_objb_put(&one, "sub_results", pv_objb_end(&below));
	}
	pv_objb_from(to, cx->arena, &so_far);
	pv_objb_put(to, name, pv_objb_end(&one));
}

static pv_val
test_json(pv_ctx *cx, const rego_test *t)
{
	pv_objb o, cases;
	pv_objb_init(&o, cx->arena);
	pv_objb_put(&o, "location", pv_rego_place(cx->arena, t->rule.file, t->rule.row, t->rule.column));
	pv_objb_put(&o, "package", pv_string_ref(t->rule.package));
	pv_objb_put(&o, "name", pv_string_ref(t->rule.name));
	if (t->outcome == REGO_FAIL)
		pv_objb_put(&o, "fail", pv_bool(true));
	if (t->error)
		pv_objb_put(&o, "error", pv_string_ref(t->error));
	if (t->outcome == REGO_SKIP)
		pv_objb_put(&o, "skip", pv_bool(true));
	pv_objb_put(&o, "duration", pv_int(t->ns));
	if (*t->output) /* bytes: Go shows them in base64 */
		pv_objb_put(&o, "output",
			    pv_string_ref(pv_base64(cx->arena, t->output, strlen(t->output), false)));
	if (t->measured)
		pv_objb_put(&o, "benchmark_result", measured_json(cx, t->measured));
	pv_objb_init(&cases, cx->arena);
	for (size_t i = 0; i < t->cases.len; i++)
		put_case(cx, &cases, PV_AT(rego_case, &t->cases, i), 0);
	if (cases.len)
		pv_objb_put(&o, "sub_results", pv_objb_end(&cases));
	return pv_objb_end(&o);
}

void
rego_test_json(pv_ctx *cx, const pv_vec *tests)
{
	pv_listb list;
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < tests->len; i++)
		pv_listb_add(&list, test_json(cx, PV_AT(rego_test, tests, i)));
	pv_val all = pv_listb_end(&list);
	rego_print_json(cx, stdout, &all);
}
