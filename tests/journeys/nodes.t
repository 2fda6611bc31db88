#!/usr/bin/env python3
"""What a node's own identity may do: the Node authorizer, asked each question of nodes.tsv, and what NodeRestriction
refuses of its writes.  The answers are those of kube-apiserver 1.34.4 with --authorization-mode=Node,RBAC.  Speaks TAP."""
import base64
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import forge  # noqa: E402
from forge import Server, ok  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CORE = "/api/v1/namespaces/a/"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
CSINODES = "/apis/storage.k8s.io/v1/csinodes"
SLICES = "/apis/resource.k8s.io/v1/resourceslices"
MERGE = "application/merge-patch+json"
ONE = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def named(name, **spec):
    return {"metadata": {"name": name}, "spec": spec}


def key_of(kind, name):
    return {"name": "V", "valueFrom": {kind + "KeyRef": {"name": name, "key": "k"}}}


# ---- the scene: everything that a Pod can name, on n1; less on n2 ----

def volumes():
    ref = lambda name: {"secretRef": {"name": name}}  # noqa: E731
    sources = [
        {"secret": {"secretName": "s-vol"}}, {"configMap": {"name": "c-vol"}}, {"persistentVolumeClaim": {"claimName": "p1"}},
        {"projected": {"sources": [{"secret": {"name": "s-proj"}}, {"configMap": {"name": "c-proj"}}, {"serviceAccountToken": {"path": "t", "audience": "vault"}}]}},
        {"ephemeral": {"volumeClaimTemplate": {"spec": ONE}}}, {"csi": {"driver": "csid", "nodePublishSecretRef": {"name": "s-csi"}}},
        {"azureFile": {"secretName": "s-azure", "shareName": "x"}}, {"cephfs": dict(ref("s-ceph"), monitors=["m"])}, {"cinder": dict(ref("s-cinder"), volumeID="v")},
        {"flexVolume": dict(ref("s-flex"), driver="a/b")}, {"rbd": dict(ref("s-rbd"), monitors=["m"], image="i")},
        {"scaleIO": dict(ref("s-scaleio"), gateway="g", system="s", volumeName="v")}, {"storageos": dict(ref("s-storageos"), volumeName="v")},
        {"iscsi": dict(ref("s-iscsi"), targetPortal="1.2.3.4:3260", iqn="iqn.2001-04.com.example:x", lun=0)}]
    return [dict(source, name="e" if "ephemeral" in source else "v%d" % i) for i, source in enumerate(sources)]


def pods():
    box = {"name": "c", "image": "i"}
    whole = dict(box, env=[key_of("secret", "s-env"), key_of("configMap", "c-env")],
                 envFrom=[{"secretRef": {"name": "s-envfrom"}}, {"configMapRef": {"name": "c-envfrom"}}])
    first = {"name": "i", "image": "i", "env": [key_of("secret", "s-init"), key_of("configMap", "c-init")]}
    yield named("all", nodeName="n1", containers=[whole], initContainers=[first], volumes=volumes(), imagePullSecrets=[{"name": "s-pull"}],
                serviceAccountName="sa1", resourceClaims=[{"name": "x", "resourceClaimName": "rc1"}])
    yield named("two", nodeName="n2", containers=[box], serviceAccountName="sa2",
                volumes=[{"name": "v", "secret": {"secretName": "s-n2"}}, {"name": "w", "configMap": {"name": "c-n2"}}])
    mirror = named("mir", nodeName="n1", containers=[box])
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    yield mirror
    yield named("pend", containers=[box], volumes=[{"name": "v", "secret": {"secretName": "s-pend"}}])


def persistent(name, claim, **source):
    return named(name, accessModes=["ReadWriteOnce"], capacity={"storage": "1Gi"}, claimRef={"namespace": "a", "name": claim}, **source)


