"""What Docker is told of a container, against MiniStack's own function: no container runs here."""

import unittest
from unittest import mock

import containers
from docker.errors import ImageNotFound
from ministack.services import ecs

TASK = {"volumes": [{"name": "scratch"}]}
SCRATCH = {"mountPoints": [{"sourceVolume": "scratch", "containerPath": "/tmp"}]}


class Images:
    """An engine whose one image declares volumes."""

    def __init__(self, declared=None, there=True):
        self.images, self.attrs, self.there, self.pulled = self, {"Config": {"Volumes": declared}}, there, []

    def get(self, name):
        if not self.there:
            raise ImageNotFound(name)
        return self

    def pull(self, name):
        self.pulled.append(name)
        return self


class Arguments(unittest.TestCase):
    def setUp(self):
        self.engine = Images({"/tmp": {}})
        self.enterContext(mock.patch.object(ecs, "_get_docker", lambda: self.engine))
        self.build = containers.build_run_kwargs(ecs._build_run_kwargs)

    def built(self, task=TASK, **definition):
        cdef = {"name": "one", "image": "registry/one@sha256:0"} | definition
        return self.build(cdef, task, {"A": "b"}, {}, None, False, "12345678", "arn:aws:ecs:r:0:task/c/12345678", "172.30.0.1", "cluster")

    def test_a_definition_without_any_of_it_is_as_ministack_has_it(self):
        plain = self.built(command=["serve"])
        self.assertEqual((["serve"], {"A": "b"}), (plain["command"], plain["environment"]))
        for name in ("user", "entrypoint", "working_dir", "read_only", "cap_drop", "sysctls", "mounts"):
            self.assertNotIn(name, plain)

    def test_each_property_is_told(self):
        built = self.built(
            user="65532:65532", entryPoint=["/a", "b"], workingDirectory="/w", readonlyRootFilesystem=True,
            linuxParameters={"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": False},
            systemControls=[{"namespace": "net.ipv4.ip_unprivileged_port_start", "value": "80"}])
        self.assertEqual(
            ("65532:65532", ["/a", "b"], "/w", True, ["ALL"], {"net.ipv4.ip_unprivileged_port_start": "80"}),
            tuple(built[name] for name in ("user", "entrypoint", "working_dir", "read_only", "cap_drop", "sysctls")))

    def test_a_volume_is_the_images_own_folder_if_that_declares_it_and_else_roots(self):
        for declared, empty in (({"/tmp": {}}, False), ({"/var/tmp": {}}, True), (None, True)):
            self.engine = Images(declared)
            (mount,) = self.built(**SCRATCH)["mounts"]
            self.assertEqual(("/tmp", "volume", None, False), tuple(mount[name] for name in ("Target", "Type", "Source", "ReadOnly")))
            self.assertEqual(empty, (mount.get("VolumeOptions") or {}).get("NoCopy", False), declared)

    def test_an_image_is_fetched_to_know_its_volumes_and_only_then(self):
        self.engine = Images(there=False)
        self.built()
        self.assertEqual([], self.engine.pulled)
        self.built(**SCRATCH)
        self.assertEqual(["registry/one@sha256:0"], self.engine.pulled)

    def test_a_folder_of_the_host_stays_ministacks(self):
        built = self.built({"volumes": [{"name": "scratch", "host": {"sourcePath": "/srv"}}]}, **SCRATCH)
        self.assertNotIn("mounts", built)
        self.assertEqual(["/srv:/tmp:rw"], built["volumes"])


if __name__ == "__main__":
    unittest.main()
