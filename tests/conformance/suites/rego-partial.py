"""OPA's own cases, partially: with the input unknown, and once more with the data unknown, too, what is left of a query and is asked with the input
has the same solutions as the query itself.  What partial evaluation refuses fails, by the name it refuses it
by, and so does what the server cannot be asked.  Driven through `pave rego run`, one server for each thread."""
import atexit
import json
import os
import subprocess
import threading
import urllib.error
import urllib.request

import rego

local, servers = threading.local(), []


def cases(folder):
    known = [(name, case) for name, (case, _) in rego.cases(folder) if case.get("modules") and "input_term" not in case
             and not case.get("want_error") and not case.get("want_error_code")]
    return [(name, (case, ["input"])) for name, case in known] + \
        [(name + ", data unknown", (case, ["input"] + ["data[%s]" % json.dumps(key) for key in case["data"]]))
         for name, case in known if case.get("data")]


class Server:
    def __init__(self):
        argv = [os.environ["PAVE"], "rego", "run", "--server", "--addr", "localhost:0"]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url, self.policies = self.process.stdout.readline().split()[-1], 0
        servers.append(self)

    def ask(self, method, path, body=None):
        body = None if body is None else (body if isinstance(body, str) else rego.dump(body)).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, body, method=method), timeout=600) as a:
                return a.status, json.loads(a.read() or b"null")
        except urllib.error.HTTPError as e:
            with e:
                return e.code, json.loads(e.read())

    def in_turn(self, method, modules):
        """One by one, as the server takes policies: those that call others come behind these, and go before."""
        left = dict(enumerate(modules))
        while left:
            done = [n for n, m in left.items() if self.ask(method, "/v1/policies/m%d" % n, m)[0] in (200, 404)]
            if not done:
                return False
            for n in done:
                del left[n]
        return True

    def load(self, case):
        gone = self.in_turn("DELETE", [None] * self.policies)
        self.policies = len(case["modules"])
        self.ask("PUT", "/v1/data", case.get("data") or {})
        return gone and self.in_turn("PUT", case["modules"])


def stop():
    for s in servers:
        s.process.terminate()
        s.process.wait()
        s.process.stdout.close()


atexit.register(stop)


def term(t):
    kind, v = t["type"], t.get("value")
    if kind == "var":
        return v.replace("$", "w")
    if kind == "ref":
        return term(v[0]) + "".join("[%s]" % term(x) for x in v[1:])
    if kind == "call":
        return call(v)
    if kind == "array":
        return "[%s]" % ", ".join(map(term, v))
    if kind == "set":
        return "{%s}" % ", ".join(map(term, v)) if v else "set()"
    if kind == "object":
        return "{%s}" % ", ".join("%s: %s" % (term(a), term(b)) for a, b in v)
    if kind == "templatestring":
        return '$"%s"' % "".join(json.dumps(x["value"])[1:-1].replace("{", "\\{") if x["type"] == "string"
                                 else "{%s}" % body(x["value"]["body"]).split(" = ", 1)[1] for x in v["parts"])
    if kind.endswith("comprehension"):
        head = "%s: %s" % (term(v["key"]), term(v["value"])) if "key" in v else term(v["term"])
        return ("[%s | %s]" if kind.startswith("array") else "{%s | %s}") % (head, body(v["body"]))
    return "null" if kind == "null" else json.dumps(v)


INFIX = {"eq": "=", "assign": ":="}


def call(terms):
    op, args = terms[0]["value"], [term(x) for x in terms[1:]]
    name = op[0]["value"] + "".join("[%s]" % term(x) if op[0]["value"] == "data" else "." + x["value"] for x in op[1:])
    if name in INFIX:
        return "%s %s %s" % (args[0], INFIX[name], args[1])
    if name in ("internal.member_2", "internal.member_3") and len(args) == int(name[-1]):
        return "%s in %s" % (", ".join(args[:-1]), args[-1])
    return "%s(%s)" % (name, ", ".join(args))


def statement(terms):
    if isinstance(terms, list):
        return call(terms) if "type" in terms[0] else "{ %s }" % body(terms)
    if "symbols" in terms:
        return "some " + ", ".join(map(term, terms["symbols"]))
    if "domain" in terms:
        names = ([term(terms["key"])] if terms["key"] else []) + [term(terms["value"])]
        return "every %s in %s { %s }" % (", ".join(names), term(terms["domain"]), body(terms["body"]))
    return term(terms)


def expression(e):
    return ("not " if e.get("negated") else "") + statement(e["terms"]) + \
        "".join(" with %s as %s" % (term(w["target"]), term(w["value"])) for w in e.get("with", []))


def body(exprs):
    return "; ".join(map(expression, exprs)) or "true"


def module(m):
    """A support module, as text."""
    path = m["package"]["path"]
    lines = ["package " + path[1]["value"] + "".join("[%s]" % term(x) for x in path[2:])]
    lines += ["import " + ".".join(x["value"] for x in i["path"]["value"]) for i in m.get("imports", [])]
    for r in m["rules"]:
        head = r["head"]
        text = term({"type": "ref", "value": head["ref"]})
        text += " contains " + term(head["key"]) if "value" not in head else " := " + term(head["value"])
        lines.append("default " + text if r.get("default") else "%s if { %s }" % (text, body(r["body"])))
    return "\n".join(lines)


def solutions(rows, names):
    return sorted({json.dumps({k: v for k, v in row.items() if k in names}, sort_keys=True) for row in rows})


def judge(case):
    case, unknowns = case
    if not hasattr(local, "server"):
        local.server = Server()
    s, query = local.server, {"query": case["query"], **({"input": case["input"]} if "input" in case else {})}
    if not s.load(case):
        return "not asked: the server does not load it"
    status, whole = s.ask("POST", "/v1/query", query)
    if status != 200:
        return "not asked: the whole query fails: %s" % whole["message"]
    status, left = s.ask("POST", "/v1/compile", {"query": case["query"], "unknowns": unknowns})
    if status != 200:
        return left["message"]
    for n, m in enumerate(left["result"].get("support", [])):
        status, answer = s.ask("PUT", "/v1/policies/m%d" % (s.policies + n), module(m))
        if status != 200:
            return "the support is no module: %s: %s" % (module(m), answer)
    s.policies += len(left["result"].get("support", []))
    rows, names = [], {k for row in whole.get("result", []) for k in row}
    for q in left["result"].get("queries", []):
        text = body(q)
        status, answer = s.ask("POST", "/v1/query", {**query, "query": text})
        if status != 200:
            return "what is left is no query: %s: %s" % (text, answer)
        rows += answer.get("result", [])
    have, want = solutions(rows, names), solutions(whole.get("result", []), names)
    return None if have == want else "what is left gives %s, the query %s" % (have, want)