def objects():
    for ns in ("a", "b", "kube-node-lease"):
        yield "/api/v1/namespaces", named(ns)
    for node in ("n1", "n2"):
        yield "/api/v1/nodes", {"metadata": {"name": node, "labels": {"k8s.io/kept": "v"}}}
        yield CSINODES, named(node, drivers=[])
        yield LEASES, named(node)
        yield SLICES, named(node, driver="d.example.com", nodeName=node, pool={"name": node, "generation": 1, "resourceSliceCount": 1}, devices=[])
        yield "/apis/storage.k8s.io/v1/volumeattachments", named("va-" + node, attacher="x", nodeName=node, source={"persistentVolumeName": "pv1"})
    for account in ("sa1", "sa2", "sa3"):
        yield CORE + "serviceaccounts", {"metadata": {"name": account}}
    for claim, volume in (("p1", "pv1"), ("p2", "pv2"), ("all-e", "pv2")):
        yield CORE + "persistentvolumeclaims", named(claim, volumeName=volume, **ONE)
    secrets = {use + "SecretRef": {"name": name, "namespace": "b"} for use, name in
               (("nodePublish", "s-pv"), ("nodeStage", "s-pv2"), ("controllerPublish", "s-pvc"), ("nodeExpand", "s-pve"))}
    yield "/api/v1/persistentvolumes", persistent("pv1", "p1", csi=dict(secrets, driver="x", volumeHandle="h"))
    yield "/api/v1/persistentvolumes", persistent("pv2", "p2", hostPath={"path": "/x"})
    yield "/api/v1/persistentvolumes", persistent("pv3", "all-e", rbd={"image": "i", "monitors": ["m"], "secretRef": {"name": "s-pv3"}})
    for claim in ("rc1", "rc2", "rc3"):
        yield "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims", named(claim, devices={"requests": [{"name": "r", "exactly": {"deviceClassName": "x"}}]})
    for pod in pods():
        yield CORE + "pods", pod


# ---- questions ----

def asked(admin, row):
    who, verb, group, resource, sub, ns, name, fields = ["" if cell == "-" else cell for cell in row]
    user = who if who == "bob" else "system:node:" + who.rstrip("!").lower()
    what = {"verb": verb, "group": group, "resource": resource, "subresource": sub, "namespace": ns, "name": name}
    if fields:
        what["fieldSelector"] = {"requirements": json.loads(fields)} if fields[0] == "[" else {"rawSelector": fields}
    spec = {"user": user, "groups": ["devs"] if who.endswith("!") else ["system:nodes", "system:authenticated"], "resourceAttributes": what}
    status = admin("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": spec})[1]["status"]
    return "yes" if status["allowed"] else "no", status.get("reason", "")


def questions(admin):
    wrong, n = [], 0
    with open(HERE + "/nodes.tsv", encoding="utf-8") as f:
        for line in f:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#"):
                continue
            wanted, found = (cells[8], cells[9] if len(cells) > 9 else ""), asked(admin, cells[:8])
            n += 1
            if wanted != found:
                wrong.append((cells[:8], wanted, found))
    ok(n > 700 and not wrong, "%d questions are answered as by 1.34's Node authorizer" % n, wrong[:5])


