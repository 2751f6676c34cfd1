"""One capability of the Python client library, with what happened printed as a line of JSON.

python client.py list|watch|namespaces|exec|port-forward NAMESPACE POD; the kubeconfig is KUBECONFIG's.
"""

import json
import sys
import threading
import time

from kubernetes import client, config, watch
from kubernetes.stream import portforward, stream


def list_config_maps(api, namespace, _pod):
    """Counts all ConfigMaps, 500 at a time."""
    count, pages, following = 0, 0, None
    while True:
        page = api.list_namespaced_config_map(namespace, limit=500, _continue=following)
        count, pages, following = count + len(page.items), pages + 1, page.metadata._continue
        if not following:
            return {"count": count, "pages": pages}


def watch_config_map(api, namespace, _pod):
    """Sees one ConfigMap come, change and go."""
    name = f"python-watched-{time.time_ns()}"
    since = api.list_namespaced_config_map(namespace, limit=1).metadata.resource_version

    def work():
        metadata = client.V1ObjectMeta(name=name)
        api.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=metadata))
        api.patch_namespaced_config_map(name, namespace, {"data": {"changed": "yes"}})
        api.delete_namespaced_config_map(name, namespace)

    worker = threading.Timer(1, work)
    worker.start()
    events, watcher = [], watch.Watch()
    for event in watcher.stream(
        api.list_namespaced_config_map, namespace, resource_version=since, timeout_seconds=60
    ):
        if event["object"].metadata.name == name:
            events.append(event["type"])
        if event["type"] == "DELETED" and event["object"].metadata.name == name:
            watcher.stop()
    worker.join()
    return {"events": events}


def namespaces(api, _namespace, _pod):
    """Tells which namespaces there are, by a list and by a watch from its beginning."""
    listed = {item.metadata.name for item in api.list_namespace().items}
    watched = set()
    watcher = watch.Watch()
    for event in watcher.stream(api.list_namespace, resource_version="0", timeout_seconds=30):
        watched.add(event["object"].metadata.name)
        if watched >= listed:
            watcher.stop()
    return {"names": sorted(listed | watched)}


def execute(api, namespace, pod):
    """Sends a line to a command and reads all that it says."""
    session = stream(
        api.connect_get_namespaced_pod_exec,
        pod,
        namespace,
        command=["sh", "-c", "read line; echo got $line; echo oops >&2; exit 7"],
        stdin=True,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    session.write_stdin("hello\n")
    session.run_forever(timeout=60)
    report = {"stdout": session.read_stdout(), "stderr": session.read_stderr()}
    return {**report, "code": session.returncode}


def forward(api, namespace, pod):
    """Fetches the pod's page through a forwarded port."""
    forwarded = portforward(api.connect_get_namespaced_pod_portforward, pod, namespace, ports="8080")
    connection = forwarded.socket(8080)
    connection.setblocking(True)
    connection.sendall(b"GET / HTTP/1.0\r\nHost: pod\r\n\r\n")
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    error = forwarded.error(8080)
    if error is not None:
        raise RuntimeError(error)
    head, _, body = answer.partition(b"\r\n\r\n")
    return {"status": int(head.split()[1]), "body": body.decode()}


CAPABILITIES = {
    "list": list_config_maps,
    "watch": watch_config_map,
    "namespaces": namespaces,
    "exec": execute,
    "port-forward": forward,
}

if __name__ == "__main__":
    config.load_kube_config()
    capability, *rest = sys.argv[1:]
    print(json.dumps(CAPABILITIES[capability](client.CoreV1Api(), *rest)))
