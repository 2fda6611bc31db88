/* The one C++ file: RE2 behind regex.h. */
#include "base/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

extern "C" {
#include "base/buf.h"
}

using re2::RE2;
using re2::StringPiece;

namespace {

/* Of one program and what it remembers of texts: most need little, the others get more. */
constexpr size_t SMALL = 256 << 10, LARGE = 8 << 20;
constexpr size_t CACHED = 256, CACHED_BYTES = CACHED * SMALL;
std::atomic<size_t> live_bytes{0}; /* of all, those in use that fell out of the cache too */

} // namespace

struct pv_re {
	RE2 re;
	std::vector<std::string> names; /* by group; empty if it has none */
	size_t bytes; /* that it may come to */

	pv_re(const StringPiece &pattern, const RE2::Options &options)
	    : re(pattern, options), bytes(static_cast<size_t>(options.max_mem()))
	{
		live_bytes += bytes;
		if (!re.ok())
			return;
		names.resize(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
		for (const auto &group : re.CapturingGroupNames())
			names[static_cast<size_t>(group.first)] = group.second;
	}
	~pv_re() { live_bytes -= bytes; }
	pv_re(const pv_re &) = delete;
	pv_re &operator=(const pv_re &) = delete;
};

struct pv_re_slot {
	std::shared_ptr<pv_re> re;
};

namespace {

constexpr int GROUPS = 1000;

/* The words that Go uses for what RE2 found. */
const struct {
	RE2::ErrorCode code;
	const char *text;
} WORDS[] = {
	{RE2::ErrorBadEscape, "invalid escape sequence"},
	{RE2::ErrorBadCharClass, "invalid character class"},
	{RE2::ErrorBadCharRange, "invalid character class range"},
	{RE2::ErrorMissingBracket, "missing closing ]"},
	{RE2::ErrorMissingParen, "missing closing )"},
	{RE2::ErrorUnexpectedParen, "unexpected )"},
	{RE2::ErrorTrailingBackslash, "trailing backslash at end of expression"},
	{RE2::ErrorRepeatArgument, "missing argument to repetition operator"},
	{RE2::ErrorRepeatSize, "invalid repeat count"},
	{RE2::ErrorRepeatOp, "invalid nested repetition operator"},
	{RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax"},
	{RE2::ErrorBadUTF8, "invalid UTF-8"},
	{RE2::ErrorBadNamedCapture, "invalid named capture"},
	{RE2::ErrorPatternTooLarge, "expression too large"},
};

const char *
words(RE2::ErrorCode code)
{
	for (const auto &row : WORDS)
		if (row.code == code)
			return row.text;
	return "internal error";
}

/* Past a character class that begins at i, or to the end if it does not close. */
size_t
skip_class(const std::string &p, size_t i)
{
	i += i + 1 < p.size() && p[i + 1] == '^' ? 2 : 1;
	if (i < p.size() && p[i] == ']')
		i++;
	while (i < p.size() && p[i] != ']') {
		size_t end = p.compare(i, 2, "[:") == 0 ? p.find(":]", i + 2) : std::string::npos;
		if (end != std::string::npos)
			i = end + 2;
		else
			i += p[i] == '\\' ? 2 : 1;
	}
	return i;
}

/* Go knows (?<name>re) since 1.22, this RE2 only (?P<name>re).  Returns the place of
 * a \C, which RE2 takes and Go does not, or npos. */
size_t
translate(const std::string &p, std::string *out)
{
	for (size_t i = 0; i < p.size();) {
		size_t start = i;

		if (p.compare(i, 2, "\\Q") == 0) {
			size_t end = p.find("\\E", i + 2);
			i = end == std::string::npos ? p.size() : end + 2;
		} else if (p.compare(i, 2, "\\C") == 0) {
			return i;
		} else if (p[i] == '\\') {
			i += 2;
		} else if (p[i] == '[') {
			i = skip_class(p, i) + 1;
		} else if (p.compare(i, 3, "(?<") == 0) {
			out->append("(?P<");
			i = start = i + 3;
		} else {
			i++;
		}
		i = std::min(i, p.size());
		out->append(p, start, i - start);
	}
	return std::string::npos;
}

StringPiece
piece(pv_str s)
{
	return StringPiece(s.s != nullptr ? s.s : "", s.len);
}

pv_str
slice(pv_str s, ptrdiff_t begin, ptrdiff_t end)
{
	return pv_str{(s.s != nullptr ? s.s : "") + begin, static_cast<size_t>(end - begin)};
}

/* Bytes of the character at i; 1 for a broken one; 0 at the end. */
ptrdiff_t
width(pv_str text, ptrdiff_t i)
{
	size_t at = static_cast<size_t>(i);
	int n;

	if (at >= text.len)
		return 0;
	n = pv_utf8_step(text.s + at, text.len - at, nullptr);
	return n > 0 ? n : 1;
}

struct entry {
	std::string pattern;
	std::shared_ptr<pv_re> re;
};

struct cache {
	std::mutex mutex;
	std::list<entry> recent; /* latest use first */
	std::unordered_map<std::string, std::list<entry>::iterator> by_pattern;
	size_t bytes = 0;
};

cache &
the_cache()
{
	static cache *c = new cache; /* never freed: threads may outlive main */
	return *c;
}

std::shared_ptr<pv_re>
cache_find(const std::string &pattern)
{
	cache &c = the_cache();
	std::lock_guard<std::mutex> lock(c.mutex);
	auto found = c.by_pattern.find(pattern);

	if (found == c.by_pattern.end())
		return nullptr;
	c.recent.splice(c.recent.begin(), c.recent, found->second);
	return found->second->re;
}

void
cache_put(const std::string &pattern, const std::shared_ptr<pv_re> &re)
{
	cache &c = the_cache();
	std::lock_guard<std::mutex> lock(c.mutex);

	if (c.by_pattern.count(pattern) != 0)
		return; /* another thread was first */
	c.recent.push_front(entry{pattern, re});
	c.by_pattern[pattern] = c.recent.begin();
	c.bytes += re->bytes;
	while (c.recent.size() > CACHED || c.bytes > CACHED_BYTES) {
		c.bytes -= c.recent.back().re->bytes;
		c.by_pattern.erase(c.recent.back().pattern);
		c.recent.pop_back();
	}
}

void
let_go(void *arg)
{
	delete static_cast<pv_re_slot *>(arg);
}

bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The group that a name in a template stands for; -1 if none took part. */
int
group_of(const pv_re *re, const std::string &name, const pv_span *spans)
{
	if (name.find_first_not_of("0123456789") == std::string::npos) {
		if (name.size() > 8 || (name[0] == '0' && name.size() > 1))
			return -1;
		int n = 0;
		for (char digit : name)
			n = n * 10 + (digit - '0');
		return n <= pv_re_groups(re) ? n : -1;
	}
	for (size_t i = 1; i < re->names.size(); i++)
		if (re->names[i] == name && spans[i].begin >= 0)
			return static_cast<int>(i);
	return -1;
}

/* The name behind the '$' at i; *ret_next is what follows it.  Empty: none there. */
std::string
template_name(pv_str with, size_t i, size_t *ret_next)
{
	bool braced = i + 1 < with.len && with.s[i + 1] == '{';
	size_t begin = i + (braced ? 2 : 1), end = begin;

	while (end < with.len && is_word(with.s[end]))
		end++;
	if (end == begin || (braced && (end >= with.len || with.s[end] != '}')))
		return "";
	*ret_next = end + (braced ? 1 : 0);
	return std::string(with.s + begin, end - begin);
}

void
expand(const pv_re *re, pv_buf *out, pv_str text, pv_str with, const pv_span *spans)
{
	size_t i = 0;

	while (i < with.len) {
		const char *dollar = static_cast<const char *>(memchr(with.s + i, '$', with.len - i));
		size_t at = dollar != nullptr ? static_cast<size_t>(dollar - with.s) : with.len;
		std::string name;
		int group;

		pv_buf_add(out, with.s + i, at - i);
		if (dollar == nullptr)
			break;
		name = template_name(with, at, &i);
		if (name.empty()) { /* "$$" is one, a lone one is itself */
			pv_buf_addc(out, '$');
			i = at + (at + 1 < with.len && with.s[at + 1] == '$' ? 2 : 1);
			continue;
		}
		group = group_of(re, name, spans);
		if (group >= 0 && spans[group].begin >= 0)
			pv_buf_add(out, text.s + spans[group].begin,
			           static_cast<size_t>(spans[group].end - spans[group].begin));
	}
}

/* Go's replaceAll: an empty match right behind another match is left alone. */
pv_str
replace(const pv_re *re, pv_arena *arena, pv_str text, pv_str with, bool literal)
{
	int n = literal ? 1 : pv_re_groups(re) + 1;
	std::vector<pv_span> spans(static_cast<size_t>(n));
	ptrdiff_t at = 0, last = 0, end = static_cast<ptrdiff_t>(text.len);
	pv_buf out;

	pv_buf_init(&out, arena);
	while (at <= end && pv_re_find(re, text, static_cast<size_t>(at), spans.data(), n)) {
		pv_str between = slice(text, last, spans[0].begin);
		pv_buf_add(&out, between.s, between.len);
		if (spans[0].end > last || spans[0].begin == 0) {
			if (literal)
				pv_buf_add(&out, with.s, with.len);
			else
				expand(re, &out, text, with, spans.data());
		}
		last = spans[0].end;
		at = std::max(at + std::max<ptrdiff_t>(width(text, at), 1), last);
	}
	pv_buf_add(&out, slice(text, last, end).s, static_cast<size_t>(end - last));
	return pv_str{out.s, out.len};
}

} // namespace

extern "C" int
pv_re_compile(pv_ctx *cx, pv_str pattern, pv_re **ret)
{
	std::string in(pattern.s != nullptr ? pattern.s : "", pattern.len), go;
	RE2::Options options;
	std::unique_ptr<pv_re> re;

	options.set_log_errors(false);
	options.set_max_mem(SMALL);
	if (translate(in, &go) != std::string::npos)
		return pv_fail(cx, PV_EINVALID, "error parsing regexp: invalid escape sequence: `\\C`");
	re.reset(new pv_re(go, options));
	if (re->re.error_code() == RE2::ErrorPatternTooLarge) {
		re.reset();
		options.set_max_mem(LARGE);
		re.reset(new pv_re(go, options));
	}
	if (!re->re.ok())
		return pv_fail(cx, PV_EINVALID, "error parsing regexp: %s: `%s`", words(re->re.error_code()),
		               re->re.error_arg().c_str());
	if (re->re.NumberOfCapturingGroups() > GROUPS)
		return pv_fail(cx, PV_EINVALID, "error parsing regexp: over the limit of %d groups", GROUPS);
	*ret = re.release();
	return 0;
}

extern "C" pv_re *
pv_re_free(pv_re *re)
{
	delete re;
	return nullptr;
}

extern "C" bool
pv_re_is_new(pv_str pattern)
{
	return cache_find(std::string(pattern.s != nullptr ? pattern.s : "", pattern.len)) == nullptr;
}

extern "C" int
pv_re_cached(pv_ctx *cx, pv_str pattern, pv_re_slot **slot, const pv_re **ret)
{
	std::string key(pattern.s != nullptr ? pattern.s : "", pattern.len);
	std::shared_ptr<pv_re> re = cache_find(key);
	pv_re_slot *own = nullptr;

	if (re == nullptr) {
		pv_re *fresh = nullptr;
		int r = pv_re_compile(cx, pattern, &fresh);
		if (r < 0)
			return r;
		re.reset(fresh);
		cache_put(key, re);
	}
	if (slot == nullptr)
		slot = &own;
	if (*slot == nullptr) {
		*slot = new pv_re_slot;
		pv_arena_defer(cx->arena, let_go, *slot);
	}
	*ret = re.get();
	(*slot)->re = re;
	return 0;
}

extern "C" {
bool pv_re_large(const pv_re *re) { return re->bytes > SMALL; }
size_t pv_re_size(const pv_re *re) { return static_cast<size_t>(re->re.ProgramSize()); }
size_t pv_re_bytes(void) { return live_bytes; }
}

extern "C" int
pv_re_groups(const pv_re *re)
{
	return re->re.NumberOfCapturingGroups();
}

extern "C" const char *
pv_re_group_name(const pv_re *re, int group)
{
	const std::string *name;

	PV_ASSERT(group >= 0 && group <= pv_re_groups(re));
	name = &re->names[static_cast<size_t>(group)];
	return name->empty() ? nullptr : name->c_str();
}

extern "C" bool
pv_re_match(const pv_re *re, pv_str text)
{
	return re->re.Match(piece(text), 0, text.len, RE2::UNANCHORED, nullptr, 0);
}

extern "C" bool
pv_re_match_whole(const pv_re *re, pv_str text)
{
	return re->re.Match(piece(text), 0, text.len, RE2::ANCHOR_BOTH, nullptr, 0);
}

extern "C" bool
pv_re_find(const pv_re *re, pv_str text, size_t from, pv_span *spans, int n)
{
	StringPiece whole = piece(text), few[8], *groups = few;
	std::vector<StringPiece> many;

	if (n > static_cast<int>(PV_LEN(few))) {
		many.resize(static_cast<size_t>(n));
		groups = many.data();
	}
	if (from > text.len || !re->re.Match(whole, from, text.len, RE2::UNANCHORED, groups, n))
		return false;
	for (int i = 0; i < n; i++) {
		spans[i] = pv_span{-1, -1};
		if (groups[i].data() != nullptr) {
			spans[i].begin = groups[i].data() - whole.data();
			spans[i].end = spans[i].begin + static_cast<ptrdiff_t>(groups[i].size());
		}
	}
	return true;
}

extern "C" void
pv_re_find_all(const pv_re *re, pv_arena *arena, pv_str text, int limit, pv_vec *ret)
{
	int n = pv_re_groups(re) + 1;
	std::vector<pv_span> spans(static_cast<size_t>(n));
	ptrdiff_t at = 0, previous = -1, end = static_cast<ptrdiff_t>(text.len);

	pv_vec_init(ret, arena, sizeof(pv_span));
	for (int found = 0; found != limit && at <= end;) {
		if (!pv_re_find(re, text, static_cast<size_t>(at), spans.data(), n))
			break;
		bool empty = spans[0].end == at;
		bool taken = !empty || spans[0].begin != previous;

		at = empty ? at + std::max<ptrdiff_t>(width(text, at), 1) : spans[0].end;
		previous = spans[0].end;
		if (!taken)
			continue;
		found++;
		for (const pv_span &span : spans)
			pv_vec_push(ret, &span);
	}
}

extern "C" pv_str
pv_re_replace(const pv_re *re, pv_arena *arena, pv_str text, pv_str with)
{
	return replace(re, arena, text, with, false);
}

extern "C" pv_str
pv_re_replace_literal(const pv_re *re, pv_arena *arena, pv_str text, pv_str with)
{
	return replace(re, arena, text, with, true);
}

extern "C" void
pv_re_split(const pv_re *re, pv_arena *arena, pv_str text, int limit, pv_vec *ret)
{
	size_t step = static_cast<size_t>(pv_re_groups(re)) + 1;
	ptrdiff_t begin = 0, end = 0, len = static_cast<ptrdiff_t>(text.len);
	pv_vec all;

	pv_vec_init(ret, arena, sizeof(pv_str));
	if (limit == 0)
		return;
	if (text.len == 0 && !re->re.pattern().empty()) {
		pv_str nothing = {"", 0};
		pv_vec_push(ret, &nothing);
		return;
	}
	pv_re_find_all(re, arena, text, limit, &all);
	for (size_t i = 0; i < all.len; i += step) {
		const pv_span *span = PV_AT(pv_span, &all, i);
		pv_str part;

		if (limit > 0 && ret->len == static_cast<size_t>(limit) - 1)
			break;
		end = span->begin;
		part = slice(text, begin, end);
		if (span->end != 0)
			pv_vec_push(ret, &part);
		begin = span->end;
	}
	if (end != len) {
		pv_str rest = slice(text, begin, len);
		pv_vec_push(ret, &rest);
	}
}