def follows(admin):
    """What a node may read follows its Pods and their volumes, each as soon as its write is answered."""
    box, wrong = [{"name": "c", "image": "i"}], []

    def late(name, node="n1", **spec):
        return dict(named(name, nodeName=node, containers=box, **spec))

    def step(what, method, path, body, resource, name, wanted):
        status, answer = admin(method, path, body)
        found = asked(admin, ["n1", "get", "", resource, "", "a", name, ""])[0]
        if status not in (200, 201) or found != wanted:
            wrong.append((what, status, answer if status > 201 else "", found))

    secret, claim = [{"name": "s-late"}], [{"name": "v", "persistentVolumeClaim": {"claimName": "p-late"}}]
    labelled_other = late("l4", "n2", imagePullSecrets=secret)
    labelled_other["metadata"]["labels"] = {"nodeName": "n1"}
    volume = persistent("pv-late", "p-late", rbd={"image": "i", "monitors": ["m"], "secretRef": {"name": "s-mount"}})
    gone = {"gracePeriodSeconds": 0}
    step("a label is no node", "POST", CORE + "pods", labelled_other, "secrets", "s-late", "no")
    step("one Pod", "POST", CORE + "pods", late("l1", imagePullSecrets=secret), "secrets", "s-late", "yes")
    step("two", "POST", CORE + "pods", late("l2", imagePullSecrets=secret), "secrets", "s-late", "yes")
    step("one again", "DELETE", CORE + "pods/l1", gone, "secrets", "s-late", "yes")
    step("none", "DELETE", CORE + "pods/l2", gone, "secrets", "s-late", "no")
    step("a Pod before its node", "POST", CORE + "pods", named("l3", containers=box, imagePullSecrets=secret), "secrets", "s-late", "no")
    step("bound", "POST", CORE + "pods/l3/binding", {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "l3"}, "target": {"kind": "Node", "name": "n1"}}, "secrets", "s-late", "yes")
    step("a claim without a volume", "POST", CORE + "pods", late("l5", volumes=claim), "secrets", "s-mount", "no")
    step("its volume", "POST", "/api/v1/persistentvolumes", volume, "secrets", "s-mount", "yes")
    step("and its claim", "GET", CORE + "pods/l5", None, "persistentvolumeclaims", "p-late", "yes")
    step("the volume begins to go", "DELETE", "/api/v1/persistentvolumes/pv-late", None, "secrets", "s-mount", "yes")
    held = admin("GET", "/api/v1/persistentvolumes/pv-late")[1]
    held["metadata"]["finalizers"] = []
    step("it goes", "PUT", "/api/v1/persistentvolumes/pv-late", held, "secrets", "s-mount", "no")
    step("comes again", "POST", "/api/v1/persistentvolumes", volume, "secrets", "s-mount", "yes")
    step("the Pod goes", "DELETE", CORE + "pods/l5", gone, "secrets", "s-mount", "no")
    ok(not wrong, "what a node may read follows its Pods and volumes", wrong)


# ---- writes ----

def mirrored(uid, node="n1", owner=None, **spec):
    pod = named("x", nodeName=node, **dict({"containers": [{"name": "c", "image": "i"}]}, **spec))
    pod["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    pod["metadata"]["ownerReferences"] = [dict({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": uid, "controller": True}, **(owner or {}))]
    return pod


def labelled(label):
    return {"metadata": {"labels": {label: "v"}}}


