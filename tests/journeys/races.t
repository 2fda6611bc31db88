#!/bin/sh
# Journeys that keep many threads at work, once more on a server built with the thread sanitizer, which
# ends at its first race.
cd "$(dirname "$0")/../.." || exit 1
export PAVE="$PWD/build/tsan/pave" TSAN_OPTIONS="halt_on_error=1 exitcode=66" ENDS=12
set -- git-over-http killed-syncs linearizable admission conversion fairness backup authentication-config signin
echo "1..$#"
n=0
for journey; do
	n=$((n + 1))
	if said=$("tests/journeys/$journey.t" 2>&1) && ! echo "$said" | grep -q '^not ok'; then
		echo "ok $n - $journey has no race"
	else
		echo "not ok $n - $journey"
		echo "$said" | grep -v '^ok' | sed 's/^/# /' | tail -60
	fi
done
