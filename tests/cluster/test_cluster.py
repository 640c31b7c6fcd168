"""The chart on a real API server, which enforces Pod Security `restricted`; run by `.ci/cluster`."""

import json
import os
import unittest
from pathlib import Path

from control_plane import ControlPlane, wait_for

CHART = Path(__file__).resolve().parent.parent.parent / "helm" / "enrich"
EXAMPLES = sorted((CHART / "examples").glob("*.values.yaml"))
CRDS = sorted((Path(os.environ["CHART_SCHEMAS"]) / "crds").iterdir())
COMPONENTS = ["entities", "gateway", "language", "topics"]
NAMESPACE = "nlp"
OURS = "--selector=app.kubernetes.io/instance=enrich"
KINDS = "deployments,pods,services,configmaps,networkpolicies,horizontalpodautoscalers,poddisruptionbudgets,jobs"


def component(thing):
    return thing["metadata"]["labels"]["app.kubernetes.io/component"]


def ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


class Cluster(unittest.TestCase):
    """In the order of their names: each test finds what the one before left."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane()
        cls.addClassCleanup(cls.cluster.stop)
        print(cls.cluster.kubectl("version").strip())
        for name in (NAMESPACE, "monitoring"):
            cls.namespace(name)
        for file in CRDS:
            # Applying would write the whole of it into an annotation, which is too small for it.
            cls.cluster.kubectl("create", "--filename", file)
            cls.cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", "--filename", file)
        cls.cluster.apply({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                           "metadata": {"name": "serving"}, "value": 1000})

    @classmethod
    def namespace(cls, name):
        levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
        cls.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": levels}})

    def assert_no_warning(self, said):
        self.assertNotIn("Warning", said)
        self.assertNotIn("would violate", said)

    def pods(self, of=OURS, namespace=NAMESPACE):
        return [pod for pod in self.cluster.get("pods", "--namespace", namespace, of)
                if "deletionTimestamp" not in pod["metadata"]]

    def release(self, verb, *args):
        said = self.cluster.helm(verb, "enrich", *args, "--namespace", NAMESPACE, "--wait", "--timeout", "120s")
        self.assert_no_warning(said)
        return said

    def rolled_out(self, components):
        """Every one of `components` has at least two ready pods, and nothing else has any."""
        def happened():
            pods = self.pods()
            counts = {name: sum(component(pod) == name and ready(pod) for pod in pods) for name in components}
            return min(counts.values()) >= 2 and len(pods) == sum(counts.values()) and pods
        return wait_for(f"ready pods of {components}", happened)

    def test_1_restricted_is_enforced(self):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root"},
               "spec": {"containers": [{"name": "root", "image": "root"}]}}
        said = self.cluster.kubectl("create", "--namespace", NAMESPACE, "--filename=-", text=json.dumps(pod), fails=True)
        self.assertIn('violates PodSecurity "restricted', said)

    def test_2_the_server_takes_every_example(self):
        for values in EXAMPLES:
            with self.subTest(values.name):
                file = values.with_name(values.name.replace(".values", ""))
                said = self.cluster.kubectl("create", "--dry-run=server", "--validate=strict", "--filename", file)
                self.assertGreater(len(said.splitlines()), 10)
                self.assert_no_warning(said)

    def test_3_install_until_ready(self):
        said = self.release("install", CHART)
        self.assertIn("enrich.nlp.svc:50051", said)
        pods = self.rolled_out(COMPONENTS)
        self.assertEqual({pod["spec"]["containers"][0]["image"] for pod in pods},
                         {f"enrich/{name}:0.1.0" for name in COMPONENTS})
        for name in COMPONENTS:
            nodes = {pod["spec"]["nodeName"] for pod in pods if component(pod) == name}
            self.assertGreaterEqual(len(nodes), 2, f"{name} is on {nodes}")
        slices = self.cluster.get("endpointslices", "--namespace", NAMESPACE, "--selector=kubernetes.io/service-name=enrich")
        self.assertEqual(sum(len(found["endpoints"]) for found in slices), 2)
        budgets = self.cluster.get("poddisruptionbudgets", "--namespace", NAMESPACE)
        self.assertEqual({budget["status"]["disruptionsAllowed"] for budget in budgets}, {1})

    def test_4_helm_test_is_admitted(self):
        # kwok completes the Job; that its command enriches is for the tests of the images to show.
        said = self.cluster.helm("test", "enrich", "--namespace", NAMESPACE, "--timeout", "60s")
        self.assertIn("Phase:          Succeeded", said)
        self.assert_no_warning(said)

    def test_5_upgrade_to_a_new_image_and_setting(self):
        self.release("upgrade", CHART, "--set=image.tag=0.1.1", "--set=settings.ENRICH_TEXT_BYTES_MAX=262144")
        pods = self.rolled_out(COMPONENTS)
        for pod in pods:
            container = pod["spec"]["containers"][0]
            self.assertTrue(container["image"].endswith(":0.1.1"), container["image"])
            self.assertIn({"name": "ENRICH_TEXT_BYTES_MAX", "value": "262144"}, container["env"])

    def test_6_upgrade_to_the_other_mode(self):
        self.release("upgrade", CHART, "--set=mode=all-in-one")
        self.rolled_out(["all-in-one"])
        [service] = self.cluster.get("service", "enrich", "--namespace", NAMESPACE)
        self.assertEqual(service["spec"]["selector"]["app.kubernetes.io/component"], "all-in-one")

    def test_7_rollback(self):
        self.release("rollback", "1")
        pods = self.rolled_out(COMPONENTS)
        self.assertEqual({pod["spec"]["containers"][0]["image"].split(":")[1] for pod in pods}, {"0.1.0"})

    def test_8_uninstall_leaves_nothing(self):
        self.release("uninstall")
        wait_for("everything to go", lambda: not self.cluster.get(KINDS, "--namespace", NAMESPACE, OURS))

    def test_9_pods_of_every_example_are_admitted(self):
        for values in EXAMPLES:
            with self.subTest(values.name):
                namespace = "example-" + values.name.split(".")[0]
                self.namespace(namespace)
                said = self.cluster.helm("install", "enrich", CHART, "--namespace", namespace, "--values", values)
                self.assert_no_warning(said)
                wanted = {component(found) for found in self.cluster.get("deployments", "--namespace", namespace)}
                wait_for(f"pods of {wanted}", lambda: {component(pod) for pod in self.pods(namespace=namespace)} == wanted)
                refused = self.cluster.get("events", "--namespace", namespace, "--field-selector=reason=FailedCreate")
                self.assertEqual([event["message"] for event in refused], [])
                self.cluster.helm("uninstall", "enrich", "--namespace", namespace)


if __name__ == "__main__":
    unittest.main(verbosity=2)
