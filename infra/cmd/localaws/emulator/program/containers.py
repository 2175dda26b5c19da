"""What a task definition says of a container, and MiniStack leaves out when it starts one: its user and entry point, the read-only root,
volumes, system controls, and the capabilities that it drops.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

from docker.errors import ImageNotFound
from docker.types import Mount
from ministack.services import ecs


def build_run_kwargs(original):
    """Completes what Docker is told of a container."""
    def built(cdef, td, *rest):
        kwargs = original(cdef, td, *rest)
        kwargs.pop("extra_hosts", None)  # A task knows no name of the machine that it runs on.
        for name, value in (
            ("user", cdef.get("user")), ("entrypoint", cdef.get("entryPoint")), ("working_dir", cdef.get("workingDirectory")),
            ("read_only", cdef.get("readonlyRootFilesystem")), ("cap_drop", dropped(cdef)),
            ("sysctls", {one["namespace"]: one["value"] for one in cdef.get("systemControls") or []}), ("mounts", mounts(cdef, td)),
        ):
            if value:
                kwargs[name] = value
        return kwargs
    return built


def dropped(cdef):
    return ((cdef.get("linuxParameters") or {}).get("capabilities") or {}).get("drop")


def mounts(cdef, td):
    """The task's own storage, mounted where the container wants it. Docker removes what has no name with the container.

    Volumes that are a folder of the host are MiniStack's; Fargate has none. No volume is shared by two containers of a task."""
    own = {volume["name"] for volume in td.get("volumes") or [] if not (volume.get("host") or {}).get("sourcePath")}
    wanted = [point for point in cdef.get("mountPoints") or [] if point.get("sourceVolume") in own]
    declared = volumes_of(cdef["image"]) if wanted else ()
    return [Mount(point["containerPath"], None, read_only=bool(point.get("readOnly")), no_copy=point["containerPath"] not in declared)
            for point in wanted]


def volumes_of(image):
    """The folders that an image declares as volumes. Fargate gives these the owner and mode that they have in the image, and all others to root:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html"""
    images = ecs._get_docker().images
    try:
        known = images.get(image)
    except ImageNotFound:
        known = images.pull(image)
    return known.attrs["Config"].get("Volumes") or ()


def install():
    ecs._build_run_kwargs = build_run_kwargs(ecs._build_run_kwargs)
