#!/usr/bin/env python3
"""git-over-tls.t: repositories behind HTTPS: a private authority, a certificate that has run out, one for another
name, insecure, a client certificate, a bearer token, and a proxy on the way."""
import http.server
import os
import select
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, Quiet, authority, certificate, condition, create_app, journey, make_repository, ok, point, put_settings, refresh, serve_git, until  # noqa: E402,E501
from client import look  # noqa: E402


class Proxy(http.server.BaseHTTPRequestHandler):
    """CONNECT and nothing else."""

    def log_message(self, *args):
        pass

    def do_CONNECT(self):
        host, _, port = self.path.partition(":")
        self.server.seen.append((self.path, self.headers.get("Proxy-Authorization")))
        there = socket.create_connection(("127.0.0.1" if host == "git.invalid" else host, int(port)))
        self.send_response(200)
        self.end_headers()
        ends = {self.connection: there, there: self.connection}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = end.recv(65536)
                if not data:
                    there.close()
                    return
                ends[end].sendall(data)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def story(client, tmp):
    make_repository(tmp + "/git/shop")
    authority(tmp + "/ca")
    here = "IP:127.0.0.1,DNS:localhost,DNS:git.invalid"
    certificate(tmp + "/ca", tmp + "/good", here, "-days", "2")
    certificate(tmp + "/ca", tmp + "/old", here, "-days", "-1")
    certificate(tmp + "/ca", tmp + "/other", "DNS:other.invalid", "-days", "2")
    certificate(tmp + "/ca", tmp + "/client", "DNS:client.invalid", "-days", "2")

    def serve(name, wanted="", client_ca=None):
        port = serve_git(tmp + "/git", wanted, tmp + "/%s.crt" % name, tmp + "/%s.key" % name, client_ca)
        return "https://127.0.0.1:%d/shop" % port

    def at(repo, **access):
        put_settings(client, "secrets", "repo", dict(access, url=repo), "repository")
        point(client, repo)
        refresh(client)

    def says(what, *texts):
        until(client, APPS + "/shop", what, lambda a: all(t in condition(a) for t in texts))

    def synced(what):
        until(client, APPS + "/shop", what, lambda a: not condition(a) and look(a, ".status.sync.status") == "Synced")

    good = serve("good")
    create_app(client, good)
    says("an authority that nobody knows is told", "SSL certificate problem: unable to get local issuer certificate")
    put_settings(client, "configmaps", "argocd-tls-certs-cm", {"127.0.0.1": read(tmp + "/ca.crt"), "git.invalid": read(tmp + "/ca.crt")})
    refresh(client)
    synced("with argocd-tls-certs-cm it is Synced")
    at(serve("old"))
    says("a certificate that has run out", "certificate has expired")
    at(serve("other"))
    says("a certificate for another name", "no alternative certificate subject name matches")
    at(serve("old"), insecure="true")
    synced("insecure asks for nothing")
    picky = serve("good", "", tmp + "/ca.crt")
    at(picky)
    says("no client certificate", "certificate required")
    at(picky, tlsClientCertData=read(tmp + "/client.crt"))
    says("half of one", "tlsClientCertData and tlsClientCertKey come together")
    at(picky, tlsClientCertData=read(tmp + "/client.crt"), tlsClientCertKey=read(tmp + "/client.key"))
    synced("with a client certificate it is Synced")
    at(serve("good", "Bearer t0ken"), bearerToken="t0ken")
    synced("with a bearer token it is Synced")
    at(good, githubAppID="1")
    says("what is not understood is named", "githubAppID of Secret argocd/repo is not supported yet")

    proxy = Quiet(("127.0.0.1", 0), Proxy)
    proxy.seen = []
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    far = good.replace("127.0.0.1", "git.invalid")
    at(far)
    says("a host that is not there cannot be reached", "git.invalid")
    at(far, proxy="http://me:word@127.0.0.1:%d" % proxy.server_address[1])
    synced("through a proxy it is Synced")
    ok(proxy.seen and proxy.seen[0][0].startswith("git.invalid:") and proxy.seen[0][1], "and the proxy was asked, with its password", proxy.seen)
    at(serve("good"), proxy="http://127.0.0.1:%d" % proxy.server_address[1], noProxy="10.0.0.0,127.0.0.1")
    synced("noProxy goes around it")
    ok(all(host.startswith("git.invalid:") for host, _ in proxy.seen), "which the proxy has not seen", proxy.seen)


journey(story)