def of_pods(uid):
    """(what is sent, the refusal or None)"""
    can = 'node "n1" can only create pods with '
    cannot = 'node "n1" can not create pods that reference '
    secret = {"name": "v", "secret": {"secretName": "s"}}
    rows = [(named("x", nodeName="n1", containers=[{"name": "c", "image": "i"}]), 'node "n1" can only create mirror pods'),
            (mirrored(uid), None), (mirrored(uid, "n2"), can + "spec.nodeName set to itself"),
            (mirrored(uid, owner={"name": "n2"}), can + "an owner reference set to itself"), (mirrored(uid, owner={"uid": "zzz"}), "node n1 UID mismatch: expected zzz got " + uid),
            (mirrored(uid, owner={"controller": False}), can + "a controller owner reference set to itself"),
            (mirrored(uid, owner={"blockOwnerDeletion": True}), 'node "n1" must not set blockOwnerDeletion on an owner reference'),
            (mirrored(uid, serviceAccountName="sa1"), cannot + "serviceaccounts"), (mirrored(uid, volumes=[secret]), cannot + "secrets"),
            (mirrored(uid, imagePullSecrets=[{"name": "s"}]), cannot + "secrets"), (mirrored(uid, resourceClaims=[{"name": "x", "resourceClaimName": "rc1"}]), cannot + "resourceclaims"),
            (mirrored(uid, containers=[{"name": "c", "image": "i", "envFrom": [{"configMapRef": {"name": "s"}}]}]), cannot + "configmaps"),
            (mirrored(uid, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "s"}}]), cannot + "persistentvolumeclaims"),
            (mirrored(uid, volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": ONE}}}]), cannot + "persistentvolumeclaims (via ephemeral volumes)"),
            (mirrored(uid, volumes=[{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "x"}}]}}]), cannot + "serviceaccounts (via projected volumes)")]
    for pod, refusal in rows:
        yield "POST", CORE + "pods", pod, refusal
    for name, mine in (("all", True), ("mir", True), ("two", False), ("pend", False)):
        other = None if mine else "pods with spec.nodeName set to itself"
        yield "DELETE", CORE + "pods/" + name, None, other
        yield "PATCH", CORE + "pods/%s/status" % name, {"status": {"phase": "Failed"}}, other
        yield "POST", CORE + "pods/%s/eviction" % name, {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}, other
    yield "POST", CORE + "pods/none/eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "none"}}, 'pods "none" not found'
    yield "PATCH", CORE + "pods/all/status", labelled("x"), 'node "n1" cannot update labels through pod status'
    yield "PATCH", CORE + "pods/all/status", {"status": {"resourceClaimStatuses": [{"name": "x", "resourceClaimName": "rc2"}]}}, 'node "n1" cannot update resource claim'
    yield "PATCH", CORE + "pods/all", labelled("x"), 'User "system:node:n1" cannot patch resource "pods"'


def of_nodes():
    mine = ["node.kubernetes.io/x", "kubelet.kubernetes.io/x", "a.node.kubernetes.io/x", "kubernetes.io/hostname", "kubernetes.io/os", "beta.kubernetes.io/arch",
            "node.kubernetes.io/instance-type", "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/region", "example.com/x", "plain"]
    others = ["node-restriction.kubernetes.io/a", "x.node-restriction.kubernetes.io/a", "kubernetes.io/foo", "foo.kubernetes.io/a", "k8s.io/x", "a.k8s.io/x",
              "node-role.kubernetes.io/master", "failure-domain.kubernetes.io/zone"]
    for label in mine + others:
        refusal = "is not allowed to modify labels: " + label if label in others else None
        yield "PATCH", "/api/v1/nodes/n1", labelled(label), refusal
        yield "PATCH", "/api/v1/nodes/n1/status", labelled(label), refusal
    yield "PATCH", "/api/v1/nodes/n1", {"metadata": {"labels": {"k8s.io/next": "v", "k8s.io/kept": "w"}}}, "labels: k8s.io/kept, k8s.io/next"
    yield "PATCH", "/api/v1/nodes/n1", {"metadata": {"labels": {"k8s.io/kept": None}}}, "labels: k8s.io/kept"
    yield "PATCH", "/api/v1/nodes/n1", {"metadata": {"labels": {"k8s.io/%d" % i: "" for i in range(80000)}}}, "labels: k8s.io/0, k8s.io/1, "  # in time that grows with them
    yield "POST", "/api/v1/nodes", {"metadata": {"name": "n3"}}, 'node "n1" is not allowed to modify node "n3"'
    yield "PATCH", "/api/v1/nodes/n2", labelled("a"), 'node "n1" is not allowed to modify node "n2"'
    yield "PATCH", "/api/v1/nodes/n2/status", {"status": {}}, 'node "n1" is not allowed to modify node "n2"'
    yield "PATCH", "/api/v1/nodes/n1", {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}, 'node "n1" is not allowed to modify taints'
    yield "PATCH", "/api/v1/nodes/n1/status", {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}, 'node "n1" is not allowed to modify taints'  # though it would not be written
    yield "PATCH", "/api/v1/nodes/n1/status", {"spec": {"unschedulable": True}}, None
    yield "PATCH", "/api/v1/nodes/n1/status", {"spec": {"configSource": {"configMap": {"name": "x"}}}}, "is not allowed to update configSource to a new non-nil configSource"
    yield "PATCH", "/api/v1/nodes/n1", {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "u"}]}}, 'is not allowed to modify ownerReferences'
    yield "PATCH", "/api/v1/nodes/n1", {"spec": {"unschedulable": True}}, None
    yield "PATCH", "/api/v1/nodes/n1/status", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, None
    yield "DELETE", "/api/v1/nodes/n1", None, 'User "system:node:n1" cannot delete resource "nodes"'


