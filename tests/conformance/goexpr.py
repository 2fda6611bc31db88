"""Reads the arguments of a call in Go as they stand in a source text: parse('"a", F(1), T{X: 2}') -> a list of
str, int, bool, list (of a slice), dict (of a map), and of Call, Name and Struct for what only Go can work out."""
import json
import re

TOKEN = re.compile(r"""\s*(?:(//[^\n]*)|("(?:\\.|[^"\\])*")|(`[^`]*`)|(\d+)|([A-Za-z_][\w.]*)|([][{}(),:+&*]))""")


class Name(str):
    """A constant or a variable: pkg.Name."""

    @property
    def last(self):
        return self.rsplit(".", 1)[-1]


class Call:
    def __init__(self, name, args):
        self.name, self.args = Name(name).last, args


class Struct(dict):
    """A composite literal; `type` without its package; elements that have no key are in `items`."""

    def __init__(self, kind, fields, items):
        super().__init__(fields)
        self.type, self.items_ = kind.rsplit(".", 1)[-1], items


class Reader:
    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            m = TOKEN.match(text, at)
            if not m:
                raise ValueError("not understood: %r" % text[at:at + 40])
            at = m.end()
            if not m.group(1):
                self.tokens.append(m.group(0).strip())
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted):
        t = self.peek()
        if wanted and t not in wanted:
            raise ValueError("expected %s, found %r" % (wanted, t))
        self.at += 1
        return t

    def maybe(self, t):
        if self.peek() == t:
            self.at += 1
            return True
        return False

    def until(self, end):
        out = []
        while not self.maybe(end):
            out.append(self.sum())
            if not self.maybe(","):
                self.take(end)
                break
        return out

    def sum(self):
        value = self.one()
        while self.maybe("+"):
            other = self.one()
            value = value + other if type(value) is str and type(other) is str else Call("+", [value, other])
        return value

    def type_name(self):
        """[]T, map[K]V, *T, pkg.T: as text."""
        if self.maybe("["):
            self.take("]")
            return "[]" + self.type_name()
        if self.maybe("*"):
            return self.type_name()
        name = self.take()
        if name == "map":
            self.take("[")
            self.type_name()
            self.take("]")
            return "map " + self.type_name()
        return name

    def body(self, kind):
        self.take("{")
        fields, items = {}, []
        inner = kind[2:] if kind.startswith("[]") else kind[4:] if kind.startswith("map ") else ""
        while not self.maybe("}"):
            value = self.body(inner) if self.peek() == "{" else self.sum()
            if self.maybe(":"):
                fields[str(value)] = self.body(inner) if self.peek() == "{" else self.sum()
            else:
                items.append(value)
            if not self.maybe(","):
                self.take("}")
                break
        if kind.startswith("[]"):
            return items
        return dict(fields) if kind.startswith("map ") else Struct(kind, fields, items)

    def one(self):
        t = self.peek()
        if t == "&":
            self.take()
            return self.one()
        if t.startswith('"'):
            return json.loads(self.take())
        if t.startswith("`"):
            return self.take()[1:-1]
        if t.isdigit():
            return int(self.take())
        if t in "[*":
            kind = self.type_name()
            if kind == "[]byte" and self.maybe("("):
                return self.until(")")[0]
            return self.body(kind)
        name = self.type_name()
        if self.maybe("("):
            args = self.until(")")
            return args[0] if name in ("new", "int64") and args else Call(name, args)
        if self.peek() == "{":
            return self.body(name)
        return {"true": True, "false": False}.get(name, Name(name))


def parse(text):
    reader, out = Reader(text), []
    while reader.peek():
        out.append(reader.sum())
        if reader.peek():
            reader.take(",")
    return out


def json_name(field):
    """RepoURL -> repoURL, SCMProvider -> scmProvider, API -> api."""
    m = re.match(r"[A-Z]+(?![a-z])", field)
    if not m:
        return field[:1].lower() + field[1:]
    head = m.group(0)
    if len(head) == len(field):
        return field.lower()
    return head.lower() + field[len(head):] if not field[len(head):][:1].islower() else field


def to_object(value):
    """A composite literal as the JSON that its type is written as."""
    if isinstance(value, list):
        return [to_object(v) for v in value]
    if not isinstance(value, Struct):
        return {k: to_object(v) for k, v in value.items()} if isinstance(value, dict) else value
    if "Raw" in value:
        return json.loads(value["Raw"])
    out = {}
    for key, v in value.items():
        if key in ("ObjectMeta", "ApplicationSetTemplateMeta"):
            out["metadata"] = to_object(v)
        else:
            out[json_name(key)] = to_object(v)
    return out
