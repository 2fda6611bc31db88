/* The one C++ file: RE2 behind regex.h. */
#include "base/regex_priv.h"

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

extern "C" bool
pv_re_is_empty(const pv_re *re)
{
	return re->re.pattern().empty();
}
