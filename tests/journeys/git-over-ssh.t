#!/usr/bin/env python3
"""git-over-ssh.t: a repository behind a real sshd: host keys that are unknown, another's and right, keys that
are refused, encrypted and accepted, a repository that is not there, and a push that arrives."""
import os
import pwd
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forge import APPS, condition, create_app, journey, key, make_repository, ok, point, public, put_settings, refresh, sshd, until, write  # noqa: E402,E501
from client import look  # noqa: E402

KNOWN = "argocd-ssh-known-hosts-cm"


def story(client, tmp):
    work, user = tmp + "/shop", pwd.getpwuid(os.getuid()).pw_name
    make_repository(work)
    good, other = key(tmp + "/good"), key(tmp + "/other")
    locked = key(tmp + "/locked", "-N", "secret")
    rsa = [key(tmp + "/rsa%d" % i, "-t", "rsa", *flags) for i, flags in enumerate(([], ["-m", "PEM"], ["-m", "PKCS8"]))]
    with open(tmp + "/authorized", "w", encoding="utf-8") as f:
        f.write(public(tmp + "/good") + "\n" + public(tmp + "/locked") + "\n" + "".join(public(tmp + "/rsa%d" % i) + "\n" for i in range(3)))
    server, port = sshd(tmp)
    try:
        walk(client, "ssh://%s@127.0.0.1:%d%s" % (user, port, work), "[127.0.0.1]:%d" % port, tmp, work, good, other, locked, rsa)
    finally:
        server.terminate()
        server.wait()


def walk(client, repo, host, tmp, work, good, other, locked, rsa):
    def access(private, known):
        put_settings(client, "secrets", "repo", {"url": repo, "sshPrivateKey": private} if private else {"url": repo}, "repository")
        put_settings(client, "configmaps", KNOWN, {"ssh_known_hosts": known})
        refresh(client)

    def says(what, *texts):
        until(client, APPS + "/shop", what, lambda a: all(t in condition(a) for t in texts))

    right = "%s %s\n" % (host, public(tmp + "/host"))
    create_app(client, repo)
    access(good, "# nobody\n")
    says("an unknown host key is told with its print and what to do", "host key unknown", " key SHA256:", "ssh-keyscan -p")
    access(good, "%s %s\n" % (host, public(tmp + "/other")))
    says("another key than the known one is a mismatch", "host key mismatch")
    access(None, right)
    says("no key at all", "Secret argocd/repo has none that it takes: expected sshPrivateKey")
    access(other, right)
    until(client, APPS + "/shop", "a key that is not permitted",
          lambda a: "refused the sshPrivateKey of user" in condition(a) and "RSA" not in condition(a))
    for form, private in zip(("OpenSSH", "PKCS#1", "PKCS#8"), rsa):
        access(private, right)
        says("an RSA key (%s) that the server takes, though not by SHA-1" % form, "it is an RSA key", "use an ed25519 or ECDSA key")
        access(locked, right)
        says("(and another between)", "the key is encrypted with a passphrase")
    access(locked, right)
    says("an encrypted key", "the key is encrypted with a passphrase")
    access("-----BEGIN CERTIFICATE-----", right)
    says("something that is no key", "expected a private key in PEM")
    access(good, right)
    until(client, APPS + "/shop", "the right key and the right host: Synced", lambda a: look(a, ".status.sync.status") == "Synced")
    write(work, "two")
    refresh(client)
    until(client, "/api/v1/namespaces/default/configmaps/settings", "a commit arrives", lambda c: look(c, ".data.value") == "two")
    put_settings(client, "secrets", "repo", {"url": repo.rsplit("/", 1)[0], "sshPrivateKey": good}, "repo-creds")
    point(client, repo + "-nowhere")
    says("a repository that is not there is called so", "-nowhere does not exist")
    point(client, repo)
    write(work, "three")
    access(good, "%s %s\n" % (host, public(tmp + "/host2")))
    until(client, APPS + "/shop", "a host that is known by another of its keys is asked for that one",
          lambda a: not condition(a) and look(a, ".status.sync.status") == "Synced")
    everything = client.request("GET", APPS)[2] + client.request("GET", "/api/v1/events")[2]
    ok(good.splitlines()[1] not in everything, "the key is nowhere to be seen")


journey(story)