def of_others():
    claim = CORE + "persistentvolumeclaims/p1"
    slice_of = lambda **whose: named("q", driver="d.example.com", pool={"name": "q", "generation": 1, "resourceSliceCount": 1}, devices=[], **whose)  # noqa: E731
    yield "POST", LEASES, named("n8"), "can only access node lease with the same name as the requesting node"
    yield "PATCH", LEASES + "/n1", {"spec": {"holderIdentity": "n1"}}, None
    yield "PATCH", LEASES + "/n2", {"spec": {"holderIdentity": "n1"}}, "can only access node lease with the same name as the requesting node"
    yield "POST", LEASES.replace("kube-node-lease", "a"), named("n1"), 'can only access leases in the "kube-node-lease" system namespace'
    yield "POST", CSINODES, named("n8", drivers=[]), "can only access CSINode with the same name as the requesting node"
    yield "PATCH", CSINODES + "/n1", labelled("a"), None
    yield "POST", SLICES, slice_of(nodeName="n1"), None
    yield "POST", SLICES, slice_of(nodeName="n2"), "can only create ResourceSlice with the same NodeName as the requesting node"
    yield "POST", SLICES, slice_of(allNodes=True), "can only create ResourceSlice with the same NodeName as the requesting node"
    yield "PATCH", claim + "/status", {"status": {"capacity": {"storage": "2Gi"}, "conditions": [{"type": "FileSystemResizePending", "status": "True"}]}}, None
    yield "PATCH", claim + "/status", {"status": {"phase": "Bound"}}, 'node "n1" is not allowed to update fields other than status.capacity'
    yield "PATCH", claim + "/status", labelled("a"), 'node "n1" is not allowed to update fields other than status.capacity'
    yield "GET", CORE + "secrets?fieldSelector=metadata.name%3Ds-env", None, None
    yield "GET", CORE + "secrets?fieldSelector=metadata.name%3Ds-other", None, "no relationship found between node 'n1' and this object"
    yield "GET", CORE + "secrets?fieldSelector=metadata.name%3Ds-env%2Fx", None, "No Object name found"
    yield "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1", None, None
    yield "GET", "/api/v1/pods", None, "can only list/watch pods with spec.nodeName field selector"


def of_tokens(uids):
    bound = lambda name, **more: dict({"kind": "Pod", "apiVersion": "v1", "name": name}, **more)  # noqa: E731
    rows = [(None, None, "node requested token not bound to a pod"), (bound("all"), None, "node requested token with a pod binding without a uid"),
            (bound("all", uid="zz"), None, "the UID in the bound object reference (zz) does not match the UID in record"),
            (bound("two", uid=uids["two"]), None, "node requested token bound to a pod scheduled on a different node"),
            (bound("n1", uid="u", kind="Node"), None, "node requested token not bound to a pod"), (bound("all", uid=uids["all"]), None, None),
            (bound("all", uid=uids["all"]), ["vault"], None), (bound("all", uid=uids["all"]), ["vault", "other"], "node may only request 0 or 1 audiences"),
            (bound("all", uid=uids["all"]), ["other"], 'audience "other" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience')]
    for ref, audiences, refusal in rows:
        spec = {key: value for key, value in (("boundObjectRef", ref), ("audiences", audiences), ("expirationSeconds", 600)) if value}
        yield "POST", CORE + "serviceaccounts/sa1/token", {"spec": spec}, refusal


