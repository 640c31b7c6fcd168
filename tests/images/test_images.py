"""The images, built from `dist/` on a Debian made by debootstrap, and run as the chart runs them; called by `.ci/images-test`."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parent.parent.parent
HELM = Path(os.environ["CHART_TOOLS"]) / "helm"
USER = 65532
PORT, HEALTH_PORT = 50051, 50050
PATIENCE_SECONDS = 60
# A component has an address of its own on loopback, as a pod has; names are those of the chart's Services.
ADDRESSES = {"gateway": "127.0.1.1", "language": "127.0.1.2", "entities": "127.0.1.3", "topics": "127.0.1.4",
             "all-in-one": "127.0.1.5"}
SERVICES = {"gateway": "EnrichmentService", "language": "LanguageService", "entities": "EntityService",
            "topics": "TopicService", "all-in-one": "EnrichmentService"}
# What the chart asks of the kubelet, which knows the requests.
THREADS = {"ENRICH_COMPUTE_THREADS": "1", "ENRICH_ENTITIES_THREADS": "2", "TOKIO_WORKER_THREADS": "1"}
# Root as the pods have it: read-only, with names of the cluster, and nothing else of this machine.
ENTER = """
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --bind "$1" "$0/etc/hosts"
mount --bind "$2" "$0/etc/enrich"
mount -o remount,bind,ro "$0"
root="$0"; user="$3"; shift 3
exec chroot --userspec="$user:$user" "$root" env --ignore-environment "$@"
"""


def run(*command, **options):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def rendered(template, component, *settings):
    """The object of `component` that the chart makes by `template`, as YAML."""
    mode = "all-in-one" if component == "all-in-one" else "distributed"
    text = run(HELM, "template", "enrich", ROOT / "helm" / "enrich", "--kube-version", "1.36.0",
               "--set", f"mode={mode}", "--show-only", f"templates/{template}", *settings)
    label = f"app.kubernetes.io/component: {component}\n"
    return next(part for part in text.split("\n---\n") if label in part and "containers:" in part)


def certify(folder, names):
    """Writes ca.crt, and a certificate and key for each of `names` in a folder of its own."""
    folder.mkdir(exist_ok=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    run("openssl", "req", "-x509", *key, "-subj", "/CN=authority", "-keyout", folder / "ca.key", "-out", folder / "ca.crt")
    for name in names:
        own = folder / name
        own.mkdir()
        run("openssl", "req", *key, "-x509", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key",
            "-keyout", own / "tls.key", "-out", own / "tls.crt")
        (own / "ca.crt").write_bytes((folder / "ca.crt").read_bytes())
        (own / "tls.key").chmod(0o644)


def health(component, port):
    """Whether the component's own service says that it serves."""
    name = f"enrich.v1.{SERVICES[component]}".encode()
    with grpc.insecure_channel(f"{ADDRESSES[component]}:{port}") as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            # HealthCheckRequest {1: service} and HealthCheckResponse {1: SERVING}.
            return check(b"\x0a" + bytes([len(name)]) + name, timeout=2) == b"\x08\x01"
        except grpc.RpcError:
            return False


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="enrich-images-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = Path(cls.folder.name)
        (cls.work / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{cls.work}/graph"\nrunroot = "{cls.work}/run"\n')
        os.environ["CONTAINERS_STORAGE_CONF"] = str(cls.work / "storage.conf")
        (cls.work / "hosts").write_text("".join(f"{ip} enrich-{name}\n" for name, ip in ADDRESSES.items())
                                        + f"{ADDRESSES['gateway']} enrich\n")
        cls.addClassCleanup(subprocess.run, ["umount", "--recursive", "--quiet", f"{cls.work}/graph/overlay"],
                            stderr=subprocess.DEVNULL)
        (cls.work / "secrets").mkdir()
        cls.work.chmod(0o755)
        base = run("buildah", "from", "scratch").strip()
        run("buildah", "add", "--quiet", base, os.environ["IMAGES_BASE"], "/")
        run("buildah", "commit", "--quiet", "--rm", base, "localhost/debian-base")
        print(run(ROOT / ".ci" / "images", env={**os.environ, "BASE": "localhost/debian-base"}, cwd=ROOT))
        cls.version = (ROOT / "dist" / "VERSION").read_text().strip()
        cls.roots = {}
        for component in ADDRESSES:
            container = run("buildah", "from", f"enrich/{component}:{cls.version}").strip()
            cls.roots[component] = Path(run("buildah", "mount", container).strip())
            # What pods find there, too; debootstrap makes none.
            (cls.roots[component] / "etc" / "hosts").touch()
            (cls.roots[component] / "etc" / "enrich").mkdir()
            cls.addClassCleanup(run, "buildah", "umount", container)

    def image(self, component):
        return json.loads(run("buildah", "inspect", "--type", "image", f"enrich/{component}:{self.version}"))["OCIv1"]["config"]

    def start(self, component, args=None, variables=None, **options):
        """Runs the image's own command, or its entry point with `args`, in a root of its own."""
        image = self.image(component)
        env = dict(pair.split("=", 1) for pair in image["Env"]) | (variables or {})
        command = image["Entrypoint"] + (image.get("Cmd", []) if args is None else args)
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec", ENTER, str(self.roots[component]), str(self.work / "hosts"),
             str(self.work / "secrets"), str(USER),
             f"--chdir={image['WorkingDir']}", *(f"{name}={value}" for name, value in env.items()), *command],
            text=True, **options)

    def serve(self, component, *settings, port=PORT):
        """Runs a server with the environment that the chart gives it, until the test ends; asks for its health at `port`."""
        document = rendered("deployments.yaml", component, "--set", f"listenAddress={ADDRESSES[component]}", *settings)
        variables = dict(re.findall(r'- name: (\w+)\n +value: "(.*)"', document))
        self.assertEqual(variables["ENRICH_LISTEN"], f"{ADDRESSES[component]}:{PORT}")
        begun = time.monotonic()
        log = open(self.work / f"{component}.log", "w+")
        server = self.start(component, variables=variables | THREADS, stderr=log)
        self.addCleanup(log.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        while not health(component, port):
            if server.poll() is not None or time.monotonic() - begun > PATIENCE_SECONDS:
                raise AssertionError(f"{component} does not serve:\n" + (self.work / f"{component}.log").read_text())
            time.sleep(0.05)
        status = dict(re.findall(r"^(\w+):\s+(.+)$", Path(f"/proc/{server.pid}/status").read_text(), re.M))
        self.assertEqual(status["Uid"].split(), [str(USER)] * 4)
        print(f"{component}: ready after {time.monotonic() - begun:.2f} s, resident {int(status['VmRSS'].split()[0]) // 1024} MiB")
        return server

    def assert_helm_test_passes(self, service, *settings, scheme="http"):
        """Runs what the chart's test runs, in the image that it runs it in."""
        document = rendered("test.yaml", "test", *settings)
        args = re.findall(r"^ +- (\S+)$", document.split("args:")[1].split("resources:")[0], re.M)
        self.assertEqual(args[:4], ["annotate", "--json", "--server", f"{scheme}://enrich:{PORT}"])
        args = [arg.replace("//enrich:", f"//{service}:").replace("/etc/enrich/test/text", "-") for arg in args]
        test = self.start("all-in-one", args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said, trouble = test.communicate("Angela Merkel spoke in Ankara about the waters of the Tigris.", PATIENCE_SECONDS)
        self.assertEqual(test.returncode, 0, trouble)
        answer = json.loads(said)
        self.assertEqual(answer["language"]["tag"], "en")
        self.assertIn("Ankara", [mention["surface"] for mention in answer["entities"]["mentions"]])
        self.assertEqual(answer["failures"], [])

    def assert_drains(self, server):
        server.terminate()
        self.assertEqual(server.wait(PATIENCE_SECONDS), 0)

    def test_all_in_one_serves_enriches_and_ends_on_sigterm(self):
        server = self.serve("all-in-one")
        self.assert_helm_test_passes("enrich-all-in-one")
        self.assert_drains(server)

    def test_tls_certificates_and_keys_are_found_where_the_chart_mounts_them(self):
        secrets = self.work / "secrets"
        certify(secrets / "made", ["enrich-all-in-one", "caller"])
        for mount, made in (("tls", "enrich-all-in-one"), ("client", "caller")):
            (secrets / "made" / made).rename(secrets / mount)
        for mount, file, content in (
            ("key", "api-key", "of the desk"),
            ("tenants", "tenants.toml", '[[tenants]]\nname = "desk"\nkeys_sha256 = ["%s"]\n'
             % hashlib.sha256(b"of the desk").hexdigest()),
        ):
            (secrets / mount).mkdir()
            (secrets / mount / file).write_text(content)
        settings = ["--set", "tls.enabled=true,tls.secretName=a,tls.mutual=true,tenants.secretName=b,"
                             "tests.apiKey.secretName=c,tests.clientSecretName=d"]
        server = self.serve("all-in-one", *settings, port=HEALTH_PORT)
        self.assert_helm_test_passes("enrich-all-in-one", *settings, scheme="https")
        self.assert_drains(server)

    def test_four_images_serve_and_enrich_together(self):
        servers = [self.serve(component) for component in ("language", "entities", "topics", "gateway")]
        self.assert_helm_test_passes("enrich")
        for server in servers:
            self.assert_drains(server)

    def test_images_say_what_they_are(self):
        for component in ADDRESSES:
            image = self.image(component)
            self.assertEqual(image["User"], f"{USER}:{USER}")
            self.assertEqual(image["Labels"]["org.opencontainers.image.version"], self.version)
            self.assertEqual(list(image["ExposedPorts"]), [f"{PORT}/tcp"])

    def test_programs_find_every_library_within_the_image(self):
        for component, root in self.roots.items():
            for file in [*root.glob("opt/enrich/enrich*"), *root.glob("opt/enrich/lib/*.so*")]:
                said = run("chroot", root, "ldd", "/" + str(file.relative_to(root)))
                self.assertNotIn("not found", said, file)
                libraries = [line.split()[2] for line in said.splitlines() if "=> /" in line]
                self.assertTrue(all(path.startswith(("/lib", "/usr/lib", "/opt/enrich/lib")) for path in libraries), libraries)


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("images are of Linux")
    unittest.main(verbosity=2)
