"""A Kubernetes control plane on loopback, with nodes that kwok stands in for."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLUSTER_TOOLS = Path(os.environ["CLUSTER_TOOLS"])
CHART_TOOLS = Path(os.environ["CHART_TOOLS"])
# Far more than anything here takes, on a slow machine, too.
PATIENCE_SECONDS = 120
NODES = 6


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, happened, seconds=PATIENCE_SECONDS):
    """Returns what `happened` returns once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := happened():
            return result
        time.sleep(0.3)
    raise AssertionError(f"waited {seconds} s for {what}")


class ControlPlane:
    """Runs until `stop`."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="enrich-cluster-")
        self.folder = Path(self._folder.name)
        self.processes = {}
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        port, token = free_port(), secrets.token_hex(16)
        self._keys(port, token)
        self._etcd_and_apiserver(port)
        config = f"--kubeconfig={self.folder / 'kubeconfig'}"
        self._run(
            "kube-controller-manager", config, "--leader-elect=false", "--secure-port=0",
            f"--service-account-private-key-file={self.folder / 'accounts.key'}",
            f"--root-ca-file={self.folder / 'apiserver.crt'}",
        )
        self._run("kube-scheduler", config, "--leader-elect=false", "--secure-port=0")
        stages = f"--config={CLUSTER_TOOLS / 'stages.yaml'}"
        self._run("kwok", config, stages, "--manage-all-nodes=true", "--node-lease-duration-seconds=40")
        for number in range(NODES):
            self.apply(self._node(number))
        wait_for("the default service account", lambda: self.succeeds("get", "serviceaccount", "default"))

    def _keys(self, port, token):
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "accounts.key", "2048"], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": f"https://127.0.0.1:{port}", "certificate-authority": str(self.folder / "apiserver.crt")}}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        }
        (self.folder / "kubeconfig").write_text(json.dumps(config))
        (self.folder / "kubeconfig").chmod(0o600)

    def _etcd_and_apiserver(self, port):
        clients, peers = free_port(), free_port()
        self._run(
            "etcd", f"--data-dir={self.folder / 'etcd'}", f"--listen-client-urls=http://127.0.0.1:{clients}",
            f"--advertise-client-urls=http://127.0.0.1:{clients}", f"--listen-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}", f"--initial-cluster=default=http://127.0.0.1:{peers}",
            "--unsafe-no-fsync",
        )
        self._run(
            "kube-apiserver", f"--etcd-servers=http://127.0.0.1:{clients}", f"--secure-port={port}",
            "--bind-address=127.0.0.1", f"--cert-dir={self.folder}", "--service-cluster-ip-range=10.0.0.0/20",
            f"--token-auth-file={self.folder / 'tokens.csv'}", "--authorization-mode=RBAC",
            f"--service-account-signing-key-file={self.folder / 'accounts.key'}",
            f"--service-account-key-file={self.folder / 'accounts.key'}",
            "--service-account-issuer=https://kubernetes.default.svc", "--endpoint-reconciler-type=none",
        )
        wait_for("the API server", lambda: self.succeeds("get", "--raw", "/readyz"))

    def _run(self, name, *args):
        with open(self.folder / f"{name}.log", "w") as log:
            self.processes[name] = subprocess.Popen([CLUSTER_TOOLS / name, *args], stdout=log, stderr=subprocess.STDOUT)

    @staticmethod
    def _node(number):
        capacity = {"cpu": "32", "memory": "128Gi", "pods": "110"}
        if number == 0:
            capacity["nvidia.com/gpu"] = "4"
        return {
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": f"node-{number}", "labels": {
                "kubernetes.io/hostname": f"node-{number}", "topology.kubernetes.io/zone": f"zone-{number % 3}",
                "pool": "gpu" if number == 0 else "general"}},
            "status": {"capacity": capacity, "allocatable": capacity},
        }

    def stop(self):
        for name, process in reversed(self.processes.items()):
            died = process.poll() is not None
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if died:
                print(f"{name} had ended:\n" + (self.folder / f"{name}.log").read_text()[-3000:], file=sys.stderr)
        self._folder.cleanup()

    def _command(self, program, *args, text=None):
        return subprocess.run(
            [program, "--kubeconfig", self.folder / "kubeconfig", *map(str, args)],
            input=text, capture_output=True, text=True, env={"HOME": str(self.folder), "PATH": os.environ["PATH"]},
        )

    def succeeds(self, *args):
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended:\n" + (self.folder / f"{name}.log").read_text()[-3000:])
        return self._command(CLUSTER_TOOLS / "kubectl", *args).returncode == 0

    def kubectl(self, *args, text=None, fails=False):
        """Returns what kubectl prints, its warnings included."""
        return self._checked(self._command(CLUSTER_TOOLS / "kubectl", *args, text=text), args, fails)

    def helm(self, *args, fails=False):
        """Returns what helm prints, its warnings included."""
        return self._checked(self._command(CHART_TOOLS / "helm", *args), args, fails)

    @staticmethod
    def _checked(result, args, fails):
        said = result.stdout + result.stderr
        if (result.returncode != 0) != fails:
            raise AssertionError(f"{' '.join(map(str, args))} {'succeeded' if fails else 'failed'}:\n{said}")
        return said

    def get(self, *args):
        """Objects, as the API server has them."""
        result = self._command(CLUSTER_TOOLS / "kubectl", "get", *args, "--output=json")
        if result.returncode != 0:
            raise AssertionError(f"get {args}: {result.stderr}")
        found = json.loads(result.stdout)
        return found.get("items", [found])

    def apply(self, thing):
        return self.kubectl("create", "--filename=-", text=json.dumps(thing))