def of_certificates(folder):
    def request(cn):
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder + "/key", "-subj",
                        "/O=system:nodes/CN=" + cn, "-out", folder + "/csr"], check=True, stderr=subprocess.DEVNULL)
        with open(folder + "/csr", "rb") as f:
            return base64.b64encode(f.read()).decode()
    for signer, usage in (("kubelet-serving", "server auth"), ("kube-apiserver-client-kubelet", "client auth")):
        for cn, refusal in (("system:node:n1", None), ("system:node:n2", "can only create a node CSR with CN=system:node:n1")):
            yield ("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests",
                   named("q", request=request(cn), signerName="kubernetes.io/" + signer, usages=["digital signature", usage]), refusal)
    yield ("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests",
           named("q", request="Zm9v", signerName="kubernetes.io/kubelet-serving", usages=["digital signature"]), "unable to parse csr: ")


RBAC = "/apis/rbac.authorization.k8s.io/v1/"
GROUP = "rbac.authorization.k8s.io"


def of_roles(admin):
    """A node that may write roles grants what roles give it, not what it may as a node."""
    refusal = "attempting to grant RBAC permissions not currently held"

    def role(name, group, resource, *verbs):
        return {"metadata": {"name": name}, "rules": [{"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}]}

    def binding(to, user):
        return {"metadata": {"name": "g"}, "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": to}, "subjects": [{"apiGroup": GROUP, "kind": "User", "name": user}]}
    given = role("g", GROUP, "clusterroles", "create")
    given["rules"][0]["resources"] += ["clusterrolebindings"]
    made = [admin("POST", RBAC + "clusterroles", given)[0], admin("POST", RBAC + "clusterrolebindings", binding("g", "system:node:n1"))[0]]
    ok(made == [201, 201], "a node gets a role", made)
    yield "POST", RBAC + "clusterroles", role("h", "", "pods", "create", "delete"), refusal
    yield "POST", RBAC + "clusterroles", role("h", "", "nodes", "create"), refusal
    yield "POST", RBAC + "clusterroles", role("h", GROUP, "clusterroles", "create"), None
    yield "POST", RBAC + "clusterrolebindings", dict(binding("system:node", "mallory"), metadata={"name": "h"}), refusal
    yield "POST", RBAC + "clusterrolebindings", dict(binding("g", "mallory"), metadata={"name": "h"}), None


def as_node(client, method, path, body):
    kind = MERGE if method == "PATCH" else "application/json"
    status, _, text = client.request(method, path, json.dumps(body), kind, headers={"Impersonate-User": "system:node:n1", "Impersonate-Group": "system:nodes"})
    return status, text if status < 400 else json.loads(text)["message"]


def writes(client, rows):
    n, wrong = 0, []
    for method, path, body, refusal in rows:
        status, text = as_node(client, method, path if method == "GET" else path + "?dryRun=All", body)
        n += 1
        if (status in (403, 404) and refusal in text) if refusal else status < 300:
            continue
        wrong.append((method, path, body, refusal, status, text))
    ok(n and not wrong, "%d writes of a node are taken or refused" % n, wrong[:3])


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder, "--api-only") as server:
        failed = [(path, answer) for path, body in objects() for status, answer in [server.ask("POST", path, body)] if status not in (201, 409)]
        ok(not failed, "a scene of two nodes", failed[:2])
        questions(server.ask)
        uid = server.ask("GET", "/api/v1/nodes/n1")[1]["metadata"]["uid"]
        uids = {pod: server.ask("GET", CORE + "pods/" + pod)[1]["metadata"]["uid"] for pod in ("all", "two")}
        for rows in (of_pods(uid), of_nodes(), of_others(), of_tokens(uids), of_certificates(folder), of_roles(server.ask)):
            writes(server.admin, rows)
        follows(server.ask)
    print("1..%d" % forge.count)


if __name__ == "__main__":
    main()
