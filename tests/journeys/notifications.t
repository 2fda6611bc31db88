#!/usr/bin/env python3
"""notifications.t: who is told of an Application, by which service, how often: receivers of our own for HTTP and SMTP, failures, a
crash in the middle of a delivery, threads, self-service, and what is refused."""
import base64
import email
import http.server
import json
import os
import queue
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import Server, create, ok, put_settings  # noqa: E402
from client import look  # noqa: E402

APPS = "/apis/argoproj.io/v1alpha1/namespaces/%s/applications"
TOLD = "/apis/delivery.pave.dev/v1alpha1/namespaces/%s/notifications"
TOKEN = "xoxb-very-secret-word"
NOTIFIED = "notified.notifications.argoproj.io"
SHA = "0123456789abcdef0123456789abcdef01234567"


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes everything; answers what the server says for the path."""

    def log_message(self, *args):
        pass

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        s = self.server
        s.seen.put((self.command, self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        if path in s.held:
            s.held[path].wait()
        code = s.failing.get(path, [200])
        code = code.pop(0) if len(code) > 1 else code[0]
        text = json.dumps(s.answers.get(path, {"ok": True, "success": True})).encode() if code < 300 else b"not now: " + TOKEN.encode()
        if path in s.plain:
            text = s.plain[path]
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        try:
            self.wfile.write(text)
        except OSError:
            pass

    do_GET = do_POST = do_PUT = do_PATCH = serve


class Mail(socketserver.StreamRequestHandler):
    """Just enough of RFC 5321."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 mail.test")
        taken = {"to": []}
        while True:
            line = self.rfile.readline().decode().strip()
            word = line.upper().partition(" ")[0]
            if word == "DATA":
                self.say("354 go on")
                lines = []
                while (one := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(one)
                self.server.seen.put((taken, "".join(lines)))
                taken = {"to": []}
                self.say("250 taken")
            elif word == "QUIT" or not line:
                self.say("221 bye")
                return
            elif word in ("EHLO", "HELO"):
                self.say("250-mail.test\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                taken["auth"] = base64.b64decode(line.split()[-1]).decode() if len(line.split()) > 2 else "later"
                if taken["auth"] == "later":
                    self.say("334 ")
                    taken["auth"] = base64.b64decode(self.rfile.readline()).decode()
                self.say("235 come in")
            else:
                if word == "RCPT":
                    taken["to"].append(line)
                self.say("250 yes")


class Mails(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


def receivers():
    hook = forge.Quiet(("127.0.0.1", 0), Hook)
    hook.seen, hook.held, hook.failing, hook.answers, hook.plain = queue.Queue(), {}, {}, {}, {}
    mail = Mails(("127.0.0.1", 0), Mail)
    mail.seen = queue.Queue()
    for one in (hook, mail):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    return hook, mail


def until(server, what, path, test):
    end, last = time.time() + 600, None
    while time.time() < end:
        _, last = server.ask("GET", path)
        if test(last):
            ok(True, what)
            return last
        time.sleep(0.05)  # sleeps: until it is so
    ok(False, what, json.dumps(last)[:3000] + server.logged()[-3000:])


def configure(server, data):
    server.ask("PATCH", "/api/v1/namespaces/argocd/configmaps/argocd-notifications-cm", {"data": data}, "application/merge-patch+json")


def told(server, trigger, ns="argocd"):
    items = server.ask("GET", TOLD % ns)[1]["items"]
    return [i for i in items if i["spec"]["trigger"] == trigger]


def told_until(server, what, trigger, test, ns="argocd"):
    until(server, what, TOLD % ns, lambda l: test([i for i in l.get("items", []) if i["spec"]["trigger"] == trigger]))
    return told(server, trigger, ns)


def phases(items):
    return [i.get("status", {}).get("phase", "Pending") for i in items]


def patch(server, name, metadata, ns="argocd"):
    status, answer = server.ask("PATCH", (APPS % ns) + "/" + name, {"metadata": metadata}, "application/merge-patch+json")
    if status != 200:
        ok(False, "patch " + name, answer)


def app(server, name, subscriptions, labels=None, ns="argocd", project="default", **more):
    notes = {"notifications.argoproj.io/subscribe." + k: v for k, v in subscriptions.items()}
    create(server.admin, APPS % ns, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                                     "metadata": dict({"name": name, "annotations": notes, "labels": labels or {}}, **more),
                                     "spec": {"project": project, "source": {"repoURL": "https://github.com/shop/web.git", "path": "."},
                                              "destination": {"name": "in-cluster", "namespace": "default"}}})


def taken(hook, what):
    try:
        return hook.seen.get(timeout=600)
    except queue.Empty:
        ok(False, what, "nothing came\n" + hook.pave.logged()[-3000:])


def state(server, name):
    return json.loads(look(server.ask("GET", (APPS % "argocd") + "/" + name)[1], '.metadata.annotations["%s"]' % NOTIFIED) or "{}")


def when(stage):
    return "app.metadata.labels?.stage == '%s'" % stage


CONFIG = {
    "context": "region: east\n",
    "trigger.on-go": "- when: %s\n  send: [go]\n" % when("go"),
    "trigger.on-mark": "- when: app.metadata.labels?.mark == 'yes'\n  oncePer: app.metadata.labels?.round\n  send: [go]\n",
    "trigger.on-hold": "- when: %s\n  oncePer: app.metadata.name\n  send: [held]\n" % when("hold"),
    "trigger.on-any": "- when: \"true\"\n  oncePer: app.metadata.name\n  send: [all]\n",
    "trigger.on-round": "- when: \"true\"\n  oncePer: app.metadata.labels.round\n  send: [threaded]\n",
    "trigger.on-update": "- when: %s\n  oncePer: app.metadata.name\n  send: [updated]\n" % when("update"),
    "trigger.on-broken": "- when: app.metadata.labels.stage +\n  send: [go]\n",
    "template.go": """
webhook:
  hook:
    method: POST
    path: go/{{ .app.metadata.name }}
    body: |
      {{ toJson (dict "app" .app.metadata.name "region" .context.region "to" .recipient "by" .serviceType "url" (call .repo.RepoURLToHTTPS .app.spec.source.repoURL) "at" ((call .time.Parse "2026-11-27T01:02:03Z").Format "15:04")) }}
""",
    "template.held": "webhook:\n  hook: {method: POST, path: held, body: '{{.app.metadata.name}}'}\n",
    "template.threaded": "message: round {{.app.metadata.labels.round}}\nslack:\n  groupingKey: '{{.app.metadata.name}}'\n"
                         "  attachments: '[{\"title\": \"{{.app.metadata.name}}\"}]'\n",
    "template.updated": "message: updated\nslack: {groupingKey: '{{.app.metadata.name}}', deliveryPolicy: Update}\n",
    "template.all": """
message: "{{.app.metadata.name}} is there"
email: {subject: "Größe {{.app.metadata.name}}"}
github: {revisionPath: "%s", status: {state: success, label: pave, targetURL: "https://x/{{.app.metadata.name}}"}}
teams: {title: T, themeColor: "#000080", facts: '[{"name":"a","value":"b"}]'}
teams-workflows: {title: T, facts: '[{"name":"a","value":"b"}]', potentialAction: '[{"@type":"OpenUri","name":"n","targets":[{"uri":"https://x"}]}]'}
mattermost: {attachments: '[{"title":"t"}]'}
rocketchat: {attachments: '[{"title":"t"}]'}
googlechat: {cardsV2: '[{"header":{"title":"t"}}]', threadKey: k}
grafana: {tags: "x|y"}
alertmanager: {labels: {severity: critical}, annotations: {summary: "{{.app.metadata.name}}"}}
pagerdutyv2: {summary: s, severity: critical, source: "{{.app.metadata.name}}"}
opsgenie: {description: d, priority: P1}
newrelic: {revision: r, changelog: c, user: u}
""" % SHA,
}


def services(port, smtp, key):
    url = "http://127.0.0.1:%d" % port
    return {
        "service.webhook.hook": "url: %s/\nheaders: [{name: X-Token, value: Bearer $token}]\nretryWaitMin: 1ms\nretryWaitMax: 1ms\n" % url,
        "service.webhook.cloud": "url: http://169.254.169.254/\n", "service.slack": "token: $token\napiURL: %s/slack/\nusername: pave\nicon: ':ship:'" % url,
        "service.email.post": "{host: 127.0.0.1, port: %d, from: 'Pave <pave@example.org>', username: robot, password: $token}" % smtp,
        "service.github": json.dumps({"appID": 1, "installationID": 2, "privateKey": key, "enterpriseBaseURL": url + "/gh"}),
        "service.kafka": "{}", "service.teams": "recipientUrls: {c: '%s/teams/$token'}" % url,
        "service.teams-workflows": "recipientUrls: {c: %s/flows}" % url, "service.telegram": "{token: $token, apiURL: %s/tg}" % url,
        "service.mattermost": "{token: $token, apiURL: %s/mm}" % url, "service.rocketchat": "{email: a@b, password: $token, serverUrl: %s/rc}" % url,
        "service.googlechat": "webhooks: {c: %s/gc?key=$token}" % url, "service.webex": "{token: $token, apiURL: %s/wx}" % url,
        "service.pushover": "{token: $token, apiURL: %s/po}" % url, "service.grafana": "{apiKey: $token, apiUrl: %s/gf/api}" % url,
        "service.alertmanager": "{targets: ['127.0.0.1:%d'], bearerToken: $token}" % port,
        "service.pagerdutyv2": "{serviceKeys: {c: $token}, apiURL: %s/pd}" % url, "service.opsgenie": "{apiKeys: {c: $token}, apiUrl: %s/og}" % url,
        "service.newrelic": "{apiKey: $token, apiURL: %s/nr}" % url,
    }


def once(server, hook):
    """One condition, one message; another when it was not so in between."""
    app(server, "web", {"on-go.hook": "ops"}, {"stage": "go"})
    method, path, headers, body = taken(hook, "a webhook is told")
    ok((method, path) == ("POST", "/go/web"), "method and path are the template's", (method, path))
    ok(json.loads(body) == {"app": "web", "region": "east", "to": "ops", "by": "hook", "url": "https://github.com/shop/web.git", "at": "01:02"},
       "the body is the template's", body)
    ok(headers["X-Token"] == "Bearer " + TOKEN and headers["Idempotency-Key"], "with the service's headers", headers)
    items = told_until(server, "the Notification is delivered", "on-go", lambda l: phases(l) == ["Delivered"])
    until(server, "the annotation says so", (APPS % "argocd") + "/web", lambda a: NOTIFIED in a["metadata"]["annotations"])
    keys = list(state(server, "web"))
    ok(len(keys) == 1 and keys[0].startswith("on-go:[0].") and keys[0].endswith(":hook:ops"), "by Argo CD's key", keys)
    ok(items[0]["spec"]["key"] == keys[0], "which the Notification has, too", items[0]["spec"]["key"])
    patch(server, "web", {"labels": {"other": "x"}})
    patch(server, "web", {"labels": {"stage": "wait"}})
    until(server, "what is not so any more is forgotten", (APPS % "argocd") + "/web", lambda a: NOTIFIED not in a["metadata"]["annotations"])
    patch(server, "web", {"labels": {"stage": "go"}})
    again = taken(hook, "it is told again when it is so again")
    ok(again[1] == "/go/web" and again[2]["Idempotency-Key"] != headers["Idempotency-Key"] and hook.seen.empty(), "once, as another one", again)
    told_until(server, "both are kept", "on-go", lambda l: phases(l) == ["Delivered"] * 2)


def once_per(server, hook):
    app(server, "per", {"on-mark.hook": "a;b"}, {"mark": "yes", "round": "1"})
    ok({json.loads(taken(hook, "each recipient")[3])["to"] for _ in range(2)} == {"a", "b"}, "each recipient is told")
    patch(server, "per", {"labels": {"mark": "no"}})
    patch(server, "per", {"labels": {"mark": "yes"}})
    patch(server, "per", {"labels": {"round": "2"}})
    ok({json.loads(taken(hook, "each recipient")[3])["to"] for _ in range(2)} == {"a", "b"}, "and again in the next round")
    told_until(server, "not in between", "on-mark", lambda l: phases(l) == ["Delivered"] * 4)
    until(server, "all are noted", (APPS % "argocd") + "/per",
          lambda a: len(json.loads(a["metadata"]["annotations"].get(NOTIFIED, "{}"))) == 4)


def crash(server, hook):
    """Ended in the middle of a delivery it is delivered; ended behind it, it is not sent again."""
    hook.held["/held"] = threading.Event()
    app(server, "held", {"on-hold.hook": ""}, {"stage": "hold"})
    first = taken(hook, "a delivery is on its way")
    server.end(signal.SIGKILL)
    hook.held.pop("/held").set()
    server.start()
    second = taken(hook, "it is made again after a crash")
    ok(second[1] == "/held" and second[2]["Idempotency-Key"] == first[2]["Idempotency-Key"], "with the same id", second)
    told_until(server, "it is delivered", "on-hold", lambda l: phases(l) == ["Delivered"])
    until(server, "it is noted", (APPS % "argocd") + "/held", lambda a: NOTIFIED in a["metadata"]["annotations"])
    for how in (signal.SIGKILL, signal.SIGTERM):
        server.end(how)
        server.start()
    app(server, "after", {"on-go.hook": ""}, {"stage": "go"})
    ok(taken(hook, "the next one")[1] == "/go/after" and hook.seen.empty(), "nothing is sent twice over restarts")
    ok(phases(told(server, "on-hold")) == ["Delivered"], "and nothing is made anew", told(server, "on-hold"))


def failures(server, hook):
    hook.failing["/go/weak"] = [500, 503, 200]
    app(server, "weak", {"on-go.hook": ""}, {"stage": "go"})
    items = told_until(server, "a receiver that fails is asked again", "on-go",
                       lambda l: phases([i for i in l if i["spec"]["application"] == "weak"]) == ["Delivered"])
    weak = [i for i in items if i["spec"]["application"] == "weak"][0]
    ok(weak["status"]["attempts"] == 3 and len({taken(hook, "three times")[2]["Idempotency-Key"] for _ in range(3)}) == 1, "until it takes it", weak["status"])
    hook.failing["/go/dead"] = [500]
    app(server, "dead", {"on-go.hook": ""}, {"stage": "go"})
    is_dead = lambda l: [i for i in l if i["spec"]["application"] == "dead" and "error code 500" in i.get("status", {}).get("message", "")]
    dead = is_dead(told_until(server, "why it has not come through is told", "on-go", is_dead))[0]
    ok(TOKEN not in json.dumps(dead) and "***" in dead["status"]["message"], "without what is secret", dead["status"])
    until(server, "an event says so", "/api/v1/namespaces/argocd/events?fieldSelector=involvedObject.name=dead",
          lambda l: any(e["reason"] == "NotificationFailed" for e in l["items"]))
    hook.failing.clear()
    configure(server, {"context": "region: east\nmore: x\n"})
    told_until(server, "another configuration is tried at once", "on-go", lambda l: set(phases(l)) == {"Delivered"})
    while not hook.seen.empty():
        hook.seen.get()


def refusals(server):
    app(server, "bad", {"on-any.kafka": "t", "on-go.cloud": "", "on-broken.hook": "", "on-nothing.hook": "", "on-any.none": "x"}, {"stage": "go"})
    items = told_until(server, "a service that is not spoken is refused", "on-any", lambda l: "Failed" in phases(l))
    ok("service type 'kafka' is not supported" in [i for i in items if i["spec"]["service"] == "kafka"][0]["status"]["message"], "by name", items)
    told_until(server, "one that nobody configured waits for it", "on-any",
               lambda l: any("'none' is not supported" in i.get("status", {}).get("message", "") for i in l))
    told_until(server, "addresses where clouds hand out credentials are not connected to", "on-go",
               lambda l: any("169.254.169.254 is one that this server does not connect to" in i.get("status", {}).get("message", "") for i in l))
    until(server, "what is wrong with a trigger is an event", "/api/v1/namespaces/argocd/events?fieldSelector=involvedObject.name=bad",
          lambda l: any("'on-nothing' is not configured" in e["message"] for e in l["items"]))
    status, answer = server.ask("POST", TOLD % "argocd", dict(items[0], metadata={"name": "mine"}))
    ok(status == 403 and "made by Pave" in answer["message"], "nobody else makes Notifications", answer)
    server.ask("DELETE", (APPS % "argocd") + "/bad")


def inflated(server):
    """What somebody writes into annotations does not end the server."""
    app(server, "big", {})
    entries = json.dumps({"k%d" % i: 1 for i in range(20000)}, separators=(",", ":"))
    patch(server, "big", {"annotations": {NOTIFIED: entries}})
    until(server, "an annotation of 20,000 entries is trimmed", (APPS % "argocd") + "/big", lambda a: len(json.loads(a["metadata"]["annotations"][NOTIFIED])) == 100)
    names = "[" + ",".join(["a"] * 20000) + "]"
    patch(server, "big", {"annotations": {"notifications.argoproj.io/subscriptions": "- {trigger: %s, destinations: [{service: hook, recipients: %s}]}\n" % (names, names)}})
    until(server, "400,000,000 subscriptions are refused", "/api/v1/namespaces/argocd/events?fieldSelector=involvedObject.name=big",
          lambda l: any("more than the limit of 1000 subscriptions" in e["message"] for e in l["items"]))
    server.ask("DELETE", (APPS % "argocd") + "/big")


def slack(server, hook):
    hook.answers["/slack/chat.postMessage"] = {"ok": True, "channel": "C1", "ts": "17.1"}
    app(server, "chat", {"on-round.slack": "ops", "on-update.slack": "ops"}, {"round": "1"})
    first = taken(hook, "Slack is told")
    body = json.loads(first[3])
    ok(first[1] == "/slack/chat.postMessage" and first[2]["Authorization"] == "Bearer " + TOKEN, "with its token", first)
    ok(body == {"channel": "ops", "text": "round 1", "username": "pave", "icon_emoji": ":ship:", "attachments": [{"title": "chat"}]}, "and its face", body)
    told_until(server, "the thread is kept", "on-round", lambda l: l and look(l[0], ".status.thread.timestamp") == "17.1")
    patch(server, "chat", {"labels": {"round": "2"}})
    ok(json.loads(taken(hook, "another")[3])["thread_ts"] == "17.1", "what has the same grouping key comes into the same thread")
    patch(server, "chat", {"labels": {"stage": "update"}})
    update = taken(hook, "an update")
    ok(update[1] == "/slack/chat.update" and json.loads(update[3])["ts"] == "17.1" and json.loads(update[3])["channel"] == "C1", "or changes its first message", update)
    hook.answers["/slack/chat.postMessage"] = {"ok": False, "error": "channel_not_found"}
    patch(server, "chat", {"labels": {"round": "3"}})
    told_until(server, "an error in an answer of 200 is one", "on-round",
               lambda l: any("channel_not_found" in i.get("status", {}).get("message", "") for i in l))
    hook.answers["/slack/chat.postMessage"] = {"ok": True, "channel": "C1", "ts": "17.2"}
    configure(server, {"context": "region: west\n"})
    told_until(server, "and is tried again", "on-round", lambda l: set(phases(l)) == {"Delivered"})
    while not hook.seen.empty():
        hook.seen.get()


def mails(server, mail):
    app(server, "letter", {"on-any.post": "mara@example.org"})
    envelope, text = taken(mail, "a mail comes")
    message = email.message_from_string(text)
    subject = str(email.header.make_header(email.header.decode_header(message["Subject"])))
    ok(envelope["to"] == ["RCPT TO:<mara@example.org>"] and envelope["auth"] == "\0robot\0" + TOKEN, "to its recipient", envelope)
    ok(subject == "Größe letter" and message.get_payload(decode=True) == b"letter is there", "with subject and body", text)
    ok(message["Message-ID"].endswith("@example.org>") and message["From"] == "Pave <pave@example.org>", "and who sent it", text)


def others(server, hook):
    """One request of each service: its path, and something that only it says."""
    hook.plain["/teams/" + TOKEN] = b"1"
    hook.answers.update({"/gh/app/installations/2/access_tokens": {"token": "inst"}, "/rc/api/v1/login": {"data": {"userId": "u", "authToken": "t"}}})
    rows = {
        "github": ("", "/gh/repos/shop/web/statuses/" + SHA, lambda h, b: h["Authorization"] == "token inst" and b == {
            "state": "success", "description": "s-github is there", "context": "pave", "target_url": "https://x/s-github"}),
        "teams": ("c", "/teams/" + TOKEN, lambda h, b: b["@type"] == "MessageCard" and b["sections"] == [{"facts": [{"name": "a", "value": "b"}]}]),
        "teams-workflows": ("c", "/flows", lambda h, b: b["attachments"][0]["content"]["actions"] == [
            {"type": "Action.OpenUrl", "title": "n", "url": "https://x"}]),
        "telegram": ("-100|7", "/tg/bot" + TOKEN + "/sendMessage", lambda h, b: (b["chat_id"], b["message_thread_id"]) == (-100, 7)),
        "mattermost": ("c", "/mm/api/v4/posts", lambda h, b: b["channel_id"] == "c" and b["props"]["attachments"] == [{"title": "t"}]),
        "rocketchat": ("#c", "/rc/api/v1/chat.postMessage", lambda h, b: h["X-Auth-Token"] == "t" and b["channel"] == "#c"),
        "googlechat": ("c", "/gc?key=" + TOKEN + "&threadKey=k&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
                       lambda h, b: b["cardsV2"][0]["card"] == {"header": {"title": "t"}}),
        "webex": ("a@b.c", "/wx/v1/messages", lambda h, b: b == {"toPersonEmail": "a@b.c", "markdown": "s-webex is there"}),
        "pushover": ("u", "/po/1/messages.json", lambda h, b: b == {"token": TOKEN, "user": "u", "message": "s-pushover is there"}),
        "grafana": ("a|b", "/gf/api/annotations", lambda h, b: b["tags"] == ["a", "b", "x", "y"] and b["text"] == "s-grafana is there"),
        "alertmanager": ("", "/api/v2/alerts", lambda h, b: b[0]["labels"] == {"severity": "critical", "alertname": "all"} and
                         b[0]["generatorURL"] == "https://github.com/shop/web.git"),
        "pagerdutyv2": ("c", "/pd/v2/enqueue", lambda h, b: b["routing_key"] == TOKEN and b["payload"] == {
            "summary": "s", "severity": "critical", "source": "s-pagerdutyv2"}),
        "opsgenie": ("c", "/og/v2/alerts", lambda h, b: h["Authorization"] == "GenieKey " + TOKEN and b["priority"] == "P1" and b["description"] == "d"),
        "newrelic": ("7", "/nr/v2/applications/7/deployments.json", lambda h, b: b == {"deployment": {
            "revision": "r", "changelog": "c", "description": "s-newrelic is there", "user": "u"}}),
    }
    for name, (recipient, path, test) in rows.items():
        app(server, "s-" + name, {"on-any." + name: recipient})
        request = taken(hook, name)
        while request[1] != path and request[1] in ("/gh/app/installations/2/access_tokens", "/rc/api/v1/login"):
            request = taken(hook, name)
        ok(request[1] == path and test(request[2], json.loads(request[3])), name + " is told", request)
    told_until(server, "all of them took it", "on-any", lambda l: all(i.get("status", {}).get("phase") == "Delivered" for i in l
                                                                      if i["spec"]["application"].startswith("s-")))


def projects(server, hook):
    """Subscriptions of a project and of the ConfigMap; triggers by default."""
    create(server.admin, "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects", {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default", "annotations": {
            "notifications.argoproj.io/subscribe.hook": "team"}}, "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}})
    configure(server, {"defaultTriggers.hook": "[on-mark]",
                       "subscriptions": "- {recipients: ['hook:all'], selector: kind=x, triggers: [on-mark]}\n"})
    app(server, "proj", {}, {"mark": "yes", "round": "9", "kind": "x"})
    found = [json.loads(taken(hook, "a project's subscribers")[3]) for _ in range(3)]  # `per` is of that project, too
    ok(sorted((f["app"], f["to"]) for f in found) == [("per", "team"), ("proj", "all"), ("proj", "team")],
       "a project's subscribers are told, and those of the ConfigMap", found)


def permitted(server):
    """Who writes an Application names any repository; the platform's GitHub App speaks to those of its project."""
    create(server.admin, "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects", {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "narrow"},
        "spec": {"sourceRepos": ["https://github.com/own/*"], "destinations": [{"server": "*", "namespace": "*"}]}})
    app(server, "s-narrow", {"on-any.github": ""}, project="narrow")
    told_until(server, "GitHub is asked nothing of a repository that the project does not permit", "on-any",
               lambda l: any(i.get("status", {}).get("phase") == "Failed" and "GitHub: repository https://github.com/shop/web.git is not permitted in project 'narrow'"
                             in i["status"]["message"] for i in l))


def self_service(server, hook, port):
    create(server.admin, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    put_settings(server.admin, "configmaps", "argocd-cmd-params-cm", {"notificationscontroller.selfservice.enabled": "true"})
    create(server.admin, "/api/v1/namespaces/team/configmaps", {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-notifications-cm"}, "data": {
            "trigger.on-own": "- when: app.metadata.labels?.own == 'yes'\n  send: [own]\n",
            "template.own": "webhook: {mine: {method: PUT, path: own, body: 'secret: {{.secrets}} {{.app.metadata.name}}'}}\n",
            "service.webhook.mine": "url: http://127.0.0.1:%d\n" % port}})
    app(server, "mine", {"on-own.mine": "x"}, {"own": "yes"}, ns="team")
    request = taken(hook, "a namespace's own configuration is used")
    ok(request[:2] == ("PUT", "/own") and request[3] == "secret: <no value> mine", "without secrets in templates", request)
    item = told_until(server, "its Notification lies there", "on-own", lambda l: phases(l) == ["Delivered"], ns="team")[0]
    ok(item["spec"]["key"].startswith("team:on-own:[0]."), "and its key says whose it is", item["spec"]["key"])
    hook.failing["/own"], hook.plain["/own"] = [500], b"not now"
    app(server, "late", {"on-own.mine": "x"}, {"own": "yes"}, ns="team")
    told_until(server, "one is tried again", "on-own", lambda l: any(i["spec"]["application"] == "late" and i.get("status", {}).get("attempts") for i in l), ns="team")
    put_settings(server.admin, "configmaps", "argocd-cmd-params-cm", {"notificationscontroller.selfservice.enabled": "false"})
    told_until(server, "and given up when namespaces bring no settings any more", "on-own",
               lambda l: any("does not bring settings of its own any more" in i.get("status", {}).get("message", "") for i in l), ns="team")
    hook.failing.pop("/own")
    hook.plain.pop("/own")
    while not hook.seen.empty():
        hook.seen.get()


def deleted(server, hook):
    """An Application that is deleted is told of, though it is gone by then; then its Notifications go, too."""
    configure(server, {"trigger.on-deleted": "- when: app.metadata.deletionTimestamp != nil\n  oncePer: app.metadata.name\n  send: [held]\n"})
    app(server, "going", {"on-deleted.hook": ""}, finalizers=["test.example/wait"])
    hook.held["/held"] = threading.Event()
    server.ask("DELETE", (APPS % "argocd") + "/going")
    ok(taken(hook, "a deletion is told")[3] == "going", "a deletion is told of")
    patch(server, "going", {"finalizers": None})
    until(server, "the Application is gone", (APPS % "argocd") + "/going", lambda a: a.get("code") == 404)
    hook.held.pop("/held").set()
    told_until(server, "and what was told of it", "on-deleted", lambda l: l == [])


def main():
    hook, mail = receivers()
    with tempfile.TemporaryDirectory(prefix="pave-notify-") as tmp:
        key = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout
        with Server(tmp) as server:
            hook.pave = mail.pave = server
            create(server.admin, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
            put_settings(server.admin, "secrets", "argocd-notifications-secret", {"token": TOKEN})
            put_settings(server.admin, "configmaps", "argocd-notifications-cm", {**CONFIG, **services(hook.server_port, mail.server_address[1], key)})
            once(server, hook)
            once_per(server, hook)
            crash(server, hook)
            failures(server, hook)
            refusals(server)
            inflated(server)
            slack(server, hook)
            mails(server, mail)
            others(server, hook)
            projects(server, hook)
            permitted(server)
            self_service(server, hook, hook.server_port)
            deleted(server, hook)
            metrics = server.admin.request("GET", "/metrics")[2]
            ok("pave_notifications_delivered_total" in metrics and "pave_notifications_pending" in metrics, "deliveries are counted")
            ok(TOKEN not in server.logged(), "no secret is in the log")
            ok(TOKEN not in json.dumps(server.ask("GET", "/api/v1/namespaces/argocd/events")[1]), "nor in an event")
        ok(server.end() == 0, "the server ends cleanly", server.logged()[-3000:])
    print("1..%d" % forge.count)


main()
