#!/bin/sh
# runner.t: the runner of documents itself finds what a document says wrongly.
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/a.md" <<'END'
```yaml file=a.yaml
a: 1
```
```console
$ cat a.yaml
a: 1
$ printf 'x\ny\nz\n'
x
...
$ printf 'x 17 ms\n'
x ... ms
$ make test
$ cat \
  a.yaml
```
```output
a: ...
```
```console
$ make nothing
$ cat a.yaml
b: 1
$ printf 'x\ny\n'
x
$ false
```
END
said=$(./run "$tmp/a.md" | sed -n 's/^\(ok\|not ok\) \([0-9]*\) .*/\1/p' | tr '\n' ,)
want="ok,ok,ok,ok,ok,ok,not ok,not ok,not ok,not ok,"
echo "1..1"
if [ "$said" = "$want" ]; then
	echo "ok 1 - right and wrong are told apart"
else
	echo "not ok 1 - right and wrong are told apart"
	echo "# have $said"
	echo "# want $want"
	exit 1
fi
